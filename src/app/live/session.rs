//! The loop of a live session: packets in the order of time into taps and the
//! engine, each second a look around.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::feed::{About, Feeds};
use super::merge::{Lane, Merge};
use super::observe::{Observer, Publication, SourceState, Tap, Tick};
use super::publish::{Facts, Publisher};
use crate::app::clock::present;
use crate::app::frames::Frames;
use crate::app::interrupt::Interrupt;
use crate::app::output::{Failure, say};
use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::engine::{Engine, Retirement, Snapshot};
use crate::report::build::{Input, InputProblem};
use crate::report::capture::SourceRow;
use crate::report::time::Resolution;
use crate::report::{Context, Options, Totals};
use crate::track::remnant::Remnant;

/// How often there is a look around.
const SECOND: Duration = Duration::from_secs(1);
/// How long packets are waited for before signals are looked for.
const WAIT: Duration = Duration::from_millis(50);
/// Packets between looks at the clock.
const FRAMES: u32 = 1024;
/// Packets between looks whether there is room.
const LOOK: u64 = 16_384;
/// A clock that moved by so much more or less than time went by was set.
const STEP: i128 = 1_000_000_000;
/// Times of packets have nanoseconds.
const DIGITS: u8 = 9;

/// What a session is made of.
pub(in crate::app) struct Session {
    /// The caps of what is kept.
    #[cfg_attr(not(feature = "tui"), expect(dead_code, reason = "the interface asks"))]
    pub(super) limits: Limits,
    pub(super) engine: Engine,
    /// What puts pseudonyms into frames, if there are to be.
    pub(super) frames: Frames,
    pub(super) feeds: Feeds,
    pub(super) taps: Vec<Box<dyn Tap>>,
    pub(super) observers: Vec<Box<dyn Observer>>,
    /// What reports are made with, but for the inputs.
    pub(super) options: Options,
    /// Ends the session.
    pub(super) interrupt: Interrupt,
    /// Set when the user wants to know how the session is.
    pub(super) status: Arc<AtomicBool>,
    /// Ends the sources; they deliver what came until then.
    pub(super) stop: Arc<AtomicBool>,
    /// When the session ends by itself.
    pub(super) duration: Option<Duration>,
    /// Least time between publications.
    pub(super) interval: Duration,
    /// Whether what is over leaves the engine; else it stays as long as there is
    /// memory.
    pub(super) retires: bool,
    /// How long what is over stays.
    pub(super) retirement: Retirement,
    /// Bytes of what the engine holds, at most.
    pub(super) most: usize,
    /// Whether standard error may be written on while it runs.
    pub(super) says: bool,
}

impl Session {
    /// Where packets come from.
    pub(super) fn sources(&self) -> &[About] {
        &self.feeds.about
    }

    /// Has a terminal interface as an observer.
    #[cfg(feature = "tui")]
    pub(in crate::app) fn observe(&mut self, observer: Box<dyn Observer>) {
        // It has the terminal.
        self.says = false;
        self.observers.push(observer);
    }

    /// Keeps the last messages.
    #[cfg(feature = "tui")]
    pub(in crate::app) fn recall(&mut self, recall: &super::recall::Recall) {
        self.taps.push(recall.tap(self.limits));
    }

