//! The clock of a capture interface: ticks of any resolution to nanoseconds.

use crate::base::time::Timestamp;

const NANOS_PER_SEC: i128 = 1_000_000_000;

/// How the ticks of an interface become capture time: `if_tsresol` and
/// `if_tsoffset` of draft-ietf-opsawg-pcapng section 4.2.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Clock {
    tick: Tick,
    /// Whole seconds added to every time.
    offset_secs: i64,
    /// Decimal digits of a second that a tick needs, at most 9.
    pub(super) fraction_digits: u8,
}

/// The length of a tick.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Tick {
    /// This many nanoseconds.
    Nanos(u64),
    /// This fraction of a nanosecond.
    NanosOver(u128),
    /// A second, halved this many times.
    Halvings(u32),
}

impl Clock {
    /// Microseconds, the resolution of interfaces that state none.
    pub(super) const MICROS: Self =
        Self { tick: Tick::Nanos(1_000), offset_secs: 0, fraction_digits: 6 };

    /// The clock of an `if_tsresol`: a negative power of 10, or of 2 when the
    /// high bit is set.
    pub(super) fn of_resolution(tsresol: u8) -> Self {
        let power = u32::from(tsresol & 0x7f);
        let tick = if tsresol & 0x80 != 0 {
            Tick::Halvings(power)
        } else if power <= 9 {
            Tick::Nanos(10_u64.pow(9 - power))
        } else {
            Tick::NanosOver(10_u128.saturating_pow(power - 9))
        };
        Self { tick, offset_secs: 0, fraction_digits: digits(tick, power) }
    }

    /// The same ticks, counted from `offset_secs` after the epoch.
    pub(super) const fn counted_from(self, offset_secs: i64) -> Self {
        Self { offset_secs, ..self }
    }

    /// The time of `ticks`, a part of a nanosecond left out. `Err` holds the
    /// nearest end of the range when the time is outside it.
    #[inline]
    pub(super) fn at(&self, ticks: u64) -> Result<Timestamp, Timestamp> {
        if let (Tick::Nanos(nanos), 0) = (self.tick, self.offset_secs)
            && let Some(since_epoch) = ticks.checked_mul(nanos)
            && let Ok(since_epoch) = i64::try_from(since_epoch)
        {
            return Ok(Timestamp::from_nanos(since_epoch));
        }
        self.at_any(ticks)
    }

    fn at_any(&self, ticks: u64) -> Result<Timestamp, Timestamp> {
        // At most 2^64 * 10^9, which is below 2^94: no product here overflows.
        let since_offset = match self.tick {
            Tick::Nanos(nanos) => i128::from(ticks) * i128::from(nanos),
            Tick::NanosOver(parts) => (u128::from(ticks) / parts).cast_signed(),
            Tick::Halvings(power) => (i128::from(ticks) * NANOS_PER_SEC) >> power,
        };
        let nanos = since_offset + i128::from(self.offset_secs) * NANOS_PER_SEC;
        match i64::try_from(nanos) {
            Ok(nanos) => Ok(Timestamp::from_nanos(nanos)),
            Err(_) if nanos < 0 => Err(Timestamp::from_nanos(i64::MIN)),
            Err(_) => Err(Timestamp::from_nanos(i64::MAX)),
        }
    }
}

/// The fewest decimal digits, up to 9, in which a tick is at least one unit.
fn digits(tick: Tick, power: u32) -> u8 {
    match tick {
        Tick::Halvings(power) => {
            let per_sec = 1_u64.checked_shl(power).unwrap_or(u64::MAX);
            (0..9).find(|digits| 10_u64.pow(u32::from(*digits)) >= per_sec).unwrap_or(9)
        }
        Tick::Nanos(_) | Tick::NanosOver(_) => u8::try_from(power.min(9)).unwrap_or(9),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Added to a power of two.
    const TWO: u8 = 0x80;

    fn nanos(tsresol: u8, ticks: u64) -> i64 {
        Clock::of_resolution(tsresol).at(ticks).unwrap().nanos()
    }

    #[test]
    fn powers_of_ten() {
        assert_eq!(nanos(0, 3), 3_000_000_000);
        assert_eq!(nanos(3, 1_500), 1_500_000_000);
        assert_eq!(nanos(6, 1), 1_000);
        assert_eq!(nanos(9, 1_700_000_000_123_456_789), 1_700_000_000_123_456_789);
        assert_eq!(nanos(12, 1_999), 1, "picoseconds are cut to nanoseconds");
        assert_eq!(nanos(28, u64::MAX), 1);
        assert_eq!(nanos(29, u64::MAX), 0);
        assert_eq!(nanos(127, u64::MAX), 0);
        assert_eq!(Clock::of_resolution(6), Clock::MICROS);
    }

    #[test]
    fn powers_of_two() {
        assert_eq!(nanos(TWO, 2), 2_000_000_000);
        assert_eq!(nanos(TWO + 20, (7 << 20) + 524_287), 7_499_999_046);
        assert_eq!(nanos(TWO + 32, (7 << 32) + (1 << 31)), 7_500_000_000);
        assert_eq!(nanos(TWO + 64, 1 << 63), 500_000_000);
        assert_eq!(nanos(TWO + 127, u64::MAX), 0);
    }

    #[test]
    fn an_offset_is_whole_seconds_of_either_sign() {
        let clock = Clock::MICROS.counted_from(-10);
        assert_eq!(clock.at(1).unwrap().nanos(), -9_999_999_000);
        let clock = Clock::MICROS.counted_from(1_700_000_000);
        assert_eq!(clock.at(500_000).unwrap().nanos(), 1_700_000_000_500_000_000);
        let far = Clock::MICROS.counted_from(-1_000_000_000_000);
        let ticks = 1_000_000_000_001 * 1_000_000;
        assert_eq!(far.at(ticks).unwrap().nanos(), 1_000_000_000, "only the sum counts");
    }

    #[test]
    fn times_beyond_the_range_saturate() {
        let (min, max) = (Timestamp::from_nanos(i64::MIN), Timestamp::from_nanos(i64::MAX));
        assert_eq!(Clock::MICROS.at(u64::MAX), Err(max));
        assert_eq!(Clock::of_resolution(9).at(1 << 63), Err(max));
        assert_eq!(Clock::of_resolution(9).at((1 << 63) - 1), Ok(max));
        assert_eq!(Clock::MICROS.counted_from(i64::MIN).at(0), Err(min));
        assert_eq!(Clock::MICROS.counted_from(i64::MAX).at(0), Err(max));
    }

    #[test]
    fn the_usual_resolutions_agree_with_the_general_way() {
        for tsresol in [0, 3, 6, 9] {
            let clock = Clock::of_resolution(tsresol);
            for ticks in [0, 1, 999_999, 1_700_000_000_000_000, 1 << 53, 1 << 63, u64::MAX] {
                assert_eq!(clock.at(ticks), clock.at_any(ticks), "10^-{tsresol}, {ticks}");
            }
        }
    }

    #[test]
    fn digits_are_those_that_a_tick_needs() {
        let digits = |tsresol| Clock::of_resolution(tsresol).fraction_digits;
        assert_eq!([0, 3, 6, 9, 12, 127].map(digits), [0, 3, 6, 9, 9, 9]);
        assert_eq!([TWO, TWO + 1, TWO + 4, TWO + 10, TWO + 20].map(digits), [0, 1, 2, 4, 7]);
        assert_eq!([TWO + 29, TWO + 30, TWO + 64, TWO + 127].map(digits), [9, 9, 9, 9]);
    }
}
