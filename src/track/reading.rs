//! A conversation read: its messages with their hops and transactions, from
//! which dialogs, changes, timers and transfers are told.

use super::Side;
use super::call::Call;
use super::conversation::Conversation;
use super::fact::Fact;
use super::hops::Travels;
use super::message::{Message, Method};
use super::transaction::{Transaction, transactions};
use crate::base::time::Timestamp;

/// A conversation read, as of the end of what was seen.
#[derive(Debug)]
pub struct Reading<'a> {
    /// The conversation.
    pub conversation: &'a Conversation,
    /// The call, if it is one.
    pub call: Option<&'a Call>,
    /// Where its messages stand on their way.
    pub travels: Travels,
    /// Its transactions; of a call only.
    pub transactions: Vec<Transaction>,
    /// The end of what was seen.
    pub now: Timestamp,
}

impl<'a> Reading<'a> {
    /// Reads a conversation.
    pub fn of(conversation: &'a Conversation, now: Timestamp) -> Self {
        let travels = Travels::of(conversation);
        let call = conversation.call();
        let transactions = match call {
            Some(_) => transactions(conversation, &travels, now),
            None => Vec::new(),
        };
        Self { conversation, call, travels, transactions, now }
    }

    /// Message `index`.
    pub fn message(&self, index: u32) -> Option<&'a Message> {
        self.conversation.messages.get(index as usize)
    }

    /// When message `index` came.
    pub fn at(&self, index: u32) -> Option<Timestamp> {
        self.message(index).map(|message| message.at)
    }

    /// The CSeq number of a message.
    pub fn cseq_of(&self, index: Option<u32>) -> Option<u32> {
        self.message(index?)?.cseq_number
    }

    /// Who sent request `index`; `None` where the capture began too late to tell.
    pub fn sender(&self, index: u32) -> Option<Side> {
        let tag = self.conversation.from_tag_of(self.message(index)?);
        self.call?.sender(tag.map(str::as_bytes), self.conversation.texts())
    }

    /// What the session description of message `index` says; see
    /// [`super::fact::describe`].
    pub fn session(&self, index: u32) -> Option<&'a str> {
        let texts = self.conversation.texts();
        self.conversation.facts().of(index).find_map(|fact| match fact {
            Fact::Session(text) => Some(texts.get(text)),
            _ => None,
        })
    }

    /// The transactions of some methods whose request was seen, each once: on
    /// the hop nearest its sender.
    pub fn requests(&self, methods: &[Method]) -> impl Iterator<Item = (u32, &Transaction)> {
        let wanted = move |of: &&Transaction| of.upstream.is_none() && methods.contains(&of.method);
        let first: Vec<_> = self.transactions.iter().filter(wanted).collect();
        first.into_iter().filter_map(|of| Some((of.request?, of)))
    }

    /// Whether a request is inside a dialog: it has a To tag.
    pub fn is_inside(&self, index: u32) -> bool {
        self.message(index).is_some_and(|message| message.tags.to != 0)
    }
}
