//! A reading that someone looks at while it goes on.

use super::drive::{Drive, Reading, Sink, read_from};
use super::input::Input as Arguments;
use super::interrupt::Interrupt;
use super::output::Failure;
use crate::base::frame::Frame;
use crate::base::time::Timestamp;
use crate::engine::{Engine, Snapshot};
use crate::report::Options;
use crate::source::Progress;

/// What is looked at while it is read.
pub(super) struct SoFar<'r> {
    /// The engine that the frames go into.
    pub(super) engine: &'r Engine,
    /// How far the reading is.
    pub(super) progress: Progress,
    /// Makes the facts of the inputs so far.
    pub(super) options: &'r dyn Fn() -> Options,
}

/// Someone who looks at a reading while it goes on.
pub(super) trait Watch {
    /// A frame has been read; whether to [`look`](Self::look).
    fn frame(&mut self) -> bool;

    /// Looks; whether the reading goes on.
    fn look(&mut self, so_far: SoFar<'_>) -> bool;
}

/// An engine under someone's eyes.
struct Watched<'a, W> {
    engine: Engine,
    watch: &'a mut W,
}

impl<W: Watch> Sink for Watched<'_, W> {
    fn frame(&mut self, frame: &Frame<'_>, left_out: bool) -> bool {
        if !left_out {
            self.engine.handle_frame(frame);
        }
        self.watch.frame()
    }

    fn time(&mut self, at: Timestamp) {
        self.engine.handle_time(at);
    }

    fn look(&mut self, progress: Progress, options: &dyn Fn() -> Options) -> bool {
        self.watch.look(SoFar { engine: &self.engine, progress, options })
    }
}

impl<W: Watch> Drive for Watched<'_, W> {
    fn drive(mut self, read: impl FnOnce(&mut dyn Sink) -> bool) -> (bool, Snapshot) {
        let interrupted = read(&mut self);
        (interrupted, self.engine.finish())
    }
}

/// Reads what the arguments name, as [`read`](super::drive::read) does, into an
/// engine and under someone's eyes.
pub(super) fn read_with(
    arguments: &Arguments,
    interrupt: &Interrupt,
    engine: Engine,
    watch: &mut impl Watch,
) -> Result<Reading, Failure> {
    read_from(arguments, interrupt, Watched { engine, watch })
}
