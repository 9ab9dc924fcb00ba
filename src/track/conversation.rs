//! All messages of one Call-ID, and what they amount to.

use super::Side;
use super::call::Call;
use super::fact::{Correlation, Facts};
use super::message::{Arrived, Kept, Message, Start, Tags};
use super::notes::Notes;
use super::party::Party;
use super::registration::Registration;
use super::small::push;
use super::text::{Text, Texts};
use super::undelivered::Undeliveries;
use crate::base::flow::Flow;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::wire::malformed::Reason;
use crate::wire::sip::{Method, StartLine};

/// What the messages of a Call-ID amount to.
#[derive(Clone, Debug)]
pub enum Matter {
    /// A call: an INVITE, or what comes only inside its dialog.
    Call(Box<Call>),
    /// Registrations of one client.
    Registration(Box<Registration>),
    /// OPTIONS, MESSAGE, SUBSCRIBE and its NOTIFYs, PUBLISH and others.
    Other(Box<Exchange>),
}

impl Matter {
    /// The place of its kind among calls, registrations and others.
    pub(super) const fn kind(&self) -> usize {
        match self {
            Self::Call(_) => 0,
            Self::Registration(_) => 1,
            Self::Other(_) => 2,
        }
    }
}

/// Messages that are neither a call nor a registration.
#[derive(Clone, Debug, Default)]
pub struct Exchange {
    /// From.
    pub from: Party,
    /// To.
    pub to: Party,
    /// Vias of the request that went farthest, as far as the capture sees.
    vias: usize,
}

/// All messages of one Call-ID.
#[derive(Clone, Debug)]
pub struct Conversation {
    call_id: Box<str>,
    /// Its number among those of its kind, from 1, in the order in which they
    /// began; it is never given again.
    pub number: u64,
    /// When the latest message came, kept or not.
    pub last_at: Timestamp,
    /// The messages kept, in order of capture.
    pub messages: Vec<Message>,
    /// Messages beyond the cap: counted, not kept.
    pub messages_dropped: u64,
    /// What they amount to.
    pub matter: Matter,
    /// What header fields and bodies say beyond that.
    pub notes: Notes,
    /// Reports that its messages were not delivered.
    pub undelivered: Undeliveries,
    /// Whether it was reported before it was over, and what is left of it goes on: the
    /// figures over all calls take it from there.
    pub goes_on: bool,
    pub(super) texts: Texts,
    flows: Vec<Flow>,
    tags: Vec<Text>,
    facts: Facts,
}

/// What the allocations of a conversation take beside what is asked for, about.
const ALLOCATIONS: usize = 10 * 16;
/// Flows of one conversation that are told apart.
const MAX_FLOWS: usize = 1 << 12;
/// Tags of one conversation that are told apart; a byte of each message names one.
const MAX_TAGS: usize = 254;

impl Conversation {
    /// A conversation without messages; `first` decides what it is taken for.
    pub(super) fn new(call_id: &[u8], first: &Arrived<'_>) -> Self {
        let call_id = String::from_utf8_lossy(call_id).into();
        let nothing = Self::remaining(0, first.at, matter_of(first), Texts::default(), None);
        Self { call_id, ..nothing }
    }

    /// One of which only that is left.
    pub(super) fn remaining(
        number: u64,
        last_at: Timestamp,
        matter: Matter,
        texts: Texts,
        flow: Option<Flow>,
    ) -> Self {
        Self {
            call_id: Box::default(),
            number,
            last_at,
            messages: Vec::new(),
            messages_dropped: 0,
            matter,
            notes: Notes::default(),
            undelivered: Undeliveries::default(),
            goes_on: false,
            texts,
            flows: flow.into_iter().collect(),
            tags: Vec::new(),
            facts: Facts::default(),
        }
    }

    /// Takes a message of the conversation.
    pub(super) fn take(
        &mut self,
        arrived: &Arrived<'_>,
        correlation: &Correlation,
        limits: &Limits,
    ) -> Kept {
        self.last_at = self.last_at.max(arrived.at);
        if self.messages.len() >= limits.messages_per_conversation {
            self.messages_dropped += 1;
            return Kept::Not(Reason::TrackMessagesFull);
        }
        self.reconsider(arrived);
        let flow = self.flow_index(arrived.flow);
        let tags = self.tags_of(arrived);
        let message = Message::keep(arrived, flow, tags, &self.messages, &mut self.texts);
        let index = u32::try_from(self.messages.len()).unwrap_or(u32::MAX);
        let (first_copy, copy) = (message.is_first_copy(), message.copy_of.is_some());
        self.messages.push(message);
        if copy {
            return Kept::Copy;
        }
        self.notes.take(arrived, index, first_copy, &mut self.texts, limits);
        match &mut self.matter {
            Matter::Call(call) => {
                if first_copy {
                    self.facts.take(index, arrived, correlation, &mut self.texts);
                    if let Some(line) = arrived.told.line() {
                        self.facts.describe(index, line, &mut self.texts);
                    }
                }
                call.take(arrived, index, first_copy, &mut self.texts, limits.digits);
            }
            Matter::Registration(registration) => {
                registration.take(arrived, first_copy, &mut self.texts, limits);
            }
            Matter::Other(exchange) => exchange.take(arrived, &mut self.texts),
        }
        Kept::Message
    }

