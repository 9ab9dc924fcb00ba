//! What speaks for two calls being legs of one: see [`super::legs`].

use std::net::IpAddr;

use hashbrown::{HashMap, HashSet};

use super::announced::Announced;
use super::call::Call;
use super::conversation::Conversation;
use super::fact::{Correlation, IdentityKind};
use super::legs::{Basis, Fit, MAX_LEGS, Pair};
use super::numbers;
use super::stream::Stream;
use super::{ConversationId, Side};
use crate::base::flow::Endpoint;
use crate::base::id::Ssrc;
use crate::base::time::{Span, Timestamp};

/// What legs are read from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'a> {
    /// All conversations.
    pub conversations: &'a [Conversation],
    /// All streams.
    pub streams: &'a [&'a Stream],
    /// What SDP announced.
    pub announced: &'a Announced,
    /// The correlation headers.
    pub correlation: &'a Correlation,
}

/// A call as far as its legs are concerned; a list of them is in the order of
/// their beginnings.
#[derive(Clone, Debug)]
pub(super) struct Sketch<'a> {
    pub(super) id: ConversationId,
    conversation: &'a Conversation,
    call: &'a Call,
    start: Timestamp,
    answered: Option<Timestamp>,
    ended: Option<Timestamp>,
    /// Where its first INVITE came from.
    origin: Endpoint,
}

/// A later leg that only numbers and time put to an earlier one begins within
/// this of it: a border element looks up a route and dials.
const DIALS_WITHIN: Span = Span::from_secs(5);
/// An answer is passed on to the earlier leg within this.
const ANSWERS_WITHIN: Span = Span::from_secs(2);
/// A call that is over may still cause another for as long as its BYE may be repeated.
const AFTERLIFE: Span = Span::from_secs(1);
/// A relay passes a packet on within this, jitter buffer and all.
const RELAYED_WITHIN: Span = Span::from_millis(500);
/// Shortest Call-ID whose being part of another is no accident.
const CALL_ID_LENGTH: usize = 12;
/// Elements at which one call arrived that are looked at.
const MAX_ELEMENTS: usize = 64;
/// Streams of one SSRC that are compared with each other.
const MAX_STREAMS_OF_SSRC: usize = 64;

const SAME_ORIGIN: &str = "both were begun by the same element";
const OTHER_SIDE: &str = "it is announced by different sides";

/// The calls whose INVITE was seen, in the order of their beginnings.
pub(super) fn sketches<'a>(sources: &Sources<'a>) -> Vec<Sketch<'a>> {
    let ids = (0..).map(ConversationId).zip(sources.conversations);
    let mut sketches: Vec<_> = ids
        .filter_map(|(id, conversation)| {
            let call = conversation.call()?;
            let first = call.attempts.first()?;
            Some(Sketch {
                id,
                conversation,
                call,
                start: first.at?,
                answered: call.last().filter(|last| last.status < 300).map(|last| last.at),
                ended: call.ended(),
                origin: call.caller.address?,
            })
        })
        .collect();
    sketches.sort_by_key(|sketch| (sketch.start, sketch.id));
    sketches
}

/// The pairs of calls for which anything speaks, each with all that does.
pub(super) fn pairs(sources: &Sources<'_>, sketches: &[Sketch<'_>]) -> Vec<Pair> {
    let mut evidence = Evidence { sketches, found: HashMap::new(), crossed: Vec::new() };
    evidence.identities(sources.correlation);
    evidence.call_ids();
    evidence.media_addresses(sources);
    evidence.media_streams(sources);
    evidence.numbers();
    evidence.finish()
}

/// What speaks for a pair, and why it cannot be joined all the same.
type Found = (Vec<Basis>, Option<&'static str>);

struct Evidence<'a> {
    sketches: &'a [Sketch<'a>],
    found: HashMap<(usize, usize), Found>,
    /// What both have, but on different sides: told where nothing else speaks for a pair.
    crossed: Vec<(usize, usize, Basis)>,
}

