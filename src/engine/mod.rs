//! The only composition of wire, reassembly and track.
//!
//! Frames go in, a [`Snapshot`] comes out. The engine does no I/O, reads no
//! clock, starts no thread, never fails and never panics on input: what it
//! cannot read it counts, by reason.
//!
//! Its parts are values, so that whoever has threads can drive them apart and
//! gets the same answer:
//!
//! ```text
//! Chunk ─▶ Sorted ─▶ Fold ─ Notices ─▶ Shard 0..8 ─▶ Snapshot
//!          any order  in order          each in order
//! ```
//!
//! [`Sorted`] finds what each frame of a [`Chunk`] holds, [`Fold`] is the
//! signalling plane, and each [`Shard`] follows the streams between some hosts. A
//! chunk's shards run after its fold and before the fold of the next chunk; at
//! the end of each [`STRETCH`] the shards are told what [`Room`] is left.
//! [`Engine`] does all of it frame by frame.
//!
//! [`Chunk`]: crate::base::chunk::Chunk

pub mod collecting;
pub mod counters;
mod fold;
pub mod membership;
pub mod messages;
mod mirror;
pub mod mirroring;
mod notice;
mod retire;
mod shard;
pub mod snapshot;
mod sort;
pub mod wanted;

use self::counters::Counters;
pub use self::fold::Fold;
use self::fold::Folded;
pub use self::notice::Notices;
pub use self::retire::{Retirement, Whole};
pub use self::shard::{Room, Shard};
pub use self::snapshot::Snapshot;
pub use self::sort::Sorted;
use self::sort::{Sight, look, octets, shard_of};
pub use self::wanted::Wanted;
use crate::base::chunk::STRETCH;
use crate::base::frame::Frame;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
pub use crate::metrics::reception::Buffer;
use crate::track::drops::{CaptureDrops, Dropped};
use crate::track::fact::Correlation;
use crate::track::leg_evidence::Sources;
use crate::track::legs::Legs;
use crate::track::location::Locations;
use crate::track::media::{Finished, Media};
use crate::track::relations::Relations;
pub use crate::track::stream::Course;
use crate::track::stream::{MediaPacket, Stream};
use crate::track::stream_relation::relations as stream_relations;

/// What the engine is set to.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Settings {
    /// The caps of everything that is kept.
    pub limits: Limits,
    /// How the course of every stream is kept.
    pub course: Course,
    /// The headers whose equal values put the legs of a call together.
    pub correlation: Correlation,
    /// Whether the legs of a call are left apart, each as a call.
    pub separate_legs: bool,
    /// Whether what is over leaves ([`Engine::retire`]), so that names are given
    /// once and for all when something begins.
    pub retires: bool,
}

/// Frames in, knowledge out.
#[derive(Debug)]
pub struct Engine {
    fold: Fold,
    shards: Vec<Shard>,
    notices: Notices,
    /// Frames taken.
    turn: u64,
    /// When the capture dropped packets.
    drops: CaptureDrops,
}

impl Default for Engine {
    fn default() -> Self {
        Self::new(Settings::default())
    }
}

/// The parts of an engine that has seen nothing.
pub fn parts(settings: Settings) -> (Fold, Vec<Shard>) {
    let (limits, course) = (settings.limits, settings.course);
    let fold = Fold::new(settings);
    let count = shard::shares(&limits);
    let media = |index| Media::new(course, (index as u64 + 1, count as u64));
    let shard = |index| Shard::new(index, limits, media(index));
    let mut shards: Vec<_> = (0..count).map(shard).collect();
    let room = fold.room(shards.iter().map(Shard::used));
    for shard in &mut shards {
        shard.allow(&room);
    }
    (fold, shards)
}

/// Everything that the parts of an engine have learned.
pub fn finish(fold: Fold, mut shards: Vec<Shard>) -> Snapshot {
    let mut notices = Notices::default();
    let mut folded = fold.finish(&mut notices);
    for shard in &mut shards {
        shard.notices(&notices, &folded.announced);
    }
    let media = shard::finish(shards, &folded.announced, &mut folded.counters);
    folded.learned(media)
}

