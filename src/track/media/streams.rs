//! The streams of the media plane by their places: what is expected next of each
//! lies apart from what is known of it, and what came as expected from both, so that
//! the packets that come as expected touch little memory.

use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashMap, HashTable};

use crate::base::flow::Flow;
use crate::base::id::Ssrc;
use crate::track::stream::{Kept, MediaPacket, Steady, Stream, StreamList};

/// Streams in the order in which they were recognised.
#[derive(Clone, Debug, Default)]
pub(super) struct Streams {
    list: StreamList,
    /// In the same places.
    steady: Vec<Steady>,
    kept: Vec<Kept>,
    /// Places of the streams of IPv4, whose keys are where the next packet is looked
    /// for anyway.
    v4: HashTable<u32>,
    v6: HashMap<(Flow, Ssrc), u32>,
    hasher: DefaultHashBuilder,
}

impl Streams {
    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds a stream, which is not found by its packets yet.
    pub(super) fn push(&mut self, stream: Box<Stream>) {
        self.steady.push(Steady::nothing(&stream));
        self.kept.push(Kept::default());
        self.list.push(stream);
    }

    /// The stream of a flow and source that packets are found to be of.
    #[inline]
    pub(super) fn place_of(&self, flow: Flow, ssrc: Ssrc) -> Option<u32> {
        match flow.v4_stream_key(ssrc) {
            Some(key) => {
                let is_it = |index: &u32| key_at(&self.steady, *index) == key;
                self.v4.find(self.hasher.hash_one(key), is_it).copied()
            }
            None => self.v6.get(&(flow, ssrc)).copied(),
        }
    }

    /// From now on packets of that flow and source, which are of no stream yet, are
    /// found to be of this one.
    pub(super) fn find(&mut self, flow: Flow, ssrc: Ssrc, index: u32) {
        match flow.v4_stream_key(ssrc) {
            Some(key) => {
                let hash = |index: &u32| self.hasher.hash_one(key_at(&self.steady, *index));
                self.v4.insert_unique(self.hasher.hash_one(key), index, hash);
            }
            None => drop(self.v6.insert((flow, ssrc), index)),
        }
    }

    /// From now on packets of that flow and source are of no stream.
    pub(super) fn lose(&mut self, flow: Flow, ssrc: Ssrc) {
        match flow.v4_stream_key(ssrc) {
            Some(key) => {
                let is_it = |index: &u32| key_at(&self.steady, *index) == key;
                if let Ok(found) = self.v4.find_entry(self.hasher.hash_one(key), is_it) {
                    found.remove();
                }
            }
            None => drop(self.v6.remove(&(flow, ssrc))),
        }
    }

    /// Streams have other places, or none.
    pub(super) fn renumber(&mut self, moved: impl Fn(&mut u32) -> bool) {
        self.v4.retain(&moved);
        self.v6.retain(|_, index| moved(index));
    }

    /// Takes a packet of a stream, if it is as expected; whether it is.
    #[inline]
    pub(super) fn take(&mut self, index: u32, packet: &MediaPacket<'_>) -> bool {
        let (steady, kept) = (self.steady.get_mut(index as usize), &mut self.kept);
        steady.is_some_and(|steady| steady.take(packet, || kept.get_mut(index as usize)))
    }

    /// After `packet`, the latest of a stream, others like it are expected.
    pub(super) fn expect_after(&mut self, index: u32, packet: &MediaPacket<'_>) {
        let place = index as usize;
        if let (Some(stream), Some(steady)) = (self.list.get(place), self.steady.get_mut(place)) {
            stream.expect_after(packet, steady);
        }
    }

    /// A stream to which something may happen: up to date, and with nothing
    /// expected of it.
    pub(super) fn get_mut(&mut self, index: u32) -> Option<&mut Stream> {
        let place = index as usize;
        let (stream, steady) = (self.list.get_mut(place)?, self.steady.get_mut(place)?);
        stream.catch_up(steady, self.kept.get_mut(place)?);
        steady.expect_nothing();
        Some(stream)
    }

    /// What does not change from packet to packet of a stream.
    pub(super) fn get(&self, index: u32) -> Option<&Stream> {
        self.list.get(index as usize)
    }

    /// Brings all of them up to date.
    pub(super) fn catch_up(&mut self) {
        let steady = self.steady.iter_mut().zip(&mut self.kept);
        for (stream, (steady, kept)) in self.list.iter_mut().zip(steady) {
            stream.catch_up(steady, kept);
        }
    }

    /// All, as they were brought up to date last.
    pub(super) fn list(&self) -> &StreamList {
        &self.list
    }

    /// All, up to date; none are left.
    pub(super) fn take_all(&mut self) -> StreamList {
        self.catch_up();
        self.steady.clear();
        self.kept.clear();
        std::mem::take(&mut self.list)
    }

    /// Gives memory back when most of it is not used.
    pub(super) fn give_back(&mut self) {
        let hash = |index: &u32| self.hasher.hash_one(key_at(&self.steady, *index));
        if self.v4.capacity() > 8 * self.v4.len() + 1_024 {
            self.v4.shrink_to(2 * self.v4.len(), hash);
        }
        super::leave::give_back(&mut self.v6);
        self.list.give_back();
        if self.steady.capacity() > 4 * self.steady.len() {
            self.steady.shrink_to(2 * self.steady.len());
            self.kept.shrink_to(2 * self.kept.len());
        }
    }

