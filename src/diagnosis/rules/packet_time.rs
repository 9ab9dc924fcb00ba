//! A sender whose packets are longer than its receiver takes.

use crate::base::codec::Media;
use crate::base::time::Span;
use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};

/// `media.packet-time`
pub(super) struct PacketTime;

impl Rule for PacketTime {
    fn code(&self) -> &'static str {
        "media.packet-time"
    }

    fn summary(&self) -> &'static str {
        "A stream's packets hold more media time than the receiver's a=maxptime, or another than its a=ptime."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        for (index, stream) in subject.streams {
            let codec = stream.main_payload().and_then(|payload| payload.meaning.codec);
            if codec.is_none_or(|codec| codec.media() != Media::Audio) {
                continue;
            }
            let (call, at) = (stream.binding_call(), stream.last_at);
            let Some(expected) = subject.announced.at_of(stream.flow.dst, call, at) else {
                continue;
            };
            let Some(sent) = stream.reception().packet_time() else { continue };
            let asked = |ms: u32| Span::from_millis(ms.into());
            let beyond = expected.section.max_ptime_ms.filter(|ms| sent > asked(*ms));
            let other = expected.section.ptime_ms.filter(|ms| *ms > 0 && sent != asked(*ms));
            let (severity, line, ms) = match (beyond, other) {
                (Some(ms), _) => (Severity::Warning, "a=maxptime", ms),
                (None, Some(ms)) => (Severity::Note, "a=ptime", ms),
                (None, None) => continue,
            };
            findings.push(Finding {
                code: self.code(),
                severity,
                title: format!("Packets of {} ms where the receiver asked for {ms} ms", sent.as_ms()),
                explanation: format!(
                    "{} announced {line}:{ms} for {}; the packets that come there from {} hold {} ms each.",
                    expected.side.name(), stream.flow.dst, stream.flow.src, sent.as_ms()
                ),
                fix: "Set the packet time of the sender; where the line is a=ptime this is a wish, and most receivers \
                      take what comes.",
                reference: "RFC 8866 sections 6.4 and 6.5",
                conversation: subject.id,
                stream: Some(*index),
                evidence: vec![
                    Evidence { frame: expected.frame, text: format!("{line}:{ms}") },
                    Evidence { frame: stream.first_frame, text: "first packet of the stream".to_owned() },
                ],
                ruled_out: Vec::new(),
            });
        }
    }
}
