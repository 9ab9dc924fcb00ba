//! A stream over time: what each interval of it brought.

use crate::base::time::{Span, Timestamp};
use crate::metrics::sequence::Arrival;

/// One interval of a stream.
#[derive(Clone, Copy, PartialEq, Debug, Default)]
pub struct Interval {
    /// Which one, counted from the stream's first packet; intervals without
    /// packets are not there.
    pub index: u32,
    /// Packets that came.
    pub packets: u32,
    /// Numbers found missing.
    pub lost: u32,
    /// Packets that the reported playout buffer discarded.
    pub discarded: u32,
    /// Bytes of all packets with their IP headers.
    pub bytes: u64,
    jitter_sum: f32,
    jitter_updates: u32,
}

impl Interval {
    /// Mean of the jitter's level over the interval's packets, in ms.
    pub fn jitter_ms(&self) -> Option<f64> {
        (self.jitter_updates > 0)
            .then(|| f64::from(self.jitter_sum) / f64::from(self.jitter_updates))
    }

    /// Numbers expected.
    pub const fn expected(&self) -> u32 {
        self.packets.saturating_add(self.lost)
    }
}

/// The intervals of a stream.
#[derive(Clone, Debug)]
pub struct Intervals {
    width: Span,
    list: Vec<Interval>,
    end: Timestamp,
    first: Timestamp,
}

/// Intervals kept of one stream; with more, they are made twice as wide.
const MOST: usize = 4_096;

impl Intervals {
    /// Intervals of `width` from the stream's first packet on.
    pub fn new(width: Span, first: Timestamp) -> Self {
        let width = Span::from_nanos(width.nanos().max(1));
        Self { width, list: Vec::new(), end: first, first }
    }

    /// Takes a packet of `bytes`, which the reported buffer played unless
    /// `discarded`; `jitter_ms` is the jitter's level after it, if it moved.
    #[inline]
    pub fn take(
        &mut self,
        at: Timestamp,
        bytes: u32,
        arrival: Arrival,
        discarded: bool,
        jitter_ms: Option<f64>,
    ) {
        if at >= self.end {
            self.open(at);
        }
        let Some(interval) = self.list.last_mut() else { return };
        if arrival != Arrival::Duplicate {
            interval.packets += 1;
        }
        interval.bytes += u64::from(bytes);
        interval.discarded += u32::from(discarded);
        if let Some(level) = jitter_ms {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a figure of milliseconds in a chart"
            )]
            let level = level as f32;
            interval.jitter_sum += level;
            interval.jitter_updates += 1;
        }
        match arrival {
            Arrival::InOrder { gap: 0 } => {}
            Arrival::InOrder { gap } => interval.lost += u32::from(gap),
            Arrival::Late { .. } => self.found_late(),
            _ => {}
        }
    }

    /// A number that was taken for lost came after all.
    #[cold]
    fn found_late(&mut self) {
        if let Some(interval) =
            self.list.iter_mut().rev().take(3).find(|interval| interval.lost > 0)
        {
            interval.lost -= 1;
        }
    }

    #[cold]
    fn open(&mut self, at: Timestamp) {
        let mut index = self.index_of(at);
        if self.list.len() >= MOST {
            self.widen();
            index = self.index_of(at);
        }
        self.end =
            self.first + Span::from_nanos(self.width.nanos().saturating_mul(i64::from(index) + 1));
        if self.list.last().is_none_or(|last| last.index < index) {
            self.list.push(Interval { index, ..Interval::default() });
        }
    }

    fn index_of(&self, at: Timestamp) -> u32 {
        u32::try_from(at.since(self.first).nanos().max(0) / self.width.nanos())
            .unwrap_or(u32::MAX - 1)
    }

    fn widen(&mut self) {
        self.width = Span::from_nanos(self.width.nanos().saturating_mul(2));
        let mut merged: Vec<Interval> = Vec::with_capacity(MOST / 2 + 1);
        for interval in &self.list {
            let index = interval.index / 2;
            match merged.last_mut() {
                Some(last) if last.index == index => {
                    last.packets += interval.packets;
                    last.lost += interval.lost;
                    last.discarded += interval.discarded;
                    last.bytes += interval.bytes;
                    last.jitter_sum += interval.jitter_sum;
                    last.jitter_updates += interval.jitter_updates;
                }
                _ => merged.push(Interval { index, ..*interval }),
            }
        }
        self.list = merged;
    }

    /// How wide each interval is.
    pub const fn width(&self) -> Span {
        self.width
    }

    /// The intervals with packets, in order.
    pub fn list(&self) -> &[Interval] {
        &self.list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IN_ORDER: Arrival = Arrival::InOrder { gap: 0 };

    #[test]
    fn a_pause_leaves_no_empty_intervals() {
        let start = Timestamp::from_micros(7);
        let mut intervals = Intervals::new(Span::from_secs(5), start);
        for (secs, arrival) in [
            (0, Arrival::First),
            (4, Arrival::InOrder { gap: 2 }),
            (5, IN_ORDER),
            (3_000_000_000, IN_ORDER),
        ] {
            intervals.take(start + Span::from_secs(secs), 200, arrival, secs == 4, Some(1.0));
        }
        let seen: Vec<_> =
            intervals.list().iter().map(|i| (i.index, i.packets, i.lost, i.discarded)).collect();
        assert_eq!(seen, [(0, 2, 2, 1), (1, 1, 0, 0), (600_000_000, 1, 0, 0)]);
        assert_eq!(intervals.list()[0].bytes, 400);
    }

    #[test]
    fn a_late_packet_takes_its_loss_back() {
        let mut intervals = Intervals::new(Span::from_secs(5), Timestamp::default());
        let at = |secs| Timestamp::default() + Span::from_secs(secs);
        intervals.take(at(0), 200, Arrival::First, false, None);
        intervals.take(at(4), 200, Arrival::InOrder { gap: 1 }, false, None);
        intervals.take(at(6), 200, Arrival::Late { behind: 1 }, true, None);
        assert_eq!(intervals.list().iter().map(|i| i.lost).sum::<u32>(), 0);
    }

    #[test]
    fn months_fit() {
        let mut intervals = Intervals::new(Span::from_secs(1), Timestamp::default());
        for secs in 0..100_000 {
            let at = Timestamp::default() + Span::from_secs(secs);
            intervals.take(at, 200, IN_ORDER, false, None);
            assert!(intervals.list().len() <= MOST);
        }
        assert_eq!(intervals.list().iter().map(|i| i.packets).sum::<u32>(), 100_000);
        assert_eq!(intervals.width(), Span::from_secs(32));
    }
}
