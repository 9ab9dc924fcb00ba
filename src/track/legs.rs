//! Which conversations are legs of one call.
//!
//! A back-to-back user agent ends a call on one side and begins another on the
//! other, with a Call-ID of its own (RFC 7092). What belongs together is
//! decided once everything was seen, from what [`super::leg_evidence`] finds:
//! pairs of calls of which the later may have been begun because of the earlier.
//!
//! * An **identity** that both carry ([`Basis::is_identity`]) joins them; a
//!   correlation header does, unless they are only calls of one trunk.
//! * **Media** that both have, an announced address or a stream, join the later
//!   to the one earlier call that has them and that arrived where it begins;
//!   where several have them, the one whose numbers fit as well. Without that
//!   place they mean little: phones behind different NATs announce the same
//!   private address, and test tools send the same sound from one source.
//! * **Numbers, place and time** together join when nothing else could be meant:
//!   one such pair, seen from either side.
//!
//! Everything else stays apart and is kept as a candidate: a wrong join is
//! worse than a missed one. What is joined has a leader, the leg that began
//! first; reports speak of the call by its leader, whose hop is the caller's.

use hashbrown::HashMap;

use super::ConversationId;
use super::leg_evidence::{self, Sources};
use crate::base::flow::Endpoint;
use crate::base::id::Ssrc;

/// On what a link between two legs rests.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Basis {
    /// A UUID of Session-ID (RFC 7989) on both.
    SessionId(String),
    /// The same charging identifier (RFC 7315) on both.
    ChargingId(String),
    /// A correlation header of the same value on both, or one that has the
    /// other's Call-ID: name and value.
    Header(String, String),
    /// The Call-ID of one is part of the other's.
    CallId(String),
    /// In-Reply-To of one names the other.
    InReplyTo(String),
    /// The same media address was announced by the same side of both.
    MediaAddress(Endpoint),
    /// The same stream on both: SSRC, sequence numbers and payload.
    MediaStream(Ssrc),
    /// The later was begun where the earlier arrived.
    Element(std::net::IpAddr),
    /// The stream of one leg arrives where that of the other leaves.
    Relay(std::net::IpAddr),
    /// The same caller and callee, or a callee that Diversion or History-Info
    /// names: the callee's number.
    Numbers(String),
    /// The later was begun while the earlier was set up, and answered before it.
    Timing,
}

/// How sure a link is.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Confidence {
    /// Numbers, place and time.
    Probable,
    /// Media that both have.
    Strong,
    /// An identity that was given to the call to know it by.
    Certain,
}

/// A leg of a call of several.
#[derive(Clone, PartialEq, Debug)]
pub struct Leg {
    /// Its conversation.
    pub id: ConversationId,
    /// The leg because of which it was begun, and on what that rests; `None`
    /// for the first.
    pub link: Option<Link>,
}

/// Why a leg belongs to an earlier one.
#[derive(Clone, PartialEq, Debug)]
pub struct Link {
    /// The earlier one.
    pub to: ConversationId,
    /// On what it rests, strongest first.
    pub basis: Vec<Basis>,
    /// How sure it is.
    pub confidence: Confidence,
}

/// A call that may be another leg, and stays apart.
#[derive(Clone, PartialEq, Debug)]
pub struct Candidate {
    /// The other call.
    pub with: ConversationId,
    /// What speaks for it.
    pub basis: Vec<Basis>,
    /// Why it stays apart.
    pub why_apart: &'static str,
}

/// The calls of several legs, and the candidates of all.
#[derive(Clone, Debug, Default)]
pub struct Legs {
    leader: HashMap<ConversationId, ConversationId>,
    groups: HashMap<ConversationId, Vec<Leg>>,
    candidates: HashMap<ConversationId, Vec<Candidate>>,
}

