//! Which conversations and streams leave together: those that are over, with
//! all that their rows are made from.
//!
//! Legs of one call, and calls that a transfer or a replacement ties together,
//! leave only when all of them may. What only *may* belong together, such as two
//! calls of which one may be a leg of the other, does too, but nobody waits
//! longer for that than [`Retirement::patience`]: a chain of such calls may
//! never end.

use std::cmp::Reverse;

use hashbrown::HashMap;

use super::ConversationId;
use super::announced::Announced;
use super::conversation::Conversation;
use super::fact::Correlation;
use super::heard::Heard;
use super::leaving::Leaving;
use super::leg_evidence::Sources;
use super::legs::Ties;
use super::media::Media;
use super::relations::Relations;
use super::retirement::Retirement;
use super::stream::Stream;
use super::stream_relation;
use super::vq::Reports;
use crate::base::time::{Span, Timestamp};

/// What is alive, and what has not left.
#[derive(Clone, Copy, Debug)]
pub struct Alive<'a> {
    /// The conversations.
    pub conversations: &'a [Conversation],
    /// The streams, in parts that follow each other.
    pub media: &'a [&'a Media],
    /// What was announced.
    pub announced: &'a Announced,
    /// Voice quality reports.
    pub vq_reports: &'a Reports,
    /// The correlation headers; `None` when legs are left apart.
    pub correlation: Option<&'a Correlation>,
    /// When something was heard of all that; `None` where the times of packets tell it.
    pub heard: Option<&'a Heard>,
}

/// What leaves.
#[derive(Clone, Debug, Default)]
pub struct Departure {
    /// The conversations.
    pub leaving: Leaving,
    /// Of each stream, whether it leaves of itself: of no call, and idle.
    pub streams: Vec<bool>,
}

/// A stream of no call with fewer packets may be of a flood.
const FEW_PACKETS: u64 = 50;

/// How long something has been ready to leave; `None` if it is not.
type Ready = Option<Span>;

/// For how long each conversation might have left, as its own end and its media say.
pub fn ready(alive: &Alive<'_>, now: Timestamp, retirement: &Retirement) -> Vec<Ready> {
    at_rest(alive, now, |conversation, quiet, now| {
        let more = quiet - retirement.rest(conversation, now);
        (more >= Span::ZERO).then_some(more)
    })
}

/// Whether each conversation, if it leaves now, leaves before the figures have all of it.
pub fn early(alive: &Alive<'_>, now: Timestamp, retirement: &Retirement) -> Vec<bool> {
    at_rest(alive, now, |conversation, quiet, now| retirement.is_early(conversation, quiet, now))
}

/// What is said of each conversation, for how long it has been quiet and what time it is.
fn at_rest<T>(
    alive: &Alive<'_>,
    now: Timestamp,
    say: impl Fn(&Conversation, Span, Timestamp) -> T,
) -> Vec<T> {
    let of = alive.conversations.iter().zip(quiet(alive, now));
    of.map(|(conversation, quiet)| {
        // By the clock of those who captured it: another may be hours away from that.
        let now = alive.heard.map_or(now, |_| conversation.last_at + quiet);
        say(conversation, quiet, now)
    })
    .collect()
}

/// For how long no message or packet of each conversation has come.
fn quiet(alive: &Alive<'_>, now: Timestamp) -> Vec<Span> {
    if let Some(heard) = alive.heard {
        return alive.conversations.iter().map(|one| heard.quiet(one)).collect();
    }
    let mut last: Vec<_> = alive.conversations.iter().map(|one| one.last_at).collect();
    for (call, at) in alive.media.iter().flat_map(|part| part.latest()) {
        if let Some(last) = last.get_mut(call.0 as usize) {
            *last = at.max(*last);
        }
    }
    last.into_iter().map(|at| now.since(at)).collect()
}

