//! The dialogs of a call (RFC 3261 section 12), and how an INVITE was forked.
//!
//! A dialog is named by the tags of both ends. A provisional response with a To
//! tag makes an early one, a 2xx confirms it, BYE ends it; an early one ends
//! with a refusal. A forked INVITE makes one for each callee that responds.

use std::collections::BTreeMap;

use super::Side;
use super::message::{Message, Method, Start, Tags};
use super::reading::Reading;
use super::transaction::Transaction;
use crate::base::flow::Endpoint;

/// Where a dialog stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DialogState {
    /// A provisional response made it.
    Early,
    /// A 2xx confirmed it, or its requests show that one did.
    Confirmed,
    /// It is over.
    Terminated,
}

impl DialogState {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Early => "early",
            Self::Confirmed => "confirmed",
            Self::Terminated => "terminated",
        }
    }
}

/// A dialog; messages are indexes into the conversation.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Dialog {
    /// The tags of who sent the INVITE and of who answered.
    pub tags: Tags,
    /// Where it stands.
    pub state: DialogState,
    /// The first provisional response with its tag.
    pub early: Option<u32>,
    /// The first 2xx with its tag.
    pub confirmed: Option<u32>,
    /// What ended it: BYE, or a refusal of the INVITE.
    pub ended: Option<u32>,
    /// Who sent the BYE.
    pub ended_by: Option<Side>,
    /// Who answered, as far as the capture sees: the source of the first
    /// response with its tag.
    pub callee: Option<Endpoint>,
}

/// How an INVITE came to several callees.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ForkKind {
    /// At once.
    Parallel,
    /// One after another failed.
    Serial,
    /// Both.
    Mixed,
}

impl ForkKind {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Parallel => "parallel",
            Self::Serial => "serial",
            Self::Mixed => "mixed",
        }
    }
}

/// A forked INVITE (RFC 3261 section 16.7).
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fork {
    /// How.
    pub kind: ForkKind,
    /// Who forked it; `None` where only its responses tell.
    pub by: Option<Endpoint>,
    /// How many branches were seen: INVITEs that went on, or callees that responded.
    pub branches: usize,
    /// Branches that answered with a 2xx.
    pub answered: usize,
}

/// Dialogs of one call that are told apart.
const MAX_DIALOGS: usize = 254;

/// The dialogs of a call in the order of their beginnings.
pub fn dialogs(reading: &Reading<'_>) -> Vec<Dialog> {
    let mut dialogs: Vec<Dialog> = Vec::new();
    let messages = &reading.conversation.messages;
    for (index, message) in (0_u32..).zip(messages) {
        if !message.is_first_copy() || message.tags.from == 0 {
            continue;
        }
        match (message.start, message.cseq_method) {
            (Start::Response(status @ 101..=299), Method::Invite) if message.tags.to != 0 => {
                let Some(dialog) = known(&mut dialogs, message, true) else { continue };
                if status < 200 {
                    dialog.early.get_or_insert(index);
                } else {
                    dialog.confirmed.get_or_insert(index);
                }
                if dialog.callee.is_none() && dialog.tags == message.tags {
                    dialog.callee = reading.conversation.flow_of(message).map(|flow| flow.src);
                }
            }
            (Start::Response(300..), Method::Invite) => refused(&mut dialogs, message, index),
            (Start::Request(Method::Bye), _) if message.tags.to != 0 => {
                let Some(dialog) = known(&mut dialogs, message, true) else { continue };
                if dialog.ended.is_none() {
                    dialog.ended = Some(index);
                    let by_caller = dialog.tags.from == message.tags.from;
                    let unknown = dialog.early.is_none() && dialog.confirmed.is_none();
                    let side = if by_caller { Side::Caller } else { Side::Callee };
                    // Without the INVITE nobody knows who called.
                    dialog.ended_by = Some(side).filter(|_| !unknown);
                }
            }
            // A capture that begins in the middle.
            (Start::Request(method), _)
                if message.tags.to != 0
                    && dialogs.is_empty()
                    && !matches!(method, Method::Cancel | Method::Ack | Method::Prack) =>
            {
                known(&mut dialogs, message, true);
            }
            _ => {}
        }
    }
    let answered = dialogs.iter().any(|dialog| dialog.confirmed.is_some());
    let over = reading.call.is_some_and(|call| call.ended().is_some());
    for dialog in &mut dialogs {
        dialog.state = match (dialog.ended, dialog.confirmed, dialog.early) {
            (Some(_), ..) => DialogState::Terminated,
            // The other callee answered, or the call was refused elsewhere.
            (None, None, Some(_)) if answered || over => DialogState::Terminated,
            (None, None, Some(_)) => DialogState::Early,
            (None, Some(_), _) | (None, None, None) => DialogState::Confirmed,
        };
    }
    dialogs
}

