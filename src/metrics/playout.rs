//! What fixed de-jitter buffers would have discarded: packets that arrived
//! after their turn to be played.

use crate::metrics::sequence::Arrival;
use crate::metrics::timeline::{Begins, Step};

/// Fixed buffers of different nominal delays, run side by side over one stream.
///
/// A buffer is set by its anchor: the first packet, the first of a segment, a
/// clock change, or a marker on a packet that is the highest so far. From there
/// a packet plays its nominal delay after it would arrive without jitter; one
/// that arrives later is discarded, and one that would wait for more than twice
/// the nominal delay is counted as early. There is no correction of skew: a
/// slow sender ends up discarded, as with any fixed buffer.
#[derive(Clone, Copy, Debug)]
pub struct FixedBuffers<const BUFFERS: usize> {
    anchor_transit_ns: f64,
    /// The least nominal delay: within it of the anchor, every buffer plays.
    least_ns: f64,
    early: [u32; BUFFERS],
    nominal_ms: [u16; BUFFERS],
}

impl<const BUFFERS: usize> FixedBuffers<BUFFERS> {
    /// Buffers of the given nominal delays in ms, before the first packet.
    pub fn new(nominal_ms: [u16; BUFFERS]) -> Self {
        const { assert!(BUFFERS < 8, "discards are bits of an octet") }
        let least = nominal_ms.iter().copied().min().unwrap_or(0);
        let least_ns = f64::from(least) * 1e6;
        Self { anchor_transit_ns: 0.0, least_ns, early: [0; BUFFERS], nominal_ms }
    }

    /// Takes the next packet that has a media clock; returns the buffers that
    /// discard it (bit `i` for buffer `i`). Duplicates are not looked at.
    #[inline]
    pub fn push(&mut self, arrival: Arrival, marker: bool, step: &Step) -> u8 {
        if arrival == Arrival::Duplicate {
            return 0;
        }
        let transit_ns = step.transit_ns();
        if step.begins != Begins::Nothing || (marker && arrival.advances()) {
            self.anchor_transit_ns = transit_ns;
        }
        let late_ns = transit_ns - self.anchor_transit_ns;
        if late_ns.abs() <= self.least_ns {
            return 0;
        }
        let mut discarded = 0;
        for (bit, (nominal_ms, early)) in self.nominal_ms.iter().zip(&mut self.early).enumerate() {
            let nominal_ns = f64::from(*nominal_ms) * 1e6;
            discarded |= u8::from(late_ns > nominal_ns) << bit;
            *early = early.saturating_add(u32::from(late_ns < -nominal_ns));
        }
        discarded
    }

    /// The nominal delays, in ms.
    pub const fn nominal_ms(&self) -> &[u16; BUFFERS] {
        &self.nominal_ms
    }

    /// Packets that waited for more than twice the nominal delay, by buffer.
    pub const fn early(&self) -> &[u32; BUFFERS] {
        &self.early
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

    const IN_ORDER: Arrival = Arrival::InOrder { gap: 0 };

    /// Packets of 20 ms at 8000 Hz: how late each arrives in ms, its marker and
    /// what its number says.
    fn discards(packets: &[(i64, bool, Arrival)]) -> (Vec<u8>, [u32; 2]) {
        let (mut line, mut buffers) = (Timeline::new(), FixedBuffers::new([40, 100]));
        let masks = (0..)
            .zip(packets)
            .map(|(i, &(late_ms, marker, arrival))| {
                let sample = Sample {
                    at: Timestamp::from_micros((i64::from(i) * 20 + late_ms) * 1_000),
                    time: RtpTime(i * 160),
                    clock_hz: NonZeroU32::new(8_000),
                    marker,
                    kind: PayloadKind::Media,
                };
                buffers.push(arrival, marker, &line.advance(&sample).unwrap())
            })
            .collect();
        (masks, *buffers.early())
    }

    #[test]
    fn late_is_later_than_the_nominal_delay() {
        let (masks, _) = discards(&[
            (0, true, Arrival::First),
            (40, false, IN_ORDER),
            (41, false, IN_ORDER),
            (100, false, IN_ORDER),
            (101, false, IN_ORDER),
        ]);
        assert_eq!(masks, [0, 0, 0b01, 0b01, 0b11]);
    }

    #[test]
    fn a_marker_sets_the_buffer_anew_unless_it_comes_late() {
        let (masks, _) = discards(&[
            (0, true, Arrival::First),
            (50, true, Arrival::Late { behind: 1 }),
            (50, true, IN_ORDER),
            (90, false, IN_ORDER),
        ]);
        assert_eq!(masks, [0, 0b01, 0, 0]);
    }

    #[test]
    fn a_late_anchor_makes_the_others_early() {
        let (masks, early) =
            discards(&[(60, true, Arrival::First), (0, false, IN_ORDER), (20, false, IN_ORDER)]);
        assert_eq!((masks, early), (vec![0, 0, 0], [1, 0]));
    }

    #[test]
    fn copies_are_not_played() {
        let (masks, _) = discards(&[(0, true, Arrival::First), (500, false, Arrival::Duplicate)]);
        assert_eq!(masks, [0, 0]);
    }
}
