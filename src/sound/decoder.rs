//! Payloads of one payload type to samples.

use audio_codec::Decoder as _;
use audio_codec::g722::G722Decoder;
use audio_codec::pcma::PcmaDecoder;
use audio_codec::pcmu::PcmuDecoder;
use opus_rs::OpusDecoder;

use super::g726::{G726, Packing};
use super::gsm::Gsm;
use crate::base::codec::Codec;

/// Sampling rates that L16 is decoded at; others are not sound.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
/// Samples of the longest Opus packet at 48 kHz (RFC 6716 section 3.2.1).
const LONGEST_OPUS: usize = 5_760;

/// A decoder of one payload type of one stream, to mono.
pub struct Decoder {
    kind: Kind,
    rate: u32,
}

enum Kind {
    Pcmu(PcmuDecoder),
    Pcma(PcmaDecoder),
    /// Big-endian samples, of this many channels.
    L16(usize),
    G722(Box<G722Decoder>),
    G726(Box<G726>),
    Gsm(Box<Gsm>),
    Opus(Box<OpusDecoder>),
}

impl std::fmt::Debug for Decoder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoder").field("rate", &self.rate).finish_non_exhaustive()
    }
}

impl Decoder {
    /// A decoder of a codec with this RTP clock and number of channels; `None`
    /// where siplens has none.
    pub fn new(codec: Codec, clock_hz: u32, channels: u8) -> Option<Self> {
        let (kind, rate) = match codec {
            Codec::Pcmu => (Kind::Pcmu(PcmuDecoder::new()), 8_000),
            Codec::Pcma => (Kind::Pcma(PcmaDecoder::new()), 8_000),
            Codec::L16 if RATES.contains(&clock_hz) => {
                (Kind::L16(usize::from(channels.max(1))), clock_hz)
            }
            // 16 kHz of sound at a clock of 8000 (RFC 3551 section 4.5.2).
            Codec::G722 => (Kind::G722(Box::default()), 16_000),
            Codec::G726(rate) => {
                (Kind::G726(Box::new(G726::new(rate, Packing::LeastFirst)?)), 8_000)
            }
            Codec::Aal2G726(rate) => {
                (Kind::G726(Box::new(G726::new(rate, Packing::MostFirst)?)), 8_000)
            }
            Codec::Gsm => (Kind::Gsm(Box::default()), 8_000),
            Codec::Opus => (Kind::Opus(Box::new(OpusDecoder::new(48_000, 1).ok()?)), 48_000),
            _ => return None,
        };
        Some(Self { kind, rate })
    }

    /// Samples a second.
    pub fn rate(&self) -> u32 {
        self.rate
    }

    /// Decodes a payload; `false` when it could not be, or not wholly.
    pub fn decode(&mut self, payload: &[u8], out: &mut Vec<i16>) -> bool {
        match &mut self.kind {
            Kind::Pcmu(decoder) => out.extend(decoder.decode(payload)),
            Kind::Pcma(decoder) => out.extend(decoder.decode(payload)),
            Kind::L16(channels) => {
                let samples = payload.chunks_exact(2 * *channels);
                out.extend(samples.map(mean_sample));
            }
            Kind::G722(decoder) => out.extend(decoder.decode_frame(payload)),
            Kind::G726(decoder) => decoder.decode(payload, out),
            Kind::Gsm(decoder) => {
                let before = out.len();
                decoder.decode(payload, out);
                return out.len() > before;
            }
            // An empty payload is no packet; the decoder would conceal it.
            Kind::Opus(decoder) => return !payload.is_empty() && opus(decoder, payload, out),
        }
        true
    }

    /// What the codec itself puts in the place of `samples` lost ones; `false`
    /// where it has no such means.
    pub fn conceal(&mut self, samples: usize, out: &mut Vec<i16>) -> bool {
        match &mut self.kind {
            Kind::Opus(decoder) => {
                // A multiple of 2.5 ms (RFC 6716 section 2.1.4), of which the caller takes what it needs.
                let whole = samples.next_multiple_of(120).min(LONGEST_OPUS);
                concealed(decoder, whole, out)
            }
            _ => false,
        }
    }
}

/// The mean of the channels of one sample.
fn mean_sample(channels: &[u8]) -> i16 {
    let (mut sum, mut count) = (0_i32, 0);
    for sample in channels.as_chunks().0 {
        sum += i32::from(i16::from_be_bytes(*sample));
        count += 1;
    }
    i16::try_from(sum / count.max(1)).unwrap_or_default()
}

fn opus(decoder: &mut OpusDecoder, packet: &[u8], out: &mut Vec<i16>) -> bool {
    run_opus(decoder, packet, LONGEST_OPUS, out)
}

fn concealed(decoder: &mut OpusDecoder, samples: usize, out: &mut Vec<i16>) -> bool {
    run_opus(decoder, &[], samples, out)
}