/// For how long no packet of each stream has come.
fn quiet_streams<'a>(
    alive: &Alive<'a>,
    now: Timestamp,
) -> impl Iterator<Item = (&'a Stream, Span)> + use<'a> {
    let heard = alive.heard;
    alive.streams().map(move |stream| {
        let by_time = now.since(stream.last_at);
        (stream, heard.map_or(by_time, |heard| heard.quiet_stream(stream)))
    })
}

/// The streams of no call of which nothing came for long.
pub fn idle_streams(alive: &Alive<'_>, now: Timestamp, retirement: &Retirement) -> Vec<Ready> {
    let idle = |(stream, quiet): (&Stream, Span)| {
        let more = quiet - retirement.stream_idle;
        (stream.binding.is_none() && more >= Span::ZERO).then_some(more)
    };
    quiet_streams(alive, now).map(idle).collect()
}

/// What of all that is ready leaves.
pub fn departure(
    alive: &Alive<'_>,
    ready: &[Ready],
    streams_ready: &[Ready],
    now: Timestamp,
    retirement: &Retirement,
) -> Departure {
    let ready: Vec<_> = ready.iter().chain(streams_ready).copied().collect();
    let groups = Groups::of(alive, ready.len(), now);
    alive.departure(groups.that_leave(&ready, retirement.patience))
}

/// What leaves though it is not over, until `bytes` are given back: first what is
/// ready, then what nobody has answered, as that of a flood, then the rest; of
/// each, those of which nothing came for longest.
pub fn eviction(
    alive: &Alive<'_>,
    ready: &[Ready],
    streams_ready: &[Ready],
    now: Timestamp,
    bytes: usize,
) -> Departure {
    let ready: Vec<_> = ready.iter().chain(streams_ready).copied().collect();
    let mut groups = Groups::of(alive, ready.len(), now);
    let of_streams = alive.streams();
    let quiet = quiet(alive, now).into_iter();
    let quiet = quiet.chain(quiet_streams(alive, now).map(|(_, quiet)| quiet));
    let calls = alive.conversations.iter().map(Conversation::is_one_sided);
    let little = calls.chain(of_streams.clone().map(|one| one.packets < FEW_PACKETS));
    let ranks = ready.iter().zip(little).map(|(ready, little)| match (ready, little) {
        (Some(_), _) => 0,
        (None, true) => 1,
        (None, false) => 2,
    });
    let ranks: Vec<u8> = ranks.collect();
    let mut sizes: Vec<usize> = alive.conversations.iter().map(Conversation::bytes).collect();
    let mut streams = Vec::new();
    for stream in of_streams {
        let size = size_of::<Stream>() + stream.heap_bytes();
        match stream.binding_call().and_then(|call| sizes.get_mut(place(call))) {
            Some(of_call) => {
                *of_call += size;
                streams.push(0);
            }
            None => streams.push(size),
        }
    }
    sizes.extend(streams);
    alive.departure(groups.longest_quiet(&ranks, &quiet.collect::<Vec<_>>(), &sizes, bytes))
}

impl<'a> Alive<'a> {
    /// All streams, by their places.
    fn streams(&self) -> impl Iterator<Item = &'a Stream> + Clone + use<'a> {
        self.media.iter().flat_map(|part| part.streams())
    }

    fn departure(&self, leave: Vec<bool>) -> Departure {
        let calls = self.conversations.len();
        Departure {
            leaving: Leaving::those(leave.iter().copied().take(calls)),
            streams: leave.into_iter().skip(calls).collect(),
        }
    }
}

const fn place(id: ConversationId) -> usize {
    id.0 as usize
}

/// Sets of what leaves together: conversations by their places, then streams.
struct Groups {
    parent: Vec<usize>,
    /// Ties that hold only as long as nobody waits too long.
    perhaps: Vec<(usize, usize)>,
}

impl Groups {
    fn new(len: usize) -> Self {
        Self { parent: (0..len).collect(), perhaps: Vec::new() }
    }

    /// The sets of all that is alive.
    fn of(alive: &Alive<'_>, len: usize, now: Timestamp) -> Self {
        let mut groups = Self::new(len);
        let streams: Vec<&Stream> = alive.streams().collect();
        let mut order: Vec<_> = (0..streams.len()).collect();
        order.sort_by_key(|index| streams.get(*index).map(|stream| stream.first_frame));
        let sorted: Vec<&Stream> =
            order.iter().filter_map(|index| streams.get(*index).copied()).collect();
        groups.calls(alive, &sorted, now);
        groups.streams(&sorted, &order, alive.conversations.len());
        groups.reports(alive);
        groups
    }

    fn calls(&mut self, alive: &Alive<'_>, streams: &[&Stream], now: Timestamp) {
        if let Some(correlation) = alive.correlation {
            let (conversations, announced) = (alive.conversations, alive.announced);
            let sources = Sources { conversations, streams, announced, correlation };
            let ties = Ties::between(&sources);
            ties.joined.iter().for_each(|pair| self.tie(place(pair.0), place(pair.1)));
            self.perhaps.extend(ties.possible.iter().map(|pair| (place(pair.0), place(pair.1))));
        }
        let relations = Relations::of(alive.conversations, now);
        for (one, other) in relations.referred_by.iter().chain(&relations.names) {
            self.tie(place(*one), place(*other));
        }
    }

    /// `streams` in the order of their first packets, whose places are `order`.
    fn streams(&mut self, streams: &[&Stream], order: &[usize], calls: usize) {
        let node = |index: u32| {
            let call = streams.get(index as usize)?.binding_call().map(place);
            Some(call.unwrap_or(calls + *order.get(index as usize)?))
        };
        for (index, relation) in stream_relation::relations(streams) {
            let others = relation.continues.map(|(other, _)| other).into_iter();
            for other in others.chain(relation.returns).chain(relation.collides.iter().copied()) {
                if let (Some(one), Some(other)) = (node(index), node(other)) {
                    self.perhaps.push((one, other));
                }
            }
        }
    }

    fn reports(&mut self, alive: &Alive<'_>) {
        if alive.vq_reports.list().is_empty() {
            return;
        }
        let ids = (0..).map(ConversationId).zip(alive.conversations);
        let by_call_id: HashMap<_, _> = ids.map(|(id, one)| (one.call_id(), id)).collect();
        for reported in alive.vq_reports.list() {
            let about = reported.report.call_id.as_deref().and_then(|id| by_call_id.get(id));
            if let (Some(about), Some(carrier)) = (about, by_call_id.get(&*reported.carrier)) {
                self.perhaps.push((place(*about), place(*carrier)));
            }
        }
    }

    fn root(&mut self, mut one: usize) -> usize {
        while let Some(up) = self.parent.get(one).copied().filter(|up| *up != one) {
            // Halving the way keeps all ways short.
            let above = self.parent.get(up).copied().unwrap_or(up);
            if let Some(parent) = self.parent.get_mut(one) {
                *parent = above;
            }
            one = above;
        }
        one
    }

    /// Both leave together.
    fn tie(&mut self, one: usize, other: usize) {
        let (one, other) = (self.root(one), self.root(other));
        if let Some(parent) = self.parent.get_mut(one.max(other)) {
            *parent = one.min(other);
        }
    }

    fn roots(&mut self) -> Vec<usize> {
        (0..self.parent.len()).map(|one| self.root(one)).collect()
    }

    fn that_leave(mut self, ready: &[Ready], patience: Span) -> Vec<bool> {
        let roots = self.roots();
        let least = readiness(&roots, ready);
        let tired = |one: usize| {
            let ready = roots.get(one).and_then(|root| *least.get(*root)?);
            ready.is_some_and(|waits| waits >= patience)
        };
        for (one, other) in std::mem::take(&mut self.perhaps) {
            if tired(one) == tired(other) {
                self.tie(one, other);
            }
        }
        let roots = self.roots();
        let least = readiness(&roots, ready);
        roots.iter().map(|root| least.get(*root).copied().flatten().is_some()).collect()
    }

    /// Sets of the lowest rank of which nothing came for longest, until they have
    /// `bytes` in all.
    fn longest_quiet(
        &mut self,
        ranks: &[u8],
        quiet: &[Span],
        sizes: &[usize],
        bytes: usize,
    ) -> Vec<bool> {
        let roots = self.roots();
        let mut sets: Vec<(u8, Reverse<Span>, usize, usize)> =
            (0..roots.len()).map(|root| (0, Reverse(Span::MAX), root, 0)).collect();
        for (((root, quiet), size), rank) in roots.iter().zip(quiet).zip(sizes).zip(ranks) {
            if let Some((most, least, _, sum)) = sets.get_mut(*root) {
                *most = (*most).max(*rank);
                least.0 = least.0.min(*quiet);
                *sum += size;
            }
        }
        sets.retain(|(_, _, _, size)| *size > 0);
        sets.sort_unstable();
        let mut leaves = vec![false; roots.len()];
        let mut freed = 0;
        for (_, _, root, size) in sets {
            if freed >= bytes {
                break;
            }
            freed += size;
            if let Some(leaves) = leaves.get_mut(root) {
                *leaves = true;
            }
        }
        roots.iter().map(|root| leaves.get(*root).copied().unwrap_or(false)).collect()
    }
}

/// The least readiness of each set, at its root.
fn readiness(roots: &[usize], ready: &[Ready]) -> Vec<Ready> {
    let mut least: Vec<Ready> = vec![Some(Span::MAX); roots.len()];
    for (root, ready) in roots.iter().zip(ready) {
        if let Some(least) = least.get_mut(*root) {
            *least = least.zip(*ready).map(|(a, b)| a.min(b));
        }
    }
    least
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leave(ready: &[Option<i64>], ties: &[(usize, usize)], perhaps: &[(usize, usize)]) -> String {
        let ready: Vec<_> = ready.iter().map(|ready| ready.map(Span::from_secs)).collect();
        let mut groups = Groups::new(ready.len());
        for (one, other) in ties {
            groups.tie(*one, *other);
        }
        groups.perhaps.extend(perhaps);
        let leave = groups.that_leave(&ready, Span::from_secs(100));
        leave.into_iter().map(|leaves| if leaves { 'x' } else { '-' }).collect()
    }

    #[test]
    fn what_is_tied_leaves_when_all_may() {
        assert_eq!(leave(&[Some(0), None, Some(500)], &[(0, 1)], &[]), "--x");
        assert_eq!(leave(&[Some(0), Some(1), Some(2), None], &[(2, 1), (1, 0)], &[]), "xxx-");
        assert_eq!(leave(&[Some(100), None], &[(0, 1)], &[]), "--");
    }

    #[test]
    fn nobody_waits_for_ever_for_what_may_belong_to_it() {
        assert_eq!(leave(&[Some(99), None], &[], &[(0, 1)]), "--");
        // A chain that goes on and on: its tired end leaves.
        let chain = [Some(100), Some(50), Some(0), None];
        assert_eq!(leave(&chain, &[], &[(0, 1), (1, 2), (2, 3)]), "x---");
    }

    #[test]
    fn what_is_over_and_quiet_is_evicted_first() {
        let ranks = [1, 0, 1, 1];
        let mut groups = Groups::new(4);
        groups.tie(0, 3);
        let quiet = [9, 1, 5, 3].map(Span::from_secs);
        let mut evicted = |bytes| groups.longest_quiet(&ranks, &quiet, &[10, 10, 10, 10], bytes);
        assert_eq!(evicted(10), [false, true, false, false]);
        assert_eq!(evicted(11), [false, true, true, false]);
        assert_eq!(evicted(21), [true, true, true, true]);
    }
}
