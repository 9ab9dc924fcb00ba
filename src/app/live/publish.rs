//! Reports made of snapshots, on a thread of their own, and handed to observers.
//!
//! ```text
//! session ─ snapshots, at most one a second, a tenth of the time ─▶ publishing ─ Publication ─▶ observers
//! ```

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::observe::{Observer, Publication, Tick};
use crate::app::output::Failure;
use crate::app::published::Published;
use crate::engine::Snapshot;
use crate::report::{Options, Totals};
use crate::track::remnant::Remnant;

/// A publication waits this many times the time that the last one took of the
/// engine's thread.
const SHARE: u32 = 10;

/// And twice as long as it took to make the last one and to tell it: what is known of many
/// calls may not take the processor away from those that capture.
const PAUSE: u32 = 2;
/// But no longer than this.
const LONGEST: Duration = Duration::from_secs(5);

/// What reports are made of.
pub(super) struct Facts {
    pub(super) tick: Tick,
    /// With the bytes that each took in the engine.
    pub(super) finished: Vec<(Snapshot, usize)>,
    /// The figures of what is finished too and in none of them.
    pub(super) unlisted: Totals,
    /// What is left of calls that were in those before and not over then, and are now.
    pub(super) remnants: Vec<Remnant>,
    pub(super) current: Snapshot,
    pub(super) options: Options,
    /// Whether this is the last.
    pub(super) last: bool,
}

/// The publishing thread, as the session sees it.
pub(super) struct Publisher {
    to: Sender<Box<Facts>>,
    busy: Arc<AtomicBool>,
    /// Nanoseconds that the last publication took.
    took: Arc<AtomicU64>,
    /// When it was handed over.
    handed: Instant,
    thread: Option<JoinHandle<Result<Option<Publication>, Failure>>>,
    next: Instant,
    least: Duration,
}

impl Publisher {
    /// Begins the thread. Publications are so far apart at least.
    pub(super) fn begin(
        observers: Vec<Box<dyn Observer>>,
        least: Duration,
    ) -> Result<Self, Failure> {
        let (to, from) = channel();
        let busy = Arc::new(AtomicBool::new(false));
        let (is_busy, took) = (busy.clone(), Arc::new(AtomicU64::new(0)));
        let takes = took.clone();
        let thread = thread::Builder::new()
            .name("publishing".to_owned())
            .spawn(move || publish(&from, (&is_busy, &takes), observers))
            .map_err(|error| Failure::Fault(format!("no thread: {error}")))?;
        let now = Instant::now();
        Ok(Self { to, busy, took, handed: now, thread: Some(thread), next: now, least })
    }

    /// Whether the next publication is due and would not have to wait.
    pub(super) fn is_due(&self, now: Instant) -> bool {
        let took = Duration::from_nanos(self.took.load(Ordering::Relaxed));
        let rested = self.handed + took + (took * PAUSE).min(LONGEST);
        now >= self.next.max(rested) && !self.busy.load(Ordering::Acquire)
    }

    /// Whether an observer has ended the session.
    pub(super) fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Hands facts over; `begun` is when they began to be gathered.
    pub(super) fn hand(&mut self, facts: Facts, begun: Instant) {
        self.busy.store(true, Ordering::Release);
        self.handed = Instant::now();
        // Whoever has ended is asked for the reason at the end.
        let _ = self.to.send(Box::new(facts));
        self.next = begun + self.least.max(begun.elapsed() * SHARE);
    }

    /// Waits for the thread to end, which it does after the last facts: the last
    /// publication.
    ///
    /// # Errors
    ///
    /// Those of observers.
    pub(super) fn end(mut self) -> Result<Option<Publication>, Failure> {
        drop(self.to);
        let ended = self.thread.take().map(JoinHandle::join);
        match ended {
            Some(Ok(outcome)) => outcome,
            _ => Err(Failure::Fault("the publishing thread failed".to_owned())),
        }
    }
}

fn publish(
    from: &Receiver<Box<Facts>>,
    (busy, took): (&AtomicBool, &AtomicU64),
    mut observers: Vec<Box<dyn Observer>>,
) -> Result<Option<Publication>, Failure> {
    let mut totals = Arc::new(Totals::default());
    while let Ok(facts) = from.recv() {
        let begun = Instant::now();
        let Facts { tick, finished, unlisted, remnants, current, options, last } = *facts;
        // No two findings of a session have the same number.
        let options_now =
            |totals: &Totals| Options { findings_before: totals.findings(), ..options.clone() };
        // Mostly nobody has kept those of the last publication.
        let sums = Arc::make_mut(&mut totals);
        sums.merge(&unlisted);
        let mut over = Vec::with_capacity(finished.len());
        for (snapshot, bytes) in finished {
            let published = Published::new(snapshot, options_now(sums)).of_size(bytes);
            published.read(|context, _| sums.add(context));
            over.push(Arc::new(published));
        }
        sums.settle(&remnants, current.now());
        let finished = over;
        let options = options_now(&totals);
        let current = Arc::new(Published::new(current, options));
        let publication = Publication { tick, finished, totals: totals.clone(), current };
        for observer in &mut observers {
            if last {
                observer.end(&publication)?;
            } else {
                observer.publish(&publication)?;
            }
        }
        if last {
            return Ok(Some(publication));
        }
        let nanos = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        took.store(nanos, Ordering::Relaxed);
        busy.store(false, Ordering::Release);
    }
    Ok(None)
}
