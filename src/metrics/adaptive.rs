//! What an adaptive de-jitter buffer would have discarded.

use crate::metrics::sequence::Arrival;
use crate::metrics::timeline::{Begins, Step};

/// A buffer that follows the network: algorithm 2 of Ramjee, Kurose, Towsley
/// and Schulzrinne (INFOCOM 1994), applied at each packet because decoders of
/// today stretch speech and need not wait for a pause.
///
/// The delay `d` rises quickly and falls slowly,
/// `d += (n - d) * (n > d ? 0.25 : 0.002)` of each packet's transit `n`, the
/// deviation is `v += (|n - d| - v) * 0.002`, and packets play at `d + 4 v`, but
/// at least 20 and at most 200 ms behind `d`. A packet that comes later than
/// that is discarded. Such buffers exist in as many forms as there are makers:
/// this one is a yardstick and no device.
#[derive(Clone, Copy, Debug)]
pub struct AdaptiveBuffer {
    delay_ns: f64,
    deviation_ns: f64,
    /// Transit up to which a packet is played.
    play_by_ns: f64,
    waited_ns: f64,
    played: u64,
}

const RISE: f64 = 0.25;
const FALL: f64 = 0.002;
const DEVIATIONS: f64 = 4.0;
const LEAST_NS: f64 = 20e6;
const MOST_NS: f64 = 200e6;

impl Default for AdaptiveBuffer {
    fn default() -> Self {
        Self::new()
    }
}

impl AdaptiveBuffer {
    /// A buffer before the first packet.
    pub const fn new() -> Self {
        Self {
            delay_ns: 0.0,
            deviation_ns: LEAST_NS / DEVIATIONS,
            play_by_ns: 0.0,
            waited_ns: 0.0,
            played: 0,
        }
    }

    /// Takes the next packet that has a media clock; whether it is discarded.
    /// Duplicates are not looked at.
    #[inline]
    pub fn push(&mut self, arrival: Arrival, step: &Step) -> bool {
        if arrival == Arrival::Duplicate {
            return false;
        }
        let transit_ns = step.transit_ns();
        if step.begins != Begins::Nothing {
            self.delay_ns = transit_ns;
            self.play_by_ns = transit_ns + LEAST_NS;
        }
        let wait_ns = self.play_by_ns - transit_ns;
        let discarded = wait_ns < 0.0;
        if !discarded {
            self.waited_ns += wait_ns;
            self.played += 1;
        }
        let above_ns = transit_ns - self.delay_ns;
        self.delay_ns += above_ns * if above_ns > 0.0 { RISE } else { FALL };
        self.deviation_ns += (above_ns.abs() - self.deviation_ns) * FALL;
        let margin_ns = (self.deviation_ns * DEVIATIONS).clamp(LEAST_NS, MOST_NS);
        self.play_by_ns = self.delay_ns + margin_ns;
        discarded
    }

    /// How long packets waited in the buffer on average, in ms; `None` before
    /// the first.
    pub fn mean_wait_ms(&self) -> Option<f64> {
        (self.played > 0).then(|| self.waited_ns / self.played as f64 / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU32;

    use proptest::prelude::*;

    use super::*;
    use crate::base::id::RtpTime;
    use crate::base::time::Timestamp;
    use crate::metrics::sample::{PayloadKind, Sample};
    use crate::metrics::timeline::Timeline;

    /// Packets of 20 ms at 8000 Hz that come this late, in ms: which are
    /// discarded, and the mean wait.
    fn play(late_ms: &[i64]) -> (Vec<usize>, f64) {
        let (mut line, mut buffer) = (Timeline::new(), AdaptiveBuffer::new());
        let mut discarded = Vec::new();
        for (index, late_ms) in late_ms.iter().enumerate() {
            let number = u32::try_from(index).unwrap();
            let sample = Sample {
                at: Timestamp::from_micros((i64::from(number) * 20 + late_ms) * 1_000),
                time: RtpTime(number * 160),
                clock_hz: NonZeroU32::new(8_000),
                marker: false,
                kind: PayloadKind::Media,
            };
            if buffer.push(Arrival::InOrder { gap: 0 }, &line.advance(&sample).unwrap()) {
                discarded.push(index);
            }
        }
        (discarded, buffer.mean_wait_ms().unwrap())
    }

    #[test]
    fn without_jitter_it_waits_for_its_least() {
        assert_eq!(play(&[0; 200]), (Vec::new(), 20.0));
    }

    #[test]
    fn a_step_of_delay_costs_a_few_packets_and_is_then_followed() {
        let mut late = vec![0; 100];
        late.extend([80; 300]);
        let (discarded, wait) = play(&late);
        assert_eq!(discarded, (100..105).collect::<Vec<_>>());
        assert!((15.0..30.0).contains(&wait), "{wait}");
        // A fixed buffer of 60 ms would discard all that follows.
    }

    #[test]
    fn regular_jitter_is_absorbed() {
        let late: Vec<i64> = (0..500).map(|i| if i % 5 == 4 { 70 } else { 0 }).collect();
        let (discarded, _) = play(&late);
        assert!(discarded.len() < 6, "{discarded:?}");
    }

    #[test]
    fn copies_are_not_played() {
        let mut buffer = AdaptiveBuffer::new();
        assert_eq!(buffer.mean_wait_ms(), None);
        let step = Timeline::new()
            .advance(&Sample {
                at: Timestamp::default(),
                time: RtpTime(0),
                clock_hz: NonZeroU32::new(8_000),
                marker: false,
                kind: PayloadKind::Media,
            })
            .unwrap();
        assert!(!buffer.push(Arrival::Duplicate, &step));
        assert_eq!(buffer.mean_wait_ms(), None);
    }

    proptest! {
        #[test]
        fn the_wait_is_never_beyond_the_greatest_margin(
            late in prop::collection::vec(0_i64..400, 1..300),
        ) {
            let (discarded, wait) = play(&late);
            prop_assert!(discarded.len() < late.len());
            prop_assert!((0.0..=600.0).contains(&wait), "{}", wait);
        }
    }
}
