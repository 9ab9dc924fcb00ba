//! Frames that carry parts of something that belongs to a chosen conversation:
//! TCP segments, SCTP packets, IP fragments.

use std::collections::VecDeque;
use std::net::IpAddr;

use hashbrown::HashMap;

use super::{Known, Owner};
use crate::base::flow::Flow;
use crate::base::id::FrameNo;
use crate::base::time::Timestamp;
use crate::reassembly::Origin;
use crate::reassembly::fragments::{Fragments, Outcome};
use crate::reassembly::sctp::Associations;
use crate::reassembly::sip_stream::Piece;
use crate::reassembly::tcp::Connections;
use crate::wire::frame::{Decoded, Fragment, SctpPacket, Segment, decode_payload};
use crate::wire::hep;

/// Frames remembered of a direction before it is known to carry SIP.
const MOST_BEFORE_SIP: usize = 64;
/// Frames of fragments remembered of one packet.
const MOST_FRAGMENTS: usize = 256;

/// What the fragments of a packet have in common.
type FragmentKey = (IpAddr, IpAddr, u32, u8);

/// Finds the frames that carry parts.
#[derive(Debug, Default)]
pub(super) struct Carriers {
    fragments: Fragments,
    /// Frames of packets of which fragments are missing, the oldest packet first.
    incomplete: HashMap<FragmentKey, Vec<FrameNo>>,
    ages: VecDeque<FragmentKey>,
    connections: Connections,
    associations: Associations,
    directions: HashMap<Flow, Direction>,
    /// The frames found, by number once all have been looked at.
    found: Vec<(FrameNo, Owner)>,
}

/// The frames of one direction of a connection.
#[derive(Debug, Default)]
struct Direction {
    /// Its frames, and whether each has payload.
    frames: Vec<(FrameNo, bool)>,
    /// Where the bytes begin that no message has ended yet.
    begun: usize,
    /// Whether a message has come out.
    is_sip: bool,
    /// Whose messages came: from which frame to which.
    messages: Vec<(Owner, usize, usize)>,
}

impl Carriers {
    /// Whose a frame is that carries a part.
    pub(super) fn owners(&self, frame: FrameNo) -> impl Iterator<Item = Owner> {
        let start = self.found.partition_point(|(found, _)| *found < frame);
        let found = self.found.get(start..).unwrap_or_default().iter();
        found.take_while(move |(found, _)| *found == frame).map(|(_, owner)| *owner)
    }

    /// Looks at a packet. `earlier` are the frames that carried parts of it
    /// before the one that it came with.
    pub(super) fn look(
        &mut self,
        decoded: &Decoded<'_>,
        origin: Origin,
        earlier: &[FrameNo],
        known: &mut Known,
    ) {
        match decoded {
            Decoded::Tcp(segment) => self.segment(segment, origin, earlier, known),
            Decoded::Sctp(packet) => self.sctp(packet, origin, earlier, known),
            Decoded::Fragment(fragment) => self.fragment(fragment, origin, earlier, known),
            Decoded::Udp(_) | Decoded::Icmp(_) | Decoded::Foreign => {}
        }
    }

    fn fragment(
        &mut self,
        fragment: &Fragment<'_>,
        origin: Origin,
        earlier: &[FrameNo],
        known: &mut Known,
    ) {
        let header = &fragment.header;
        let key = (header.src, header.dst, fragment.id, header.protocol);
        if !self.incomplete.contains_key(&key) {
            if self.ages.len() >= known.limits.fragmented_packets.max(1)
                && let Some(oldest) = self.ages.pop_front()
            {
                self.incomplete.remove(&oldest);
            }
            self.ages.push_back(key);
        }
        let frames = self.incomplete.entry(key).or_default();
        let room = MOST_FRAGMENTS.saturating_sub(frames.len());
        frames.extend(earlier.iter().chain([&origin.0]).take(room));
        let outcome = self.fragments.push(fragment, origin.1, &known.limits, &mut |_| {});
        let Outcome::Whole(whole) = outcome else { return };
        let frames = self.incomplete.remove(&key).unwrap_or_default();
        let Ok(decoded) = decode_payload(&whole.header, &whole.payload) else { return };
        let earlier: Vec<_> = frames.iter().copied().filter(|frame| *frame != origin.0).collect();
        self.look(&decoded, origin, &earlier, known);
        let found = &mut self.found;
        known.of(&decoded, origin.1, &mut |owner| {
            found.extend(frames.iter().map(|frame| (*frame, owner)));
        });
    }

