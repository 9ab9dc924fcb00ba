//! A stream whose priority mark changes on the way or at its sender.

use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};

/// `media.dscp-change`
pub(super) struct DscpChange;

impl Rule for DscpChange {
    fn code(&self) -> &'static str {
        "media.dscp-change"
    }

    fn summary(&self) -> &'static str {
        "A stream's packets have different DSCP marks, so that the network treats some of them as others."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        for (index, stream) in subject.streams {
            let Some(frame) = stream.sending.dscp_changed else { continue };
            // Points of capture on both sides of a router see both its marks.
            if stream.vantages.list().len() > 1 {
                continue;
            }
            let marks: Vec<_> = stream.sending.dscps().map(|mark| mark.to_string()).collect();
            findings.push(Finding {
                code: self.code(),
                severity: Severity::Note,
                title: format!("The DSCP mark of a stream changes: {}", marks.join(", ")),
                explanation: format!(
                    "Packets from {} to {} had the marks {}; {} times a packet had another than the one before.",
                    stream.flow.src, stream.flow.dst, marks.join(", "), stream.sending.dscp_changes
                ),
                fix: "Look who rewrites the mark: the sender, or a switch or router that trusts it only for some packets. \
                      Voice is usually marked 46 (expedited forwarding).",
                reference: "RFC 2474, RFC 3246, RFC 4594 section 4.1",
                conversation: subject.id,
                stream: Some(*index),
                evidence: vec![Evidence { frame, text: "first packet with another mark".to_owned() }],
                ruled_out: vec!["the packets were captured at one point".to_owned()],
            });
        }
    }
}
