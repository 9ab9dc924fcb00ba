//! Interarrival jitter (RFC 3550 section 6.4.1 and appendix A.8).

use std::num::NonZeroU32;

use crate::metrics::sequence::Arrival;
use crate::metrics::timeline::{Begins, Step, TIMESTAMP_JUMP_NS};

/// The gain of the filter, `1/16`.
const GAIN: f64 = 1.0 / 16.0;

/// Jitter and its underlying differences, literally as the RFC has them:
/// order of arrival, late packets and duplicates included. No difference is
/// taken across a restart of the sequence numbers; J is kept.
#[derive(Clone, Copy, Debug, Default)]
pub struct Jitter {
    /// J, its greatest and its sum, in nanoseconds.
    level: f64,
    max: f64,
    sum: f64,
    /// The greatest `|D|` and their sum, in nanoseconds.
    max_abs_d: f64,
    sum_abs_d: f64,
    updates: u64,
}

impl Jitter {
    /// Jitter before the first packet.
    pub const fn new() -> Self {
        Self { level: 0.0, max: 0.0, sum: 0.0, max_abs_d: 0.0, sum_abs_d: 0.0, updates: 0 }
    }

    /// Takes the next step; the first of a stream or segment has no difference.
    #[inline]
    pub fn push(&mut self, step: &Step) {
        if matches!(step.begins, Begins::Nothing | Begins::Clock) {
            self.update(step.difference_ns().abs());
        }
    }

    #[inline]
    fn update(&mut self, abs_d: f64) {
        self.level += (abs_d - self.level) * GAIN;
        if self.level > self.max {
            self.max = self.level;
        }
        self.sum += self.level;
        if abs_d > self.max_abs_d {
            self.max_abs_d = abs_d;
        }
        self.sum_abs_d += abs_d;
        self.updates += 1;
    }

    /// How many differences were taken.
    pub const fn updates(&self) -> u64 {
        self.updates
    }

    /// Nanoseconds as ms, once there are any.
    fn known_ms(&self, nanos: f64) -> Option<f64> {
        (self.updates > 0).then_some(nanos / 1e6)
    }

    /// The mean of J over its updates, in ms.
    pub fn mean_ms(&self) -> Option<f64> {
        self.known_ms(self.sum / self.updates as f64)
    }

    /// The greatest J, in ms.
    pub fn max_ms(&self) -> Option<f64> {
        self.known_ms(self.max)
    }

    /// The latest J, in ms: what a receiver report would say.
    pub fn last_ms(&self) -> Option<f64> {
        self.known_ms(self.level)
    }

    /// The mean of `|D|`, in ms.
    pub fn mean_abs_d_ms(&self) -> Option<f64> {
        self.known_ms(self.sum_abs_d / self.updates as f64)
    }

    /// The greatest `|D|`, in ms.
    pub fn max_abs_d_ms(&self) -> Option<f64> {
        self.known_ms(self.max_abs_d)
    }

    /// The latest J as the field of a receiver report: whole ticks of `clock`.
    pub fn report_field(&self, clock: NonZeroU32) -> Option<u32> {
        let ticks = self.last_ms()? * f64::from(clock.get()) / 1e3;
        // A float becomes the nearest value of the integer's range.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        Some(ticks as u32)
    }
}

/// Jitter without what is not the network's: duplicates (a mirror port's
/// copies) and differences above [`TIMESTAMP_JUMP_NS`] (timestamps begun anew).
#[derive(Clone, Copy, Debug, Default)]
pub struct RobustJitter {
    jitter: Jitter,
    last_transit_ns: f64,
}

impl RobustJitter {
    /// Jitter before the first packet.
    pub const fn new() -> Self {
        Self { jitter: Jitter::new(), last_transit_ns: 0.0 }
    }

    /// Takes the next step of a packet that arrived as `arrival`.
    #[inline]
    pub fn push(&mut self, arrival: Arrival, step: &Step) {
        if arrival == Arrival::Duplicate {
            return;
        }
        let transit_ns = step.transit_ns();
        let abs_d = (transit_ns - self.last_transit_ns).abs();
        self.last_transit_ns = transit_ns;
        if matches!(step.begins, Begins::Nothing | Begins::Clock) && abs_d <= TIMESTAMP_JUMP_NS {
            self.jitter.update(abs_d);
        }
    }

    /// The figures.
    pub const fn figures(&self) -> &Jitter {
        &self.jitter
    }
}

/// The integer filter of RFC 3550 A.8, as embedded receivers run it; its
/// report can differ by a unit from that of [`Jitter`].
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct IntegerJitter {
    /// J, scaled by 16.
    scaled: u64,
}

impl IntegerJitter {
    /// Takes the next difference, in ticks of the clock; returns the field of
    /// a receiver report.
    pub fn push(&mut self, d: i32) -> u32 {
        self.scaled = self.scaled + u64::from(d.unsigned_abs()) - ((self.scaled + 8) >> 4);
        u32::try_from(self.scaled >> 4).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::RtpTime;
    use crate::base::time::Timestamp;
    use crate::metrics::sample::{PayloadKind, Sample};
    use crate::metrics::timeline::Timeline;

    /// Packets of 8000 Hz: (arrival in ms, timestamp).
    fn steps(packets: &[(i64, u32)]) -> Vec<Step> {
        let mut line = Timeline::new();
        packets
            .iter()
            .filter_map(|&(ms, time)| {
                line.advance(&Sample {
                    at: Timestamp::from_micros(ms * 1_000),
                    time: RtpTime(time),
                    clock_hz: NonZeroU32::new(8_000),
                    marker: false,
                    kind: PayloadKind::Media,
                })
            })
            .collect()
    }

    #[test]
    fn one_late_packet_moves_the_filter_by_a_sixteenth() {
        let mut jitter = Jitter::new();
        for step in steps(&[(0, 0), (36, 160)]) {
            jitter.push(&step);
        }
        assert_eq!(jitter.last_ms(), Some(1.0));
        assert_eq!(jitter.max_abs_d_ms(), Some(16.0));
        assert_eq!(jitter.report_field(NonZeroU32::new(8_000).unwrap()), Some(8));
    }

    #[test]
    fn a_single_packet_has_no_jitter() {
        let mut jitter = Jitter::new();
        for step in steps(&[(0, 0)]) {
            jitter.push(&step);
        }
        assert_eq!((jitter.mean_ms(), jitter.max_ms(), jitter.last_ms()), (None, None, None));
    }

    #[test]
    fn robust_jitter_ignores_copies_and_new_timestamps() {
        let steps = steps(&[(0, 0), (20, 160), (21, 160), (40, 320), (60, 900_000_000)]);
        let in_order = Arrival::InOrder { gap: 0 };
        let arrivals = [Arrival::First, in_order, Arrival::Duplicate, in_order, in_order];
        let (mut literal, mut robust) = (Jitter::new(), RobustJitter::new());
        for (step, arrival) in steps.iter().zip(arrivals) {
            literal.push(step);
            robust.push(arrival, step);
        }
        assert_eq!(robust.figures().updates(), 2);
        assert_eq!(robust.figures().max_abs_d_ms(), Some(0.0));
        assert!(literal.max_abs_d_ms() > Some(1e8));
    }

    #[test]
    fn the_integer_filter_takes_any_difference() {
        let mut jitter = IntegerJitter::default();
        for d in [i32::MIN, i32::MAX, 0, -1].into_iter().cycle().take(1_000) {
            jitter.push(d);
        }
        assert!(jitter.push(0) > 0);
    }
}
