//! `Date` (RFC 3261 section 20.17): `Thu, 21 Feb 2002 13:02:03 GMT`.

use crate::wire::bytes::decimal;

const MONTHS: [&[u8]; 12] = [
    b"jan", b"feb", b"mar", b"apr", b"may", b"jun", b"jul", b"aug", b"sep", b"oct", b"nov", b"dec",
];

/// Seconds since 1970; `None` unless it is such a date. The day of the week is not looked at.
pub fn parse(value: &[u8]) -> Option<i64> {
    let mut words =
        value.split(|b| b" ,:\t".contains(b)).filter(|word| !word.is_empty()).skip(1).take(7);
    let number = |word: Option<&[u8]>| i64::try_from(decimal(word?)?).ok();
    let day = number(words.next())?;
    let name = words.next()?.to_ascii_lowercase();
    let month = (1..).zip(MONTHS).find(|(_, known)| *known == name)?.0;
    let year = number(words.next())?;
    let (hour, minute, second) =
        (number(words.next())?, number(words.next())?, number(words.next())?);
    let zone = words.next()?;
    let in_range = (1..=31).contains(&day) && (1970..=9999).contains(&year);
    let is_time = hour < 24 && minute < 60 && second <= 60;
    (in_range && is_time && zone.eq_ignore_ascii_case(b"GMT"))
        .then(|| days(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

/// Days since 1970-01-01 in the Gregorian calendar, the year taken to begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year / 4 - year / 100 + year / 400;
    year * 365 + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_seconds() {
        assert_eq!(parse(b"Thu, 01 Jan 1970 00:00:00 GMT"), Some(0));
        assert_eq!(parse(b"Thu, 21 Feb 2002 13:02:03 GMT"), Some(1_014_296_523));
        assert_eq!(parse(b"Sat, 29 Feb 2020 23:59:59 GMT"), Some(1_583_020_799));
        for bad in ["", "Thu", "Thu, 21 Foo 2002 13:02:03 GMT", "Thu, 21 Feb 2002 25:02:03 GMT"] {
            assert_eq!(parse(bad.as_bytes()), None, "{bad}");
        }
        assert_eq!(parse(b"Thu, 21 Feb 2002 13:02:03 EST"), None);
    }
}