    /// Runs to the end: the last publication.
    ///
    /// # Errors
    ///
    /// Those of observers.
    pub(in crate::app) fn run(self) -> Result<Option<Publication>, Failure> {
        let begun = Instant::now();
        let Self {
            engine,
            frames,
            feeds,
            taps,
            observers,
            options,
            interrupt,
            status,
            stop,
            duration,
            interval,
            says,
            retires,
            retirement,
            most,
            ..
        } = self;
        let publisher = Publisher::begin(observers, interval)?;
        let merge = Merge::new(feeds);
        let clock = SystemClock::read(begun);
        let mut running = Running {
            engine: Some(engine),
            pseudonyms: frames,
            merge,
            taps,
            options,
            publisher,
            begun,
            last: None,
            clock,
            down: Vec::new(),
            retires,
            retirement,
            most,
            gone: Vec::new(),
            gone_bytes: 0,
            looked: 0,
            unlisted: Totals::default(),
            remnants: Vec::new(),
            unlisted_conversations: 0,
        };
        let mut next = begun + SECOND;
        loop {
            let more = running.merge.receive(WAIT);
            running.frames();
            running.make_room();
            let now = Instant::now();
            if interrupt.is_asked()
                || running.taps.iter().any(|tap| tap.has_ended())
                || duration.is_some_and(|duration| now - begun >= duration)
                || running.publisher.has_ended()
            {
                stop.store(true, Ordering::Relaxed);
            }
            if says {
                running.say_changes();
            }
            if now >= next {
                next = now + SECOND;
                running.look_around(now);
            }
            if status.swap(false, Ordering::Relaxed) {
                super::status::say(&running.tick(now));
            }
            if !more && running.merge.is_empty() {
                stop.store(true, Ordering::Relaxed);
                return running.end();
            }
        }
    }
}

struct Running {
    engine: Option<Engine>,
    pseudonyms: Frames,
    merge: Merge,
    taps: Vec<Box<dyn Tap>>,
    options: Options,
    publisher: Publisher,
    begun: Instant,
    /// The time of the latest packet, and when it was handed on.
    last: Option<(Timestamp, Instant)>,
    clock: SystemClock,
    /// Sources of which it was said that they are down.
    down: Vec<usize>,
    retires: bool,
    retirement: Retirement,
    most: usize,
    /// What left the engine and is not published yet, and the bytes that it took there.
    gone: Vec<(Snapshot, usize)>,
    gone_bytes: usize,
    /// Packets when it was looked last whether there is room.
    looked: u64,
    /// The figures of what left and is in no list: publishing fell behind too far.
    unlisted: Totals,
    /// What is left of calls that had left, and is over now.
    remnants: Vec<Remnant>,
    /// Conversations of that, over the whole session.
    unlisted_conversations: u64,
}

impl Running {
    /// Says which sources went away or came back.
    fn say_changes(&mut self) {
        for (place, lane) in self.merge.lanes.iter().enumerate() {
            let known = self.down.iter().position(|down| *down == place);
            match (&lane.health.down, known) {
                (Some(why), None) => {
                    say(&format!("{}: down: {why}", lane.about.name));
                    self.down.push(place);
                }
                (None, Some(known)) => {
                    say(&format!("{}: up again", lane.about.name));
                    self.down.remove(known);
                }
                _ => {}
            }
        }
    }

    /// Hands on the packets that are due, for a while.
    fn frames(&mut self) {
        let Some(engine) = &mut self.engine else { return };
        self.merge.dropped.drain(..).for_each(|dropped| engine.handle_drops(dropped));
        let now = Instant::now();
        for _ in 0..FRAMES {
            let Some(frame) = self.merge.next(now) else {
                self.taps.iter_mut().for_each(|tap| tap.idle());
                return;
            };
            let Some(frame) = self.pseudonyms.take(&frame) else { continue };
            for tap in &mut self.taps {
                tap.frame(&frame);
            }
            engine.handle_frame(&frame);
            if self.last.is_none_or(|(at, _)| frame.at >= at) {
                self.last = Some((frame.at, now));
            }
        }
    }

    /// Sees to it that the engine holds no more than it may.
    fn make_room(&mut self) {
        let Some(engine) = &mut self.engine else { return };
        let packets = engine.counters().packets;
        if packets - self.looked < LOOK {
            return;
        }
        self.looked = packets;
        let before = engine.bytes();
        if let Some(snapshot) = engine.evict(self.most, &self.retirement) {
            let bytes = before.saturating_sub(engine.bytes());
            self.leave(snapshot, bytes);
        }
    }

