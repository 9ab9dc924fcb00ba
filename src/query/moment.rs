//! Moments in expressions: `2026-01-31T08:00:00Z`, `2026-01-31`, `08:00`.

use jiff::civil;
use jiff::tz::TimeZone;

/// Nanoseconds of a day.
const DAY: i64 = 86_400_000_000_000;

/// A moment as written. It is as long as its last digit says: `08:00` is all of
/// that minute, and a moment in it is equal to it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Moment {
    /// Its beginning: nanoseconds since the epoch, or since midnight in UTC.
    pub(super) from: i64,
    /// Its end, which is not part of it.
    pub(super) to: i64,
    /// Whether it is one of every day.
    pub(super) of_day: bool,
}

/// Nanoseconds since the epoch of a moment as reports write them.
pub(super) fn instant(text: &str) -> Option<i64> {
    let time: jiff::Timestamp = text.parse().ok()?;
    i64::try_from(time.as_nanosecond()).ok()
}

impl Moment {
    /// Reads a date, a time of day, or both; without a zone they are UTC.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let length = length(text)?;
        let from_to = |from: i64, of_day| Self { from, to: from.saturating_add(length), of_day };
        let is_date = text.get(4..5) == Some("-");
        if !is_date {
            let time: civil::Time = text.parse().ok()?;
            let since = civil::date(1970, 1, 1).to_datetime(time);
            return Some(from_to(utc(since)?, true));
        }
        if let Some(from) = instant(text) {
            return Some(from_to(from, false));
        }
        let date: civil::DateTime = text.parse().ok()?;
        Some(from_to(utc(date)?, false))
    }

    /// The moment of `at`, nanoseconds since the epoch, on the scale of this one.
    pub(super) fn scale(&self, at: i64) -> i64 {
        if self.of_day { at.rem_euclid(DAY) } else { at }
    }
}

fn utc(date: civil::DateTime) -> Option<i64> {
    let zoned = date.to_zoned(TimeZone::UTC).ok()?;
    i64::try_from(zoned.timestamp().as_nanosecond()).ok()
}

/// How long a moment is, by how finely it is written, in nanoseconds.
fn length(text: &str) -> Option<i64> {
    let time = match text.split_once(['T', 't', ' ']) {
        Some((_, time)) => time,
        None if text.get(4..5) == Some("-") => return Some(DAY),
        None => text,
    };
    // Without the zone: Z, +01:00, -0100.
    let time = time.split(['Z', 'z', '+', '-']).next()?;
    if let Some((_, fraction)) = time.split_once('.') {
        let digits = u32::try_from(fraction.len()).ok().filter(|digits| *digits <= 9)?;
        return Some(10_i64.pow(9 - digits));
    }
    match time.matches(':').count() {
        1 => Some(60_000_000_000),
        2 => Some(1_000_000_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_as_long_as_they_are_written() {
        let moment = |text| Moment::parse(text).map(|m| (m.from, m.to - m.from, m.of_day));
        let second = 1_000_000_000;
        let eight = 1_769_846_400 * second; // 2026-01-31T08:00:00Z
        assert_eq!(moment("2026-01-31T08:00:00Z"), Some((eight, second, false)));
        assert_eq!(moment("2026-01-31T09:00:00+01:00"), Some((eight, second, false)));
        assert_eq!(moment("2026-01-31 08:00:00"), Some((eight, second, false)));
        assert_eq!(moment("2026-01-31T08:00"), Some((eight, 60 * second, false)));
        assert_eq!(moment("2026-01-31"), Some((eight - 8 * 3600 * second, DAY, false)));
        assert_eq!(moment("08:00:00.5"), Some((28_800 * second + second / 2, second / 10, true)));
        assert_eq!(moment("08:00"), Some((28_800 * second, 60 * second, true)));
        for wrong in
            ["8", "", "2026-13-01", "25:00", "yesterday", "08:00:00.1234567891", "\u{e9}\u{e9}"]
        {
            assert_eq!(moment(wrong), None, "{wrong}");
        }
    }
}
