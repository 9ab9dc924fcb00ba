//! HEP over UDP: a thread that waits for datagrams and does nothing else, so that
//! the kernel's buffer is enough.

use std::fs;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use socket2::{Domain, Protocol, Socket, Type};

use super::gate::Gate;
use crate::app::clock;
use crate::app::live::feed::{Batch, Feed, Gone, Health};
use crate::app::output::Failure;
use crate::base::frame::Link;
use crate::engine::collecting;

/// What the kernel is asked to hold of datagrams that wait, in bytes.
const BUFFER: usize = 16 << 20;
/// A batch of so many bytes is sent, or one that began so long ago.
const BATCH: usize = 128 << 10;
const WAIT: Duration = Duration::from_millis(50);
/// How often it is asked what was dropped.
const ASK: Duration = Duration::from_secs(1);
/// Longest datagram.
const LONGEST: usize = 1 << 16;

/// A socket that is open, before its thread begins.
#[derive(Debug)]
pub(super) struct Listener {
    pub(super) local: SocketAddr,
    socket: UdpSocket,
}

impl Listener {
    pub(super) fn open(address: SocketAddr) -> Result<Self, Failure> {
        let opened = || {
            let domain = Domain::for_address(address);
            let socket = Socket::new(domain, Type::DGRAM, Some(Protocol::UDP))?;
            if address.is_ipv6() {
                socket.set_only_v6(false)?;
            }
            // The system may allow less.
            let _ = socket.set_recv_buffer_size(BUFFER);
            socket.bind(&address.into())?;
            let socket = UdpSocket::from(socket);
            socket.set_read_timeout(Some(WAIT))?;
            Ok(Self { local: socket.local_addr()?, socket })
        };
        opened().map_err(|error: io::Error| Failure::Fault(format!("HEP at {address}: {error}")))
    }

    /// Begins to receive; ends when `stop` is set.
    pub(super) fn begin(
        self,
        feed: Feed,
        gate: Arc<Gate>,
        stop: Arc<AtomicBool>,
    ) -> io::Result<()> {
        let inode = inode(&self.socket);
        let (local, socket) = (self.local, self.socket);
        let mut thread = Thread { local, socket, feed, gate, inode, frame: Vec::new() };
        // Who reads has gone when this ends with an error: nothing is left to do.
        let run = move || thread.run(&stop).unwrap_or_default();
        thread::Builder::new().name("hep udp".to_owned()).spawn(run)?;
        Ok(())
    }
}

struct Thread {
    local: SocketAddr,
    socket: UdpSocket,
    feed: Feed,
    gate: Arc<Gate>,
    inode: Option<u64>,
    frame: Vec<u8>,
}

impl Thread {
    fn run(&mut self, stop: &AtomicBool) -> Result<(), Gone> {
        let mut buffer = vec![0; LONGEST];
        let (mut batch, mut begun) = (self.feed.batch(), Instant::now());
        let mut ask = Instant::now();
        let mut down = None;
        loop {
            let ends = stop.load(Ordering::Relaxed);
            match self.socket.recv_from(&mut buffer) {
                Ok((length, from)) => {
                    down = None;
                    if batch.is_empty() {
                        begun = Instant::now();
                    }
                    self.take(buffer.get(..length).unwrap_or_default(), from, &mut batch);
                }
                Err(error) if waits(&error) => {
                    if ends {
                        self.feed.send(batch)?;
                        return self.say(down);
                    }
                }
                // An ICMP error about something sent from this port is nothing of ours.
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(error) => {
                    down = Some(error.to_string());
                    thread::sleep(WAIT);
                    if ends {
                        return self.say(down);
                    }
                }
            }
            if batch.size() >= BATCH || !batch.is_empty() && begun.elapsed() >= WAIT {
                self.feed.send(std::mem::replace(&mut batch, self.feed.batch()))?;
            }
            if Instant::now() >= ask {
                ask = Instant::now() + ASK;
                self.say(down.clone())?;
            }
        }
    }

    fn take(&mut self, packet: &[u8], from: SocketAddr, batch: &mut Batch) {
        if !self.gate.admits(packet) {
            return;
        }
        if collecting::frame(packet, from, self.local, &mut self.frame) {
            let length = u32::try_from(self.frame.len()).unwrap_or(u32::MAX);
            batch.push(clock::now(), Link::RawIp, length, &self.frame);
        } else {
            self.gate.too_long();
        }
    }

    fn say(&self, down: Option<String>) -> Result<(), Gone> {
        let kernel = self.inode.and_then(drops);
        let dropped = kernel.map(|kernel| kernel + self.gate.dropped());
        self.feed.say(Health { dropped, down, ..Health::default() })
    }
}

fn waits(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut | Interrupted)
}

/// The number by which Linux lists the socket.
fn inode(socket: &UdpSocket) -> Option<u64> {
    let link = fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).ok()?;
    link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

/// What the kernel dropped because the socket's buffer was full (proc_net_udp(5)).
fn drops(inode: u64) -> Option<u64> {
    let of = |path: &str| {
        let list = fs::read_to_string(path).ok()?;
        list.lines().find_map(|line| {
            let fields: Vec<_> = line.split_ascii_whitespace().collect();
            let is_it = fields.get(9)?.parse::<u64>() == Ok(inode);
            is_it.then(|| fields.last()?.parse().ok())?
        })
    };
    of("/proc/net/udp6").or_else(|| of("/proc/net/udp"))
}
