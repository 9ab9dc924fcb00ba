//! TCP segments into the order of their sequence numbers, for connections that
//! carry SIP.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::Origin;
use super::sip_stream::{Piece, SipStream};
use crate::base::flow::Flow;
use crate::base::id::FrameNo;
use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::wire::frame::Segment;
use crate::wire::malformed::Reason;

/// How long a hole may stay open, in capture time; a sender repeats a lost
/// segment within this several times (RFC 6298).
const HOLE_LIFETIME: Span = Span::from_secs(10);
/// How far from the expected number a segment of the same connection can be: no
/// SIP element has more under way.
const WINDOW: u32 = 16 << 20;
/// Segments that wait for a hole to close.
const MAX_WAITING: usize = 4_096;
/// What a waiting segment takes beside its bytes, and counts as held.
const OVERHEAD: usize = 96;

/// What came out of the connections.
#[derive(Clone, Copy, Debug)]
pub struct Output<'a> {
    /// A message, or what could not be read.
    pub piece: Piece<'a>,
    /// From whom to whom.
    pub flow: Flow,
    /// The frame whose bytes completed it.
    pub frame: FrameNo,
    /// When that frame was captured.
    pub at: Timestamp,
}

/// A segment that came before the bytes in front of it.
#[derive(Clone, Debug)]
struct Waiting {
    bytes: Vec<u8>,
    origin: Origin,
}

/// One direction of a connection.
#[derive(Clone, Debug, Default)]
struct Direction {
    /// The sequence number of the next byte, once one is known.
    next: Option<u32>,
    /// Bytes passed since then, to give waiting segments an order that does not wrap.
    passed: u64,
    /// Waiting segments by their offset since the beginning.
    waiting: BTreeMap<u64, Waiting>,
    waiting_bytes: usize,
    stream: SipStream,
    last: Timestamp,
    last_frame: FrameNo,
}

/// The directions of all connections.
#[derive(Clone, Debug, Default)]
pub struct Connections {
    directions: HashMap<Flow, Direction>,
    held: usize,
}

