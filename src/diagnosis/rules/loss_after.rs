//! Loss that the capture cannot see, but the receiver reports.

use crate::base::codec::Media;
use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};

/// `media.loss-after-capture`
pub(super) struct LossAfter;

/// Thresholds are those of loss that was seen (`media.loss`), percent.
const WARNING_PERCENT: f64 = 2.0;
const FAULT_PERCENT: f64 = 5.0;
const ENOUGH: u64 = 100;

impl Rule for LossAfter {
    fn code(&self) -> &'static str {
        "media.loss-after-capture"
    }

    fn summary(&self) -> &'static str {
        "A receiver reports 2 % or more lost that passed the capture point."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        for (index, stream) in subject.streams {
            let codec = stream.main_payload().and_then(|payload| payload.meaning.codec);
            if codec.is_some_and(|codec| codec.media() == Media::Other) {
                continue;
            }
            let Some(loss) = stream.rtcp.losses.located() else { continue };
            let percent = 100.0 * loss.after as f64 / loss.expected as f64;
            if loss.expected < ENOUGH || percent < WARNING_PERCENT {
                continue;
            }
            let receiver = stream.binding.map_or("receiver", |binding| binding.receiver.name());
            findings.push(Finding {
                code: self.code(),
                severity: if percent >= FAULT_PERCENT { Severity::Fault } else { Severity::Warning },
                title: format!("{percent:.1} % of the packets towards the {receiver} were lost behind the capture point"),
                explanation: format!(
                    "Of {} packets from {} to {}, the receiver reports {} lost by RTCP; {} of them were missing at the \
                     capture point already, so that {} were lost between it and the receiver.",
                    loss.expected, stream.flow.src, stream.flow.dst, loss.reported, loss.before, loss.after
                ),
                fix: "Look at the path from the capture point to the receiver, and at the receiver itself: some count \
                      packets that their de-jitter buffer discards as lost.",
                reference: "RFC 3550 section 6.4.1",
                conversation: subject.id,
                stream: Some(*index),
                evidence: vec![Evidence { frame: stream.first_frame, text: "first packet of the stream".to_owned() }],
                ruled_out: vec![format!("{} lost packet(s) were missing at the capture point", loss.before)],
            });
        }
    }
}
