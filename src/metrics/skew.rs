//! Skew: how far media time runs from arrival time, and the drift of the
//! sender's clock.

use crate::metrics::timeline::{Begins, Step, TIMESTAMP_JUMP_NS};

/// Arrival over less than five seconds says nothing of a clock: network jitter is
/// thousands of ppm of it.
const MIN_LENGTH_NS: f64 = 5e9;

/// Media time less arrival time since the first packet, and its least-squares
/// line over arrival.
#[derive(Clone, Copy, Debug, Default)]
pub struct Skew {
    max_ns: f64,
    /// Centred sums of arrival (x) and skew (y) in nanoseconds, so that a month
    /// of packets loses no digits.
    count: f64,
    mean_x: f64,
    mean_y: f64,
    sum_xx: f64,
    sum_xy: f64,
    /// Arrival of the latest packet since the first, in nanoseconds.
    length: f64,
    broken: bool,
}

impl Skew {
    /// Skew before the first packet.
    pub const fn new() -> Self {
        Self {
            max_ns: 0.0,
            count: 0.0,
            mean_x: 0.0,
            mean_y: 0.0,
            sum_xx: 0.0,
            sum_xy: 0.0,
            length: 0.0,
            broken: false,
        }
    }

    /// Takes the next step.
    #[inline]
    pub fn push(&mut self, step: &Step) {
        let x = step.elapsed.nanos() as f64;
        let y = -step.transit_ns();
        if y.abs() > self.max_ns.abs() {
            self.max_ns = y;
        }
        self.broken |= matches!(step.begins, Begins::Segment | Begins::Clock)
            || step.difference_ns().abs() > TIMESTAMP_JUMP_NS;
        self.count += 1.0;
        let weight = 1.0 / self.count;
        let dx = x - self.mean_x;
        self.mean_x += dx * weight;
        self.mean_y += (y - self.mean_y) * weight;
        self.sum_xx += dx * (x - self.mean_x);
        self.sum_xy += dx * (y - self.mean_y);
        self.length = x;
    }

    /// The skew of greatest magnitude with its sign, in ms: positive when the
    /// timestamps run fast. Across a restart of the timestamps it is their jump.
    pub fn max_ms(&self) -> Option<f64> {
        (self.count > 0.0).then_some(self.max_ns / 1e6)
    }

    /// How much faster the sender's clock runs than the capture's, in parts
    /// per million. `None` under five seconds and when the line of timestamps
    /// was broken: by a restart, another clock rate, or a jump.
    pub fn drift_ppm(&self) -> Option<f64> {
        let meaningful = !self.broken && self.length >= MIN_LENGTH_NS && self.sum_xx > 0.0;
        meaningful.then(|| 1e6 * self.sum_xy / self.sum_xx)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use super::*;
    use crate::base::id::RtpTime;
    use crate::base::time::Timestamp;
    use crate::metrics::sample::{PayloadKind, Sample};
    use crate::metrics::timeline::Timeline;

    /// Packets whose timestamps count the sender's 20 ms at 8000 Hz.
    fn skew(arrivals_ns: impl Iterator<Item = i64>, time_of: impl Fn(u32) -> u32) -> Skew {
        skew_of_clocks(arrivals_ns, time_of, |_| 8_000)
    }

    fn skew_of_clocks(
        arrivals_ns: impl Iterator<Item = i64>,
        time_of: impl Fn(u32) -> u32,
        clock_of: impl Fn(u32) -> u32,
    ) -> Skew {
        let (mut line, mut skew) = (Timeline::new(), Skew::new());
        for (i, at) in (0..).zip(arrivals_ns) {
            let step = line.advance(&Sample {
                at: Timestamp::from_nanos(at),
                time: RtpTime(time_of(i)),
                clock_hz: NonZeroU32::new(clock_of(i)),
                marker: false,
                kind: PayloadKind::Media,
            });
            skew.push(&step.unwrap());
        }
        skew
    }

    fn paced(spacing_ns: i64, jitter_ns: i64) -> impl Iterator<Item = i64> {
        (0..1_000).map(move |i| i * spacing_ns + if i % 2 == 0 { 0 } else { jitter_ns })
    }

    #[test]
    fn a_clock_200_ppm_fast_is_measured_through_jitter() {
        // Sent every 20 ms by its own clock, 19.996 ms by the capture's.
        let drift = skew(paced(19_996_000, 0), |i| i * 160).drift_ppm().unwrap();
        assert!((drift - 200.04).abs() < 0.01, "{drift}");
        let drift = skew(paced(19_996_000, 7_000_000), |i| i * 160).drift_ppm().unwrap();
        assert!((drift - 200.0).abs() < 5.0, "{drift}");
    }

    #[test]
    fn a_month_keeps_its_digits() {
        let spacing = 60_000_000_000_i64;
        let skew =
            skew((0..43_200).map(|i| i * spacing + i * 30_000), |i| i.wrapping_mul(8_000 * 60));
        let drift = skew.drift_ppm().unwrap();
        assert!((drift + 0.5).abs() < 1e-5, "{drift}");
        assert!((skew.max_ms().unwrap() + 43_199.0 * 0.03).abs() < 1e-3);
    }

    #[test]
    fn no_drift_is_claimed_of_a_short_or_broken_line() {
        let short = skew(paced(19_996_000, 0).take(200), |i| i * 160);
        assert_eq!(short.drift_ppm(), None);
        let jumped =
            skew(paced(20_000_000, 0), |i| if i < 500 { i * 160 } else { i * 160 + 80_000 });
        assert_eq!(jumped.drift_ppm(), None);
        assert!((jumped.max_ms().unwrap() - 10_000.0).abs() < 1e-9);
        let other_clock = skew_of_clocks(
            paced(20_000_000, 0),
            |i| if i <= 500 { i * 160 } else { 80_000 + (i - 500) * 320 },
            |i| if i < 500 { 8_000 } else { 16_000 },
        );
        assert_eq!((other_clock.max_ms(), other_clock.drift_ppm()), (Some(0.0), None));
        assert_eq!(Skew::new().max_ms(), None);
    }
}
