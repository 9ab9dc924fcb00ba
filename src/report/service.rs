//! Service figures: RFC 6076 and its telephony ancestors, over all calls, by
//! peers and by user agents (METRICS M4).

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Serialize;

use super::call::{Times, ratios};
use crate::base::time::{Span, Timestamp};
use crate::base::units::rounded;
use crate::metrics::signalling::{CallRatios, RegistrationRatios};
use crate::metrics::spread::Spread;
use crate::track::attempt::{self, TIMER_B};
use crate::track::call::Call;
use crate::track::registration::Registration;

/// Service figures of some calls and registrations. An INVITE that was
/// challenged and its successor are one attempt; one that follows a redirection
/// is another. Ratios are null where nothing was counted that they could be of.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ServiceRow {
    /// Attempts to call.
    pub attempts: u64,
    /// INVITEs that began them: those that were challenged and those that followed with
    /// credentials each, as the letter of RFC 6076 counts. The ratios are of attempts.
    pub invites: u64,
    /// Calls whose INVITE had passed a proxy before it was first captured: their delays are
    /// shorter by the way before the capture point.
    pub begun_mid_path: u64,
    /// Attempts that a 2xx answered.
    pub answered: u64,
    /// Answered of all attempts (ITU-T E.425).
    pub asr_percent: Option<f64>,
    /// Attempts in which the network did its part (ITU-T E.425).
    pub ner_percent: Option<f64>,
    /// Mean talk time of the answered calls that have ended.
    pub acd_s: Option<f64>,
    /// Session establishment ratio (RFC 6076 section 4.6).
    pub ser_percent: Option<f64>,
    /// Session establishment effectiveness ratio (RFC 6076 section 4.7).
    pub seer_percent: Option<f64>,
    /// Ineffective session attempts (RFC 6076 section 4.8).
    pub isa_percent: Option<f64>,
    /// Session completion ratio (RFC 6076 section 4.9).
    pub scr_percent: Option<f64>,
    /// Post-dial delay: INVITE to 180 or 183, or to the 2xx without them.
    pub pdd_ms: DelaysRow,
    /// Session request delay of answered attempts (RFC 6076 section 4.3.1): INVITE to the first
    /// provisional response but 100, or to the 2xx without one. A forked INVITE has one for each
    /// dialog that it set up.
    pub srd_success_ms: DelaysRow,
    /// Session request delay of failed attempts (section 4.3.2), or to the final response; one for
    /// each dialog too.
    pub srd_failure_ms: DelaysRow,
    /// Session disconnect delay (section 4.4): BYE to its 2xx.
    pub sdd_ms: DelaysRow,
    /// Session duration time (section 4.5) of calls whose BYE was answered: 2xx to BYE.
    pub sdt_s: DelaysRow,
    /// The same of calls whose BYE nobody answered: 2xx to the end of Timer F.
    pub sdt_failed_s: DelaysRow,
    /// Attempts to register.
    pub registration_attempts: u64,
    /// Ineffective registration attempts (section 4.2).
    pub ira_percent: Option<f64>,
    /// Registration request delay (section 4.1): REGISTER to its 2xx, challenge included.
    pub rrd_ms: DelaysRow,
}

/// Delays of one kind; percentiles are by nearest rank.
#[derive(Clone, Copy, PartialEq, Debug, Default, Serialize, JsonSchema)]
pub struct DelaysRow {
    /// How many.
    pub count: u64,
    /// Least.
    pub min: Option<f64>,
    /// Mean.
    pub mean: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// Greatest.
    pub max: Option<f64>,
}

/// Figures by peers: who calls, or registers, and the address that is asked.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ByPeerRow {
    /// The pairs with the most attempts, most first.
    pub groups: Vec<PeerRow>,
    /// Those beyond the cap.
    pub rest: RestRow,
}

/// Figures of one pair of peers.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PeerRow {
    /// Who calls or registers.
    pub from: IpAddr,
    /// Who is called, as far as the way there was captured: where the best answer came from. Of a
    /// registration, who is asked on the first hop.
    pub to: IpAddr,
    /// The figures.
    pub figures: ServiceRow,
}

/// Figures by user agent.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ByAgentRow {
    /// The user agents with the most attempts, most first.
    pub groups: Vec<AgentRow>,
    /// Those beyond the cap.
    pub rest: RestRow,
}

/// Figures of one user agent on one side.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct AgentRow {
    /// User-Agent or Server; null for those that name none.
    pub user_agent: Option<String>,
    /// `caller` (who also registers) or `callee`.
    pub side: &'static str,
    /// The figures.
    pub figures: ServiceRow,
}

/// What is not listed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize, JsonSchema)]
pub struct RestRow {
    /// Groups.
    pub groups: u64,
    /// Their attempts to call and to register.
    pub attempts: u64,
}

/// Gathers the figures of some calls and registrations. Delays are in nanoseconds.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Service {
    ratios: CallRatios,
    registrations: RegistrationRatios,
    invites: u64,
    begun_mid_path: u64,
    pub(super) pdd: Spread,
    srd_success: Spread,
    srd_failure: Spread,
    sdd: Spread,
    sdt: Spread,
    sdt_failed: Spread,
    rrd: Spread,
}

impl Service {
    /// Of everything: up to `most` different delays of each kind are told apart.
    pub(super) fn of_all(most: usize) -> Self {
        let spread = || Spread::new(most);
        Self {
            ratios: CallRatios::default(),
            registrations: RegistrationRatios::default(),
            invites: 0,
            begun_mid_path: 0,
            pdd: spread(),
            srd_success: spread(),
            srd_failure: spread(),
            sdd: spread(),
            sdt: spread(),
            sdt_failed: spread(),
            rrd: spread(),
        }
    }

