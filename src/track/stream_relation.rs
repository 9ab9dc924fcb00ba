//! How streams belong together: one that goes on where another ended, and
//! sources that share an SSRC though they must not (RFC 3550 section 8.2).

use hashbrown::HashMap;

use super::stream::Stream;
use crate::base::codec::Codec;
use crate::base::flow::{Endpoint, Flow};
use crate::base::id::Ssrc;
use crate::base::time::Span;

/// Why a stream goes on as another.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Change {
    /// The sender took another SSRC on the same addresses.
    Ssrc,
    /// The same SSRC comes from or goes to another address or port.
    Moved,
}

impl Change {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ssrc => "ssrc_change",
            Self::Moved => "moved",
        }
    }
}

/// What a stream has to do with others, by their indexes.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Relation {
    /// The stream that it continues.
    pub continues: Option<(u32, Change)>,
    /// Streams of other sources in the same session at the same time that have
    /// its SSRC.
    pub collides: Vec<u32>,
    /// The stream whose packets it brings back to their sender.
    pub returns: Option<u32>,
}

/// The relations of all streams that have any.
pub type StreamRelations = HashMap<u32, Relation>;

/// A stream may begin this long before the one that it continues has ended:
/// packets on the way overtake each other.
const OVERLAP: Span = Span::from_millis(200);
/// A stream that begins later than this is a new one.
const LONGEST_PAUSE: Span = Span::from_secs(60);
/// Streams that share a flow, an SSRC or an endpoint and are compared.
const MOST: usize = 64;

/// Finds the relations of streams, which are in the order of their first packets.
pub fn relations(streams: &[&Stream]) -> StreamRelations {
    let mut relations = StreamRelations::new();
    let mut by_flow: HashMap<Flow, u32> = HashMap::new();
    let mut by_ssrc: HashMap<Ssrc, Vec<u32>> = HashMap::new();
    for (index, stream) in (0..).zip(streams) {
        let at = |index: u32| streams.get(index as usize).map(|stream| (index, *stream));
        let same = by_ssrc.entry(stream.ssrc).or_default();
        let before = by_flow.insert(stream.flow, index).and_then(at);
        let changed = before.filter(|(_, before)| follows(before, stream));
        let moved = same.iter().rev().copied().filter_map(at).find(|(_, before)| {
            let one_end = shares_end(before.flow, stream.flow);
            one_end && before.binding_call() == stream.binding_call() && follows(before, stream)
        });
        let continues = changed
            .map(|(before, _)| (before, Change::Ssrc))
            .or(moved.map(|(before, _)| (before, Change::Moved)));
        if continues.is_some() {
            relations.entry(index).or_default().continues = continues;
        }
        for (other, before) in same.iter().copied().filter_map(at) {
            compare((other, before), (index, stream), &mut relations);
        }
        if same.len() < MOST {
            same.push(index);
        }
    }
    relations
}

/// Whether a stream goes on where `before` ended.
fn follows(before: &Stream, stream: &Stream) -> bool {
    let media = |stream: &Stream| {
        stream.main_payload().and_then(|payload| payload.meaning.codec).map(Codec::media)
    };
    let pause = stream.first_at.since(before.last_at);
    (Span::from_nanos(-OVERLAP.nanos())..=LONGEST_PAUSE).contains(&pause)
        && media(before) == media(stream)
}

/// Whether two flows share their sender's address or their receiver.
fn shares_end(one: Flow, other: Flow) -> bool {
    let host = |a: Endpoint, b: Endpoint| a.ip == b.ip;
    one != other && (host(one.src, other.src) || one.dst == other.dst)
}

/// Two streams of one SSRC: the same source passed on, brought back, or two
/// sources that collide.
fn compare(before: (u32, &Stream), after: (u32, &Stream), relations: &mut StreamRelations) {
    let ((before, one), (after, other)) = (before, after);
    let together =
        one.last_at.since(other.first_at).nanos().min(other.last_at.since(other.first_at).nanos());
    if together <= OVERLAP.nanos() {
        return;
    }
    let opposite = one.flow == other.flow.reversed();
    let two_senders = one.flow.dst == other.flow.dst && one.flow.src != other.flow.src;
    if !opposite && !two_senders {
        return;
    }
    if one.is_same_source(other) {
        if opposite {
            relations.entry(after).or_default().returns = Some(before);
        }
        return;
    }
    for (this, that) in [(before, after), (after, before)] {
        let relation = relations.entry(this).or_default();
        if relation.collides.len() < MOST {
            relation.collides.push(that);
        }
    }
}
