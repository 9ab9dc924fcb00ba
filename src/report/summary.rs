//! Figures over all calls (RFC 6076, METRICS M4).

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::call::Times;
use super::service::{ByAgentRow, ByPeerRow, Groups, Service, ServiceRow};
use super::stream::mos_heard_by;
use crate::base::time::Span;
use crate::base::units::rounded;
use crate::metrics::signalling::{Attempt, CallRatios};
use crate::track::call::{Call, CallState};
use crate::track::registration::Registration;
use crate::track::{ConversationId, Side};

/// Figures over all calls. Ratios are null where nothing was counted that they
/// could be of.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SummaryRow {
    /// Calls.
    pub calls: u64,
    /// Calls that were answered.
    pub answered: u64,
    /// Calls that were refused, failed, timed out or were redirected to nowhere.
    pub failed: u64,
    /// Calls that the caller gave up.
    pub cancelled: u64,
    /// Calls not answered yet at the end of the capture.
    pub in_progress: u64,
    /// Answered of all attempts (ITU-T E.425).
    pub asr_percent: Option<f64>,
    /// Attempts in which the network did its part (ITU-T E.425).
    pub ner_percent: Option<f64>,
    /// Mean duration of the answered calls that have ended.
    pub acd_s: Option<f64>,
    /// Session establishment ratio (RFC 6076 section 4.6).
    pub ser_percent: Option<f64>,
    /// Session establishment effectiveness ratio (RFC 6076 section 4.7).
    pub seer_percent: Option<f64>,
    /// Ineffective session attempts (RFC 6076 section 4.8).
    pub isa_percent: Option<f64>,
    /// Session completion ratio (RFC 6076 section 4.9).
    pub scr_percent: Option<f64>,
    /// Post-dial delay of the calls that have one.
    pub post_dial_delay_ms: DelayRow,
    /// What the sides of calls hear: MOS-LQ of each direction of each call.
    pub mos: MosRow,
    /// Registration attempts.
    pub registrations: RegistrationsRow,
    /// All service figures of RFC 6076, with the times behind them.
    pub service: ServiceRow,
    /// The same by who calls whom, each leg of a call for itself.
    pub by_peer: ByPeerRow,
    /// The same by user agent and side.
    pub by_user_agent: ByAgentRow,
}

/// Percentiles (nearest rank) of a delay in ms.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct DelayRow {
    /// Median.
    pub p50: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// Greatest.
    pub max: Option<f64>,
}

/// Percentiles (nearest rank) of MOS.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct MosRow {
    /// Least.
    pub min: Option<f64>,
    /// Mean.
    pub mean: Option<f64>,
    /// 5th percentile.
    pub p5: Option<f64>,
}

/// Registration attempts; a challenged REGISTER and its successor are one.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct RegistrationsRow {
    /// Attempts.
    pub attempts: u64,
    /// Attempts that got a 2xx.
    pub succeeded: u64,
    /// Attempts that were refused or got no answer.
    pub failed: u64,
    /// Ineffective registration attempts (RFC 6076 section 4.2): failed of all.
    pub ira_percent: Option<f64>,
}

/// Gathers the figures.
#[derive(Default)]
struct Gather {
    calls: u64,
    answered: u64,
    failed: u64,
    cancelled: u64,
    in_progress: u64,
    ratios: CallRatios,
    delays: Vec<f64>,
    mos: Vec<f64>,
    registrations: RegistrationsRow,
    service: Service,
}

/// The figures over all calls of a snapshot.
pub(super) fn summary(context: &Context<'_>) -> SummaryRow {
    let mut gather = Gather::default();
    for (id, conversation) in context.chosen() {
        if let Some(call) = conversation.call() {
            gather.call(context, id, call);
        } else if let Some(registration) = conversation.registration() {
            gather.registration(context, registration);
        }
    }
    let groups = Groups::of(context);
    SummaryRow {
        by_peer: groups.by_peer(),
        by_user_agent: groups.by_user_agent(),
        ..gather.finish()
    }
}

impl Gather {
    fn call(&mut self, context: &Context<'_>, id: ConversationId, call: &Call) {
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
        let times = Times::of(call);
        for attempt in &call.attempts {
            let answered = attempt.is_answered();
            self.ratios.push(&Attempt {
                status: attempt.last().map(|last| last.status),
                rang: attempt.progress().alerting.is_some(),
                talk_time: times.duration().filter(|_| answered),
                completed: answered
                    && call.release.is_some_and(|release| release.confirmed.is_some()),
            });
        }
        self.service.call(context, call);
        self.delays.extend(times.post_dial_delay().map(Span::as_ms));
        for side in [Side::Caller, Side::Callee] {
            self.mos.extend(mos_heard_by(context, id, side));
        }
    }

    fn registration(&mut self, context: &Context<'_>, registration: &Registration) {
        self.service.registration(context, registration);
        self.registrations.attempts += u64::from(registration.attempts);
        self.registrations.succeeded += u64::from(registration.succeeded);
        self.registrations.failed += u64::from(registration.failed_by(context.snapshot.now()));
    }

    fn finish(mut self) -> SummaryRow {
        self.delays.sort_by(f64::total_cmp);
        self.mos.sort_by(f64::total_cmp);
        let ratio = |ratio: Option<f64>| ratio.and_then(rounded);
        let count = self.mos.len() as f64;
        SummaryRow {
            calls: self.calls,
            answered: self.answered,
            failed: self.failed,
            cancelled: self.cancelled,
            in_progress: self.in_progress,
            asr_percent: ratio(self.ratios.asr()),
            ner_percent: ratio(self.ratios.ner()),
            acd_s: self.ratios.acd().map(Span::as_secs),
            ser_percent: ratio(self.ratios.ser()),
            seer_percent: ratio(self.ratios.seer()),
            isa_percent: ratio(self.ratios.isa()),
            scr_percent: ratio(self.ratios.scr()),
            post_dial_delay_ms: DelayRow {
                p50: nearest_rank(&self.delays, 50),
                p95: nearest_rank(&self.delays, 95),
                max: self.delays.last().copied(),
            },
            mos: MosRow {
                min: self.mos.first().copied(),
                mean: (count > 0.0).then(|| self.mos.iter().sum::<f64>() / count).and_then(rounded),
                p5: nearest_rank(&self.mos, 5),
            },
            registrations: RegistrationsRow {
                ira_percent: self.service.row().ira_percent,
                ..self.registrations
            },
            service: self.service.row(),
            by_peer: Groups::default().by_peer(),
            by_user_agent: Groups::default().by_user_agent(),
        }
    }
}

/// The nearest-rank percentile of sorted values.
pub(super) fn nearest_rank(sorted: &[f64], percentile: usize) -> Option<f64> {
    let rank = (sorted.len() * percentile).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values: Vec<_> = (1..=20).map(f64::from).collect();
        assert_eq!(nearest_rank(&values, 50), Some(10.0));
        assert_eq!(nearest_rank(&values, 95), Some(19.0));
        assert_eq!(nearest_rank(&values, 5), Some(1.0));
        assert_eq!(nearest_rank(&[7.0], 95), Some(7.0));
        assert_eq!(nearest_rank(&[], 50), None);
    }
}
