//! A call as a vCon, the container of the IETF working group of that name for
//! conversations (draft-ietf-vcon-vcon-core-04, unsigned form, syntax 0.4.0).
//!
//! The parties are the caller, the callee and whom the call was transferred to;
//! the dialog is the conversation and, of a transfer, who transferred whom; what
//! siplens found out is the analysis, with the rows of the report.

mod body;
mod dialog;
mod party;
mod uuid;

use serde::Serialize;

pub use self::body::Recording;
use self::dialog::Dialog;
use self::party::{Parties, Party};
use super::build::Context;
use super::call::CallRow;
use super::facts::CallFacts;
use super::finding::FindingRow;
use super::stream::StreamRow;
use crate::base::time::Timestamp;
use crate::redact::Scope;
use crate::track::ConversationId;

/// What is known of a vCon apart from its call.
#[derive(Debug, Default)]
pub struct Making {
    /// When it is made.
    pub created: Timestamp,
    /// What pseudonyms stand for, if they do.
    pub redacted: Option<Scope>,
    /// What was said, where it was listened to.
    pub recording: Option<Recording>,
}

/// A call in a vCon.
#[derive(Debug, Serialize)]
pub struct Vcon<'a> {
    #[serde(rename = "vcon")]
    syntax: &'static str,
    uuid: String,
    created_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    redacted: Option<Redacted>,
    parties: Vec<Party>,
    dialog: Vec<Dialog>,
    analysis: [Analysis<'a>; 1],
    attachments: [(); 0],
}

/// That it is not the original, and in what.
#[derive(Debug, Serialize)]
struct Redacted {
    /// What was replaced. There is no `uuid`: the original is not made, and nothing of it is kept.
    #[serde(rename = "type")]
    what: &'static str,
}

/// What siplens found out.
#[derive(Debug, Serialize)]
struct Analysis<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    dialog: Vec<usize>,
    mediatype: &'static str,
    vendor: &'static str,
    product: &'static str,
    schema: &'static str,
    encoding: &'static str,
    body: Told<'a>,
}

/// The rows of the report that are about the call; see `siplens schema`.
#[derive(Debug, Serialize)]
struct Told<'a> {
    call: CallRow<'a>,
    streams: Vec<StreamRow>,
    findings: Vec<FindingRow>,
}

/// The vCon of a call whose row is at hand; `None` for what is none or is not chosen.
pub fn vcon<'a>(
    context: &'a Context<'a>,
    id: ConversationId,
    call: CallRow<'a>,
    making: Making,
) -> Option<Vcon<'a>> {
    let facts = CallFacts::of(context, id)?;
    let start = facts.start();
    let mut parties = Parties::of(&call);
    let dialog = dialog::of(context, &call, start, &mut parties, making.recording);
    let streams = call.streams.iter().filter_map(|name| context.stream(name)).collect();
    let findings = call.findings.iter().filter_map(|name| context.finding(name)).collect();
    let redacted = making.redacted.map(|scope| Redacted { what: what(scope) });
    let told_of = dialog.iter().enumerate().filter(|(_, dialog)| !dialog.is_transfer());
    Some(Vcon {
        syntax: "0.4.0",
        uuid: uuid::of(start, facts.call_ids(), redacted.as_ref().map(|redacted| redacted.what)),
        created_at: context.time(making.created),
        redacted,
        parties: parties.into_list(),
        analysis: [Analysis {
            kind: "report",
            dialog: told_of.map(|(place, _)| place).collect(),
            mediatype: "application/json",
            vendor: "siplens",
            product: concat!("siplens ", env!("CARGO_PKG_VERSION")),
            schema: super::build::SCHEMA,
            encoding: "json",
            body: Told { call, streams, findings },
        }],
        dialog,
        attachments: [],
    })
}

const fn what(scope: Scope) -> &'static str {
    match scope {
        Scope::Numbers => "telephone numbers as pseudonyms, voice left out",
        Scope::Addresses => "addresses as pseudonyms, voice left out",
        Scope::All => "all that names people and places as pseudonyms, voice left out",
    }
}
