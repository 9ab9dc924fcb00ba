//! Figures that go on counting what has left the engine.

use super::build::Context;
use super::call::{Times, ratios};
use super::groups::Groups;
use super::service::Service;
use super::stream::mos_heard_by;
use super::summary::{DelayRow, MosRow, RegistrationsRow, SummaryRow};
use crate::base::limits::Limits;
use crate::base::time::Span;
use crate::base::units::rounded;
use crate::diagnosis::Severity;
use crate::metrics::signalling::CallRatios;
use crate::metrics::spread::Spread;
use crate::track::Side;
use crate::track::call::{Call, CallState};
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
    /// Snapshots added.
    parts: u64,
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
    fn of(ratios: &CallRatios) -> Self {
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
            parts: 0,
        }
    }

    /// Adds a snapshot: the figures of what is chosen of it, and who is in it.
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
                self.call(context, call);
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
                self.service.registration(registration, now);
                self.registrations.attempts += u64::from(registration.attempts);
                self.registrations.succeeded += u64::from(registration.succeeded);
                self.registrations.failed += u64::from(registration.failed_by(now));
            }
        }
        self.groups.add(context);
        self.findings += context.findings.len() as u64;
        self.worst = self.worst.max(context.worst_finding_here());
    }

    fn call(&mut self, context: &Context<'_>, call: &Call) {
        let now = context.snapshot.now();
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
        self.findings += other.findings;
        self.worst = self.worst.max(other.worst);
        self.parts += other.parts;
    }

    /// The attempts of the calls that were added.
    pub fn attempts(&self) -> Attempts {
        Attempts::of(self.service.ratios())
    }

    /// The attempts of the calls that were added and of those of a snapshot that was not yet:
    /// that calls leave the engine changes nothing in it.
    pub fn attempts_with(&self, present: &Context<'_>) -> Attempts {
        let mut all = *self.service.ratios();
        for call in present.chosen().filter_map(|(_, conversation)| conversation.call()) {
            all.merge(&ratios(call, Times::of(call)));
        }
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
