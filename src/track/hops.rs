//! One message over several hops: which copy became which, and where it stopped.
//!
//! A proxy that passes a request on puts its own Via on top, so the copy's
//! second branch is the first of the copy before; a response goes back the same
//! way and loses a Via at each hop (RFC 3261 sections 16.6 and 16.7). A NAT
//! changes addresses and leaves the Vias; a border element that keeps the
//! Call-ID and hides the way replaces them, and then only the address at which
//! one copy arrived and from which the next left tells that they are one.
//!
//! Read from the messages once a call is looked at, and not kept.

use std::net::IpAddr;

use hashbrown::{HashMap, HashSet};

use super::conversation::Conversation;
use super::message::{Message, Method, Start};
use crate::base::flow::{Endpoint, Flow};
use crate::base::time::{Span, Timestamp};

/// On what it rests that two messages are one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Basis {
    /// The Via chain: the copy before has the branch of the second Via, or of a
    /// later one where hops between were not captured.
    Via,
    /// The same branch between other addresses: a NAT, or a relay without Via.
    Branch,
    /// It arrived where the next copy left, with the same CSeq and tags.
    Address,
}

impl Basis {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Via => "via",
            Self::Branch => "branch",
            Self::Address => "address",
        }
    }
}

/// A message's place on its way.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Travel {
    /// The copy of the hop before, as an index into the conversation, and on
    /// what that rests.
    pub before: Option<(u32, Basis)>,
    /// Which hop, counted from the sender of the request: 1 is its own.
    pub hop: u16,
    /// Whether a copy on the next hop was seen.
    pub passed_on: bool,
}

/// Where all messages of a conversation stand on their way, by their index.
#[derive(Clone, Debug, Default)]
pub struct Travels(Vec<Travel>);

/// A message that reached an element and did not leave it, though it should have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stop {
    /// The message, as an index into the conversation.
    pub message: u32,
    /// The element that it reached.
    pub element: Endpoint,
}

/// How long an element may take to pass a message on before it counts as lost.
const PATIENCE: Span = Span::from_secs(1);
/// Copies on further hops come within this of each other: Timer B.
const WITHIN: Span = Span::from_secs(32);
/// Messages after an ACK among which the answer is looked for, sent again.
const AFTER_ACK: usize = 256;
/// Candidates looked at for one copy.
const LOOK_BACK: usize = 64;

type Kind = (Start, Option<u32>, Method);

fn kind(message: &Message) -> Kind {
    (message.start, message.cseq_number, message.cseq_method)
}

