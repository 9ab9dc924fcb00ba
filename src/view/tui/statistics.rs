//! Figures over all calls by peer, codec and response: looked at once for a
//! report, on a thread of its own.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::Look;
use crate::report::call::CallRow;

/// Figures over all calls of a report.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Statistics {
    /// By the address that the caller's side talks to, most calls first.
    pub peers: Vec<Peer>,
    /// Streams and packets by codec, most packets first.
    pub codecs: Vec<(String, u64, u64)>,
    /// Final responses to calls, by code: how often.
    pub responses: BTreeMap<(u16, String), u64>,
    /// Calls by post-dial delay: the upper bound of each class in ms, and how many.
    pub delays: Vec<(Option<f64>, u64)>,
    /// Who talks to whom, most messages first.
    pub links: Vec<((IpAddr, IpAddr), Link)>,
    /// Hosts, by address.
    pub hosts: Vec<(IpAddr, Host)>,
}

/// Calls to one address.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Peer {
    /// The address.
    pub address: Option<IpAddr>,
    /// Calls.
    pub calls: u64,
    /// Those answered.
    pub answered: u64,
    /// Those redirected.
    pub redirected: u64,
    /// Those that ended as the called user wished: 480, 486, 600, 603.
    pub effective: u64,
    /// Those that failed for reasons of the network: 408, 500, 503, 504.
    pub ineffective: u64,
    /// Those with a fault.
    pub with_findings: u64,
    delays: Vec<f64>,
    durations: (f64, u64),
    mos: (f64, u64),
}

/// Messages between two hosts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Link {
    /// Calls.
    pub calls: u64,
    /// SIP messages.
    pub messages: u64,
    /// Those sent again.
    pub again: u64,
}

/// What an address does.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Host {
    /// Calls from it.
    pub calls_from: u64,
    /// Calls to it.
    pub calls_to: u64,
    /// Registrations from it.
    pub registrations: u64,
    /// Streams that it sends.
    pub streams_sent: u64,
    /// Streams that it receives.
    pub streams_received: u64,
    /// The lowest MOS of what it sends.
    pub mos: Option<f64>,
    /// What it calls itself.
    pub agents: Vec<String>,
}

/// Upper bounds of the classes of post-dial delay, in ms.
const CLASSES: [f64; 10] =
    [50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 3_000.0, 5_000.0, 10_000.0, 30_000.0];
/// Hosts, links, responses and codecs that are told apart; what comes after is left out.
const MOST: usize = 10_000;
/// Names of itself that are kept of a host.
const AGENTS: usize = 4;

impl Peer {
    /// Answered of all (ITU-T E.425).
    pub fn asr(&self) -> Option<f64> {
        share(self.answered, self.calls)
    }

    /// Session establishment ratio (RFC 6076 section 4.6).
    pub fn ser(&self) -> Option<f64> {
        share(self.answered, self.calls.saturating_sub(self.redirected))
    }

    /// Session establishment effectiveness ratio (RFC 6076 section 4.7).
    pub fn seer(&self) -> Option<f64> {
        share(self.answered + self.effective, self.calls.saturating_sub(self.redirected))
    }

    /// Ineffective session attempts (RFC 6076 section 4.8).
    pub fn isa(&self) -> Option<f64> {
        share(self.ineffective, self.calls)
    }

    /// A percentile (nearest rank) of the post-dial delay in ms.
    pub fn delay(&self, percent: usize) -> Option<f64> {
        let rank = (self.delays.len() * percent).div_ceil(100);
        self.delays.get(rank.checked_sub(1)?).copied()
    }

    /// Mean duration of its calls in s.
    pub fn duration(&self) -> Option<f64> {
        mean(self.durations)
    }

    /// Mean MOS of what is heard.
    pub fn mos(&self) -> Option<f64> {
        mean(self.mos)
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| 100.0 * part as f64 / whole as f64)
}

fn mean((sum, count): (f64, u64)) -> Option<f64> {
    (count > 0).then(|| sum / count as f64)
}

