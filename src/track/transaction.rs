//! Transactions as they look from outside (RFC 3261 section 17, RFC 6026).
//!
//! A request, its retransmissions, the responses to it, and for a refused
//! INVITE the ACK: all that share branch, CSeq and hop. Clients that go by RFC
//! 2543 have no branch that names the transaction (one without the magic cookie
//! `z9hG4bK`); theirs are told apart by From tag and CSeq as well (RFC 3261
//! section 17.2.3). The ACK of a 2xx is no part of the transaction, but says
//! that the answer arrived, so it is noted with it.
//!
//! Read from the messages once a call is looked at, and not kept.

use std::net::IpAddr;

use hashbrown::HashMap;

use super::conversation::Conversation;
use super::fact::Fact;
use super::hops::Travels;
use super::message::{Message, Method, Start};
use super::retransmission::{Repeat, repeat};
use crate::base::flow::{Endpoint, Transport};
use crate::base::time::{Span, Timestamp};

/// Where a transaction stands (the states of RFC 3261 section 17 and RFC 6026).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// INVITE sent, no response.
    Calling,
    /// Another request sent, no response.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// A final response came; to an INVITE, one that is not acknowledged yet.
    Completed,
    /// A refusal of an INVITE was acknowledged.
    Confirmed,
    /// A 2xx to an INVITE came.
    Accepted,
    /// It was given up.
    Terminated,
}

/// What came of a request.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// A 2xx.
    Succeeded,
    /// A 3xx.
    Redirected,
    /// 401 or 407.
    Challenged,
    /// 487 after a CANCEL.
    Cancelled,
    /// Another refusal.
    Refused,
    /// No response in time.
    TimedOut,
    /// Nothing final until the end of the capture.
    Unfinished,
}

/// The timer that ran out: each is 64 times T1, 32 s (RFC 3261 table 4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Timeout {
    /// No response to an INVITE.
    B,
    /// No final response to another request.
    F,
    /// No ACK to a refusal of an INVITE.
    H,
    /// No ACK to a 2xx (RFC 3261 section 13.3.1.4).
    Answer,
}

/// What is not as the RFCs have it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Oddity {
    /// A branch without the magic cookie: RFC 2543.
    NoMagicCookie,
    /// No branch at all.
    NoBranch,
    /// A final response to an INVITE without ACK.
    NoAck,
    /// A response after the client has given up.
    LateResponse,
    /// A response to a request that was not sent.
    StrayResponse,
    /// Two different final responses, not both 2xx.
    SecondFinal,
    /// A provisional response after the final one.
    ProvisionalAfterFinal,
    /// A CANCEL before any provisional response (RFC 3261 section 9.1).
    EarlyCancel,
    /// A CANCEL without a response.
    CancelUnanswered,
    /// A CANCEL after which no final response to the INVITE came.
    CancelIgnored,
    /// A 2xx to the INVITE after the CANCEL: they crossed.
    CancelCrossed,
    /// A reliable provisional response without PRACK (RFC 3262).
    NoPrack,
    /// Sent again over a transport that delivers (RFC 3261 section 17.1.1.2).
    RepeatedOverReliable,
    /// A request sent again after a provisional response to an INVITE.
    RepeatedAfterProvisional,
}

/// A reliable provisional response (RFC 3262) and its PRACK.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reliable {
    /// Its RSeq.
    pub rseq: u32,
    /// The response, as an index into the conversation.
    pub response: u32,
    /// The PRACK.
    pub prack: Option<u32>,
}

/// A transaction; messages are indexes into the conversation.
#[derive(Clone, PartialEq, Debug)]
pub struct Transaction {
    /// The message that it begins with.
    pub first: u32,
    /// The request; `None` when only responses were seen.
    pub request: Option<u32>,
    /// The method of its CSeq.
    pub method: Method,
    /// Who sent the request on this hop.
    pub client: Endpoint,
    /// Who answers it on this hop.
    pub server: Endpoint,
    /// Which hop, counted from the sender of the request.
    pub hop: u16,
    /// First copies of its provisional responses.
    pub provisionals: Vec<u32>,
    /// First copies of its final responses.
    pub finals: Vec<u32>,
    /// The ACK of its final response.
    pub ack: Option<u32>,
    /// What was sent again.
    pub repeats: Vec<Repeat>,
    /// Reliable provisional responses.
    pub reliable: Vec<Reliable>,
    /// The transaction of the hop before that it passes on, as an index into the list.
    pub upstream: Option<usize>,
    /// The CANCEL of an INVITE, as an index into the list.
    pub cancel: Option<usize>,
    /// Where it stands at the end.
    pub state: State,
    /// What came of it.
    pub outcome: Outcome,
    /// The timer that ran out.
    pub timeout: Option<Timeout>,
    /// What is not as it should be.
    pub oddities: Vec<Oddity>,
}

