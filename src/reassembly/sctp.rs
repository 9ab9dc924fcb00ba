//! SCTP data chunks to SIP messages (RFC 4168): a message is one user message,
//! in one chunk or in several with consecutive numbers.

use std::collections::{BTreeMap, VecDeque};

use hashbrown::HashMap;

use super::Origin;
use super::sip_stream::Piece;
use crate::base::flow::Flow;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;
use crate::wire::frame::SctpPacket;
use crate::wire::malformed::Reason;
use crate::wire::sctp::{Data, data};
use crate::wire::sip::{self, Beginning};

/// Numbers of delivered chunks by which retransmitted ones are known.
const REMEMBERED: usize = 256;
/// Pieces held of one direction.
const MAX_PIECES: usize = 1_024;
/// What a piece takes beside its bytes, and counts as held.
const OVERHEAD: usize = 64;

/// One direction of an association.
#[derive(Clone, Debug, Default)]
struct Direction {
    pieces: BTreeMap<u32, (bool, bool, Vec<u8>)>,
    delivered: VecDeque<u32>,
    held: usize,
    last: Timestamp,
}

/// The directions of all associations that carry SIP.
#[derive(Clone, Debug, Default)]
pub struct Associations {
    directions: HashMap<Flow, Direction>,
    held: usize,
}

