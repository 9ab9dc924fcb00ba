//! DTMF digits from telephone events (RFC 4733).

use std::num::NonZeroU32;

use crate::base::id::RtpTime;
use crate::base::time::Timestamp;
use crate::wire::dtmf::TelephoneEvent;

/// A digit that a stream carried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digit {
    /// When its first packet came.
    pub at: Timestamp,
    /// The digit.
    pub digit: char,
    /// How long it lasted, in ticks of the RTP clock, as far as packets say.
    pub duration: u32,
    /// That clock.
    pub clock_hz: Option<NonZeroU32>,
    /// Timestamp of the event, which all its packets repeat.
    time: RtpTime,
    /// Timestamp of its latest segment.
    segment: RtpTime,
    /// Whether its end was seen.
    ended: bool,
}

/// The digits of one stream.
#[derive(Clone, Debug, Default)]
pub struct Digits {
    list: Vec<Digit>,
    /// Digits beyond the cap.
    pub dropped: u64,
}

/// Events among which a late packet's is looked for.
const RECENT: usize = 4;

impl Digits {
    /// Takes the payload of a telephone-event packet; at most `cap` digits are kept.
    pub fn take(
        &mut self,
        event: TelephoneEvent,
        time: RtpTime,
        at: Timestamp,
        clock_hz: Option<NonZeroU32>,
        cap: usize,
    ) {
        let Some(digit) = event.digit() else { return };
        let recent = self.list.iter_mut().rev().take(RECENT);
        // A long event goes on in segments whose timestamp is the end of the
        // one before (RFC 4733 section 2.5.1.3).
        let mut recent = recent.filter(|known| known.digit == digit);
        let known = recent.find(|known| {
            let goes_on =
                !known.ended && i64::from(time.since(known.time)) == i64::from(known.duration);
            time == known.time || time == known.segment || goes_on
        });
        if let Some(known) = known {
            let offset = u32::try_from(time.since(known.time)).unwrap_or(0);
            known.duration = known.duration.max(offset + u32::from(event.duration));
            known.segment = time;
            known.ended |= event.end;
        } else if self.list.len() < cap {
            let duration = event.duration.into();
            self.list.push(Digit {
                at,
                digit,
                duration,
                clock_hz,
                time,
                segment: time,
                ended: event.end,
            });
        } else {
            self.dropped += 1;
        }
    }

    /// The digits in order of their beginning.
    pub fn list(&self) -> &[Digit] {
        &self.list
    }
}

impl Digit {
    /// How long it lasted, in milliseconds; `None` without a clock.
    pub fn duration_ms(&self) -> Option<f64> {
        self.clock_hz.map(|clock| f64::from(self.duration) * 1e3 / f64::from(clock.get()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(packets: &[(u32, u8, u16, bool)]) -> Vec<(char, u32)> {
        let mut digits = Digits::default();
        for (time, event, duration, end) in packets {
            let event =
                TelephoneEvent { event: *event, end: *end, volume: 10, duration: *duration };
            digits.take(event, RtpTime(*time), Timestamp::default(), NonZeroU32::new(8_000), 100);
        }
        digits.list().iter().map(|digit| (digit.digit, digit.duration)).collect()
    }

    #[test]
    fn repeated_ends_are_one_digit() {
        let packets = [
            (0, 5, 160, false),
            (0, 5, 320, false),
            (0, 5, 480, true),
            (0, 5, 480, true),
            (0, 5, 480, true),
        ];
        assert_eq!(digits(&packets), [('5', 480)]);
    }

    #[test]
    fn the_same_digit_twice_is_two() {
        assert_eq!(digits(&[(0, 1, 800, true), (1600, 1, 800, true)]), [('1', 800), ('1', 800)]);
        assert_eq!(digits(&[(0, 1, 800, true), (800, 1, 800, true)]), [('1', 800), ('1', 800)]);
    }

    #[test]
    fn a_long_event_in_segments_is_one() {
        let packets = [(0, 9, 0xffff, false), (0xffff, 9, 160, false), (0xffff, 9, 320, true)];
        assert_eq!(digits(&packets), [('9', 0xffff + 320)]);
    }

    #[test]
    fn a_late_packet_of_the_digit_before_opens_none() {
        let packets =
            [(0, 1, 160, false), (4000, 2, 160, false), (0, 1, 480, true), (4000, 2, 320, true)];
        assert_eq!(digits(&packets), [('1', 480), ('2', 320)]);
    }
}
