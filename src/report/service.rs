//! Service figures: RFC 6076 and its telephony ancestors, over all calls, by
//! peers and by user agents (METRICS M4).

use std::net::IpAddr;

use hashbrown::HashMap;
use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::call::Times;
use crate::base::time::Span;
use crate::base::units::rounded;
use crate::metrics::signalling::{Attempt, CallRatios, RegistrationRatios};
use crate::track::attempt::{self, TIMER_B};
use crate::track::call::Call;
use crate::track::conversation::{Conversation, Matter};
use crate::track::registration::Registration;

/// Service figures of some calls and registrations. An INVITE that was
/// challenged and its successor are one attempt; one that follows a redirection
/// is another. Ratios are null where nothing was counted that they could be of.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ServiceRow {
    /// Attempts to call.
    pub attempts: u64,
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
    /// provisional response but 100, or to the 2xx without one.
    pub srd_success_ms: DelaysRow,
    /// Session request delay of failed attempts (section 4.3.2).
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
    /// Who is asked, on the first hop seen.
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

/// Groups that are listed.
const MAX_GROUPS: usize = 1_000;

/// Gathers the figures of some calls and registrations.
#[derive(Clone, Debug, Default)]
pub(super) struct Service {
    ratios: CallRatios,
    registrations: RegistrationRatios,
    pdd: Vec<f64>,
    srd_success: Vec<f64>,
    srd_failure: Vec<f64>,
    sdd: Vec<f64>,
    sdt: Vec<f64>,
    sdt_failed: Vec<f64>,
    rrd: Vec<f64>,
}

impl Service {
    /// Takes a call.
    pub(super) fn call(&mut self, context: &Context<'_>, call: &Call) {
        let now = context.snapshot.now();
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
        self.pdd.extend(times.post_dial_delay().map(Span::as_ms));
        self.request_delays(&call.attempts);
        let Some(talk) = times.duration() else { return };
        match (times.disconnect(), call.release) {
            (Some(delay), _) => {
                self.sdd.push(delay.as_ms());
                self.sdt.push(talk.as_secs());
            }
            // RFC 6076 section 4.5.2: a BYE that nobody answers ends with Timer F.
            (None, Some(release)) if now.since(release.at) >= TIMER_B => {
                self.sdt_failed.push(talk.as_secs() + TIMER_B.as_secs());
            }
            _ => {}
        }
    }

    /// Attempts that a redirection joins have one session request delay
    /// (RFC 6076 section 5.3 counts it into the interval).
    fn request_delays(&mut self, attempts: &[attempt::Attempt]) {
        let (mut begins, mut rang) = (None, None);
        for attempt in attempts {
            begins = begins.or(attempt.at);
            rang = rang.or(attempt.progress().provisional);
            let Some(last) = attempt.last() else { continue };
            if (300..400).contains(&last.status) {
                continue;
            }
            if let Some(begun) = begins {
                let delay = rang.unwrap_or(last.at).since(begun).as_ms();
                if last.status < 300 {
                    self.srd_success.push(delay);
                } else {
                    self.srd_failure.push(delay);
                }
            }
            (begins, rang) = (None, None);
        }
    }

    /// Takes a registration.
    pub(super) fn registration(&mut self, context: &Context<'_>, registration: &Registration) {
        let failed = registration.failed_by(context.snapshot.now());
        // Attempts that neither succeeded nor failed were challenged and left at that.
        let open = registration.attempts.saturating_sub(registration.succeeded + failed);
        for (count, status) in
            [(registration.succeeded, Some(200)), (failed, None), (open, Some(401))]
        {
            for _ in 0..count {
                self.registrations.push(status);
            }
        }
        self.rrd.extend(registration.delays.iter().map(|delay| delay.as_ms()));
    }

    const fn attempts(&self) -> u64 {
        self.ratios.attempts() + self.registrations.attempts()
    }