/// 64 times T1.
const GIVEN_UP: Span = Span::from_secs(32);
/// After this much capture time an ACK or PRACK under way would have been seen:
/// what lacks it has been repeated twice.
const PATIENCE: Span = Span::from_secs(2);
/// INVITEs among which that of an ACK is looked for, the latest first.
const LOOK_BACK: usize = 64;
const COOKIE: &str = "z9hG4bK";

/// What makes messages one transaction.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Key<'a> {
    number: Option<u32>,
    method: Method,
    branch: &'a str,
    /// For branches that name no transaction.
    from_tag: Option<&'a str>,
    ends: (IpAddr, IpAddr),
}

fn key<'a>(conversation: &'a Conversation, message: &Message, method: Method) -> Option<Key<'a>> {
    let flow = conversation.flow_of(message)?;
    let (a, b) = (flow.src.ip, flow.dst.ip);
    let branch = conversation.branch_of(message).unwrap_or_default();
    let from_tag = conversation.from_tag_of(message).filter(|_| !branch.starts_with(COOKIE));
    Some(Key { branch, number: message.cseq_number, method, from_tag, ends: (a.min(b), a.max(b)) })
}

/// The keys of transactions, each at the place of its own. Most conversations have a few,
/// which are sooner compared than hashed.
#[derive(Default)]
struct Keys<'a> {
    list: Vec<Key<'a>>,
    /// Their places, once they are many.
    places: HashMap<Key<'a>, usize>,
}

/// Keys up to which they are compared one by one.
const FEW: usize = 16;

impl<'a> Keys<'a> {
    fn find(&self, key: &Key<'a>) -> Option<usize> {
        if self.list.len() > FEW {
            return self.places.get(key).copied();
        }
        self.list.iter().position(|known| known == key)
    }

    fn push(&mut self, key: Key<'a>) {
        self.list.push(key);
        match self.list.len() {
            ..=FEW => {}
            len if len == FEW + 1 => self.places.extend(self.list.iter().copied().zip(0..)),
            len => drop(self.places.insert(key, len - 1)),
        }
    }
}

/// The transactions of a conversation in the order of their first messages,
/// `now` being the end of what was seen.
pub fn transactions(
    conversation: &Conversation,
    travels: &Travels,
    now: Timestamp,
) -> Vec<Transaction> {
    let mut list = gather(conversation, travels);
    link(conversation, travels, &mut list);
    let reliable = Praks::of(conversation);
    for index in 0..list.len() {
        let cancel = list.get(index).and_then(|of| of.cancel).and_then(|at| list.get(at)).cloned();
        if let Some(transaction) = list.get_mut(index) {
            transaction.judge(conversation, cancel.as_ref(), &reliable, now);
        }
    }
    list
}

fn gather(conversation: &Conversation, travels: &Travels) -> Vec<Transaction> {
    let mut list: Vec<Transaction> = Vec::new();
    let mut known = Keys::default();
    let mut place: Vec<Option<usize>> = Vec::with_capacity(conversation.messages.len());
    let mut acks = Vec::new();
    for (index, message) in (0_u32..).zip(&conversation.messages) {
        place.push(None);
        if message.copy_of.is_some() {
            continue;
        }
        if let Some(first) = message.retransmission_of {
            let of = place.get(first as usize).copied().flatten();
            if let Some(transaction) = of.and_then(|of| list.get_mut(of)) {
                transaction.repeats.push(repeat(conversation, transaction, first, index));
            }
            continue;
        }
        let is_ack = message.start == Start::Request(Method::Ack);
        let method = if is_ack { Method::Invite } else { message.cseq_method };
        let Some(key) = key(conversation, message, method) else { continue };
        let Some(flow) = conversation.flow_of(message) else { continue };
        let at = match known.find(&key) {
            Some(at) => at,
            None if is_ack => {
                acks.push(index);
                continue;
            }
            None => {
                let is_request = matches!(message.start, Start::Request(_));
                let (client, server) =
                    if is_request { (flow.src, flow.dst) } else { (flow.dst, flow.src) };
                known.push(key);
                list.push(Transaction {
                    first: index,
                    request: None,
                    method,
                    client,
                    server,
                    hop: travels.get(index).hop,
                    provisionals: Vec::new(),
                    finals: Vec::new(),
                    ack: None,
                    repeats: Vec::new(),
                    reliable: Vec::new(),
                    upstream: None,
                    cancel: None,
                    state: State::Trying,
                    outcome: Outcome::Unfinished,
                    timeout: None,
                    oddities: Vec::new(),
                });
                list.len() - 1
            }
        };
        if let Some(slot) = place.last_mut() {
            *slot = Some(at);
        }
        let Some(transaction) = list.get_mut(at) else { continue };
        match message.start {
            Start::Request(Method::Ack) => {
                transaction.ack.get_or_insert(index);
            }
            Start::Request(_) => {
                transaction.request.get_or_insert(index);
            }
            Start::Response(100..=199) => transaction.provisionals.push(index),
            Start::Response(_) => transaction.finals.push(index),
        }
    }
    for ack in acks {
        acknowledge(conversation, &mut list, ack);
    }
    list
}