impl Connections {
    /// Takes a segment; messages that it completes go to `out`.
    pub fn push(
        &mut self,
        segment: &Segment<'_>,
        frame: FrameNo,
        at: Timestamp,
        limits: &Limits,
        out: &mut impl FnMut(Output<'_>),
    ) {
        let (flow, flags, origin) = (segment.flow, segment.flags, (frame, at));
        let mut out =
            |piece: Piece<'_>, (frame, at): Origin| out(Output { piece, flow, frame, at });
        if !self.directions.contains_key(&flow) {
            // A connection is remembered from its first bytes on.
            if segment.payload.is_empty() {
                return;
            }
            if self.directions.len() >= limits.tcp_connections.max(1) {
                for _ in 0..self.evict(limits.tcp_connections / 4) {
                    out(Piece::Problem(Reason::TcpEvicted), origin);
                }
            }
        }
        let direction = self.directions.entry(flow).or_default();
        let before = direction.held();
        direction.last = direction.last.max(at);
        direction.last_frame = frame;
        let mut seq = segment.seq;
        if flags.syn {
            // The port pair is used again: nothing of the old connection counts.
            seq = seq.wrapping_add(1);
            direction.flush(origin, limits, &mut out);
            *direction =
                Direction { last: at, last_frame: frame, next: Some(seq), ..Direction::default() };
        }
        if !segment.payload.is_empty() {
            let room = limits.tcp_total.saturating_sub(self.held).min(limits.tcp_waiting);
            direction.take(seq, segment.payload, origin, room, limits, &mut out);
        }
        if segment.missing > 0 && direction.stream.is_sip() {
            direction.skip(segment.missing, origin, &mut out);
            direction.deliver_waiting(limits, &mut out);
        }
        direction.give_up_old_holes(at, limits, &mut out);
        if flags.fin || flags.rst {
            direction.flush(origin, limits, &mut out);
        }
        self.held = self.held.saturating_sub(before) + direction.held();
        if self.held > limits.tcp_total {
            for _ in 0..self.shed(limits.tcp_total - limits.tcp_total / 4) {
                out(Piece::Problem(Reason::TcpEvicted), origin);
            }
        }
    }

    /// Directions known.
    pub fn connections(&self) -> usize {
        self.directions.len()
    }

    /// Bytes held of all connections, with what keeping them takes.
    pub fn held(&self) -> usize {
        self.held
    }

    /// No more segments come: what waits is read as far as it goes.
    pub fn finish(&mut self, limits: &Limits, out: &mut impl FnMut(Output<'_>)) {
        let mut directions: Vec<_> = self.directions.drain().collect();
        // Ordered by what the capture says, not by the table's order.
        directions.sort_by_key(|(flow, direction)| (direction.last, *flow));
        for (flow, direction) in &mut directions {
            let flow = *flow;
            let mut out =
                |piece: Piece<'_>, (frame, at): Origin| out(Output { piece, flow, frame, at });
            let origin = (direction.last_frame, direction.last);
            direction.flush(origin, limits, &mut out);
        }
        self.held = 0;
    }

    /// Forgets the `count` directions idle longest; how many of them held bytes
    /// or carried SIP.
    fn evict(&mut self, count: usize) -> usize {
        let mut idle: Vec<_> =
            self.directions.iter().map(|(flow, direction)| (direction.last, *flow)).collect();
        idle.sort_unstable();
        let mut lost = 0;
        for (_, flow) in idle.into_iter().take(count.max(1)) {
            if let Some(direction) = self.directions.remove(&flow) {
                self.held = self.held.saturating_sub(direction.held());
                lost += usize::from(direction.held() > 0 || direction.stream.is_sip());
            }
        }
        lost
    }

    /// Forgets the directions idle longest until no more than `most` bytes are
    /// held; how many were forgotten.
    fn shed(&mut self, most: usize) -> usize {
        let holding = self.directions.iter().filter(|(_, direction)| direction.held() > 0);
        let mut idle: Vec<_> = holding.map(|(flow, direction)| (direction.last, *flow)).collect();
        idle.sort_unstable();
        let mut lost = 0;
        for (_, flow) in idle {
            if self.held <= most {
                break;
            }
            if let Some(direction) = self.directions.remove(&flow) {
                self.held = self.held.saturating_sub(direction.held());
                lost += 1;
            }
        }
        lost
    }
}

impl Direction {
    fn held(&self) -> usize {
        self.waiting_bytes + self.stream.held()
    }

    /// Takes payload that begins at `seq`.
    fn take(
        &mut self,
        seq: u32,
        payload: &[u8],
        origin: Origin,
        room: usize,
        limits: &Limits,
        out: &mut impl FnMut(Piece<'_>, Origin),
    ) {
        let mut ahead = self.next.map_or(0, |next| seq.wrapping_sub(next).cast_signed());
        if ahead.unsigned_abs() > WINDOW {
            // Another connection between the same ports, whose SYN was not seen.
            self.flush(origin, limits, out);
            self.next = None;
            ahead = 0;
        }
        if ahead > 0 {
            if self.stream.is_foreign() {
                // Nothing is kept in order here; SIP may begin with any segment.
                self.deliver(seq, payload, origin, limits, out);
            } else {
                self.hold(ahead.unsigned_abs(), payload, origin, room, out);
                if self.waiting_bytes > room {
                    self.give_up_hole(limits, out);
                }
            }
            return;
        }
        // What was seen before is skipped; the first copy counts.
        let seen = ahead.unsigned_abs() as usize;
        if let Some(new) = payload.get(seen..).filter(|new| !new.is_empty()) {
            self.deliver(seq.wrapping_add(ahead.unsigned_abs()), new, origin, limits, out);
            self.deliver_waiting(limits, out);
        }
    }

    fn hold(
        &mut self,
        ahead: u32,
        payload: &[u8],
        origin: Origin,
        room: usize,
        out: &mut impl FnMut(Piece<'_>, Origin),
    ) {
        let offset = self.passed + u64::from(ahead);
        if let Some(known) = self.waiting.get(&offset) {
            let shared = known.bytes.len().min(payload.len());
            if known.bytes.get(..shared) != payload.get(..shared) {
                out(Piece::Problem(Reason::TcpOverlap), origin);
            }
            if known.bytes.len() >= payload.len() {
                return;
            }
        }
        if self.waiting.len() >= MAX_WAITING || payload.len() > room {
            out(Piece::Problem(Reason::TcpBufferFull), origin);
            return;
        }
        self.waiting_bytes += payload.len() + OVERHEAD;
        if let Some(shorter) =
            self.waiting.insert(offset, Waiting { bytes: payload.to_vec(), origin })
        {
            self.waiting_bytes -= shorter.bytes.len() + OVERHEAD;
        }
    }

    /// Passes bytes that are next in order to the stream.
    fn deliver(
        &mut self,
        seq: u32,
        bytes: &[u8],
        origin: Origin,
        limits: &Limits,
        out: &mut impl FnMut(Piece<'_>, Origin),
    ) {
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        self.next = Some(seq.wrapping_add(length));
        self.passed += u64::from(length);
        self.stream.push(bytes, limits.sip_message, &mut |piece| out(piece, origin));
    }

    /// Passes on waiting segments that are next in order now.
    fn deliver_waiting(&mut self, limits: &Limits, out: &mut impl FnMut(Piece<'_>, Origin)) {
        while let Some(first) = self.waiting.first_entry() {
            let offset = *first.key();
            if offset > self.passed {
                return;
            }
            let waiting = first.remove();
            self.waiting_bytes -= waiting.bytes.len() + OVERHEAD;
            let seen = usize::try_from(self.passed - offset).unwrap_or(usize::MAX);
            let (Some(new), Some(next)) = (waiting.bytes.get(seen..), self.next) else { continue };
            if !new.is_empty() {
                self.deliver(next, new, waiting.origin, limits, out);
            }
        }
    }

    /// The bytes before the first waiting segment will not come.
    fn give_up_hole(&mut self, limits: &Limits, out: &mut impl FnMut(Piece<'_>, Origin)) {
        let Some((offset, first)) = self.waiting.first_key_value() else { return };
        let hole = u32::try_from(offset.saturating_sub(self.passed)).unwrap_or(u32::MAX);
        let origin = first.origin;
        self.skip(hole, origin, out);
        self.deliver_waiting(limits, out);
    }

    /// Goes on behind `missing` bytes.
    fn skip(&mut self, missing: u32, origin: Origin, out: &mut impl FnMut(Piece<'_>, Origin)) {
        if self.stream.is_sip() || self.stream.held() > 0 {
            out(Piece::Problem(Reason::TcpGap), origin);
        }
        self.stream.gap(&mut |piece| out(piece, origin));
        self.next = self.next.map(|next| next.wrapping_add(missing));
        self.passed += u64::from(missing);
    }

    fn give_up_old_holes(
        &mut self,
        now: Timestamp,
        limits: &Limits,
        out: &mut impl FnMut(Piece<'_>, Origin),
    ) {
        while self
            .waiting
            .values()
            .next()
            .is_some_and(|first| now.since(first.origin.1) > HOLE_LIFETIME)
        {
            self.give_up_hole(limits, out);
        }
    }

    /// No more bytes come: holes stay open, and a message that is not whole is
    /// read as far as it goes.
    fn flush(&mut self, origin: Origin, limits: &Limits, out: &mut impl FnMut(Piece<'_>, Origin)) {
        while !self.waiting.is_empty() {
            self.give_up_hole(limits, out);
        }
        self.stream.gap(&mut |piece| out(piece, origin));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::flow::Endpoint;
    use crate::wire::frame::{IpFacts, TcpFlags};
    use proptest::prelude::*;

    fn message(n: usize) -> String {
        format!("OPTIONS sip:{n} SIP/2.0\r\nContent-Length: 5\r\n\r\nbody{n}")
    }

    fn flow() -> Flow {
        let end = |last| Endpoint::new([192, 0, 2, last].into(), 5060);
        Flow::new(end(1), end(2))
    }

    struct Reader {
        connections: Connections,
        limits: Limits,
        frame: u64,
        messages: Vec<(u64, String)>,
        problems: Vec<Reason>,
    }

    impl Reader {
        fn new() -> Self {
            Self {
                connections: Connections::default(),
                limits: Limits::default(),
                frame: 0,
                messages: vec![],
                problems: vec![],
            }
        }

        fn send(&mut self, seq: u32, payload: &[u8], flags: TcpFlags, secs: i64) {
            let ip = IpFacts { ttl: 64, ..IpFacts::default() };
            self.push(&Segment { flow: flow(), seq, flags, payload, missing: 0, ip }, secs);
        }

        fn push(&mut self, segment: &Segment<'_>, secs: i64) {
            self.frame += 1;
            let at = Timestamp::default() + Span::from_secs(secs);
            let (messages, problems) = (&mut self.messages, &mut self.problems);
            self.connections.push(
                segment,
                FrameNo::new(0, self.frame),
                at,
                &self.limits,
                &mut |output| match output.piece {
                    Piece::Message(bytes) | Piece::WebSocketMessage(bytes) => {
                        messages.push((
                            output.frame.number(),
                            String::from_utf8_lossy(bytes).into_owned(),
                        ));
                    }
                    Piece::Mirrored(packet) => panic!("{packet:?}"),
                    Piece::Problem(reason) => problems.push(reason),
                },
            );
        }

        fn data(&mut self, seq: u32, payload: &[u8]) {
            self.send(seq, payload, TcpFlags::default(), 0);
        }

        fn texts(&self) -> Vec<&str> {
            self.messages.iter().map(|(_, text)| text.as_str()).collect()
        }
    }

    const SYN: TcpFlags = TcpFlags { syn: true, fin: false, rst: false };
    const FIN: TcpFlags = TcpFlags { syn: false, fin: true, rst: false };

    #[test]
    fn order_is_restored_across_the_wrap() {
        let text = [message(1), message(2), message(3)].concat();
        let bytes = text.as_bytes();
        let start = u32::MAX - 20;
        let at = |offset: usize| start.wrapping_add(1 + u32::try_from(offset).unwrap());
        let mut reader = Reader::new();
        reader.send(start, &[], SYN, 0);
        reader.data(at(0), &bytes[..10]);
        reader.data(at(60), &bytes[60..]);
        reader.data(at(30), &bytes[30..60]);
        reader.data(at(0), &bytes[..20]);
        reader.data(at(10), &bytes[10..40]);
        assert_eq!(reader.texts().concat(), text);
        assert_eq!(reader.problems, []);
    }

    #[test]
    fn a_message_has_the_frame_of_its_last_byte() {
        let text = message(1);
        let mut reader = Reader::new();
        reader.data(100, &text.as_bytes()[..20]);
        reader.data(120, &text.as_bytes()[20..]);
        assert_eq!(reader.messages, [(2, text)]);
    }

    #[test]
    fn a_hole_that_never_closes_is_a_gap() {
        let (a, b, c) = (message(1), message(2), message(3));
        let mut reader = Reader::new();
        let lengths = u32::try_from(a.len()).unwrap();
        reader.data(0, a.as_bytes());
        // b is lost
        reader.data(2 * lengths, c.as_bytes());
        assert_eq!(reader.texts(), [a.as_str()]);
        reader.send(3 * lengths, b.as_bytes(), TcpFlags::default(), 11);
        assert_eq!(reader.texts(), [a.as_str(), c.as_str(), b.as_str()]);
        assert_eq!(reader.messages[1].0, 2, "as of the frame that brought it");
        assert_eq!(reader.problems, [Reason::TcpGap]);
    }

    #[test]
    fn the_end_of_a_connection_ends_the_waiting() {
        let (a, c) = (message(1), message(3));
        let length = u32::try_from(a.len()).unwrap();
        let mut reader = Reader::new();
        reader.data(0, a.as_bytes());
        reader.data(length + 9, c.as_bytes());
        reader.send(2 * length + 9, &[], FIN, 1);
        assert_eq!(reader.texts(), [a.as_str(), c.as_str()]);
    }

    #[test]
    fn a_segment_cut_by_the_capture_may_reach_beyond_those_that_wait() {
        let text = [message(1), message(2), message(3)].concat();
        let bytes = text.as_bytes();
        let mut reader = Reader::new();
        reader.data(0, &bytes[..60]);
        reader.data(80, &bytes[80..100]);
        let ip = IpFacts { ttl: 64, ..IpFacts::default() };
        let (flags, payload) = (TcpFlags::default(), &bytes[60..65]);
        reader.push(&Segment { flow: flow(), seq: 60, flags, payload, missing: 65, ip }, 0);
        reader.send(u32::try_from(text.len()).unwrap(), &[], FIN, 1);
        assert_eq!(reader.texts(), [message(1)]);
        assert_eq!(reader.problems, [Reason::TcpGap, Reason::SipNoHeaderEnd]);
    }

    #[test]
    fn a_connection_is_used_again() {
        let (a, b) = (message(1), message(2));
        let mut reader = Reader::new();
        reader.send(0, &[], SYN, 0);
        reader.data(1, a.as_bytes());
        reader.send(9_000_000, &[], SYN, 1);
        reader.data(9_000_001, b.as_bytes());
        assert_eq!(reader.texts(), [a.as_str(), b.as_str()]);
        assert_eq!(reader.problems, []);
    }

    #[test]
    fn the_table_and_its_buffers_are_bounded() {
        let mut reader = Reader::new();
        reader.limits.tcp_waiting = 10_000;
        reader.data(0, b"OPTIONS sip:a SIP/2.0\r\n");
        for n in 0..1_000_u32 {
            reader.data(100 + n * 1_001, &[b'x'; 1_000]);
            assert!(reader.connections.held <= 12_000, "{}", reader.connections.held);
        }
        let mut reader = Reader::new();
        reader.limits.tcp_connections = 100;
        for n in 0..1_000_u16 {
            let ip = IpFacts { ttl: 64, ..IpFacts::default() };
            let flow = Flow { src: flow().src.with_port(n), ..flow() };
            let segment = Segment {
                flow,
                seq: 0,
                flags: TcpFlags::default(),
                payload: b"OPTIONS sip:",
                missing: 0,
                ip,
            };
            let at = Timestamp::from_micros(n.into());
            reader.connections.push(&segment, FrameNo::new(0, 1), at, &reader.limits, &mut |_| {});
            assert!(reader.connections.directions.len() <= 100);
        }
    }

    proptest! {
        /// Whatever the order and the repetitions, the same messages come out.
        #[test]
        fn order_does_not_matter(
            count in 1_usize..6,
            order in Just((0..12).collect::<Vec<usize>>()).prop_shuffle(),
            again in proptest::collection::vec(0_usize..12, 0..5),
        ) {
            let text: String = (0..count).map(message).collect();
            let bytes = text.as_bytes();
            let size = bytes.len().div_ceil(12);
            let mut reader = Reader::new();
            reader.send(999, &[], SYN, 0);
            reader.data(1_000, &[]);
            // The SYN of a connection without bytes is not remembered, so the first segment leads.
            let first = bytes.get(..size).unwrap_or(bytes);
            reader.data(1_000, first);
            for index in order.into_iter().chain(again) {
                let from = (index * size).min(bytes.len());
                let to = (from + size).min(bytes.len());
                reader.data(1_000 + u32::try_from(from).unwrap(), &bytes[from..to]);
            }
            prop_assert_eq!(reader.texts().concat(), text);
            prop_assert_eq!(&reader.problems, &[]);
        }
    }
}
