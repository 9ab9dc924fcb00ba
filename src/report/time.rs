//! Times as reports write them: RFC 3339, UTC, with the capture's resolution.

use crate::base::time::Timestamp;

/// Decimal digits of a second that the capture's clock has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Resolution(pub u8);

impl Default for Resolution {
    /// Microseconds, what nearly all captures have.
    fn default() -> Self {
        Self(6)
    }
}

impl Resolution {
    /// `2026-01-31T08:00:00.123456Z`
    pub fn format(self, at: Timestamp) -> String {
        let digits = usize::from(self.0.min(9));
        // Every nanosecond count of 64 bits is a year between 1677 and 2262.
        let time = jiff::Timestamp::from_nanosecond(at.nanos().into()).unwrap_or_default();
        format!("{time:.digits$}")
    }

    /// The time of day only: `08:00:00.123456`.
    pub fn time_of_day(self, at: Timestamp) -> String {
        let text = self.format(at);
        let time = text.split_once('T').map_or(text.as_str(), |(_, time)| time);
        time.trim_end_matches('Z').to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resolution_is_the_captures() {
        let at = Timestamp::from_nanos(1_769_846_400_123_456_789);
        assert_eq!(Resolution(6).format(at), "2026-01-31T08:00:00.123456Z");
        assert_eq!(Resolution(9).format(at), "2026-01-31T08:00:00.123456789Z");
        assert_eq!(Resolution(0).format(at), "2026-01-31T08:00:00Z");
        assert_eq!(Resolution(3).time_of_day(at), "08:00:00.123");
        assert_eq!(
            Resolution(6).format(Timestamp::from_nanos(i64::MIN)),
            "1677-09-21T00:12:43.145224Z"
        );
    }
}
