//! Nobody answers the INVITE.

use crate::diagnosis::{Finding, Rule, Severity, Subject};
use crate::track::call::CallState;
use crate::track::message::Method;
use crate::track::message::Start;

/// `sip.no-response`
pub(super) struct NoResponse;

impl Rule for NoResponse {
    fn code(&self) -> &'static str {
        "sip.no-response"
    }

    fn summary(&self) -> &'static str {
        "An INVITE drew no response at all within Timer B."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let Some(call) = subject.call() else { return };
        let Some(attempt) = call.attempts.last() else { return };
        if call.state(subject.now) != CallState::TimedOut
            || attempt.progress().first_response.is_some()
        {
            return;
        }
        let invites = (0_u32..).zip(&subject.conversation.messages);
        let invites =
            invites.filter(|(_, message)| message.start == Start::Request(Method::Invite));
        let evidence: Vec<_> = invites
            .take(20)
            .filter_map(|(index, message)| {
                subject.evidence(
                    index,
                    if message.is_first_copy() { "INVITE" } else { "INVITE again" },
                )
            })
            .collect();
        let to = call.callee.address.map_or_else(String::new, |address| format!(" from {address}"));
        findings.push(Finding {
            code: self.code(),
            severity: Severity::Fault,
            title: format!("No response{to} to the INVITE"),
            explanation: format!(
                "The INVITE was sent {} time(s) and drew no response within 32 s (Timer B). The \
                 packets were sent: either they did not arrive, or nothing listens there, or the \
                 responses go another way than this capture sees.",
                evidence.len()
            ),
            fix: "Check that the address and port are right and reachable (routing, firewall, transport), \
                  and capture at the far end to see whether the INVITE arrives.",
            reference: "RFC 3261 section 17.1.1.2",
            conversation: subject.id,
            stream: None,
            evidence,
            ruled_out: vec!["no provisional response, not even 100 Trying, was seen on any hop".to_owned()],
        });
    }
}
