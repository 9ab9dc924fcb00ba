//! Packets that are missing because the capture dropped them, or may be.

use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};
use crate::track::stream::Stream;

/// `capture.loss`
pub(super) struct CaptureLoss;

/// Loss below which nothing is said, percent.
const LEAST_PERCENT: f64 = 1.0;

/// Percent of the packets expected that were lost while nothing was dropped:
/// what the network answers for.
pub(super) fn network_percent(subject: &Subject<'_>, stream: &Stream) -> Option<f64> {
    let counts = stream.reception().counts();
    let ours = subject.drops.lost_meanwhile(stream);
    match ours {
        0 => counts.lost_percent(),
        _ if counts.expected == 0 => None,
        _ => Some(100.0 * counts.lost.saturating_sub(ours) as f64 / counts.expected as f64),
    }
}

impl Rule for CaptureLoss {
    fn code(&self) -> &'static str {
        "capture.loss"
    }

    fn summary(&self) -> &'static str {
        "Packets of a stream are missing while the capture itself dropped packets."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        for (index, stream) in subject.streams {
            let lost = subject.drops.lost_meanwhile(stream);
            let counts = stream.reception().counts();
            let percent = 100.0 * lost as f64 / counts.expected.max(1) as f64;
            if lost == 0 || percent < LEAST_PERCENT {
                continue;
            }
            let dropped = subject.drops.during(stream.first_at, stream.last_at);
            findings.push(Finding {
                code: self.code(),
                severity: Severity::Warning,
                title: format!(
                    "{percent:.1} % of a stream's packets are missing while the capture dropped packets"
                ),
                explanation: format!(
                    "Of {} packets from {} to {}, {} are missing, {lost} of them while the capture dropped \
                     {dropped} packets (of which streams is not known). This loss may be the capture's and \
                     not the network's; so may what follows from it, such as the score.",
                    counts.expected, stream.flow.src, stream.flow.dst, counts.lost
                ),
                fix: "Capture with a larger buffer (--buffer), a narrower filter, or on a machine with more \
                      time for it; RTCP reports of the receiver tell what really arrived.",
                reference: "pcap_stats(3PCAP)",
                conversation: subject.id,
                stream: Some(*index),
                evidence: vec![Evidence {
                    frame: stream.first_frame,
                    text: "first packet of the stream".to_owned(),
                }],
                ruled_out: Vec::new(),
            });
        }
    }
}
