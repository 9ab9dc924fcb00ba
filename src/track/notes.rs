//! What a conversation's header fields and bodies say beyond calls and registrations.

use super::Side;
use super::identity::{self, Identity};
use super::message::Arrived;
use super::subscription::{self, Events};
use super::text::{Text, Texts};
use crate::base::limits::Limits;
use crate::wire::sip::Method;

/// An INVITE outside a dialog, and for whom.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The Request-URI.
    pub(super) uri: Text,
    /// The message, as an index into the conversation.
    pub message: u32,
}

/// INVITEs with Request-URIs of their own that are kept of one conversation.
const MAX_TARGETS: usize = 16;

/// The facts.
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// Identity and routing, if any was seen.
    pub identity: Option<Box<Identity>>,
    /// Subscriptions, publications and bodies, if any were seen.
    pub events: Option<Box<Events>>,
    /// Where its INVITEs were sent, each Request-URI once.
    pub targets: Vec<Target>,
    /// The From tag of the first message.
    first_tag: Option<Text>,
}

impl Notes {
    /// Takes a message; `index` is its place in the conversation.
    pub(super) fn take(
        &mut self,
        arrived: &Arrived<'_>,
        index: u32,
        first_copy: bool,
        texts: &mut Texts,
        limits: &Limits,
    ) {
        if !first_copy {
            return;
        }
        let sip = arrived.sip;
        let tag = sip.from_tag().unwrap_or_default();
        let first_tag = *self.first_tag.get_or_insert_with(|| texts.put(tag));
        let requester =
            if texts.get(first_tag).as_bytes() == tag { Side::Caller } else { Side::Callee };
        let sender = if sip.is_request() { requester } else { requester.other() };
        if sip.method() == Some(Method::Invite) && sip.to_tag().is_none() {
            self.target(arrived, index, texts);
        }
        if identity::has_facts(arrived) {
            self.identity.get_or_insert_default().take(arrived, sender, limits.identity);
        }
        if subscription::concerns(arrived) {
            let events = self.events.get_or_insert_default();
            events.take(arrived, requester, texts, limits.bodies);
        }
    }

    fn target(&mut self, arrived: &Arrived<'_>, index: u32, texts: &mut Texts) {
        let Some(uri) = arrived.sip.request_uri() else { return };
        let known = self.targets.iter().any(|target| texts.get(target.uri).as_bytes() == uri);
        if !known && self.targets.len() < MAX_TARGETS {
            self.targets.push(Target { uri: texts.put(uri), message: index });
        }
    }
}

impl Notes {
    /// Bytes that they take, about.
    pub(super) fn bytes(&self) -> usize {
        let identity = self.identity.as_ref().map_or(0, |identity| identity.bytes());
        let events = self.events.as_ref().map_or(0, |events| events.bytes());
        self.targets.capacity() * size_of::<Target>() + identity + events
    }
}

impl Target {
    /// The Request-URI.
    pub fn uri<'t>(&self, texts: &'t Texts) -> &'t str {
        texts.get(self.uri)
    }
}
