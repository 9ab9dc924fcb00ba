//! Rows of a call's dialogs and of what happens inside them: changes, session
//! timer, transfers, redirections, overlap dialling.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::value::{Address, FrameRef};
use crate::base::time::{Span, Timestamp};
use crate::track::ConversationId;
use crate::track::Side;
use crate::track::change::{Change, Kind, changes};
use crate::track::conversation::Conversation;
use crate::track::dialog::{Dialog, Fork, dialogs, fork};
use crate::track::reading::Reading;
use crate::track::session_timer::{SessionTimer, session_timer};
use crate::track::transfer::{Named, Transfer, namings, overlap, redirections, transfers};

/// A dialog of a call (RFC 3261 section 12).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct CallDialogRow {
    /// Call-ID.
    pub call_id: String,
    /// The tag of who sent the INVITE.
    pub from_tag: Option<String>,
    /// The tag of who answered.
    pub to_tag: Option<String>,
    /// `early`, `confirmed` or `terminated`.
    #[schemars(extend("enum" = ["early", "confirmed", "terminated"]))]
    pub state: &'static str,
    /// Who answered, as far as the capture sees.
    pub callee: Option<Address>,
    /// The first provisional response with its tag.
    pub early_frame: Option<FrameRef>,
    /// The first 2xx with its tag.
    pub confirmed_frame: Option<FrameRef>,
    /// The BYE or the refusal that ended it.
    pub ended_frame: Option<FrameRef>,
    /// `caller` or `callee`: who sent the BYE.
    pub ended_by: Option<&'static str>,
}

/// An INVITE that went to several callees (RFC 3261 section 16.7).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ForkRow {
    /// `parallel`, `serial` or `mixed`.
    #[schemars(extend("enum" = ["parallel", "serial", "mixed"]))]
    pub kind: &'static str,
    /// Who forked it; null where only its responses tell.
    pub by: Option<Address>,
    /// Branches that were seen.
    pub branches: usize,
    /// Dialogs that a 2xx confirmed; of more than one the caller ends all but one.
    pub answered: usize,
}

/// A re-INVITE or UPDATE, and what it changed.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct ChangeRow {
    /// The request.
    pub frame: FrameRef,
    /// Seconds since the first message of the call.
    pub offset_s: f64,
    /// `INVITE` or `UPDATE`.
    pub method: &'static str,
    /// `caller` or `callee`.
    pub by: Option<&'static str>,
    /// `accepted`, `refused`, `glare` (491), `challenged` or `unanswered`.
    #[schemars(extend("enum" = ["accepted", "refused", "glare", "challenged", "unanswered"]))]
    pub verdict: &'static str,
    /// The final response.
    pub final_frame: Option<FrameRef>,
    /// Its status code.
    pub final_status: Option<u16>,
    /// What changed, or would have: `hold`, `resume`, `direction`, `address`, `codec`,
    /// `media_added`, `media_removed`; `refresh` when nothing did.
    pub kinds: Vec<&'static str>,
    /// That side's description before, a section after another:
    /// `audio 192.0.2.10:4000 sendrecv PCMU PCMA`.
    pub before: Option<String>,
    /// That side's description now.
    pub after: Option<String>,
    /// The other side's answer.
    pub answer: Option<String>,
}

/// A session timer (RFC 4028).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct SessionTimerRow {
    /// The interval agreed last.
    pub interval_s: u32,
    /// Min-SE.
    pub min_se_s: Option<u32>,
    /// `caller` or `callee`: who refreshes.
    pub refresher: Option<&'static str>,
    /// The 2xx that agreed it first.
    pub agreed_frame: Option<FrameRef>,
    /// Requests that refreshed the session.
    pub refresh_frames: Vec<FrameRef>,
    /// Times that an interval was refused as too small (422).
    pub refused: u32,
    /// When the session runs out unless it is refreshed again.
    pub expires_time: String,
    /// `running`; `overdue`: half of the interval passed without a refresh; `expired`: it ran
    /// out, or was ended because it was about to.
    #[schemars(extend("enum" = ["running", "overdue", "expired"]))]
    pub state: &'static str,
}

