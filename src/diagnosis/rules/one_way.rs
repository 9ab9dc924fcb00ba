//! Media in one direction only.

use super::no_media::LONG_ENOUGH;
use crate::base::codec::Media;
use crate::base::time::Span;
use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};
use crate::track::Side;
use crate::track::stream::Stream;

/// `media.one-way`
pub(super) struct OneWay;

/// How long after the answer media still flow in a call; those that stop sooner
/// belong to what was before it.
const AFTER_ANSWER: Span = Span::from_millis(500);
/// Packets that are speech rather than a few comfort noise or keep-alive packets.
const SPEECH: u64 = 50;

impl Rule for OneWay {
    fn code(&self) -> &'static str {
        "media.one-way"
    }

    fn summary(&self) -> &'static str {
        "An answered call has audio in one direction and none in the other."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        for deaf in [Side::Caller, Side::Callee] {
            if let Some(finding) = self.finding(subject, deaf) {
                findings.push(finding);
            }
        }
    }
}

impl OneWay {
    /// The finding, if `deaf` heard nothing and the other side did.
    fn finding(&self, subject: &Subject<'_>, deaf: Side) -> Option<Finding> {
        let call = subject.call()?;
        let answer = call.last().filter(|last| last.status < 300)?;
        let until = call.ended().unwrap_or(subject.now);
        if until.since(answer.at) < LONG_ENOUGH {
            return None;
        }
        let audio = |side| subject.received_by(side).filter(|(_, stream)| is_audio(stream));
        // Media that stopped with the answer, such as a ring tone, reach nobody in the call.
        let in_call = |stream: &Stream| stream.last_at > answer.at + AFTER_ANSWER;
        let reaches = |stream: &Stream| subject.announced.reaches(subject.id, deaf, stream.flow);
        let mut all = subject.streams.iter();
        if audio(deaf).any(|(_, stream)| in_call(stream))
            || all.any(|(_, stream)| in_call(stream) && reaches(stream))
        {
            return None;
        }
        let (index, heard) =
            audio(deaf.other()).find(|(_, stream)| stream.packets >= SPEECH && in_call(stream))?;
        let silent = deaf.other();
        if subject.announced.is_told_silent(subject.id, silent) {
            return None;
        }
        let expected = subject.announced.endpoints(subject.id, deaf).last();
        let mut evidence: Vec<_> =
            subject.evidence(answer.message, "the call is answered").into_iter().collect();
        evidence.push(Evidence {
            frame: heard.first_frame,
            text: format!("first of {} packets that the {} received", heard.packets, silent.name()),
        });
        let where_to = expected.map_or_else(String::new, |endpoint| {
            let private = if endpoint.is_private() { ", a private address" } else { "" };
            format!(" It announced {endpoint}{private}.")
        });
        Some(Finding {
            code: self.code(),
            severity: Severity::Fault,
            title: format!("One-way audio: nothing reached the {}", deaf.name()),
            explanation: format!(
                "The {} received {} RTP packets; towards the {} none was seen after the answer.{where_to}",
                silent.name(),
                heard.packets,
                deaf.name()
            ),
            fix: "Look whether the silent side sends at all (capture there). If it does, the address that the \
                  other side announced cannot be reached from there: NAT without a media relay, a firewall, or a \
                  wrong external address.",
            reference: "RFC 3264 section 5",
            conversation: subject.id,
            stream: Some(index),
            evidence,
            ruled_out: vec![
                format!("the {} did not say that it would be silent (hold)", silent.name()),
                format!("no other stream of the call goes to an address of the {}", deaf.name()),
            ],
        })
    }
}

fn is_audio(stream: &Stream) -> bool {
    let codec = stream.main_payload().and_then(|payload| payload.meaning.codec);
    codec.is_none_or(|codec| codec.media() == Media::Audio)
}
