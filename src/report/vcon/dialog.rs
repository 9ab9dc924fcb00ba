//! What happened between the parties: the conversation, or why there was none,
//! and transfers.

use serde::Serialize;

use super::body::{Base64, Recording};
use super::party::{CALLEE, CALLER, Parties};
use crate::base::time::{Span, Timestamp};
use crate::base::units::rounded;
use crate::report::build::Context;
use crate::report::call::CallRow;
use crate::report::dialogs::TransferRow;

/// A dialog in the sense of the draft: a piece of the conversation.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub(super) enum Dialog {
    /// People talked.
    Recording(Talk),
    /// They did not.
    Incomplete {
        start: String,
        #[serde(skip_serializing_if = "Option::is_none")]
        duration: Option<f64>,
        parties: [usize; 2],
        disposition: &'static str,
        application: &'static str,
    },
    /// One was transferred to another.
    Transfer {
        start: String,
        transferee: usize,
        transferor: usize,
        transfer_target: usize,
        #[serde(skip_serializing_if = "Option::is_none")]
        original: Option<usize>,
    },
}

/// A conversation.
#[derive(Debug, Serialize)]
pub(super) struct Talk {
    start: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<f64>,
    /// Whom each channel is of.
    parties: [usize; 2],
    #[serde(flatten)]
    sound: Option<Sound>,
    party_history: Vec<Happening>,
    application: &'static str,
}

/// What was said.
#[derive(Debug, Serialize)]
struct Sound {
    mediatype: &'static str,
    filename: String,
    encoding: &'static str,
    body: Base64,
}

/// Something that a party did.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
struct Happening {
    party: usize,
    time: String,
    event: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    button: Option<String>,
}

impl Dialog {
    pub(super) const fn is_transfer(&self) -> bool {
        matches!(self, Self::Transfer { .. })
    }
}

/// The dialogs of a call: none while it is still being set up at the end of the
/// capture, since nobody knows whether there will be one.
pub(super) fn of(
    context: &Context<'_>,
    call: &CallRow<'_>,
    start: Timestamp,
    parties: &mut Parties,
    recording: Option<Recording>,
) -> Vec<Dialog> {
    let when = When { context, start };
    let mut dialogs = Vec::new();
    if call.attempts.answered > 0 || matches!(call.state, "answered" | "completed") {
        dialogs.push(Dialog::Recording(talk(call, when, recording)));
    } else if let Some(disposition) = disposition(call) {
        dialogs.push(Dialog::Incomplete {
            start: call.start_time.clone(),
            duration: call.messages.last().and_then(|last| rounded(last.offset_s)),
            parties: [CALLER, CALLEE],
            disposition,
            application: "SIP",
        });
    }
    let original = (!dialogs.is_empty()).then_some(0);
    for transfer in &call.transfers {
        let Some((transferor, transferee)) = roles(transfer) else { continue };
        dialogs.push(Dialog::Transfer {
            start: when.after(transfer.offset_s),
            transferee,
            transferor,
            transfer_target: parties.place(&transfer.target),
            original,
        });
    }
    dialogs
}

fn roles(transfer: &TransferRow) -> Option<(usize, usize)> {
    let by = place(transfer.by)?;
    Some((by, other(by)))
}

/// The place of a side by its name in the report.
fn place(side: Option<&str>) -> Option<usize> {
    match side? {
        "caller" => Some(CALLER),
        "callee" => Some(CALLEE),
        _ => None,
    }
}

const fn other(party: usize) -> usize {
    if party == CALLER { CALLEE } else { CALLER }
}

/// Moments of a call.
#[derive(Clone, Copy)]
struct When<'c> {
    context: &'c Context<'c>,
    start: Timestamp,
}

impl When<'_> {
    fn after(self, offset_s: f64) -> String {
        self.context.time(self.start + Span::from_secs_f64(offset_s))
    }
}

/// Why a call did not come to a conversation, in the words of the draft; `None`
/// where that is not known.
fn disposition(call: &CallRow<'_>) -> Option<&'static str> {
    let status = call.final_status.as_ref().map(|status| status.code);
    Some(match (call.state, status) {
        ("cancelled", _) => "hung-up",
        ("timed_out", _) | (_, Some(408 | 480)) => "no-answer",
        (_, Some(486 | 600)) => "busy",
        // RFC 3261 section 21.5.4: overloaded or in maintenance.
        (_, Some(503)) => "congestion",
        ("rejected" | "failed" | "redirected", _) => "failed",
        _ => return None,
    })
}

fn talk(call: &CallRow<'_>, when: When<'_>, recording: Option<Recording>) -> Talk {
    let answered = call.answer_time.as_ref().unwrap_or(&call.start_time);
    let start = recording
        .as_ref()
        .map_or_else(|| answered.clone(), |recording| when.context.time(recording.start));
    let duration = recording.as_ref().map_or(call.duration_s, |sound| rounded(sound.seconds));
    let sound = recording.map(|recording| Sound {
        mediatype: "audio/x-wav",
        filename: recording.name,
        encoding: "base64url",
        body: Base64(recording.wav),
    });
    Talk {
        start,
        duration,
        parties: [CALLER, CALLEE],
        sound,
        party_history: history(call, when),
        application: "SIP",
    }
}

/// Who came, went, was put on hold and pressed what, in order.
fn history(call: &CallRow<'_>, when: When<'_>) -> Vec<Happening> {
    let mut events = Vec::new();
    let mut event = |party, time: String, event, button| {
        events.push(Happening { party, time, event, button });
    };
    if let Some(answered) = &call.answer_time {
        for party in [CALLER, CALLEE] {
            event(party, answered.clone(), "join", None);
        }
    }
    for change in call.changes.iter().filter(|change| change.verdict == "accepted") {
        let Some(by) = place(change.by) else { continue };
        for kind in &change.kinds {
            let name = match *kind {
                "hold" => "hold",
                "resume" => "unhold",
                _ => continue,
            };
            event(other(by), when.after(change.offset_s), name, None);
        }
    }
    for digit in &call.dtmf {
        let Some(from) = place(Some(digit.from)) else { continue };
        let button = || Some(digit.digit.clone());
        event(from, when.after(digit.offset_s), "keydown", button());
        if let Some(held) = digit.duration_ms {
            event(from, when.after(digit.offset_s + held / 1e3), "keyup", button());
        }
    }
    if let (Some(ended), Some(_)) = (&call.end_time, &call.answer_time) {
        for party in [CALLER, CALLEE] {
            event(party, ended.clone(), "drop", None);
        }
    }
    // Times of one report are of one form, in which text sorts as time does.
    events.sort_by(|a, b| a.time.cmp(&b.time));
    events
}
