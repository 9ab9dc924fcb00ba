//! Messages read back from the capture: the reading keeps no bytes, so that
//! what someone wants to see is read once more, up to its last frame.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::app::drive::{self, SoFar, Watch};
use crate::app::input::Input;
use crate::app::interrupt::Interrupt;
use crate::base::id::FrameNo;
use crate::engine::{Engine, Wanted};
use crate::report::value::FrameRef;

/// Messages of a frame, or why there are none.
type Fetched = (FrameRef, Result<Vec<Vec<u8>>, String>);

/// Ends the reading behind the last frame that is wanted.
struct Until {
    last: FrameNo,
    several: bool,
    taken: Option<Wanted>,
}

/// Reads messages back.
pub(super) fn fetch(arguments: &Input, frames: &[FrameRef]) -> Vec<Fetched> {
    let all = |why: &str| frames.iter().map(|frame| (*frame, Err(why.to_owned()))).collect();
    if arguments.files.iter().any(|file| file.as_os_str() == "-") {
        return all("standard input cannot be read twice");
    }
    let number = |frame: &FrameRef| match *frame {
        FrameRef::Only(frame) => FrameNo::new(0, frame),
        FrameRef::Of { source, frame } => FrameNo::new(source, frame),
    };
    let mut quiet = arguments.clone();
    quiet.no_progress = true;
    quiet.follow = false;
    quiet.idle_limit = None;
    let mut engine = Engine::new(quiet.settings());
    engine.want(Wanted::of(frames.iter().map(number)));
    let several = frames.iter().any(|frame| matches!(frame, FrameRef::Of { .. }));
    let last = frames.iter().map(number).max().unwrap_or_default();
    let mut until = Until { last, several, taken: None };
    let interrupt = Interrupt::by(Arc::new(AtomicBool::new(false)));
    let read = drive::read_with(&quiet, &interrupt, engine, &mut until);
    let wanted = match (until.taken, read) {
        (Some(wanted), _) => wanted,
        (None, Err(failure)) => return all(&super::reading::text(&failure)),
        (None, Ok(_)) => return all("the capture ends before its frame: it has changed"),
    };
    let as_named = |frame: FrameNo| {
        if several {
            FrameRef::Of { source: frame.source(), frame: frame.number() }
        } else {
            FrameRef::Only(frame.number())
        }
    };
    let said = |(frame, messages): (FrameNo, Vec<Vec<u8>>)| {
        let why = "no message was found in the frame: the capture has changed";
        let messages = if messages.is_empty() { Err(why.to_owned()) } else { Ok(messages) };
        (as_named(frame), messages)
    };
    wanted.into_kept().map(said).collect()
}

impl Watch for Until {
    fn frame(&mut self, no: FrameNo) -> bool {
        // Of several inputs, merged by time, any may still bring a frame that is wanted.
        !self.several && no == self.last
    }

    fn look(&mut self, so_far: SoFar<'_>) -> bool {
        self.taken = so_far.engine.wanted().map(std::mem::take);
        false
    }

    fn end(&mut self, engine: &mut Engine) {
        if self.taken.is_none() {
            self.taken = engine.wanted().map(std::mem::take);
        }
    }
}
