//! A share of the media plane: the streams between some hosts. Shards know
//! nothing of each other, so that each can be followed by a thread of its own.

use super::counters::Counters;
use super::notice::{Notices, OfFlow, What};
use super::sort::{Item, Sorted, octets};
use crate::base::chunk::Chunk;
use crate::base::flow::Flow;
use crate::base::id::FrameNo;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::track::announced::Announced;
use crate::track::media::{Finished, Media};
use crate::track::stream::MediaPacket;
use crate::wire::malformed::Reason;
use crate::wire::rtp::Rtp;

/// How many shards there are, whatever the number of threads: how streams are
/// shared out must not depend on it.
const SHARDS: usize = 8;
/// Caps below this are not shared out: the one shard then has them all.
const SHARED_FROM: usize = 4_096;
/// Packets whose streams are looked for at once.
const AT_ONCE: usize = 16;

/// The streams between some hosts.
#[derive(Clone, Debug)]
pub struct Shard {
    index: usize,
    limits: Limits,
    pub(super) media: Media,
    counters: Counters,
}

/// How much there is, or may be, of what a cap bounds over all shards.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Room {
    streams: usize,
    candidates: usize,
    held_packets: usize,
}

/// How many shards there are under some caps.
pub(super) fn shares(limits: &Limits) -> usize {
    let shared = [limits.streams, limits.candidates, limits.held_packets];
    if shared.iter().any(|cap| *cap < SHARED_FROM) { 1 } else { SHARDS }
}

impl Room {
    /// What each of `shards` may have more, when they have `used` that.
    pub(super) fn left(
        limits: &Limits,
        used: impl IntoIterator<Item = Self>,
        shards: usize,
    ) -> Self {
        let used = used.into_iter().fold(Self::default(), |all, some| Self {
            streams: all.streams + some.streams,
            candidates: all.candidates + some.candidates,
            held_packets: all.held_packets + some.held_packets,
        });
        let share = |cap: usize, used: usize| cap.saturating_sub(used) / shards.max(1);
        Self {
            streams: share(limits.streams, used.streams),
            candidates: share(limits.candidates, used.candidates),
            held_packets: share(limits.held_packets, used.held_packets),
        }
    }
}

impl Shard {
    pub(super) fn new(index: usize, limits: Limits, media: Media) -> Self {
        Self { index, limits, media, counters: Counters::default() }
    }

    /// What it counted.
    pub(super) const fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What it has of what a cap bounds over all shards.
    pub fn used(&self) -> Room {
        Room {
            streams: self.media.streams().len(),
            candidates: self.media.candidates(),
            held_packets: self.media.held(),
        }
    }

    /// From now on it may have that much more.
    pub fn allow(&mut self, room: &Room) {
        let used = self.used();
        self.limits.streams = used.streams + room.streams;
        self.limits.candidates = used.candidates + room.candidates;
        self.limits.held_packets = used.held_packets + room.held_packets;
    }

    /// Takes what a chunk has for the shard. `notices` are those of the chunk,
    /// after which `announced` may know more already.
    pub fn take(
        &mut self,
        chunk: &Chunk,
        sorted: &Sorted,
        notices: &Notices,
        announced: &Announced,
    ) {
        let mut items = sorted.media(self.index);
        for (turn, what) in &notices.list {
            let up_to = |item: &Item| chunk.turn() + u64::from(item.frame) <= *turn;
            let (before, after) = items.split_at(items.partition_point(up_to));
            self.packets(chunk, before, announced);
            self.told(*turn, what, notices, announced);
            items = after;
        }
        self.packets(chunk, items, announced);
    }