    /// Keeps what left the engine until it is published; what there is no room for is
    /// counted at once.
    fn leave(&mut self, mut snapshot: Snapshot, bytes: usize) {
        // Those that they are left of have all left before.
        self.remnants.append(&mut snapshot.remnants);
        // What left at once was there a moment ago: there is room for it.
        if self.gone.is_empty() || self.gone_bytes + bytes <= self.most {
            self.gone_bytes += bytes;
            self.gone.push((snapshot, bytes));
        } else {
            self.unlisted_conversations += snapshot.conversations.len() as u64;
            self.unlisted.add(&Context::new(&snapshot, &self.options));
        }
    }

    /// What is over leaves, whether or not anyone is ready to be told: as long as there is room
    /// for it, so that it is in a list. Else it stays until there is, or the engine is full.
    fn retire(&mut self) {
        if self.gone_bytes > self.most / 2 {
            return;
        }
        let Some(engine) = self.engine.as_mut().filter(|_| self.retires) else { return };
        let before = engine.bytes();
        if let Some(snapshot) = engine.retire(&self.retirement) {
            let bytes = before.saturating_sub(engine.bytes());
            self.leave(snapshot, bytes);
        }
    }

    /// The capture's time: that of the latest packet, and what went by since if
    /// nothing waits. It does not follow the system's clock when that is set.
    fn at(&self, now: Instant) -> Option<Timestamp> {
        let (at, handed) = self.last?;
        if !self.merge.is_empty() {
            return Some(at);
        }
        // What the kernel still holds back may be older than the present.
        let idle = now.saturating_duration_since(handed).saturating_sub(super::merge::HOLD);
        Some(at + Span::from_nanos(i64::try_from(idle.as_nanos()).unwrap_or(i64::MAX)))
    }

    fn tick(&self, now: Instant) -> Tick {
        let state = |lane: &Lane| SourceState {
            about: lane.about.clone(),
            health: lane.health.clone(),
            packets: lane.packets,
            bytes: lane.bytes,
        };
        let lag = self.last.filter(|_| !self.merge.is_empty()).and_then(|(at, _)| {
            let behind = present()?.since(at).nanos();
            u64::try_from(behind).ok().map(Duration::from_nanos)
        });
        Tick {
            at: self.at(now),
            running: now.saturating_duration_since(self.begun),
            sources: self.merge.lanes.iter().map(state).collect(),
            counters: self.engine.as_ref().map(Engine::counters).unwrap_or_default(),
            late: self.merge.late,
            clock_steps: self.clock.steps,
            unlisted: self.unlisted_conversations,
            lag: lag.unwrap_or_default(),
        }
    }

    fn look_around(&mut self, now: Instant) {
        self.clock.look(now);
        let tick = self.tick(now);
        for tap in &mut self.taps {
            tap.tick(&tick);
        }
        let at = self.at(now);
        let options = self.options();
        let Some(engine) = &mut self.engine else { return };
        if let Some(at) = at {
            engine.handle_time(at);
        }
        engine.look(self.clock.steady(now));
        self.retire();
        let Some(engine) = &mut self.engine else { return };
        if self.publisher.is_due(now) {
            let current = engine.snapshot();
            let (finished, unlisted, remnants) = self.take_gone();
            let facts = Facts { tick, finished, unlisted, remnants, current, options, last: false };
            self.publisher.hand(facts, now);
        }
    }

    /// What has left since it was handed over last.
    fn take_gone(&mut self) -> (Vec<(Snapshot, usize)>, Totals, Vec<Remnant>) {
        use std::mem::take;
        self.gone_bytes = 0;
        (take(&mut self.gone), take(&mut self.unlisted), take(&mut self.remnants))
    }

    fn end(mut self) -> Result<Option<Publication>, Failure> {
        for tap in &mut self.taps {
            tap.end();
        }
        let now = Instant::now();
        let tick = self.tick(now);
        let options = self.options();
        if let Some(engine) = self.engine.take() {
            let current = engine.finish();
            let (finished, unlisted, remnants) = self.take_gone();
            let facts = Facts { tick, finished, unlisted, remnants, current, options, last: true };
            self.publisher.hand(facts, now);
        }
        self.publisher.end()
    }