/// Legs of one call; a value that more share tells nothing.
pub const MAX_LEGS: usize = 16;
/// Why a candidate stays apart for which little speaks.
pub const TOO_LITTLE: &str = "too little speaks for it";
/// Candidates kept of one call.
const MAX_CANDIDATES: usize = 8;

/// Two calls of which the later may be a leg of the earlier.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Pair {
    /// Which began first, as a place in the list of sketches.
    pub(super) earlier: usize,
    pub(super) later: usize,
    pub(super) basis: Vec<Basis>,
    pub(super) fit: Fit,
    /// Why the two cannot be joined whatever speaks for it.
    pub(super) apart: Option<&'static str>,
}

/// How two calls lie to each other.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Fit {
    /// The later was begun before the earlier was answered.
    pub(super) in_setup: bool,
    /// The later may come after the earlier on the way: it was begun where the
    /// earlier arrived, or went elsewhere than that. Two calls that come to one
    /// element from different sides stand beside each other.
    pub(super) in_series: bool,
    /// A correlation header of one has the Call-ID of the other.
    pub(super) names_the_other: bool,
}

impl Basis {
    /// Whether it is an identity that was given to the call to know it by.
    pub const fn is_identity(&self) -> bool {
        matches!(
            self,
            Self::SessionId(_) | Self::ChargingId(_) | Self::Header(..) | Self::CallId(_)
        )
    }

    /// The name in reports.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::SessionId(_) => "session_id",
            Self::ChargingId(_) => "charging_id",
            Self::Header(..) => "header",
            Self::CallId(_) => "call_id",
            Self::InReplyTo(_) => "in_reply_to",
            Self::MediaAddress(_) => "media_address",
            Self::MediaStream(_) => "media_stream",
            Self::Element(_) => "element",
            Self::Relay(_) => "relay",
            Self::Numbers(_) => "numbers",
            Self::Timing => "timing",
        }
    }
}

impl Confidence {
    /// The name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Probable => "probable",
            Self::Strong => "strong",
            Self::Certain => "certain",
        }
    }
}

impl Pair {
    fn has(&self, of: impl Fn(&Basis) -> bool) -> bool {
        self.basis.iter().any(of)
    }

    fn fits_by_number(&self) -> bool {
        self.has(|basis| matches!(basis, Basis::Numbers(_)))
            && self.has(|basis| matches!(basis, Basis::Timing))
    }

    /// Whether an identity tells. A correlation header may have one value for
    /// all calls of a trunk: only of calls that follow from each other, or with
    /// the other's Call-ID, it is an identity.
    fn has_identity(&self) -> bool {
        let Fit { in_setup, in_series, names_the_other } = self.fit;
        self.has(|basis| match basis {
            Basis::Header(..) => names_the_other || in_setup && in_series,
            other => other.is_identity(),
        })
    }

    /// Whether media tell. Phones behind different NATs have the same private
    /// address: it tells of calls only that were set up together.
    fn has_media(&self) -> bool {
        self.has(|basis| match basis {
            Basis::MediaStream(_) => true,
            Basis::MediaAddress(endpoint) => self.fit.in_setup || !endpoint.is_private(),
            _ => false,
        })
    }

    fn confidence(&self) -> Option<Confidence> {
        if self.has_identity() {
            Some(Confidence::Certain)
        } else if self.has_media()
            && self.has(|basis| matches!(basis, Basis::Element(_) | Basis::Relay(_)))
        {
            Some(Confidence::Strong)
        } else if self.fits_by_number() && self.has(|basis| matches!(basis, Basis::Element(_))) {
            Some(Confidence::Probable)
        } else {
            None
        }
    }
}

/// What ties calls to each other.
#[derive(Clone, Debug, Default)]
pub(super) struct Ties {
    /// Legs of one call.
    pub(super) joined: Vec<(ConversationId, ConversationId)>,
    /// Calls of which one may be a leg of the other, those above included.
    pub(super) possible: Vec<(ConversationId, ConversationId)>,
}

