//! Figures over all calls (RFC 6076, METRICS M4).

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::service::{ByAgentRow, ByPeerRow, ServiceRow};
use super::totals::Totals;

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

/// The figures over all calls of a snapshot, and of what has left before it.
pub(super) fn summary(context: &Context<'_>) -> SummaryRow {
    let mut totals = Totals::new(&context.snapshot.limits);
    if let Some(before) = &context.options.totals {
        totals.merge(before);
    }
    totals.add_figures(context);
    totals.summary()
}