/// What is known of the messages before the one that is looked at.
#[derive(Default)]
struct Known<'a> {
    by_branch: HashMap<(&'a str, Kind), Vec<u32>>,
    by_upstream: HashMap<(&'a str, Kind), Vec<u32>>,
    by_receiver: HashMap<(IpAddr, Kind), Vec<u32>>,
    hop_of_branch: HashMap<&'a str, u16>,
    invites: HashSet<&'a str>,
}

impl Travels {
    /// Follows the messages of a conversation.
    pub fn of(conversation: &Conversation) -> Self {
        let mut travels: Vec<Travel> = Vec::with_capacity(conversation.messages.len());
        let several = is_several_hops(conversation);
        let mut known = Known::default();
        for (index, message) in (0_u32..).zip(&conversation.messages) {
            let first = message.retransmission_of.or(message.copy_of);
            let travel = if let Some(first) = first {
                let hop = travels.get(first as usize).map_or(1, |first| first.hop);
                Travel { hop, ..Travel::default() }
            } else if several {
                known.place(conversation, &travels, index, message)
            } else {
                Travel { hop: u16::from(message.vias.max(1)), ..Travel::default() }
            };
            if let Some((before, _)) = travel.before
                && let Some(before) = travels.get_mut(before as usize)
            {
                before.passed_on = true;
            }
            travels.push(travel);
        }
        Self(travels)
    }

    /// Where a message stands.
    pub fn get(&self, message: u32) -> Travel {
        self.0.get(message as usize).copied().unwrap_or_default()
    }

    /// Whether any message was seen on more than one hop.
    pub fn any(&self) -> bool {
        self.0.iter().any(|travel| travel.before.is_some())
    }

    /// The time that the element between took, for a message with a copy before.
    pub fn delay(&self, conversation: &Conversation, message: u32) -> Option<Span> {
        let (before, _) = self.get(message).before?;
        let at = |index: u32| conversation.messages.get(index as usize).map(|m| m.at);
        Some(at(message)?.since(at(before)?))
    }

    /// The messages that reached an element which had to pass them on and did
    /// not, `now` being the end of what was seen.
    pub fn stops(&self, conversation: &Conversation, now: Timestamp) -> Vec<Stop> {
        if !self.any() {
            return Vec::new();
        }
        let messages = &conversation.messages;
        let flow = |index: u32| conversation.flow_of(messages.get(index as usize)?);
        // The ways on which requests were seen to be passed on.
        let mut ways = HashSet::new();
        for (index, message) in (0_u32..).zip(messages) {
            if let (Some((before, _)), Start::Request(_)) = (self.get(index).before, message.start)
                && let (Some(before), Some(after)) = (flow(before), flow(index))
            {
                ways.insert((before.src.ip, after.src.ip));
            }
        }
        let mut answered: HashSet<&str> = HashSet::new();
        let mut final_on: HashSet<&str> = HashSet::new();
        let flows: HashSet<Flow> = conversation.flows().iter().copied().collect();
        let mut request_of: HashMap<(&str, Option<u32>), u32> = HashMap::new();
        let mut invites: HashSet<&str> = HashSet::new();
        let mut children: HashMap<u32, u32> = HashMap::new();
        for (index, message) in (0_u32..).zip(messages).filter(|(_, m)| m.is_first_copy()) {
            let Some(branch) = conversation.branch_of(message) else { continue };
            match message.start {
                Start::Response(status) => {
                    answered.insert(branch);
                    if status >= 200 {
                        final_on.insert(branch);
                    }
                }
                Start::Request(method) => {
                    if method == Method::Invite {
                        invites.insert(branch);
                    }
                    if !matches!(method, Method::Ack | Method::Cancel) {
                        request_of.entry((branch, message.cseq_number)).or_insert(index);
                    }
                    if let Some((before, _)) = self.get(index).before {
                        *children.entry(before).or_default() += 1;
                    }
                }
            }
        }
        let mut stops = Vec::new();
        for (index, message) in (0_u32..).zip(messages) {
            let travel = self.get(index);
            if !message.is_first_copy() || travel.passed_on || now.since(message.at) < PATIENCE {
                continue;
            }
            let Some(flow) = conversation.flow_of(message) else { continue };
            let branch = conversation.branch_of(message).unwrap_or_default();
            let stopped = match message.start {
                Start::Request(Method::Cancel) => false,
                // An ACK of a refusal ends at its hop; that of an answer arrived by
                // another way unless the answer is repeated.
                Start::Request(Method::Ack) => {
                    let later = messages.iter().skip(index as usize + 1).take(AFTER_ACK);
                    let mut repeated = later.filter(|later| later.retransmission_of.is_some());
                    !invites.contains(branch)
                        && ways.contains(&(flow.src.ip, flow.dst.ip))
                        && repeated.any(|later| {
                            matches!(later.start, Start::Response(200..=299))
                                && later.cseq_method == Method::Invite
                                && later.cseq_number == message.cseq_number
                        })
                }
                Start::Request(_) => {
                    !answered.contains(branch) && ways.contains(&(flow.src.ip, flow.dst.ip))
                }
                Start::Response(status) if status >= 200 => {
                    let request = request_of.get(&(branch, message.cseq_number));
                    let before = request.and_then(|request| self.get(*request).before);
                    before.is_some_and(|(before, _)| {
                        // The hop before must have been captured in this direction.
                        if !conversation
                            .flow_of_index(before)
                            .is_some_and(|of| flows.contains(&of.reversed()))
                        {
                            return false;
                        }
                        let upstream = messages.get(before as usize);
                        let upstream = upstream.and_then(|m| conversation.branch_of(m));
                        let forked = children.get(&before).is_some_and(|count| *count > 1);
                        upstream.is_some_and(|branch| !final_on.contains(branch))
                            && (status < 300 || !forked)
                    })
                }
                Start::Response(_) => false,
            };
            if stopped {
                stops.push(Stop { message: index, element: flow.dst });
            }
        }
        stops
    }
}

impl<'a> Known<'a> {
    fn place(
        &mut self,
        conversation: &'a Conversation,
        travels: &[Travel],
        index: u32,
        message: &'a Message,
    ) -> Travel {
        let Some(flow) = conversation.flow_of(message) else { return Travel::default() };
        let branch = conversation.branch_of(message);
        let upstream = conversation.upstream_branch_of(message);
        let kind = kind(message);
        let before = self.before(conversation, travels, message, flow);
        let hop = match (before, message.start) {
            (Some((before, basis)), Start::Request(_)) => {
                // Hops that were not captured have their Vias all the same.
                let known = conversation.messages.get(before as usize).map_or(0, |m| m.vias);
                let more = if basis == Basis::Via { message.vias.saturating_sub(known) } else { 1 };
                let hop = travels.get(before as usize).map_or(0, |before| before.hop);
                hop.saturating_add(u16::from(more.max(1)))
            }
            // An ACK or CANCEL of a hop has the branch of its INVITE.
            (None, Start::Request(_)) | (_, Start::Response(_)) => branch
                .and_then(|branch| self.hop_of_branch.get(branch).copied())
                .unwrap_or_else(|| u16::from(message.vias.max(1))),
        };
        if let Some(branch) = branch {
            self.by_branch.entry((branch, kind)).or_default().push(index);
            if matches!(message.start, Start::Request(_)) {
                self.hop_of_branch.entry(branch).or_insert(hop);
            }
            if message.start == Start::Request(Method::Invite) {
                self.invites.insert(branch);
            }
        }
        if let (Some(upstream), Start::Response(_)) = (upstream, message.start) {
            self.by_upstream.entry((upstream, kind)).or_default().push(index);
        }
        self.by_receiver.entry((flow.dst.ip, kind)).or_default().push(index);
        Travel { before, hop, passed_on: false }
    }

    fn before(
        &self,
        conversation: &Conversation,
        travels: &[Travel],
        message: &Message,
        flow: Flow,
    ) -> Option<(u32, Basis)> {
        let kind = kind(message);
        let branch = conversation.branch_of(message);
        let upstream = conversation.upstream_branch_of(message);
        let is_response = matches!(message.start, Start::Response(_));
        if message.start == Start::Response(100) {
            return None;
        }
        let free = |index: u32| {
            !is_response || travels.get(index as usize).is_some_and(|travel| !travel.passed_on)
        };
        let latest = |list: Option<&Vec<u32>>, fits: &dyn Fn(&Message, Flow) -> bool| {
            list?.iter().rev().take(LOOK_BACK).copied().find(|index| {
                let known = conversation.messages.get(*index as usize);
                known.is_some_and(|known| {
                    conversation.flow_of(known).is_some_and(|of| {
                        of != flow
                            && free(*index)
                            && message.at.since(known.at) <= WITHIN
                            && fits(known, of)
                    })
                })
            })
        };
        let same_dialog = |known: &Message| known.tags == message.tags;
        let by_via = if is_response {
            branch.and_then(|branch| {
                latest(self.by_upstream.get(&(branch, kind)), &|known, _| same_dialog(known))
            })
        } else {
            upstream
                .and_then(|upstream| latest(self.by_branch.get(&(upstream, kind)), &|_, _| true))
        };
        if let Some(index) = by_via {
            return Some((index, Basis::Via));
        }
        // The same Vias between other addresses, one end of which it shares.
        let through_nat = |known: &Message, of: Flow| {
            known.vias == message.vias
                && same_dialog(known)
                && (of.src.ip == flow.src.ip || of.dst.ip == flow.dst.ip)
        };
        let by_branch =
            branch.and_then(|branch| latest(self.by_branch.get(&(branch, kind)), &through_nat));
        if let Some(index) = by_branch {
            return Some((index, Basis::Branch));
        }
        // What a hop does on its own account is passed on by nobody.
        let hop_by_hop = match message.start {
            Start::Request(Method::Cancel) => true,
            Start::Request(Method::Ack) => branch.is_some_and(|b| self.invites.contains(b)),
            Start::Response(_) => message.cseq_method == Method::Cancel,
            Start::Request(_) => false,
        };
        if hop_by_hop || message.vias > 1 {
            return None;
        }
        let through = |known: &Message, of: Flow| {
            let one_host = of.src.ip == of.dst.ip || flow.src.ip == flow.dst.ip;
            known.vias == 1
                && same_dialog(known)
                && conversation.branch_of(known) != branch
                && (of.dst == flow.src || !one_host)
                && of.src != flow.dst
        };
        latest(self.by_receiver.get(&(flow.src.ip, kind)), &through)
            .map(|index| (index, Basis::Address))
    }
}

/// Whether messages may have been passed on: they went between more than one
/// pair of endpoints, or, as of a phone that calls itself, have more Vias on the
/// way back.
fn is_several_hops(conversation: &Conversation) -> bool {
    let flows = conversation.flows();
    let Some(first) = flows.first() else { return false };
    let vias = conversation.messages.first().map_or(0, |message| message.vias);
    flows.iter().any(|flow| flow != first && *flow != first.reversed())
        || conversation.messages.iter().any(|message| message.vias != vias)
}
