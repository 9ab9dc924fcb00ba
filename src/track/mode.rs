//! How a stream's speech was coded, as its payloads show: bit rate, bandwidth,
//! frame size, silence.

use super::payload::Meaning;
use crate::base::codec::Codec;
use crate::metrics::impairment::{amr_bit_rate, amr_wb_bit_rate};
pub use crate::wire::payload::opus::Bandwidth;
use crate::wire::payload::{amr, g723, opus};

/// What was counted of the coded frames.
#[derive(Clone, Debug, Default)]
pub struct Mode {
    counts: Option<Box<Counts>>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    /// Frames by type: of AMR its frame types, of G.723.1 high and low rate, of
    /// Opus its bandwidths, of G.729 frames of 8 kbit/s.
    types: [u32; 16],
    silence: u32,
    frame_us: u32,
    stereo: bool,
}

/// Octets of a frame of G.729, and of its silence descriptor (RFC 3551 section 4.5.6).
const G729_FRAME: usize = 10;
const G729_SILENCE: usize = 2;

impl Mode {
    /// Looks at a payload in clear.
    #[inline]
    pub(super) fn take(&mut self, meaning: &Meaning, payload: &[u8]) {
        if let Some(codec @ (Codec::Amr | Codec::AmrWb | Codec::G723 | Codec::G729 | Codec::Opus)) =
            meaning.codec
        {
            self.inspect(codec, meaning.octet_aligned, payload);
        }
    }

    fn inspect(&mut self, codec: Codec, octet_aligned: bool, payload: &[u8]) {
        let counts = self.counts.get_or_insert_default();
        let mut count = |kind: usize| {
            if let Some(known) = counts.types.get_mut(kind) {
                *known = known.saturating_add(1);
            }
        };
        match codec {
            Codec::Amr | Codec::AmrWb => {
                let wideband = codec == Codec::AmrWb;
                for frame_type in amr::frame_types(payload, octet_aligned) {
                    if amr::is_silence(frame_type, wideband) {
                        counts.silence = counts.silence.saturating_add(1);
                    } else if frame_type != amr::NO_DATA
                        && let Some(known) = counts.types.get_mut(usize::from(frame_type))
                    {
                        *known = known.saturating_add(1);
                    }
                }
            }
            Codec::G723 => {
                for frame in g723::frames(payload) {
                    match frame {
                        g723::Frame::High => count(0),
                        g723::Frame::Low => count(1),
                        g723::Frame::Silence => counts.silence = counts.silence.saturating_add(1),
                    }
                }
            }
            Codec::G729 => {
                count(0);
                if payload.len() % G729_FRAME == G729_SILENCE {
                    counts.silence = counts.silence.saturating_add(1);
                }
            }
            _ => {
                if let Some(contents) = opus::contents(payload) {
                    count(contents.bandwidth as usize);
                    counts.frame_us = contents.frame_us;
                    counts.stereo |= contents.stereo;
                }
            }
        }
    }

    /// The frame type of most frames; the lower of equals.
    fn main_type(&self) -> Option<usize> {
        let types = &self.counts.as_ref()?.types;
        let (index, count) = types
            .iter()
            .enumerate()
            .max_by_key(|(index, count)| (**count, std::cmp::Reverse(*index)))?;
        (*count > 0).then_some(index)
    }

    /// Bits a second of the voice in most frames, where the codec's frames tell.
    pub fn bit_rate(&self, codec: Codec) -> Option<u32> {
        let main = self.main_type()?;
        let frame_type = u8::try_from(main).ok()?;
        match codec {
            Codec::Amr => amr_bit_rate(frame_type),
            Codec::AmrWb => amr_wb_bit_rate(frame_type),
            Codec::G723 => Some(if main == 0 { 6_300 } else { 5_300 }),
            Codec::G729 => Some(8_000),
            _ => None,
        }
    }

    /// Silence descriptors seen.
    pub fn silence(&self) -> u32 {
        self.counts.as_ref().map_or(0, |counts| counts.silence)
    }

    /// The bandwidth of most packets of Opus.
    pub fn bandwidth(&self, codec: Codec) -> Option<Bandwidth> {
        const ALL: [Bandwidth; 5] = [
            Bandwidth::Narrow,
            Bandwidth::Medium,
            Bandwidth::Wide,
            Bandwidth::SuperWide,
            Bandwidth::Full,
        ];
        if codec == Codec::Opus { ALL.get(self.main_type()?).copied() } else { None }
    }

    /// Frame size of Opus in microseconds, as the latest packet had it.
    pub fn frame_us(&self) -> Option<u32> {
        self.counts.as_ref().map(|counts| counts.frame_us).filter(|us| *us > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(codec: Codec, payloads: &[&[u8]]) -> Mode {
        let meaning = Meaning { codec: Some(codec), ..Meaning::default() };
        let mut mode = Mode::default();
        for payload in payloads {
            mode.take(&meaning, payload);
        }
        mode
    }

    #[test]
    fn the_rate_of_most_frames_counts() {
        let amr = mode(Codec::Amr, &[&[0xf3, 0xc0], &[0xf3, 0xc0], &[0xf0, 0x40], &[0xf4, 0x40]]);
        assert_eq!((amr.bit_rate(Codec::Amr), amr.silence()), (Some(12_200), 1));
        let g723 = mode(Codec::G723, &[&[1; 20], &[0; 24], &[1; 20]]);
        assert_eq!(g723.bit_rate(Codec::G723), Some(5_300));
        let g729 = mode(Codec::G729, &[&[0; 20], &[0; 22]]);
        assert_eq!(g729.silence(), 1);
        let opus = mode(Codec::Opus, &[&[31 << 3], &[0]]);
        assert_eq!(
            (opus.bandwidth(Codec::Opus), opus.frame_us()),
            (Some(Bandwidth::Narrow), Some(10_000))
        );
        assert_eq!(mode(Codec::Pcmu, &[&[0]]).bit_rate(Codec::Pcmu), None);
    }
}
