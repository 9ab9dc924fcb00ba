//! What SDP has announced so far, by endpoint and by call.

mod leave;

use std::sync::Arc;

use hashbrown::{HashMap, HashSet};

use super::offer::{Announcement, Basis, MediaSection, Profile};
use super::small::push;
use super::{ConversationId, Side};
use crate::base::flow::{Endpoint, Flow};
use crate::base::id::FrameNo;
use crate::base::time::{Span, Timestamp};
use crate::wire::sdp::Direction;

/// An endpoint that is expected to receive media.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Whose call.
    pub call: ConversationId,
    /// Who announced it, and so receives there.
    pub side: Side,
    /// When.
    pub at: Timestamp,
    /// In which frame.
    pub frame: FrameNo,
    /// By which line.
    pub basis: Basis,
    /// What it said of the media.
    pub section: Arc<MediaSection>,
    /// The turn of the frame in which it was announced.
    turn: u64,
}

/// An endpoint of a call.
#[derive(Clone, Copy, Debug)]
struct Place {
    side: Side,
    endpoint: Endpoint,
    /// By which line it was announced first, and in which turn.
    basis: Basis,
    turn: u64,
}

/// The media of one call.
#[derive(Clone, Debug, Default)]
struct CallMedia {
    endpoints: Vec<Place>,
    /// When it ended, and in which turn.
    ended: Option<(u64, Timestamp)>,
}

/// All that was announced.
#[derive(Clone, Debug, Default)]
pub struct Announced {
    by_endpoint: HashMap<Endpoint, Vec<Expected>>,
    by_call: HashMap<ConversationId, CallMedia>,
    /// Most calls announce one of a few sections; each is kept once.
    sections: HashSet<Arc<MediaSection>>,
    /// The turn of the first section that is of other media than RTP.
    expects_other: Option<u64>,
    /// Nobody asks any more what was announced before this turn.
    settled: u64,
    /// Announcements kept.
    kept: usize,
}

/// What was announced up to the turn of a frame, that frame's own included.
///
/// Media may be looked at later than what was announced meanwhile; asked this
/// way, what is known of them is what was known when they came.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    announced: &'a Announced,
    turn: u64,
}

/// How a stream belongs to a call.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Binding {
    /// The call.
    pub call: ConversationId,
    /// Who receives the stream.
    pub receiver: Side,
    /// Whether the stream goes to an announced endpoint.
    pub to_announced: bool,
    /// Whether it comes from one of the same call.
    pub from_announced: bool,
    /// By which line the endpoint was announced.
    pub basis: Basis,
}

impl Binding {
    /// Whether both ends are announced, so that no announcement can say more.
    pub const fn is_whole(&self) -> bool {
        self.to_announced && self.from_announced
    }
}

/// How long media of an ended call may still begin: the BYE overtakes packets
/// that wait in buffers, and a lost one is repeated for 32 s.
const AFTERLIFE: Span = Span::from_secs(32);
/// Announcements of one endpoint that are kept; older ones go.
const MAX_PER_ENDPOINT: usize = 64;
/// Endpoints of one call; real ones have a handful, and a conference some dozens.
const MAX_PER_CALL: usize = 1_024;

impl Place {
    fn is(&self, side: Side, endpoint: Endpoint) -> bool {
        self.endpoint == endpoint && self.side == side
    }
}

impl Announced {
    /// What was announced up to a turn.
    pub const fn up_to(&self, turn: u64) -> Known<'_> {
        Known { announced: self, turn }
    }

    /// All that was announced.
    pub const fn whole(&self) -> Known<'_> {
        self.up_to(u64::MAX)
    }

    /// The same as [`Known::at`], of all that was announced.
    pub fn at(&self, endpoint: Endpoint, at: Timestamp) -> Option<&Expected> {
        self.whole().at(endpoint, at)
    }

    /// The same as [`Known::at_of`], of all that was announced.
    pub fn at_of(
        &self,
        endpoint: Endpoint,
        call: Option<ConversationId>,
        at: Timestamp,
    ) -> Option<&Expected> {
        self.whole().at_of(endpoint, call, at)
    }

    /// From now on nobody asks for an earlier turn.
    pub const fn settle(&mut self, turn: u64) {
        self.settled = turn;
    }

    /// Takes an announcement made in a turn; `news` has the endpoints for which it
    /// says something new. How many there was no room for when `most` are kept.
    pub fn take(
        &mut self,
        announcement: &Announcement<'_>,
        most: usize,
        turn: u64,
        mut news: impl FnMut(Endpoint),
    ) -> u64 {
        let mut turned_away = 0;
        let &Announcement { call, side, at, frame, endpoints, section } = announcement;
        let section = self.sections.get_or_insert_with(section, Arc::clone);
        let section = Arc::clone(section);
        if section.profile == Profile::Other {
            self.expects_other.get_or_insert(turn);
        }
        let media = self.by_call.entry(call).or_default();
        for &(endpoint, basis) in endpoints {
            if !media.endpoints.iter().any(|place| place.is(side, endpoint)) {
                if self.kept >= most || media.endpoints.len() >= MAX_PER_CALL {
                    turned_away += 1;
                    continue;
                }
                push(&mut media.endpoints, Place { side, endpoint, basis, turn });
            }
            let known = self.by_endpoint.entry(endpoint).or_default();
            // Retransmissions and the copies of later hops say it again.
            if let Some(last) = known.last()
                && last.call == call
                && last.side == side
                && last.section == section
            {
                continue;
            }
            // Beyond the endpoint's cap the new one takes the place of the oldest.
            if known.len() < MAX_PER_ENDPOINT {
                if self.kept >= most {
                    turned_away += 1;
                    continue;
                }
                self.kept += 1;
            }
            let section = Arc::clone(&section);
            push(known, Expected { call, side, at, frame, basis, section, turn });
            let next = |known: &[Expected]| known.get(MAX_PER_ENDPOINT).map(|next| next.turn);
            while next(known).is_some_and(|next| next <= self.settled) {
                known.remove(0);
            }
            news(endpoint);
        }
        turned_away
    }

    /// Notes that a call has ended, in a turn.
    pub fn end(&mut self, call: ConversationId, at: Timestamp, turn: u64) {
        self.by_call.entry(call).or_default().ended.get_or_insert((turn, at));
    }

    /// Whether any other media than RTP were announced.
    pub const fn expects_other(&self) -> bool {
        self.expects_other.is_some()
    }
}

