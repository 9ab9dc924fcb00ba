//! A message that reached a proxy and did not leave it.

use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};
use crate::track::message::Method;

/// `sip.stopped-at-hop`
pub(super) struct StoppedAtHop;

impl Rule for StoppedAtHop {
    fn code(&self) -> &'static str {
        "sip.stopped-at-hop"
    }

    fn summary(&self) -> &'static str {
        "A message reached an element that had to pass it on, and went no further."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let messages = &subject.conversation.messages;
        let stops = subject.reading.travels.stops(subject.conversation, subject.now);
        let Some(first) = stops.first() else { return };
        let name = |index: u32| subject.name_of(index);
        let of = |index: u32| messages.get(index as usize);
        // Without these the call does not come about or does not last.
        let vital = stops.iter().any(|stop| {
            of(stop.message).is_some_and(|message| {
                message.method() == Some(Method::Ack) || message.cseq_method == Method::Invite
            })
        });
        let evidence: Vec<_> = stops
            .iter()
            .take(20)
            .filter_map(|stop| {
                let message = of(stop.message)?;
                let text =
                    format!("{} reached {} and went no further", name(stop.message), stop.element);
                Some(Evidence { frame: message.frame, text })
            })
            .collect();
        findings.push(Finding {
            code: self.code(),
            severity: if vital { Severity::Fault } else { Severity::Warning },
            title: format!("{} stopped at {}", name(first.message), first.element),
            explanation: format!(
                "{} passed other messages of the call on, and not {}; it did not answer in its own name either.",
                first.element,
                if stops.len() > 1 { "these" } else { "this one" }
            ),
            fix: "Look at the log of that element for the message's Call-ID and CSeq: a Route or Via that it cannot \
                  resolve, a branch it does not know, or a script that drops it. If its far side is not captured on \
                  every interface, the message may have left by another.",
            reference: "RFC 3261 sections 16.6 and 16.7",
            conversation: subject.id,
            stream: None,
            evidence,
            ruled_out: vec!["the hops before and behind it are both captured".to_owned()],
        });
    }
}
