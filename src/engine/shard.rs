//! A share of the media plane: the streams between some hosts. Shards know
//! nothing of each other, so that each can be followed by a thread of its own.

use super::counters::Counters;
use super::notice::{Notices, OfFlow, What};
use super::sort::{Sorted, octets};
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
        let mut told = notices.list.iter().peekable();
        for item in sorted.media(self.index) {
            let turn = chunk.turn() + u64::from(item.frame);
            while let Some((at, what)) = told.next_if(|(at, _)| *at < turn) {
                self.told(*at, what, notices, announced);
            }
            if let Some(packet) = chunk.frame(item.frame).and_then(|frame| item.packet(&frame)) {
                self.rtp(&packet, turn, announced);
            }
        }
        for (turn, what) in told {
            self.told(*turn, what, notices, announced);
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
        all.streams.extend(streams);
        all.other.extend(other);
    }
    all.streams.sort_by_key(|stream| stream.first_frame);
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