impl<'a> Known<'a> {
    /// When a call ended, if it has.
    fn ended(self, call: ConversationId) -> Option<Timestamp> {
        let (turn, at) = self.announced.by_call.get(&call)?.ended?;
        (turn <= self.turn).then_some(at)
    }

    /// Whether a call has ended.
    pub fn has_ended(self, call: ConversationId) -> bool {
        self.ended(call).is_some()
    }

    /// What is known of an endpoint.
    fn of(self, endpoint: Endpoint) -> &'a [Expected] {
        let known = self.announced.by_endpoint.get(&endpoint);
        let known = known.map(Vec::as_slice).unwrap_or_default();
        let until = known.partition_point(|expected| expected.turn <= self.turn);
        known.get(until.saturating_sub(MAX_PER_ENDPOINT)..until).unwrap_or_default()
    }

    /// The latest announcement of an endpoint that is not later than `at`, else
    /// the first one (the description may be seen after its media).
    pub fn at(self, endpoint: Endpoint, at: Timestamp) -> Option<&'a Expected> {
        let known = self.of(endpoint);
        known.iter().rev().find(|expected| expected.at <= at).or(known.first())
    }

    /// The same, first of a call's own announcements: several may share an endpoint.
    pub fn at_of(
        self,
        endpoint: Endpoint,
        call: Option<ConversationId>,
        at: Timestamp,
    ) -> Option<&'a Expected> {
        let known = self.of(endpoint);
        let own = |expected: &&Expected| Some(expected.call) == call;
        let own =
            known.iter().rev().filter(own).find(|one| one.at <= at).or(known.iter().find(own));
        own.or_else(|| self.at(endpoint, at))
    }

    /// Whether media of a call may still begin.
    fn is_alive(self, call: ConversationId, at: Timestamp) -> bool {
        self.ended(call).is_none_or(|ended| at.since(ended) <= AFTERLIFE)
    }

    /// The same as [`Self::at`], of calls that have not long ended.
    fn alive(self, endpoint: Endpoint, at: Timestamp) -> Option<&'a Expected> {
        let known = self.of(endpoint);
        let alive = |expected: &&Expected| self.is_alive(expected.call, at);
        known
            .iter()
            .rev()
            .filter(alive)
            .find(|expected| expected.at <= at)
            .or(known.iter().find(alive))
    }

    /// The endpoints that a call announced.
    fn places(self, call: ConversationId) -> impl Iterator<Item = &'a Place> {
        let media = self.announced.by_call.get(&call).into_iter();
        let turn = self.turn;
        media.flat_map(|media| &media.endpoints).filter(move |place| place.turn <= turn)
    }

    /// The endpoints at which the other side of a call receives, seen from one of its endpoints.
    pub fn opposite(
        self,
        call: ConversationId,
        endpoint: Endpoint,
    ) -> impl Iterator<Item = Endpoint> {
        let side = self.places(call).find(|place| place.endpoint == endpoint).map(|one| one.side);
        let others = self.places(call).filter(move |place| Some(place.side) != side);
        others.map(|place| place.endpoint)
    }

    /// Whether any other media than RTP were announced.
    pub fn expects_other(self) -> bool {
        self.announced.expects_other.is_some_and(|turn| turn <= self.turn)
    }

    /// Whether an endpoint is known to receive something other than RTP, such as T.38.
    pub fn is_other_media(self, flow: Flow, at: Timestamp) -> bool {
        let other = |endpoint| {
            self.alive(endpoint, at).is_some_and(|known| known.section.profile == Profile::Other)
        };
        other(flow.dst) || other(flow.src)
    }

    /// The call of which both ends of a flow are, the latest of several.
    fn bind_whole(self, flow: Flow, at: Timestamp) -> Option<Binding> {
        let ends = [(flow.dst, flow.src), (flow.src, flow.dst)];
        let known = ends.into_iter().flat_map(|(end, other)| {
            self.of(end).iter().map(move |expected| (expected, end, other))
        });
        let both = known.filter_map(|(expected, end, other)| {
            let (call, side) = (expected.call, expected.side);
            let fits = expected.section.profile != Profile::Other && self.is_alive(call, at);
            let other = self.places(call).find(|place| fits && place.is(side.other(), other))?;
            let (receiver, basis) =
                if end == flow.dst { (side, expected.basis) } else { (other.side, other.basis) };
            // The latest that is not later than the packet, else the first.
            let is_before = expected.at <= at;
            let turn = if is_before { expected.turn } else { u64::MAX - expected.turn };
            let binding =
                Binding { call, receiver, to_announced: true, from_announced: true, basis };
            Some(((is_before, turn), binding))
        });
        both.max_by_key(|(rank, _)| *rank).map(|(_, binding)| binding)
    }

    /// The call of media that flow at `at`: the one that announced both ends, for many
    /// may announce one; else by the receiver's announcement, else by the sender's.
    pub fn bind(self, flow: Flow, at: Timestamp) -> Option<Binding> {
        let rtp = |expected: &&Expected| expected.section.profile != Profile::Other;
        let receiver = self.alive(flow.dst, at).filter(rtp);
        let sender = self.alive(flow.src, at).filter(rtp);
        if let (Some(receiver), Some(sender)) = (receiver, sender)
            && (receiver.call != sender.call || receiver.side == sender.side)
            && let Some(whole) = self.bind_whole(flow, at)
        {
            return Some(whole);
        }
        if let Some(receiver) = receiver {
            return Some(Binding {
                call: receiver.call,
                receiver: receiver.side,
                to_announced: true,
                from_announced: sender.is_some_and(|sender| sender.call == receiver.call),
                basis: receiver.basis,
            });
        }
        let sender = sender?;
        Some(Binding {
            call: sender.call,
            receiver: sender.side.other(),
            to_announced: false,
            from_announced: true,
            basis: sender.basis,
        })
    }
}

