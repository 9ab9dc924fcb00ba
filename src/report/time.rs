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
        let (day, time) = day_and_time(at);
        let (year, month, of_month) = civil(day);
        let mut text = String::with_capacity("2026-01-31T08:00:00.123456789Z".len());
        push_digits(&mut text, year, 4);
        text.push('-');
        push_digits(&mut text, month, 2);
        text.push('-');
        push_digits(&mut text, of_month, 2);
        text.push('T');
        self.push_time(&mut text, time);
        text.push('Z');
        text
    }

    /// The time of day only: `08:00:00.123456`.
    pub fn time_of_day(self, at: Timestamp) -> String {
        let mut text = String::with_capacity("08:00:00.123456789".len());
        self.push_time(&mut text, day_and_time(at).1);
        text
    }

    /// Appends the time of a day, given in nanoseconds since it began.
    fn push_time(self, text: &mut String, nanos: u64) {
        let seconds = nanos / NANOS;
        push_digits(text, seconds / 3_600, 2);
        text.push(':');
        push_digits(text, seconds / 60 % 60, 2);
        text.push(':');
        push_digits(text, seconds % 60, 2);
        let digits = self.0.min(9);
        if digits > 0 {
            text.push('.');
            push_digits(text, nanos % NANOS / 10_u64.pow(u32::from(9 - digits)), digits);
        }
    }
}

/// Nanoseconds of a second.
const NANOS: u64 = 1_000_000_000;
/// Nanoseconds of a day.
const DAY: i64 = 86_400 * 1_000_000_000;

/// Days since 1970-01-01, and nanoseconds since the day began.
const fn day_and_time(at: Timestamp) -> (i64, u64) {
    (at.nanos().div_euclid(DAY), at.nanos().rem_euclid(DAY).unsigned_abs())
}

/// Year, month and day of a day counted from 1970-01-01, in the Gregorian
/// calendar: by years that begin in March, so that the leap day ends them.
const fn civil(day: i64) -> (u64, u64, u64) {
    /// Days from 0000-03-01 to 1970-01-01; no [`Timestamp`] is before the former.
    const MARCH_OF_YEAR_0: i64 = 719_468;
    let day = (day + MARCH_OF_YEAR_0).unsigned_abs();
    // 400 years have 146,097 days, 100 years 36,524 and 4 years 1,461.
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // Months from March on: five of them have 153 days.
    let from_march = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (400 * era + year_of_era + (month <= 2) as u64, month, of_month)
}

/// Appends a number of that many digits, with leading zeros.
fn push_digits(text: &mut String, number: u64, digits: u8) {
    for place in (0..u32::from(digits)).rev() {
        let digit = u8::try_from(number / 10_u64.pow(place) % 10).unwrap_or(0);
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
            let Some(next) = at.checked_add(DAY + 1_000_000_000) else { break };
            at = next;
        }
    }
}
