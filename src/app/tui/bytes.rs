//! Messages read back from the capture, which the reading does not keep: their
//! frames are looked up by their numbers, and only those are decoded. What lies
//! in several frames, as over TCP, is put together of all frames before it.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::app::again;
use crate::app::input::Input;
use crate::app::interrupt::Interrupt;
use crate::app::output::Failure;
use crate::base::id::FrameNo;
use crate::engine::{Engine, Wanted};
use crate::report::value::FrameRef;
use crate::view::tui::effect::Fetch;

/// Messages of a frame, or why there are none.
pub(super) type Fetched = (FrameRef, Result<Vec<Vec<u8>>, String>);

/// Reads messages back.
pub(super) fn fetch(arguments: &Input, frames: &[Fetch]) -> Vec<Fetched> {
    let fails = |why: &str| {
        frames.iter().map(|fetch| (fetch.frame, Err(why.to_owned()))).collect::<Vec<_>>()
    };
    if arguments.files.iter().any(|file| file.as_os_str() == "-") {
        return fails("standard input cannot be read twice");
    }
    let several = frames.iter().any(|fetch| matches!(fetch.frame, FrameRef::Of { .. }));
    let named = |frame: FrameNo| FrameRef::new(frame, several);
    let alone = frames.iter().filter(|fetch| fetch.alone).map(|fetch| number(fetch.frame));
    let mut fetched = Vec::new();
    let mut left: BTreeSet<FrameNo> =
        frames.iter().filter(|fetch| !fetch.alone).map(|fetch| number(fetch.frame)).collect();
    match read(arguments, alone.collect(), true) {
        Err(failure) => return fails(&super::reading::text(&failure)),
        Ok(wanted) => {
            for (frame, messages) in wanted.into_kept() {
                if messages.is_empty() {
                    // A fragment, perhaps.
                    left.insert(frame);
                } else {
                    fetched.push((named(frame), Ok(messages)));
                }
            }
        }
    }
    match read(arguments, left, false) {
        Err(failure) => return fails(&super::reading::text(&failure)),
        Ok(wanted) => fetched.extend(wanted.into_kept().map(|(frame, messages)| {
            let why = "no message was found in the frame: the capture has changed";
            let messages = if messages.is_empty() { Err(why.to_owned()) } else { Ok(messages) };
            (named(frame), messages)
        })),
    }
    fetched
}

/// A frame as its source numbers it.
pub(super) const fn number(frame: FrameRef) -> FrameNo {
    match frame {
        FrameRef::Only(frame) => FrameNo::new(0, frame),
        FrameRef::Of { source, frame } => FrameNo::new(source, frame),
    }
}

/// Reads up to the last of some frames; `only` them are decoded.
fn read(arguments: &Input, frames: BTreeSet<FrameNo>, only: bool) -> Result<Wanted, Failure> {
    let mut left = frames.clone();
    let mut engine = Engine::new(arguments.settings());
    engine.want(Wanted::of(frames));
    let interrupt = Interrupt::by(Arc::new(AtomicBool::new(false)));
    // The last frame ends the reading as if it had failed.
    let mut done = left.is_empty();
    if !done {
        let read = again::frames_until(arguments, &interrupt, |frame| {
            let wanted = left.remove(&frame.no);
            if wanted || !only {
                engine.handle_frame(frame);
            }
            done = left.is_empty();
            if done { Err(Failure::BrokenPipe) } else { Ok(()) }
        });
        if !done {
            read?;
        }
    }
    Ok(engine.wanted().map(std::mem::take).unwrap_or_default())
}
