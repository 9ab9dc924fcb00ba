//! The lists of a report, for who does not ask for the figures over them.

use super::build::Context;
use super::call::{self, CallRow};
use super::endpoints::{self, EndpointRow};
use super::finding::{self, FindingRow};
use super::other::{self, DialogRow};
use super::registration::{self, RegistrationRow};
use super::rows::Rows;
use super::stream::{self, StreamRow};
use crate::track::ConversationId;

/// The rows of a report, in its order.
#[derive(Debug)]
pub struct Lists<'a> {
    /// Calls.
    pub calls: Rows<'a, CallRow<'a>>,
    /// Registrations.
    pub registrations: Rows<'a, RegistrationRow<'a>>,
    /// Exchanges that are neither.
    pub dialogs: Rows<'a, DialogRow<'a>>,
    /// RTP streams.
    pub streams: Rows<'a, StreamRow>,
    /// Addresses with their roles; nothing is looked over before they are asked for.
    pub endpoints: Rows<'a, EndpointRow>,
    /// What is wrong.
    pub findings: Rows<'a, FindingRow>,
}

impl<'a> Lists<'a> {
    /// The lists of what was looked over.
    pub fn of(context: &'a Context<'a>) -> Self {
        Self {
            calls: rows(&context.calls, |id| call::row(context, id)),
            registrations: rows(&context.registrations, |id| registration::row(context, id)),
            dialogs: rows(&context.dialogs, |id| other::dialog(context, id)),
            streams: Rows::new(context.stream_indexes().len(), move |index| {
                stream::row(context, *context.stream_indexes().get(index)?)
            }),
            endpoints: endpoints::endpoints(context),
            findings: Rows::new(context.findings.len(), move |index| {
                context.findings.get(index).map(|found| finding::row(context, index, found))
            }),
        }
    }
}

/// The rows of some conversations.
fn rows<'a, T>(
    ids: &'a [ConversationId],
    row: impl Fn(ConversationId) -> Option<T> + Send + Sync + 'a,
) -> Rows<'a, T> {
    Rows::new(ids.len(), move |index| row(*ids.get(index)?))
}
