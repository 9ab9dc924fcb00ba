//! Who stands behind pseudonyms, so that calls can be chosen by what is in the
//! capture.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::wire::sip::{Message, lossy};

/// A conversation as the capture has it.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Original {
    /// Its Call-ID.
    pub call_id: String,
    /// The user parts of its From and To.
    pub users: Vec<String>,
}

/// Conversations by the pseudonyms of their Call-IDs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Originals(Arc<HashMap<String, Original>>);

/// User parts of one conversation that are kept.
const MOST_USERS: usize = 8;
/// Conversations that are kept.
const MOST: usize = 1 << 20;

impl Originals {
    /// The conversation behind a Call-ID.
    pub fn of(&self, call_id: &str) -> Option<&Original> {
        self.0.get(call_id)
    }

    /// Notes who a message is of, by the Call-ID that it has instead.
    pub(super) fn note(&mut self, message: &Message<'_>, call_id: &[u8]) {
        let call_id = lossy(call_id);
        if self.0.len() >= MOST && !self.0.contains_key(call_id.as_ref()) {
            return;
        }
        let ends = [message.from(), message.to()].into_iter().flatten();
        let users: Vec<_> =
            ends.filter_map(|end| end.parsed_uri()).filter_map(|uri| uri.user_text()).collect();
        let known = self.0.get(call_id.as_ref());
        let fresh = |user: &String| known.is_none_or(|known| !known.users.contains(user));
        if known.is_some() && !users.iter().any(fresh) {
            return;
        }
        let original = Arc::make_mut(&mut self.0).entry(call_id.into_owned()).or_default();
        original.call_id = lossy(message.call_id().unwrap_or_default()).into_owned();
        for user in users {
            if original.users.len() < MOST_USERS && !original.users.contains(&user) {
                original.users.push(user);
            }
        }
    }
}
