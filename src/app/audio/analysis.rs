//! Listening to all streams: levels, silence and tones, for the report.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use clap::Args;

use super::plan::formats;
use crate::app::again;
use crate::app::input::Input;
use crate::app::output::Failure;
use crate::base::codec::Codec;
use crate::base::flow::Flow;
use crate::base::id::Ssrc;
use crate::base::time::{Span, Timestamp};
use crate::engine::Snapshot;
use crate::metrics::level::Level;
use crate::metrics::tones::{Tone, Tones};
use crate::sound::listen::{Heard, Listener};
use crate::sound::voice::{Concealment, Voice, rate_of};
use crate::track::sound::{HeardDigit, Sound};
use crate::track::stream::Stream;

/// What to listen for: arguments that commands share.
#[derive(Clone, Copy, Debug, Args)]
pub(in crate::app) struct Listening {
    /// Decode the voices and report their level, clipping and silence (reads the
    /// captures twice)
    #[arg(long, help_heading = "Quality")]
    audio_analysis: bool,

    /// Also look for DTMF tones in voices of G.711 (reads the captures twice)
    #[arg(long, help_heading = "Quality")]
    inband_dtmf: bool,
}

impl Listening {
    /// Whether anything is listened for.
    pub(in crate::app) fn is_wanted(self) -> bool {
        self.audio_analysis || self.inband_dtmf
    }

    /// Says so if it is, and cannot be.
    pub(in crate::app) fn check(self, input: &Input) -> Result<(), Failure> {
        if !self.is_wanted() {
            return Ok(());
        }
        if input.max_memory.is_some() {
            let why = "listening to the voices keeps all calls to the end: leave --max-memory out";
            return Err(Failure::Usage(why.to_owned()));
        }
        again::possible(input, "listening to the voices")
    }
}

/// The rate at which tones are looked for; that of G.711.
const TONE_RATE: u32 = 8_000;

/// A stream that is listened to.
struct Ear {
    voice: Voice,
    start: Timestamp,
    level: Option<Level>,
    tones: Option<Tones>,
    most_digits: usize,
    heard: Vec<HeardDigit>,
}

/// Listens to every stream that can be decoded, if asked to, and puts what is
/// heard into the snapshot.
///
/// # Errors
///
/// The inputs cannot be read a second time.
pub(in crate::app) fn listen(
    input: &Input,
    listening: Listening,
    snapshot: &mut Snapshot,
) -> Result<(), Failure> {
    let Listening { audio_analysis, inband_dtmf } = listening;
    if !listening.is_wanted() {
        return Ok(());
    }
    let limits = input.settings().limits;
    let wanted = |stream: &Stream| {
        let formats = if stream.encrypted { Vec::new() } else { formats(stream) };
        let rate = rate_of(&formats)?;
        let tones = inband_dtmf && formats.iter().any(|format| is_g711(format.codec));
        (audio_analysis || tones).then_some((formats, rate, tones))
    };
    let mut by_key: HashMap<(Flow, Ssrc), Vec<usize>> = HashMap::new();
    for (index, stream) in snapshot.streams.iter().enumerate() {
        if wanted(stream).is_some() {
            by_key.entry((stream.flow, stream.ssrc)).or_default().push(index);
        }
    }
    let mut ears: HashMap<usize, Ear> = HashMap::new();
    let mut sounds: Vec<(usize, Sound)> = Vec::new();
    let mut listener = Listener::new(limits);
    again::frames(input, |frame| {
        listener.hear(frame, &mut |heard| {
            let Some(indexes) = by_key.get(&(heard.flow, heard.rtp.ssrc)) else { return };
            let of_time = |index: &&usize| {
                let stream = snapshot.streams.get(**index);
                stream.is_some_and(|s| (s.first_at..=s.last_at).contains(&heard.at))
            };
            let Some(&index) = indexes.iter().find(of_time) else { return };
            let Some(stream) = snapshot.streams.get(index) else { return };
            let ear = match ears.entry(index) {
                Entry::Occupied(ear) => ear.into_mut(),
                Entry::Vacant(place) => {
                    let Some((formats, rate, tones)) = wanted(stream) else { return };
                    place.insert(Ear {
                        voice: Voice::new(&formats, stream.first_at, rate, Concealment::Silence),
                        start: stream.first_at,
                        level: audio_analysis.then(|| Level::new(rate)),
                        tones: (tones && rate == TONE_RATE).then(Tones::default),
                        most_digits: limits.digits,
                        heard: Vec::new(),
                    })
                }
            };
            ear.take(heard);
            // Only streams that go on keep their decoder.
            if heard.at == stream.last_at
                && let Some(ear) = ears.remove(&index)
            {
                sounds.push((index, ear.finish()));
            }
        });
        Ok(())
    })?;
    sounds.extend(ears.into_iter().map(|(index, ear)| (index, ear.finish())));
    for (index, sound) in sounds {
        if let Some(stream) = snapshot.streams.get_mut(index) {
            stream.sound = Some(Box::new(sound));
        }
    }
    Ok(())
}

fn is_g711(codec: Codec) -> bool {
    matches!(codec, Codec::Pcmu | Codec::Pcma)
}

impl Ear {
    fn take(&mut self, heard: &Heard<'_>) {
        let Self { voice, start, level, tones, most_digits, heard: digits } = self;
        voice.take(heard, &mut |piece| {
            if let Some(level) = level {
                level.take(piece.samples);
            }
            if let Some(tones) = tones {
                let mut keep = |tone| keep(digits, *most_digits, *start, tone);
                tones.take(piece.place, piece.samples, &mut keep);
            }
        });
    }

    fn finish(mut self) -> Sound {
        let Self { voice, start, level, tones, most_digits, heard: digits } = &mut self;
        voice.finish(&mut |piece| {
            if let Some(level) = level {
                level.take(piece.samples);
            }
            if let Some(tones) = tones {
                let mut keep = |tone| keep(digits, *most_digits, *start, tone);
                tones.take(piece.place, piece.samples, &mut keep);
            }
        });
        if let Some(tones) = tones {
            tones.finish(&mut |tone| keep(digits, *most_digits, *start, tone));
        }
        Sound { level: self.level.filter(|level| level.samples() > 0), tones: self.heard }
    }
}

fn keep(digits: &mut Vec<HeardDigit>, most: usize, start: Timestamp, tone: Tone) {
    let span = |samples: u64| {
        let nanos = i64::try_from(samples).unwrap_or(i64::MAX);
        Span::from_nanos(nanos.saturating_mul(1_000_000_000 / i64::from(TONE_RATE)))
    };
    if digits.len() < most {
        digits.push(HeardDigit {
            at: start + span(tone.from),
            digit: tone.digit,
            duration: span(tone.samples),
        });
    }
}
