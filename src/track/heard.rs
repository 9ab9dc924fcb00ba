//! How long ago something was heard of what is alive, by a clock that is never set.
//!
//! The times of packets are those of the clocks of who captured them: one may be set, and one
//! of several agents may be wrong by hours. Whoever follows what comes as it comes asks instead
//! when it came: what is there of something is counted at each look, and what there is more of
//! than at the look before has been heard of since.

use hashbrown::HashMap;

use super::conversation::Conversation;
use super::media::Media;
use super::stream::Stream;
use crate::base::time::{Span, Timestamp};

/// What was there of something at a look, and when there was more last.
#[derive(Clone, Copy, Debug)]
struct Trace {
    amount: u64,
    since: Timestamp,
}

/// When something was heard last of each conversation and stream, by their numbers.
#[derive(Clone, Debug, Default)]
pub struct Heard {
    conversations: HashMap<(usize, u64), Trace>,
    streams: HashMap<u64, Trace>,
    now: Timestamp,
}

impl Heard {
    /// Looks at all that is alive. `now` is of a clock that is never set.
    pub fn look(&mut self, conversations: &[Conversation], media: &[&Media], now: Timestamp) {
        self.now = self.now.max(now);
        let mut of_calls = vec![0_u64; conversations.len()];
        for (call, packets) in media.iter().flat_map(|part| part.amounts()) {
            if let Some(sum) = of_calls.get_mut(call.0 as usize) {
                *sum = sum.wrapping_add(packets);
            }
        }
        let alone = media.iter().flat_map(|part| part.streams());
        let alone = alone.filter(|stream| stream.binding.is_none());
        let of_stream = |stream: &Stream| {
            let known = self.streams.get(&stream.number);
            (stream.number, self.trace(known, stream.packets))
        };
        let streams = alone.map(of_stream).collect();
        let mut kept = HashMap::with_capacity(conversations.len());
        for (conversation, packets) in conversations.iter().zip(of_calls) {
            let key = key(conversation);
            let amount = packets.wrapping_add(conversation.taken_messages());
            kept.insert(key, self.trace(self.conversations.get(&key), amount));
        }
        (self.conversations, self.streams) = (kept, streams);
    }

    fn trace(&self, known: Option<&Trace>, amount: u64) -> Trace {
        let unchanged = known.filter(|known| known.amount == amount).copied();
        unchanged.unwrap_or(Trace { amount, since: self.now })
    }

    /// For how long nothing was heard of a conversation.
    pub(super) fn quiet(&self, conversation: &Conversation) -> Span {
        let known = self.conversations.get(&key(conversation));
        known.map_or(Span::ZERO, |known| self.now.since(known.since))
    }

    /// For how long nothing was heard of a stream of no call.
    pub(super) fn quiet_stream(&self, stream: &Stream) -> Span {
        let known = self.streams.get(&stream.number);
        known.map_or(Span::ZERO, |known| self.now.since(known.since))
    }
}

/// Numbers are those of a kind.
fn key(conversation: &Conversation) -> (usize, u64) {
    (conversation.matter.kind(), conversation.number)
}
