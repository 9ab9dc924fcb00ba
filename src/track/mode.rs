//! How a stream's speech was coded, as its payloads show: bit rate, bandwidth,
//! frame size, silence.

use super::payload::Meaning;
use crate::base::codec::Codec;
use crate::metrics::impairment::{amr_bit_rate, amr_wb_bit_rate};
pub use crate::wire::payload::opus::Bandwidth;
use crate::wire::payload::{amr, evs, g723, opus, speex};

/// What was counted of the coded frames.
#[derive(Clone, Debug, Default)]
pub struct Mode {
    counts: Option<Box<Counts>>,
}

#[derive(Clone, Debug, Default)]
struct Counts {
    /// Frames by type: of AMR its frame types, of G.723.1 high and low rate, of
    /// Opus its bandwidths, of G.729 frames of 8 kbit/s, of EVS its rates, of
    /// iLBC frames of 20 and 30 ms, of Speex its narrowband modes.
    types: [u32; 16],
    /// Frames of EVS in AMR-WB interoperable mode, by type.
    interoperable: [u32; 9],
    silence: u32,
    frame_us: u32,
    stereo: bool,
}

/// Octets of a frame of G.729, and of its silence descriptor (RFC 3551 section 4.5.6).
const G729_FRAME: usize = 10;
const G729_SILENCE: usize = 2;
/// Octets of a frame of iLBC (RFC 3952 section 3.2).
const ILBC_20_MS: usize = 38;
const ILBC_30_MS: usize = 50;

impl Mode {
    /// Looks at a payload in clear; whether it has voice, and not only silence
    /// descriptors.
    #[inline]
    pub(super) fn take(&mut self, meaning: &Meaning, payload: &[u8]) -> bool {
        match meaning.codec {
            Some(codec) if Self::looks_into(codec) => {
                let silence = self.silence();
                self.inspect(codec, meaning, payload);
                self.silence() == silence
            }
            _ => true,
        }
    }

    /// Whether payloads of a codec show how the speech was coded.
    pub(super) const fn looks_into(codec: Codec) -> bool {
        matches!(
            codec,
            Codec::Amr
                | Codec::AmrWb
                | Codec::Evs
                | Codec::G723
                | Codec::G729
                | Codec::Ilbc
                | Codec::Opus
                | Codec::Speex
        )
    }

    fn inspect(&mut self, codec: Codec, meaning: &Meaning, payload: &[u8]) {
        let octet_aligned = meaning.octet_aligned;
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
            Codec::Evs => {
                for frame in evs::frames(payload, meaning.header_full) {
                    match frame {
                        evs::Frame::Primary(rate) => {
                            let index = evs::PRIMARY.iter().position(|known| *known == rate);
                            count(index.unwrap_or_default());
                        }
                        evs::Frame::WidebandIo(kind) => {
                            if let Some(known) = counts.interoperable.get_mut(usize::from(kind)) {
                                *known = known.saturating_add(1);
                            }
                        }
                        evs::Frame::Silence => counts.silence = counts.silence.saturating_add(1),
                        evs::Frame::Nothing => {}
                    }
                }
            }
            Codec::Ilbc => match payload.len() {
                0 => {}
                length if length % ILBC_20_MS == 0 => count(0),
                length if length % ILBC_30_MS == 0 => count(1),
                _ => {}
            },
            Codec::Speex => {
                if let Some(mode) = speex::mode(payload) {
                    count(mode.into());
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

    /// Bits a second of the voice: of a codec with one rate that, else of most
    /// frames, where they tell.
    pub fn bit_rate(&self, codec: Codec) -> Option<u32> {
        if let Some(rate) = codec.fixed_bit_rate() {
            return Some(rate);
        }
        if codec == Codec::Evs
            && let Some(kind) = self.interoperable()
        {
            return amr_wb_bit_rate(kind);
        }
        let main = self.main_type()?;
        let frame_type = u8::try_from(main).ok()?;
        match codec {
            Codec::Amr => amr_bit_rate(frame_type),
            Codec::AmrWb => amr_wb_bit_rate(frame_type),
            Codec::G723 => Some(if main == 0 { 6_300 } else { 5_300 }),
            Codec::G729 => Some(8_000),
            Codec::Evs => evs::PRIMARY.get(main).copied(),
            Codec::Ilbc => Some(if main == 0 { 15_200 } else { 13_333 }),
            Codec::Speex => speex::bit_rate(frame_type),
            _ => None,
        }
    }

    /// The frame type of AMR-WB in which most frames of EVS interoperate, if
    /// most do.
    fn interoperable(&self) -> Option<u8> {
        let counts = self.counts.as_ref()?;
        let (kind, count) = (0..).zip(&counts.interoperable).max_by_key(|(_, count)| **count)?;
        (*count > counts.types.iter().copied().max().unwrap_or(0)).then_some(kind)
    }

    /// Whether any packet of Opus had two channels.
    pub fn is_stereo(&self, codec: Codec) -> Option<bool> {
        self.counts.as_ref().filter(|_| codec == Codec::Opus).map(|counts| counts.stereo)
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
        assert_eq!(mode(Codec::Pcmu, &[&[0]]).bit_rate(Codec::Pcmu), Some(64_000));
        assert_eq!(mode(Codec::L16, &[&[0]]).bit_rate(Codec::L16), None);
        let evs = mode(Codec::Evs, &[&[0; 33], &[0; 33], &[0; 6]]);
        assert_eq!((evs.bit_rate(Codec::Evs), evs.silence()), (Some(13_200), 1));
        let interoperable = mode(Codec::Evs, &[&[0; 32], &[0; 32]]);
        assert_eq!(interoperable.bit_rate(Codec::Evs), Some(12_650));
        let ilbc = mode(Codec::Ilbc, &[&[0; 100], &[0; 50]]);
        assert_eq!(ilbc.bit_rate(Codec::Ilbc), Some(13_333));
        assert_eq!(mode(Codec::Speex, &[&[0x1d; 20]]).bit_rate(Codec::Speex), Some(8_000));
    }
}
