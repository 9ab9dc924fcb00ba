//! Packets in memory, in the order in which they came, shared between those
//! that write them.

use crate::base::frame::{Frame, Link};
use crate::base::id::FrameNo;
use crate::base::time::Timestamp;

/// Packets; once it is handed over it does not change.
#[derive(Debug, Default)]
pub(super) struct Chunk {
    records: Vec<Record>,
    bytes: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
struct Record {
    no: FrameNo,
    at: Timestamp,
    link: Link,
    wire_len: u32,
    end: usize,
}

impl Chunk {
    /// Copies a packet.
    pub(super) fn push(&mut self, frame: &Frame<'_>) {
        let &Frame { no, at, link, wire_len, bytes } = frame;
        self.bytes.extend_from_slice(bytes);
        self.records.push(Record { no, at, link, wire_len, end: self.bytes.len() });
    }

    /// Whether there is none.
    pub(super) const fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Packets.
    pub(super) const fn len(&self) -> usize {
        self.records.len()
    }

    /// Bytes of memory.
    pub(super) const fn size(&self) -> usize {
        self.bytes.len() + self.records.len() * size_of::<Record>()
    }

    /// The packets.
    pub(super) fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        let mut begin = 0;
        self.records.iter().map(move |&Record { no, at, link, wire_len, end }| {
            let bytes = self.bytes.get(begin..end).unwrap_or_default();
            begin = end;
            Frame { no, at, link, wire_len, bytes }
        })
    }

    /// When the earliest and the latest came.
    pub(super) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let times = || self.records.iter().map(|record| record.at);
        times().min().zip(times().max())
    }
}
