//! A stretch of a stream that was bad while the whole looks fine.

use crate::base::codec::Media;
use crate::base::time::Span;
use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};
use crate::track::interval::Interval;
use crate::track::stream::Stream;

/// `media.bad-stretch`
pub(super) struct BadStretch;

/// Lost or discarded of an interval that makes it bad: G.711 with concealment
/// then has a MOS below 3.6 (G.107 Annex B), percent.
const BAD_PERCENT: f64 = 8.0;
/// Of the whole stream, what the rules on loss and jitter speak of, percent.
const WHOLE_PERCENT: f64 = 2.0;
/// Packets of an interval below which a share says little.
const ENOUGH: u32 = 50;

fn percent(lost: u64, expected: u64) -> f64 {
    if expected == 0 { 0.0 } else { 100.0 * lost as f64 / expected as f64 }
}

fn is_bad(interval: &Interval) -> bool {
    let missing = u64::from(interval.lost) + u64::from(interval.discarded);
    interval.expected() >= ENOUGH && percent(missing, interval.expected().into()) >= BAD_PERCENT
}

/// The longest run of bad intervals: its first and last index, and how many of
/// its packets were missing.
fn longest(stream: &Stream) -> Option<(u32, u32, u64)> {
    let runs = stream.intervals.list().chunk_by(|a, b| is_bad(a) == is_bad(b));
    let bad = runs.filter(|run| run.first().is_some_and(is_bad));
    let longest = bad.max_by_key(|run| run.len())?;
    let missing = longest.iter().map(|i| u64::from(i.lost) + u64::from(i.discarded)).sum();
    Some((longest.first()?.index, longest.last()?.index, missing))
}

impl Rule for BadStretch {
    fn code(&self) -> &'static str {
        "media.bad-stretch"
    }

    fn summary(&self) -> &'static str {
        "A stream that is fine on the whole lost 8 % of its packets or more for a while."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        for (index, stream) in subject.streams {
            let codec = stream.main_payload().and_then(|payload| payload.meaning.codec);
            if codec.is_none_or(|codec| codec.media() != Media::Audio) {
                continue;
            }
            let Some((first, last, missing)) = longest(stream) else { continue };
            let counts = stream.reception().counts();
            let discarded =
                stream.intervals.list().iter().map(|i| u64::from(i.discarded)).sum::<u64>();
            if percent(counts.lost, counts.expected) >= WHOLE_PERCENT
                || percent(discarded, counts.expected) >= WHOLE_PERCENT
            {
                continue;
            }
            let width = stream.intervals.width();
            let at =
                |index: u32| Span::from_nanos(width.nanos().saturating_mul(index.into())).as_secs();
            let receiver = stream.binding.map_or("receiver", |binding| binding.receiver.name());
            findings.push(Finding {
                code: self.code(),
                severity: Severity::Warning,
                title: format!(
                    "For {:.0} s the {receiver} heard badly, in a stream that is fine on the whole",
                    at(last + 1) - at(first)
                ),
                explanation: format!(
                    "From {:.0} to {:.0} s after its first packet the stream from {} to {} lacked {missing} packets, \
                     lost or too late; over all of it {} of {} were lost.",
                    at(first), at(last + 1), stream.flow.src, stream.flow.dst, counts.lost, counts.expected
                ),
                fix: "Look what happened on the path at that time: a backup, a rerouting, a hand-over of a wireless \
                      client, another call's video.",
                reference: "RFC 3611 section 4.7, ITU-T G.107",
                conversation: subject.id,
                stream: Some(*index),
                evidence: vec![Evidence { frame: stream.first_frame, text: "first packet of the stream".to_owned() }],
                ruled_out: Vec::new(),
            });
        }
    }
}
