//! What is over leaves the engine, as a snapshot of its own, so that what the
//! engine holds depends on what is alive and not on what has passed.

use super::counters::Counters;
use super::fold::{Fold, Folded};
use super::shard::{self, Shard};
use super::{Engine, Snapshot};
use crate::base::time::{Span, Timestamp};
use crate::track::ConversationId;
use crate::track::closure::{self, Alive, Departure};
use crate::track::heard::Heard;
use crate::track::media::Media;
use crate::track::mirrored::Mirrored;
pub use crate::track::retirement::Retirement;
use crate::track::vq::{Fate, Reported, Reports};
use crate::wire::malformed::Reason;

/// How far one frame moves the clock by which something is quiet: a frame whose
/// time is wrong does not end everything.
const STEP: Span = Span::from_secs(10);
/// A frame that is further behind the clock than this is out of order, or the
/// clock has been set back.
const FAR: Span = Span::from_secs(60);
/// Frames in a row after which it has.
const MANY: u32 = 1_000;
/// Of what is alive, the share that is worth a look at all.
const SHARE: usize = 8;
/// What is given back at once when memory is short, as a part of what is allowed for what is
/// alive.
const PART: usize = 4;
/// Bytes of what is left of what leaves early that are always kept.
const FEW: usize = 256 << 10;

/// What is known of what has left.
#[derive(Clone, Debug, Default)]
pub(super) struct Retired {
    /// The clock by which something is quiet.
    clock: Option<Timestamp>,
    /// Frames in a row that are far behind it.
    behind: u32,
    /// When was looked last.
    looked: Option<Timestamp>,
    /// Whether any stream has left.
    pub(super) had_media: bool,
    /// Whether anything has left.
    pub(super) any: bool,
    /// When something was heard of what is alive, and what time it was at the last look.
    heard: Option<Box<(Heard, Timestamp)>>,
}

impl Retired {
    #[inline]
    pub(super) fn frame(&mut self, at: Timestamp) {
        let clock = self.clock.unwrap_or(at);
        if clock.since(at) > FAR {
            return self.fell_behind(at);
        }
        self.behind = 0;
        self.clock = Some(clock.max(at.min(clock + STEP)));
    }

    /// The frames of a chunk, of which the earliest and the latest are of those times.
    pub(super) fn frames(
        &mut self,
        (earliest, latest): (Timestamp, Timestamp),
        times: impl Iterator<Item = Timestamp>,
    ) {
        match self.clock {
            // None moves it by more than a step, and none is far behind: their order does
            // not matter.
            Some(clock) if latest <= clock + STEP && clock.max(latest).since(earliest) <= FAR => {
                (self.clock, self.behind) = (Some(clock.max(latest)), 0);
            }
            _ => times.for_each(|at| self.frame(at)),
        }
    }

    /// A frame out of order, or the first after the clock was set back: that shows
    /// when there are many.
    #[cold]
    fn fell_behind(&mut self, at: Timestamp) {
        self.behind += 1;
        if self.behind >= MANY {
            (self.behind, self.clock) = (0, Some(at));
        }
    }

    pub(super) fn until(&mut self, at: Timestamp) {
        let clock = self.clock.unwrap_or(at);
        if clock.since(at) > FAR {
            return self.fell_behind(at);
        }
        self.clock = Some(clock.max(at));
    }

    /// What time it is for what may be quiet; not known while frames are far behind.
    fn now(&self) -> Option<Timestamp> {
        match &self.heard {
            Some(heard) => Some(heard.1),
            None => self.clock.filter(|_| self.behind == 0),
        }
    }
}

/// What leaves though more is to come of it, because memory is short.
#[derive(Debug, Default)]
struct Early {
    /// Of each conversation, whether it does if it leaves.
    conversations: Vec<bool>,
    /// Of each stream of no call, whether it does.
    streams: Vec<bool>,
}

/// All parts of an engine, at rest: each has taken all frames so far.
#[derive(Debug)]
pub struct Whole<'a> {
    fold: &'a mut Fold,
    shards: Vec<&'a mut Shard>,
}

impl Engine {
    /// Its parts, at rest.
    pub fn whole(&mut self) -> Whole<'_> {
        Whole::new(&mut self.fold, self.shards.iter_mut().collect())
    }

    /// See [`Whole::retire`]; to be called every now and then, about once a
    /// second of capture time.
    pub fn retire(&mut self, retirement: &Retirement) -> Option<Snapshot> {
        let gone = self.whole().retire(retirement)?;
        Some(Snapshot { drops: self.drops.clone(), ..gone })
    }

    /// See [`Whole::look`].
    pub fn look(&mut self, now: Timestamp) {
        Whole::new(&mut self.fold, self.shards.iter_mut().collect()).look(now);
    }

    /// See [`Whole::evict`].
    pub fn evict(&mut self, most: usize, retirement: &Retirement) -> Option<Snapshot> {
        let gone = self.whole().evict(most, retirement)?;
        Some(Snapshot { drops: self.drops.clone(), ..gone })
    }

    /// Bytes in use, about: those of the tables of what is alive.
    pub fn bytes(&self) -> usize {
        self.fold.held() + self.shards.iter().map(|shard| shard.media.bytes()).sum::<usize>()
    }
}

