//! The header of a Network Monitor capture: its version, when it began, and
//! where its tables are.

use super::ORDER;
use crate::source::error::SourceErrorKind;
use crate::source::info::Format;
use crate::source::record::Fault;
use crate::source::tally::Tally;
use crate::source::window::Window;

/// Bytes before the first frame.
const FILE_HEADER: usize = 128;

/// Seconds of a day.
const DAY: i64 = 86_400;

/// What the file header tells.
pub(super) struct Header {
    pub(super) major: u8,
    minor: u8,
    /// The media type of all frames, in versions before 2.1.
    pub(super) media: u16,
    /// Nanoseconds from 1970 to the start of the capture.
    pub(super) start_nanos: i128,
    /// Offset of the table of frames.
    pub(super) table_at: u64,
    /// Its entries.
    pub(super) frames: u64,
}

impl Header {
    pub(super) fn read(window: &mut Window, tally: &mut Tally) -> Result<Self, Fault> {
        let offset = window.offset();
        let whole = window.want(FILE_HEADER)?;
        let ([_, version_media, year_month, week_day, hour_minute, second_milli, rest @ ..], true) =
            (window.held().as_chunks().0, whole)
        else {
            let (expected, found) = (FILE_HEADER as u64, window.held().len() as u64);
            return Err(Fault { offset, kind: SourceErrorKind::HeaderCut { expected, found } });
        };
        let [table_at, table_size] = [0, 1].map(|at| rest.get(at).map_or(0, |n| ORDER.u32(*n)));
        let [minor, major, ..] = *version_media;
        if !(1..=2).contains(&major) {
            let (major, minor) = (major.into(), minor.into());
            let kind = SourceErrorKind::Version { format: Format::NetMon, major, minor };
            return Err(Fault { offset, kind });
        }
        let start = start(
            ORDER.u16_pair(*year_month),
            ORDER.u16_pair(*week_day).1,
            ORDER.u16_pair(*hour_minute),
            ORDER.u16_pair(*second_milli),
        );
        let header = Self {
            major,
            minor,
            media: ORDER.u16_pair(*version_media).1,
            start_nanos: start.map_or(0, i128::from) * 1_000_000,
            table_at: table_at.into(),
            frames: (table_size / 4).into(),
        };
        window.take(FILE_HEADER);
        if !header.has_time_per_frame() {
            let text = match start {
                Some(_) => "the times are local to where the capture was made, and taken as UTC",
                None => "the capture does not say when it began, and its times count from 1970",
            };
            tally.problem("file.local-time", None, text);
        }
        Ok(header)
    }

    /// Bytes before a frame.
    pub(super) const fn record_header(&self) -> usize {
        if self.major == 1 { 8 } else { 16 }
    }

    /// Bytes after a frame: its media type, the index of its process, and its
    /// time and time zone, each since another version.
    pub(super) const fn record_trailer(&self) -> usize {
        match (self.major, self.minor) {
            (1, _) | (_, 0) => 0,
            (_, 1) => 2,
            (_, 2) => 6,
            _ => 15,
        }
    }

    pub(super) const fn has_media_per_frame(&self) -> bool {
        self.record_trailer() > 0
    }

    const fn has_time_per_frame(&self) -> bool {
        self.record_trailer() > 6
    }

    /// Milliseconds, microseconds, and since 2.3 units of 100 ns.
    pub(super) const fn fraction_digits(&self) -> u8 {
        match self.major {
            1 => 3,
            _ if self.has_time_per_frame() => 7,
            _ => 6,
        }
    }
}

/// Milliseconds from 1970 to a date and time; `None` when there is no such.
fn start(
    (year, month): (u16, u16),
    day: u16,
    (hour, minute): (u16, u16),
    (second, milli): (u16, u16),
) -> Option<i64> {
    let is_time = hour < 24 && minute < 60 && second <= 60 && milli < 1_000;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !is_time {
        return None;
    }
    // Counted from March on, a leap day is the last of its year, and the months
    // before one have 153 days for every five.
    let months = (i64::from(month) + 9) % 12;
    let year = i64::from(year) - i64::from(month <= 2);
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    let days = 365 * year + leap_days + (153 * months + 2) / 5 + i64::from(day) - 1;
    // Days from 0000-03-01 to 1970-01-01.
    let days = days - 719_468;
    let seconds = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second);
    Some((days * DAY + seconds) * 1_000 + i64::from(milli))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds from 1970 to midnight.
    fn midnight(year: u16, month: u16, day: u16) -> Option<i64> {
        start((year, month), day, (0, 0), (0, 0)).map(|millis| millis / 1_000)
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        assert_eq!(midnight(1970, 1, 1), Some(0));
        assert_eq!(midnight(1970, 3, 1), Some(59 * DAY));
        assert_eq!(midnight(2000, 2, 29), Some(951_782_400));
        assert_eq!(midnight(2000, 3, 1), Some(951_868_800));
        assert_eq!(midnight(2024, 12, 31), Some(1_735_603_200));
        assert_eq!(midnight(1969, 12, 31), Some(-DAY));
        assert_eq!(start((2005, 7), 17, (15, 39), (20, 502)), Some(1_121_614_760_502));
    }

    #[test]
    fn what_is_no_date_is_none() {
        assert_eq!(midnight(2005, 0, 1), None);
        assert_eq!(midnight(2005, 13, 1), None);
        assert_eq!(midnight(2005, 1, 0), None);
        assert_eq!(midnight(2005, 1, 32), None);
        assert_eq!(start((2005, 7), 17, (24, 0), (0, 0)), None);
        assert_eq!(start((2005, 7), 17, (0, 60), (0, 0)), None);
        assert_eq!(start((2005, 7), 17, (0, 0), (61, 0)), None);
        assert_eq!(start((2005, 7), 17, (0, 0), (0, 1_000)), None);
    }
}
