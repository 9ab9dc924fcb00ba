//! Calls that were refused, and by which answer.

use crate::diagnosis::{Finding, Rule, Severity, Subject};
use crate::track::call::CallState;

/// `sip.refused`
pub(super) struct Refused;

impl Rule for Refused {
    fn code(&self) -> &'static str {
        "sip.refused"
    }

    fn summary(&self) -> &'static str {
        "A call was refused by a final response, with what that response means."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let Some(call) = subject.call() else { return };
        let state = call.state(subject.now);
        if !matches!(state, CallState::Rejected | CallState::Failed | CallState::TimedOut) {
            return;
        }
        let Some(last) = call.last().filter(|last| !matches!(last.status, 401 | 407)) else {
            return;
        };
        let (severity, meaning, fix) = meaning(last.status);
        let message = subject.conversation.messages.get(last.message as usize);
        let phrase =
            message.and_then(|message| subject.conversation.reason_of(message)).unwrap_or_default();
        let from = message
            .and_then(|message| subject.conversation.flow_of(message))
            .map_or_else(String::new, |flow| format!(" from {}", flow.src));
        let cause = call.reason.as_ref().map_or_else(String::new, |reason| {
            let text = reason.text.as_ref().map_or_else(String::new, |text| format!(" \"{text}\""));
            let cause = reason.cause.map_or_else(String::new, |cause| format!(" cause {cause}"));
            format!(" Its Reason header says {}{cause}{text}.", reason.protocol)
        });
        findings.push(Finding {
            code: self.code(),
            severity,
            title: format!("Refused with {} {phrase}", last.status).trim_end().to_owned(),
            explanation: format!("{meaning}{cause}"),
            fix,
            reference: "RFC 3261 section 21",
            conversation: subject.id,
            stream: None,
            evidence: subject
                .evidence(last.message, format!("{} {phrase}{from}", last.status))
                .into_iter()
                .collect(),
            ruled_out: Vec::new(),
        });
    }
}

/// What a status code says of why a call failed, and what to do about it.
const fn meaning(status: u16) -> (Severity, &'static str, &'static str) {
    use Severity::{Fault, Note, Warning};
    match status {
        486 | 600 => (Note, "The called user is busy.", "Nothing is wrong with the network."),
        603 | 607 | 608 => (Note, "The call was declined.", "Nothing is wrong with the network."),
        480 => (
            Note,
            "The called user cannot be reached now: not registered, or nobody answered.",
            "Look whether the callee was registered, and when the ringing began.",
        ),
        408 => (
            Warning,
            "A server on the way had no answer from the next hop in time.",
            "Look where the INVITE stopped: the next hop of the server that sent the 408.",
        ),
        404 | 410 | 484 | 485 | 604 => (
            Warning,
            "The number or address does not exist there, is incomplete, or is ambiguous.",
            "Check the dialled number, its format (national, E.164) and the dial plan or route that chose this server.",
        ),
        403 => (
            Fault,
            "The server understood the call and forbids it.",
            "Check the caller's permissions, its caller id and the address it calls from, as the server sees them.",
        ),
        415 | 488 | 606 => (
            Fault,
            "The callee accepts none of the media offered: codecs, encryption or address family do not match.",
            "Compare the SDP of the INVITE with what the callee supports.",
        ),
        420 | 421 | 494 => (
            Fault,
            "A SIP extension is required on one side and missing on the other.",
            "Compare Require and Supported of both sides.",
        ),
        422 => (
            Warning,
            "The session timer asked for is too short for a server.",
            "The caller should retry with at least the Min-SE of the answer.",
        ),
        481 => (
            Warning,
            "The other side does not know the call.",
            "Look which side lost it: a restart, or a wrong tag.",
        ),
        482 | 483 => (
            Fault,
            "The call went round in circles.",
            "Look at the Via headers of the INVITE for the servers that send it to each other.",
        ),
        500..=599 => (
            Fault,
            "A server failed, or is overloaded or out of order.",
            "Look into the log of the server that sent the answer; a 503 without Retry-After often is a full or disabled trunk.",
        ),
        _ => (Warning, "The call was refused.", "Look into the log of whoever sent the answer."),
    }
}