/// An ACK with a branch of its own is for a 2xx: on its hop, at its receiver,
/// or wherever its dialog was answered.
fn acknowledge(conversation: &Conversation, list: &mut [Transaction], ack: u32) {
    let Some(message) = conversation.messages.get(ack as usize) else { return };
    let Some(flow) = conversation.flow_of(message) else { return };
    let to_tag = conversation.to_tag_of(message);
    let invites = list.iter_mut().filter(|of| of.method == Method::Invite);
    for transaction in invites.rev().take(LOOK_BACK) {
        let answered = transaction.finals.iter().any(|index| {
            conversation.messages.get(*index as usize).is_some_and(|answer| {
                answer.cseq_number == message.cseq_number
                    && answer.status().is_some_and(|status| status < 300)
                    && conversation.to_tag_of(answer) == to_tag
                    && message.at >= answer.at
            })
        });
        if !answered {
            continue;
        }
        let here = flow.src.ip == transaction.client.ip || flow.dst.ip == transaction.server.ip;
        let better = transaction.ack.is_some_and(|known| {
            let known = conversation.messages.get(known as usize);
            let known = known.and_then(|known| conversation.flow_of(known));
            known.is_some_and(|known| {
                known.src.ip != transaction.client.ip && known.dst.ip != transaction.server.ip
            })
        });
        if transaction.ack.is_none() || here && better {
            transaction.ack = Some(ack);
        }
    }
}

/// Links transactions to those of the hop before, and INVITEs to their CANCEL.
fn link(conversation: &Conversation, travels: &Travels, list: &mut [Transaction]) {
    link_hops(travels, list);
    let key_of = |transaction: &Transaction| {
        let message = conversation.messages.get(transaction.first as usize)?;
        key(conversation, message, Method::Invite)
    };
    let of_cancel = list.iter().enumerate().filter(|(_, of)| of.method == Method::Cancel);
    let cancels: Vec<_> = of_cancel.filter_map(|(at, of)| Some((key_of(of)?, at))).collect();
    if cancels.is_empty() {
        return;
    }
    let cancels: HashMap<_, _> = cancels.into_iter().collect();
    for transaction in list.iter_mut().filter(|of| of.method == Method::Invite) {
        transaction.cancel = key_of(transaction).and_then(|key| cancels.get(&key).copied());
    }
}

/// Links transactions to those of the hop before, of which most conversations have none.
fn link_hops(travels: &Travels, list: &mut [Transaction]) {
    let before = |of: &Transaction| travels.get(of.request?).before.map(|(before, _)| before);
    if !list.iter().any(|of| before(of).is_some()) {
        return;
    }
    let of_request: HashMap<u32, usize> =
        (0..).zip(list.iter()).filter_map(|(at, of)| Some((of.request?, at))).collect();
    for transaction in list {
        let before = before(transaction);
        transaction.upstream = before.and_then(|before| of_request.get(&before).copied());
    }
}

/// PRACKs by what they acknowledge: RSeq, and the CSeq number of the INVITE.
struct Praks(HashMap<(u32, u32), Vec<u32>>);

impl Praks {
    fn of(conversation: &Conversation) -> Self {
        let mut praks: HashMap<_, Vec<_>> = HashMap::new();
        for (index, fact) in conversation.facts().all() {
            if let Fact::Acknowledges(rseq, cseq) = fact {
                praks.entry((*rseq, *cseq)).or_default().push(*index);
            }
        }
        Self(praks)
    }

    fn find(&self, conversation: &Conversation, rseq: u32, response: &Message) -> Option<u32> {
        let list = self.0.get(&(rseq, response.cseq_number?))?.iter().copied();
        let flow = conversation.flow_of(response)?;
        let fits = |index: &u32| {
            conversation
                .messages
                .get(*index as usize)
                .is_some_and(|prack| prack.tags.to == response.tags.to && prack.at >= response.at)
        };
        let all: Vec<_> = list.filter(fits).collect();
        let here = all.iter().copied().find(|index| {
            let prack = conversation.messages.get(*index as usize);
            prack
                .and_then(|prack| conversation.flow_of(prack))
                .is_some_and(|of| of.src.ip == flow.dst.ip && of.dst.ip == flow.src.ip)
        });
        here.or(all.first().copied())
    }
}

