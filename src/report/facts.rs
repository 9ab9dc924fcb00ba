//! A call fact by fact: what filters, orders and lists of many calls read,
//! which would take long if each call's whole row were made for it.
//!
//! [`CallRow`](super::call::CallRow) is made of the same facts, so that the two
//! cannot say different things.

use std::net::IpAddr;

use super::build::Context;
use super::call::{self, CallMosRow, DtmfRow, Times};
use super::message::start_of;
use super::stream;
use super::value::{Address, FrameRef};
use crate::base::time::{Span, Timestamp};
use crate::diagnosis::Finding;
use crate::track::call::Call;
use crate::track::conversation::Conversation;
use crate::track::identity::{Identity, Named, Naming};
use crate::track::message::Message;
use crate::track::other_media::OtherMedia;
use crate::track::party::Party;
use crate::track::stream::Stream;
use crate::track::{ConversationId, Side};

/// A leg of a call.
pub(super) type Member<'a> = (ConversationId, &'a Conversation, &'a Call);

/// A call, whose facts are made when they are asked for.
#[derive(Clone, Debug)]
pub struct CallFacts<'a> {
    pub(super) context: &'a Context<'a>,
    /// The first leg.
    pub(super) id: ConversationId,
    pub(super) conversation: &'a Conversation,
    pub(super) call: &'a Call,
    pub(super) members: Vec<Member<'a>>,
}

/// An end of a call.
#[derive(Clone, Copy, Debug)]
pub struct PartyFacts<'a> {
    pub(super) party: &'a Party,
    pub(super) conversation: &'a Conversation,
}

impl<'a> PartyFacts<'a> {
    /// The URI of From or To as sent.
    pub fn uri(self) -> Option<&'a str> {
        self.party.uri(self.conversation.texts())
    }

    /// Its user part, escapes undone; a tel URI's number.
    pub fn user(self) -> Option<String> {
        self.party.user(self.conversation.texts())
    }

    /// The display name.
    pub fn display_name(self) -> Option<&'a str> {
        self.party.display_name(self.conversation.texts())
    }

    /// Where it signals from, as far as the capture sees.
    pub fn address(self) -> Option<Address> {
        self.party.address.map(Address::from)
    }

    /// User-Agent or Server.
    pub fn user_agent(self) -> Option<&'a str> {
        self.party.user_agent(self.conversation.texts())
    }
}

impl<'a> CallFacts<'a> {
    /// The call whose first leg that is; `None` for what is none or is not chosen.
    pub fn of(context: &'a Context<'a>, id: ConversationId) -> Option<Self> {
        context.call_name(id)?;
        let members: Vec<_> = context.members(id).collect();
        let (_, conversation, call) = *members.first()?;
        Some(Self { context, id, conversation, call, members })
    }

    /// The call at a place in the report's list of calls.
    pub fn at(context: &'a Context<'a>, place: usize) -> Option<Self> {
        Self::of(context, *context.calls().get(place)?)
    }

    fn time(&self, at: Option<Timestamp>) -> Option<String> {
        at.map(|at| self.context.time(at))
    }

    fn times(&self) -> Times {
        Times::of(self.call)
    }

    /// Its name in the report: `call-1`.
    pub fn name(&self) -> String {
        self.context.call_name(self.id).unwrap_or_default()
    }

    /// Its number in the report.
    pub fn number(&self) -> Option<u64> {
        self.context.number(self.id)
    }

