//! Packets that come as their stream leads to expect. Most packets of most
//! streams do: the next number, the next timestamp, the same payload type, size
//! and path. Of each only the time is kept, beside what is expected next, and the
//! stream takes them in together: a stream is large, and with many of them under
//! way each look at one is a look at memory that no cache holds.

use super::{MediaPacket, Stream};
use crate::base::codec::Media;
use crate::base::id::{RtpTime, Seq};
use crate::base::time::{Span, Timestamp};
use crate::metrics::sample::{PayloadKind, Sample};
use crate::metrics::sequence::Arrival;
use crate::track::mode::Mode;
use crate::track::payload::Payload;
use crate::track::sampler::{self, Sampler};
use crate::wire::frame::{IpFacts, Tunnel};

/// Packets that are kept until their stream takes them in: all that come
/// between two that the stream's sampler looks at.
const MOST: usize = sampler::EVERY as usize - 1;
/// Packets that are put away together.
const GROUP: usize = 4;
/// What no packet's payload type is.
const NONE: u8 = u8::MAX;

/// What is kept of a packet: nanoseconds after the first one, higher half first, and
/// the IP identification.
type Mark = [u16; 3];

/// What a stream expects next, and the latest of what came that way since the
/// stream was brought up to date: one line of memory, all that most packets touch.
#[derive(Clone, Copy, Debug)]
#[repr(align(64))]
pub(in crate::track) struct Steady {
    /// By which the stream is found, where it is of IPv4.
    key: u128,
    /// When the first of the kept packets came.
    from: Timestamp,
    time: RtpTime,
    /// Ticks from packet to packet.
    ticks: u32,
    seq: Seq,
    /// Bytes of an IP packet, and octets of its payload.
    len: u16,
    octets: u16,
    payload_type: u8,
    count: u8,
    ttl: u8,
    traffic_class: u8,
    tunnel: Tunnel,
    /// Those that are not put away yet.
    latest: [Mark; GROUP - 1],
}

/// What came as expected before the latest.
#[derive(Clone, Copy, Debug, Default)]
#[repr(align(64))]
pub(in crate::track) struct Kept([[Mark; GROUP]; MOST.div_ceil(GROUP)]);

const _: () = assert!(size_of::<Steady>() == 64, "a line of memory");

/// One of the packets that came as expected.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Came {
    seq: Seq,
    time: RtpTime,
    at: Timestamp,
    /// Lower half of the IP identification.
    id: u16,
}

impl Steady {
    /// Nothing is expected of a stream.
    pub(in crate::track) fn nothing(stream: &Stream) -> Self {
        Self {
            key: stream.flow.v4_stream_key(stream.ssrc).unwrap_or(0),
            from: Timestamp::from_nanos(0),
            time: RtpTime(0),
            ticks: 0,
            seq: Seq(0),
            len: 0,
            octets: 0,
            payload_type: NONE,
            count: 0,
            ttl: 0,
            traffic_class: 0,
            tunnel: Tunnel::None,
            latest: [[0; 3]; GROUP - 1],
        }
    }

    /// By which the stream is found, where it is of IPv4.
    pub(in crate::track) const fn key(&self) -> u128 {
        self.key
    }

    /// After `packet`, the newest of a stream whose packets are `ticks` apart,
    /// others like it are expected.
    fn expect(&mut self, packet: &MediaPacket<'_>, ticks: u32) {
        let MediaPacket { rtp, octets, ip, .. } = packet;
        // Larger ones there are in jumbograms (RFC 2675), and where segments are offloaded.
        let (Ok(len), Ok(octets)) = (u16::try_from(ip.len), u16::try_from(*octets)) else {
            return self.expect_nothing();
        };
        self.seq = Seq(rtp.seq.0.wrapping_add(1));
        self.time = RtpTime(rtp.timestamp.0.wrapping_add(ticks));
        self.ticks = ticks;
        self.payload_type = rtp.payload_type;
        self.count = 0;
        let IpFacts { ttl, traffic_class, tunnel, .. } = *ip;
        (self.ttl, self.traffic_class, self.tunnel) = (ttl, traffic_class, tunnel);
        (self.len, self.octets) = (len, octets);
    }

    /// No packet is expected any more.
    pub(in crate::track) const fn expect_nothing(&mut self) {
        self.payload_type = NONE;
    }