    /// Adds the figures of `other`.
    pub(super) fn merge(&mut self, other: &Self) {
        self.ratios.merge(&other.ratios);
        self.registrations.merge(&other.registrations);
        self.invites += other.invites;
        self.begun_mid_path += other.begun_mid_path;
        for (mine, other) in [
            (&mut self.pdd, &other.pdd),
            (&mut self.srd_success, &other.srd_success),
            (&mut self.srd_failure, &other.srd_failure),
            (&mut self.sdd, &other.sdd),
            (&mut self.sdt, &other.sdt),
            (&mut self.sdt_failed, &other.sdt_failed),
            (&mut self.rrd, &other.rrd),
        ] {
            mine.merge(other);
        }
    }

    /// Takes a call, `now` being the end of what was seen.
    pub(super) fn call(&mut self, call: &Call, now: Timestamp) {
        let times = Times::of(call);
        self.begun_mid_path += u64::from(call.is_seen_mid_path());
        let challenges = call.attempts.iter().map(|attempt| u64::from(attempt.challenges));
        self.invites += call.attempts.len() as u64 + challenges.sum::<u64>();
        self.ratios.merge(&ratios(call, times));
        if let Some(delay) = times.post_dial_delay() {
            self.pdd.push(delay.nanos());
        }
        self.request_delays(&call.attempts);
        let Some(talk) = times.duration() else { return };
        match (times.disconnect(), call.release) {
            (Some(delay), _) => {
                self.sdd.push(delay.nanos());
                self.sdt.push(talk.nanos());
            }
            // RFC 6076 section 4.5.2: a BYE that nobody answers ends with Timer F.
            (None, Some(release)) if now.since(release.at) >= TIMER_B => {
                self.sdt_failed.push(talk.nanos().saturating_add(TIMER_B.nanos()));
            }
            _ => {}
        }
    }

    /// Each dialog has a session request delay, and an attempt that set up none has one. It is
    /// counted with its INVITE's outcome. Attempts that a redirection joins are one request: what
    /// stands between is inside the interval.
    fn request_delays(&mut self, attempts: &[attempt::Attempt]) {
        let (mut begins, mut rang) = (None, None);
        let mut dialogs = Vec::new();
        for attempt in attempts {
            begins = begins.or(attempt.at);
            rang = rang.or(attempt.progress().provisional);
            dialogs.extend(attempt.dialogs());
            let Some(last) = attempt.last() else { continue };
            if (300..400).contains(&last.status) {
                continue;
            }
            if dialogs.is_empty() {
                dialogs.push(rang.unwrap_or(last.at));
            }
            if let Some(begun) = begins {
                let delays = dialogs.iter().map(|began| began.since(begun).nanos());
                let list =
                    if last.status < 300 { &mut self.srd_success } else { &mut self.srd_failure };
                delays.for_each(|delay| list.push(delay));
            }
            (begins, rang) = (None, None);
            dialogs.clear();
        }
    }

    /// Takes a registration.
    pub(super) fn registration(&mut self, registration: &Registration, now: Timestamp) {
        let failed = registration.failed_by(now);
        // Attempts that neither succeeded nor failed were challenged and left at that.
        let open = registration.attempts.saturating_sub(registration.succeeded + failed);
        for (count, status) in
            [(registration.succeeded, Some(200)), (failed, None), (open, Some(401))]
        {
            for _ in 0..count {
                self.registrations.push(status);
            }
        }
        for delay in &registration.delays {
            self.rrd.push(delay.nanos());
        }
    }

    /// Attempts to call.
    pub(super) const fn ratios(&self) -> &CallRatios {
        &self.ratios
    }

    /// Attempts to call and to register.
    pub(super) const fn attempts(&self) -> u64 {
        self.ratios.attempts() + self.registrations.attempts()
    }

    /// The row.
    pub(super) fn row(&self) -> ServiceRow {
        let ratio = |ratio: Option<f64>| ratio.and_then(rounded);
        ServiceRow {
            attempts: self.ratios.attempts(),
            invites: self.invites,
            begun_mid_path: self.begun_mid_path,
            answered: self.ratios.answered(),
            asr_percent: ratio(self.ratios.asr()),
            ner_percent: ratio(self.ratios.ner()),
            acd_s: self.ratios.acd().map(Span::as_secs),
            ser_percent: ratio(self.ratios.ser()),
            seer_percent: ratio(self.ratios.seer()),
            isa_percent: ratio(self.ratios.isa()),
            scr_percent: ratio(self.ratios.scr()),
            pdd_ms: delays(&self.pdd, Span::as_ms),
            srd_success_ms: delays(&self.srd_success, Span::as_ms),
            srd_failure_ms: delays(&self.srd_failure, Span::as_ms),
            sdd_ms: delays(&self.sdd, Span::as_ms),
            sdt_s: delays(&self.sdt, Span::as_secs),
            sdt_failed_s: delays(&self.sdt_failed, Span::as_secs),
            registration_attempts: self.registrations.attempts(),
            ira_percent: ratio(self.registrations.ira()),
            rrd_ms: delays(&self.rrd, Span::as_ms),
        }
    }
}

fn delays(spread: &Spread, unit: fn(Span) -> f64) -> DelaysRow {
    let of = |nanos: i64| unit(Span::from_nanos(nanos));
    let nanos = unit(Span::from_secs(1)) / 1e9;
    DelaysRow {
        count: spread.count(),
        min: spread.range().map(|(least, _)| of(least)),
        mean: spread.mean().map(|mean| mean * nanos).and_then(rounded),
        p50: spread.percentile(50).map(of),
        p95: spread.percentile(95).map(of),
        max: spread.range().map(|(_, greatest)| of(greatest)),
    }
}
