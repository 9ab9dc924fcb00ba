//! Packets of one stream in order of sending.

use std::collections::BTreeMap;

use crate::base::id::{RtpTime, Seq};
use crate::base::time::{Span, Timestamp};

/// A packet that waits for those before it, or whose turn it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Waiting {
    /// Sequence number, extended to be unique within a segment of the stream.
    pub(super) number: i64,
    /// Payload type.
    pub(super) payload_type: u8,
    /// RTP timestamp.
    pub(super) time: RtpTime,
    /// When it was captured.
    pub(super) at: Timestamp,
    /// Payload.
    pub(super) payload: Vec<u8>,
}

/// A packet is waited for as long as it could still be played by a generous de-jitter buffer.
const PATIENCE: Span = Span::from_millis(200);
/// Packets that wait at most; at 20 ms each more than the patience.
const MOST: usize = 64;
/// A step of this or more in either direction begins a new segment (RFC 3550 A.1).
const JUMP: i64 = 3_000;
/// How far apart the numbers of two segments are put.
const BETWEEN_SEGMENTS: i64 = 1 << 16;

/// Puts packets in order: each goes when all before it went, or have been
/// waited for in vain.
#[derive(Debug, Default)]
pub(super) struct Order {
    waiting: BTreeMap<i64, Waiting>,
    /// The packet furthest on: its sequence number and its number here.
    highest: Option<(Seq, i64)>,
    /// The number that follows what went.
    next: Option<i64>,
}

impl Order {
    /// The number of the packet with this sequence number: it goes on from
    /// those before it, across wraps and the sender's restarts.
    pub(super) fn number(&mut self, seq: Seq) -> i64 {
        let Some((highest, number)) = self.highest else {
            self.highest = Some((seq, 0));
            return 0;
        };
        let step = i64::from(seq.0.wrapping_sub(highest.0).cast_signed());
        let number = number + if step.abs() < JUMP { step } else { BETWEEN_SEGMENTS };
        if step > 0 || step <= -JUMP {
            self.highest = Some((seq, number));
        }
        number
    }

    /// Takes a packet; copies and those that come too late are dropped.
    pub(super) fn push(&mut self, packet: Waiting) {
        if self.next.is_none_or(|next| packet.number >= next) {
            self.waiting.entry(packet.number).or_insert(packet);
        }
    }

    /// The next packet whose turn it is at `now`; `None` while it is waited for.
    pub(super) fn pop(&mut self, now: Timestamp) -> Option<Waiting> {
        let first = self.waiting.first_entry()?;
        let is_next = self.next.is_none_or(|next| *first.key() == next);
        let waited = now.since(first.get().at) >= PATIENCE;
        if !is_next && !waited && self.waiting.len() <= MOST {
            return None;
        }
        let (number, packet) = self.waiting.pop_first()?;
        self.next = Some(number + 1);
        Some(packet)
    }

    /// The next packet, whatever is missing before it.
    pub(super) fn drain(&mut self) -> Option<Waiting> {
        let (number, packet) = self.waiting.pop_first()?;
        self.next = Some(number + 1);
        Some(packet)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(ms: i64) -> Timestamp {
        Timestamp::from_nanos(ms * 1_000_000)
    }

    /// The sequence numbers in the order in which they go, of packets 20 ms apart.
    fn ordered(seqs: &[u16]) -> Vec<u16> {
        let mut order = Order::default();
        let mut out = Vec::new();
        for (index, seq) in (0..).zip(seqs) {
            let now = ms(20 * index);
            let number = order.number(Seq(*seq));
            let time = RtpTime((*seq).into());
            order.push(Waiting { number, payload_type: 0, time, at: now, payload: Vec::new() });
            while let Some(packet) = order.pop(now) {
                out.push(packet.time.0);
            }
        }
        while let Some(packet) = order.drain() {
            out.push(packet.time.0);
        }
        out.iter().map(|seq| u16::try_from(*seq).unwrap()).collect()
    }

    #[test]
    fn swapped_packets_go_in_order_and_copies_once() {
        assert_eq!(ordered(&[1, 3, 2, 4, 4, 5]), [1, 2, 3, 4, 5]);
        assert_eq!(ordered(&[65_534, 0, 65_535, 1]), [65_534, 65_535, 0, 1]);
    }

    #[test]
    fn what_is_lost_is_waited_for_and_given_up() {
        let numbers: Vec<_> = (1..40).filter(|number| *number != 5).collect();
        assert_eq!(ordered(&numbers), numbers);
        let mut late = numbers.clone();
        late.push(5);
        assert_eq!(ordered(&late), numbers, "too late to be played");
    }

    #[test]
    fn a_restart_is_followed() {
        assert_eq!(ordered(&[1, 2, 20_000, 20_001, 7, 8]), [1, 2, 20_000, 20_001, 7, 8]);
    }
}
