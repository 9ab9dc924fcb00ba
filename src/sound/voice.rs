//! The sound of one stream: its packets decoded, each at its time.

use std::num::NonZeroU32;

use audio_codec::resampler::BoxedResampler;

use super::decoder::Decoder;
use super::listen::Heard;
use super::order::{Order, Waiting};
use crate::base::codec::Codec;
use crate::base::id::RtpTime;
use crate::base::time::{Span, Timestamp};

/// What a payload type of a stream is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Format {
    /// Payload type.
    pub payload_type: u8,
    /// Its codec.
    pub codec: Codec,
    /// RTP clock.
    pub clock_hz: NonZeroU32,
    /// Channels.
    pub channels: u8,
}

/// What is put in the place of packets that did not come.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Concealment {
    /// Silence.
    #[default]
    Silence,
    /// What the codec has for it, else the last packet again, fading.
    Conceal,
}

/// A piece of a voice.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Piece<'a> {
    /// Where it begins, in samples since the beginning of the sound.
    pub place: u64,
    /// Samples at the rate of the voice.
    pub samples: &'a [i16],
}

/// What became of the packets of a voice.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Tally {
    /// Packets decoded.
    pub decoded: u64,
    /// Packets whose payload is no sound of the codec.
    pub unreadable: u64,
    /// Packets of payload types that cannot be decoded: events, comfort noise, other codecs.
    pub passed_over: u64,
}

/// Where media time stands in the sound.
#[derive(Clone, Copy, Debug)]
struct Anchor {
    place: i64,
    time: RtpTime,
    clock_hz: NonZeroU32,
}

/// A voice stays at its timestamps until these are off from the time of
/// capture by this much; then it is set anew.
const MOST_APART: Span = Span::from_millis(250);
/// Losses longer than this stay silent.
const MOST_CONCEALED: Span = Span::from_millis(120);
/// How often a packet is repeated less loudly in the place of lost ones.
const FADE_SHIFT: u32 = 1;

/// Decodes one stream.
pub struct Voice {
    decoders: Vec<(Format, Option<Decoder>)>,
    concealment: Concealment,
    order: Order,
    /// When the sound begins.
    start: Timestamp,
    /// Samples a second of its pieces.
    rate: u32,
    resampler: Option<(u32, BoxedResampler)>,
    anchor: Option<Anchor>,
    /// The place behind the last piece, and the number of its packet.
    end: Option<(i64, i64)>,
    /// The last packet's samples.
    last: Vec<i16>,
    tally: Tally,
}

impl std::fmt::Debug for Voice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Voice").field("rate", &self.rate).finish_non_exhaustive()
    }
}

/// Samples a second that these formats need; `None` when none of them can be decoded.
pub fn rate_of(formats: &[Format]) -> Option<u32> {
    formats.iter().filter_map(|format| Some(decoder(*format)?.rate())).max()
}

fn decoder(format: Format) -> Option<Decoder> {
    Decoder::new(format.codec, format.clock_hz.get(), format.channels)
}

impl Voice {
    /// The voice of a stream with these formats, in a sound that begins at
    /// `start` and has `rate` samples a second.
    pub fn new(formats: &[Format], start: Timestamp, rate: u32, concealment: Concealment) -> Self {
        let decoders = formats.iter().map(|format| (*format, decoder(*format))).collect();
        Self {
            decoders,
            concealment,
            order: Order::default(),
            start,
            rate,
            resampler: None,
            anchor: None,
            end: None,
            last: Vec::new(),
            tally: Tally::default(),
        }
    }

