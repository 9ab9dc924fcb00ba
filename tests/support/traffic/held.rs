//! The frames of a plan in memory, as a source would lend them.

use siplens::base::frame::{Frame, Link};
use siplens::base::id::FrameNo;
use siplens::base::time::Timestamp;

use super::frames::Frames;
use super::plan::{Nanos, Plan};
use super::{EPOCH, SECOND};

/// A capture in memory.
#[derive(Debug, Default)]
pub(crate) struct Held {
    bytes: Vec<u8>,
    /// When each frame is captured, from the beginning on, and where it ends.
    ends: Vec<(Nanos, usize)>,
}

impl Held {
    pub(crate) fn new(plan: &Plan) -> Self {
        Self::chosen(plan, |_| true)
    }

    /// Only those frames that are wanted.
    pub(crate) fn chosen(plan: &Plan, mut wanted: impl FnMut(&Frame<'_>) -> bool) -> Self {
        let (mut held, mut frames, mut bytes) = (Self::default(), Frames::new(*plan), Vec::new());
        while let Some(at) = frames.next_frame(&mut bytes) {
            if wanted(&lent(0, at, &bytes)) {
                held.bytes.extend_from_slice(&bytes);
                held.ends.push((at, held.bytes.len()));
            }
        }
        held
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    /// Frame `index`, 0-based.
    pub(crate) fn get(&self, index: usize) -> Option<Frame<'_>> {
        let (at, end) = *self.ends.get(index)?;
        let start = index.checked_sub(1).and_then(|before| self.ends.get(before));
        let bytes = self.bytes.get(start.map_or(0, |(_, end)| *end)..end)?;
        Some(lent(index as u64 + 1, at, bytes))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Frame<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// When frame `index` is captured, from the beginning on.
    pub(crate) fn at(&self, index: usize) -> Nanos {
        self.ends.get(index).map_or(Nanos::MAX, |(at, _)| *at)
    }

    /// How many frames are captured before `at`.
    pub(crate) fn before(&self, at: Nanos) -> usize {
        self.ends.partition_point(|(captured, _)| *captured < at)
    }
}

fn lent(no: u64, at: Nanos, bytes: &[u8]) -> Frame<'_> {
    Frame {
        no: FrameNo::new(0, no),
        at: Timestamp::from_nanos(i64::try_from(EPOCH * SECOND + at).unwrap_or(i64::MAX)),
        link: Link::Ethernet,
        wire_len: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        bytes,
    }
}
