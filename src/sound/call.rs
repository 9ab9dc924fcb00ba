//! The sound of one call: what either party says, each in a channel of its own.

use super::listen::Heard;
use super::mixer::Mixer;
use super::voice::{Concealment, Format, Tally, Voice, rate_of};
use crate::base::time::{Span, Timestamp};

/// Who speaks: the caller in the left channel, the callee in the right one.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Speaker {
    /// The caller.
    Caller,
    /// The callee.
    Callee,
}

/// A stream of a call that is to be heard.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Part {
    /// Who speaks.
    pub speaker: Speaker,
    /// What its payload types are.
    pub formats: Vec<Format>,
}

/// A channel belongs to the stream that sounded last, until that was silent
/// for so long: relays carry the same voice on both their sides.
const HANDOVER: Span = Span::from_millis(500);
/// What is older than this is written: more than packets are waited for.
const SETTLED: Span = Span::from_secs(1);
/// Silence of both parties that is written at most; what comes later is left out.
const MOST_SILENCE: Span = Span::from_secs(3_600);

/// The sound of a call.
#[derive(Debug)]
pub struct CallSound {
    voices: Vec<(Speaker, Voice)>,
    /// The stream that each channel belongs to, and when it last sounded.
    owners: [Option<(usize, Timestamp)>; 2],
    mixer: Mixer,
    start: Timestamp,
    rate: u32,
    /// When a packet was last taken.
    last: Timestamp,
    left_out: LeftOut,
}

/// Packets of a call that are not in its sound.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LeftOut {
    /// Those that carried what the channel had from another stream.
    pub twice: u64,
    /// Those that came more than an hour after the one before.
    pub after_silence: u64,
}

impl CallSound {
    /// The sound of a call whose first packet of sound was captured at
    /// `start`; `None` when none of its parts can be decoded.
    pub fn new(parts: &[Part], start: Timestamp, concealment: Concealment) -> Option<Self> {
        let rate = parts.iter().filter_map(|part| rate_of(&part.formats)).max()?;
        let voices = parts
            .iter()
            .map(|part| (part.speaker, Voice::new(&part.formats, start, rate, concealment)));
        Some(Self {
            voices: voices.collect(),
            owners: [None; 2],
            mixer: Mixer::default(),
            start,
            rate,
            last: start,
            left_out: LeftOut::default(),
        })
    }

    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Takes a packet of part `index`. What is settled by then is appended to
    /// `out`, left and right by turns.
    pub fn take(&mut self, index: usize, heard: &Heard<'_>, out: &mut Vec<i16>) {
        if heard.at.since(self.last) > MOST_SILENCE {
            self.left_out.after_silence += 1;
            return;
        }
        let Some((speaker, voice)) = self.voices.get_mut(index) else { return };
        let channel = channel_of(*speaker);
        let Some(owner) = self.owners.get_mut(channel) else { return };
        if owner.is_some_and(|(of, last)| of != index && heard.at.since(last) < HANDOVER) {
            self.left_out.twice += 1;
            return;
        }
        *owner = Some((index, heard.at));
        self.last = self.last.max(heard.at);
        let mixer = &mut self.mixer;
        voice.take(heard, &mut |piece| {
            mixer.write(channel, piece.place, piece.samples);
        });
        let settled = heard.at.since(self.start).nanos() - SETTLED.nanos();
        let settled = i128::from(settled) * i128::from(self.rate) / 1_000_000_000;
        self.mixer.read(u64::try_from(settled).unwrap_or(0), out);
    }

    /// No more packets come: the rest. Returns what became of the packets of
    /// each part, and what was left out.
    pub fn finish(&mut self, out: &mut Vec<i16>) -> (Vec<Tally>, LeftOut) {
        let mixer = &mut self.mixer;
        let tallies = self.voices.iter_mut().map(|(speaker, voice)| {
            let channel = channel_of(*speaker);
            voice.finish(&mut |piece| {
                mixer.write(channel, piece.place, piece.samples);
            })
        });
        let tallies = tallies.collect();
        self.mixer.read(self.mixer.end(), out);
        (tallies, self.left_out)
    }
}

const fn channel_of(speaker: Speaker) -> usize {
    match speaker {
        Speaker::Caller => 0,
        Speaker::Callee => 1,
    }
}
