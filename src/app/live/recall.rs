//! The last SIP messages, to be looked at while the session runs: they are kept
//! nowhere else.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::observe::{Tap, Tick};
use crate::base::frame::Frame;
use crate::base::id::FrameNo;
use crate::base::limits::Limits;
use crate::engine::messages::Messages;

/// Bytes of messages that are kept; of more the oldest go.
const MOST: usize = 64 << 20;

/// The messages of frames.
#[derive(Debug, Default)]
struct Kept {
    messages: BTreeMap<FrameNo, Vec<Vec<u8>>>,
    bytes: usize,
}

impl Kept {
    fn put(&mut self, frame: FrameNo, bytes: &[u8]) {
        self.messages.entry(frame).or_default().push(bytes.to_vec());
        self.bytes += bytes.len();
        while self.bytes > MOST
            && let Some((_, gone)) = self.messages.pop_first()
        {
            self.bytes -= gone.iter().map(Vec::len).sum::<usize>();
        }
    }
}

/// Where the last messages are asked for.
#[derive(Clone, Debug, Default)]
pub(in crate::app) struct Recall(Arc<Mutex<Kept>>);

impl Recall {
    /// The messages of a frame; none if they are too long ago.
    pub(in crate::app) fn messages(&self, frame: FrameNo) -> Vec<Vec<u8>> {
        let kept = self.0.lock();
        kept.ok().and_then(|kept| kept.messages.get(&frame).cloned()).unwrap_or_default()
    }

    /// What keeps them.
    pub(super) fn tap(&self, limits: Limits) -> Box<dyn Tap> {
        Box::new(Keeper { messages: Messages::new(limits), kept: self.clone() })
    }
}

struct Keeper {
    messages: Messages,
    kept: Recall,
}

impl Tap for Keeper {
    fn frame(&mut self, frame: &Frame<'_>) {
        let kept = &self.kept.0;
        self.messages.push(frame, &mut |found| {
            if let Ok(mut kept) = kept.lock() {
                kept.put(found.frame, found.bytes);
            }
        });
    }

    fn tick(&mut self, _: &Tick) {}

    fn end(&mut self) {}
}