impl Announced {
    /// Whether one side of a call announced any endpoint.
    pub fn has_announced(&self, call: ConversationId, side: Side) -> bool {
        self.by_call
            .get(&call)
            .is_some_and(|media| media.endpoints.iter().any(|place| place.side == side))
    }

    /// The endpoints that a side of a call announced, in order.
    pub fn endpoints(&self, call: ConversationId, side: Side) -> impl Iterator<Item = Endpoint> {
        let media = self.by_call.get(&call).into_iter().flat_map(|media| &media.endpoints);
        media.filter(move |place| place.side == side).map(|place| place.endpoint)
    }

    /// Whether media go from elsewhere to an address that a side announced,
    /// though perhaps to another port than it announced.
    pub fn reaches(&self, call: ConversationId, side: Side, flow: Flow) -> bool {
        let is_its = |ip| self.endpoints(call, side).any(|endpoint| endpoint.ip == ip);
        is_its(flow.dst.ip) && !is_its(flow.src.ip)
    }

    /// Endpoints that several calls announced, with those calls and the side of
    /// each that receives there; in no order.
    pub fn shared(
        &self,
    ) -> impl Iterator<Item = (Endpoint, Vec<(ConversationId, Side)>)> + use<'_> {
        self.by_endpoint.iter().filter_map(|(endpoint, known)| {
            let first = known.first()?.call;
            known.iter().any(|expected| expected.call != first).then(|| {
                let all = known.iter().map(|expected| (expected.call, expected.side));
                (*endpoint, all.collect())
            })
        })
    }

    /// What a message of a call announced, as far as it was new.
    pub fn in_frame(
        &self,
        call: ConversationId,
        frame: FrameNo,
    ) -> impl Iterator<Item = (Endpoint, &Expected)> {
        let media = self.by_call.get(&call).into_iter().flat_map(|media| &media.endpoints);
        media.filter_map(move |place| {
            let known = self.by_endpoint.get(&place.endpoint)?.iter();
            let is_it =
                |one: &&Expected| one.call == call && one.side == place.side && one.frame == frame;
            Some((place.endpoint, known.rev().find(is_it)?))
        })
    }

    /// Whether the descriptions say that a side does not send: its own latest
    /// says so, or the other side's latest does not want to receive.
    pub fn is_told_silent(&self, call: ConversationId, side: Side) -> bool {
        let latest = |by: Side| {
            let known =
                self.endpoints(call, by).filter_map(|endpoint| self.by_endpoint.get(&endpoint));
            let known =
                known.flatten().filter(|expected| expected.call == call && expected.side == by);
            known.max_by_key(|expected| expected.frame).map(|expected| expected.section.direction)
        };
        let own = latest(side).is_some_and(|direction| !direction.sends());
        own || latest(side.other())
            .is_some_and(|direction| matches!(direction, Direction::SendOnly | Direction::Inactive))
    }
}
