//! Capture time and spans of it.

use std::ops::{Add, Sub};

/// A moment as the capture states it: nanoseconds since 1970-01-01T00:00:00Z.
///
/// Times of a capture may step backwards; they are kept as they are, and only
/// expiry works on the greatest seen so far.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Timestamp(i64);

/// The signed distance of two [`Timestamp`]s, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Span(i64);

impl Timestamp {
    /// A moment from nanoseconds since the epoch.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// A moment from microseconds since the epoch; saturates at the ends of the range.
    pub const fn from_micros(micros: i64) -> Self {
        Self(micros.saturating_mul(1_000))
    }

    /// Nanoseconds since the epoch.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this moment is; negative when it is before.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl Sub for Span {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}

impl Add<Span> for Timestamp {
    type Output = Self;
    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Sub<Span> for Timestamp {
    type Output = Self;
    fn sub(self, span: Span) -> Self {
        Self(self.0.saturating_sub(span.0))
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);
    /// The longest.
    pub const MAX: Self = Self(i64::MAX);

    /// A span of whole nanoseconds.
    pub const fn from_nanos(nanos: i64) -> Self {
        Self(nanos)
    }

    /// A span of whole milliseconds.
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// A span of whole seconds.
    pub const fn from_secs(secs: i64) -> Self {
        Self(secs.saturating_mul(1_000_000_000))
    }

    /// A span from seconds with their fraction, to the nearest nanosecond; saturates,
    /// and none at all for what is no number.
    #[expect(clippy::cast_possible_truncation, reason = "a cast to an integer saturates")]
    pub fn from_secs_f64(secs: f64) -> Self {
        Self((secs * 1e9).round() as i64)
    }

    /// Nanoseconds.
    pub const fn nanos(self) -> i64 {
        self.0
    }

    /// Milliseconds with their fraction.
    pub fn as_ms(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Seconds with their fraction.
    pub fn as_secs(self) -> f64 {
        self.0 as f64 / 1e9
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_signed_and_saturates() {
        let (a, b) = (Timestamp::from_micros(1), Timestamp::from_micros(3));
        assert_eq!(b.since(a), Span::from_nanos(2_000));
        assert_eq!(a.since(b), Span::from_nanos(-2_000));
        let (min, max) = (Timestamp::from_nanos(i64::MIN), Timestamp::from_nanos(i64::MAX));
        assert_eq!(max.since(min).nanos(), i64::MAX);
        assert_eq!(max + Span::from_secs(1), max);
        assert_eq!(a + Span::from_millis(1) - Span::from_millis(1), a);
        assert_eq!(Span::from_secs_f64(-0.25), Span::from_millis(-250));
        assert_eq!(Span::from_secs_f64(f64::INFINITY).nanos(), i64::MAX);
    }
}
