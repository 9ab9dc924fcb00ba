//! What the registrations of a capture amount to together: which calls used a
//! binding, and which addresses of record come and go.

use hashbrown::HashMap;

use super::ConversationId;
use super::conversation::Conversation;
use super::registration::{Change, Registration};
use crate::base::id::FrameNo;
use crate::base::time::{Span, Timestamp};
use crate::wire::sip::Uri;

/// A call whose INVITE was sent to a registered contact.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Use {
    /// The call.
    pub call: ConversationId,
    /// The frame of the INVITE.
    pub frame: FrameNo,
    /// The binding, as an index into the registration's.
    pub binding: u32,
}

/// What is known of one registration from the rest of the capture.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Location {
    /// The first calls that used a binding of it.
    pub uses: Vec<Use>,
    /// All such calls.
    pub used: u64,
    /// Whether it is the first registration of its address of record.
    pub is_first: bool,
    /// Times that its address of record was lost and bound again, over all
    /// registrations of that address.
    pub returns: u32,
    /// The losses and returns that make it flapping: [`FLAPS`] returns within
    /// [`FLAPPING_WITHIN`]; empty if it is not.
    pub flapping: Vec<Change>,
}

/// Calls that are kept of one registration.
const MAX_USES: usize = 20;
/// Contacts that have the same user and host and are compared with an INVITE.
const MAX_CANDIDATES: usize = 64;
/// Returns that make an address flapping. No standard says how many; this is ours.
pub const FLAPS: usize = 3;
/// Within which time.
pub const FLAPPING_WITHIN: Span = Span::from_secs(600);

/// What is known of registrations, by conversation.
#[derive(Clone, Debug, Default)]
pub struct Locations(HashMap<ConversationId, Location>);

impl Locations {
    /// Looks over all conversations.
    pub fn of(conversations: &[Conversation]) -> Self {
        let mut locations = Self::default();
        let ids = || (0..).map(ConversationId).zip(conversations);
        let registrations: Vec<_> = ids()
            .filter_map(|(id, conversation)| Some((id, conversation, conversation.registration()?)))
            .collect();
        if registrations.is_empty() {
            return locations;
        }
        locations.flapping(&registrations);
        let mut contacts: HashMap<Vec<u8>, Vec<Contact<'_>>> = HashMap::new();
        for &(id, conversation, registration) in &registrations {
            for (index, binding) in (0..).zip(&registration.bindings.list) {
                let texts = conversation.texts();
                let uris = [
                    Some(binding.contact(texts)),
                    binding.public_gruu(texts),
                    binding.temporary_gruu(texts),
                ];
                for key in uris.into_iter().flatten().filter_map(|uri| key(uri.as_bytes())) {
                    let same = contacts.entry(key).or_default();
                    if same.len() < MAX_CANDIDATES {
                        same.push((id, conversation, registration, index));
                    }
                }
            }
        }
        for (call, conversation) in ids() {
            locations.used(call, conversation, &contacts);
        }
        locations
    }

    fn used(
        &mut self,
        call: ConversationId,
        conversation: &Conversation,
        contacts: &HashMap<Vec<u8>, Vec<Contact<'_>>>,
    ) {
        if conversation.call().is_none() {
            return;
        }
        for target in &conversation.notes.targets {
            let uri = target.uri(conversation.texts()).as_bytes();
            let invite = conversation.messages.get(target.message as usize);
            let (Some(key), Some(invite)) = (key(uri), invite) else { continue };
            for &(id, registered, registration, index) in contacts.get(&key).into_iter().flatten() {
                let Some(binding) = registration.bindings.list.get(index as usize) else {
                    continue;
                };
                let is_in_force = binding.bound_at <= invite.at
                    && binding.removed_at.is_none_or(|at| invite.at <= at)
                    && binding.ends().is_none_or(|end| invite.at <= end);
                if !is_in_force || !binding.is_reached_by(uri, registered.texts()) {
                    continue;
                }
                let location = self.0.entry(id).or_default();
                // A forked INVITE reaches several; each call counts once for a registration.
                if location.uses.iter().any(|known| known.call == call) {
                    continue;
                }
                location.used += 1;
                if location.uses.len() < MAX_USES {
                    location.uses.push(Use { call, frame: invite.frame, binding: index });
                }
            }
        }
    }

    /// Looks which addresses of record come and go, whatever Call-IDs they use.
    fn flapping(&mut self, registrations: &[(ConversationId, &Conversation, &Registration)]) {
        let mut by_aor: HashMap<&str, (Vec<ConversationId>, Vec<Change>)> = HashMap::new();
        for (id, conversation, registration) in registrations {
            let Some(aor) = registration.aor(conversation.texts()) else { continue };
            let (ids, changes) = by_aor.entry(aor).or_default();
            ids.push(*id);
            changes.extend(&registration.changes);
        }
        for (ids, mut changes) in by_aor.into_values() {
            changes.sort_by_key(|change| change.at);
            let returns: Vec<_> = returns(&changes);
            if returns.is_empty() {
                continue;
            }
            let within = |window: &[(Timestamp, usize)]| match window {
                [(first, _), .., (last, _)] => last.since(*first) <= FLAPPING_WITHIN,
                _ => false,
            };
            let flapping = returns.windows(FLAPS).any(within);
            for (index, id) in ids.into_iter().enumerate() {
                let location = self.0.entry(id).or_default();
                location.is_first = index == 0;
                location.returns = u32::try_from(returns.len()).unwrap_or(u32::MAX);
                if flapping {
                    let shown = returns.iter().take(FLAPS).filter_map(|(_, at)| changes.get(*at));
                    location.flapping = shown.copied().collect();
                }
            }
        }
    }

    /// What is known of a registration.
    pub fn get(&self, id: ConversationId) -> Option<&Location> {
        self.0.get(&id)
    }
}

/// A binding: its registration's conversation, that registration, and its index.
type Contact<'a> = (ConversationId, &'a Conversation, &'a Registration, u32);

/// Times that an address was bound after a loss, and which change it was.
fn returns(changes: &[Change]) -> Vec<(Timestamp, usize)> {
    let (mut returns, mut lost) = (Vec::new(), false);
    for (index, change) in changes.iter().enumerate() {
        if change.bound && lost {
            returns.push((change.at, index));
        }
        lost = !change.bound;
    }
    returns
}

/// What two URIs that may be the same contact have in common.
fn key(uri: &[u8]) -> Option<Vec<u8>> {
    let uri = Uri::parse(uri).filter(|uri| !uri.host.is_empty())?;
    let user = uri.user.unwrap_or_default();
    Some([user, b"@", &uri.host.to_ascii_lowercase()].concat())
}