impl Ties {
    /// Those between the calls of some sources.
    pub(super) fn between(sources: &Sources<'_>) -> Self {
        let sketches = leg_evidence::sketches(sources);
        let pairs = leg_evidence::pairs(sources, &sketches);
        let ids: Vec<_> = sketches.iter().map(|sketch| sketch.id).collect();
        let of = |place: usize| ids.get(place).copied();
        let possible =
            pairs.iter().filter_map(|pair| Some((of(pair.earlier)?, of(pair.later)?))).collect();
        let mut join = Join::new(&pairs);
        join.decide();
        let joined = join.parent.iter();
        let joined =
            joined.filter_map(|(later, pair)| Some((of(pair.earlier)?, of(*later)?))).collect();
        Self { joined, possible }
    }
}

impl Legs {
    /// Joins the legs of calls.
    pub fn join(sources: &Sources<'_>) -> Self {
        let sketches = leg_evidence::sketches(sources);
        let pairs = leg_evidence::pairs(sources, &sketches);
        if pairs.is_empty() {
            return Self::default();
        }
        let mut join = Join::new(&pairs);
        join.decide();
        let ids: Vec<_> = sketches.iter().map(|sketch| sketch.id).collect();
        join.into_legs(&ids)
    }

    /// The leg that a call is known by: itself, unless it is a later leg.
    pub fn leader(&self, id: ConversationId) -> ConversationId {
        self.leader.get(&id).copied().unwrap_or(id)
    }

    /// Whether a conversation is a later leg of another.
    pub fn is_later_leg(&self, id: ConversationId) -> bool {
        self.leader(id) != id
    }

    /// The legs of a call in the order of their beginnings, by its leader; none
    /// for a call of one leg.
    pub fn of(&self, leader: ConversationId) -> &[Leg] {
        self.groups.get(&leader).map_or(&[], Vec::as_slice)
    }

    /// The conversations of a call, its leader first.
    pub fn members(&self, leader: ConversationId) -> impl Iterator<Item = ConversationId> {
        let rest = self.of(leader).iter().map(|leg| leg.id).filter(move |id| *id != leader);
        std::iter::once(leader).chain(rest)
    }

    /// Calls that may be legs of the one that this conversation belongs to.
    pub fn candidates(&self, id: ConversationId) -> &[Candidate] {
        self.candidates.get(&id).map_or(&[], Vec::as_slice)
    }

    /// Each later leg with the leg because of which it was begun, in the order of the later ones.
    pub fn pairs(&self) -> Vec<(ConversationId, ConversationId)> {
        let linked = self.groups.values().flatten();
        let mut pairs: Vec<_> =
            linked.filter_map(|leg| Some((leg.link.as_ref()?.to, leg.id))).collect();
        pairs.sort_unstable_by_key(|(earlier, later)| (*later, *earlier));
        pairs
    }

    /// How many calls were joined to others.
    pub fn joined(&self) -> usize {
        self.leader.len()
    }
}

struct Join<'a> {
    pairs: &'a [Pair],
    /// Of each later call, its pairs.
    by_later: Vec<(usize, Vec<&'a Pair>)>,
    /// The call that a call was joined to, and by which pair.
    parent: HashMap<usize, &'a Pair>,
    sizes: HashMap<usize, usize>,
    apart: Vec<(&'a Pair, &'static str)>,
}

impl<'a> Join<'a> {
    fn new(pairs: &'a [Pair]) -> Self {
        let mut by_later: HashMap<usize, Vec<&Pair>> = HashMap::new();
        for pair in pairs {
            by_later.entry(pair.later).or_default().push(pair);
        }
        let mut by_later: Vec<_> = by_later.into_iter().collect();
        by_later.sort_by_key(|(later, _)| *later);
        Self { pairs, by_later, parent: HashMap::new(), sizes: HashMap::new(), apart: Vec::new() }
    }

