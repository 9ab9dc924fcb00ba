//! Packets that were lost on their way into the capture: where packets of a
//! stream are missing at the same time, the loss may be ours and not the network's.

use super::stream::Stream;
use crate::base::time::{Span, Timestamp};

/// Drops that are nearer to each other are one stretch.
const NEAR: Span = Span::from_millis(1_500);
/// A packet that was lost shows when the next one comes, and drops are asked
/// for once a second: this much later at most.
const SLACK: Span = Span::from_secs(1);

/// A stretch of time in which packets were dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Dropped {
    /// When none had been dropped yet.
    pub from: Timestamp,
    /// When they had been.
    pub to: Timestamp,
    /// How many.
    pub packets: u64,
}

/// When packets were dropped.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct CaptureDrops {
    spans: Vec<Dropped>,
}

impl CaptureDrops {
    /// Adds a stretch. Of more than `most` the last ones become one.
    pub fn add(&mut self, dropped: Dropped, most: usize) {
        let full = self.spans.len() >= most;
        match self.spans.last_mut() {
            Some(last)
                if full || (dropped.from <= last.to + NEAR && dropped.to + NEAR >= last.from) =>
            {
                last.from = last.from.min(dropped.from);
                last.to = last.to.max(dropped.to);
                last.packets = last.packets.saturating_add(dropped.packets);
            }
            _ => self.spans.push(dropped),
        }
    }

    /// The stretches in their order.
    pub fn spans(&self) -> &[Dropped] {
        &self.spans
    }

    /// Packets dropped in all.
    pub fn packets(&self) -> u64 {
        self.spans.iter().fold(0, |sum, span| sum.saturating_add(span.packets))
    }

    /// Packets dropped in stretches that touch a time; of whom is not known.
    pub fn during(&self, from: Timestamp, to: Timestamp) -> u64 {
        let touching = self.spans.iter().filter(|span| span.from <= to && span.to >= from);
        touching.fold(0, |sum, span| sum.saturating_add(span.packets))
    }

    /// Packets that a stream lost while packets were dropped: at most so many of
    /// its losses are ours.
    pub fn lost_meanwhile(&self, stream: &Stream) -> u64 {
        if self.spans.is_empty() {
            return 0;
        }
        let width = stream.intervals.width();
        let lost = stream.intervals.list().iter().filter(|interval| {
            let from = stream.first_at
                + Span::from_nanos(width.nanos().saturating_mul(interval.index.into()));
            self.during(from - SLACK, from + width) > 0
        });
        lost.map(|interval| u64::from(interval.lost)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000)
    }

    fn dropped(from: i64, to: i64, packets: u64) -> Dropped {
        Dropped { from: at(from), to: at(to), packets }
    }

    #[test]
    fn neighbouring_stretches_are_one() {
        let mut drops = CaptureDrops::default();
        for second in 10..15 {
            drops.add(dropped(second, second + 1, 7), 100);
        }
        drops.add(dropped(60, 61, 1), 100);
        assert_eq!(drops.spans(), [dropped(10, 15, 35), dropped(60, 61, 1)]);
        assert_eq!(drops.packets(), 36);
        assert_eq!((drops.during(at(0), at(9)), drops.during(at(14), at(59))), (0, 35));
        assert_eq!(drops.during(at(14), at(60)), 36);
    }

    #[test]
    fn they_are_bounded_and_none_is_forgotten() {
        let mut drops = CaptureDrops::default();
        for number in 0..1_000 {
            drops.add(dropped(number * 100, number * 100 + 1, 1), 3);
        }
        assert_eq!((drops.spans().len(), drops.packets()), (3, 1_000));
    }
}