impl Fold {
    fn held(&self) -> usize {
        self.signalling.bytes()
            + self.announced.bytes()
            + self.vq_reports.bytes()
            + self.mirrored.bytes()
            + self.connections.held()
            + self.fragments.held()
    }
}

impl<'a> Whole<'a> {
    /// The parts of one engine, the shards in their order.
    pub fn new(fold: &'a mut Fold, shards: Vec<&'a mut Shard>) -> Self {
        Self { fold, shards }
    }

    /// Bytes in use, about: those of the tables of what is alive.
    pub fn bytes(&self) -> usize {
        self.fold.held() + self.shards.iter().map(|shard| shard.media.bytes()).sum::<usize>()
    }

    /// Notes of what something came since the last look. From the first look on that tells
    /// what is quiet, instead of the times of packets: `now` is of a clock that is never set.
    pub fn look(&mut self, now: Timestamp) {
        self.catch_up();
        let mut heard = self.fold.retired.heard.take().unwrap_or_default();
        heard.1 = heard.1.max(now);
        let conversations = self.fold.signalling.conversations();
        heard.0.look(conversations, &self.media(), heard.1);
        self.fold.retired.heard = Some(heard);
    }

    /// Takes out what is over and has been quiet for a while: calls with all
    /// their legs, registrations whose bindings have lapsed, other exchanges,
    /// idle streams, and what belongs to them. Their rows and findings are the
    /// same as if they had stayed; what has been counted of frames stays here.
    /// There is often nothing.
    ///
    /// From the first part on names are lasting; from the beginning, when the
    /// engine was told that it [`retires`](super::Settings::retires). What leaves depends on the frames
    /// so far: whoever wants one answer with any number of threads asks after
    /// frames that do not depend on it.
    pub fn retire(&mut self, retirement: &Retirement) -> Option<Snapshot> {
        let now = self.fold.retired.now()?;
        self.catch_up();
        let departure = {
            let media = self.media();
            let alive = self.alive(&media);
            let ready = closure::ready(&alive, now, retirement);
            let streams = closure::idle_streams(&alive, now, retirement);
            let count = ready.iter().chain(&streams).filter(|ready| ready.is_some()).count();
            let looked = self.fold.retired.looked;
            let waited = looked.is_none_or(|at| now.since(at) >= retirement.gather);
            let has_settled = self.fold.signalling.has_settled();
            if count == 0 && !has_settled
                || !waited && count < (ready.len() + streams.len()) / SHARE
            {
                return None;
            }
            closure::departure(&alive, &ready, &streams, now, retirement)
        };
        self.fold.retired.looked = Some(now);
        let most = self.fold.limits.remnant_bytes;
        self.depart(&departure, &Early::default(), (now, retirement), most)
    }

    /// Takes out what is least alive until no more than `most` bytes are in use:
    /// first what is over, then that of which nothing came for longest. What was
    /// not over is counted as a problem, and what is left of it goes on being counted with
    /// the rest. `None` if less is in use.
    pub fn evict(&mut self, most: usize, retirement: &Retirement) -> Option<Snapshot> {
        let now = self.fold.retired.now().or(self.fold.retired.clock)?;
        let bytes = self.bytes();
        if bytes <= most {
            return None;
        }
        self.catch_up();
        // The rest is for what is alive.
        let of_remnants = self.fold.signalling.remnant_bytes();
        let most_of_remnants = self.fold.limits.remnant_bytes.min((most / 4 * 3).max(FEW));
        let (departure, early, evicted) = {
            let media = self.media();
            let alive = self.alive(&media);
            let ready = closure::ready(&alive, now, retirement);
            let streams = closure::idle_streams(&alive, now, retirement);
            let too_much = bytes - most + most.saturating_sub(of_remnants) / PART;
            let departure = closure::eviction(&alive, &ready, &streams, now, too_much);
            let ids = (0..).map(ConversationId).zip(&ready);
            let is_evicted = |(id, ready): &(ConversationId, &Option<Span>)| {
                ready.is_none() && departure.leaving.leaves(*id).is_some()
            };
            let conversations = ids.filter(is_evicted).count();
            let ready_streams = departure.streams.iter().zip(&streams);
            let streams = ready_streams.map(|(leaves, ready)| *leaves && ready.is_none()).collect();
            let early = Early { conversations: closure::early(&alive, now, retirement), streams };
            (departure, early, conversations)
        };
        let of_streams = early.streams.iter().filter(|is_early| **is_early).count();
        let counters = &mut self.fold.counters;
        counters.problems(Reason::TrackConversationEvicted, evicted as u64);
        counters.problems(Reason::TrackStreamEvicted, of_streams as u64);
        self.depart(&departure, &early, (now, retirement), most_of_remnants)
    }

