//! Frames of a network interface while they come, through libpcap.
//!
//! A [`Capture`] is opened, waited for, and read a buffer at a time; it is one
//! interface's, and may be handed to a thread of its own. Between a packet and
//! its delivery lies at most [`RETIRE`], unless the capture is immediate: the
//! kernel hands over packets by blocks, which costs a thirtieth of handing over
//! each by itself.

mod devices;
mod error;

use std::time::Duration;

use pcap::{Active, Precision, TimestampType};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

pub use self::devices::{Device, devices};
pub use self::error::LiveError;
use crate::base::frame::Link;
use crate::base::time::Timestamp;

/// How long the kernel holds packets back at most, to hand over many at once.
pub const RETIRE: Duration = Duration::from_millis(100);
/// The interface that stands for all of them.
pub const ANY: &str = "any";

/// How to capture.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Setting {
    /// What the kernel lets through (pcap-filter(7)); empty lets through all.
    pub filter: String,
    /// Bytes of a packet that are captured, at most.
    pub snap_length: u32,
    /// Bytes of the kernel's buffer for packets that were not read yet.
    pub buffer: u32,
    /// Whether each packet is handed over by itself, at once.
    pub immediate: bool,
    /// Whether packets for other hosts are captured too.
    pub promiscuous: bool,
    /// Who says when a packet came.
    pub clock: Clock,
}

/// Who says when a packet came; see pcap-tstamp(7).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Clock {
    /// The kernel, as it is usual on the system.
    #[default]
    Host,
    /// The kernel, cheaply and not exactly.
    HostLowPrecision,
    /// The kernel, as exactly as it can.
    HostHighPrecision,
    /// The interface, whose clock follows the system's.
    Adapter,
    /// The interface, whose clock is its own.
    AdapterUnsynced,
}

/// A packet as it is handed over.
#[derive(Clone, Copy, Debug)]
pub struct Packet<'a> {
    /// When it came, in nanoseconds.
    pub at: Timestamp,
    /// Its length on the wire.
    pub wire_len: u32,
    /// What was captured of it.
    pub bytes: &'a [u8],
}

/// Packets that were lost before they could be read, since the capture was opened.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Drops {
    /// By the kernel, because its buffer was full: we were too slow.
    pub kernel: u64,
    /// By the interface or its driver.
    pub interface: u64,
}

/// An interface that is captured.
pub struct Capture {
    inner: pcap::Capture<Active>,
    link: Link,
    link_number: u16,
    /// What libpcap said last; it counts in 32 bits, which wrap.
    last: (u32, u32),
    drops: Drops,
}

impl std::fmt::Debug for Capture {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Capture").field("link", &self.link).finish_non_exhaustive()
    }
}

impl Capture {
    /// Opens an interface by its name.
    ///
    /// # Errors
    ///
    /// libpcap or the interface is not there, the user may not capture, or the
    /// filter is none.
    pub fn open(name: &str, setting: &Setting) -> Result<Self, LiveError> {
        let failed = |error: pcap::Error| LiveError::of(name, error);
        let fits = |value: u32| i32::try_from(value).unwrap_or(i32::MAX);
        let milliseconds = i32::try_from(RETIRE.as_millis()).unwrap_or(i32::MAX);
        let inactive = pcap::Capture::from_device(name)
            .map_err(failed)?
            .snaplen(fits(setting.snap_length))
            .buffer_size(fits(setting.buffer))
            // The cooked interface has no such mode, and says so by a warning that
            // the crate takes for an error.
            .promisc(setting.promiscuous && name != ANY)
            .immediate_mode(setting.immediate)
            .timeout(milliseconds)
            .precision(Precision::Nano);
        let inactive = match setting.clock {
            Clock::Host => inactive,
            Clock::HostLowPrecision => inactive.tstamp_type(TimestampType::HostLowPrec),
            Clock::HostHighPrecision => inactive.tstamp_type(TimestampType::HostHighPrec),
            Clock::Adapter => inactive.tstamp_type(TimestampType::Adapter),
            Clock::AdapterUnsynced => inactive.tstamp_type(TimestampType::AdapterUnsynced),
        };
        let mut inner = inactive.open().map_err(failed)?.setnonblock().map_err(failed)?;
        if !setting.filter.is_empty() {
            inner
                .filter(&setting.filter, true)
                .map_err(|error| LiveError::of_filter(&setting.filter, error))?;
        }
        let link_number = u16::try_from(inner.get_datalink().0).unwrap_or(u16::MAX);
        let link = Link::from_number(link_number);
        Ok(Self { inner, link, link_number, last: (0, 0), drops: Drops::default() })
    }

    /// What its packets begin with.
    pub const fn link(&self) -> Link {
        self.link
    }

    /// The number of its link type (<https://www.tcpdump.org/linktypes.html>).
    pub const fn link_number(&self) -> u16 {
        self.link_number
    }

    /// Waits until there are packets, or for so long; whether there are.
    ///
    /// A read that waits by itself would not return while no packet comes.
    ///
    /// # Errors
    ///
    /// The descriptor cannot be waited for.
    pub fn wait(&self, most: Duration) -> Result<bool, LiveError> {
        let most = Timespec::try_from(most).unwrap_or(Timespec { tv_sec: 0, tv_nsec: 0 });
        let mut all = [PollFd::new(&self.inner, PollFlags::IN)];
        match poll(&mut all, Some(&most)) {
            Ok(ready) => Ok(ready > 0),
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(LiveError::Other { text: error.to_string() }),
        }
    }

    /// Gives the packets that the kernel has ready, one buffer's at most, and
    /// says how many they were.
    ///
    /// # Errors
    ///
    /// The interface is gone.
    pub fn read(&mut self, mut take: impl FnMut(Packet<'_>)) -> Result<usize, LiveError> {
        let read = self.inner.dispatch(None, |packet| {
            let time = packet.header.ts;
            // Its microseconds are nanoseconds, as was asked for.
            let nanos = time.tv_sec.saturating_mul(1_000_000_000).saturating_add(time.tv_usec);
            take(Packet {
                at: Timestamp::from_nanos(nanos),
                wire_len: packet.header.len,
                bytes: packet.data,
            });
        });
        read.map_err(|error| LiveError::Gone { text: error::text(error) })
    }

    /// What was lost so far. When libpcap cannot say, it is what it said last.
    pub fn drops(&mut self) -> Drops {
        if let Ok(said) = self.inner.stats() {
            let (kernel, interface) = self.last;
            self.drops.kernel += u64::from(said.dropped.wrapping_sub(kernel));
            self.drops.interface += u64::from(said.if_dropped.wrapping_sub(interface));
            self.last = (said.dropped, said.if_dropped);
        }
        self.drops
    }
}
