//! Conversations leave the signalling plane.

use super::Signalling;
use crate::base::time::Timestamp;
use crate::track::conversation::Conversation;
use crate::track::digest::hash_of;
use crate::track::leaving::Leaving;
use crate::track::message::Arrived;
use crate::track::remnant::Remnant;
use crate::track::retirement::Retirement;
use crate::track::table;
use crate::wire::sip::Method;

impl Signalling {
    /// Takes those out that leave, in their order; the rest move up. Of those that leave
    /// `early` something is left, which goes on taking their messages; the others nothing but
    /// a request outside a dialog begins anew, for a while.
    pub fn take_out(
        &mut self,
        leaving: &Leaving,
        early: &[bool],
        now: Timestamp,
        retirement: &Retirement,
    ) -> Vec<Conversation> {
        self.gone.age(now, retirement.remember);
        self.let_go.age(now, retirement.remember);
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
        let mut early = early.iter().copied();
        for (id, mut conversation) in (0..).map(super::ConversationId).zip(all) {
            let early = early.next().unwrap_or(false);
            if leaving.leaves(id).is_none() {
                self.conversations.push(conversation);
                continue;
            }
            self.messages = self.messages.saturating_sub(conversation.messages.len());
            let call_id = hash_of(&self.hasher, conversation.call_id().as_bytes());
            conversation.goes_on = early && self.remnants.put(call_id, &conversation);
            if !conversation.goes_on && !retirement.is_too_long(&conversation) {
                self.gone.put(&call_id);
            }
            conversation.shrink();
            left.push(conversation);
        }
        left
    }

    /// What is left of conversations that left early, as far as that is over now.
    pub fn settle(&mut self, now: Timestamp) -> Vec<Remnant> {
        self.remnants.settle(now, &mut self.gone);
        self.remnants.take_over()
    }

    /// Takes for over as many of those as are needed for the rest to take no more than `most`
    /// bytes; of how many the figures miss something.
    pub fn shrink_remnants(&mut self, most: usize) -> usize {
        self.remnants.shrink(most, &mut self.let_go, &mut self.gone)
    }

    /// Whether anything that is left has been taken for over and not been handed on.
    pub const fn has_settled(&self) -> bool {
        self.remnants.has_over()
    }

    /// What is left of conversations that left early, as it stands.
    pub fn remnants(&self) -> Vec<Remnant> {
        self.remnants.all()
    }

    /// Bytes of what is left of conversations that left early.
    pub fn remnant_bytes(&self) -> usize {
        self.remnants.bytes()
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        let spare = self.conversations.capacity() - self.conversations.len();
        self.conversations.iter().map(Conversation::bytes).sum::<usize>()
            + spare * size_of::<Conversation>()
            + table::bytes(self.by_call_id.len(), size_of::<(u64, u32)>())
            + self.gone.bytes()
            + self.let_go.bytes()
            + self.remnants.bytes()
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
