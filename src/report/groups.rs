//! Service figures by peers and by user agents.

use std::hash::Hash;
use std::net::IpAddr;

use hashbrown::HashMap;

use super::service::{AgentRow, ByAgentRow, ByPeerRow, PeerRow, RestRow, Service};
use crate::base::time::Timestamp;
use crate::track::call::Call;
use crate::track::conversation::{Conversation, Matter};
use crate::track::registration::Registration;

/// Groups that are listed.
const MAX_GROUPS: usize = 1_000;
/// Groups that are told apart: of twice as many those with the fewest attempts
/// are counted together from then on.
const MAX_KNOWN: usize = 2_000;

/// Figures by something.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Table<K: Hash + Eq> {
    groups: HashMap<K, Box<Service>>,
    /// Groups that are not told apart any more.
    folded: RestRow,
}

/// Figures by peers and by user agents.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Groups {
    by_peer: Table<(IpAddr, IpAddr)>,
    by_agent: Table<(Option<Box<str>>, &'static str)>,
}

impl Groups {
    /// Adds a leg or a registration, `now` being the end of what was seen: peers are peers on
    /// each leg.
    pub(super) fn add(&mut self, conversation: &Conversation, now: Timestamp) {
        match &conversation.matter {
            Matter::Call(call) => self.call(conversation, call, now),
            Matter::Registration(registration) => {
                self.registration(conversation, registration, now);
            }
            Matter::Other(_) => {}
        }
    }

    /// Counts those with the fewest attempts together when there are too many.
    pub(super) fn fold(&mut self) {
        self.by_peer.fold();
        self.by_agent.fold();
    }

    /// Adds the figures of `other`.
    pub(super) fn merge(&mut self, other: &Self) {
        self.by_peer.merge(&other.by_peer);
        self.by_agent.merge(&other.by_agent);
    }

    fn call(&mut self, conversation: &Conversation, call: &Call, now: Timestamp) {
        if let (Some(caller), Some(callee)) = (call.caller.address, call.callee.address) {
            self.by_peer.of((caller.ip, callee.ip)).call(call, now);
        }
        let texts = conversation.texts();
        for (party, side) in [(&call.caller, "caller"), (&call.callee, "callee")] {
            self.by_agent.of((party.user_agent(texts).map(Box::from), side)).call(call, now);
        }
    }

    fn registration(
        &mut self,
        conversation: &Conversation,
        registration: &Registration,
        now: Timestamp,
    ) {
        if let Some(flow) = conversation.flows().first() {
            self.by_peer.of((flow.src.ip, flow.dst.ip)).registration(registration, now);
        }
        let agent = conversation.first_agent().map(Box::from);
        self.by_agent.of((agent, "caller")).registration(registration, now);
    }

    /// The row of peers.
    pub(super) fn by_peer(&self) -> ByPeerRow {
        let (listed, rest) = self.by_peer.most();
        let row = |((from, to), service): &(&(IpAddr, IpAddr), &Service)| PeerRow {
            from: *from,
            to: *to,
            figures: service.row(),
        };
        ByPeerRow { groups: listed.iter().map(row).collect(), rest }
    }

    /// The row of user agents.
    pub(super) fn by_user_agent(&self) -> ByAgentRow {
        let (listed, rest) = self.by_agent.most();
        let groups = listed.iter().map(|((agent, side), service)| AgentRow {
            user_agent: agent.as_deref().map(str::to_owned),
            side,
            figures: service.row(),
        });
        ByAgentRow { groups: groups.collect(), rest }
    }
}

impl<K: Hash + Eq> Default for Table<K> {
    fn default() -> Self {
        Self { groups: HashMap::new(), folded: RestRow::default() }
    }
}

impl<K: Hash + Ord + Clone> Table<K> {
    fn of(&mut self, group: K) -> &mut Service {
        self.fold();
        self.groups.entry(group).or_default()
    }

    fn merge(&mut self, other: &Self) {
        self.folded.groups += other.folded.groups;
        self.folded.attempts += other.folded.attempts;
        for (group, service) in &other.groups {
            self.of(group.clone()).merge(service);
        }
    }

    /// Counts those with the fewest attempts together when there are too many.
    fn fold(&mut self) {
        if self.groups.len() < 2 * MAX_KNOWN {
            return;
        }
        let mut sorted: Vec<_> = self.groups.drain().collect();
        sorted.sort_by(|(a, left), (b, right)| by_attempts((a, left), (b, right)));
        for (_, service) in sorted.split_off(MAX_KNOWN) {
            self.folded.groups += 1;
            self.folded.attempts += service.attempts();
        }
        self.groups.extend(sorted);
    }

    /// The groups with the most attempts, and what is left.
    fn most(&self) -> (Vec<(&K, &Service)>, RestRow) {
        let groups = self.groups.iter();
        let mut sorted: Vec<(&K, &Service)> = groups.map(|(key, one)| (key, &**one)).collect();
        sorted.sort_by(|a, b| by_attempts(*a, *b));
        let rest = sorted.split_off(sorted.len().min(MAX_GROUPS));
        let attempts: u64 = rest.iter().map(|(_, service)| service.attempts()).sum();
        let rest = RestRow {
            groups: self.folded.groups + rest.len() as u64,
            attempts: self.folded.attempts + attempts,
        };
        (sorted, rest)
    }
}

/// Most attempts first.
fn by_attempts<K: Ord>(
    (a, left): (&K, &Service),
    (b, right): (&K, &Service),
) -> std::cmp::Ordering {
    right.attempts().cmp(&left.attempts()).then_with(|| a.cmp(b))
}
