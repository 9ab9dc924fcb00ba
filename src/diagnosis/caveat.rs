//! What rests on packets that were not seen says so, if the capture dropped
//! packets at the time.

use std::fmt::Write;

use super::{Finding, Severity, Subject};
use crate::base::time::Timestamp;

/// Rules that conclude from what was not seen.
const FROM_ABSENCE: &[&str] = &[
    "sip.no-response",
    "sip.refusal-not-acknowledged",
    "sip.no-ack",
    "sip.no-prack",
    "sip.cancel-ignored",
    "sip.request-timeout",
    "sip.stopped-at-hop",
    "sip.stray-response",
    "sip.session-expired",
    "media.none",
    "media.one-way",
    "media.loss",
    "media.bad-stretch",
];

/// Adds the caveat to what has been found.
pub(super) fn add(subject: &Subject<'_>, findings: &mut [Finding]) {
    if subject.drops.spans().is_empty() {
        return;
    }
    let Some((first, last)) = span(subject) else { return };
    let dropped = subject.drops.during(first, last);
    if dropped == 0 {
        return;
    }
    for finding in findings.iter_mut().filter(|found| FROM_ABSENCE.contains(&found.code)) {
        finding.severity = finding.severity.min(Severity::Warning);
        // A text takes everything.
        let _ = write!(
            finding.explanation,
            " But the capture dropped {dropped} packets meanwhile: what was not seen may have been sent all the same."
        );
    }
}

/// From the first message or packet to the last.
fn span(subject: &Subject<'_>) -> Option<(Timestamp, Timestamp)> {
    let messages = subject.conversation.messages.iter().map(|message| (message.at, message.at));
    let streams = subject.streams.iter().map(|(_, stream)| (stream.first_at, stream.last_at));
    messages.chain(streams).reduce(|(a, b), (c, d)| (a.min(c), b.max(d)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnosis::RULES;

    #[test]
    fn rules_that_conclude_from_absence_exist() {
        for code in FROM_ABSENCE {
            assert!(RULES.iter().any(|rule| rule.code() == *code), "{code}");
        }
    }
}
