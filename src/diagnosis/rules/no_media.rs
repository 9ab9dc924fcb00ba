//! An answered call without any media.

use crate::base::time::Span;
use crate::diagnosis::{Finding, Rule, Severity, Subject};
use crate::track::Side;

/// `media.none`
pub(super) struct NoMedia;

/// Calls shorter than this may end before media begin.
pub(super) const LONG_ENOUGH: Span = Span::from_secs(2);

impl Rule for NoMedia {
    fn code(&self) -> &'static str {
        "media.none"
    }

    fn summary(&self) -> &'static str {
        "A call was answered and no RTP of it was seen, in a capture that has RTP."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        let Some(call) = subject.call().filter(|_| subject.capture_has_media) else { return };
        let Some(answer) = call.last().filter(|last| last.status < 300) else { return };
        let until = call.ended().unwrap_or(subject.now);
        let both = [Side::Caller, Side::Callee]
            .map(|side| subject.announced.endpoints(subject.id, side).next());
        let ([Some(caller), Some(callee)], true) = (both, subject.streams.is_empty()) else {
            return;
        };
        let told_silent = |side| subject.announced.is_told_silent(subject.id, side);
        if until.since(answer.at) < LONG_ENOUGH
            || told_silent(Side::Caller) && told_silent(Side::Callee)
        {
            return;
        }
        findings.push(Finding {
            code: self.code(),
            severity: Severity::Warning,
            title: "No media was seen in either direction".to_owned(),
            explanation: format!(
                "Both sides announced where they receive media ({caller} and {callee}), the call was up for \
                 {:.1} s, and no RTP packet between them was captured. Either nobody sent, or media took a way \
                 that the capture point does not see.",
                until.since(answer.at).as_secs()
            ),
            fix: "Capture where the media pass (they need not take the way of the signalling), or look for a \
                  media relay that was announced and not used.",
            reference: "RFC 3264 section 5",
            conversation: subject.id,
            stream: None,
            evidence: subject.evidence(answer.message, "the answer with its session description").into_iter().collect(),
            ruled_out: vec!["the capture does hold RTP of other calls".to_owned()],
        });
    }
}