    /// Keeps a packet that is as expected; whether it is.
    #[inline]
    pub(in crate::track) fn take<'a>(
        &mut self,
        packet: &MediaPacket<'_>,
        kept: impl FnOnce() -> Option<&'a mut Kept>,
    ) -> bool {
        let MediaPacket { rtp, octets, ip, .. } = packet;
        let is_as_expected = rtp.seq == self.seq
            && rtp.timestamp == self.time
            && rtp.payload_type == self.payload_type
            && !rtp.marker
            && rtp.csrc_count == 0
            && rtp.extension.is_none()
            && *octets == u32::from(self.octets)
            && ip.len == u32::from(self.len)
            && (ip.ttl, ip.traffic_class) == (self.ttl, self.traffic_class)
            && ip.tunnel == self.tunnel
            && !Sampler::looks_at(rtp.seq);
        if !is_as_expected {
            return false;
        }
        if self.count == 0 {
            self.from = packet.at;
        }
        let Ok(after) = u32::try_from(packet.at.since(self.from).nanos()) else { return false };
        let mark = [(after >> 16) as u16, (after & 0xffff) as u16, (ip.id & 0xffff) as u16];
        let count = usize::from(self.count);
        if count >= MOST {
            return false;
        }
        if let Some(place) = self.latest.get_mut(count % GROUP) {
            *place = mark;
        } else {
            let group = kept().and_then(|kept| kept.0.get_mut(count / GROUP));
            let Some(group) = group else { return false };
            let [first, second, third] = self.latest;
            *group = [first, second, third, mark];
        }
        self.count += 1;
        self.seq = Seq(rtp.seq.0.wrapping_add(1));
        self.time = RtpTime(rtp.timestamp.0.wrapping_add(self.ticks));
        true
    }

    /// How many packets are kept.
    const fn count(&self) -> u8 {
        self.count
    }

    /// Ticks from packet to packet.
    const fn ticks(&self) -> i32 {
        self.ticks.cast_signed()
    }

    /// Bytes of the IP packets.
    fn len(&self) -> u32 {
        self.len.into()
    }

    /// Octets of the payloads.
    fn octets(&self) -> u32 {
        self.octets.into()
    }

    /// Puts all that came with what came before.
    fn put_away(&self, kept: &mut Kept) {
        if let Some([first, second, third, _]) = kept.0.get_mut(usize::from(self.count) / GROUP) {
            [*first, *second, *third] = self.latest;
        }
    }

    /// The packets put away, in the order of their coming.
    fn packets(
        &self,
        kept: &Kept,
    ) -> impl DoubleEndedIterator<Item = Came> + ExactSizeIterator + Clone {
        let count = u16::from(self.count);
        let first = self.seq.0.wrapping_sub(count);
        let time = self.time.0.wrapping_sub(self.ticks.wrapping_mul(count.into()));
        let kept = kept.0.as_flattened().get(..usize::from(self.count)).unwrap_or_default();
        (0..count).zip(kept).map(move |(place, [high, low, id])| Came {
            seq: Seq(first.wrapping_add(place)),
            time: RtpTime(time.wrapping_add(self.ticks.wrapping_mul(place.into()))),
            at: self.from + Span::from_nanos(i64::from(u32::from(*high) << 16 | u32::from(*low))),
            id: *id,
        })
    }

    /// The stream has taken in what was kept.
    const fn clear(&mut self) {
        self.count = 0;
    }
}

impl Stream {
    /// What is expected after `packet`, which was the latest; nothing, where
    /// more has to be looked at in each packet than [`Steady`] keeps.
    pub(in crate::track) fn expect_after(&self, packet: &MediaPacket<'_>, steady: &mut Steady) {
        steady.expect_nothing();
        let newest = self.reception.sequence().newest() == Some(packet.rtp.seq);
        if !newest || !self.held.is_empty() || self.repairs_others {
            return;
        }
        let payload = self.payloads.get(usize::from(self.current));
        let is_of_it = |payload: &&Payload| payload.payload_type == packet.rtp.payload_type;
        let Some(Payload { meaning, .. }) = payload.filter(is_of_it) else { return };
        let is_looked_into = meaning.codec.is_some_and(|codec| {
            codec.media() == Media::Video
                || codec.repairs()
                || !self.encrypted && Mode::looks_into(codec)
        });
        if meaning.clock_hz.is_none() || meaning.kind() != PayloadKind::Media || is_looked_into {
            return;
        }
        if let Some(ticks) = self.reception.packet_ticks() {
            steady.expect(packet, ticks);
        }
    }

    /// Takes in the packets that came as expected, if there are any.
    #[inline]
    pub(in crate::track) fn catch_up(&mut self, steady: &mut Steady, kept: &mut Kept) {
        if steady.count() > 0 {
            steady.put_away(kept);
            self.take_steady(steady, kept);
            steady.clear();
        }
    }

    fn take_steady(&mut self, steady: &Steady, kept: &Kept) {
        let count = u64::from(steady.count());
        let packets = steady.packets(kept);
        let (Some(last), Some(latest)) =
            (packets.clone().next_back(), packets.clone().map(|came| came.at).max())
        else {
            return;
        };
        self.near_neighbours += count;
        self.last_seq = last.seq;
        self.last_at = self.last_at.max(latest);
        self.packets += count;
        self.bytes += count * u64::from(steady.len());
        self.vantages.count_more(count);
        let Some(payload) = self.payloads.get_mut(usize::from(self.current)) else { return };
        payload.packets += count;
        payload.octets += count * u64::from(steady.octets());
        let clock_hz = payload.meaning.clock_hz;
        if self.reception.goes_on_at(clock_hz) {
            let (len, bit, intervals) = (steady.len(), self.buffer_bit, &mut self.intervals);
            let times = packets.clone().map(|came| came.at);
            self.reception.take_next(steady.ticks(), times, |at, discarded, level| {
                let arrival = Arrival::InOrder { gap: 0 };
                intervals.take(at, len, arrival, discarded & bit != 0, level);
            });
        } else {
            for Came { seq, time, at, .. } in packets.clone() {
                let kind = PayloadKind::Media;
                let sample = Sample { at, time, clock_hz, marker: false, kind };
                self.measure(seq, &sample, true, steady.len());
            }
        }
        self.vantages.remember_all(packets.map(|came| (came.seq, came.id, came.at)));
    }
}