    /// What reports are made with.
    fn options(&self) -> Options {
        let mut options = self.options.clone();
        options.resolution = Resolution(DIGITS);
        options.inputs = self.merge.lanes.iter().map(input).collect();
        let mut problem = |code: &str, count: u64, text: &str| {
            if count > 0 {
                let (code, text) = (code.to_owned(), text.to_owned());
                options.problems.push(InputProblem { code, count, first_frame: None, text });
            }
        };
        problem(
            "live.clock-step",
            self.clock.steps,
            "the clock of this machine was set: times before and after do not fit together",
        );
        problem("live.late", self.merge.late, "packets came too late to be put in order of time");
        problem(
            "live.unreported",
            self.unlisted_conversations,
            "conversations were let go for lack of memory while who reads was behind; they are in all figures \
             and in no list (--max-memory)",
        );
        options.problems.extend(self.taps.iter().flat_map(|tap| tap.problems()));
        options
    }
}

/// The facts of a source.
fn input(lane: &Lane) -> Input {
    let mut problems = Vec::new();
    let mut dropped = |code: &str, count: Option<u64>, text: &str| {
        if let Some(count) = count.filter(|count| *count > 0) {
            let (code, text) = (code.to_owned(), text.to_owned());
            problems.push(InputProblem { code, count, first_frame: None, text });
        }
    };
    dropped(
        "live.dropped",
        lane.health.dropped,
        "packets were dropped because they came faster than they were taken: what is missing may be missing \
         for that (--buffer makes room for more)",
    );
    dropped(
        "live.interface-dropped",
        lane.health.dropped_by_interface,
        "packets were dropped by the interface: what is missing may be missing for that",
    );
    if lane.health.reopened > 0 {
        problems.push(InputProblem {
            code: "live.reopened".to_owned(),
            count: lane.health.reopened,
            first_frame: None,
            text: "the interface went away and was opened anew; what it carried meanwhile was not seen"
                .to_owned(),
        });
    }
    if let Some(why) = &lane.health.down {
        problems.push(InputProblem {
            code: "live.down".to_owned(),
            count: 1,
            first_frame: None,
            text: format!("nothing comes of it: {why}"),
        });
    }
    let number = lane.about.link_number.into_iter();
    Input {
        row: SourceRow {
            name: lane.about.name.clone(),
            format: lane.about.format.to_owned(),
            compression: None,
            link_types: number.map(crate::app::facts::link_name).collect(),
            packets: lane.packets,
            bytes: lane.bytes,
            first_time: None,
            last_time: None,
            duration_s: None,
            truncated: false,
            interface_drops: lane.health.dropped_by_interface,
            dropped_packets: lane.health.dropped,
        },
        span: lane.span,
        problems,
    }
}

/// Notices that the system's clock is set.
struct SystemClock {
    /// Both clocks when the session began.
    begun: (Instant, Timestamp),
    /// Both clocks at the last look.
    last: Option<(Instant, Timestamp)>,
    steps: u64,
}

impl SystemClock {
    fn read(now: Instant) -> Self {
        let wall = present();
        let begun = (now, wall.unwrap_or_default());
        Self { begun, last: wall.map(|wall| (now, wall)), steps: 0 }
    }

    /// The time as it went by since the session began, whatever the clock was set to.
    fn steady(&self, now: Instant) -> Timestamp {
        let (then, at) = self.begun;
        let went_by = now.saturating_duration_since(then).as_nanos();
        at + Span::from_nanos(i64::try_from(went_by).unwrap_or(i64::MAX))
    }

    fn look(&mut self, now: Instant) {
        let Some(wall) = present() else { return };
        if let Some((then, was)) = self.last {
            let went_by = i128::try_from((now - then).as_nanos()).unwrap_or_default();
            let moved = i128::from(wall.since(was).nanos());
            self.steps += u64::from((moved - went_by).abs() > STEP);
        }
        self.last = Some((now, wall));
    }
}
