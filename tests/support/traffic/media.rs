//! The packets that one party of a call sends: RTP (RFC 3550 section 5.1) of a
//! codec, with telephone events (RFC 4733) in between.

use std::net::SocketAddr;

use super::codec::{Codec, EVENT_TYPE};
use super::plan::{Nanos, Network};
use super::random::Random;

/// One direction of a call's media.
#[derive(Clone, Debug)]
pub(crate) struct Talk {
    /// What the capture holds of it so far.
    pub(crate) truth: StreamTruth,
    /// Packets that it has in all.
    pub(crate) length: u32,
    /// Packets sent so far, lost ones included.
    pub(crate) sent: u32,
    /// Bytes of payload in them.
    pub(crate) octets: u32,
    /// Its own last report: the middle of its NTP time, and when.
    pub(crate) reported: Option<(u32, Nanos)>,
    /// The timestamp of the next packet.
    pub(crate) time: u32,
    codec: Codec,
    first_seq: u16,
    digits: u32,
    /// What happened to the packet sent last.
    fate: Fate,
}

/// What the network does to a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    Plain,
    Lost,
    /// Captured twice.
    Duplicated,
    /// Captured behind the packet sent after it.
    Overtaken,
}

/// What a capture holds of one stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct StreamTruth {
    /// The call, 0-based.
    pub(crate) call: u64,
    pub(crate) src: SocketAddr,
    pub(crate) dst: SocketAddr,
    pub(crate) ssrc: u32,
    /// Packets captured, every copy.
    pub(crate) packets: u64,
    /// Packets of which no copy was captured, none of them the first or the last.
    pub(crate) lost: u64,
    /// Copies beyond the first.
    pub(crate) duplicates: u64,
    /// Packets captured behind the one sent after them.
    pub(crate) reordered: u64,
    /// Digits sent.
    pub(crate) digits: u64,
}

/// The first packet of the first digit, and packets from one digit to the next.
const DIGIT_FIRST: u32 = 25;
const DIGIT_EVERY: u32 = 20;
/// Packets of a digit: while the key is down, and the end thrice (RFC 4733 section 2.5.1.4).
const KEY_DOWN: u32 = 5;
const DIGIT: u32 = KEY_DOWN + 3;
/// How loud a digit is, in dBm0 below zero.
const LEVEL: u8 = 0x0a;
const HEADER: usize = 12;
/// Bytes that payloads are cut from.
const NOISE: usize = 4_096;

impl Talk {
    /// `length` packets from `src` to `dst`.
    pub(crate) fn new(
        call: u64,
        [src, dst]: [SocketAddr; 2],
        codec: Codec,
        length: u32,
        digits: u32,
        random: &mut Random,
    ) -> Self {
        let fitting = length.saturating_sub(DIGIT_FIRST).div_ceil(DIGIT_EVERY);
        let ssrc = random.word();
        let truth = StreamTruth {
            call,
            src,
            dst,
            ssrc,
            packets: 0,
            lost: 0,
            duplicates: 0,
            reordered: 0,
            digits: 0,
        };
        Self {
            truth,
            length,
            sent: 0,
            octets: 0,
            reported: None,
            time: random.word(),
            codec,
            first_seq: random.half(),
            // A digit that would not end is not begun.
            digits: digits.min(fitting.saturating_sub(1)),
            fate: Fate::Plain,
        }
    }

    /// What happens to the next packet. Nothing happens to the first and the
    /// last one, so that losses show, nor to the one that overtakes another.
    pub(crate) fn fate(&mut self, network: &Network, random: &mut Random) -> Fate {
        let spared = self.sent == 0 || self.sent + 1 == self.length || self.fate == Fate::Overtaken;
        self.fate = if spared {
            Fate::Plain
        } else if random.chance(network.loss) {
            Fate::Lost
        } else if random.chance(network.duplicate) {
            Fate::Duplicated
        } else if random.chance(network.reorder) {
            Fate::Overtaken
        } else {
            Fate::Plain
        };
        self.fate
    }

    /// The extended sequence number of the packet sent last (RFC 3550 section 6.4.1).
    pub(crate) fn extended_seq(&self) -> u32 {
        (u32::from(self.first_seq) + self.sent).saturating_sub(1)
    }

    /// Puts the next packet's header and payload in the place of what `out` holds.
    pub(crate) fn next(&mut self, noise: &Noise, random: &mut Random, out: &mut Vec<u8>) {
        let number = self.sent;
        self.sent += 1;
        out.clear();
        let digit = number.checked_sub(DIGIT_FIRST).map(|n| (n / DIGIT_EVERY, n % DIGIT_EVERY));
        let digit = digit.filter(|(digit, place)| *digit < self.digits && *place < DIGIT);
        if let Some((digit, place)) = digit {
            self.event(digit, place, out);
        } else {
            let marker = if number == 0 { 0x80 } else { 0 };
            self.header(marker | self.codec.payload_type(), self.time, out);
            out.extend(noise.cut(self.codec.payload_bytes(random), random));
        }
        self.time = self.time.wrapping_add(self.codec.ticks());
        self.octets += u32::try_from(out.len() - HEADER).unwrap_or(0);
    }

    /// A packet of a digit, whose timestamp is that of its first packet.
    fn event(&mut self, digit: u32, place: u32, out: &mut Vec<u8>) {
        let ticks = self.codec.ticks();
        let marker = if place == 0 { 0x80 } else { 0 };
        self.truth.digits += u64::from(place == 0);
        self.header(marker | EVENT_TYPE, self.time.wrapping_sub(place * ticks), out);
        let end = if place < KEY_DOWN { 0 } else { 0x80 };
        let duration = (place + 1).min(KEY_DOWN) * ticks;
        out.push(u8::try_from(digit % 10).unwrap_or(0));
        out.push(end | LEVEL);
        out.extend(u16::try_from(duration).unwrap_or(u16::MAX).to_be_bytes());
    }

    fn header(&self, second: u8, time: u32, out: &mut Vec<u8>) {
        let [.., high, low] = (self.extended_seq()).to_be_bytes();
        out.extend([0x80, second, high, low]);
        out.extend(time.to_be_bytes());
        out.extend(self.truth.ssrc.to_be_bytes());
    }
}

/// Bytes that look like coded sound.
#[derive(Clone, Debug)]
pub(crate) struct Noise(Vec<u8>);

impl Noise {
    pub(crate) fn new(seed: u64) -> Self {
        let mut random = Random::new(seed);
        Self((0..NOISE / 8).flat_map(|_| random.number().to_be_bytes()).collect())
    }

    /// `length` bytes from anywhere; at most what there is.
    fn cut(&self, length: u64, random: &mut Random) -> &[u8] {
        let length = usize::try_from(length).unwrap_or(NOISE).min(NOISE);
        let room = u64::try_from(NOISE - length).unwrap_or(0);
        let start = usize::try_from(random.below(room)).unwrap_or(0);
        &self.0[start..start + length]
    }
}