/// Looks at every call and stream of a report.
pub fn gather(look: &Look<'_, '_>) -> Statistics {
    let mut statistics = Statistics {
        delays: CLASSES.iter().map(|bound| (Some(*bound), 0)).chain([(None, 0)]).collect(),
        ..Statistics::default()
    };
    let mut peers: BTreeMap<Option<IpAddr>, Peer> = BTreeMap::new();
    let mut hosts: BTreeMap<IpAddr, Host> = BTreeMap::new();
    let mut links: BTreeMap<(IpAddr, IpAddr), Link> = BTreeMap::new();
    let mut codecs: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for call in look.report.calls.iter() {
        statistics.call(&call);
        let address = call.callee.address.map(|address| address.ip);
        if peers.len() < MOST || peers.contains_key(&address) {
            peers.entry(address).or_default().take(&call);
        }
        of_call(&call, &mut hosts, &mut links);
    }
    for registration in look.report.registrations.iter() {
        if let Some(host) = registration.address.and_then(|at| entry(&mut hosts, at.ip)) {
            host.registrations += 1;
        }
    }
    for stream in look.report.streams.iter() {
        if let Some(host) = entry(&mut hosts, stream.src.ip) {
            host.streams_sent += 1;
            host.mos = match (host.mos, stream.quality.mos_lq) {
                (Some(a), Some(b)) => Some(a.min(b)),
                (a, b) => a.or(b),
            };
        }
        if let Some(host) = entry(&mut hosts, stream.dst.ip) {
            host.streams_received += 1;
        }
        for payload in &stream.payloads {
            let name = match &payload.codec {
                Some(codec) => codec.clone(),
                None => format!("payload type {}", payload.payload_type),
            };
            if codecs.len() < MOST || codecs.contains_key(&name) {
                let (streams, packets) = codecs.entry(name).or_default();
                *streams += 1;
                *packets += payload.packets;
            }
        }
    }
    statistics.peers = peers
        .into_iter()
        .map(|(address, mut peer)| {
            peer.delays.sort_by(f64::total_cmp);
            Peer { address, ..peer }
        })
        .collect();
    statistics.peers.sort_by_key(|peer| std::cmp::Reverse(peer.calls));
    statistics.codecs =
        codecs.into_iter().map(|(name, (streams, packets))| (name, streams, packets)).collect();
    statistics.codecs.sort_by_key(|codec| std::cmp::Reverse(codec.2));
    statistics.links = links.into_iter().collect();
    statistics.links.sort_by_key(|(_, link)| std::cmp::Reverse(link.messages));
    statistics.hosts = hosts.into_iter().collect();
    statistics
}

impl Statistics {
    fn call(&mut self, call: &CallRow<'_>) {
        if let Some(status) = &call.final_status {
            let key = (status.code, status.reason.clone());
            if self.responses.len() < MOST || self.responses.contains_key(&key) {
                *self.responses.entry(key).or_default() += 1;
            }
        }
        if let Some(delay) = call.post_dial_delay_ms {
            let class = self.delays.iter_mut().find(|(bound, _)| bound.is_none_or(|b| delay <= b));
            if let Some((_, count)) = class {
                *count += 1;
            }
        }
    }
}

impl Peer {
    fn take(&mut self, call: &CallRow<'_>) {
        self.calls += 1;
        let code = call.final_status.as_ref().map_or(0, |status| status.code);
        match code {
            200..=299 => self.answered += 1,
            300..=399 => self.redirected += 1,
            480 | 486 | 600 | 603 => self.effective += 1,
            408 | 500 | 503 | 504 => self.ineffective += 1,
            _ => {}
        }
        self.with_findings += u64::from(!call.findings.is_empty());
        self.delays.extend(call.post_dial_delay_ms);
        if let Some(duration) = call.duration_s {
            self.durations = (self.durations.0 + duration, self.durations.1 + 1);
        }
        for mos in [call.mos.caller_hears, call.mos.callee_hears].into_iter().flatten() {
            self.mos = (self.mos.0 + mos, self.mos.1 + 1);
        }
    }
}

fn entry(hosts: &mut BTreeMap<IpAddr, Host>, ip: IpAddr) -> Option<&mut Host> {
    (hosts.len() < MOST || hosts.contains_key(&ip)).then(|| hosts.entry(ip).or_default())
}

fn of_call(
    call: &CallRow<'_>,
    hosts: &mut BTreeMap<IpAddr, Host>,
    links: &mut BTreeMap<(IpAddr, IpAddr), Link>,
) {
    for (party, is_caller) in [(&call.caller, true), (&call.callee, false)] {
        let Some(host) = party.address.and_then(|at| entry(hosts, at.ip)) else { continue };
        host.calls_from += u64::from(is_caller);
        host.calls_to += u64::from(!is_caller);
        if let Some(agent) = &party.user_agent
            && host.agents.len() < AGENTS
            && !host.agents.contains(agent)
        {
            host.agents.push(agent.clone());
        }
    }
    let mut met: Vec<(IpAddr, IpAddr)> = Vec::new();
    for message in &call.messages {
        let Some((src, dst)) = message.src.zip(message.dst) else { continue };
        // Who calls across a link says its direction; answers belong to it too.
        let ends = match message.kind {
            "request" => (src.ip, dst.ip),
            _ => (dst.ip, src.ip),
        };
        if links.len() >= MOST && !links.contains_key(&ends) {
            continue;
        }
        let link = links.entry(ends).or_default();
        link.messages += 1;
        link.again += u64::from(message.retransmission_of.is_some());
        if !met.contains(&ends) {
            met.push(ends);
            link.calls += 1;
        }
    }
}
