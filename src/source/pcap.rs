//! Records of the classic pcap format (draft-ietf-opsawg-pcap): a file header,
//! then packets, each after a header of times and lengths.

use std::ops::Range;

use super::error::SourceErrorKind;
use super::info::Format;
use super::limits::MAX_FRAME;
use super::magic::Variant;
use super::order::Order;
use super::record::{Fault, Outcome, Packet};
use super::tally::Tally;
use super::window::Window;
use crate::base::chunk::Chunk;
use crate::base::frame::Link;
use crate::base::time::Timestamp;

/// Bytes of the file header (section 4).
const FILE_HEADER: usize = 24;
/// Bytes of a record's header (section 5).
const RECORD_HEADER: usize = 16;
/// Bytes of a record's header in the "modified" format.
const LONG_RECORD_HEADER: usize = 24;

const NANOS_PER_SEC: i64 = 1_000_000_000;

/// A pcap file whose header has been read.
pub(super) struct Pcap {
    order: Order,
    link: Link,
    /// Nanoseconds in a unit of a time's fraction.
    fraction_nanos: i64,
    record_header: usize,
}

/// What the header of a record says.
struct Header {
    at: Timestamp,
    captured: u32,
    wire_len: u32,
}

impl Pcap {
    /// Reads the file header.
    pub(super) fn open(
        window: &mut Window,
        variant: Variant,
        tally: &mut Tally,
    ) -> Result<Self, Fault> {
        let offset = window.offset();
        let Variant { order, nanos, long_headers } = variant;
        window.want(FILE_HEADER)?;
        let [_, version, _, _, _, link, ..] = window.held().as_chunks().0 else {
            let (expected, found) = (FILE_HEADER as u64, window.held().len() as u64);
            return Err(Fault { offset, kind: SourceErrorKind::HeaderCut { expected, found } });
        };
        let (major, minor) = order.u16_pair(*version);
        if major != 2 {
            let kind = SourceErrorKind::Version { format: Format::Pcap, major, minor };
            return Err(Fault { offset, kind });
        }
        // The upper half tells of frame check sequences (section 4).
        let link = (order.u32(*link) & 0xffff) as u16;
        window.take(FILE_HEADER);
        tally.declared(link, if nanos { 9 } else { 6 });
        Ok(Self {
            order,
            link: Link::from_number(link),
            fraction_nanos: if nanos { 1 } else { 1_000 },
            record_header: if long_headers { LONG_RECORD_HEADER } else { RECORD_HEADER },
        })
    }

    /// Puts packets into a chunk that are held whole, as many as there are and it takes: what
    /// most records are, without asking of each whether there is more to read.
    pub(super) fn fill(&self, window: &mut Window, tally: &mut Tally, chunk: &mut Chunk) {
        let (place, held) = (window.place(), window.held());
        let mut taken = 0;
        while !chunk.is_full()
            && let Some(header) = held.get(taken..).and_then(|left| self.header(left))
            && header.captured <= MAX_FRAME
            && let begin = taken + self.record_header
            && let Some(bytes) = held.get(begin..begin + header.captured as usize)
        {
            let packet = self.packet(&header, place + begin..place + begin + bytes.len());
            chunk.push_place(&tally.frame(&packet, bytes), packet.bytes);
            taken = begin + bytes.len();
        }
        window.take(taken);
    }

    /// The header at the beginning of a record.
    #[inline]
    fn header(&self, held: &[u8]) -> Option<Header> {
        let [seconds, fraction, captured, wire_len, ..] = held.as_chunks().0 else { return None };
        // 2^32 seconds and 2^32 microseconds stay within the 64 bits.
        let at = i64::from(self.order.u32(*seconds)) * NANOS_PER_SEC
            + i64::from(self.order.u32(*fraction)) * self.fraction_nanos;
        Some(Header {
            at: Timestamp::from_nanos(at),
            captured: self.order.u32(*captured),
            wire_len: self.order.u32(*wire_len),
        })
    }

    /// A packet whose bytes are there in the window.
    #[inline]
    const fn packet(&self, header: &Header, bytes: Range<usize>) -> Packet {
        let Header { at, wire_len, .. } = *header;
        Packet { at, timed: true, link: self.link, wire_len, bytes }
    }

    /// The next record.
    #[inline]
    pub(super) fn next(&self, window: &mut Window) -> Result<Outcome, Fault> {
        window.want(self.record_header)?;
        let Some(header) = self.header(window.held()) else {
            return Ok(Outcome::ends(window, self.record_header, false));
        };
        let captured = header.captured;
        if captured > MAX_FRAME {
            let kind = SourceErrorKind::FrameLength { captured, most: MAX_FRAME };
            return Err(Fault { offset: window.offset(), kind });
        }
        let size = self.record_header + captured as usize;
        if !window.want(size)? {
            return Ok(Outcome::ends(window, size, true));
        }
        let record = window.take(size);
        let bytes = record.start + self.record_header..record.end;
        Ok(Outcome::Packet(self.packet(&header, bytes)))
    }
}