    /// How far it came, in the words of [`CallRow`](super::call::CallRow).
    pub fn state(&self) -> &'static str {
        self.call.state(self.context.snapshot.now()).name()
    }

    /// Who calls.
    pub fn caller(&self) -> PartyFacts<'a> {
        PartyFacts { party: &self.call.caller, conversation: self.conversation }
    }

    /// The leg that tells best who is called: the one that goes farthest.
    fn farthest(&self) -> (&'a Conversation, &'a Call) {
        let answered = self.call.is_answered();
        let farthest = self.members.iter().rev().find(|(_, _, leg)| leg.is_answered() || !answered);
        farthest.map_or((self.conversation, self.call), |(_, far, call)| (far, call))
    }

    /// Who is called.
    pub fn callee(&self) -> PartyFacts<'a> {
        let (conversation, call) = self.farthest();
        PartyFacts { party: &call.callee, conversation }
    }

    /// The caller as the network asserts it: user part, else URI, of the first
    /// P-Asserted-Identity of the caller (RFC 3325).
    pub fn asserted_caller(&self) -> Option<String> {
        let of_caller = |named: &&Named| named.by == Naming::Asserted && named.of == Side::Caller;
        let named = self.identities().find_map(|identity| identity.named.iter().find(of_caller))?;
        Some(named.user.as_ref().unwrap_or(&named.uri).clone())
    }

    /// Who diverted the call last: user part, else URI, of the first Diversion (RFC 5806).
    pub fn diverted_by(&self) -> Option<String> {
        let last = self.identities().find_map(|identity| identity.diversions.first())?;
        Some(last.user.as_ref().unwrap_or(&last.uri).clone())
    }

    fn identities(&self) -> impl Iterator<Item = &'a Identity> {
        self.members.iter().filter_map(|(_, leg, _)| leg.notes.identity.as_deref())
    }

    /// The Call-IDs of its legs, that of the first leg first.
    pub fn call_ids(&self) -> impl Iterator<Item = &'a str> {
        self.members.iter().map(|(_, leg, _)| leg.call_id())
    }

    pub(super) fn start(&self) -> Timestamp {
        start_of(self.conversation)
    }

    /// When its first message came.
    pub fn start_time(&self) -> String {
        self.context.time(self.start())
    }

    /// When the caller's side saw 180.
    pub fn ringing_time(&self) -> Option<String> {
        self.time(self.times().ringing)
    }

    /// When the caller's side saw the 2xx.
    pub fn answer_time(&self) -> Option<String> {
        self.time(self.times().answer)
    }

    /// When it was over.
    pub fn end_time(&self) -> Option<String> {
        self.time(self.call.ended())
    }

    /// INVITE to the first 180 or 183, or to the 2xx without them.
    pub fn post_dial_delay_ms(&self) -> Option<f64> {
        self.times().post_dial_delay().map(Span::as_ms)
    }

    /// INVITE to the 2xx.
    pub fn setup_ms(&self) -> Option<f64> {
        self.times().setup().map(Span::as_ms)
    }

    /// 180 to the 2xx.
    pub fn ring_ms(&self) -> Option<f64> {
        self.times().ring().map(Span::as_ms)
    }

    /// 2xx to the BYE.
    pub fn duration_s(&self) -> Option<f64> {
        self.times().duration().map(Span::as_secs)
    }

    /// BYE to its 2xx.
    pub fn disconnect_ms(&self) -> Option<f64> {
        self.times().disconnect().map(Span::as_ms)
    }

    /// Code and phrase of the final response to the INVITE.
    pub fn final_status(&self) -> Option<(u16, &'a str)> {
        call::final_response(self.conversation, self.call)
    }

    /// `caller`, `callee` or `network`; null where the messages do not tell.
    pub fn released_by(&self) -> Option<&'static str> {
        call::released_by(self.call, self.farthest().1, self.context.snapshot.now())
    }

    /// The leg whose Reason header tells why it ended.
    pub(super) fn explained(&self) -> Option<&'a Call> {
        [self.call, self.farthest().1].into_iter().find(|leg| leg.reason.is_some())
    }

    /// The protocol of the Reason header that tells why it ended.
    pub fn cause_protocol(&self) -> Option<&'a str> {
        Some(&*self.explained()?.reason.as_ref()?.protocol)
    }

    /// The cause in that header.
    pub fn cause(&self) -> Option<u32> {
        self.explained()?.reason.as_ref()?.cause
    }

    /// The text in that header.
    pub fn cause_text(&self) -> Option<&'a str> {
        self.explained()?.reason.as_ref()?.text.as_deref()
    }

    /// Whether the capture began after its INVITE.
    pub fn began_before_capture(&self) -> bool {
        self.call.attempts.first().is_none_or(|attempt| attempt.at.is_none())
    }

    /// Times that a 401 or 407 was answered with credentials.
    pub fn challenges(&self) -> u32 {
        self.call.attempts.iter().map(|attempt| u32::from(attempt.challenges)).sum()
    }

    /// Its messages in the order of capture.
    fn messages(&self) -> Vec<(&'a Conversation, &'a Message)> {
        let of_leg = |(_, leg, _): &Member<'a>| {
            let leg = *leg;
            leg.messages.iter().map(move |message| (leg, message))
        };
        let mut all: Vec<_> = self.members.iter().flat_map(of_leg).collect();
        if self.members.len() > 1 {
            all.sort_by_key(|(_, message)| (message.at, message.frame));
        }
        all
    }

    /// How many messages are listed.
    pub fn message_count(&self) -> usize {
        self.members.iter().map(|(_, leg, _)| leg.messages.len()).sum()
    }

    /// Messages beyond the cap of one call.
    pub fn messages_dropped(&self) -> u64 {
        self.members.iter().map(|(_, leg, _)| leg.messages_dropped).sum()
    }

    /// Messages sent again.
    pub fn retransmissions(&self) -> usize {
        let all = self.members.iter().flat_map(|(_, leg, _)| &leg.messages);
        all.filter(|message| message.retransmission_of.is_some()).count()
    }

    /// The method of each request.
    pub fn methods(&self) -> impl Iterator<Item = &'a str> {
        self.messages().into_iter().filter_map(|(leg, message)| leg.method_of(message))
    }

    /// What carried each message.
    pub fn transports(&self) -> impl Iterator<Item = &'static str> {
        self.messages().into_iter().map(|(_, message)| message.transport.name())
    }

    /// From where and to where each message went.
    pub fn hosts(&self) -> impl Iterator<Item = IpAddr> {
        let flows = self.messages().into_iter().filter_map(|(leg, message)| leg.flow_of(message));
        flows.flat_map(|flow| [flow.src.ip, flow.dst.ip])
    }

    /// The frame of each message.
    pub fn frames(&self) -> impl Iterator<Item = FrameRef> {
        let context = self.context;
        self.messages().into_iter().map(|(_, message)| context.frame(message.frame))
    }

    /// ICMP errors about its messages that are listed.
    pub fn undelivered(&self) -> usize {
        self.members.iter().map(|(_, leg, _)| leg.undelivered.first.len()).sum()
    }

    pub(super) fn streams(&self) -> Vec<(u32, &'a Stream)> {
        self.context.streams_of(self.id)
    }

    /// How many RTP streams it has.
    pub fn stream_count(&self) -> usize {
        self.streams().len()
    }

    /// The RTP packets of its streams.
    pub fn packets(&self) -> u64 {
        self.streams().iter().map(|(_, stream)| stream.packets).sum()
    }

    /// Whether any of its streams is SRTP; `None` without streams.
    pub fn is_encrypted(&self) -> Option<bool> {
        let streams = self.streams();
        (!streams.is_empty()).then(|| streams.iter().any(|(_, stream)| stream.encrypted))
    }

    fn greatest(&self, figure: impl Fn(&Stream) -> Option<f64>) -> Option<f64> {
        self.streams().iter().filter_map(|(_, stream)| figure(stream)).max_by(f64::total_cmp)
    }

    /// Packets lost of those expected, of the stream that lost most.
    pub fn greatest_loss_percent(&self) -> Option<f64> {
        self.greatest(stream::lost_percent)
    }

    /// Mean jitter of the stream with most.
    pub fn greatest_mean_jitter_ms(&self) -> Option<f64> {
        self.greatest(|stream| stream::jitter(stream).mean)
    }

    /// Greatest jitter of any stream.
    pub fn greatest_jitter_ms(&self) -> Option<f64> {
        self.greatest(|stream| stream::jitter(stream).max)
    }

    /// The codecs of its streams, events too, in the order of streams.
    pub fn codecs(&self) -> impl Iterator<Item = &'a str> {
        let payloads = self.streams().into_iter().flat_map(|(_, stream)| &stream.payloads);
        payloads.filter_map(|payload| payload.meaning.name())
    }

    /// The codec in which most packets of each stream are; `None` where that
    /// is not known.
    pub fn main_codecs(&self) -> impl Iterator<Item = Option<&'a str>> {
        let streams = self.streams().into_iter();
        streams.map(|(_, stream)| stream.main_payload().and_then(|main| main.meaning.name()))
    }

    pub(super) fn other_media(&self) -> impl Iterator<Item = &'a OtherMedia> {
        self.context.other_media_of(self.id)
    }

    /// The transports of its media that are not RTP: `udptl`, `TCP/MSRP`.
    pub fn other_media_protocols(&self) -> impl Iterator<Item = &'a str> {
        self.other_media().map(|media| &*media.protocol)
    }

    /// What each side hears.
    pub fn mos(&self) -> CallMosRow {
        let hears = |side| stream::mos_heard_by(self.context, self.id, side);
        let (caller_hears, callee_hears) = (hears(Side::Caller), hears(Side::Callee));
        let worst = match (caller_hears, callee_hears) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        CallMosRow { caller_hears, callee_hears, worst }
    }

    /// Its DTMF digits in order.
    pub fn dtmf(&self) -> Vec<DtmfRow> {
        call::digits(self.context, self.id, &self.members, self.start())
    }

    fn findings(&self) -> impl Iterator<Item = &'a Finding> {
        self.context.findings_about(self.id).map(|(_, finding)| finding)
    }

    /// The rule and severity of each of its findings.
    pub fn finding_codes(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        self.findings().map(|finding| (finding.code, finding.severity.name()))
    }
}
