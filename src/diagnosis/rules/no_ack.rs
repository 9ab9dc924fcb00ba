//! A 2xx that nobody acknowledges.

use crate::base::time::Span;
use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};
use crate::track::message::Message;
use crate::track::message::Method;

/// `sip.no-ack`
pub(super) struct NoAck;

/// A 2xx without ACK is repeated from T1 = 0.5 s on (RFC 3261 section 13.3.1.4);
/// after this much capture time an ACK under way would have been seen.
const PATIENCE: Span = Span::from_secs(2);

impl Rule for NoAck {
    fn code(&self) -> &'static str {
        "sip.no-ack"
    }

    fn summary(&self) -> &'static str {
        "A call was answered and no ACK was seen."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let Some(call) = subject.call() else { return };
        let Some(answer) = call.last().filter(|last| last.status < 300) else { return };
        if call.acknowledged.is_some() || subject.now.since(answer.at) < PATIENCE {
            return;
        }
        let messages = &subject.conversation.messages;
        let number = messages.get(answer.message as usize).and_then(|answer| answer.cseq_number);
        let is_answer = |message: &&Message| {
            message.cseq_method == Method::Invite
                && message.cseq_number == number
                && message.status().is_some_and(|status| matches!(status, 200..=299))
        };
        let answers: Vec<_> = messages.iter().filter(is_answer).collect();
        let repeated = answers.iter().filter(|answer| !answer.is_first_copy()).count();
        let evidence = answers.iter().take(20).map(|answer| Evidence {
            frame: answer.frame,
            text: if answer.is_first_copy() { "200 to the INVITE" } else { "200 again" }.to_owned(),
        });
        findings.push(Finding {
            code: self.code(),
            severity: if repeated > 0 { Severity::Fault } else { Severity::Warning },
            title: "The answer was never acknowledged".to_owned(),
            explanation: format!(
                "No ACK to the 200 was seen; the callee repeated it {repeated} time(s). Without ACK the \
                 callee gives up after 32 s and usually hangs up."
            ),
            fix: "Look at the Contact and Record-Route of the 200: the ACK goes there. A private or wrong \
                  address there, or a NAT or ALG in between, sends it astray.",
            reference: "RFC 3261 section 13.2.2.4",
            conversation: subject.id,
            stream: None,
            evidence: evidence.collect(),
            ruled_out: if repeated == 0 {
                vec!["the 200 was not repeated, so the ACK may have gone past the capture point".to_owned()]
            } else {
                Vec::new()
            },
        });
    }
}