    /// The row.
    pub(super) fn row(&self) -> ServiceRow {
        let ratio = |ratio: Option<f64>| ratio.and_then(rounded);
        ServiceRow {
            attempts: self.ratios.attempts(),
            answered: self.ratios.answered(),
            asr_percent: ratio(self.ratios.asr()),
            ner_percent: ratio(self.ratios.ner()),
            acd_s: self.ratios.acd().map(Span::as_secs),
            ser_percent: ratio(self.ratios.ser()),
            seer_percent: ratio(self.ratios.seer()),
            isa_percent: ratio(self.ratios.isa()),
            scr_percent: ratio(self.ratios.scr()),
            pdd_ms: delays(&self.pdd),
            srd_success_ms: delays(&self.srd_success),
            srd_failure_ms: delays(&self.srd_failure),
            sdd_ms: delays(&self.sdd),
            sdt_s: delays(&self.sdt),
            sdt_failed_s: delays(&self.sdt_failed),
            registration_attempts: self.registrations.attempts(),
            ira_percent: ratio(self.registrations.ira()),
            rrd_ms: delays(&self.rrd),
        }
    }
}

fn delays(values: &[f64]) -> DelaysRow {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let count = sorted.len() as f64;
    DelaysRow {
        count: sorted.len() as u64,
        min: sorted.first().copied(),
        mean: (count > 0.0).then(|| sorted.iter().sum::<f64>() / count).and_then(rounded),
        p50: super::summary::nearest_rank(&sorted, 50),
        p95: super::summary::nearest_rank(&sorted, 95),
        max: sorted.last().copied(),
    }
}

/// Figures over all, by peers and by user agents.
#[derive(Default)]
pub(super) struct Groups<'a> {
    by_peer: HashMap<(IpAddr, IpAddr), Service>,
    by_agent: HashMap<(Option<&'a str>, &'static str), Service>,
}

impl<'a> Groups<'a> {
    /// The groups of all legs and registrations chosen: peers are peers on each leg.
    pub(super) fn of(context: &Context<'a>) -> Self {
        let mut groups = Self::default();
        for conversation in context.chosen_legs() {
            match &conversation.matter {
                Matter::Call(call) => groups.call(context, conversation, call),
                Matter::Registration(registration) => {
                    groups.registration(context, conversation, registration);
                }
                Matter::Other(_) => {}
            }
        }
        groups
    }

    fn call(&mut self, context: &Context<'_>, conversation: &'a Conversation, call: &'a Call) {
        if let (Some(caller), Some(callee)) = (call.caller.address, call.callee.address) {
            self.by_peer.entry((caller.ip, callee.ip)).or_default().call(context, call);
        }
        let texts = conversation.texts();
        for (party, side) in [(&call.caller, "caller"), (&call.callee, "callee")] {
            let group = (party.user_agent(texts), side);
            self.by_agent.entry(group).or_default().call(context, call);
        }
    }

    fn registration(
        &mut self,
        context: &Context<'_>,
        conversation: &'a Conversation,
        registration: &Registration,
    ) {
        if let Some(flow) = conversation.flows().first() {
            let peers = self.by_peer.entry((flow.src.ip, flow.dst.ip)).or_default();
            peers.registration(context, registration);
        }
        let first = conversation.messages.first().filter(|first| first.method().is_some());
        let agent = first.and_then(|first| conversation.agent_of(first));
        self.by_agent.entry((agent, "caller")).or_default().registration(context, registration);
    }

    /// The row of peers.
    pub(super) fn by_peer(&self) -> ByPeerRow {
        let (listed, rest) = most(&self.by_peer);
        let row = |((from, to), service): &(&(IpAddr, IpAddr), &Service)| PeerRow {
            from: *from,
            to: *to,
            figures: service.row(),
        };
        ByPeerRow { groups: listed.iter().map(row).collect(), rest }
    }

    /// The row of user agents.
    pub(super) fn by_user_agent(&self) -> ByAgentRow {
        let (listed, rest) = most(&self.by_agent);
        let groups = listed.iter().map(|((agent, side), service)| AgentRow {
            user_agent: agent.map(str::to_owned),
            side,
            figures: service.row(),
        });
        ByAgentRow { groups: groups.collect(), rest }
    }
}

/// The groups with the most attempts, and what is left.
fn most<K: Ord>(groups: &HashMap<K, Service>) -> (Vec<(&K, &Service)>, RestRow) {
    let mut sorted: Vec<_> = groups.iter().collect();
    sorted.sort_by(|(a, left), (b, right)| {
        right.attempts().cmp(&left.attempts()).then_with(|| a.cmp(b))
    });
    let rest = sorted.split_off(sorted.len().min(MAX_GROUPS));
    let attempts = rest.iter().map(|(_, service)| service.attempts()).sum();
    (sorted, RestRow { groups: rest.len() as u64, attempts })
}