    fn root(&self, mut call: usize) -> usize {
        // An earlier call has a smaller place, so this ends.
        while let Some(pair) = self.parent.get(&call) {
            call = pair.earlier;
        }
        call
    }

    /// Calls come in the order of their beginnings, so that what a later one
    /// may be joined to is settled.
    fn decide(&mut self) {
        // Of each earlier call, how many later ones fit by numbers only.
        let mut children: HashMap<usize, usize> = HashMap::new();
        for pair in self.pairs.iter().filter(|p| p.confidence() == Some(Confidence::Probable)) {
            *children.entry(pair.earlier).or_default() += 1;
        }
        for (later, pairs) in std::mem::take(&mut self.by_later) {
            let open: Vec<_> = pairs.iter().copied().filter(|pair| pair.apart.is_none()).collect();
            self.apart.extend(pairs.iter().filter_map(|pair| Some((*pair, pair.apart?))));
            let best = open.iter().filter_map(|pair| pair.confidence()).max();
            let Some(best) = best else {
                self.apart.extend(open.iter().map(|pair| (*pair, TOO_LITTLE)));
                continue;
            };
            let mut chosen: Vec<_> =
                open.iter().copied().filter(|pair| pair.confidence() == Some(best)).collect();
            let roots = |join: &Self, pairs: &[&Pair]| {
                let mut roots: Vec<_> = pairs.iter().map(|pair| join.root(pair.earlier)).collect();
                roots.sort_unstable();
                roots.dedup();
                roots.len()
            };
            if roots(self, &chosen) > 1 && best > Confidence::Probable {
                let fitting: Vec<_> =
                    chosen.iter().copied().filter(|pair| pair.fits_by_number()).collect();
                if !fitting.is_empty() {
                    chosen = fitting;
                }
            }
            let ambiguous = roots(self, &chosen) > 1
                || best == Confidence::Probable
                    && chosen
                        .iter()
                        .any(|pair| children.get(&pair.earlier).is_some_and(|n| *n > 1));
            if ambiguous {
                self.apart.extend(chosen.iter().map(|pair| (*pair, "others fit as well")));
                continue;
            }
            // Of the legs of one call, that which arrived where this one begins; else the latest.
            let place = |pair: &&Pair| {
                let there = pair.has(|basis| matches!(basis, Basis::Element(_)));
                (there, pair.earlier)
            };
            let Some(pair) = chosen.iter().copied().max_by_key(place) else { continue };
            let root = self.root(pair.earlier);
            let size = self.sizes.entry(root).or_insert(1);
            if *size >= MAX_LEGS {
                self.apart.push((pair, "the call has too many legs"));
                continue;
            }
            *size += 1;
            self.parent.insert(later, pair);
        }
    }

