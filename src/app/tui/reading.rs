//! Reading on a thread of its own, which publishes what is known so far.
//!
//! ```text
//! reading ─ snapshot, at most ten a second and a tenth of the time ─▶ building ─ Arc<Published> ─▶ interface
//! ```
//!
//! The interface never waits for the reading, nor the reading for the building:
//! while a report is built, no snapshot is taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::Message;
use crate::app::drive::{End, Reading};
use crate::app::input::Input;
use crate::app::interrupt::Interrupt;
use crate::app::output::Failure;
use crate::app::published::Published;
use crate::app::report;
use crate::app::watch::{self, SoFar, Watch};
use crate::engine::{Engine, Snapshot};
use crate::report::Options;
use crate::view::tui::app::Progress;

/// Frames between looks at the clock.
const FRAMES: u32 = 1024;
/// Least time between two snapshots.
const LEAST: Duration = Duration::from_millis(100);
/// A snapshot waits this many times the time that the last one took.
const SHARE: u32 = 10;

/// Something to build a report of.
struct Taken {
    facts: Box<(Snapshot, Options)>,
    progress: Progress,
}

/// Begins to read; `stop` ends the reading early.
pub(super) fn begin(arguments: Input, stop: Arc<AtomicBool>, to: Sender<Message>) {
    let (taken, building) = sync_channel::<Taken>(1);
    let busy = Arc::new(AtomicBool::new(false));
    let built = to.clone();
    let is_busy = busy.clone();
    named("building", move || build(&building, &is_busy, &built));
    named("reading", move || {
        let interrupt = Interrupt::by(stop);
        // Charts need short intervals, here as on a page.
        let engine = Engine::new(report::settings(&arguments));
        let mut publisher = Publisher {
            taken: taken.clone(),
            busy,
            to: to.clone(),
            frames: 0,
            until_look: FRAMES,
            next: Instant::now(),
            next_said: Instant::now(),
        };
        match watch::read_with(&arguments, &interrupt, engine, &mut publisher) {
            Ok(reading) => {
                let progress = ended(&reading, publisher.frames);
                let facts = Box::new((reading.snapshot, reading.options));
                // The interface has gone if this fails.
                let _ = taken.send(Taken { facts, progress });
            }
            Err(failure) => {
                let _ = to.send(Message::Failed(failure));
            }
        }
    });
}

/// Begins a thread; without threads there is no interface.
pub(super) fn named(name: &str, work: impl FnOnce() + Send + 'static) {
    let thread = thread::Builder::new().name(name.to_owned()).spawn(work);
    debug_assert!(thread.is_ok(), "{name}: no thread");
}

/// How far the reading is at its end.
fn ended(reading: &Reading, packets: u64) -> Progress {
    let faults = match &reading.end {
        End::Faults(faults) => faults.clone(),
        End::Whole | End::Interrupted => Vec::new(),
    };
    Progress { packets, ended: true, faults, ..Progress::default() }
}

/// Builds reports of what it is given, one after another.
fn build(building: &Receiver<Taken>, busy: &AtomicBool, to: &Sender<Message>) {
    while let Ok(Taken { facts, progress }) = building.recv() {
        let (snapshot, options) = *facts;
        let published = Arc::new(Published::new(snapshot, options));
        busy.store(false, Ordering::Release);
        if to.send(Message::Published(published, progress)).is_err() {
            return;
        }
    }
}

/// Takes snapshots while the reading goes on.
struct Publisher {
    taken: SyncSender<Taken>,
    /// Whether a report is being built.
    busy: Arc<AtomicBool>,
    to: Sender<Message>,
    frames: u64,
    until_look: u32,
    /// When the next snapshot may be taken.
    next: Instant,
    /// When it may be said again how far the reading is.
    next_said: Instant,
}

impl Watch for Publisher {
    #[inline]
    fn frame(&mut self) -> bool {
        self.frames += 1;
        self.until_look -= 1;
        if self.until_look == 0 {
            self.until_look = FRAMES;
            return Instant::now() >= self.next.min(self.next_said);
        }
        false
    }

    fn look(&mut self, so_far: SoFar<'_>) -> bool {
        let begun = Instant::now();
        let crate::source::Progress { read, total } = so_far.progress;
        let progress = Progress { read, total, packets: self.frames, ..Progress::default() };
        self.next_said = begun + LEAST;
        if begun < self.next || self.busy.swap(true, Ordering::AcqRel) {
            return self.to.send(Message::Progress(progress)).is_ok();
        }
        let facts = Box::new((so_far.engine.snapshot(), (so_far.options)()));
        let sent = self.taken.try_send(Taken { facts, progress });
        let took = begun.elapsed();
        self.next = begun + LEAST.max(took * SHARE);
        !matches!(sent, Err(std::sync::mpsc::TrySendError::Disconnected(_)))
    }
}

/// Why nothing could be read, in one line.
pub(super) fn text(failure: &Failure) -> String {
    match failure {
        Failure::BrokenPipe => "the pipe was closed".to_owned(),
        Failure::Usage(text) | Failure::Fault(text) => text.clone(),
    }
}
