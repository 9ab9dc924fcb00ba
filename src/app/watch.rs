//! A reading that someone looks at while it goes on.

use super::drive::{Drive, Reading, Sink, read_from};
use super::input::Input as Arguments;
use super::interrupt::Interrupt;
use super::memory::Keeper;
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
struct Watched<'a, 'p, W> {
    engine: Engine,
    watch: &'a mut W,
    /// Keeps the engine within the memory allowed, if that is bounded.
    keeper: Option<&'a mut Keeper<'p>>,
}

impl<W: Watch> Sink for Watched<'_, '_, W> {
    fn frame(&mut self, frame: &Frame<'_>, left_out: bool) -> bool {
        if !left_out {
            self.engine.handle_frame(frame);
        }
        let is_due = self.keeper.as_mut().is_some_and(|keeper| {
            keeper.frame();
            keeper.is_due()
        });
        self.watch.frame() || is_due
    }

    fn time(&mut self, at: Timestamp) {
        self.engine.handle_time(at);
    }

    fn look(&mut self, progress: Progress, options: &dyn Fn() -> Options) -> bool {
        if let Some(keeper) = self.keeper.as_mut().filter(|keeper| keeper.is_due())
            && !keeper.keep(&mut self.engine.whole(), options)
        {
            return false;
        }
        let keeper = self.keeper.as_deref();
        let of_all = || match keeper {
            Some(keeper) => keeper.so_far(options()),
            None => options(),
        };
        self.watch.look(SoFar { engine: &self.engine, progress, options: &of_all })
    }
}

impl<W: Watch> Drive for Watched<'_, '_, W> {
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
    let Some(size) = arguments.max_memory else {
        return read_from(arguments, interrupt, Watched { engine, watch, keeper: None });
    };
    let (limits, mut nobody) = (arguments.settings().limits, ());
    let mut keeper = Keeper::new(size, &limits, &mut nobody);
    let watched = Watched { engine, watch, keeper: Some(&mut keeper) };
    let mut reading = read_from(arguments, interrupt, watched)?;
    keeper.end(&mut reading.options)?;
    Ok(reading)
}