    /// Takes a packet of the stream; pieces whose turn it is go to `out`.
    pub fn take(&mut self, heard: &Heard<'_>, out: &mut dyn FnMut(Piece<'_>)) {
        let rtp = &heard.rtp;
        let number = self.order.number(rtp.seq);
        self.order.push(Waiting {
            number,
            payload_type: rtp.payload_type,
            time: rtp.timestamp,
            at: heard.at,
            payload: rtp.payload.to_vec(),
        });
        while let Some(packet) = self.order.pop(heard.at) {
            self.play(&packet, out);
        }
    }

    /// No more packets come: the rest.
    pub fn finish(&mut self, out: &mut dyn FnMut(Piece<'_>)) -> Tally {
        while let Some(packet) = self.order.drain() {
            self.play(&packet, out);
        }
        self.tally
    }

    fn play(&mut self, packet: &Waiting, out: &mut dyn FnMut(Piece<'_>)) {
        let decoders = &mut self.decoders;
        let known = decoders.iter_mut().find(|(f, _)| f.payload_type == packet.payload_type);
        let Some((format, Some(decoder))) = known else {
            self.tally.passed_over += 1;
            return;
        };
        let (clock_hz, own_rate) = (format.clock_hz, decoder.rate());
        let place = self.place(packet, clock_hz);
        let missing = self.missing(packet.number, place);
        if missing > 0 {
            self.conceal(packet.payload_type, missing, out);
        }
        let mut samples = Vec::new();
        let decoders = &mut self.decoders;
        let known = decoders.iter_mut().find(|(f, _)| f.payload_type == packet.payload_type);
        let Some((_, Some(decoder))) = known else { return };
        if decoder.decode(&packet.payload, &mut samples) {
            self.tally.decoded += 1;
        } else {
            self.tally.unreadable += 1;
        }
        let samples = self.at_rate(own_rate, samples);
        let length = i64::try_from(samples.len()).unwrap_or(i64::MAX);
        self.end = Some((place.saturating_add(length), packet.number));
        if let Ok(place) = u64::try_from(place) {
            out(Piece { place, samples: &samples });
        }
        self.last = samples;
    }

    /// Where a packet belongs: as far after the anchor as its timestamp says,
    /// or where it was captured, if the two are too far apart.
    fn place(&mut self, packet: &Waiting, clock_hz: NonZeroU32) -> i64 {
        let captured = self.samples(packet.at.since(self.start));
        let by_time = self.anchor.filter(|anchor| anchor.clock_hz == clock_hz).map(|anchor| {
            let ticks = i64::from(packet.time.since(anchor.time));
            anchor.place + ticks * i64::from(self.rate) / i64::from(clock_hz.get())
        });
        let near = |place: &i64| (place - captured).abs() <= self.samples(MOST_APART);
        let place = by_time.filter(near).unwrap_or(captured);
        // What was played stays as it was.
        let place = self.end.map_or(place, |(end, _)| place.max(end)).max(0);
        if by_time != Some(place) || self.anchor.is_none() {
            self.anchor = Some(Anchor { place, time: packet.time, clock_hz });
        }
        place
    }

    /// Samples lost before a packet at `place`, if they are to be concealed.
    fn missing(&self, number: i64, place: i64) -> usize {
        let Some((end, last)) = self.end.filter(|_| self.concealment == Concealment::Conceal)
        else {
            return 0;
        };
        let missing = place - end;
        let lost = number > last + 1 && missing <= self.samples(MOST_CONCEALED);
        if lost { usize::try_from(missing).unwrap_or_default() } else { 0 }
    }

    fn conceal(&mut self, payload_type: u8, missing: usize, out: &mut dyn FnMut(Piece<'_>)) {
        let Some((end, number)) = self.end else { return };
        let known = self.decoders.iter_mut().find(|(f, _)| f.payload_type == payload_type);
        let Some((_, Some(decoder))) = known else { return };
        let own_rate = decoder.rate();
        let own_samples = missing as u64 * u64::from(own_rate) / u64::from(self.rate.max(1));
        let mut samples = Vec::new();
        let wanted = usize::try_from(own_samples).unwrap_or_default();
        while samples.len() < wanted {
            let left = wanted - samples.len();
            if !decoder.conceal(left, &mut samples) {
                break;
            }
        }
        let mut samples = self.at_rate(own_rate, samples);
        if samples.is_empty() && !self.last.is_empty() {
            let fading = (1..).flat_map(|repeat| {
                self.last.iter().map(move |sample| sample >> (repeat * FADE_SHIFT).min(15))
            });
            samples = fading.take(missing).collect();
        }
        samples.truncate(missing);
        if let Ok(place) = u64::try_from(end) {
            out(Piece { place, samples: &samples });
        }
        let length = i64::try_from(samples.len()).unwrap_or_default();
        self.end = Some((end + length, number));
    }

    fn samples(&self, span: Span) -> i64 {
        let samples = i128::from(span.nanos()) * i128::from(self.rate) / 1_000_000_000;
        i64::try_from(samples).unwrap_or(i64::MAX)
    }

    fn at_rate(&mut self, from: u32, samples: Vec<i16>) -> Vec<i16> {
        if from == self.rate || samples.is_empty() {
            return samples;
        }
        if self.resampler.as_ref().is_none_or(|(rate, _)| *rate != from) {
            let new = BoxedResampler::new(from as usize, self.rate as usize).ok();
            self.resampler = new.map(|resampler| (from, resampler));
        }
        match &mut self.resampler {
            Some((_, resampler)) => resampler.resample(&samples),
            None => Vec::new(),
        }
    }
}
