//! The signalling plane: SIP messages to conversations.

mod leave;
mod remnants;

use hashbrown::{DefaultHashBuilder, HashTable};

use self::remnants::{Remnants, Taken};
use super::conversation::{Conversation, Matter};
use super::digest::{Digests, hash_of};
use super::fact::Correlation;
use super::message::{Arrived, Kept};
use super::tombstones::Tombstones;
use super::undelivered::Undelivery;
use super::{ConversationId, Side};
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::wire::malformed::Reason;
use crate::wire::sip::lossy;

/// All conversations, in the order of their first messages.
#[derive(Clone, Debug, Default)]
pub struct Signalling {
    conversations: Vec<Conversation>,
    /// Their places, with the hash of each Call-ID.
    by_call_id: HashTable<(u64, u32)>,
    /// Messages kept of all conversations.
    messages: usize,
    hasher: DefaultHashBuilder,
    correlation: Correlation,
    /// How many calls, registrations and others have begun.
    begun: [u64; 3],
    /// Hashes of the Call-IDs of conversations that have left.
    gone: Tombstones,
    /// What is left of those that left early.
    remnants: Remnants,
    /// Calls of which that was let go: counted once, whatever comes.
    let_go: Tombstones,
}

/// What a message taught.
#[derive(Clone, Debug, Default)]
pub struct Learned {
    /// The call, and the side of it, that its session description announces media
    /// of.
    pub announces: Option<(ConversationId, Side)>,
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
        let id = match self.find_or_open(call_id, arrived, limits) {
            Ok(id) => id,
            Err(reason) => {
                learned.kept = Kept::Not(reason);
                return learned;
            }
        };
        let Some(conversation) = self.conversations.get_mut(id.0 as usize) else { return learned };
        if full {
            conversation.messages_dropped += 1;
            learned.kept = Kept::Not(Reason::TrackMessagesFull);
            return learned;
        }
        let ended_before = conversation.call().and_then(super::call::Call::ended);
        let kind = conversation.matter.kind();
        learned.kept = conversation.take(arrived, &self.correlation, limits);
        if kind != conversation.matter.kind() {
            conversation.number = next(&mut self.begun, conversation);
        }
        self.messages += usize::from(matches!(learned.kept, Kept::Message | Kept::Copy));
        if learned.kept != Kept::Message {
            return learned;
        }
        if arrived.told.has_sdp() && matches!(conversation.matter, Matter::Call(_)) {
            learned.bad_description = arrived.told.line().is_none();
            learned.announces = Some((id, conversation.sender_of(arrived)));
        }
        let ended = conversation.call().and_then(super::call::Call::ended);
        if ended != ended_before {
            learned.ended = ended.map(|at| (id, at));
        }
        learned
    }

    /// Takes an ICMP error that quotes a message; whether its conversation is known.
    pub fn undelivered(&mut self, call_id: &[u8], report: Undelivery, limits: &Limits) -> bool {
        let hash = hash_of(&self.hasher, call_id);
        let Some(id) = self.find(hash, call_id) else { return false };
        let Some(conversation) = self.conversations.get_mut(id.0 as usize) else { return false };
        conversation.undelivered.take(report, limits.evidence);
        true
    }

    /// The conversation of a Call-ID.
    pub fn with_call_id(&self, call_id: &str) -> Option<ConversationId> {
        self.find(hash_of(&self.hasher, call_id.as_bytes()), call_id.as_bytes())
    }

    /// None yet of what messages say by themselves, for [`Signalling::take`].
    pub fn digests(&self) -> Digests {
        Digests::with_hasher(self.hasher.clone())
    }

    fn find(&self, hash: u64, call_id: &[u8]) -> Option<ConversationId> {
        let text = lossy(call_id);
        let same = |(known, id): &(u64, u32)| {
            *known == hash
                && self.conversations.get(*id as usize).is_some_and(|known| known.call_id() == text)
        };
        self.by_call_id.find(hash, same).map(|(_, id)| ConversationId(*id))
    }

    fn find_or_open(
        &mut self,
        call_id: &[u8],
        arrived: &Arrived<'_>,
        limits: &Limits,
    ) -> Result<ConversationId, Reason> {
        let hash = arrived.told.call_id();
        if let Some(id) = self.find(hash, call_id) {
            return Ok(id);
        }
        match self.remnants.take(hash, arrived) {
            Taken::Late => return Err(Reason::TrackEvictedMessages),
            Taken::Not if self.let_go.has(&hash) => return Err(Reason::TrackLateMessages),
            Taken::Not if self.gone.has(&hash) => {
                if !leave::begins(arrived) {
                    return Err(Reason::TrackLateMessages);
                }
                self.gone.lift(&hash);
            }
            Taken::Not | Taken::Begins => {}
        }
        let conversations = &mut self.conversations;
        if conversations.len() >= limits.conversations {
            return Err(Reason::TrackCallsFull);
        }
        let Ok(id) = u32::try_from(conversations.len()) else { return Err(Reason::TrackCallsFull) };
        let mut conversation = Conversation::new(call_id, arrived);
        conversation.number = next(&mut self.begun, &conversation);
        conversations.push(conversation);
        self.by_call_id.insert_unique(hash, (hash, id), |(hash, _)| *hash);
        Ok(ConversationId(id))
    }

    /// The conversations, in the order of their first messages.
    pub const fn conversations(&self) -> &[Conversation] {
        self.conversations.as_slice()
    }

    /// The conversations, once no more messages come; their spare memory is given back.
    pub fn into_conversations(mut self) -> Vec<Conversation> {
        self.conversations.iter_mut().for_each(Conversation::shrink);
        self.conversations
    }
}

/// The next number of a conversation's kind.
fn next(begun: &mut [u64; 3], conversation: &Conversation) -> u64 {
    let Some(count) = begun.get_mut(conversation.matter.kind()) else { return 0 };
    *count += 1;
    *count
}
