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
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Wanted {
    frames: BTreeSet<FrameNo>,
    kept: BTreeMap<FrameNo, Vec<Vec<u8>>>,
    bytes: usize,
}

impl Wanted {
    /// Wants the messages of frames.
    pub fn of(frames: impl IntoIterator<Item = FrameNo>) -> Self {
        Self { frames: frames.into_iter().collect(), ..Self::default() }
    }

    /// The wanted frame that comes last, of its source.
    pub fn last(&self, source: u16) -> Option<FrameNo> {
        let of_source = FrameNo::new(source, 0)..=FrameNo::new(source, u64::MAX);
        self.frames.range(of_source).next_back().copied()
    }

    /// Takes a message that a frame completed, if it is wanted.
    pub(super) fn take(&mut self, frame: FrameNo, bytes: &[u8]) {
        if !self.frames.contains(&frame) || self.bytes >= MOST {
            return;
        }
        let kept = self.kept.entry(frame).or_default();
        if kept.len() < MOST_OF_FRAME {
            let bytes = bytes.get(..MOST_BYTES).unwrap_or(bytes);
            self.bytes += bytes.len();
            kept.push(bytes.to_vec());
        }
    }

    /// The messages kept of each frame; a frame without messages has none.
    pub fn into_kept(mut self) -> impl Iterator<Item = (FrameNo, Vec<Vec<u8>>)> {
        let frames = self.frames;
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
}
