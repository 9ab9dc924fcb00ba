//! A run of frames in one buffer, as readers hand them to those who decode.

use std::ops::Range;

use super::frame::{Frame, Link};
use super::id::FrameNo;
use super::time::Timestamp;

/// Bytes of frames after which a chunk is full: they stay in a processor's
/// second-level cache while they are looked at.
pub const CHUNK_BYTES: usize = 256 << 10;
/// Frames after which a chunk is full.
pub const CHUNK_FRAMES: usize = 4_096;

/// Bytes of the frame with which a chunk becomes full, as a rule.
const LAST_FRAME: usize = 16 << 10;

/// A chunk ends with each frame whose turn is the last of so many: there all that
/// follow a capture's frames come to know of each other, however it was cut.
pub const STRETCH: u64 = 1 << 16;

/// A frame of a chunk, but for its bytes.
#[derive(Clone, Copy, Debug)]
struct Record {
    no: FrameNo,
    at: Timestamp,
    link: Link,
    wire_len: u32,
    /// Where in the chunk its bytes begin and end.
    start: u32,
    end: u32,
}

/// Frames that follow each other.
#[derive(Clone, Debug)]
pub struct Chunk {
    bytes: Vec<u8>,
    records: Vec<Record>,
    turn: u64,
}

impl Default for Chunk {
    /// An empty one, with room for the bytes of a full one.
    fn default() -> Self {
        let bytes = Vec::with_capacity(CHUNK_BYTES + LAST_FRAME);
        Self { bytes, records: Vec::new(), turn: 0 }
    }
}

impl Chunk {
    /// Forgets its frames; those to come are the `turn`-th and following, 0-based.
    pub fn begin(&mut self, turn: u64) {
        self.records.clear();
        self.turn = turn;
    }

    /// Appends a frame.
    #[inline]
    pub fn push(&mut self, frame: &Frame<'_>) {
        if self.records.is_empty() {
            self.bytes.clear();
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(frame.bytes);
        self.push_place(frame, start..self.bytes.len());
    }

    /// Appends a frame that will be in that place of the bytes that are given in the end.
    #[inline]
    pub fn push_place(&mut self, frame: &Frame<'_>, place: Range<usize>) {
        let &Frame { no, at, link, wire_len, .. } = frame;
        let end = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        let (start, end) = (end(place.start), end(place.end));
        self.records.push(Record { no, at, link, wire_len, start, end });
    }

    /// Its buffer, to be given back or exchanged for another with frames in their places.
    pub fn take_bytes(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    /// The buffer in which the frames have their places.
    pub fn give_bytes(&mut self, bytes: Vec<u8>) {
        self.bytes = bytes;
    }

    /// Whether it is time for another.
    #[inline]
    pub fn is_full(&self) -> bool {
        let next = self.turn + self.records.len() as u64;
        self.bytes.len() >= CHUNK_BYTES
            || self.records.len() >= CHUNK_FRAMES
            || next.is_multiple_of(STRETCH) && !self.records.is_empty()
    }

    /// How many frames there are.
    pub fn len(&self) -> usize {
        self.records.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.records.is_empty()
    }

    /// Bytes of memory.
    pub fn size(&self) -> usize {
        self.bytes.len() + self.records.len() * size_of::<Record>()
    }

    /// When the earliest and the latest of its frames came.
    pub fn span(&self) -> Option<(Timestamp, Timestamp)> {
        let times = || self.records.iter().map(|record| record.at);
        times().min().zip(times().max())
    }

    /// How many frames came before its first.
    pub fn turn(&self) -> u64 {
        self.turn
    }

    /// Frame `index`.
    #[inline]
    pub fn frame(&self, index: u32) -> Option<Frame<'_>> {
        self.records.get(index as usize).map(|record| self.frame_of(record))
    }

    #[inline]
    fn frame_of(&self, record: &Record) -> Frame<'_> {
        let &Record { no, at, link, wire_len, start, end } = record;
        let bytes = self.bytes.get(start as usize..end as usize).unwrap_or_default();
        Frame { no, at, link, wire_len, bytes }
    }

    /// The bytes among which those of the frames are.
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The frames in order.
    pub fn frames(&self) -> impl Iterator<Item = Frame<'_>> {
        self.records.iter().map(|record| self.frame_of(record))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_as_they_went_in() {
        let mut chunk = Chunk::default();
        chunk.begin(7);
        let frame = |number: u64, bytes: &'static [u8]| Frame {
            no: FrameNo::new(0, number),
            at: Timestamp::from_nanos(9),
            link: Link::RawIp,
            wire_len: 3,
            bytes,
        };
        for (number, bytes) in [(1, &b"abc"[..]), (2, b""), (5, b"de")] {
            chunk.push(&frame(number, bytes));
        }
        assert_eq!((chunk.turn(), chunk.len(), chunk.is_full()), (7, 3, false));
        let bytes: Vec<_> = chunk.frames().map(|frame| (frame.no.number(), frame.bytes)).collect();
        assert_eq!(bytes, [(1, &b"abc"[..]), (2, b""), (5, b"de")]);
        assert_eq!(chunk.frame(2).unwrap().bytes, b"de");
        assert!(chunk.frame(3).is_none());
        chunk.begin(0);
        assert!(chunk.is_empty());
    }
}
