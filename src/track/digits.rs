//! DTMF digits from telephone events (RFC 4733).

use std::num::NonZeroU32;

use crate::base::id::{FrameNo, RtpTime};
use crate::base::time::Timestamp;
use crate::wire::dtmf::TelephoneEvent;

/// A digit that a stream carried.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Digit {
    /// Its first packet.
    pub frame: FrameNo,
    /// When that came.
    pub at: Timestamp,
    /// The digit.
    pub digit: char,
    /// How long it lasted, in ticks of the RTP clock, as far as packets say.
    pub duration: u32,
    /// Its level in dBm0 with the sign dropped, as the first packet has it.
    pub volume: u8,
    /// Packets of it, every one.
    pub packets: u32,
    /// Packets with the end bit: three as a rule (RFC 4733 section 2.5.1.4).
    pub ends: u32,
    /// That clock.
    pub clock_hz: Option<NonZeroU32>,
    /// Timestamp of the event, which all its packets repeat.
    time: RtpTime,
    /// Timestamp of its latest segment.
    segment: RtpTime,
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
        (frame, at): (FrameNo, Timestamp),
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
                known.ends == 0 && i64::from(time.since(known.time)) == i64::from(known.duration);
            time == known.time || time == known.segment || goes_on
        });
        if let Some(known) = known {
            let offset = u32::try_from(time.since(known.time)).unwrap_or(0);
            known.duration = known.duration.max(offset + u32::from(event.duration));
            known.segment = time;
            known.packets = known.packets.saturating_add(1);
            known.ends = known.ends.saturating_add(event.end.into());
        } else if self.list.len() < cap {
            let duration = event.duration.into();
            self.list.push(Digit {
                frame,
                at,
                digit,
                duration,
                clock_hz,
                time,
                segment: time,
                volume: event.volume,
                packets: 1,
                ends: event.end.into(),
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
            let seen = (FrameNo::default(), Timestamp::default());
            digits.take(event, RtpTime(*time), seen, NonZeroU32::new(8_000), 100);
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
    fn what_its_packets_say_is_kept() {
        let mut digits = Digits::default();
        for (step, end) in (1..).zip([false, false, true, true, true]) {
            let event = TelephoneEvent { event: 5, end, volume: 10, duration: 160 * step };
            let seen = (FrameNo::new(0, step.into()), Timestamp::default());
            digits.take(event, RtpTime(0), seen, NonZeroU32::new(8_000), 100);
        }
        let digit = digits.list()[0];
        assert_eq!((digit.frame, digit.volume), (FrameNo::new(0, 1), 10));
        assert_eq!((digit.packets, digit.ends), (5, 3));
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
