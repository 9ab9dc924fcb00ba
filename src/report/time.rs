//! Times as reports write them: RFC 3339, UTC, with the capture's resolution.

use jiff::civil::DateTime;
use jiff::tz::Offset;

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
        let at = civil(at);
        let mut text = String::with_capacity("2026-01-31T08:00:00.123456789Z".len());
        push_digits(&mut text, at.year(), 4);
        text.push('-');
        push_digits(&mut text, at.month(), 2);
        text.push('-');
        push_digits(&mut text, at.day(), 2);
        text.push('T');
        self.push_time(&mut text, at);
        text.push('Z');
        text
    }

    /// The time of day only: `08:00:00.123456`.
    pub fn time_of_day(self, at: Timestamp) -> String {
        let mut text = String::with_capacity("08:00:00.123456789".len());
        self.push_time(&mut text, civil(at));
        text
    }

    /// Appends the time of a day.
    fn push_time(self, text: &mut String, at: DateTime) {
        push_digits(text, at.hour(), 2);
        text.push(':');
        push_digits(text, at.minute(), 2);
        text.push(':');
        push_digits(text, at.second(), 2);
        let digits = self.0.min(9);
        if digits > 0 {
            text.push('.');
            let fraction = at.subsec_nanosecond() / 10_i32.pow(u32::from(9 - digits));
            push_digits(text, fraction, digits);
        }
    }
}

/// A moment in the calendar, in UTC. Every nanosecond count of 64 bits is a year
/// between 1677 and 2262.
fn civil(at: Timestamp) -> DateTime {
    Offset::UTC.to_datetime(jiff::Timestamp::from_nanosecond(at.nanos().into()).unwrap_or_default())
}

/// Appends a number of that many digits, with leading zeros.
fn push_digits(text: &mut String, number: impl Into<i32>, digits: u8) {
    let number = number.into().unsigned_abs();
    for place in (0..u32::from(digits)).rev() {
        let digit = u8::try_from(number / 10_u32.pow(place) % 10).unwrap_or(0);
        text.push(char::from(b'0' + digit));
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

    #[test]
    fn days_are_those_of_the_calendar() {
        let mut at = i64::MIN;
        loop {
            let time = jiff::Timestamp::from_nanosecond(at.into()).unwrap();
            let day = Resolution(9).format(Timestamp::from_nanos(at));
            assert_eq!(day, time.strftime("%Y-%m-%dT%H:%M:%S.%9fZ").to_string());
            // A day and a second, so that the time of day changes too.
            let Some(next) = at.checked_add(86_401_000_000_000) else { break };
            at = next;
        }
    }
}
