//! Delta: the time between neighbouring packets of a stream.

use crate::base::time::{Span, Timestamp};
use crate::metrics::sample::{PayloadKind, Sample};

/// Distances of arrival. The regular ones leave out what a sender spaces
/// otherwise: packets with the marker, comfort noise and the packet after it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Delta {
    last: Option<Timestamp>,
    after_noise: bool,
    regular: u64,
    /// Of the regular distances, in nanoseconds.
    sum: i64,
    min: Span,
    max: Span,
    max_all: Option<Span>,
}

impl Delta {
    /// Distances before the first packet.
    pub const fn new() -> Self {
        Self {
            last: None,
            after_noise: false,
            regular: 0,
            sum: 0,
            min: Span::ZERO,
            max: Span::ZERO,
            max_all: None,
        }
    }

    /// Takes the next packet, of whatever payload.
    #[inline]
    pub fn push(&mut self, sample: &Sample) {
        let noise = sample.kind == PayloadKind::ComfortNoise;
        let after_noise = std::mem::replace(&mut self.after_noise, noise);
        let Some(last) = self.last.replace(sample.at) else { return };
        let delta = sample.at.since(last);
        self.max_all = self.max_all.max(Some(delta));
        if sample.marker || noise || after_noise {
            return;
        }
        if self.regular == 0 {
            self.min = delta;
            self.max = delta;
        }
        self.regular += 1;
        self.sum = self.sum.saturating_add(delta.nanos());
        self.min = self.min.min(delta);
        self.max = self.max.max(delta);
    }

    fn known<T>(&self, value: T) -> Option<T> {
        (self.regular > 0).then_some(value)
    }

    /// The mean of the regular distances, in ms.
    pub fn mean_ms(&self) -> Option<f64> {
        self.known(self.sum as f64 / self.regular as f64 / 1e6)
    }

    /// The least regular distance; negative when the capture's clock stepped back.
    pub fn min(&self) -> Option<Span> {
        self.known(self.min)
    }

    /// The greatest regular distance.
    pub fn max(&self) -> Option<Span> {
        self.known(self.max)
    }

    /// The greatest distance of any two neighbours.
    pub const fn max_all(&self) -> Option<Span> {
        self.max_all
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::RtpTime;
    use PayloadKind::{ComfortNoise, Event, Media};

    fn delta(packets: &[(i64, PayloadKind, bool)]) -> Delta {
        let mut delta = Delta::new();
        for &(ms, kind, marker) in packets {
            let at = Timestamp::from_micros(ms * 1_000);
            delta.push(&Sample { at, time: RtpTime(0), clock_hz: None, marker, kind });
        }
        delta
    }

    #[test]
    fn silence_does_not_count_as_regular() {
        let delta = delta(&[
            (0, Media, true),
            (20, Media, false),
            (220, ComfortNoise, false),
            (400, Media, false),
            (1_400, Media, true),
            (1_424, Event, false),
        ]);
        assert_eq!(delta.mean_ms(), Some(22.0));
        assert_eq!(delta.min(), Some(Span::from_millis(20)));
        assert_eq!(delta.max(), Some(Span::from_millis(24)));
        assert_eq!(delta.max_all(), Some(Span::from_millis(1_000)));
    }

    #[test]
    fn one_packet_has_no_distance() {
        let delta = delta(&[(0, Media, false)]);
        assert_eq!((delta.mean_ms(), delta.max(), delta.max_all()), (None, None, None));
    }

    #[test]
    fn a_clock_that_steps_back_is_seen() {
        let delta = delta(&[(10, Media, false), (4, Media, false)]);
        assert_eq!(delta.min(), Some(Span::from_millis(-6)));
        assert_eq!(delta.max_all(), Some(Span::from_millis(-6)));
    }
}