/// The dialog of a message, in either direction; a new one if `open`.
fn known<'a>(
    dialogs: &'a mut Vec<Dialog>,
    message: &Message,
    open: bool,
) -> Option<&'a mut Dialog> {
    let Tags { from, to } = message.tags;
    let same = |dialog: &Dialog| {
        dialog.tags == Tags { from, to } || dialog.tags == Tags { from: to, to: from }
    };
    if let Some(at) = dialogs.iter().position(same) {
        return dialogs.get_mut(at);
    }
    if !open || dialogs.len() >= MAX_DIALOGS {
        return None;
    }
    dialogs.push(Dialog {
        tags: Tags { from, to },
        state: DialogState::Early,
        early: None,
        confirmed: None,
        ended: None,
        ended_by: None,
        callee: None,
    });
    dialogs.last_mut()
}

/// A refusal of the INVITE ends the early dialog with its tag, and where it has
/// no such tag nothing else: a proxy may have made it.
fn refused(dialogs: &mut [Dialog], message: &Message, index: u32) {
    let of = |dialog: &&mut Dialog| dialog.tags == message.tags && dialog.confirmed.is_none();
    if let Some(dialog) = dialogs.iter_mut().find(of) {
        dialog.ended.get_or_insert(index);
    }
}

/// How the INVITE of a call was forked, if it was.
pub fn fork(reading: &Reading<'_>, dialogs: &[Dialog]) -> Option<Fork> {
    let at = |index: u32| reading.at(index);
    let invites = || {
        let all = reading.transactions.iter().enumerate();
        all.filter(|(_, of)| of.method == Method::Invite && of.request.is_some())
    };
    let answered = dialogs.iter().filter(|dialog| dialog.confirmed.is_some()).count();
    let mut by_parent: BTreeMap<usize, Vec<&Transaction>> = BTreeMap::new();
    for (_, branch) in invites() {
        if let Some(parent) = branch.upstream {
            by_parent.entry(parent).or_default().push(branch);
        }
    }
    if let Some((parent, branches)) = by_parent.into_iter().find(|(_, all)| all.len() > 1) {
        let (mut parallel, mut serial) = (false, false);
        for (place, branch) in branches.iter().enumerate().skip(1).take(MAX_DIALOGS) {
            let begun = branch.request.and_then(at);
            let open = branches.iter().take(place).any(|before| {
                before.finals.first().copied().and_then(at).is_none_or(|over| Some(over) > begun)
            });
            if open { parallel = true } else { serial = true }
        }
        let kind = match (parallel, serial) {
            (true, true) => ForkKind::Mixed,
            (true, false) => ForkKind::Parallel,
            _ => ForkKind::Serial,
        };
        let client = branches.first().map(|branch| branch.client);
        let is_one = |of: &&Transaction| client.is_some_and(|one| one.ip == of.client.ip);
        // Where hops between were not captured, the branches come from elsewhere.
        let by = if branches.iter().all(is_one) {
            client
        } else {
            reading.transactions.get(parent).map(|parent| parent.server)
        };
        return Some(Fork { kind, by, branches: branches.len(), answered });
    }
    // The proxy is not in the capture; several callees respond to one INVITE.
    let first = dialogs.first()?;
    let of_first: Vec<_> = dialogs
        .iter()
        .filter(|dialog| dialog.tags.from == first.tags.from && dialog.began().is_some())
        .filter(|dialog| reading.cseq_of(dialog.began()) == reading.cseq_of(first.began()))
        .collect();
    if of_first.len() < 2 {
        return None;
    }
    let serial = of_first.windows(2).all(|pair| match pair {
        [before, after] => before.ended.is_some_and(|ended| Some(ended) < after.began()),
        _ => false,
    });
    let kind = if serial { ForkKind::Serial } else { ForkKind::Parallel };
    Some(Fork { kind, by: None, branches: of_first.len(), answered })
}

impl Dialog {
    /// The response that made it.
    pub fn began(&self) -> Option<u32> {
        match (self.early, self.confirmed) {
            (Some(early), Some(confirmed)) => Some(early.min(confirmed)),
            (early, confirmed) => early.or(confirmed),
        }
    }
}
