//! Conversations leave the signalling plane.

use super::Signalling;
use crate::base::time::Timestamp;
use crate::track::conversation::Conversation;
use crate::track::leaving::Leaving;
use crate::track::message::Arrived;
use crate::track::retirement::Retirement;
use crate::track::table;
use crate::wire::sip::Method;

impl Signalling {
    /// Takes those out that leave, in their order; the rest move up. For a
    /// while nothing but a request outside a dialog begins them anew.
    pub fn take_out(
        &mut self,
        leaving: &Leaving,
        now: Timestamp,
        retirement: &Retirement,
    ) -> Vec<Conversation> {
        self.gone.age(now, retirement.remember);
        let mut left = Vec::with_capacity(leaving.count());
        let all = std::mem::take(&mut self.conversations);
        self.conversations.reserve(all.len().saturating_sub(leaving.count()));
        self.by_call_id.retain(|(_, id)| match leaving.stays(super::ConversationId(*id)) {
            Some(place) => {
                *id = place.0;
                true
            }
            None => false,
        });
        if self.by_call_id.capacity() > 4 * self.by_call_id.len() {
            self.by_call_id.shrink_to(2 * self.by_call_id.len(), |(hash, _)| *hash);
        }
        for (id, mut conversation) in (0..).map(super::ConversationId).zip(all) {
            if leaving.leaves(id).is_none() {
                self.conversations.push(conversation);
                continue;
            }
            self.messages = self.messages.saturating_sub(conversation.messages.len());
            if !retirement.is_too_long(&conversation) {
                self.gone.put(&conversation.call_id().as_bytes());
            }
            conversation.shrink();
            left.push(conversation);
        }
        left
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        let spare = self.conversations.capacity() - self.conversations.len();
        self.conversations.iter().map(Conversation::bytes).sum::<usize>()
            + spare * size_of::<Conversation>()
            + table::bytes(self.by_call_id.len(), size_of::<(u64, u32)>())
            + self.gone.bytes()
    }
}

/// Whether a message begins something, wherever its Call-ID was seen before.
pub(super) fn begins(arrived: &Arrived<'_>) -> bool {
    let sip = arrived.sip;
    let is_of_a_dialog = sip.to_tag().is_some();
    let continues = matches!(
        sip.method(),
        None | Some(
            Method::Ack
                | Method::Bye
                | Method::Cancel
                | Method::Prack
                | Method::Update
                | Method::Info
        )
    );
    !is_of_a_dialog && !continues
}