    fn into_legs(self, ids: &[ConversationId]) -> Legs {
        let mut legs = Legs::default();
        let id = |place: usize| ids.get(place).copied();
        let mut joined: Vec<_> = self.parent.iter().map(|(later, pair)| (*later, *pair)).collect();
        joined.sort_by_key(|(later, _)| *later);
        for (later, pair) in joined {
            let root = self.root(later);
            let (Some(leader), Some(this), Some(to)) = (id(root), id(later), id(pair.earlier))
            else {
                continue;
            };
            let mut basis = pair.basis.clone();
            basis.sort();
            let confidence = pair.confidence().unwrap_or(Confidence::Probable);
            legs.leader.insert(this, leader);
            legs.groups
                .entry(leader)
                .or_insert_with(|| vec![Leg { id: leader, link: None }])
                .push(Leg { id: this, link: Some(Link { to, basis, confidence }) });
        }
        for (pair, why_apart) in &self.apart {
            // One phone uses one port for call after call: that says nothing.
            let nothing = pair.apart.is_some() && !pair.has(Basis::is_identity);
            if nothing || self.root(pair.earlier) == self.root(pair.later) {
                continue;
            }
            let (Some(earlier), Some(later)) = (id(pair.earlier), id(pair.later)) else { continue };
            for (of, with) in [(earlier, later), (later, earlier)] {
                let list = legs.candidates.entry(of).or_default();
                if list.len() < MAX_CANDIDATES {
                    let mut basis = pair.basis.clone();
                    basis.sort();
                    list.push(Candidate { with, basis, why_apart });
                }
            }
        }
        legs
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(earlier: usize, later: usize, basis: Vec<Basis>) -> Pair {
        let fit = Fit { in_setup: true, in_series: true, names_the_other: false };
        Pair { earlier, later, basis, fit, apart: None }
    }

    fn joined(pairs: &[Pair]) -> Vec<(u32, u32)> {
        let mut join = Join::new(pairs);
        join.decide();
        let ids: Vec<_> = (0..10).map(ConversationId).collect();
        let legs = join.into_legs(&ids);
        let mut all: Vec<_> = legs.leader.iter().map(|(leg, leader)| (leg.0, leader.0)).collect();
        all.sort_unstable();
        all
    }

    fn identity() -> Vec<Basis> {
        vec![Basis::SessionId("a".into())]
    }

    fn media() -> Vec<Basis> {
        vec![Basis::MediaStream(Ssrc(1)), Basis::Relay("192.0.2.1".parse().unwrap())]
    }

    fn numbers() -> Vec<Basis> {
        let element = Basis::Element("192.0.2.1".parse().unwrap());
        vec![element, Basis::Numbers("200".into()), Basis::Timing]
    }

    #[test]
    fn chains_and_forks_are_one_call() {
        let pairs = [pair(0, 1, identity()), pair(0, 2, identity()), pair(1, 2, identity())];
        assert_eq!(joined(&pairs), [(1, 0), (2, 0)]);
        assert_eq!(joined(&[pair(0, 1, media()), pair(0, 2, media())]), [(1, 0), (2, 0)]);
    }

    #[test]
    fn of_several_that_fit_none_is_taken() {
        assert_eq!(joined(&[pair(0, 2, media()), pair(1, 2, media())]), []);
        assert_eq!(joined(&[pair(0, 2, numbers()), pair(1, 2, numbers())]), []);
        // One caller, two calls begun because of it: numbers do not tell which.
        assert_eq!(joined(&[pair(0, 1, numbers()), pair(0, 2, numbers())]), []);
        // Media and numbers tell what media alone do not.
        let both = [media(), numbers()].concat();
        assert_eq!(joined(&[pair(0, 2, media()), pair(1, 2, both)]), [(2, 1)]);
    }

    #[test]
    fn what_many_calls_have_tells_only_of_those_set_up_together() {
        let header = vec![Basis::Header("x-cid".into(), "default".into())];
        let private = vec![
            Basis::MediaAddress(Endpoint::new("192.168.1.10".parse().unwrap(), 4000)),
            Basis::Element("192.0.2.1".parse().unwrap()),
        ];
        for basis in [header, private] {
            let apart = |fit| joined(&[Pair { fit, ..pair(0, 1, basis.clone()) }]);
            let together = Fit { in_setup: true, in_series: true, ..Fit::default() };
            assert_eq!(apart(together), [(1, 0)]);
            assert_eq!(apart(Fit { in_setup: false, ..together }), []);
        }
    }

    #[test]
    fn little_is_not_enough() {
        assert_eq!(joined(&[pair(0, 1, vec![Basis::Timing])]), []);
        assert_eq!(joined(&[pair(0, 1, vec![Basis::MediaStream(Ssrc(1))])]), []);
        assert_eq!(joined(&[pair(0, 1, vec![Basis::InReplyTo("x".into())])]), []);
        assert_eq!(joined(&[pair(0, 1, numbers())]), [(1, 0)]);
    }
}
