//! A share of the media plane: the streams of some sources. Shards know nothing
//! of each other, so that each can be followed by a thread of its own.

use super::counters::Counters;
use super::notice::{Notices, What};
use super::sort::{Sorted, octets};
use crate::base::chunk::Chunk;
use crate::base::id::FrameNo;
use crate::base::limits::Limits;
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

/// The streams of some sources.
#[derive(Clone, Debug)]
pub struct Shard {
    index: usize,
    limits: Limits,
    media: Media,
    counters: Counters,
    /// Reports of undelivered packets that concern a stream here, a bit each.
    reported: Vec<u64>,
    /// The first of them.
    first_report: Option<(u64, FrameNo)>,
}

/// How many shards share caps, and what each has of them.
pub(super) fn shares(limits: &Limits) -> (usize, Limits) {
    let shared = [limits.streams, limits.candidates, limits.held_packets];
    if shared.iter().any(|cap| *cap < SHARED_FROM) {
        return (1, *limits);
    }
    let share = Limits {
        streams: limits.streams / SHARDS,
        candidates: limits.candidates / SHARDS,
        held_packets: limits.held_packets / SHARDS,
        ..*limits
    };
    (SHARDS, share)
}

impl Shard {
    pub(super) fn new(index: usize, limits: Limits, media: Media) -> Self {
        let (counters, reported) = (Counters::default(), Vec::new());
        Self { index, limits, media, counters, reported, first_report: None }
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
        let known = announced.up_to(turn);
        match what {
            What::Announced(endpoint, call, at) => {
                self.media.announced(*endpoint, *call, *at, known);
            }
            What::Rtcp(bytes, flow, at) => self.media.rtcp(notices.bytes(bytes), *flow, *at),
            What::Rtp { shard, bytes, flow, ip, frame, at } if *shard == self.index => {
                if let Some(rtp) = Rtp::parse(notices.bytes(bytes), 0) {
                    let (flow, frame, at, ip) = (*flow, *frame, *at, *ip);
                    let octets = octets(&rtp, 0);
                    let packet = MediaPacket { rtp, octets, flow, frame, at, ip };
                    self.rtp(&packet, turn, announced);
                }
            }
            What::Other { flow, bytes, frame, at } if self.index == 0 => {
                let origin = (*frame, *at);
                if let Some(reason) = self.media.other(*flow, *bytes, origin, known, &self.limits) {
                    self.counters.problem(reason, *frame, turn);
                }
            }
            What::Undelivered(number, flow, report) => {
                if self.media.undelivered(*flow, *report) {
                    self.reported(*number, turn, report.frame);
                }
            }
            What::Rtp { .. } | What::Other { .. } => {}
        }
    }

    fn reported(&mut self, number: u64, turn: u64, frame: FrameNo) {
        let word = usize::try_from(number / 64).unwrap_or(usize::MAX);
        if word >= self.reported.len() {
            self.reported.resize(word.saturating_add(1), 0);
        }
        if let Some(word) = self.reported.get_mut(word) {
            *word |= 1 << (number % 64);
        }
        self.first_report.get_or_insert((turn, frame));
    }
}

/// What all shards have learned; what they counted goes into `counters`.
pub(super) fn finish(
    shards: Vec<Shard>,
    announced: &Announced,
    counters: &mut Counters,
) -> Finished {
    let mut all = Finished::default();
    let (mut reported, mut first_report) = (Vec::<u64>::new(), None);
    for shard in shards {
        counters.add(&shard.counters);
        counters.problems(Reason::TrackCandidateEvicted, shard.media.candidates_evicted);
        reported.resize(reported.len().max(shard.reported.len()), 0);
        for (all, some) in reported.iter_mut().zip(&shard.reported) {
            *all |= some;
        }
        let first = [first_report, shard.first_report].into_iter().flatten();
        first_report = first.min_by_key(|(turn, _)| *turn);
        let Finished { streams, other } = shard.media.finish(announced.whole(), &shard.limits);
        all.streams.extend(streams);
        all.other.extend(other);
    }
    if let Some((turn, frame)) = first_report {
        let count = reported.iter().map(|word| u64::from(word.count_ones())).sum();
        counters.problem_times(Reason::IcmpUndelivered, count, frame, turn);
    }
    all.streams.sort_by_key(|stream| stream.first_frame);
    counters.streams(&all.streams);
    all
}
