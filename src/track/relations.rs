//! Which call another one came from or replaced.

use std::net::IpAddr;

use hashbrown::HashMap;

use super::ConversationId;
use super::conversation::Conversation;
use super::fact::Fact;
use super::numbers;
use super::reading::Reading;
use super::transfer::{Transfer, namings, transfers};
use crate::base::time::{Span, Timestamp};
use crate::wire::sip::Uri;

/// The calls that others lead to.
#[derive(Clone, Debug, Default)]
pub struct Relations {
    /// The call that a REFER led to, by the conversation and index of the REFER.
    pub referred: HashMap<(ConversationId, u32), ConversationId>,
    /// The call whose REFER led to this one.
    pub referred_by: HashMap<ConversationId, ConversationId>,
    /// The call of which this one replaces or joins a dialog.
    pub names: HashMap<ConversationId, ConversationId>,
    /// The call that replaces or joins a dialog of this one.
    pub named_by: HashMap<ConversationId, ConversationId>,
}

/// A call that a REFER leads to begins within this of it.
const FOLLOWS_WITHIN: Span = Span::from_secs(10);
/// Calls of one element that are looked at for one REFER.
const MOST_LOOKED_AT: usize = 256;

impl Relations {
    /// The relations between conversations, as of the end of what was seen.
    pub fn of(conversations: &[Conversation], now: Timestamp) -> Self {
        let mut relations = Self::default();
        let ids = || (0..).map(ConversationId).zip(conversations);
        let mentions = |wanted: fn(&Fact) -> bool| {
            move |conversation: &Conversation| {
                conversation.facts().all().iter().any(|(_, fact)| wanted(fact))
            }
        };
        let naming = mentions(|fact| matches!(fact, Fact::Replaces(_) | Fact::Join(_)));
        let named: Vec<_> = ids().filter(|(_, conversation)| naming(conversation)).collect();
        if !named.is_empty() {
            let by_call_id: HashMap<_, _> =
                ids().map(|(id, conversation)| (conversation.call_id(), id)).collect();
            for (id, conversation) in named {
                for naming in namings(&Reading::of(conversation, now)) {
                    if let Some(other) = by_call_id.get(naming.dialog.call_id.as_str()) {
                        relations.names.entry(id).or_insert(*other);
                        relations.named_by.entry(*other).or_insert(id);
                    }
                }
            }
        }
        let mut begun: Option<Begun> = None;
        let refers = mentions(|fact| matches!(fact, Fact::ReferTo(_)));
        for (id, conversation) in ids().filter(|(_, conversation)| refers(conversation)) {
            let reading = Reading::of(conversation, now);
            for transfer in transfers(&reading) {
                let begun = begun.get_or_insert_with(|| Begun::of(conversations));
                let led_to = begun
                    .after(&reading, &transfer)
                    .filter(|other| *other != id && !relations.referred_by.contains_key(other))
                    .find(|other| {
                        let other = conversations.get(other.0 as usize);
                        other.is_some_and(|other| calls(&transfer, other))
                    });
                if let Some(other) = led_to {
                    relations.referred.insert((id, transfer.request), other);
                    relations.referred_by.insert(other, id);
                }
            }
        }
        relations
    }
}

/// Calls by where they were begun, in order of time.
struct Begun(HashMap<IpAddr, Vec<(Timestamp, ConversationId)>>);

impl Begun {
    fn of(conversations: &[Conversation]) -> Self {
        let mut by_origin: HashMap<_, Vec<_>> = HashMap::new();
        for (id, conversation) in (0..).map(ConversationId).zip(conversations) {
            let Some(call) = conversation.call() else { continue };
            let at = call.attempts.first().and_then(|first| first.at);
            if let (Some(at), Some(origin)) = (at, call.caller.address) {
                by_origin.entry(origin.ip).or_default().push((at, id));
            }
        }
        by_origin.values_mut().for_each(|calls| calls.sort_unstable());
        Self(by_origin)
    }

    /// The calls begun soon after a REFER by an element of its call.
    fn after<'s>(
        &'s self,
        reading: &Reading<'_>,
        transfer: &Transfer,
    ) -> impl Iterator<Item = ConversationId> + use<'s> {
        let at = reading.at(transfer.request).unwrap_or_default();
        let mut elements: Vec<IpAddr> = Vec::new();
        for flow in reading.conversation.flows() {
            for ip in [flow.src.ip, flow.dst.ip] {
                if !elements.contains(&ip) {
                    elements.push(ip);
                }
            }
        }
        let mut found: Vec<(Timestamp, ConversationId)> = Vec::new();
        for calls in elements.iter().filter_map(|ip| self.0.get(ip)) {
            let first = calls.partition_point(|(begun, _)| *begun < at);
            let rest = calls.get(first..).unwrap_or_default().iter();
            let soon = rest.take_while(|(begun, _)| begun.since(at) <= FOLLOWS_WITHIN);
            found.extend(soon.take(MOST_LOOKED_AT));
        }
        found.sort_unstable();
        found.into_iter().map(|(_, id)| id)
    }
}

/// Whether a call is to the number that a REFER names.
fn calls(transfer: &Transfer, other: &Conversation) -> bool {
    let Some(call) = other.call() else { return false };
    let target = Uri::parse(transfer.target.as_bytes()).and_then(|uri| uri.user_text());
    let texts = other.texts();
    let mut called: Vec<_> = call.callee.user(texts).into_iter().collect();
    called.extend(other.facts().all().iter().filter_map(|(_, fact)| match fact {
        Fact::Target(text) => Uri::parse(texts.get(*text).as_bytes())?.user_text(),
        _ => None,
    }));
    target.is_some_and(|target| called.iter().any(|user| numbers::are_one(user, &target)))
}