impl Sketch<'_> {
    /// Whether this later call was begun during the life of `earlier`.
    fn is_during(&self, earlier: &Self) -> bool {
        earlier.ended.is_none_or(|ended| self.start.since(ended) <= AFTERLIFE)
    }

    /// The place at which `earlier` arrived and this one was begun.
    fn element(&self, earlier: &Self) -> Option<IpAddr> {
        let elsewhere = |endpoint: Endpoint| {
            if self.origin.ip == earlier.origin.ip {
                // Several elements on one host are told apart by their ports.
                endpoint == self.origin && endpoint != earlier.origin
            } else {
                endpoint.ip == self.origin.ip
            }
        };
        let flows = earlier.conversation.flows().iter();
        let mut ends = flows.flat_map(|flow| [flow.src, flow.dst]);
        ends.any(elsewhere).then_some(self.origin.ip)
    }

    /// Where its first message went.
    fn target(&self) -> Option<IpAddr> {
        self.conversation.flows().first().map(|flow| flow.dst.ip)
    }

    /// Whether both were begun by the same element, as the calls of one phone are.
    fn has_origin_of(&self, earlier: &Self) -> bool {
        self.origin == earlier.origin
            || self.origin.ip == earlier.origin.ip && self.element(earlier).is_none()
    }

    fn callee(&self) -> Option<String> {
        self.call.callee.user(self.conversation.texts())
    }

    fn caller(&self) -> Option<String> {
        self.call.caller.user(self.conversation.texts())
    }

    fn text(&self, text: super::text::Text) -> &str {
        self.conversation.texts().get(text)
    }
}

impl<'a> Evidence<'a> {
    /// Notes what speaks for a pair, in either order of places.
    fn note(&mut self, one: usize, other: usize, basis: Basis, apart: Option<&'static str>) {
        let (earlier, later) = (one.min(other), one.max(other));
        let (Some(first), Some(second)) = (self.sketches.get(earlier), self.sketches.get(later))
        else {
            return;
        };
        if earlier == later || !second.is_during(first) {
            return;
        }
        let same_origin = second.has_origin_of(first).then_some(SAME_ORIGIN);
        let (list, known) = self.found.entry((earlier, later)).or_default();
        *known = known.or(same_origin).or(apart);
        if !list.contains(&basis) {
            list.push(basis);
        }
    }

    /// All pairs of a group that shares something; a group too large shares nothing.
    fn note_all(&mut self, group: &[usize], basis: &Basis) {
        if group.len() > MAX_LEGS {
            return;
        }
        for (at, one) in group.iter().enumerate() {
            for other in group.iter().skip(at + 1) {
                self.note(*one, *other, basis.clone(), None);
            }
        }
    }

