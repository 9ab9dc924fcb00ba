//! Rows of a call's legs, and of calls that may be legs of it.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::call::{PartyRow, StatusRow, Times, final_response, party};
use super::facts::PartyFacts;
use super::message::start_of;
use crate::track::ConversationId;
use crate::track::call::Call;
use crate::track::conversation::Conversation;
use crate::track::legs::{Basis, Leg};

/// A Call-ID of a call.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct LegRow {
    /// Call-ID.
    pub call_id: String,
    /// The caller's tag.
    pub from_tag: Option<String>,
    /// Tags of those who answered.
    pub to_tags: Vec<String>,
    /// `a` is the leg nearest the caller.
    pub role: String,
    /// Who calls on this leg.
    pub caller: PartyRow,
    /// Who is called on this leg.
    pub callee: PartyRow,
    /// Where this leg stands, in the words of the call's `state`.
    pub state: &'static str,
    /// When its first message came.
    pub start_time: String,
    /// When it was answered.
    pub answer_time: Option<String>,
    /// When it was over.
    pub end_time: Option<String>,
    /// The final response to its INVITE.
    pub final_status: Option<StatusRow>,
    /// The Call-ID of the leg because of which it was begun; null for the first.
    pub linked_to: Option<String>,
    /// On what that rests, strongest first; empty for the first.
    pub linked_by: Vec<BasisRow>,
    /// `certain`: an identity that both carry; `strong`: the same media on both;
    /// `probable`: numbers, place and time. Null for the first.
    #[schemars(extend("enum" = ["certain", "strong", "probable", null]))]
    pub confidence: Option<&'static str>,
}

/// Something that speaks for two calls being legs of one.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct BasisRow {
    /// `session_id` (RFC 7989), `charging_id` (RFC 7315), `header`, `call_id` (one is made from
    /// the other), `in_reply_to`, `media_address`, `media_stream`, `element` (the one was begun
    /// where the other arrived), `relay` (the stream of one arrives where that of the other
    /// leaves), `numbers`, `timing`.
    pub basis: &'static str,
    /// What both have: a UUID, a header and its value, an address, an SSRC, a number.
    pub value: Option<String>,
}

/// A call that may be another leg and stays apart.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct CandidateRow {
    /// The call, if the report has it.
    pub call: Option<String>,
    /// Its Call-ID.
    pub call_id: String,
    /// What speaks for it.
    pub basis: Vec<BasisRow>,
    /// Why it stays apart.
    pub why_apart: &'static str,
    /// Whether little speaks for it, rather than something against it.
    pub is_weak: bool,
}

/// The legs of a call.
pub(super) fn rows(context: &Context<'_>, leader: ConversationId) -> Vec<LegRow> {
    let alone = [Leg { id: leader, link: None }];
    let joined = context.snapshot.legs.of(leader);
    let legs = if joined.is_empty() { &alone[..] } else { joined };
    let rows = legs.iter().enumerate().filter_map(|(index, leg)| {
        let conversation = context.snapshot.conversations.get(leg.id.0 as usize)?;
        Some(row(context, index, leg, conversation, conversation.call()?))
    });
    rows.collect()
}

fn row(
    context: &Context<'_>,
    index: usize,
    leg: &Leg,
    conversation: &Conversation,
    call: &Call,
) -> LegRow {
    let texts = conversation.texts();
    let end = |of| party(PartyFacts { party: of, conversation });
    let to = leg.link.as_ref().and_then(|link| {
        let to = context.snapshot.conversations.get(link.to.0 as usize)?;
        Some(to.call_id().to_owned())
    });
    LegRow {
        call_id: conversation.call_id().to_owned(),
        from_tag: call.from_tag(texts).map(str::to_owned),
        to_tags: call.to_tags(texts).map(str::to_owned).collect(),
        role: role(index),
        caller: end(&call.caller),
        callee: end(&call.callee),
        state: call.state(context.snapshot.now()).name(),
        start_time: context.time(start_of(conversation)),
        answer_time: Times::of(call).answer.map(|at| context.time(at)),
        end_time: call.ended().map(|at| context.time(at)),
        final_status: final_response(conversation, call).map(StatusRow::of),
        linked_to: to,
        linked_by: leg.link.iter().flat_map(|link| &link.basis).map(basis).collect(),
        confidence: leg.link.as_ref().map(|link| link.confidence.name()),
    }
}

/// `a`, `b`, ... `z`, then `leg-27`.
pub(super) fn role(index: usize) -> String {
    let letter = u8::try_from(index).ok().filter(|index| *index < 26).map(|index| b'a' + index);
    letter.map_or_else(|| format!("leg-{}", index + 1), |letter| char::from(letter).to_string())
}

fn basis(basis: &Basis) -> BasisRow {
    let value = match basis {
        Basis::SessionId(id)
        | Basis::ChargingId(id)
        | Basis::CallId(id)
        | Basis::InReplyTo(id)
        | Basis::Numbers(id) => Some(id.clone()),
        Basis::Header(name, value) => Some(format!("{name}: {value}")),
        Basis::MediaAddress(endpoint) => Some(endpoint.to_string()),
        Basis::MediaStream(ssrc) => Some(ssrc.to_string()),
        Basis::Element(ip) | Basis::Relay(ip) => Some(ip.to_string()),
        Basis::Timing => None,
    };
    BasisRow { basis: basis.name(), value }
}

/// The calls that may be legs of a call and stay apart.
pub(super) fn candidates(context: &Context<'_>, leader: ConversationId) -> Vec<CandidateRow> {
    let legs = &context.snapshot.legs;
    let all = legs.members(leader).flat_map(|id| legs.candidates(id));
    let rows = all.filter_map(|candidate| {
        let other = context.snapshot.conversations.get(candidate.with.0 as usize)?;
        Some(CandidateRow {
            call: context.call_name(candidate.with),
            call_id: other.call_id().to_owned(),
            basis: candidate.basis.iter().map(basis).collect(),
            why_apart: candidate.why_apart,
            is_weak: candidate.why_apart == crate::track::legs::TOO_LITTLE,
        })
    });
    rows.collect()
}
