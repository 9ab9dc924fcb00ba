//! A voice in whose packets there is nothing but silence.

use crate::diagnosis::{Evidence, Finding, Rule, Severity, Subject};
use crate::metrics::level::Level;
use crate::track::Side;
use crate::track::stream::Stream;

/// `media.mute`
pub(super) struct Mute;

/// Silence for less is what a short call sounds like.
const LONG_ENOUGH_S: f64 = 5.0;
/// Whoever speaks for this long expects an answer.
const SPOKEN_S: f64 = 1.0;

impl Rule for Mute {
    fn code(&self) -> &'static str {
        "media.mute"
    }

    fn summary(&self) -> &'static str {
        "One party sends packets of silence while the other speaks (needs --audio-analysis)."
    }

    fn check(&self, subject: &Subject<'_>, findings: &mut Vec<Finding>) {
        for mute in [Side::Caller, Side::Callee] {
            // What a party says is what the other receives.
            let heard = |by: Side| {
                subject
                    .received_by(by)
                    .filter_map(|(index, stream)| Some((index, stream, level(stream)?)))
            };
            let seconds: f64 = heard(mute.other()).map(|(_, _, level)| level.seconds()).sum();
            let says_nothing = heard(mute.other()).all(|(_, _, level)| level.is_mute());
            let answered: f64 = heard(mute).map(|(_, _, level)| level.speech_s()).sum();
            if seconds < LONG_ENOUGH_S || !says_nothing || answered < SPOKEN_S {
                continue;
            }
            let Some((index, stream, _)) = heard(mute.other()).next() else { continue };
            findings.push(self.finding(subject, mute, index, stream, seconds, answered));
        }
    }
}

impl Mute {
    fn finding(
        &self,
        subject: &Subject<'_>,
        mute: Side,
        index: u32,
        stream: &Stream,
        seconds: f64,
        answered: f64,
    ) -> Finding {
        let name = mute.name();
        Finding {
            code: self.code(),
            severity: Severity::Warning,
            title: format!("Nothing but silence came from the {name}"),
            explanation: format!(
                "The packets of the {name} hold {seconds:.0} s of silence, while the {} spoke for {answered:.0} s.",
                mute.other().name()
            ),
            fix: "The network carried what the device sent: look at its microphone, its mute key, and at what \
                  feeds a gateway or announcement on that side.",
            reference: "ITU-T P.56",
            conversation: subject.id,
            stream: Some(index),
            evidence: vec![Evidence {
                frame: stream.first_frame,
                text: "first packet of the silent stream".to_owned(),
            }],
            ruled_out: vec![
                format!("the packets of the {name} came: {} of them", stream.packets),
                "no frame of 20 ms reaches -50 dBov".to_owned(),
            ],
        }
    }
}

fn level(stream: &Stream) -> Option<&Level> {
    stream.sound.as_ref()?.level.as_ref()
}