    /// Takes packets between which nothing is told. The streams of several are
    /// looked for before any of them is taken, so that memory that is far away is
    /// asked for at once and not one after the other.
    fn packets(&mut self, chunk: &Chunk, items: &[Item], announced: &Announced) {
        for items in items.chunks(AT_ONCE) {
            let mut places = [None; AT_ONCE];
            for (place, item) in places.iter_mut().zip(items) {
                *place = self.media.place_of(item.flow, item.ssrc);
            }
            for (place, item) in places.iter().zip(items) {
                let Some(packet) = item.packet(chunk.bytes()) else { continue };
                let turn = chunk.turn() + u64::from(item.frame);
                let known = announced.up_to(turn);
                let problem = match place {
                    Some(index) => {
                        self.media.push(*index, &packet, known, &self.limits);
                        None
                    }
                    // One of those before may have begun its stream.
                    None => self.media.rtp(&packet, known, &self.limits),
                };
                if let Some(reason) = problem {
                    self.counters.problem(reason, packet.frame, turn);
                }
            }
        }
    }

    /// Takes what it is told.
    pub(super) fn notices(&mut self, notices: &Notices, announced: &Announced) {
        for (turn, what) in &notices.list {
            self.told(*turn, what, notices, announced);
        }
    }

    /// Takes a packet that passed RTP's header check.
    #[inline]
    pub(super) fn rtp(&mut self, packet: &MediaPacket<'_>, turn: u64, announced: &Announced) {
        if let Some(reason) = self.media.rtp(packet, announced.up_to(turn), &self.limits) {
            self.counters.problem(reason, packet.frame, turn);
        }
    }

    fn told(&mut self, turn: u64, what: &What, notices: &Notices, announced: &Announced) {
        match what {
            What::Announced(endpoint, call, at) => {
                self.media.announced(*endpoint, *call, *at, announced.up_to(turn));
            }
            What::Flow(shard, flow, frame, at, what) if *shard == self.index => {
                self.of_flow(turn, (*flow, *frame, *at), what, (notices, announced));
            }
            What::Flow(..) => {}
        }
    }

    fn of_flow(
        &mut self,
        turn: u64,
        (flow, frame, at): (Flow, FrameNo, Timestamp),
        what: &OfFlow,
        (notices, announced): (&Notices, &Announced),
    ) {
        match what {
            OfFlow::Rtcp(bytes) => self.media.rtcp(notices.bytes(bytes), flow, at),
            OfFlow::Rtp(bytes, ip) => {
                if let Some(rtp) = Rtp::parse(notices.bytes(bytes), 0) {
                    let (octets, ip) = (octets(&rtp, 0), *ip);
                    let packet = MediaPacket { rtp, octets, flow, frame, at, ip };
                    self.rtp(&packet, turn, announced);
                }
            }
            OfFlow::Other(bytes) => {
                let known = announced.up_to(turn);
                if let Some(reason) =
                    self.media.other(flow, *bytes, (frame, at), known, &self.limits)
                {
                    self.counters.problem(reason, frame, turn);
                }
            }
            OfFlow::Undelivered(report) => {
                if self.media.undelivered(flow, *report) {
                    self.counters.problem(Reason::IcmpUndelivered, frame, turn);
                }
            }
        }
    }
}

/// What several shards have learned, in the order of the frames.
pub(super) fn together(parts: impl IntoIterator<Item = Finished>) -> Finished {
    let mut all = Finished::default();
    for Finished { streams, other } in parts {
        all.streams.append(streams);
        all.other.extend(other);
    }
    all.streams.sort();
    all.other.sort_by_key(|media| media.first_frame);
    all
}

/// What all shards have learned; what they counted goes into `counters`.
pub(super) fn finish(
    shards: Vec<Shard>,
    announced: &Announced,
    counters: &mut Counters,
) -> Finished {
    let all = together(shards.into_iter().map(|shard| {
        counters.add(&shard.counters);
        counters.problems(Reason::TrackCandidateEvicted, shard.media.candidates_evicted);
        shard.media.finish(announced.whole(), &shard.limits)
    }));
    counters.streams(&all.streams);
    all
}