    /// Bytes in use, about.
    pub(super) fn bytes(&self) -> usize {
        self.list.bytes()
            + self.steady.capacity() * size_of::<Steady>()
            + self.kept.capacity() * size_of::<Kept>()
            + self.v4.capacity() * (size_of::<u32>() + 1)
            + self.v6.capacity() * (size_of::<((Flow, Ssrc), u32)>() + 1)
    }
}

#[inline]
fn key_at(steady: &[Steady], index: u32) -> u128 {
    steady.get(index as usize).map_or(0, Steady::key)
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use proptest::prelude::*;

    use crate::base::flow::{Endpoint, Flow};
    use crate::base::id::{FrameNo, RtpTime, Seq, Ssrc};
    use crate::base::limits::Limits;
    use crate::base::time::Timestamp;
    use crate::track::announced::Announced;
    use crate::track::media::Media;
    use crate::track::stream::{Course, MediaPacket, Stream};
    use crate::wire::frame::IpFacts;
    use crate::wire::rtp::Rtp;

    /// How a packet differs from the one that its stream leads to expect.
    #[derive(Clone, Copy, Debug)]
    enum Odd {
        No,
        Number(u16),
        Time(u32),
        Arrival(i64),
        Payload(u8),
        Marker,
        Length(usize),
        Ttl(u8),
        Class(u8),
        Source,
    }

    fn odd() -> impl Strategy<Value = Odd> {
        prop_oneof![
            30 => Just(Odd::No),
            1 => prop_oneof![Just(0_u16), Just(2), Just(u16::MAX), any::<u16>()].prop_map(Odd::Number),
            1 => any::<u32>().prop_map(Odd::Time),
            1 => prop_oneof![-90_000_000..90_000_000_i64, any::<i64>()].prop_map(Odd::Arrival),
            1 => prop_oneof![Just(0_u8), Just(8), Just(13), Just(18), Just(101)].prop_map(Odd::Payload),
            1 => Just(Odd::Marker),
            1 => (0..200_usize).prop_map(Odd::Length),
            1 => any::<u8>().prop_map(Odd::Ttl),
            1 => any::<u8>().prop_map(Odd::Class),
            1 => Just(Odd::Source),
        ]
    }

    proptest! {
        /// What a stream is in the end does not depend on how many of its packets
        /// it took in at once.
        #[test]
        fn packets_taken_in_together_are_as_one_after_the_other(
            odd in prop::collection::vec(odd(), 1..300),
            first in any::<u16>(),
            looks in 1..100_usize,
        ) {
            let endpoint = |last, port| Endpoint::new(Ipv4Addr::new(192, 0, 2, last).into(), port);
            let flow = Flow::new(endpoint(1, 4_000), endpoint(2, 5_000));
            let (announced, limits) = (Announced::default(), Limits::default());
            let mut media = Media::new(Course::default(), (1, 1));
            let mut alone: Option<Stream> = None;
            let (mut seq, mut time, mut at) = (Seq(first), RtpTime(7), 1_000_000_000_i64);
            let (mut payload_type, mut length, mut ip) = (0, 160, IpFacts::default());
            let payload = [0x55; 200];
            // Enough for it to be taken for RTP.
            let plain = [Odd::No; 5];
            for (frame, odd) in (1..).zip(plain.iter().chain(&odd)) {
                seq = Seq(seq.0.wrapping_add(1));
                time = RtpTime(time.0.wrapping_add(160));
                at = at.saturating_add(20_000_000);
                ip.id = ip.id.wrapping_add(1);
                let (mut marker, mut csrc) = (false, &[][..]);
                match *odd {
                    Odd::No => {}
                    Odd::Number(by) => seq = Seq(seq.0.wrapping_add(by)),
                    Odd::Time(by) => time = RtpTime(time.0.wrapping_add(by)),
                    Odd::Arrival(by) => at = at.saturating_add(by),
                    Odd::Payload(other) => payload_type = other,
                    Odd::Marker => marker = true,
                    Odd::Length(other) => length = other,
                    Odd::Ttl(other) => ip.ttl = other,
                    Odd::Class(other) => ip.traffic_class = other,
                    Odd::Source => csrc = &[1, 2, 3, 4],
                }
                let packet = MediaPacket {
                    rtp: Rtp {
                        payload_type,
                        marker,
                        seq,
                        timestamp: time,
                        ssrc: Ssrc(9),
                        csrc_count: u8::from(!csrc.is_empty()),
                        csrc,
                        extension: None,
                        payload: &payload[..length],
                    },
                    octets: u32::try_from(length).unwrap(),
                    flow,
                    frame: FrameNo::new(0, frame),
                    at: Timestamp::from_nanos(at),
                    ip,
                };
                media.rtp(&packet, announced.whole(), &limits);
                if usize::try_from(frame).unwrap().is_multiple_of(looks) {
                    media.catch_up();
                }
                let stream =
                    alone.get_or_insert_with(|| Stream::new(&packet, Course::default()));
                stream.number = 1;
                stream.take(&packet, announced.whole(), limits.digits, limits.held_packets);
            }
            media.catch_up();
            let together: Vec<_> = media.streams().iter().map(|one| format!("{one:?}")).collect();
            prop_assert_eq!(together, [format!("{:?}", alone.unwrap())]);
        }
    }
}
