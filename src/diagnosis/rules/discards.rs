//! Jitter that a usual de-jitter buffer does not absorb.

use crate::base::codec::Media;
use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};

/// `media.jitter`
pub(super) struct Discards;

/// The buffer that devices commonly have, as an index into the buffers
/// simulated (40, 60, 100, 200 ms).
const BUFFER: usize = 1;
const BUFFER_MS: u16 = 60;
/// Discards have the effect of loss (RFC 3611 section 4.7.1); thresholds are those of loss.
const WARNING_PERCENT: f64 = 2.0;
const FAULT_PERCENT: f64 = 5.0;
const ENOUGH: u64 = 100;

impl Rule for Discards {
    fn code(&self) -> &'static str {
        "media.jitter"
    }

    fn summary(&self) -> &'static str {
        "A stream's packets came so unevenly that a 60 ms buffer would discard 2 % of them or more."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        for (index, stream) in subject.streams {
            let reception = stream.reception();
            let expected = reception.counts().expected;
            let codec = stream.main_payload().and_then(|payload| payload.meaning.codec);
            if expected < ENOUGH || codec.is_none_or(|codec| codec.media() != Media::Audio) {
                continue;
            }
            let discarded = reception.loss().discarded(BUFFER);
            let percent = 100.0 * discarded as f64 / expected as f64;
            if percent < WARNING_PERCENT {
                continue;
            }
            let receiver = stream.binding.map_or("receiver", |binding| binding.receiver.name());
            let jitter = reception.jitter();
            let (mean, max) = (jitter.mean_ms().unwrap_or(0.0), jitter.max_ms().unwrap_or(0.0));
            findings.push(Finding {
                code: self.code(),
                severity: if percent >= FAULT_PERCENT { Severity::Fault } else { Severity::Warning },
                title: format!("{percent:.1} % of the packets towards the {receiver} came too late to be played"),
                explanation: format!(
                    "A de-jitter buffer of {BUFFER_MS} ms would have discarded {discarded} of {expected} packets; \
                     jitter was {mean:.1} ms on average and {max:.1} ms at most."
                ),
                fix: "Look for a queue on the way that voice shares with other traffic (no priority for DSCP 46), \
                      for wireless, or for a sender that does not pace its packets.",
                reference: "RFC 3550 appendix A.8, RFC 3611 section 4.7.1",
                conversation: subject.id,
                stream: Some(*index),
                evidence: vec![Evidence { frame: stream.first_frame, text: "first packet of the stream".to_owned() }],
                ruled_out: Vec::new(),
            });
        }
    }
}
