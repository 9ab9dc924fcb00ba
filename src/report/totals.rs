//! Figures that go on counting what has left the engine.

use hashbrown::HashSet;

use super::build::Context;
use super::call::{Times, ratios};
use super::groups::Groups;
use super::service::Service;
use super::stream::mos_heard_by;
use super::summary::{DelayRow, MosRow, RegistrationsRow, SummaryRow};
use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::base::units::rounded;
use crate::diagnosis::Severity;
use crate::metrics::signalling::CallRatios;
use crate::metrics::spread::Spread;
use crate::track::Side;
use crate::track::call::{Call, CallState};
use crate::track::conversation::Conversation;
use crate::track::registration::Registration;
use crate::track::remnant::Remnant;
use crate::track::survey::Survey;

/// Different values of each delay of all calls that are told apart.
const MOST_VALUES: usize = 1 << 17;
/// Decimals of a rating that are kept, as reports have them.
const MICRO: f64 = 1e6;

/// The figures over all calls and registrations of the snapshots added. In
/// whatever parts a capture is added, the figures are those of the whole.
#[derive(Clone, Debug)]
pub struct Totals {
    calls: u64,
    answered: u64,
    failed: u64,
    cancelled: u64,
    in_progress: u64,
    registrations: RegistrationsRow,
    /// Ratings in millionths.
    mos: Spread,
    service: Service,
    groups: Groups,
    findings: u64,
    worst: Option<Severity>,
    survey: Survey,
    /// What was added and goes on.
    going_on: GoingOn,
    /// Snapshots added.
    parts: u64,
}

/// Calls and registrations that were reported before they were over, and are counted once
/// they are: what is left of them comes then.
#[derive(Clone, Debug, Default)]
struct GoingOn {
    /// The numbers of those that count as calls.
    calls: HashSet<u64>,
    /// The numbers of later legs of calls.
    legs: HashSet<u64>,
    registrations: HashSet<u64>,
}

impl GoingOn {
    fn merge(&mut self, other: &Self) {
        self.calls.extend(&other.calls);
        self.legs.extend(&other.legs);
        self.registrations.extend(&other.registrations);
    }
}

/// Attempts to call: each leg for itself, a challenged INVITE and its successor as one.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Attempts {
    /// All.
    pub all: u64,
    /// Those that a 2xx answered.
    pub answered: u64,
    /// Those in which the network did its part (ITU-T E.425).
    pub effective: u64,
    /// Answered of all, 0 to 1 (ITU-T E.425).
    pub asr: Option<f64>,
    /// Effective of all, 0 to 1 (ITU-T E.425).
    pub ner: Option<f64>,
}

impl Attempts {
    pub(super) fn of(ratios: &CallRatios) -> Self {
        let share = |percent: Option<f64>| percent.map(|percent| percent / 100.0);
        Self {
            all: ratios.attempts(),
            answered: ratios.answered(),
            effective: ratios.reached(),
            asr: share(ratios.asr()),
            ner: share(ratios.ner()),
        }
    }
}

impl Default for Totals {
    fn default() -> Self {
        Self::new(&Limits::default())
    }
}

impl Totals {
    /// No figures yet; of addresses as many as the limits say are told apart.
    pub fn new(limits: &Limits) -> Self {
        Self {
            calls: 0,
            answered: 0,
            failed: 0,
            cancelled: 0,
            in_progress: 0,
            registrations: RegistrationsRow::default(),
            mos: Spread::new(MOST_VALUES),
            service: Service::of_all(MOST_VALUES),
            groups: Groups::default(),
            findings: 0,
            worst: None,
            survey: Survey::new(limits),
            going_on: GoingOn::default(),
            parts: 0,
        }
    }

    /// Adds a snapshot: the figures of what is chosen of it, and who is in it. What goes on is
    /// counted when it is over.
    pub fn add(&mut self, context: &Context<'_>) {
        self.parts += 1;
        self.add_figures(context);
        context.look_over(&mut self.survey);
    }

    /// Whether nothing was added.
    pub const fn is_empty(&self) -> bool {
        self.parts == 0
    }

    /// Who was in the snapshots added, and who talked to whom.
    pub(super) const fn survey(&self) -> &Survey {
        &self.survey
    }