    /// Messages that were taken, kept or not.
    pub(super) fn taken_messages(&self) -> u64 {
        self.messages.len() as u64 + self.messages_dropped
    }

    /// What looked like something else becomes a call with its first INVITE,
    /// and a registration with its first REGISTER.
    fn reconsider(&mut self, arrived: &Arrived<'_>) {
        if let (Matter::Other(_), Some(Method::Invite | Method::Register)) =
            (&self.matter, arrived.sip.method())
        {
            self.matter = matter_of(arrived);
        }
    }

    fn tags_of(&mut self, arrived: &Arrived<'_>) -> Tags {
        let mut place = |tag: Option<&[u8]>| {
            let Some(tag) = tag else { return 0 };
            let mut known = self.tags.iter();
            let index = known.position(|known| self.texts.get(*known).as_bytes() == tag);
            let index = index.unwrap_or_else(|| {
                if self.tags.len() < MAX_TAGS {
                    push(&mut self.tags, self.texts.put(tag));
                    return self.tags.len() - 1;
                }
                MAX_TAGS
            });
            u8::try_from(index + 1).unwrap_or(u8::MAX)
        };
        Tags { from: place(arrived.sip.from_tag()), to: place(arrived.sip.to_tag()) }
    }

    fn flow_index(&mut self, flow: Flow) -> u16 {
        let known = self.flows.iter().position(|known| *known == flow);
        let index = known.unwrap_or_else(|| {
            if self.flows.len() < MAX_FLOWS {
                push(&mut self.flows, flow);
            }
            self.flows.len() - 1
        });
        u16::try_from(index).unwrap_or(u16::MAX)
    }

    /// The Call-ID; bytes that are not UTF-8 are replaced.
    pub fn call_id(&self) -> &str {
        &self.call_id
    }

    /// The texts that the matter and the messages refer to.
    pub const fn texts(&self) -> &Texts {
        &self.texts
    }

    /// From whom to whom a message went.
    pub fn flow_of(&self, message: &Message) -> Option<Flow> {
        self.flows.get(usize::from(message.flow)).copied()
    }

    /// From whom to whom message `index` went.
    pub fn flow_of_index(&self, index: u32) -> Option<Flow> {
        self.flow_of(self.messages.get(index as usize)?)
    }

    /// Every way that its messages went, in order of appearance.
    pub fn flows(&self) -> &[Flow] {
        &self.flows
    }

    /// The topmost branch of a message.
    pub fn branch_of(&self, message: &Message) -> Option<&str> {
        Some(self.texts.get(message.branch)).filter(|branch| !branch.is_empty())
    }

    /// The branch of a message's second Via, which the hop before used.
    pub fn upstream_branch_of(&self, message: &Message) -> Option<&str> {
        Some(self.texts.get(message.upstream)).filter(|branch| !branch.is_empty())
    }

    /// The tag of a message's From.
    pub fn from_tag_of(&self, message: &Message) -> Option<&str> {
        self.tag(message.tags.from)
    }

    /// The tag of a message's To.
    pub fn to_tag_of(&self, message: &Message) -> Option<&str> {
        self.tag(message.tags.to)
    }

    /// The tag at a place of [`Tags`].
    pub fn tag(&self, place: u8) -> Option<&str> {
        let tag = self.tags.get(usize::from(place).checked_sub(1)?)?;
        Some(self.texts.get(*tag))
    }

    /// What its messages say beyond what each of them has; only of calls.
    pub const fn facts(&self) -> &Facts {
        &self.facts
    }

    /// The User-Agent or Server of a message.
    pub fn agent_of(&self, message: &Message) -> Option<&str> {
        Some(self.texts.get(message.agent)).filter(|agent| !agent.is_empty())
    }

    /// The User-Agent of the first message, if that is a request.
    pub fn first_agent(&self) -> Option<&str> {
        match self.messages.first() {
            Some(first) => self.agent_of(first).filter(|_| first.method().is_some()),
            None => self.registration().and_then(|one| one.agent(&self.texts)),
        }
    }

    /// The fingerprint of the latest REGISTER on the hop of the first.
    pub(super) fn latest_register(&self) -> Option<u64> {
        let is_register = |message: &&Message| message.method() == Some(Method::Register);
        let all = self.messages.iter().filter(is_register);
        let vias = all.clone().next().map(|first| first.vias);
        let latest = all.rev().find(|message| Some(message.vias) <= vias);
        let latest = latest.map(|message| message.fingerprint);
        latest.or_else(|| self.registration().and_then(|one| one.latest))
    }

