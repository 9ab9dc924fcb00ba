//! A request that went in a circle, or too far.

use crate::diagnosis::{Finding, Rule, Severity, Subject};
use crate::track::fact::Fact;
use crate::track::message::{Method, Start};

/// `sip.loop`
pub(super) struct Loop;

impl Rule for Loop {
    fn code(&self) -> &'static str {
        "sip.loop"
    }

    fn summary(&self) -> &'static str {
        "A request went in a circle or over too many hops (482, 483)."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let messages = (0_u32..).zip(&subject.conversation.messages);
        let refused = messages.clone().find(|(_, message)| {
            matches!(message.start, Start::Response(482 | 483))
                && message.cseq_method == Method::Invite
        });
        let again = messages.clone().find_map(|(index, _)| came_back(subject, index));
        let Some((last, status)) = refused
            .map(|(index, message)| (index, message.status()))
            .or(again.map(|(_, later)| (later, None)))
        else {
            return;
        };
        let mut evidence = Vec::new();
        if let Some((first, later)) = again {
            evidence.extend(subject.evidence(first, "INVITE reaches an element"));
            evidence.extend(
                subject
                    .evidence(later, "the same INVITE reaches it again with the same Request-URI"),
            );
        }
        if let Some(status) = status {
            evidence.extend(subject.evidence(last, format!("{status} to the INVITE")));
        }
        let few = subject.conversation.facts().all().iter().find_map(|(index, fact)| match fact {
            Fact::HopsLeft(left) => Some((*index, *left)),
            _ => None,
        });
        if let Some((index, left)) = few {
            evidence.extend(subject.evidence(index, format!("Max-Forwards {left}")));
        }
        let title = match status {
            Some(482) => "The INVITE went in a circle (482 Loop Detected)",
            Some(483) => "The INVITE went over too many hops (483 Too Many Hops)",
            _ => "The INVITE went in a circle",
        };
        findings.push(Finding {
            code: self.code(),
            severity: Severity::Fault,
            title: title.to_owned(),
            explanation: if again.is_some() {
                "An element sent the INVITE on, and it came back with the Request-URI unchanged: each round is \
                 like the one before, until Max-Forwards is used up."
            } else {
                "An element refused the INVITE because it had seen it before or its Max-Forwards was used up. \
                 The circle itself lies outside this capture."
            }
            .to_owned(),
            fix: "Look at the routes of the elements on the way: two that send the same number to each other, or a \
                  forwarding that leads back to its origin.",
            reference: "RFC 3261 sections 16.3 and 8.1.1.6, RFC 5393",
            conversation: subject.id,
            stream: None,
            evidence,
            ruled_out: Vec::new(),
        });
    }
}

/// The earlier copy of an INVITE that reached the same element with the same
/// Request-URI, and the later one.
fn came_back(subject: &Subject<'_>, index: u32) -> Option<(u32, u32)> {
    let reading = subject.reading;
    let conversation = reading.conversation;
    let is_invite = reading.message(index)?.start == Start::Request(Method::Invite);
    let target = |index: u32| {
        conversation.facts().of(index).find_map(|fact| match fact {
            Fact::Target(text) => Some(conversation.texts().get(text)),
            _ => None,
        })
    };
    let (receiver, wanted) =
        (conversation.flow_of_index(index)?.dst, target(index).filter(|_| is_invite)?);
    let vias = reading.message(index)?.vias;
    let mut before = reading.travels.get(index).before;
    while let Some((earlier, _)) = before {
        // Behind a NAT the same copy arrives once more, with the same Vias.
        let travelled = reading.message(earlier)?.vias < vias;
        if travelled
            && conversation.flow_of_index(earlier)?.dst == receiver
            && target(earlier) == Some(wanted)
        {
            return Some((earlier, index));
        }
        before = reading.travels.get(earlier).before;
    }
    None
}