impl Associations {
    /// Takes a packet; messages that it completes go to `out`.
    pub fn push(
        &mut self,
        packet: &SctpPacket<'_>,
        origin: Origin,
        limits: &Limits,
        out: &mut impl FnMut(Piece<'_>),
    ) {
        for chunk in data(packet.chunks) {
            let known = self.directions.contains_key(&packet.flow);
            // Signalling of mobile networks fills most associations; only what
            // begins as SIP is followed.
            let begins = chunk.begins && sip::beginning(chunk.payload) == Beginning::Message;
            if !known && !begins {
                continue;
            }
            if !known && self.directions.len() >= limits.tcp_connections.max(1) {
                let most = limits.tcp_connections - limits.tcp_connections / 4;
                self.evict(|table| table.directions.len() >= most.max(1), out);
            }
            let direction = self.directions.entry(packet.flow).or_default();
            let before = direction.held;
            direction.last = direction.last.max(origin.1);
            direction.take(&chunk, begins, limits, out);
            self.held = self.held.saturating_sub(before) + direction.held;
            if self.held > limits.tcp_total {
                let most = limits.tcp_total - limits.tcp_total / 4;
                self.evict(|table| table.held > most, out);
            }
        }
    }

    /// Directions that carry SIP.
    pub fn directions(&self) -> usize {
        self.directions.len()
    }

    /// Bytes held of all directions, with what keeping them takes.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Forgets the directions idle longest while there is too much.
    fn evict(&mut self, too_much: impl Fn(&Self) -> bool, out: &mut impl FnMut(Piece<'_>)) {
        let mut idle: Vec<_> =
            self.directions.iter().map(|(flow, direction)| (direction.last, *flow)).collect();
        idle.sort_unstable();
        for (_, flow) in idle {
            if !too_much(self) {
                return;
            }
            if let Some(direction) = self.directions.remove(&flow) {
                self.held = self.held.saturating_sub(direction.held);
                out(Piece::Problem(Reason::SctpEvicted));
            }
        }
    }

    /// No more packets come: messages of which pieces are missing are counted.
    pub fn finish(&mut self, out: &mut impl FnMut(Piece<'_>)) {
        for (_, direction) in self.directions.drain() {
            for _ in direction.pieces.values().filter(|(begins, ..)| *begins) {
                out(Piece::Problem(Reason::SctpIncomplete));
            }
        }
        self.held = 0;
    }
}

impl Direction {
    fn take(
        &mut self,
        chunk: &Data<'_>,
        is_sip: bool,
        limits: &Limits,
        out: &mut impl FnMut(Piece<'_>),
    ) {
        if self.delivered.contains(&chunk.tsn) || self.pieces.contains_key(&chunk.tsn) {
            return;
        }
        if chunk.begins && chunk.ends {
            self.delivered(chunk.tsn);
            if is_sip {
                out(Piece::Message(chunk.payload));
            }
            return;
        }
        if self.pieces.len() >= MAX_PIECES
            || self.bytes() + chunk.payload.len() > limits.sip_message
        {
            self.pieces.clear();
            self.held = 0;
            out(Piece::Problem(Reason::SipTooLong));
            if chunk.payload.len() > limits.sip_message {
                return;
            }
        }
        self.held += chunk.payload.len() + OVERHEAD;
        self.pieces.insert(chunk.tsn, (chunk.begins, chunk.ends, chunk.payload.to_vec()));
        if let Some((first, last)) = self.run_around(chunk.tsn) {
            self.deliver(first, last, out);
        }
    }

    /// Bytes of the pieces alone.
    fn bytes(&self) -> usize {
        self.held.saturating_sub(self.pieces.len() * OVERHEAD)
    }

    /// The first and last number of the message that a piece belongs to, if all are there.
    fn run_around(&self, tsn: u32) -> Option<(u32, u32)> {
        let mut first = tsn;
        while !self.pieces.get(&first)?.0 {
            first = first.wrapping_sub(1);
        }
        let mut last = tsn;
        while !self.pieces.get(&last)?.1 {
            last = last.wrapping_add(1);
        }
        Some((first, last))
    }

    fn deliver(&mut self, first: u32, last: u32, out: &mut impl FnMut(Piece<'_>)) {
        let mut message = Vec::new();
        let mut tsn = first;
        loop {
            if let Some((_, _, bytes)) = self.pieces.remove(&tsn) {
                self.held = self.held.saturating_sub(bytes.len() + OVERHEAD);
                message.extend(bytes);
            }
            self.delivered(tsn);
            if tsn == last {
                break;
            }
            tsn = tsn.wrapping_add(1);
        }
        if sip::beginning(&message) == Beginning::Message {
            out(Piece::Message(&message));
        }
    }

    fn delivered(&mut self, tsn: u32) {
        if self.delivered.len() >= REMEMBERED {
            self.delivered.pop_front();
        }
        self.delivered.push_back(tsn);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::flow::Endpoint;
    use crate::base::id::FrameNo;
    use crate::wire::frame::IpFacts;

    fn chunk(tsn: u32, flags: u8, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(16 + payload.len()).unwrap();
        let mut bytes =
            [&[0, flags][..], &length.to_be_bytes(), &tsn.to_be_bytes(), &[0; 8], payload].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn read(packets: &[Vec<u8>]) -> Vec<String> {
        let (mut associations, mut messages) = (Associations::default(), Vec::new());
        let end = |last| Endpoint::new([192, 0, 2, last].into(), 5060);
        for chunks in packets {
            let ip = IpFacts { ttl: 64, ..IpFacts::default() };
            let packet = SctpPacket { flow: Flow::new(end(1), end(2)), chunks, ip };
            let origin = (FrameNo::new(0, 1), Timestamp::default());
            associations.push(&packet, origin, &Limits::default(), &mut |piece| match piece {
                Piece::Message(bytes) => messages.push(String::from_utf8_lossy(bytes).into_owned()),
                other => messages.push(format!("{other:?}")),
            });
        }
        messages
    }

    const MESSAGE: &str = "OPTIONS sip:a SIP/2.0\r\n\r\n";

    #[test]
    fn whole_split_and_repeated_messages() {
        let bytes = MESSAGE.as_bytes();
        assert_eq!(read(&[chunk(1, 3, bytes), chunk(1, 3, bytes)]), [MESSAGE]);
        let split =
            [chunk(u32::MAX, 2, &bytes[..5]), chunk(1, 1, &bytes[9..]), chunk(0, 0, &bytes[5..9])];
        assert_eq!(read(&[]), [] as [&str; 0]);
        assert_eq!(read(&split), [] as [&str; 0], "its first piece does not show SIP");
        let split = [
            chunk(u32::MAX, 2, &bytes[..22]),
            chunk(1, 1, &bytes[24..]),
            chunk(0, 0, &bytes[22..24]),
        ];
        assert_eq!(read(&split), [MESSAGE]);
        let two = [chunk(1, 3, bytes), chunk(2, 3, bytes)].concat();
        assert_eq!(read(&[two]), [MESSAGE, MESSAGE]);
        assert_eq!(read(&[chunk(1, 3, b"\x00\x15 S1AP")]), [] as [&str; 0]);
    }
}
