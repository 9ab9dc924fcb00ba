//! Two sources of one session with the same SSRC.

use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};

/// `media.ssrc-collision`
pub(super) struct SsrcCollision;

impl Rule for SsrcCollision {
    fn code(&self) -> &'static str {
        "media.ssrc-collision"
    }

    fn summary(&self) -> &'static str {
        "Two sources of one RTP session have the same SSRC, so that RTCP cannot tell them apart."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        for (index, stream) in subject.streams {
            let Some(relation) = subject.stream_relations.get(index) else { continue };
            // Each pair is told once, of its later stream.
            let mut others = relation.collides.iter().filter(|other| *other < index);
            let known = |other: &u32| {
                subject.streams.iter().find(|(known, _)| known == other).map(|(_, stream)| *stream)
            };
            let Some(other) = others.find_map(known) else { continue };
            findings.push(Finding {
                code: self.code(),
                severity: Severity::Note,
                title: format!("Two sources of one session have SSRC {}", stream.ssrc),
                explanation: format!(
                    "{} and {} send with the same SSRC at the same time, though their packets are not the same. A \
                     receiver cannot tell whom RTCP is about, and by RFC 3550 each has to change its SSRC and say BYE.",
                    other.flow.src, stream.flow.src
                ),
                fix: "Let each sender choose its SSRC at random; a fixed one is a fault of its software.",
                reference: "RFC 3550 section 8.2",
                conversation: subject.id,
                stream: Some(*index),
                evidence: vec![
                    Evidence { frame: other.first_frame, text: format!("first packet from {}", other.flow.src) },
                    Evidence { frame: stream.first_frame, text: format!("first packet from {}", stream.flow.src) },
                ],
                ruled_out: vec!["the packets are not one source's, passed on or sent back".to_owned()],
            });
        }
    }
}
