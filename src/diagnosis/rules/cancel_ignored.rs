//! A CANCEL after which the INVITE goes on.

use crate::base::time::Span;
use crate::diagnosis::{Finding, Rule, Severity, Subject};
use crate::track::transaction::Oddity;

/// `sip.cancel-ignored`
pub(super) struct CancelIgnored;

/// The client waits for the final response to a cancelled INVITE for 64 times T1
/// (RFC 3261 section 9.1).
const WAITS: Span = Span::from_secs(32);

impl Rule for CancelIgnored {
    fn code(&self) -> &'static str {
        "sip.cancel-ignored"
    }

    fn summary(&self) -> &'static str {
        "A cancelled INVITE got no final response."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let messages = &subject.conversation.messages;
        for transaction in &subject.reading.transactions {
            let cancel = transaction.cancel.and_then(|at| subject.reading.transactions.get(at));
            let Some(request) = cancel.and_then(|cancel| cancel.request) else { continue };
            let sent = messages.get(request as usize).map(|message| message.at);
            if !transaction.oddities.contains(&Oddity::CancelIgnored)
                || sent.is_none_or(|at| subject.now.since(at) < WAITS)
            {
                continue;
            }
            let accepted = cancel.and_then(|cancel| cancel.finals.first()).copied();
            let mut evidence: Vec<_> = subject.evidence(request, "CANCEL").into_iter().collect();
            evidence.extend(accepted.and_then(|index| subject.evidence(index, "its response")));
            findings.push(Finding {
                code: self.code(),
                severity: Severity::Warning,
                title: format!("{} did not end the cancelled INVITE", transaction.server),
                explanation: format!(
                    "The INVITE was cancelled; {} and no final response to the INVITE, which should have been \
                     487, came within 32 s. The called phone may go on ringing.",
                    if accepted.is_some() { "the CANCEL was answered" } else { "the CANCEL was not answered" }
                ),
                fix: "Look at the called element: it must answer the INVITE with 487 once it has a CANCEL with \
                      the same branch. A CANCEL with another branch or Request-URI matches nothing.",
                reference: "RFC 3261 section 9.2",
                conversation: subject.id,
                stream: None,
                evidence,
                ruled_out: Vec::new(),
            });
            return;
        }
    }
}