impl Folded {
    /// What signalling and media amount to.
    fn learned(self, media: Finished) -> Snapshot {
        let Self { limits, correlation, conversations, announced, span, .. } = self;
        let streams: Vec<&Stream> = media.streams.iter().collect();
        let legs = if self.separate_legs {
            Legs::default()
        } else {
            Legs::join(&Sources {
                conversations: &conversations,
                streams: &streams,
                announced: &announced,
                correlation: &correlation,
            })
        };
        let now = span.map_or_else(Default::default, |(_, last)| last);
        Snapshot {
            limits,
            locations: Locations::of(&conversations),
            relations: Relations::of(&conversations, now),
            conversations,
            remnants: self.remnants,
            legs,
            streams_of: snapshot::by_call(&media.streams),
            stream_relations: stream_relations(&streams),
            has_media: self.had_media || !streams.is_empty(),
            names_last: self.names_last,
            streams: media.streams,
            announced,
            vq_reports: self.vq_reports,
            mirrored: self.mirrored,
            other_media: media.other,
            counters: self.counters,
            span,
            wanted: self.wanted,
            until: self.until,
            drops: CaptureDrops::default(),
        }
    }
}

impl Engine {
    /// An engine that has seen nothing.
    pub fn new(settings: Settings) -> Self {
        let (fold, shards) = parts(settings);
        let (notices, drops) = (Notices::default(), CaptureDrops::default());
        Self { fold, shards, notices, turn: 0, drops }
    }

    /// Takes the next frame. Frames of one source come in its order; times may
    /// step backwards.
    #[inline]
    pub fn handle_frame(&mut self, frame: &Frame<'_>) {
        let turn = self.turn;
        self.turn += 1;
        self.fold.begin(turn, frame);
        match look(frame) {
            Sight::Rtp(rtp, datagram) => {
                // Whether it is RTP shows when its stream does; until then it is other.
                self.fold.counters.other_packets += 1;
                let shard = shard_of(&datagram.flow, self.shards.len());
                if let Some(shard) = self.shards.get_mut(shard) {
                    let (flow, ip) = (datagram.flow, datagram.ip);
                    let octets = octets(&rtp, datagram.missing);
                    let (frame, at) = (frame.no, frame.at);
                    let packet = MediaPacket { rtp, octets, flow, frame, at, ip };
                    shard.rtp(&packet, turn, self.fold.announced());
                }
            }
            sight => self.other(sight, frame),
        }
        if self.turn.is_multiple_of(STRETCH) {
            let room = self.fold.room(self.shards.iter().map(Shard::used));
            for shard in &mut self.shards {
                shard.allow(&room);
            }
        }
    }

    /// Nothing more came until `at`: calls whose time was over by then are over.
    pub fn handle_time(&mut self, at: Timestamp) {
        self.fold.handle_time(at);
    }

    /// Packets were lost on their way here: streams that lack some at the time, and
    /// what is concluded from messages that were not seen, say so.
    pub fn handle_drops(&mut self, dropped: Dropped) {
        self.drops.add(dropped, self.fold.limits.drops);
    }

    /// Takes a frame that holds no RTP.
    fn other(&mut self, sight: Sight<'_>, frame: &Frame<'_>) {
        self.fold.settle();
        self.fold.sight(sight, (frame.no, frame.at), &mut self.notices);
        if !self.notices.is_empty() {
            for shard in &mut self.shards {
                shard.notices(&self.notices, self.fold.announced());
            }
            self.notices.clear();
        }
    }

    /// What was counted so far. Packets of RTP streams are among the others until
    /// a snapshot tells them apart.
    pub fn counters(&self) -> Counters {
        let mut counters = self.fold.counters;
        for shard in &self.shards {
            counters.add(shard.counters());
        }
        counters
    }

    /// Keeps the messages of some frames as they came, put together of their
    /// segments and fragments.
    pub fn want(&mut self, wanted: Wanted) {
        self.fold.want(wanted);
    }

    /// The messages of the frames that were wanted, as far as they have come.
    pub fn wanted(&mut self) -> Option<&mut Wanted> {
        self.fold.wanted.as_deref_mut()
    }

    /// Everything that was learned so far, while more frames come. It costs a
    /// copy of all that.
    pub fn snapshot(&self) -> Snapshot {
        let mut folded = self.fold.so_far();
        let shards = self.shards.clone();
        let media = shard::finish(shards, &folded.announced, &mut folded.counters);
        Snapshot { drops: self.drops.clone(), ..folded.learned(media) }
    }

    /// No more frames come: everything that was learned.
    pub fn finish(self) -> Snapshot {
        Snapshot { drops: self.drops, ..finish(self.fold, self.shards) }
    }
}
