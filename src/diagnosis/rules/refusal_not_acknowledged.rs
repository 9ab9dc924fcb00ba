//! A refusal of an INVITE that nobody acknowledges.

use crate::diagnosis::{Finding, Rule, Severity, Subject};
use crate::track::message::Method;
use crate::track::retransmission::Why;
use crate::track::transaction::{Oddity, Timeout};

/// `sip.refusal-not-acknowledged`
pub(super) struct RefusalNotAcknowledged;

impl Rule for RefusalNotAcknowledged {
    fn code(&self) -> &'static str {
        "sip.refusal-not-acknowledged"
    }

    fn summary(&self) -> &'static str {
        "An INVITE was refused, and its client did not acknowledge that."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        for transaction in &subject.reading.transactions {
            let Some((last, status)) = transaction.last(subject.conversation) else { continue };
            let again = transaction.repeats.iter().filter(|repeat| repeat.why == Some(Why::G));
            let again: Vec<_> = again.map(|repeat| repeat.message).collect();
            if transaction.method != Method::Invite
                || status < 300
                || !transaction.oddities.contains(&Oddity::NoAck)
                || again.is_empty()
            {
                continue;
            }
            let given_up = transaction.timeout == Some(Timeout::H);
            let evidence = std::iter::once((last, format!("{status} to the INVITE")))
                .chain(again.iter().map(|index| (*index, format!("{status} again"))));
            findings.push(Finding {
                code: self.code(),
                severity: Severity::Warning,
                title: format!("The {status} was never acknowledged"),
                explanation: format!(
                    "{} sent its {status} {} time(s) and no ACK came{}. The client did not get it, or its \
                     ACK was lost: to the client the call may still be ringing.",
                    transaction.server,
                    1 + again.len(),
                    if given_up { " within 32 s (Timer H)" } else { "" }
                ),
                fix: "Look whether the responses reach the client: Via and rport say where they go, and a NAT \
                      or firewall may stop them.",
                reference: "RFC 3261 section 17.2.1",
                conversation: subject.id,
                stream: None,
                evidence: evidence
                    .take(20)
                    .filter_map(|(index, text)| subject.evidence(index, text))
                    .collect(),
                ruled_out: Vec::new(),
            });
            return;
        }
    }
}