fn run_opus(decoder: &mut OpusDecoder, packet: &[u8], most: usize, out: &mut Vec<i16>) -> bool {
    let mut samples = vec![0.0_f32; most];
    let decoded = decoder.decode(packet, most, &mut samples).unwrap_or(0);
    samples.truncate(decoded);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a float becomes the nearest integer it can"
    )]
    out.extend(samples.iter().map(|sample| (sample * 32_768.0).round() as i16));
    decoded > 0
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A quarter of a second of speech, encoded and decoded by spandsp 0.0.6 (GSM: by libgsm 1.0.22).
    macro_rules! speech {
        ($name:literal) => {
            include_bytes!(concat!("../../tests/sound/speech.", $name))
        };
    }

    /// The greatest distance of a decoder's samples from the reference's.
    fn distance(codec: Codec, payload: &[u8], piece: usize, reference: &[u8]) -> i32 {
        let mut decoder = Decoder::new(codec, 8_000, 1).unwrap();
        let mut samples = Vec::new();
        for payload in payload.chunks(piece) {
            assert!(decoder.decode(payload, &mut samples));
        }
        let reference: Vec<_> =
            reference.as_chunks().0.iter().map(|two| i16::from_le_bytes(*two)).collect();
        assert_eq!(samples.len(), reference.len());
        let pairs = samples.iter().zip(&reference);
        pairs.map(|(ours, theirs)| (i32::from(*ours) - i32::from(*theirs)).abs()).max().unwrap()
    }

    #[test]
    fn g726_is_what_spandsp_decodes() {
        let check = |rate: u8, rfc: &[u8], aal2: &[u8], samples: &[u8]| {
            // 20 ms of any rate are whole octets.
            let piece = usize::from(rate) * 20 / 8;
            assert_eq!(distance(Codec::G726(rate), rfc, piece, samples), 0, "{rate} kbit/s");
            assert_eq!(distance(Codec::Aal2G726(rate), aal2, piece, samples), 0, "{rate} kbit/s");
        };
        check(16, speech!("g726-16"), speech!("aal2-g726-16"), speech!("g726-16.samples"));
        check(24, speech!("g726-24"), speech!("aal2-g726-24"), speech!("g726-24.samples"));
        check(32, speech!("g726-32"), speech!("aal2-g726-32"), speech!("g726-32.samples"));
        check(40, speech!("g726-40"), speech!("aal2-g726-40"), speech!("g726-40.samples"));
    }

    #[test]
    fn gsm_is_what_libgsm_decodes() {
        assert_eq!(distance(Codec::Gsm, speech!("gsm"), 33, speech!("gsm.samples")), 0);
    }

    #[test]
    fn g711_follows_the_recommendation() {
        // ITU-T G.711 tables 1a and 2a: the first and the last value of a chord, and both signs.
        let decoded = |codec, octet| {
            let mut out = Vec::new();
            Decoder::new(codec, 8_000, 1).unwrap().decode(&[octet], &mut out);
            out[0]
        };
        assert_eq!(
            [0xff, 0x80, 0x00].map(|octet| decoded(Codec::Pcmu, octet)),
            [0, 32_124, -32_124]
        );
        assert_eq!(
            [0xd5, 0xaa, 0x2a].map(|octet| decoded(Codec::Pcma, octet)),
            [8, 32_256, -32_256]
        );
    }

    #[test]
    fn linear_channels_are_mixed() {
        let mut out = Vec::new();
        let stereo = [0, 100, 0, 200, 0xff, 0xff, 0xff, 0xfd, 1];
        assert!(Decoder::new(Codec::L16, 44_100, 2).unwrap().decode(&stereo, &mut out));
        assert_eq!(out, [150, -2], "half a sample is left");
        assert!(Decoder::new(Codec::L16, 0, 1).is_none());
    }

    #[test]
    fn a_wide_band_sample_is_two_of_its_clock() {
        let mut out = Vec::new();
        let mut decoder = Decoder::new(Codec::G722, 8_000, 1).unwrap();
        assert!(decoder.decode(&[0xfa; 160], &mut out));
        assert_eq!((out.len(), decoder.rate()), (320, 16_000));
    }

    #[test]
    fn foreign_bytes_are_not_opus() {
        let mut out = Vec::new();
        let mut decoder = Decoder::new(Codec::Opus, 48_000, 2).unwrap();
        assert!(!decoder.decode(&[0xff, 0xff, 0xff], &mut out));
        assert!(out.is_empty());
    }

    #[test]
    fn any_bytes_decode_or_not_without_a_panic() {
        let codecs = [
            Codec::Pcmu,
            Codec::L16,
            Codec::G722,
            Codec::G726(16),
            Codec::Aal2G726(40),
            Codec::Gsm,
            Codec::Opus,
        ];
        let mut state = 1_u32;
        let mut next = || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        };
        for codec in codecs {
            let mut decoder = Decoder::new(codec, 48_000, 1).unwrap();
            let mut out = Vec::new();
            for length in 0..200 {
                let mut payload: Vec<u8> = (0..length).map(|_| next()).collect();
                if let (Codec::Gsm, Some(first)) = (codec, payload.first_mut()) {
                    *first |= 0xd0;
                }
                decoder.decode(&payload, &mut out);
                decoder.conceal(960, &mut out);
                out.clear();
            }
        }
    }
}
