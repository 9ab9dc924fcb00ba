//! From a snapshot to findings with their evidence; never on the hot path.
//!
//! One rule a file, one line in [`RULES`]. A rule looks at one call with its
//! streams and says what is wrong, which frames show it, and what it looked at
//! and found in order. It never says what it cannot show.

mod caveat;
mod rules;

use crate::base::id::FrameNo;
use crate::base::time::Timestamp;
use crate::track::announced::Announced;
use crate::track::call::Call;
use crate::track::conversation::Conversation;
use crate::track::drops::CaptureDrops;
use crate::track::location::Location;
use crate::track::reading::Reading;
use crate::track::registration::Registration;
use crate::track::stream::Stream;
use crate::track::stream_relation::StreamRelations;
use crate::track::{ConversationId, Side};

pub use rules::RULES;

/// How bad a finding is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// It may have been noticed.
    Warning,
    /// It was noticed.
    Fault,
}

impl Severity {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }
}

/// A frame, and what it shows.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Evidence {
    /// The frame.
    pub frame: FrameNo,
    /// What it shows.
    pub text: String,
}

/// Something that is wrong with a call or a registration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Finding {
    /// The rule's code: `media.one-way`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One line.
    pub title: String,
    /// What happened, and how it shows.
    pub explanation: String,
    /// What to do about it.
    pub fix: &'static str,
    /// The clause that says how it should be.
    pub reference: &'static str,
    /// The conversation.
    pub conversation: ConversationId,
    /// The stream, as an index into the snapshot's.
    pub stream: Option<u32>,
    /// The frames that show it.
    pub evidence: Vec<Evidence>,
    /// What was looked at and found in order.
    pub ruled_out: Vec<String>,
}

/// What rules look at: one conversation and its streams.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    /// Its id.
    pub id: ConversationId,
    /// Its messages.
    pub conversation: &'a Conversation,
    /// It read: hops, and of a call transactions.
    pub reading: &'a Reading<'a>,
    /// Its streams, with their indexes in the snapshot.
    pub streams: &'a [(u32, &'a Stream)],
    /// What SDP announced.
    pub announced: &'a Announced,
    /// How streams belong together, by their indexes in the snapshot.
    pub stream_relations: &'a StreamRelations,
    /// What is known of the registration from the rest of the capture.
    pub location: Option<&'a Location>,
    /// When the capture dropped packets.
    pub drops: &'a CaptureDrops,
    /// The end of what was seen.
    pub now: Timestamp,
    /// Whether any RTP stream was seen at all; without, its absence says nothing.
    pub capture_has_media: bool,
}

/// A rule: a kind of fault that it knows how to find.
pub trait Rule: Sync {
    /// Its stable name: `media.one-way`.
    fn code(&self) -> &'static str;

    /// What it finds, in a sentence.
    fn summary(&self) -> &'static str;

    /// Looks at a conversation and adds what it finds.
    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>);
}

impl<'a> Subject<'a> {
    /// The call, if the conversation is one.
    pub fn call(&self) -> Option<&'a Call> {
        self.conversation.call()
    }

    /// The registration, if the conversation is one.
    pub fn registration(&self) -> Option<&'a Registration> {
        self.conversation.registration()
    }

    /// The streams of the call that a side receives.
    pub fn received_by(&self, side: Side) -> impl Iterator<Item = (u32, &'a Stream)> {
        let received = move |(_, stream): &&(u32, &'a Stream)| {
            stream.binding.is_some_and(|binding| binding.receiver == side)
        };
        self.streams.iter().filter(received).copied()
    }

    /// The method of request `index`, as sent.
    pub fn method_of(&self, index: u32) -> &'a str {
        let message = self.conversation.messages.get(index as usize);
        message.and_then(|message| self.conversation.method_of(message)).unwrap_or_default()
    }

    /// What message `index` is called: `ACK`, `200 to the INVITE`.
    pub fn name_of(&self, index: u32) -> String {
        let Some(message) = self.conversation.messages.get(index as usize) else {
            return String::new();
        };
        match message.status() {
            None => self.method_of(index).to_owned(),
            Some(status) => {
                let method = self.conversation.cseq_of(message).map_or("", |(_, method)| method);
                format!("{status} to the {method}")
            }
        }
    }

    /// The frame and start of message `index` of the conversation.
    pub fn evidence(&self, index: u32, text: impl Into<String>) -> Option<Evidence> {
        let message = self.conversation.messages.get(index as usize)?;
        Some(Evidence { frame: message.frame, text: text.into() })
    }
}

/// The findings of all rules on a conversation.
pub fn check(subject: &Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for rule in RULES {
        rule.check(subject, &mut findings);
    }
    caveat::add(subject, &mut findings);
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_has_a_name_of_its_own_and_says_what_it_finds() {
        for (i, rule) in RULES.iter().enumerate() {
            assert!(rule.code().contains('.') && rule.summary().ends_with('.'), "{}", rule.code());
            assert!(RULES.iter().skip(i + 1).all(|other| other.code() != rule.code()));
        }
    }
}
