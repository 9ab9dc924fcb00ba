//! The names of calls, streams and findings, and what has a name.
//!
//! A capture that is looked at as a whole numbers them from 1 in its order. Where
//! what is over leaves the engine, each has the number that it was given when it
//! began, which nothing else ever gets; a later leg of a call has one that is not
//! used, so that these are not without gaps.

use super::build::{Context, Options};
use super::finding::{self, FindingRow};
use super::stream::{self, StreamRow};
use crate::track::ConversationId;
use crate::track::conversation::Matter;
use crate::track::stream::Stream;

impl<'a> Context<'a> {
    /// What the report is built with.
    pub const fn options(&self) -> &'a Options {
        self.options
    }

    /// The name of a conversation: `call-1`, `registration-1`, `dialog-1`.
    pub fn name(&self, id: ConversationId) -> Option<String> {
        let number = (*self.number.get(id.0 as usize)?)?;
        let kind = match self.snapshot.conversations.get(id.0 as usize)?.matter {
            Matter::Call(_) => "call",
            Matter::Registration(_) => "registration",
            Matter::Other(_) => "dialog",
        };
        Some(format!("{kind}-{number}"))
    }

    /// The place in its list of what has a name in the report: `call-3`,
    /// `registration-1`, `dialog-1`, `stream-2`, `finding-1`. Where calls are
    /// chosen, or some have left, the lists have fewer rows than the numbers say.
    pub fn place(&self, name: &str) -> Option<usize> {
        let (kind, number) = name.split_once('-')?;
        let number = number.parse::<u64>().ok()?;
        match kind {
            "stream" => self.stream_indexes().binary_search(&self.stream_index(number)?).ok(),
            "finding" => self.finding_index(number),
            kind => {
                let list = self.list_of(kind)?;
                let of = |id: &ConversationId| self.number(*id);
                // What became a call late has a greater number than those after it.
                let found = list.binary_search_by_key(&Some(number), of).ok();
                found.or_else(|| list.iter().position(|id| of(id) == Some(number)))
            }
        }
    }

    fn list_of(&self, kind: &str) -> Option<&[ConversationId]> {
        match kind {
            "call" => Some(&self.calls),
            "registration" => Some(&self.registrations),
            "dialog" => Some(&self.dialogs),
            _ => None,
        }
    }

    /// The conversation of a name: the other way round.
    pub fn named(&self, name: &str) -> Option<ConversationId> {
        let list = self.list_of(name.split_once('-')?.0)?;
        list.get(self.place(name)?).copied()
    }

    /// The index into the snapshot's streams of the one with that number.
    fn stream_index(&self, number: u64) -> Option<u32> {
        if self.snapshot.names_last {
            let index = self.snapshot.streams.iter().position(|stream| stream.number == number)?;
            u32::try_from(index).ok()
        } else {
            u32::try_from(number.checked_sub(1)?).ok()
        }
    }

    /// The index of the finding with that number.
    fn finding_index(&self, number: u64) -> Option<usize> {
        let index = number.checked_sub(self.options.findings_before)?.checked_sub(1)?;
        usize::try_from(index).ok().filter(|index| *index < self.findings.len())
    }

    /// The name of stream `index`.
    pub(super) fn stream_name(&self, index: u32) -> String {
        debug_assert!((index as usize) < self.snapshot.streams.len(), "a stream of the capture");
        let stream = self.snapshot.streams.get(index as usize);
        let lasting = stream.filter(|_| self.snapshot.names_last).map(|stream| stream.number);
        format!("stream-{}", lasting.unwrap_or(u64::from(index) + 1))
    }

    /// The row of the stream of that name: `stream-1`.
    pub fn stream(&self, name: &str) -> Option<StreamRow> {
        let number = name.strip_prefix("stream-")?.parse::<u64>().ok()?;
        stream::row(self, self.stream_index(number)?)
    }

    /// The stream of that name, as the capture has it.
    pub fn tracked_stream(&self, name: &str) -> Option<&'a Stream> {
        let number = name.strip_prefix("stream-")?.parse::<u64>().ok()?;
        self.snapshot.streams.get(self.stream_index(number)? as usize)
    }

    /// The name of finding `index`.
    pub(super) fn finding_name(&self, index: usize) -> String {
        format!("finding-{}", self.options.findings_before + index as u64 + 1)
    }

    /// The row of the finding of that name: `finding-1`.
    pub fn finding(&self, name: &str) -> Option<FindingRow> {
        let number = name.strip_prefix("finding-")?.parse::<u64>().ok()?;
        let index = self.finding_index(number)?;
        self.findings.get(index).map(|found| finding::row(self, index, found))
    }

    /// Names of the findings about a conversation.
    pub(super) fn findings_of(&self, id: ConversationId) -> Vec<String> {
        let indexes = self.findings_of.get(&id).into_iter().flatten();
        indexes.map(|index| self.finding_name(*index)).collect()
    }

    /// Names of the findings about a stream.
    pub(super) fn findings_of_stream(&self, index: u32) -> Vec<String> {
        let indexes = self.findings_of_stream.get(&index).into_iter().flatten();
        indexes.map(|index| self.finding_name(*index)).collect()
    }
}
