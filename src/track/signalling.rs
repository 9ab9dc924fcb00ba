//! The signalling plane: SIP messages to conversations.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

use super::ConversationId;
use super::conversation::{Conversation, Matter};
use super::fact::Correlation;
use super::message::{Arrived, Kept};
use super::offer::{self, Announcement};
use super::undelivered::Undelivery;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::wire::malformed::Reason;
use crate::wire::sdp;
use crate::wire::sip::body;

/// All conversations, in the order of their first messages.
#[derive(Clone, Debug, Default)]
pub struct Signalling {
    conversations: Vec<Conversation>,
    by_call_id: HashTable<u32>,
    /// Messages kept of all conversations.
    messages: usize,
    hasher: DefaultHashBuilder,
    correlation: Correlation,
}

/// What a message taught.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    /// What its session description announces, for the media plane.
    pub announcements: Vec<Announcement>,
    /// The call that it ended, and when.
    pub ended: Option<(ConversationId, Timestamp)>,
    /// What became of the message.
    pub kept: Kept,
    /// Whether its session description cannot be read.
    pub bad_description: bool,
}

impl Signalling {
    /// Signalling of which nothing was seen; `correlation` names the headers
    /// that put the legs of a call together.
    pub fn new(correlation: Correlation) -> Self {
        Self { correlation, ..Self::default() }
    }

    /// The headers that put legs together.
    pub const fn correlation(&self) -> &Correlation {
        &self.correlation
    }

    /// Takes a message.
    pub fn take(&mut self, arrived: &Arrived<'_>, limits: &Limits) -> Learned {
        let mut learned = Learned::default();
        let Some(call_id) = arrived.sip.call_id() else { return learned };
        let full = self.messages >= limits.messages;
        let Some(id) = self.find_or_open(call_id, arrived, limits) else {
            learned.kept = Kept::Not(Reason::TrackCallsFull);
            return learned;
        };
        let Some(conversation) = self.conversations.get_mut(id.0 as usize) else { return learned };
        if full {
            conversation.messages_dropped += 1;
            learned.kept = Kept::Not(Reason::TrackMessagesFull);
            return learned;
        }
        let sdp = body::session_description(arrived.sip);
        let description = sdp.and_then(sdp::parse);
        let ended_before = conversation.call().and_then(super::call::Call::ended);
        learned.kept = conversation.take(
            arrived,
            description.as_ref(),
            sdp.is_some(),
            &self.correlation,
            limits,
        );
        self.messages += usize::from(matches!(learned.kept, Kept::Message | Kept::Copy));
        if learned.kept != Kept::Message {
            return learned;
        }
        if sdp.is_some() && matches!(conversation.matter, Matter::Call(_)) {
            let side = conversation.sender_of(arrived);
            learned.bad_description = description.is_none();
            if let Some(description) = &description {
                let (at, frame) = (arrived.at, arrived.frame);
                learned.announcements = offer::announcements(description, id, side, at, frame);
            }
        }
        let ended = conversation.call().and_then(super::call::Call::ended);
        if ended != ended_before {
            learned.ended = ended.map(|at| (id, at));
        }
        learned
    }

    /// Takes an ICMP error that quotes a message; whether its conversation is known.
    pub fn undelivered(&mut self, call_id: &[u8], report: Undelivery, limits: &Limits) -> bool {
        let Some(id) = self.find(call_id) else { return false };
        let Some(conversation) = self.conversations.get_mut(id.0 as usize) else { return false };
        conversation.undelivered.take(report, limits.evidence);
        true
    }

    fn find(&self, call_id: &[u8]) -> Option<ConversationId> {
        let text = String::from_utf8_lossy(call_id);
        let hash = self.hasher.hash_one(text.as_bytes());
        let same = |id: &u32| {
            self.conversations.get(*id as usize).is_some_and(|known| known.call_id() == text)
        };
        self.by_call_id.find(hash, same).map(|id| ConversationId(*id))
    }

    fn find_or_open(
        &mut self,
        call_id: &[u8],
        arrived: &Arrived<'_>,
        limits: &Limits,
    ) -> Option<ConversationId> {
        if let Some(id) = self.find(call_id) {
            return Some(id);
        }
        let hash = self.hasher.hash_one(String::from_utf8_lossy(call_id).as_bytes());
        let conversations = &mut self.conversations;
        if conversations.len() >= limits.conversations {
            return None;
        }
        let id = u32::try_from(conversations.len()).ok()?;
        conversations.push(Conversation::new(call_id, arrived));
        let (conversations, hasher) = (&self.conversations, &self.hasher);
        let rehash = |id: &u32| {
            conversations
                .get(*id as usize)
                .map_or(0, |known| hasher.hash_one(known.call_id().as_bytes()))
        };
        self.by_call_id.insert_unique(hash, id, rehash);
        Some(ConversationId(id))
    }

    /// The conversations, in the order of their first messages.
    pub fn conversations(&self) -> &[Conversation] {
        &self.conversations
    }

    /// The conversations, once no more messages come; their spare memory is given back.
    pub fn into_conversations(mut self) -> Vec<Conversation> {
        self.conversations.iter_mut().for_each(Conversation::shrink);
        self.conversations
    }
}