    /// Brings the streams up to date.
    fn catch_up(&mut self) {
        self.shards.iter_mut().for_each(|shard| shard.media.catch_up());
    }

    fn media(&self) -> Vec<&Media> {
        self.shards.iter().map(|shard| &shard.media).collect()
    }

    fn alive<'s>(&'s self, media: &'s [&'s Media]) -> Alive<'s> {
        let signalling = &self.fold.signalling;
        Alive {
            conversations: signalling.conversations(),
            media,
            announced: &self.fold.announced,
            vq_reports: &self.fold.vq_reports,
            correlation: (!self.fold.separate_legs).then(|| signalling.correlation()),
            heard: self.fold.retired.heard.as_deref().map(|heard| &heard.0),
        }
    }

    /// Takes out what leaves. No more than so many bytes are kept of what is left of what leaves
    /// `early`.
    fn depart(
        &mut self,
        departure: &Departure,
        early: &Early,
        (now, retirement): (Timestamp, &Retirement),
        most_of_remnants: usize,
    ) -> Option<Snapshot> {
        let Departure { leaving, streams } = departure;
        let vq_reports = self.reports_that_leave(departure);
        let mirrored = self.told_that_leaves(departure, now);
        let all = || self.shards.iter().flat_map(|shard| shard.media.streams());
        self.fold.retired.had_media |= all().any(|one| one.binding.is_some() || one.is_plausible());
        let conversations =
            self.fold.signalling.take_out(leaving, &early.conversations, now, retirement);
        let let_go = self.fold.signalling.shrink_remnants(most_of_remnants);
        self.fold.counters.problems(Reason::TrackRemnantEvicted, let_go as u64);
        let announced = self.fold.announced.take_out(leaving);
        let mut first = 0;
        let media = shard::together(self.shards.iter_mut().map(|shard| {
            let count = shard.media.streams().len();
            let of_shard = streams.get(first..first + count).unwrap_or_default();
            let early = early.streams.get(first..first + count).unwrap_or_default();
            first += count;
            let is = |list: &[bool], index: usize| list.get(index).copied().unwrap_or(false);
            let (idle, early) = (|index| is(of_shard, index), |index| is(early, index));
            shard.media.take_out(leaving, (idle, early), now, retirement)
        }));
        let remnants = self.fold.signalling.settle(now);
        if conversations.is_empty() && media.streams.is_empty() && remnants.is_empty() {
            return None;
        }
        self.fold.retired.any = true;
        // What was counted of the packets of these streams is not lost with them.
        let counters = &mut self.fold.counters;
        counters.streams(&media.streams);
        counters.copies += media.streams.iter().map(|stream| stream.vantages.copies).sum::<u64>();
        let mut counters = Counters::default();
        counters.streams(&media.streams);
        let nothing = self.fold.nothing();
        let left = Folded {
            conversations,
            remnants,
            announced,
            counters,
            vq_reports,
            mirrored,
            ..nothing
        };
        Some(left.learned(media))
    }

    /// Takes out what servers that mirror packets told of what leaves; what they told of calls
    /// that are not there goes after a while.
    fn told_that_leaves(&mut self, departure: &Departure, now: Timestamp) -> Mirrored {
        /// The call may yet come, by another agent.
        const WHILE: Span = Span::from_secs(300);
        let signalling = &self.fold.signalling;
        let goes = |call_id: &str| {
            let known = signalling.with_call_id(call_id)?;
            Some(departure.leaving.leaves(known).is_some())
        };
        self.fold.mirrored.take_out(goes, now + Span::from_nanos(-WHILE.nanos()))
    }

    /// Takes out the reports about what leaves. What is carried by one that is
    /// not there any more goes as well.
    fn reports_that_leave(&mut self, departure: &Departure) -> Reports {
        if self.fold.vq_reports.list().is_empty() {
            return Reports::default();
        }
        let signalling = &self.fold.signalling;
        self.fold.vq_reports.take_out(|reported: &Reported| {
            let about = reported.report.call_id.as_deref();
            let ids = [about, Some(&*reported.carrier)].into_iter().flatten();
            let known: Vec<_> = ids.filter_map(|id| signalling.with_call_id(id)).collect();
            let leaves = known.iter().any(|id| departure.leaving.leaves(*id).is_some());
            let stays = known.iter().any(|id| departure.leaving.stays(*id).is_some());
            Fate { leaves: leaves || !stays, stays }
        })
    }
}
