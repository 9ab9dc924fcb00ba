//! What is put together from pieces: fragments, TCP, SCTP, WebSocket, SIP on a
//! stream. Each checks that what is held stays under the caps.

use siplens::base::flow::{Endpoint, Flow};
use siplens::base::id::FrameNo;
use siplens::base::limits::Limits;
use siplens::base::time::{Span, Timestamp};
use siplens::reassembly::Origin;
use siplens::reassembly::fragments::Fragments;
use siplens::reassembly::sctp::Associations;
use siplens::reassembly::sip_stream::{Piece, SipStream};
use siplens::reassembly::tcp::Connections;
use siplens::wire::frame::{Fragment, IpFacts, SctpPacket, Segment, TcpFlags};
use siplens::wire::ip::IpHeader;

/// Caps small enough for an input to reach them.
fn limits() -> Limits {
    Limits {
        fragmented_packets: 4,
        fragment_bytes: 2_000,
        tcp_connections: 4,
        tcp_waiting: 500,
        tcp_total: 2_000,
        sip_message: 1_000,
        ..Limits::default()
    }
}

/// What one direction may hold: a first line that is waited for, a message and a
/// frame in vectors that doubled, and a decompressor.
const MOST_HELD: usize = 4_096 + 4 * 1_255 + (48 << 10);

/// Bytes taken off the front of an input.
struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

fn flow(number: u8) -> Flow {
    let end = |last, port| Endpoint::new([192, 0, 2, last].into(), port);
    Flow::new(end(1, 5060 + u16::from(number)), end(2, 5060))
}

fn origin(number: u64, deciseconds: u64) -> Origin {
    let millis = i64::try_from(deciseconds * 100).unwrap_or(0);
    (FrameNo::new(0, number), Timestamp::default() + Span::from_millis(millis))
}

/// Fragments: for each four bytes (packet, offset, length, flags and time), then its bytes.
pub fn fragments(bytes: &[u8]) {
    let (mut input, mut table, limits) = (Input(bytes), Fragments::default(), limits());
    let mut now = 0;
    for number in 0.. {
        let (Some(id), Some(offset), Some(length), Some(flags)) =
            (input.byte(), input.byte(), input.byte(), input.byte())
        else {
            break;
        };
        now += u64::from(flags >> 1);
        let header = IpHeader {
            src: [192, 0, 2, 1].into(),
            dst: [192, 0, 2, id % 2].into(),
            protocol: 17,
            facts: IpFacts::default(),
        };
        let fragment = Fragment {
            header,
            id: u32::from(id / 2),
            offset: u32::from(offset) * 8,
            more: flags & 1 == 1,
            payload: input.bytes(usize::from(length)),
        };
        table.push(&fragment, origin(number, now).1, &limits, &mut |_| {});
        assert!(table.packets() <= limits.fragmented_packets, "{} packets", table.packets());
        assert!(table.held() <= limits.fragment_bytes, "{} bytes", table.held());
    }
    table.finish(&mut |_| {});
    assert_eq!(table.held(), 0);
}

/// TCP segments: for each five bytes (connection and flags, sequence number,
/// length, time, cut), then its bytes.
pub fn tcp(bytes: &[u8]) {
    let (mut input, mut table, limits) = (Input(bytes), Connections::default(), limits());
    let mut now = 0;
    for number in 0.. {
        let (Some(kind), Some(high), Some(low), Some(length), Some(time)) =
            (input.byte(), input.byte(), input.byte(), input.byte(), input.byte())
        else {
            break;
        };
        now += u64::from(time >> 4);
        let segment = Segment {
            flow: flow(kind >> 5),
            // Near the wrap, so that it happens.
            seq: (u32::from(high) << 5 | u32::from(low)).wrapping_sub(1_000),
            flags: TcpFlags { syn: kind & 7 == 1, fin: kind & 7 == 2, rst: kind & 7 == 3 },
            payload: input.bytes(usize::from(length)),
            missing: u32::from(time & 15 == 1) * 40,
            ip: IpFacts::default(),
        };
        let (frame, at) = origin(number, now);
        table.push(&segment, frame, at, &limits, &mut |output| piece(output.piece, &limits));
        assert!(table.connections() <= limits.tcp_connections);
        assert!(table.held() <= limits.tcp_total, "{} bytes held", table.held());
    }
    table.finish(&limits, &mut |output| piece(output.piece, &limits));
    assert_eq!(table.held(), 0);
}

/// SCTP packets: for each two bytes (association, length), then its chunks.
pub fn sctp(bytes: &[u8]) {
    let (mut input, mut table, limits) = (Input(bytes), Associations::default(), limits());
    for number in 0.. {
        let (Some(association), Some(length)) = (input.byte(), input.byte()) else { break };
        let chunks = input.bytes(usize::from(length));
        let packet = SctpPacket { flow: flow(association >> 5), chunks, ip: IpFacts::default() };
        table.push(&packet, origin(number, number), &limits, &mut |out| piece(out, &limits));
        assert!(table.directions() <= limits.tcp_connections);
        assert!(table.held() <= limits.tcp_total, "{} bytes held", table.held());
    }
    table.finish(&mut |out| piece(out, &limits));
    assert_eq!(table.held(), 0);
}

fn piece(piece: Piece<'_>, limits: &Limits) {
    if let Piece::Message(bytes) | Piece::WebSocketMessage(bytes) = piece {
        assert!(!bytes.is_empty() && bytes.len() <= limits.sip_message + 255, "{}", bytes.len());
        super::text::sip_message(bytes);
    }
}

/// A byte that says how the rest is cut, and the rest: a direction of a
/// connection. However it is cut, messages come out in order and bounded.
pub fn sip_stream(bytes: &[u8]) {
    let [cut, bytes @ ..] = bytes else { return };
    let (mut stream, limits) = (SipStream::default(), limits());
    for chunk in bytes.chunks(usize::from(*cut).max(1)) {
        stream.push(chunk, limits.sip_message, &mut |out| piece(out, &limits));
        assert!(stream.held() <= MOST_HELD, "{} bytes held", stream.held());
    }
    stream.gap(&mut |out| piece(out, &limits));
    assert_eq!(stream.held(), 0);
}

/// The same behind the handshake of a WebSocket.
pub fn websocket(bytes: &[u8]) {
    let [cut, bytes @ ..] = bytes else { return };
    let (mut stream, limits) = (SipStream::default(), limits());
    let handshake = b"HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Protocol: sip\r\n\r\n";
    stream.push(handshake, limits.sip_message, &mut |out| piece(out, &limits));
    assert!(stream.is_sip());
    for chunk in bytes.chunks(usize::from(*cut).max(1)) {
        stream.push(chunk, limits.sip_message, &mut |out| piece(out, &limits));
        assert!(stream.held() <= MOST_HELD, "{} bytes held", stream.held());
    }
    stream.gap(&mut |out| piece(out, &limits));
}
