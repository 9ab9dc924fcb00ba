//! Packet loss that can be heard.

use super::capture_loss::network_percent;
use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};

/// `media.loss`
pub(super) struct Loss;

/// Loss that G.711 with concealment turns into a MOS below 4 (G.107 with Bpl 25.1), percent.
const WARNING_PERCENT: f64 = 2.0;
/// Loss that turns it into a MOS below 3.6, what many are dissatisfied with
/// (G.107 Annex B), percent.
const FAULT_PERCENT: f64 = 5.0;
/// Packets below which a share says little.
const ENOUGH: u64 = 100;

impl Rule for Loss {
    fn code(&self) -> &'static str {
        "media.loss"
    }

    fn summary(&self) -> &'static str {
        "A stream lost 2 % of its packets or more before the capture point."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        for (index, stream) in subject.streams {
            let counts = stream.reception().counts();
            // What was lost while the capture dropped packets is told of as such.
            let of_network = network_percent(subject, stream);
            if of_network.is_none_or(|percent| percent < WARNING_PERCENT) {
                continue;
            }
            let Some(percent) = counts.lost_percent() else { continue };
            if counts.expected < ENOUGH {
                continue;
            }
            let longest = stream.reception().loss().network.longest_run;
            let receiver = stream.binding.map_or("receiver", |binding| binding.receiver.name());
            findings.push(Finding {
                code: self.code(),
                severity: if percent >= FAULT_PERCENT { Severity::Fault } else { Severity::Warning },
                title: format!("{percent:.1} % of the packets towards the {receiver} were lost"),
                explanation: format!(
                    "Of {} packets from {} to {}, {} were lost before the capture point; the longest run was \
                     {longest} packet(s).",
                    counts.expected, stream.flow.src, stream.flow.dst, counts.lost
                ),
                fix: "Look at the path from the sender to the capture point: a full link, a duplex mismatch, \
                      wireless. Loss behind the capture point is not in this figure; RTCP reports show it.",
                reference: "RFC 3550 appendix A.3, ITU-T G.107",
                conversation: subject.id,
                stream: Some(*index),
                evidence: vec![Evidence { frame: stream.first_frame, text: "first packet of the stream".to_owned() }],
                ruled_out: vec![format!(
                    "{} duplicate and {} late packet(s) are not counted as loss",
                    counts.duplicates, counts.out_of_order
                )],
            });
        }
    }
}