    fn identities(&mut self, correlation: &Correlation) {
        let mut by_value: HashMap<(IdentityKind, &'a str), Vec<usize>> = HashMap::new();
        let mut by_call_id: HashMap<&'a str, usize> = HashMap::new();
        let mut naming: Vec<(usize, IdentityKind, &'a str)> = Vec::new();
        let sketches: &'a [Sketch<'a>] = self.sketches;
        let mut any = false;
        for (place, sketch) in sketches.iter().enumerate() {
            for identity in sketch.conversation.facts().identities() {
                let value = sketch.text(identity.text);
                any = true;
                match identity.kind {
                    IdentityKind::SessionId | IdentityKind::ChargingId => {
                        by_value.entry((identity.kind, value)).or_default().push(place);
                    }
                    IdentityKind::Header(_) => {
                        by_value.entry((identity.kind, value)).or_default().push(place);
                        naming.push((place, identity.kind, value));
                    }
                    IdentityKind::InReplyTo => naming.push((place, identity.kind, value)),
                    IdentityKind::Diverted => {}
                }
            }
        }
        if !any {
            return;
        }
        for (place, sketch) in sketches.iter().enumerate() {
            by_call_id.insert(sketch.conversation.call_id(), place);
        }
        for ((kind, value), group) in by_value {
            match kind {
                IdentityKind::SessionId => self.session(&group, value),
                IdentityKind::ChargingId => {
                    self.note_all(&group, &Basis::ChargingId(value.to_owned()));
                }
                IdentityKind::Header(at) => {
                    let name = correlation.name(at).to_owned();
                    self.note_all(&group, &Basis::Header(name, value.to_owned()));
                }
                _ => {}
            }
        }
        for (place, kind, value) in naming {
            let Some(other) = by_call_id.get(value).copied().filter(|other| *other != place) else {
                continue;
            };
            let basis = match kind {
                IdentityKind::Header(at) => {
                    Basis::Header(correlation.name(at).to_owned(), value.to_owned())
                }
                _ => Basis::InReplyTo(value.to_owned()),
            };
            self.note(place, other, basis, None);
        }
    }

    /// A UUID names one end, which keeps it when it is transferred (RFC 7989
    /// section 7): alone it joins only what was begun before the earlier call
    /// was answered.
    fn session(&mut self, group: &[usize], value: &str) {
        if group.len() > MAX_LEGS {
            return;
        }
        for (at, one) in group.iter().enumerate() {
            for other in group.iter().skip(at + 1) {
                let (Some(a), Some(b)) = (self.sketches.get(*one), self.sketches.get(*other))
                else {
                    continue;
                };
                let ids = |sketch: &Sketch<'_>| -> Vec<String> {
                    let all = sketch.conversation.facts().identities().iter();
                    let of = all.filter(|identity| identity.kind == IdentityKind::SessionId);
                    of.map(|identity| sketch.text(identity.text).to_owned()).collect()
                };
                let (mine, theirs) = (ids(a), ids(b));
                let both = mine.iter().filter(|id| theirs.contains(id)).count() >= 2;
                let in_setup = a.answered.is_none_or(|answered| b.start <= answered);
                if both || in_setup {
                    self.note(*one, *other, Basis::SessionId(value.to_owned()), None);
                }
            }
        }
    }

