//! What a pcapng section says of an interface: its description and statistics.

use super::options::Options;
use crate::base::frame::Link;
use crate::source::clock::Clock;
use crate::source::order::Order;

/// `if_tsresol` (draft-ietf-opsawg-pcapng section 4.2): one byte.
const IF_TSRESOL: u16 = 9;
/// `if_tsoffset` (section 4.2): signed seconds in eight bytes.
const IF_TSOFFSET: u16 = 14;
/// `isb_endtime` (section 4.6): ticks in two words, the high one first.
const ISB_ENDTIME: u16 = 3;
/// `isb_ifdrop` (section 4.6): packets dropped for want of resources, in eight bytes.
const ISB_IFDROP: u16 = 5;

/// An interface that packets name.
pub(super) struct Interface {
    pub(super) link: Link,
    /// Greatest captured length in bytes; 0 is no limit.
    pub(super) snap_len: u32,
    pub(super) clock: Clock,
    /// The latest count of packets that it dropped.
    pub(super) drops: Option<u64>,
}

/// An interface as its block describes it.
pub(super) struct Description {
    pub(super) interface: Interface,
    /// The number of its link type.
    pub(super) link: u16,
    pub(super) bad_options: u32,
}

/// The statistics of an interface, as a block gives them.
pub(super) struct Statistics {
    pub(super) interface: u32,
    pub(super) drops: Option<u64>,
    /// When its capture ended, in its ticks.
    pub(super) end: Option<u64>,
    pub(super) bad_options: u32,
}

impl Interface {
    /// Reads the content of an Interface Description Block (section 4.2);
    /// `None` when it is too short. An option that cannot be read is left out.
    pub(super) fn read(order: Order, content: &[u8]) -> Option<Description> {
        let ([link, snap_len], options) = fixed(content)?;
        let (mut resolution, mut offset_secs, mut bad_options) = (Clock::MICROS, 0, 0);
        for option in Options::new(order, options) {
            match option {
                Ok((IF_TSRESOL, [tsresol])) => resolution = Clock::of_resolution(*tsresol),
                Ok((IF_TSOFFSET, value)) => match value.try_into() {
                    Ok(value) => offset_secs = order.u64(value).cast_signed(),
                    Err(_) => bad_options += 1,
                },
                Ok((IF_TSRESOL, _)) | Err(_) => bad_options += 1,
                Ok(_) => {}
            }
        }
        let link = order.u16_pair(link).0;
        let interface = Self {
            link: Link::from_number(link),
            snap_len: order.u32(snap_len),
            clock: resolution.counted_from(offset_secs),
            drops: None,
        };
        Some(Description { interface, link, bad_options })
    }
}

impl Statistics {
    /// Reads the content of an Interface Statistics Block (section 4.6);
    /// `None` when it is too short. An option that cannot be read is left out.
    pub(super) fn read(order: Order, content: &[u8]) -> Option<Self> {
        let ([interface, _, _], options) = fixed(content)?;
        let (mut drops, mut end, mut bad_options) = (None, None, 0);
        for option in Options::new(order, options) {
            match option {
                Ok((ISB_IFDROP, value)) => match value.try_into() {
                    Ok(value) => drops = Some(order.u64(value)),
                    Err(_) => bad_options += 1,
                },
                Ok((ISB_ENDTIME, value)) => match value.as_chunks().0 {
                    [high, low] => {
                        end = Some(u64::from(order.u32(*high)) << 32 | u64::from(order.u32(*low)));
                    }
                    _ => bad_options += 1,
                },
                Err(_) => bad_options += 1,
                Ok(_) => {}
            }
        }
        Some(Self { interface: order.u32(interface), drops, end, bad_options })
    }
}

/// The four-byte words that a block's content begins with, and its options.
fn fixed<const WORDS: usize>(content: &[u8]) -> Option<([[u8; 4]; WORDS], &[u8])> {
    let words = content.as_chunks().0.first_chunk()?;
    Some((*words, content.get(size_of_val(words)..)?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::limits::INTERFACE_BYTES;

    #[test]
    fn an_interface_takes_the_memory_stated() {
        assert!(size_of::<Interface>() <= INTERFACE_BYTES);
    }

    #[test]
    fn options_that_cannot_be_read_are_left_out() {
        let content = b"\0\x71\0\0\0\0\x05\xdc\
            \0\x09\0\x02\x09\x09\0\0\
            \0\x0e\0\x04\0\0\0\x01\
            \0\x09\0\x01\x09\0\0\0\
            \0\x02\0\x50lo\0\0";
        let read = Interface::read(Order::Big, content).unwrap();
        assert_eq!((read.link, read.interface.link), (113, Link::LinuxSll));
        assert_eq!(read.interface.snap_len, 1_500);
        assert_eq!(read.interface.clock, Clock::of_resolution(9), "the one of a byte counts");
        assert_eq!(read.bad_options, 3);
        assert!(Interface::read(Order::Big, b"\0\x71\0\0\0\0\x05").is_none());
    }

    #[test]
    fn statistics_tell_drops() {
        let drops = b"\0\x05\0\x08\0\0\0\0\0\0\x01\0\0\0\0\0";
        let content = [&b"\0\0\0\x02\0\0\0\0\0\0\0\0"[..], drops].concat();
        let read = Statistics::read(Order::Big, &content).unwrap();
        assert_eq!((read.interface, read.drops, read.bad_options), (2, Some(256), 0));
        let short = content.get(..16).unwrap();
        let read = Statistics::read(Order::Big, short).unwrap();
        assert_eq!((read.drops, read.bad_options), (None, 1));
    }
}