/// A transfer by REFER (RFC 3515).
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct TransferRow {
    /// The REFER.
    pub frame: FrameRef,
    /// Seconds since the first message of the call.
    pub offset_s: f64,
    /// `caller` or `callee`: who transfers the other.
    pub by: Option<&'static str>,
    /// `blind`, or `attended`: the new call replaces one that was set up before.
    #[schemars(extend("enum" = ["blind", "attended"]))]
    pub kind: &'static str,
    /// Where to.
    pub target: String,
    /// The dialog to be replaced.
    pub replaces: Option<NamedRow>,
    /// The final response to the REFER.
    pub final_status: Option<u16>,
    /// What NOTIFYs reported of the new call.
    pub reports: Vec<ReportRow>,
    /// `succeeded`, `failed`, `refused` or `pending`.
    #[schemars(extend("enum" = ["succeeded", "failed", "refused", "pending"]))]
    pub result: &'static str,
    /// The call that it led to, if the capture has it.
    pub new_call: Option<String>,
}

/// A status of the new call.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ReportRow {
    /// The NOTIFY.
    pub frame: FrameRef,
    /// The status in its body.
    pub status: u16,
}

/// A dialog that Replaces or Join names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct NamedRow {
    /// Its Call-ID.
    pub call_id: String,
    /// `to-tag`.
    pub to_tag: Option<String>,
    /// `from-tag`.
    pub from_tag: Option<String>,
    /// Its call, if the report has it.
    pub call: Option<String>,
}

/// An INVITE that replaces a dialog of another call (RFC 3891) or joins it (RFC 3911).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct NamingRow {
    /// The INVITE.
    pub frame: FrameRef,
    /// `replaces` or `joins`.
    #[schemars(extend("enum" = ["replaces", "joins"]))]
    pub how: &'static str,
    /// The dialog.
    pub dialog: NamedRow,
}

/// A redirection.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct RedirectionRow {
    /// The 3xx.
    pub frame: FrameRef,
    /// Its status code.
    pub status: u16,
    /// Where to.
    pub contacts: Vec<String>,
    /// The INVITE that follows it in this call; null when none does.
    pub followed_frame: Option<FrameRef>,
}

/// A number sent before it was complete (RFC 3578).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct DialledRow {
    /// The INVITE.
    pub frame: FrameRef,
    /// The number so far.
    pub number: String,
    /// The final response: 484 until it is complete.
    pub status: Option<u16>,
}

/// What happens inside the dialogs of a call.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Course {
    pub(super) dialogs: Vec<CallDialogRow>,
    pub(super) forking: Option<ForkRow>,
    pub(super) changes: Vec<ChangeRow>,
    pub(super) session_timer: Option<SessionTimerRow>,
    pub(super) transfers: Vec<TransferRow>,
    pub(super) names: Vec<NamingRow>,
    pub(super) redirections: Vec<RedirectionRow>,
    pub(super) overlap: Vec<DialledRow>,
}

impl Course {
    /// Adds what happened on one leg; offsets are from `start`. A leg that
    /// passes on what the one before has says nothing new, so changes and the
    /// session timer are those of the first leg that has any.
    pub(super) fn add(&mut self, rows: &Maker<'_, '_, '_>) {
        let list = dialogs(rows.reading);
        let forked = fork(rows.reading, &list).map(|fork| rows.fork(&fork));
        self.forking = self.forking.take().or(forked);
        self.dialogs.extend(list.iter().map(|dialog| rows.dialog(dialog)));
        if self.changes.is_empty() {
            self.changes.extend(changes(rows.reading).iter().filter_map(|one| rows.change(one)));
        }
        if self.session_timer.is_none() {
            self.session_timer = session_timer(rows.reading).map(|timer| rows.timer(&timer));
        }
        self.transfers.extend(transfers(rows.reading).iter().filter_map(|one| rows.transfer(one)));
        self.names.extend(namings(rows.reading).iter().filter_map(|one| {
            Some(NamingRow {
                frame: rows.frame(one.request)?,
                how: if one.joins { "joins" } else { "replaces" },
                dialog: rows.named(&one.dialog),
            })
        }));
        self.redirections.extend(redirections(rows.reading).into_iter().filter_map(|one| {
            Some(RedirectionRow {
                frame: rows.frame(one.response)?,
                status: one.status,
                contacts: one.contacts,
                followed_frame: one.followed.and_then(|index| rows.frame(index)),
            })
        }));
        if self.overlap.is_empty() {
            self.overlap.extend(overlap(rows.reading).into_iter().filter_map(|one| {
                let frame = rows.frame(one.request)?;
                Some(DialledRow { frame, number: one.number, status: one.status })
            }));
        }
    }
}

