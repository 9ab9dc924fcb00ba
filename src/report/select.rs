//! Which conversations a report is about.

use std::net::IpAddr;

use crate::redact::Originals;
use crate::track::ConversationId;
use crate::track::conversation::{Conversation, Matter};
use crate::track::party::Party;
use crate::track::text::Texts;

/// Which conversations are chosen: those that match something of every kind
/// that is asked for. Without any, all are.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Selection {
    /// Parts of Call-IDs.
    pub call_ids: Vec<String>,
    /// Parts of numbers or names: user parts of From, To, or the address of record.
    pub numbers: Vec<String>,
    /// Addresses between which messages went.
    pub ips: Vec<IpAddr>,
    /// Exactly these, in order; `None` for any.
    pub only: Option<Vec<ConversationId>>,
    /// Who stands behind pseudonyms: Call-IDs and users are those.
    pub originals: Originals,
}

impl Selection {
    /// Whether all conversations are chosen.
    pub const fn is_all(&self) -> bool {
        self.call_ids.is_empty()
            && self.numbers.is_empty()
            && self.ips.is_empty()
            && self.only.is_none()
    }

    /// Whether a conversation is chosen.
    pub fn takes(&self, id: ConversationId, conversation: &Conversation) -> bool {
        if let Some(only) = &self.only
            && only.binary_search_by_key(&id.0, |id| id.0).is_err()
        {
            return false;
        }
        let any = |wanted: bool, found: bool| !wanted || found;
        any(!self.call_ids.is_empty(), {
            let call_id = self.call_id(conversation);
            self.call_ids.iter().any(|part| call_id.contains(part.as_str()))
        }) && any(!self.numbers.is_empty(), {
            let users = self.users(conversation);
            self.numbers.iter().any(|part| users.iter().any(|user| user.contains(part.as_str())))
        }) && any(!self.ips.is_empty(), {
            let mut flows = conversation.flows().iter();
            flows.any(|flow| self.ips.contains(&flow.src.ip) || self.ips.contains(&flow.dst.ip))
        })
    }

    /// The Call-ID of a conversation as the capture has it.
    pub fn call_id<'c>(&'c self, conversation: &'c Conversation) -> &'c str {
        let original = self.originals.of(conversation.call_id());
        original.map_or_else(|| conversation.call_id(), |original| &original.call_id)
    }

    /// The user parts of a conversation's ends as the capture has them.
    pub fn users(&self, conversation: &Conversation) -> Vec<String> {
        let original = self.originals.of(conversation.call_id());
        original.map_or_else(|| users(conversation), |original| original.users.clone())
    }
}

/// The user parts of a conversation's ends.
pub fn users(conversation: &Conversation) -> Vec<String> {
    fn ends<'a>(parties: [&'a Party; 2], texts: &'a Texts) -> Vec<String> {
        parties.into_iter().filter_map(|party| party.user(texts)).collect()
    }
    let texts = conversation.texts();
    match &conversation.matter {
        Matter::Call(call) => ends([&call.caller, &call.callee], texts),
        Matter::Other(exchange) => ends([&exchange.from, &exchange.to], texts),
        Matter::Registration(registration) => registration.user(texts).into_iter().collect(),
    }
}
