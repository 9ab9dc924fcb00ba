//! A stream over time.

use schemars::JsonSchema;
use serde::Serialize;

use super::quality::Scorer;
use crate::base::time::Span;
use crate::base::units::{percent, rounded};
use crate::metrics::histogram::exact_quantile;
use crate::track::interval::Interval;
use crate::track::stream::Stream;

/// A stretch of a stream.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct IntervalRow {
    /// Seconds from the stream's first packet to the interval's beginning.
    pub offset_s: f64,
    /// Packets that came, without duplicates.
    pub packets: u32,
    /// Bytes of all packets with their IP headers.
    pub bytes: u64,
    /// Numbers found missing.
    pub lost: u32,
    /// Packets that the reported playout buffer discarded.
    pub discarded: u32,
    /// Mean of the jitter's level.
    pub jitter_ms: Option<f64>,
    /// MOS-LQ under the interval's loss.
    pub mos_lq: Option<f64>,
    /// MOS-LQ under its loss and discards.
    pub mos: Option<f64>,
}

/// The intervals of a stream, in figures.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct OverTimeRow {
    /// Width of the intervals.
    pub interval_s: f64,
    /// The worst interval: the one of least MOS, where there is none the one
    /// that lacks most; null when nothing went wrong in any.
    pub worst: Option<IntervalRow>,
    /// MOS of the intervals with loss and discards.
    pub mos: LowRow,
    /// Lost or discarded of what an interval expected.
    pub impaired_percent: HighRow,
    /// Jitter of the intervals in ms.
    pub jitter_ms: HighRow,
}

/// Percentiles (nearest rank) of what is bad when it is low.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct LowRow {
    /// Least.
    pub min: Option<f64>,
    /// 5th percentile.
    pub p5: Option<f64>,
    /// Median.
    pub p50: Option<f64>,
}

/// Percentiles (nearest rank) of what is bad when it is high.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct HighRow {
    /// Median.
    pub p50: Option<f64>,
    /// 95th percentile.
    pub p95: Option<f64>,
    /// Greatest.
    pub max: Option<f64>,
}

fn low(values: impl Iterator<Item = f64>) -> LowRow {
    let mut values: Vec<_> = values.collect();
    LowRow {
        min: exact_quantile(&mut values, 0.0),
        p5: exact_quantile(&mut values, 0.05),
        p50: exact_quantile(&mut values, 0.5),
    }
}

fn high(values: impl Iterator<Item = f64>) -> HighRow {
    let mut values: Vec<_> = values.collect();
    HighRow {
        p50: exact_quantile(&mut values, 0.5),
        p95: exact_quantile(&mut values, 0.95),
        max: exact_quantile(&mut values, 1.0),
    }
}

/// The intervals of a stream.
pub(super) fn intervals(stream: &Stream, scorer: &Scorer<'_>) -> Vec<IntervalRow> {
    let width = stream.intervals.width();
    let row = |interval: &Interval| {
        let (lost, expected) = (u64::from(interval.lost), u64::from(interval.expected()));
        let mos_lq = scorer.mos_under(lost, expected);
        IntervalRow {
            offset_s: Span::from_nanos(width.nanos().saturating_mul(interval.index.into()))
                .as_secs(),
            packets: interval.packets,
            bytes: interval.bytes,
            lost: interval.lost,
            discarded: interval.discarded,
            jitter_ms: interval.jitter_ms().and_then(rounded),
            mos_lq,
            mos: if interval.discarded == 0 {
                mos_lq
            } else {
                scorer.mos_under(lost + u64::from(interval.discarded), expected)
            },
        }
    };
    stream.intervals.list().iter().map(row).collect()
}

/// Lost and discarded of what an interval expected.
fn impaired(row: &IntervalRow) -> Option<f64> {
    let missing = u64::from(row.lost) + u64::from(row.discarded);
    percent(missing, u64::from(row.packets) + u64::from(row.lost))
}

/// The figures of a stream's intervals.
pub(super) fn figures(stream: &Stream, rows: &[IntervalRow]) -> OverTimeRow {
    let badness = |row: &&IntervalRow| {
        let share = impaired(row).unwrap_or(0.0);
        // Of equals the one with most jitter.
        (row.mos.map_or(0.0, |mos| -mos), share, row.jitter_ms.unwrap_or(0.0))
    };
    let worst = rows.iter().filter(|row| row.lost > 0 || row.discarded > 0);
    let worst = worst.reduce(|worst, row| {
        let is_worse = badness(&row).partial_cmp(&badness(&worst));
        if is_worse == Some(std::cmp::Ordering::Greater) { row } else { worst }
    });
    OverTimeRow {
        interval_s: stream.intervals.width().as_secs(),
        worst: worst.copied(),
        mos: low(rows.iter().filter_map(|row| row.mos)),
        impaired_percent: high(rows.iter().filter_map(impaired)),
        jitter_ms: high(rows.iter().filter_map(|row| row.jitter_ms)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let values = || (1..=20).map(f64::from);
        assert_eq!(low(values()), LowRow { min: Some(1.0), p5: Some(1.0), p50: Some(10.0) });
        assert_eq!(high(values()), HighRow { p50: Some(10.0), p95: Some(19.0), max: Some(20.0) });
        assert_eq!(high(std::iter::empty()), HighRow { p50: None, p95: None, max: None });
    }
}
