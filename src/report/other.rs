//! Rows of exchanges that are neither calls nor registrations.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::call::{PartyRow, StatusRow, party};
use super::event::{self, EventsRow};
use super::facts::PartyFacts;
use super::identity::{self, IdentityRow};
use super::message::{self, MessageRow, start_of};
use super::transaction::{self, HopRow, TransactionRow};
use super::vq::{self, VqReportRow};
use crate::base::time::Span;
use crate::track::ConversationId;
use crate::track::conversation::{Conversation, Matter, leading_method};
use crate::track::hops::Travels;
use crate::track::message::Message;

/// An exchange that is neither a call nor a registration.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct DialogRow<'a> {
    /// Stable within the report: `dialog-1`.
    pub id: String,
    /// The method that began it.
    pub method: Option<String>,
    /// Call-ID.
    pub call_id: String,
    /// From.
    pub from: PartyRow,
    /// To.
    pub to: PartyRow,
    /// When the first message came.
    pub start_time: String,
    /// Seconds from the first message to the last.
    pub duration_s: f64,
    /// The last final response.
    pub final_status: Option<StatusRow>,
    /// First request to its final response, on its first hop: of an OPTIONS keep-alive the round trip.
    pub round_trip_ms: Option<f64>,
    /// Subscriptions and bodies; null if it has none.
    pub events: Option<EventsRow>,
    /// Identity and routing facts.
    pub identity: IdentityRow,
    /// Its SIP messages in order of capture.
    pub messages: Vec<MessageRow<'a>>,
    /// Its transactions, each hop's apart, in the order of their first messages.
    pub transactions: Vec<TransactionRow<'a>>,
    /// The hops over which its messages went.
    pub hops: Vec<HopRow>,
    /// Voice quality reports that it carried (RFC 6035).
    pub voice_quality_reports: Vec<VqReportRow>,
}

/// The row of another exchange.
pub(super) fn dialog<'a>(context: &Context<'a>, id: ConversationId) -> Option<DialogRow<'a>> {
    let conversation = context.snapshot.conversations.get(id.0 as usize)?;
    let Matter::Other(exchange) = &conversation.matter else { return None };
    let start = start_of(conversation);
    let last = conversation.messages.last().map_or(start, |last| last.at);
    let end = |of| party(PartyFacts { party: of, conversation });
    let travels = Travels::of(conversation);
    let (transactions, hops) = transaction::all(context, conversation, &travels);
    Some(DialogRow {
        id: context.name(id)?,
        method: leading_method(conversation).map(str::to_owned),
        call_id: conversation.call_id().to_owned(),
        from: end(&exchange.from),
        to: end(&exchange.to),
        start_time: context.time(start),
        duration_s: last.since(start).as_secs(),
        final_status: final_status(conversation),
        round_trip_ms: round_trip(conversation).map(Span::as_ms),
        events: event::row(context, std::iter::once(conversation)),
        identity: identity::row(context, std::iter::once(conversation)),
        messages: message::rows(context, conversation, &travels, start),
        transactions,
        hops,
        voice_quality_reports: vq::carried_by(context, conversation.call_id()),
    })
}

fn final_status(conversation: &Conversation) -> Option<StatusRow> {
    let last = conversation
        .messages
        .iter()
        .rev()
        .find(|message| message.status().is_some_and(|status| status >= 200))?;
    Some(StatusRow { code: last.status()?, reason: conversation.reason_of(last)?.to_owned() })
}

/// First request to its final response, where that is of the same transaction.
fn round_trip(conversation: &Conversation) -> Option<Span> {
    let request = conversation.messages.first().filter(|first| first.method().is_some())?;
    let branch = conversation.branch_of(request)?;
    let answers = |message: &&Message| {
        message.status().is_some_and(|status| status >= 200)
            && message.cseq_number == request.cseq_number
            && conversation.branch_of(message) == Some(branch)
    };
    let answer = conversation.messages.iter().find(answers)?;
    Some(answer.at.since(request.at))
}
