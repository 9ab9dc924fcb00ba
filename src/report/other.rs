//! Rows of registrations and of exchanges that are neither calls nor registrations.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::call::{PartyRow, StatusRow, party};
use super::message::{self, MessageRow, start_of};
use super::value::Address;
use crate::base::time::Span;
use crate::track::ConversationId;
use crate::track::conversation::{Conversation, Matter, leading_method};

/// A registration.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct RegistrationRow<'a> {
    /// Stable within the report: `registration-1`.
    pub id: String,
    /// The address of record.
    pub aor: Option<String>,
    /// The contact bound last.
    pub contact: Option<String>,
    /// Where the REGISTERs come from.
    pub address: Option<Address>,
    /// `pending`, `registered`, `unregistered`, `challenged`, `failed` or `timed_out`.
    #[schemars(extend("enum" = ["pending", "registered", "unregistered", "challenged", "failed", "timed_out"]))]
    pub state: &'static str,
    /// Lifetime that the registrar granted last, in seconds.
    pub expires_s: Option<u64>,
    /// First REGISTER to its 2xx, challenge included (RFC 6076 section 4.1).
    pub delay_ms: Option<f64>,
    /// When the first message came.
    pub start_time: String,
    /// Attempts: a challenged REGISTER and its successor are one.
    pub attempts: u32,
    /// Attempts that got a 2xx.
    pub succeeded: u32,
    /// Attempts that were refused or got no answer.
    pub failed: u32,
    /// Its SIP messages in order of capture.
    pub messages: Vec<MessageRow<'a>>,
    /// Findings about it.
    pub findings: Vec<String>,
}

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
    /// Its SIP messages in order of capture.
    pub messages: Vec<MessageRow<'a>>,
}

/// The row of a registration.
pub(super) fn registration<'a>(
    context: &Context<'a>,
    id: ConversationId,
    number: usize,
) -> Option<RegistrationRow<'a>> {
    let conversation = context.snapshot.conversations.get(id.0 as usize)?;
    let registration = conversation.registration()?;
    let (texts, now) = (conversation.texts(), context.snapshot.now());
    Some(RegistrationRow {
        id: format!("registration-{}", number + 1),
        aor: registration.aor(texts).map(str::to_owned),
        contact: registration.contact(texts).map(str::to_owned),
        address: registration.address.map(Address::from),
        state: registration.state(now).name(),
        expires_s: registration.expires_s,
        delay_ms: registration.delay.map(Span::as_ms),
        start_time: context.time(start_of(conversation)),
        attempts: registration.attempts,
        succeeded: registration.succeeded,
        failed: registration.failed_by(now),
        messages: message::all(context, conversation),
        findings: context.findings_of(id),
    })
}

/// The row of another exchange.
pub(super) fn dialog<'a>(
    context: &Context<'a>,
    id: ConversationId,
    number: usize,
) -> Option<DialogRow<'a>> {
    let conversation = context.snapshot.conversations.get(id.0 as usize)?;
    let Matter::Other(exchange) = &conversation.matter else { return None };
    let start = start_of(conversation);
    let end = conversation.messages.last().map_or(start, |last| last.at);
    Some(DialogRow {
        id: format!("dialog-{}", number + 1),
        method: leading_method(conversation).map(str::to_owned),
        call_id: conversation.call_id().to_owned(),
        from: party(&exchange.from, conversation),
        to: party(&exchange.to, conversation),
        start_time: context.time(start),
        duration_s: end.since(start).as_secs(),
        final_status: final_status(conversation),
        messages: message::all(context, conversation),
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
