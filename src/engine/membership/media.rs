//! Which media belong to chosen conversations.

use hashbrown::HashMap;

use super::Owner;
use crate::base::flow::{Endpoint, Flow};
use crate::base::id::Ssrc;
use crate::base::time::{Span, Timestamp};
use crate::engine::Snapshot;
use crate::track::{ConversationId, Side};

/// How long after the last message or packet of a call others may still be of
/// it: a BYE is repeated for 32 s (RFC 3261 section 17.1.2.2).
const AFTER: Span = Span::from_secs(32);
/// How long before its first message: media of a call whose beginning is missing.
const BEFORE: Span = Span::from_secs(1);

/// What uses a flow or an endpoint, and when.
#[derive(Clone, Copy, Debug)]
struct Use {
    /// Whose it is; `None` for a stream of a conversation that is not chosen.
    owner: Option<Owner>,
    from: Timestamp,
    to: Timestamp,
}

/// The flows and endpoints of chosen conversations.
#[derive(Debug, Default)]
pub(super) struct MediaUses {
    streams: HashMap<(Flow, Ssrc), Vec<Use>>,
    /// Flows of streams, and those of their RTCP.
    flows: HashMap<Flow, Vec<Use>>,
    endpoints: HashMap<Endpoint, Vec<Use>>,
    other: HashMap<Flow, Vec<Use>>,
}

impl Use {
    fn has(&self, at: Timestamp) -> bool {
        self.from <= at && at <= self.to
    }
}

impl MediaUses {
    /// Adds the media of a conversation.
    pub(super) fn add(&mut self, snapshot: &Snapshot, id: ConversationId, owner: Owner) {
        let Some(conversation) = snapshot.conversations.get(id.0 as usize) else { return };
        let streams = snapshot.streams_of(id).iter();
        let streams: Vec<_> =
            streams.filter_map(|index| snapshot.streams.get(*index as usize)).collect();
        let other = || snapshot.other_media.iter().filter(|media| media.call == id);
        let messages = conversation.messages.iter().map(|message| (message.at, message.at));
        let of_streams = streams.iter().map(|stream| (stream.first_at, stream.last_at));
        let of_other = other().map(|media| (media.first_at, media.last_at));
        let times = || messages.clone().chain(of_streams.clone()).chain(of_other.clone());
        let (Some(from), Some(to)) =
            (times().map(|(from, _)| from).min(), times().map(|(_, to)| to).max())
        else {
            return;
        };
        let life = Use { owner: Some(owner), from: from - BEFORE, to: to + AFTER };
        for stream in &streams {
            let when = Use { owner: Some(owner), from: stream.first_at, to: stream.last_at };
            self.streams.entry((stream.flow, stream.ssrc)).or_default().push(when);
            for flow in with_rtcp(stream.flow) {
                add(self.flows.entry(flow).or_default(), life);
                add(self.flows.entry(flow.reversed()).or_default(), life);
            }
        }
        for side in [Side::Caller, Side::Callee] {
            for endpoint in snapshot.announced.endpoints(id, side) {
                for port in [endpoint.port, endpoint.port.saturating_add(1)] {
                    add(self.endpoints.entry(endpoint.with_port(port)).or_default(), life);
                }
            }
        }
        for media in other() {
            let when = Use { owner: Some(owner), from: media.first_at, to: media.last_at };
            self.other.entry(media.flow).or_default().push(when);
            self.other.entry(media.flow.reversed()).or_default().push(when);
        }
    }

    /// Learns which streams on the same flows are not of chosen conversations.
    pub(super) fn exclude_others(&mut self, snapshot: &Snapshot) {
        for stream in &snapshot.streams {
            let key = (stream.flow, stream.ssrc);
            let near = |endpoint| self.endpoints.contains_key(&endpoint);
            if self.streams.contains_key(&key)
                || !(self.flows.contains_key(&stream.flow)
                    || near(stream.flow.src)
                    || near(stream.flow.dst))
            {
                continue;
            }
            let when = Use { owner: None, from: stream.first_at, to: stream.last_at };
            self.streams.entry(key).or_default().push(when);
        }
    }

    /// Whose an RTP packet is: its stream's, or else its flow's.
    pub(super) fn of_rtp(
        &self,
        flow: Flow,
        ssrc: Ssrc,
        at: Timestamp,
        out: &mut impl FnMut(Owner),
    ) {
        let mut known = false;
        for stream in self.streams.get(&(flow, ssrc)).into_iter().flatten() {
            if stream.has(at) {
                known = true;
                stream.owner.into_iter().for_each(&mut *out);
            }
        }
        if !known {
            self.of_flow(flow, at, out);
        }
    }

    /// Whose a packet is that has nothing but its flow: RTCP, STUN, DTLS, ZRTP,
    /// RTP without a stream, media that are not RTP.
    pub(super) fn of_flow(&self, flow: Flow, at: Timestamp, out: &mut impl FnMut(Owner)) {
        let mut known = false;
        for found in self.flows.get(&flow).into_iter().flatten().filter(|found| found.has(at)) {
            known = true;
            found.owner.into_iter().for_each(&mut *out);
        }
        self.of_other(flow, at, out);
        if known {
            return;
        }
        for endpoint in [flow.dst, flow.src] {
            for found in self.endpoints.get(&endpoint).into_iter().flatten() {
                if found.has(at) {
                    found.owner.into_iter().for_each(&mut *out);
                }
            }
        }
    }

    /// Whose a packet of media is that are not RTP.
    pub(super) fn of_other(&self, flow: Flow, at: Timestamp, out: &mut impl FnMut(Owner)) {
        for found in self.other.get(&flow).into_iter().flatten() {
            if found.has(at) {
                found.owner.into_iter().for_each(&mut *out);
            }
        }
    }
}

/// Adds a use, once for each owner.
fn add(uses: &mut Vec<Use>, new: Use) {
    match uses.iter_mut().find(|known| known.owner == new.owner) {
        Some(known) => {
            known.from = known.from.min(new.from);
            known.to = known.to.max(new.to);
        }
        None => uses.push(new),
    }
}

/// A flow of RTP and that of its RTCP, one port above (RFC 3550 section 11).
fn with_rtcp(flow: Flow) -> [Flow; 2] {
    let above = |endpoint: Endpoint| endpoint.with_port(endpoint.port.saturating_add(1));
    [flow, Flow::new(above(flow.src), above(flow.dst))]
}
