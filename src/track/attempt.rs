//! One attempt to set up a call: an INVITE, the challenges it drew, and its answers.

use std::hash::BuildHasher;

use foldhash::fast::FixedState;

use super::message::Arrived;
use crate::base::time::{Span, Timestamp};

/// The first copies of the answers to an INVITE.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Progress {
    /// Any response at all.
    pub first_response: Option<Timestamp>,
    /// The first provisional but 100 (RFC 6076 section 4.3).
    pub provisional: Option<Timestamp>,
    /// 180.
    pub ringing: Option<Timestamp>,
    /// 180 or 183: the end of the post-dial delay.
    pub alerting: Option<Timestamp>,
    /// 200..699 other than a challenge that was answered: when, which, and the
    /// message's index.
    pub last: Option<Final>,
}

/// A final response.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Final {
    /// When its first copy came.
    pub at: Timestamp,
    /// Its status code.
    pub status: u16,
    /// The message, as an index into the conversation.
    pub message: u32,
}

/// An attempt, which begins with an INVITE outside a dialog. An INVITE that was
/// challenged and its successor with credentials are one attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// When the first copy of the first INVITE came; `None` when the capture
    /// began after it.
    pub at: Option<Timestamp>,
    /// The greatest CSeq number of its INVITEs.
    pub(super) cseq: Option<u32>,
    /// Answers on the hop of the first INVITE: what the caller's side saw.
    pub(super) near: Progress,
    /// Answers on any hop, for captures that hold the first hop in one direction only.
    pub(super) any: Progress,
    /// Times that 401 or 407 was answered with a new INVITE.
    pub challenges: u8,
    /// Branches, hashed, of the INVITEs on the first hop.
    pub(super) branches: [u64; BRANCHES],
    /// The dialogs that it set up.
    pub(super) dialogs: Vec<Begun>,
}

/// A dialog that an attempt set up (RFC 3261 section 12.1): one for each To tag
/// of its responses.
#[derive(Clone, Copy, Debug)]
pub(super) struct Begun {
    /// The To tag, hashed.
    pub(super) tag: u64,
    /// Its first response but 100, on any hop.
    pub(super) first: Timestamp,
    /// The same on the hop of the first INVITE.
    pub(super) near: Option<Timestamp>,
}

/// Dialogs of one attempt that are told apart.
const MAX_DIALOGS: usize = 64;

/// INVITEs on the first hop whose answers are told from those of other hops.
pub(super) const BRANCHES: usize = 4;

/// How long a UAC waits for any answer: Timer B, 64 times T1 (RFC 3261 section 17.1.1.2).
pub const TIMER_B: Span = Span::from_secs(32);

pub(super) fn is_challenge(status: u16) -> bool {
    matches!(status, 401 | 407)
}

fn branch_hash(arrived: &Arrived<'_>) -> u64 {
    // 0 is an empty place.
    FixedState::default().hash_one(arrived.sip.branch()) | 1
}

impl Attempt {
    /// An attempt that begins with an INVITE, or with a response to one that was not seen.
    pub(super) fn begin(arrived: &Arrived<'_>) -> Self {
        let mut attempt = Self {
            at: arrived.sip.is_request().then_some(arrived.at),
            cseq: None,
            near: Progress::default(),
            any: Progress::default(),
            challenges: 0,
            branches: [0; BRANCHES],
            dialogs: Vec::new(),
        };
        attempt.sent_again(arrived);
        attempt
    }

    /// Another INVITE of the attempt on the first hop.
    pub(super) fn sent_again(&mut self, arrived: &Arrived<'_>) {
        self.cseq = self.cseq.max(arrived.sip.cseq().map(|cseq| cseq.number));
        let hash = branch_hash(arrived);
        if !self.branches.contains(&hash)
            && let Some(free) = self.branches.iter_mut().find(|place| **place == 0)
        {
            *free = hash;
        }
    }

    /// The challenge is being answered: it was no final response after all.
    pub(super) fn challenge_answered(&mut self) {
        self.challenges = self.challenges.saturating_add(1);
        self.near.last = None;
        self.any.last = None;
    }

    /// A response to one of its INVITEs; whether it came over the first hop.
    pub(super) fn answered_by(&mut self, status: u16, arrived: &Arrived<'_>, message: u32) -> bool {
        let near = self.branches.contains(&branch_hash(arrived));
        self.any.note(status, arrived.at, message);
        if near {
            self.near.note(status, arrived.at, message);
        }
        if (101..300).contains(&status) {
            self.begin_dialog(arrived, near);
        }
        near
    }

    fn begin_dialog(&mut self, arrived: &Arrived<'_>, near: bool) {
        let Some(tag) = arrived.sip.to_tag() else { return };
        let tag = FixedState::default().hash_one(tag);
        let at = arrived.at;
        if let Some(known) = self.dialogs.iter_mut().find(|known| known.tag == tag) {
            known.near = known.near.or(near.then_some(at));
        } else if self.dialogs.len() < MAX_DIALOGS {
            self.dialogs.reserve_exact(1);
            self.dialogs.push(Begun { tag, first: at, near: near.then_some(at) });
        }
    }

    /// When each dialog that it set up began, as the caller's side saw it: at
    /// its first response but 100.
    pub fn dialogs(&self) -> impl Iterator<Item = Timestamp> {
        let is_near = self.near.first_response.is_some();
        self.dialogs.iter().filter_map(
            move |begun| {
                if is_near { begun.near } else { Some(begun.first) }
            },
        )
    }

    /// What the caller's side saw; where its hop shows no response at all, what any hop showed.
    pub const fn progress(&self) -> &Progress {
        if self.near.first_response.is_some() { &self.near } else { &self.any }
    }

    /// The final response.
    pub const fn last(&self) -> Option<Final> {
        self.progress().last
    }

    /// Whether the attempt was answered with a 2xx.
    pub fn is_answered(&self) -> bool {
        self.last().is_some_and(|last| last.status < 300)
    }

    /// Whether nobody answered in time, `now` being the end of what was seen.
    pub fn is_timed_out(&self, now: Timestamp) -> bool {
        self.progress().first_response.is_none()
            && self.at.is_some_and(|at| now.since(at) >= TIMER_B)
    }
}

impl Progress {
    fn note(&mut self, status: u16, at: Timestamp, message: u32) {
        self.first_response.get_or_insert(at);
        match status {
            101..=199 => {
                self.provisional.get_or_insert(at);
                if matches!(status, 180 | 183) {
                    self.alerting.get_or_insert(at);
                }
                if status == 180 {
                    self.ringing.get_or_insert(at);
                }
            }
            200..=699 => {
                // Parallel forks may answer several times; the first 2xx makes
                // the call, and nothing unmakes it.
                let stands = self.last.is_some_and(|last| last.status < 300 || status >= 300);
                if !stands {
                    self.last = Some(Final { at, status, message });
                }
            }
            _ => {}
        }
    }
}
