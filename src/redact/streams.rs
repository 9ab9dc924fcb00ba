//! Signalling on streams: TCP, WebSocket and SCTP.
//!
//! A message that comes in several segments is not changed where it lies, since
//! its pseudonym may be longer: the segment that completes it carries all of its
//! pseudonym, and those before it carry nothing. Sequence numbers are counted
//! anew for each direction, so that what comes out is a stream without gaps,
//! repetitions or other bytes than messages.

use hashbrown::HashMap;

use super::blanked::What;
use super::hep;
use super::media::Media;
use super::names::Pseudonyms;
use super::network;
use crate::base::flow::Flow;
use crate::base::limits::Limits;
use crate::reassembly::Origin;
use crate::reassembly::sctp::Associations;
use crate::reassembly::sip_stream::Piece;
use crate::reassembly::tcp::Connections;
use crate::wire::bytes::be32;
use crate::wire::frame::{SctpPacket, Segment};
use crate::wire::hep as wire_hep;

/// What opens a WebSocket for SIP (RFC 7118), as short as can be.
const HANDSHAKE: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: sip\r\n\r\n";

/// A direction of what comes out.
#[derive(Clone, Copy, Debug, Default)]
struct Direction {
    /// The next sequence number.
    next: u32,
    /// Whether it has begun to carry WebSocket frames.
    opened: bool,
}

/// The streams of a capture.
#[derive(Debug, Default)]
pub(super) struct Streams {
    connections: Connections,
    associations: Associations,
    directions: HashMap<Flow, Direction>,
    /// The next number of a chunk in each direction.
    chunks: HashMap<Flow, u32>,
}

/// As what a message stands in a connection.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Form {
    Plain,
    WebSocket,
    /// In a HEP packet.
    Mirrored,
}

impl Streams {
    /// The segment in place of another, whose header is `like`; without checksum.
    pub(super) fn segment(
        &mut self,
        (names, media): (&mut Pseudonyms, &Media),
        segment: &Segment<'_>,
        like: &[u8],
        origin: Origin,
        limits: &Limits,
    ) -> Vec<u8> {
        let mut messages = Vec::new();
        self.connections.push(
            segment,
            origin.0,
            origin.1,
            limits,
            &mut |output| match output.piece {
                Piece::Message(bytes) => messages.push((bytes.to_vec(), Form::Plain)),
                Piece::WebSocketMessage(bytes) => messages.push((bytes.to_vec(), Form::WebSocket)),
                Piece::Mirrored(bytes) => messages.push((bytes.to_vec(), Form::Mirrored)),
                Piece::Problem(_) => {}
            },
        );
        if messages.is_empty() && !segment.payload.is_empty() {
            names.blank(What::Segment);
        }
        if self.directions.len() >= limits.tcp_connections.max(1)
            && !self.directions.contains_key(&segment.flow)
        {
            self.directions.clear();
        }
        let back = Flow::new(segment.flow.dst, segment.flow.src);
        let acknowledged = self.directions.get(&back).map(|direction| direction.next);
        let fresh = Direction { next: segment.seq, opened: false };
        let direction = self.directions.entry(segment.flow).or_insert(fresh);
        if segment.flags.syn {
            *direction = fresh;
        }
        let mut payload = Vec::new();
        for (message, form) in messages {
            if form == Form::Mirrored {
                if let Some(hep) = wire_hep::parse(&message) {
                    payload.extend(hep::mirrored(names, media, &hep));
                }
                continue;
            }
            let Some(message) = names.message(&message, true) else { continue };
            if form == Form::WebSocket {
                if !std::mem::replace(&mut direction.opened, true) {
                    payload.extend_from_slice(HANDSHAKE);
                }
                payload.extend(frame_of(&message));
            } else {
                payload.extend(message);
            }
        }
        let number = direction.next;
        let flags = u32::from(segment.flags.syn) + u32::from(segment.flags.fin);
        let length = u32::try_from(payload.len()).unwrap_or(0).wrapping_add(flags);
        direction.next = number.wrapping_add(length);
        let acknowledged = acknowledged.or_else(|| be32(like, 8)).unwrap_or(0);
        network::tcp(like, (number, acknowledged), &payload)
    }

    /// The SCTP packet in place of another.
    pub(super) fn sctp(
        &mut self,
        names: &mut Pseudonyms,
        packet: &SctpPacket<'_>,
        like: &[u8],
        origin: Origin,
        limits: &Limits,
    ) -> Vec<u8> {
        let mut messages = Vec::new();
        self.associations.push(packet, origin, limits, &mut |piece| {
            if let Piece::Message(bytes) | Piece::WebSocketMessage(bytes) = piece {
                messages.push(bytes.to_vec());
            }
        });
        let moved: Vec<_> =
            messages.iter().filter_map(|message| names.message(message, true)).collect();
        if moved.is_empty() {
            names.blank(What::Segment);
        }
        if self.chunks.len() >= limits.tcp_connections.max(1)
            && !self.chunks.contains_key(&packet.flow)
        {
            self.chunks.clear();
        }
        let next = self.chunks.entry(packet.flow).or_insert(1);
        let tsn = *next;
        *next = next.wrapping_add(u32::try_from(moved.len()).unwrap_or(0));
        network::sctp(like, tsn, &moved)
    }

    /// No more packets come: how many messages were not whole.
    pub(super) fn finish(&mut self, names: &mut Pseudonyms, limits: &Limits) {
        self.connections.finish(limits, &mut |_| names.blank(What::Unfinished));
        self.associations.finish(&mut |_| names.blank(What::Unfinished));
    }
}

/// A message in one frame of a WebSocket (RFC 6455 section 5.2), not masked.
fn frame_of(message: &[u8]) -> Vec<u8> {
    let mut out = vec![0x81];
    match (u8::try_from(message.len()), u16::try_from(message.len())) {
        (Ok(length), _) if length < 126 => out.push(length),
        (_, Ok(length)) => {
            out.push(126);
            out.extend(length.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend(u64::try_from(message.len()).unwrap_or(0).to_be_bytes());
        }
    }
    out.extend_from_slice(message);
    out
}