    fn segment(
        &mut self,
        segment: &Segment<'_>,
        origin: Origin,
        earlier: &[FrameNo],
        known: &mut Known,
    ) {
        let direction = direction(&mut self.directions, segment.flow, known);
        let has_payload = !segment.payload.is_empty();
        direction.push_all(earlier, origin.0, has_payload);
        if segment.flags.syn {
            direction.begun = direction.frames.len() - 1;
        }
        let limits = known.limits;
        self.connections.push(segment, origin.0, origin.1, &limits, &mut |output| {
            direction.piece(output.piece, output.at, known);
        });
    }

    fn sctp(
        &mut self,
        packet: &SctpPacket<'_>,
        origin: Origin,
        earlier: &[FrameNo],
        known: &mut Known,
    ) {
        let direction = direction(&mut self.directions, packet.flow, known);
        direction.push_all(earlier, origin.0, true);
        let limits = known.limits;
        self.associations.push(packet, origin, &limits, &mut |piece| {
            direction.piece(piece, origin.1, known);
        });
    }

    /// All packets have been looked at.
    pub(super) fn looked(&mut self, known: &mut Known) {
        let mut connections = std::mem::take(&mut self.connections);
        let limits = known.limits;
        connections.finish(&limits, &mut |output| {
            if let Some(direction) = self.directions.get_mut(&output.flow) {
                direction.piece(output.piece, output.at, known);
            }
        });
        for direction in std::mem::take(&mut self.directions).into_values() {
            direction.resolve(&mut self.found);
        }
        self.found.sort_unstable();
        self.found.dedup();
    }
}

/// The direction of a flow; those that carry no SIP go when there are too many.
fn direction<'a>(
    directions: &'a mut HashMap<Flow, Direction>,
    flow: Flow,
    known: &Known,
) -> &'a mut Direction {
    if directions.len() >= known.limits.tcp_connections && !directions.contains_key(&flow) {
        directions.retain(|_, direction| direction.is_sip);
    }
    directions.entry(flow).or_default()
}

impl Direction {
    fn push(&mut self, frame: FrameNo, has_payload: bool) {
        if !self.is_sip && self.frames.len() >= MOST_BEFORE_SIP {
            self.frames.clear();
            self.begun = 0;
        }
        self.frames.push((frame, has_payload));
    }

    /// The frames of one packet.
    fn push_all(&mut self, earlier: &[FrameNo], last: FrameNo, has_payload: bool) {
        for frame in earlier.iter().chain([&last]) {
            self.push(*frame, has_payload);
        }
    }

    /// Something came out with the frame pushed last.
    fn piece(&mut self, piece: Piece<'_>, at: Timestamp, known: &mut Known) {
        let last = self.frames.len().saturating_sub(1);
        let begun = self.begun.min(last);
        let messages = &mut self.messages;
        let mut owned = |owner| messages.push((owner, begun, last));
        match piece {
            Piece::Message(bytes) | Piece::WebSocketMessage(bytes) => {
                known.of_message(bytes).into_iter().for_each(owned);
            }
            Piece::Mirrored(packet) => {
                if let Some(hep) = hep::parse(packet) {
                    known.of_mirrored(&hep, at, &mut owned);
                }
            }
            Piece::Problem(_) => return,
        }
        self.is_sip = true;
        // The frame that ends a message may begin the next one.
        self.begun = last;
    }

    /// The frames of each owner: from the first of its messages to the last, so
    /// that no bytes are missing in between, with what opens and closes the
    /// connection if nothing else comes between.
    fn resolve(mut self, found: &mut Vec<(FrameNo, Owner)>) {
        self.messages.sort_unstable();
        for messages in self.messages.chunk_by(|a, b| a.0 == b.0) {
            let Some((owner, first, _)) = messages.first().copied() else { continue };
            let last = messages.iter().map(|(_, _, last)| *last).max().unwrap_or(first);
            let has_payload = |(_, has_payload): &(FrameNo, bool)| *has_payload;
            let before = self.frames.get(..first).unwrap_or_default();
            let first = if before.iter().any(has_payload) { first } else { 0 };
            let after = self.frames.get(last + 1..).unwrap_or_default();
            let last = if after.iter().any(has_payload) { last } else { self.frames.len() - 1 };
            let frames = self.frames.get(first..=last).unwrap_or_default();
            found.extend(frames.iter().map(|(frame, _)| (*frame, owner)));
        }
    }
}
