//! Times as reports write them: RFC 3339, UTC, with the capture's resolution.

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
        // Every nanosecond count of 64 bits is a year between 1677 and 2262.
        let time = jiff::Timestamp::from_nanosecond(at.nanos().into()).unwrap_or_default();
        let civil = Offset::UTC.to_datetime(time);
        let mut text = String::with_capacity("2026-01-31T08:00:00.123456789Z".len());
        push_digits(&mut text, civil.year(), 4);
        for (mark, part) in [
            ('-', civil.month()),
            ('-', civil.day()),
            ('T', civil.hour()),
            (':', civil.minute()),
            (':', civil.second()),
        ] {
            text.push(mark);
            push_digits(&mut text, part, 2);
        }
        let digits = self.0.min(9);
        if digits > 0 {
            text.push('.');
            let fraction = civil.subsec_nanosecond() / 10_i32.pow(u32::from(9 - digits));
            push_digits(&mut text, fraction, digits);
        }
        text.push('Z');
        text
    }

    /// The time of day only: `08:00:00.123456`.
    pub fn time_of_day(self, at: Timestamp) -> String {
        let text = self.format(at);
        let time = text.split_once('T').map_or(text.as_str(), |(_, time)| time);
        time.trim_end_matches('Z').to_owned()
    }
}

/// Appends a number of that many digits, with leading zeros.
fn push_digits(text: &mut String, number: impl Into<i32>, digits: u8) {
    let number = number.into().unsigned_abs();
    for place in (0..u32::from(digits)).rev() {
        text.push(char::from_digit(number / 10_u32.pow(place) % 10, 10).unwrap_or('0'));
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