impl Transaction {
    /// The final response that decided it: the first 2xx, else the first.
    pub fn last(&self, conversation: &Conversation) -> Option<(u32, u16)> {
        let status = |index: &u32| {
            let message = conversation.messages.get(*index as usize)?;
            Some((*index, message.status()?))
        };
        let mut finals = self.finals.iter().filter_map(status);
        let good = finals.clone().find(|(_, status)| *status < 300);
        good.or_else(|| finals.next())
    }

    /// The first response.
    pub fn first_response(&self) -> Option<u32> {
        let first = |list: &[u32]| list.first().copied();
        match (first(&self.provisionals), first(&self.finals)) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    fn judge(
        &mut self,
        conversation: &Conversation,
        cancel: Option<&Self>,
        praks: &Praks,
        now: Timestamp,
    ) {
        let at = |index: u32| conversation.messages.get(index as usize).map(|message| message.at);
        let is_invite = self.method == Method::Invite;
        let last = self.last(conversation);
        let sent = self.request.and_then(at);
        let first_response = self.first_response().and_then(at);
        let overdue = |since: Option<Timestamp>| since.is_some_and(|at| now.since(at) >= GIVEN_UP);
        (self.state, self.outcome) = match last {
            None if self.provisionals.is_empty() => {
                (if is_invite { State::Calling } else { State::Trying }, Outcome::Unfinished)
            }
            None => (State::Proceeding, Outcome::Unfinished),
            Some((_, 200..=299)) if is_invite => (State::Accepted, Outcome::Succeeded),
            Some((_, status)) => {
                let confirmed = is_invite && self.ack.is_some();
                let state = if confirmed { State::Confirmed } else { State::Completed };
                (state, outcome(status, cancel.is_some()))
            }
        };
        let unanswered =
            last.is_none() && (!is_invite || self.provisionals.is_empty()) && overdue(sent);
        self.timeout = match last {
            None if unanswered => Some(if is_invite { Timeout::B } else { Timeout::F }),
            Some((index, status)) if is_invite && self.ack.is_none() && overdue(at(index)) => {
                Some(if status < 300 { Timeout::Answer } else { Timeout::H })
            }
            _ => None,
        };
        if unanswered {
            self.outcome = Outcome::TimedOut;
        }
        if self.timeout.is_some() {
            self.state = State::Terminated;
        }
        self.reliable = self.reliable_responses(conversation, praks);
        let mut oddities = Vec::new();
        self.look_at_names(conversation, &mut oddities);
        if let (true, Some((index, _)), None) = (is_invite, last, self.ack)
            && at(index).is_some_and(|at| now.since(at) >= PATIENCE)
        {
            oddities.push(Oddity::NoAck);
        }
        let decisive = if is_invite { first_response } else { last.and_then(|(i, _)| at(i)) };
        if let (Some(sent), Some(came)) = (sent, decisive)
            && came.since(sent) > GIVEN_UP
        {
            oddities.push(Oddity::LateResponse);
        }
        if self.request.is_none() && self.is_stray(conversation) {
            oddities.push(Oddity::StrayResponse);
        }
        self.look_at_order(conversation, &mut oddities);
        if let Some(cancel) = cancel {
            self.look_at_cancel(conversation, cancel, now, &mut oddities);
        }
        if self.reliable.iter().any(|one| {
            one.prack.is_none() && at(one.response).is_some_and(|at| now.since(at) >= PATIENCE)
        }) {
            oddities.push(Oddity::NoPrack);
        }
        self.oddities = oddities;
    }

    fn look_at_names(&self, conversation: &Conversation, oddities: &mut Vec<Oddity>) {
        let Some(message) = conversation.messages.get(self.first as usize) else { return };
        match conversation.branch_of(message) {
            None => oddities.push(Oddity::NoBranch),
            Some(branch) if !branch.starts_with(COOKIE) => oddities.push(Oddity::NoMagicCookie),
            Some(_) => {}
        }
        let delivers = !matches!(message.transport, Transport::Udp);
        // An answer that its core repeats until the ACK comes is repeated over any transport.
        if delivers && self.repeats.iter().any(|repeat| !repeat.is_answer) {
            oddities.push(Oddity::RepeatedOverReliable);
        }
        if self.repeats.iter().any(|repeat| repeat.after_provisional) {
            oddities.push(Oddity::RepeatedAfterProvisional);
        }
    }

    fn look_at_order(&self, conversation: &Conversation, oddities: &mut Vec<Oddity>) {
        let statuses: Vec<_> = self
            .finals
            .iter()
            .filter_map(|index| conversation.messages.get(*index as usize)?.status())
            .collect();
        let all_good = statuses.iter().all(|status| *status < 300);
        let differ = statuses.windows(2).any(|pair| pair.first() != pair.last());
        if statuses.len() > 1 && !all_good && differ {
            oddities.push(Oddity::SecondFinal);
        }
        if let (Some(last), Some(first)) = (self.provisionals.last(), self.finals.first())
            && last > first
        {
            oddities.push(Oddity::ProvisionalAfterFinal);
        }
    }

    fn look_at_cancel(
        &self,
        conversation: &Conversation,
        cancel: &Self,
        now: Timestamp,
        oddities: &mut Vec<Oddity>,
    ) {
        let at = |index: u32| conversation.messages.get(index as usize).map(|message| message.at);
        let Some(cancelled) = cancel.request.and_then(at) else { return };
        if self.request.is_some()
            && self.first_response().and_then(at).is_none_or(|first| first > cancelled)
        {
            oddities.push(Oddity::EarlyCancel);
        }
        let waited = now.since(cancelled) >= PATIENCE;
        if cancel.finals.is_empty() && waited {
            oddities.push(Oddity::CancelUnanswered);
        }
        match self.last(conversation) {
            None if waited => oddities.push(Oddity::CancelIgnored),
            Some((index, 200..=299)) if at(index) > Some(cancelled) => {
                oddities.push(Oddity::CancelCrossed);
            }
            _ => {}
        }
    }

    /// Whether the request of its responses was not sent, rather than missed:
    /// others of the same client and server were seen before.
    fn is_stray(&self, conversation: &Conversation) -> bool {
        let before = conversation.messages.iter().take(self.first as usize).rev().take(512);
        let mut requests = before.filter(|message| matches!(message.start, Start::Request(_)));
        requests.any(|message| {
            conversation
                .flow_of(message)
                .is_some_and(|flow| flow.src == self.client && flow.dst == self.server)
        })
    }

    fn reliable_responses(&self, conversation: &Conversation, praks: &Praks) -> Vec<Reliable> {
        let mut reliable = Vec::new();
        for index in &self.provisionals {
            let Some(message) = conversation.messages.get(*index as usize) else { continue };
            for fact in conversation.facts().of(*index) {
                if let Fact::Reliable(rseq) = fact {
                    let prack = praks.find(conversation, rseq, message);
                    reliable.push(Reliable { rseq, response: *index, prack });
                }
            }
        }
        reliable
    }
}

const fn outcome(status: u16, cancelled: bool) -> Outcome {
    match status {
        200..=299 => Outcome::Succeeded,
        300..=399 => Outcome::Redirected,
        401 | 407 => Outcome::Challenged,
        487 if cancelled => Outcome::Cancelled,
        _ => Outcome::Refused,
    }
}

impl State {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calling => "calling",
            Self::Trying => "trying",
            Self::Proceeding => "proceeding",
            Self::Completed => "completed",
            Self::Confirmed => "confirmed",
            Self::Accepted => "accepted",
            Self::Terminated => "terminated",
        }
    }
}

impl Outcome {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Redirected => "redirected",
            Self::Challenged => "challenged",
            Self::Cancelled => "cancelled",
            Self::Refused => "refused",
            Self::TimedOut => "timed_out",
            Self::Unfinished => "unfinished",
        }
    }
}

impl Timeout {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::B => "timer_b",
            Self::F => "timer_f",
            Self::H => "timer_h",
            Self::Answer => "no_ack",
        }
    }
}

impl Oddity {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::NoMagicCookie => "no_magic_cookie",
            Self::NoBranch => "no_branch",
            Self::NoAck => "no_ack",
            Self::LateResponse => "late_response",
            Self::StrayResponse => "stray_response",
            Self::SecondFinal => "second_final",
            Self::ProvisionalAfterFinal => "provisional_after_final",
            Self::EarlyCancel => "cancel_before_provisional",
            Self::CancelUnanswered => "cancel_unanswered",
            Self::CancelIgnored => "cancel_ignored",
            Self::CancelCrossed => "cancel_crossed_answer",
            Self::NoPrack => "no_prack",
            Self::RepeatedOverReliable => "repeated_over_reliable_transport",
            Self::RepeatedAfterProvisional => "repeated_after_provisional",
        }
    }
}