    /// Some elements make the Call-ID of the later leg from the earlier's:
    /// `x@host` becomes `x@host-b2b_1`.
    fn call_ids(&mut self) {
        let sketches: &'a [Sketch<'a>] = self.sketches;
        let mut whole: HashMap<&'a str, usize> = HashMap::new();
        for (place, sketch) in sketches.iter().enumerate() {
            whole.insert(sketch.conversation.call_id(), place);
        }
        for (place, sketch) in sketches.iter().enumerate() {
            let call_id = sketch.conversation.call_id();
            // What is added stands behind a separator, or before one.
            for (at, _) in call_id.match_indices(['-', '_', '.', '~', ':']).take(16) {
                let parts = [call_id.get(..at), call_id.get(at + 1..)];
                for part in parts.into_iter().flatten().filter(|part| part.len() >= CALL_ID_LENGTH)
                {
                    if let Some(other) = whole.get(part).copied()
                        && sketch.element_of_either(sketches.get(other))
                    {
                        self.note(place, other, Basis::CallId(part.to_owned()), None);
                    }
                }
            }
        }
    }

    fn media_addresses(&mut self, sources: &Sources<'_>) {
        let places: HashMap<ConversationId, usize> =
            self.sketches.iter().enumerate().map(|(place, sketch)| (sketch.id, place)).collect();
        for (endpoint, announced) in sources.announced.shared() {
            // A port of ICE that means none (RFC 8839 section 4.3.1).
            if endpoint.port == 9 {
                continue;
            }
            let of = |side: Side| {
                let calls = announced.iter().filter(|(_, by)| *by == side);
                let mut calls: Vec<_> =
                    calls.filter_map(|(call, _)| places.get(call).copied()).collect();
                calls.sort_unstable();
                calls.dedup();
                calls
            };
            let (callers, callees) = (of(Side::Caller), of(Side::Callee));
            for group in [&callers, &callees] {
                // Phones that always use one port share it over many calls: each is
                // held only against those near it.
                for (at, one) in group.iter().enumerate() {
                    for other in group.iter().skip(at + 1).take(MAX_LEGS) {
                        self.note(*one, *other, Basis::MediaAddress(endpoint), None);
                    }
                }
            }
            for one in callers.iter().take(MAX_LEGS) {
                for other in callees.iter().take(MAX_LEGS) {
                    if !callers.contains(other) && !callees.contains(one) {
                        self.crossed.push((*one, *other, Basis::MediaAddress(endpoint)));
                    }
                }
            }
        }
    }

    fn media_streams(&mut self, sources: &Sources<'_>) {
        let places: HashMap<ConversationId, usize> =
            self.sketches.iter().enumerate().map(|(place, sketch)| (sketch.id, place)).collect();
        let mut by_ssrc: HashMap<Ssrc, Vec<&Stream>> = HashMap::new();
        let bound = sources.streams.iter().copied();
        for stream in bound.filter(|stream| stream.binding.is_some()) {
            by_ssrc.entry(stream.ssrc).or_default().push(stream);
        }
        for (ssrc, streams) in by_ssrc {
            if streams.len() < 2 || streams.len() > MAX_STREAMS_OF_SSRC {
                continue;
            }
            for (at, one) in streams.iter().enumerate() {
                for other in streams.iter().skip(at + 1) {
                    let (Some(a), Some(b)) = (one.binding, other.binding) else { continue };
                    let (Some(x), Some(y)) = (places.get(&a.call), places.get(&b.call)) else {
                        continue;
                    };
                    if x == y || !one.sampler.is_same(&other.sampler, RELAYED_WITHIN) {
                        continue;
                    }
                    if a.receiver == b.receiver {
                        self.note(*x, *y, Basis::MediaStream(ssrc), None);
                        // What the callee hears comes by the earlier leg, what the caller
                        // hears by the later one; the other way round both only hear the same.
                        let in_order = |into: &usize, out: &usize| {
                            (into < out) == (a.receiver == Side::Callee)
                        };
                        let relay = [((one, x), (other, y)), ((other, y), (one, x))]
                            .into_iter()
                            .find(|((into, from), (out, to))| {
                                into.flow.dst.ip == out.flow.src.ip && in_order(from, to)
                            });
                        if let Some(((into, _), _)) = relay {
                            self.note(*x, *y, Basis::Relay(into.flow.dst.ip), None);
                        }
                    } else if one.flow.src.ip != other.flow.dst.ip {
                        self.crossed.push((*x, *y, Basis::MediaStream(ssrc)));
                    }
                }
            }
        }
    }

    /// Numbers, place and time: an earlier call arrived at the element that
    /// begins a later one soon after, from and to the same.
    fn numbers(&mut self) {
        let sketches: &'a [Sketch<'a>] = self.sketches;
        let origins: HashSet<IpAddr> = sketches.iter().map(|sketch| sketch.origin.ip).collect();
        // Earlier calls by the element at which they arrive and the number's end.
        let mut arrived: HashMap<(IpAddr, String), Vec<usize>> = HashMap::new();
        for (place, sketch) in sketches.iter().enumerate() {
            let mut elements = Vec::new();
            for flow in sketch.conversation.flows() {
                for end in [flow.src, flow.dst] {
                    if elements.len() < MAX_ELEMENTS
                        && end != sketch.origin
                        && origins.contains(&end.ip)
                        && !elements.contains(&end.ip)
                    {
                        elements.push(end.ip);
                    }
                }
            }
            if elements.is_empty() {
                continue;
            }
            let Some(callee) = sketch.callee() else { continue };
            for element in elements {
                arrived.entry((element, numbers::key(&callee))).or_default().push(place);
            }
        }
        for (place, later) in sketches.iter().enumerate() {
            let mut called: Vec<_> = later.callee().into_iter().collect();
            let diverted = later.conversation.facts().identities().iter();
            let diverted = diverted.filter(|identity| identity.kind == IdentityKind::Diverted);
            called.extend(diverted.map(|identity| later.text(identity.text).to_owned()));
            for number in called {
                let Some(list) = arrived.get(&(later.origin.ip, numbers::key(&number))) else {
                    continue;
                };
                let before = list.partition_point(|earlier| *earlier < place);
                for earlier in list.iter().take(before).rev().take(MAX_LEGS) {
                    let Some(first) = sketches.get(*earlier) else { continue };
                    if later.start.since(first.start) > DIALS_WITHIN {
                        break;
                    }
                    self.fitting(*earlier, place, first, later, &number);
                }
            }
        }
    }

    fn fitting(
        &mut self,
        earlier: usize,
        later: usize,
        first: &Sketch<'_>,
        second: &Sketch<'_>,
        number: &str,
    ) {
        let (Some(element), Some(callee)) = (second.element(first), first.callee()) else { return };
        let callers = first.caller().zip(second.caller());
        let same_caller = callers.is_some_and(|(a, b)| numbers::are_one(&a, &b));
        if !same_caller || !numbers::are_one(&callee, number) {
            return;
        }
        // Begun while the earlier one waits, and answered before it is.
        let in_setup = first.answered.is_none_or(|answered| second.start < answered);
        let in_order = match (first.answered, second.answered) {
            (Some(first), Some(second)) => first >= second && first.since(second) <= ANSWERS_WITHIN,
            (Some(_), None) => false,
            (None, Some(_)) => first.ended.is_none(),
            (None, None) => match (first.ended, second.ended) {
                (Some(first), Some(second)) => first.since(second) <= ANSWERS_WITHIN,
                _ => true,
            },
        };
        self.note(earlier, later, Basis::Numbers(number.to_owned()), None);
        if in_setup && in_order {
            self.note(earlier, later, Basis::Timing, None);
        }
        self.note(earlier, later, Basis::Element(element), None);
    }

    fn finish(mut self) -> Vec<Pair> {
        let known: HashSet<_> = self.found.keys().copied().collect();
        for (one, other, basis) in std::mem::take(&mut self.crossed) {
            if !known.contains(&(one.min(other), one.max(other))) {
                self.note(one, other, basis, Some(OTHER_SIDE));
            }
        }
        let mut pairs: Vec<_> = self
            .found
            .into_iter()
            .map(|((earlier, later), (mut basis, apart))| {
                let ends = self.sketches.get(earlier).zip(self.sketches.get(later));
                let element = ends.and_then(|(first, second)| second.element(first));
                if let Some(element) = element.map(Basis::Element)
                    && !basis.contains(&element)
                {
                    basis.push(element);
                }
                basis.sort();
                let fit = ends.map_or_else(Fit::default, |(first, second)| Fit {
                    in_setup: first.answered.is_none_or(|answered| second.start <= answered),
                    in_series: element.is_some() || first.target() != second.target(),
                    names_the_other: basis.iter().any(|basis| {
                        let Basis::Header(_, value) = basis else { return false };
                        [first, second].iter().any(|sketch| sketch.conversation.call_id() == value)
                    }),
                });
                Pair { earlier, later, basis, fit, apart }
            })
            .collect();
        pairs.sort_by_key(|pair| (pair.later, pair.earlier));
        pairs
    }
}

impl Sketch<'_> {
    fn element_of_either(&self, other: Option<&Self>) -> bool {
        other.is_some_and(|other| self.element(other).is_some() || other.element(self).is_some())
    }
}
