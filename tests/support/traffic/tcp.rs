//! A TCP connection of one hop of a call: handshake, segments, acknowledgements
//! and the end (RFC 9293).

use std::net::SocketAddr;

use super::frame::{ACK, FIN, PSH, SEGMENT, SYN, Transport};

/// A connection. End 0 opens and closes it.
#[derive(Clone, Debug)]
pub(crate) struct Connection {
    ends: [SocketAddr; 2],
    /// The next sequence number of each end.
    next: [u32; 2],
}

/// A segment of a connection, its payload a part of the bytes that are sent.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Segment<'a> {
    pub(crate) src: SocketAddr,
    pub(crate) dst: SocketAddr,
    pub(crate) transport: Transport,
    pub(crate) payload: &'a [u8],
}

impl Connection {
    /// A connection that is still to be opened; sequence numbers begin at `first`.
    pub(crate) const fn new(ends: [SocketAddr; 2], first: [u32; 2]) -> Self {
        Self { ends, next: first }
    }

    /// SYN, SYN, ACK.
    pub(crate) fn open(&mut self) -> [Segment<'static>; 3] {
        [self.segment(0, SYN, &[]), self.segment(1, SYN | ACK, &[]), self.segment(0, ACK, &[])]
    }

    /// FIN, FIN, ACK.
    pub(crate) fn close(&mut self) -> [Segment<'static>; 3] {
        [
            self.segment(0, FIN | ACK, &[]),
            self.segment(1, FIN | ACK, &[]),
            self.segment(0, ACK, &[]),
        ]
    }

    /// Bytes from an end, and their acknowledgement by the other.
    pub(crate) fn send<'a>(&mut self, from: usize, bytes: &'a [u8]) -> Vec<Segment<'a>> {
        let mut chunks = bytes.chunks(usize::from(SEGMENT)).peekable();
        let mut segments = Vec::new();
        while let Some(chunk) = chunks.next() {
            let push = if chunks.peek().is_none() { PSH } else { 0 };
            segments.push(self.segment(from, ACK | push, chunk));
        }
        segments.push(self.segment(1 - from, ACK, &[]));
        segments
    }

    fn segment<'a>(&mut self, from: usize, flags: u8, payload: &'a [u8]) -> Segment<'a> {
        let to = 1 - from;
        let ack = if flags & ACK == 0 { 0 } else { self.next[to] };
        let seq = self.next[from];
        let counted =
            u32::try_from(payload.len()).unwrap_or(0) + u32::from(flags & (SYN | FIN) != 0);
        self.next[from] = seq.wrapping_add(counted);
        Segment {
            src: self.ends[from],
            dst: self.ends[to],
            transport: Transport::Tcp { flags, seq, ack },
            payload,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_where_the_last_segment_ended() {
        let ends = ["198.18.0.1:9000", "198.19.0.1:5060"].map(|end| end.parse().unwrap());
        let mut connection = Connection::new(ends, [100, 200]);
        connection.open();
        let bytes = [7; 900];
        let numbers =
            connection.send(0, &bytes).into_iter().map(|segment| match segment.transport {
                Transport::Tcp { seq, ack, .. } => (seq, ack, segment.payload.len()),
                Transport::Udp => panic!("no UDP"),
            });
        assert_eq!(numbers.collect::<Vec<_>>(), [(101, 201, 536), (637, 201, 364), (201, 1001, 0)]);
    }
}
