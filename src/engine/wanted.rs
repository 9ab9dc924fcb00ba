//! Messages that someone wants to see as they came.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::id::FrameNo;

/// Bytes of one message that are kept.
const MOST_BYTES: usize = 1 << 18;
/// Messages of one frame that are kept.
const MOST_OF_FRAME: usize = 64;
/// Bytes of all messages that are kept.
const MOST: usize = 64 << 20;

/// Frames whose messages are kept as they came.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// `None`: all.
    frames: Option<BTreeSet<FrameNo>>,
    kept: BTreeMap<FrameNo, Vec<Vec<u8>>>,
    bytes: usize,
    most: usize,
    left_out: u64,
}

impl Default for Wanted {
    fn default() -> Self {
        let frames = Some(BTreeSet::new());
        Self { frames, kept: BTreeMap::new(), bytes: 0, most: MOST, left_out: 0 }
    }
}

impl Wanted {
    /// Wants the messages of frames.
    pub fn of(frames: impl IntoIterator<Item = FrameNo>) -> Self {
        Self { frames: Some(frames.into_iter().collect()), ..Self::default() }
    }

    /// Wants the messages of all frames.
    pub fn all() -> Self {
        Self { frames: None, ..Self::default() }
    }

    /// Keeps about so many bytes at most.
    #[must_use]
    pub fn at_most(self, bytes: usize) -> Self {
        Self { most: bytes, ..self }
    }

    /// The wanted frame that comes last, of its source.
    pub fn last(&self, source: u16) -> Option<FrameNo> {
        let of_source = FrameNo::new(source, 0)..=FrameNo::new(source, u64::MAX);
        self.frames.as_ref()?.range(of_source).next_back().copied()
    }

    /// Takes a message that a frame completed, if it is wanted.
    pub(super) fn take(&mut self, frame: FrameNo, bytes: &[u8]) {
        if self.frames.as_ref().is_some_and(|frames| !frames.contains(&frame)) {
            return;
        }
        if self.bytes >= self.most {
            self.left_out += 1;
            return;
        }
        let kept = self.kept.entry(frame).or_default();
        if kept.len() < MOST_OF_FRAME {
            let bytes = bytes.get(..MOST_BYTES).unwrap_or(bytes);
            self.bytes += bytes.len();
            kept.push(bytes.to_vec());
        } else {
            self.left_out += 1;
        }
    }

    /// The messages kept of a frame, in order.
    pub fn messages(&self, frame: FrameNo) -> &[Vec<u8>] {
        self.kept.get(&frame).map(Vec::as_slice).unwrap_or_default()
    }

    /// Messages that were wanted and, for the cap, not kept.
    pub const fn left_out(&self) -> u64 {
        self.left_out
    }

    /// The messages kept of each frame; a frame without messages has none.
    pub fn into_kept(mut self) -> impl Iterator<Item = (FrameNo, Vec<Vec<u8>>)> {
        let frames = self.frames.unwrap_or_else(|| self.kept.keys().copied().collect());
        frames.into_iter().map(move |frame| (frame, self.kept.remove(&frame).unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_wanted_is_kept() {
        let frame = |number| FrameNo::new(0, number);
        let mut wanted = Wanted::of([frame(3), frame(9)]);
        assert_eq!((wanted.last(0), wanted.last(1)), (Some(frame(9)), None));
        wanted.take(frame(2), b"a");
        wanted.take(frame(3), b"b");
        wanted.take(frame(3), b"c");
        let kept: Vec<_> = wanted.into_kept().collect();
        assert_eq!(kept, [(frame(3), vec![b"b".to_vec(), b"c".to_vec()]), (frame(9), vec![])]);
    }

    #[test]
    fn the_cap_holds_and_tells() {
        let frame = |number| FrameNo::new(0, number);
        let mut wanted = Wanted::all().at_most(4);
        for number in 1..=4 {
            wanted.take(frame(number), b"abc");
        }
        assert_eq!(wanted.messages(frame(2)), [b"abc".to_vec()]);
        assert_eq!((wanted.messages(frame(3)).len(), wanted.left_out()), (0, 2));
    }
}