    /// The method of a request as sent.
    pub fn method_of(&self, message: &Message) -> Option<&str> {
        match message.start {
            Start::Request(Method::Other) => Some(self.texts.get(message.phrase)),
            Start::Request(method) => Some(method.name()),
            Start::Response(_) => None,
        }
    }

    /// The reason phrase of a response as sent, possibly empty.
    pub fn reason_of(&self, message: &Message) -> Option<&str> {
        message.status().map(|_| self.texts.get(message.phrase))
    }

    /// Number and method of a message's CSeq.
    pub fn cseq_of(&self, message: &Message) -> Option<(u32, &str)> {
        let method = match message.cseq_method {
            Method::Other => self.texts.get(message.cseq_text),
            method => method.name(),
        };
        message.cseq_number.map(|number| (number, method))
    }

    /// The call, if it is one.
    pub fn call(&self) -> Option<&Call> {
        match &self.matter {
            Matter::Call(call) => Some(call),
            _ => None,
        }
    }

    /// The registration, if it is one.
    pub fn registration(&self) -> Option<&Registration> {
        match &self.matter {
            Matter::Registration(registration) => Some(registration),
            _ => None,
        }
    }

    /// Who sent a message of a call: its request's sender, or the other end of
    /// the request that it answers.
    pub(super) fn sender_of(&self, arrived: &Arrived<'_>) -> Side {
        let tag = arrived.sip.from_tag();
        let requester =
            self.call().and_then(|call| call.sender(tag, &self.texts)).unwrap_or(Side::Caller);
        if arrived.sip.is_request() { requester } else { requester.other() }
    }

    /// Whether nothing of it is an answer.
    pub(super) fn is_one_sided(&self) -> bool {
        self.messages.iter().all(|message| message.status().is_none())
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        let matter = match &self.matter {
            Matter::Call(call) => {
                size_of::<Call>()
                    + call.attempts.capacity() * size_of::<super::attempt::Attempt>()
                    + call.digits.capacity() * size_of::<super::call::InfoDigit>()
            }
            Matter::Registration(registration) => {
                size_of::<Registration>() + registration.heap_bytes()
            }
            Matter::Other(_) => size_of::<Exchange>(),
        };
        size_of::<Self>()
            + self.call_id.len()
            + self.messages.capacity() * size_of::<Message>()
            + self.flows.capacity() * size_of::<Flow>()
            + self.tags.capacity() * size_of::<Text>()
            + self.texts.bytes()
            + self.facts.bytes()
            + self.notes.bytes()
            + matter
            + ALLOCATIONS
    }

    /// Gives back memory that growing left over, once no more is expected.
    pub(super) fn shrink(&mut self) {
        self.messages.shrink_to_fit();
        self.flows.shrink_to_fit();
        self.tags.shrink_to_fit();
        self.facts.shrink();
        self.texts.shrink();
    }
}

impl Exchange {
    fn take(&mut self, arrived: &Arrived<'_>, texts: &mut Texts) {
        let sip = arrived.sip;
        if self.from.address.is_none() {
            let (src, dst) = if sip.is_request() {
                (arrived.flow.src, arrived.flow.dst)
            } else {
                (arrived.flow.dst, arrived.flow.src)
            };
            self.from = Party { address: Some(src), ..Party::named(sip.from().as_ref(), texts) };
            self.to = Party { address: Some(dst), ..Party::named(sip.to().as_ref(), texts) };
            self.vias = sip.via_count();
        }
        let is_theirs = || sip.from().is_some_and(|from| self.from.uri(texts) == str_of(from.uri));
        if sip.is_request() && sip.via_count() > self.vias && is_theirs() {
            // A proxy passes it on: the other end is behind the proxy.
            self.vias = sip.via_count();
            self.to.address = Some(arrived.flow.dst);
        }
        if Some(arrived.flow.src) == self.from.address {
            self.from.learn_user_agent(sip, texts);
        } else if Some(arrived.flow.src) == self.to.address {
            self.to.learn_user_agent(sip, texts);
        }
    }
}

fn str_of(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn matter_of(first: &Arrived<'_>) -> Matter {
    let method = match first.sip.start {
        StartLine::Request { method, .. } => method,
        StartLine::Response { .. } => first.sip.cseq().map_or(Method::Other, |cseq| cseq.method),
    };
    match method {
        Method::Register => Matter::Registration(Box::default()),
        // These come only inside the dialog of an INVITE.
        Method::Invite
        | Method::Ack
        | Method::Bye
        | Method::Cancel
        | Method::Prack
        | Method::Update
        | Method::Info => Matter::Call(Box::default()),
        _ => Matter::Other(Box::default()),
    }
}

/// The first request's method of an exchange, else the CSeq's of its first response.
pub fn leading_method(conversation: &Conversation) -> Option<&str> {
    let first_request =
        conversation.messages.iter().find_map(|message| conversation.method_of(message));
    first_request.or_else(|| {
        let first = conversation.messages.first()?;
        conversation.cseq_of(first).map(|(_, method)| method)
    })
}