    /// Adds what is chosen of a snapshot.
    pub(super) fn add_figures(&mut self, context: &Context<'_>) {
        let now = context.snapshot.now();
        for (id, conversation) in context.chosen() {
            if let Some(call) = conversation.call() {
                if conversation.goes_on {
                    self.going_on.calls.insert(conversation.number);
                } else {
                    self.call(call, now);
                }
                for side in [Side::Caller, Side::Callee] {
                    if let Some(mos) = mos_heard_by(context, id, side) {
                        #[expect(
                            clippy::cast_possible_truncation,
                            reason = "a rating is between 1 and 5"
                        )]
                        self.mos.push((mos * MICRO).round() as i64);
                    }
                }
            } else if let Some(registration) = conversation.registration() {
                if conversation.goes_on {
                    self.going_on.registrations.insert(conversation.number);
                } else {
                    self.registration(registration, now);
                }
            }
        }
        for leg in context.chosen_legs() {
            if !leg.goes_on {
                self.groups.add(leg, now);
            } else if leg.call().is_some() && !self.going_on.calls.contains(&leg.number) {
                self.going_on.legs.insert(leg.number);
            }
        }
        self.groups.fold();
        self.findings += context.findings.len() as u64;
        self.worst = self.worst.max(context.worst_finding_here());
        self.settle(&context.snapshot.remnants, now);
    }

    /// Adds what is left of calls and registrations that were added before they were over,
    /// `now` being the end of what was seen.
    pub fn settle(&mut self, remnants: &[Remnant], now: Timestamp) {
        for conversation in remnants.iter().filter_map(Remnant::conversation) {
            if let Some(call) = conversation.call() {
                if self.going_on.calls.remove(&conversation.number) {
                    self.call(call, now);
                } else if !self.going_on.legs.remove(&conversation.number) {
                    continue;
                }
            } else if let Some(registration) = conversation.registration() {
                if !self.going_on.registrations.remove(&conversation.number) {
                    continue;
                }
                self.registration(registration, now);
            }
            self.groups.add(&conversation, now);
        }
    }

    fn registration(&mut self, registration: &Registration, now: Timestamp) {
        self.service.registration(registration, now);
        self.registrations.attempts += u64::from(registration.attempts);
        self.registrations.succeeded += u64::from(registration.succeeded);
        self.registrations.failed += u64::from(registration.failed_by(now));
    }

    fn call(&mut self, call: &Call, now: Timestamp) {
        self.calls += 1;
        match call.state(now) {
            CallState::Answered | CallState::Completed => self.answered += 1,
            CallState::Cancelled => self.cancelled += 1,
            CallState::Trying | CallState::Ringing => self.in_progress += 1,
            CallState::Rejected
            | CallState::Failed
            | CallState::TimedOut
            | CallState::Redirected => self.failed += 1,
        }
        self.service.call(call, now);
    }

    /// Adds the figures of `other`, of which the survey stays apart.
    pub fn merge(&mut self, other: &Self) {
        self.calls += other.calls;
        self.answered += other.answered;
        self.failed += other.failed;
        self.cancelled += other.cancelled;
        self.in_progress += other.in_progress;
        self.registrations.attempts += other.registrations.attempts;
        self.registrations.succeeded += other.registrations.succeeded;
        self.registrations.failed += other.registrations.failed;
        self.mos.merge(&other.mos);
        self.service.merge(&other.service);
        self.groups.merge(&other.groups);
        self.going_on.merge(&other.going_on);
        self.findings += other.findings;
        self.worst = self.worst.max(other.worst);
        self.parts += other.parts;
    }

    /// The attempts of the calls that were added.
    pub fn attempts(&self) -> Attempts {
        Attempts::of(self.service.ratios())
    }

    /// The attempts of the calls that were added and of those of a snapshot of the present that
    /// was not: that calls leave the engine changes nothing in it.
    pub fn attempts_with(&self, present: &Context<'_>) -> Attempts {
        let mut all = *self.service.ratios();
        let mut add = |call: &Call| all.merge(&ratios(call, Times::of(call)));
        present.chosen().filter_map(|(_, conversation)| conversation.call()).for_each(&mut add);
        let left = present.snapshot.remnants.iter().filter_map(Remnant::conversation);
        let is_call = |left: &Conversation| self.going_on.calls.contains(&left.number);
        left.filter(is_call).for_each(|left| left.call().into_iter().for_each(&mut add));
        Attempts::of(&all)
    }

    /// Calls added.
    pub const fn calls(&self) -> u64 {
        self.calls
    }

    /// Findings added.
    pub const fn findings(&self) -> u64 {
        self.findings
    }

    /// The worst severity among them.
    pub const fn worst_finding(&self) -> Option<Severity> {
        self.worst
    }

    /// The figures.
    pub fn summary(&self) -> SummaryRow {
        let ratio = |ratio: Option<f64>| ratio.and_then(rounded);
        let ratios = self.service.ratios();
        let delay = |nanos: i64| Span::from_nanos(nanos).as_ms();
        let rating = |micro: i64| micro as f64 / MICRO;
        let service = self.service.row();
        SummaryRow {
            calls: self.calls,
            answered: self.answered,
            failed: self.failed,
            cancelled: self.cancelled,
            in_progress: self.in_progress,
            asr_percent: ratio(ratios.asr()),
            ner_percent: ratio(ratios.ner()),
            acd_s: ratios.acd().map(Span::as_secs),
            ser_percent: ratio(ratios.ser()),
            seer_percent: ratio(ratios.seer()),
            isa_percent: ratio(ratios.isa()),
            scr_percent: ratio(ratios.scr()),
            post_dial_delay_ms: DelayRow {
                p50: self.service.pdd.percentile(50).map(delay),
                p95: self.service.pdd.percentile(95).map(delay),
                max: self.service.pdd.range().map(|(_, greatest)| delay(greatest)),
            },
            mos: MosRow {
                min: self.mos.range().map(|(least, _)| rating(least)),
                mean: self.mos.mean().map(|mean| mean / MICRO).and_then(rounded),
                p5: self.mos.percentile(5).map(rating),
            },
            registrations: RegistrationsRow {
                ira_percent: service.ira_percent,
                ..self.registrations
            },
            service,
            by_peer: self.groups.by_peer(),
            by_user_agent: self.groups.by_user_agent(),
        }
    }
}
