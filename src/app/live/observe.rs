//! Who is told what happens: the seams that writers, servers and recorders
//! plug into.

use std::sync::Arc;
use std::time::Duration;

use super::feed::{About, Health};
use crate::app::output::Failure;
use crate::app::published::Published;
use crate::base::frame::Frame;
use crate::base::time::Timestamp;
use crate::engine::counters::Counters;
use crate::report::Totals;
use crate::report::build::InputProblem;

/// A source, and how it is.
#[derive(Clone, Debug)]
pub(in crate::app) struct SourceState {
    /// What it is.
    pub(in crate::app) about: About,
    /// How it is.
    pub(in crate::app) health: Health,
    /// Packets of it that went into the engine.
    pub(in crate::app) packets: u64,
    /// Their bytes as captured.
    pub(in crate::app) bytes: u64,
}

/// How the session is, at least once a second.
#[allow(dead_code, reason = "not every observer reads all of it")]
#[derive(Clone, Debug)]
pub(in crate::app) struct Tick {
    /// The time of the capture: of the latest packet, or later if none came.
    /// `None` before the first packet.
    pub(in crate::app) at: Option<Timestamp>,
    /// Since the session began.
    pub(in crate::app) running: Duration,
    /// The sources in their order.
    pub(in crate::app) sources: Vec<SourceState>,
    /// What was counted, over the whole session. Packets of RTP streams are
    /// among the others until a snapshot counts them.
    pub(in crate::app) counters: Counters,
    /// Packets that came too late to be put in order of time.
    pub(in crate::app) late: u64,
    /// How often the system's clock was set by more than a second.
    pub(in crate::app) clock_steps: u64,
    /// Conversations that were counted and are in no list, for lack of memory.
    pub(in crate::app) unlisted: u64,
    /// By how much what was understood last is behind the present.
    pub(in crate::app) lag: Duration,
}

/// What is known at one moment.
#[allow(dead_code, reason = "not every observer reads all of it")]
#[derive(Clone, Debug)]
pub(in crate::app) struct Publication {
    /// How the session is.
    pub(in crate::app) tick: Tick,
    /// Calls, registrations and streams that are finished since the last
    /// publication: reports of their own, in which each is once and for all.
    pub(in crate::app) finished: Vec<Arc<Published>>,
    /// The figures over all that was finished so far.
    pub(in crate::app) totals: Arc<Totals>,
    /// Everything that the engine still holds.
    pub(in crate::app) current: Arc<Published>,
}

/// Looks at each packet, on the thread of the engine: what it does is waited
/// for, so it copies what it wants and hands it to a thread of its own.
pub(in crate::app) trait Tap: Send {
    /// A packet, before the engine has it.
    fn frame(&mut self, frame: &Frame<'_>);

    /// No packet is due: what it gathers to hand over at once, it hands over.
    fn idle(&mut self) {}

    /// Once a second.
    fn tick(&mut self, tick: &Tick);

    /// No more packets come. What it holds is written out.
    fn end(&mut self);

    /// Whether it ends the session: whoever it works for has gone.
    fn has_ended(&self) -> bool {
        false
    }

    /// What it could not do, for the report.
    fn problems(&self) -> Vec<InputProblem> {
        Vec::new()
    }
}

/// Is told what is known, on a thread that serves all observers one after
/// another. While an observer works no publication is made, so that a slow one
/// makes them rarer and never holds up the engine.
pub(in crate::app) trait Observer: Send {
    /// What is known.
    ///
    /// # Errors
    ///
    /// What ends the session: the reader of standard output is gone.
    fn publish(&mut self, publication: &Publication) -> Result<(), Failure>;

    /// The session ends: the last publication, in which what was still open is
    /// among the finished.
    ///
    /// # Errors
    ///
    /// What was to be written cannot be.
    fn end(&mut self, publication: &Publication) -> Result<(), Failure> {
        self.publish(publication)
    }
}