/// Makes the rows of one leg.
pub(super) struct Maker<'c, 's, 'r> {
    pub(super) context: &'c Context<'s>,
    pub(super) id: ConversationId,
    pub(super) reading: &'r Reading<'r>,
    pub(super) start: Timestamp,
}

impl Maker<'_, '_, '_> {
    fn conversation(&self) -> &Conversation {
        self.reading.conversation
    }

    fn frame(&self, index: u32) -> Option<FrameRef> {
        Some(self.context.frame(self.reading.message(index)?.frame))
    }

    fn offset(&self, index: u32) -> f64 {
        self.reading.at(index).map_or(Span::ZERO, |at| at.since(self.start)).as_secs()
    }

    fn status(&self, index: Option<u32>) -> Option<u16> {
        self.reading.message(index?)?.status()
    }

    fn dialog(&self, dialog: &Dialog) -> CallDialogRow {
        let tag = |place| self.conversation().tag(place).map(str::to_owned);
        let frame = |index: Option<u32>| index.and_then(|index| self.frame(index));
        CallDialogRow {
            call_id: self.conversation().call_id().to_owned(),
            from_tag: tag(dialog.tags.from()),
            to_tag: tag(dialog.tags.to()),
            state: dialog.state.name(),
            callee: dialog.callee.map(Address::from),
            early_frame: frame(dialog.early),
            confirmed_frame: frame(dialog.confirmed),
            ended_frame: frame(dialog.ended),
            ended_by: dialog.ended_by.map(Side::name),
        }
    }

    #[expect(clippy::unused_self, reason = "one of the makers of rows")]
    fn fork(&self, fork: &Fork) -> ForkRow {
        ForkRow {
            kind: fork.kind.name(),
            by: fork.by.map(Address::from),
            branches: fork.branches,
            answered: fork.answered,
        }
    }

    fn change(&self, change: &Change<'_>) -> Option<ChangeRow> {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Some(ChangeRow {
            frame: self.frame(change.request)?,
            offset_s: self.offset(change.request),
            method: change.method.name(),
            by: change.by.map(Side::name),
            verdict: change.verdict.name(),
            final_frame: change.last.and_then(|index| self.frame(index)),
            final_status: self.status(change.last),
            kinds: change.kinds.iter().copied().map(Kind::name).collect(),
            before: text(change.before),
            after: text(change.after),
            answer: text(change.answer),
        })
    }

    fn timer(&self, timer: &SessionTimer) -> SessionTimerRow {
        SessionTimerRow {
            interval_s: timer.interval_s,
            min_se_s: timer.min_se_s,
            refresher: timer.refresher.map(Side::name),
            agreed_frame: self.frame(timer.agreed),
            refresh_frames: timer
                .refreshes
                .iter()
                .filter_map(|refresh| self.frame(refresh.request))
                .collect(),
            refused: timer.refused,
            expires_time: self.context.time(timer.expires),
            state: timer.state.name(),
        }
    }

    fn transfer(&self, transfer: &Transfer) -> Option<TransferRow> {
        let relations = &self.context.snapshot.relations;
        let led_to = relations.referred.get(&(self.id, transfer.request));
        Some(TransferRow {
            frame: self.frame(transfer.request)?,
            offset_s: self.offset(transfer.request),
            by: transfer.by.map(Side::name),
            kind: if transfer.replaces.is_some() { "attended" } else { "blind" },
            target: transfer.target.clone(),
            replaces: transfer.replaces.as_ref().map(|dialog| self.named(dialog)),
            final_status: self.status(transfer.last),
            reports: transfer
                .reports
                .iter()
                .filter_map(|(index, status)| {
                    Some(ReportRow { frame: self.frame(*index)?, status: *status })
                })
                .collect(),
            result: transfer.result.name(),
            new_call: led_to.and_then(|id| self.context.call_name(*id)),
        })
    }

    fn named(&self, dialog: &Named) -> NamedRow {
        NamedRow {
            call_id: dialog.call_id.clone(),
            to_tag: dialog.to_tag.clone(),
            from_tag: dialog.from_tag.clone(),
            call: self.context.call_with(&dialog.call_id),
        }
    }
}
