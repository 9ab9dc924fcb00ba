//! Media time beside arrival time: the steps from packet to packet that
//! jitter, skew and playout are made of.

use std::num::NonZeroU32;

use crate::base::id::RtpTime;
use crate::base::time::{Span, Timestamp};
use crate::metrics::sample::Sample;

/// A distance of media and arrival between neighbours above which the
/// timestamps have begun anew rather than the network having delayed: 5 s, in
/// nanoseconds.
pub const TIMESTAMP_JUMP_NS: f64 = 5e9;

/// What begins with a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Begins {
    /// Nothing: the packet continues the line.
    Nothing,
    /// The stream: its first packet with a media clock.
    Stream,
    /// A segment after a restart of the sequence numbers.
    Segment,
    /// Another clock rate on the same line (RFC 7160).
    Clock,
}

/// One packet with a media clock, seen from the one before it.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Step {
    /// What begins here.
    pub begins: Begins,
    /// Timestamp ticks since the packet before.
    pub ticks: i32,
    /// Arrival since the packet before.
    pub arrival: Span,
    /// Media time since the packet before, by that packet's clock (RFC 7160
    /// section 4.3), in nanoseconds.
    pub media_ns: f64,
    /// Arrival since the stream's first packet.
    pub elapsed: Span,
    /// Media time since the stream's first packet, in nanoseconds.
    pub media_elapsed_ns: f64,
}

impl Step {
    /// `D(i-1, i)` of RFC 3550 section 6.4.1 in nanoseconds: positive when this
    /// packet was longer on its way than the one before.
    pub fn difference_ns(&self) -> f64 {
        self.arrival.nanos() as f64 - self.media_ns
    }

    /// How much longer this packet was on its way than the stream's first, in
    /// nanoseconds.
    pub fn transit_ns(&self) -> f64 {
        self.elapsed.nanos() as f64 - self.media_elapsed_ns
    }
}

/// The line of media time, kept in whole ticks so that it does not drift.
#[derive(Clone, Copy, Debug)]
pub struct Timeline {
    first: Timestamp,
    last: Timestamp,
    last_time: RtpTime,
    clock_hz: Option<NonZeroU32>,
    ns_per_tick: f64,
    /// Ticks since the clock began, media time until then.
    ticks: i64,
    before_clock_ns: f64,
    new_segment: bool,
}

impl Default for Timeline {
    fn default() -> Self {
        Self::new()
    }
}

impl Timeline {
    /// A line without packets.
    pub const fn new() -> Self {
        Self {
            first: Timestamp::from_nanos(0),
            last: Timestamp::from_nanos(0),
            last_time: RtpTime(0),
            clock_hz: None,
            ns_per_tick: 0.0,
            ticks: 0,
            before_clock_ns: 0.0,
            new_segment: false,
        }
    }

    /// Says that the next packet begins a segment: its distance to the packet
    /// before means nothing.
    pub const fn begin_segment(&mut self) {
        self.new_segment = true;
    }

    /// The clock of the latest packet that has one.
    pub const fn clock_hz(&self) -> Option<NonZeroU32> {
        self.clock_hz
    }

    /// The step to `sample`, in order of arrival. `None` for events and
    /// unknown clocks, which leave the line as it is.
    pub fn advance(&mut self, sample: &Sample) -> Option<Step> {
        let clock = sample.media_clock()?;
        if self.clock_hz.is_none() {
            return Some(self.start(sample, clock));
        }
        let mut step = self.go_on(sample.time.since(self.last_time), sample.at);
        if self.clock_hz != Some(clock) {
            self.before_clock_ns = step.media_elapsed_ns;
            self.set_clock(clock);
            step.begins = Begins::Clock;
        }
        if self.new_segment {
            self.new_segment = false;
            step.begins = Begins::Segment;
        }
        Some(step)
    }

    /// Whether media go on at a clock without a new segment.
    pub(super) fn goes_on_at(&self, clock: Option<NonZeroU32>) -> bool {
        clock.is_some() && self.clock_hz == clock && !self.new_segment
    }

    /// The step to a packet that came at `at` and is `ticks` after the latest, where media
    /// [go on](Self::goes_on_at): that of [`advance`](Self::advance).
    #[inline]
    pub(super) fn go_on(&mut self, ticks: i32, at: Timestamp) -> Step {
        let arrival = at.since(self.last);
        self.ticks = self.ticks.saturating_add(i64::from(ticks));
        let media_ns = f64::from(ticks) * self.ns_per_tick;
        let media_elapsed_ns = self.before_clock_ns + self.ticks as f64 * self.ns_per_tick;
        self.last = at;
        self.last_time = RtpTime(self.last_time.0.wrapping_add_signed(ticks));
        let elapsed = at.since(self.first);
        Step { begins: Begins::Nothing, ticks, arrival, media_ns, elapsed, media_elapsed_ns }
    }

    fn start(&mut self, sample: &Sample, clock: NonZeroU32) -> Step {
        self.first = sample.at;
        self.last = sample.at;
        self.last_time = sample.time;
        self.new_segment = false;
        self.set_clock(clock);
        Step {
            begins: Begins::Stream,
            ticks: 0,
            arrival: Span::ZERO,
            media_ns: 0.0,
            elapsed: Span::ZERO,
            media_elapsed_ns: 0.0,
        }
    }

    fn set_clock(&mut self, clock: NonZeroU32) {
        self.clock_hz = Some(clock);
        self.ns_per_tick = 1e9 / f64::from(clock.get());
        self.ticks = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::sample::PayloadKind;

    fn sample(at_ms: i64, time: u32, clock: u32) -> Sample {
        Sample {
            at: Timestamp::from_micros(at_ms * 1_000),
            time: RtpTime(time),
            clock_hz: NonZeroU32::new(clock),
            marker: false,
            kind: PayloadKind::Media,
        }
    }

    fn difference(line: &mut Timeline, sample: &Sample) -> Option<f64> {
        line.advance(sample).map(|step| step.difference_ns())
    }

    #[test]
    fn media_time_wraps_with_the_timestamp() {
        let mut line = Timeline::new();
        line.advance(&sample(0, u32::MAX - 79, 8_000));
        assert_eq!(difference(&mut line, &sample(25, 80, 8_000)), Some(5e6));
    }

    #[test]
    fn a_new_clock_counts_from_its_second_packet() {
        let mut line = Timeline::new();
        line.advance(&sample(0, 0, 8_000));
        let change = line.advance(&sample(20, 160, 16_000)).unwrap();
        assert_eq!((change.begins, change.difference_ns()), (Begins::Clock, 0.0));
        let after = line.advance(&sample(40, 480, 16_000)).unwrap();
        assert_eq!((after.begins, after.media_elapsed_ns), (Begins::Nothing, 40e6));
    }

    #[test]
    fn events_and_unknown_clocks_leave_no_trace() {
        let mut line = Timeline::new();
        let event = Sample { kind: PayloadKind::Event, ..sample(20, 160, 8_000) };
        assert_eq!(line.advance(&event), None);
        line.advance(&sample(40, 320, 8_000));
        line.advance(&event);
        assert_eq!(line.advance(&sample(60, 99, 0)), None);
        assert_eq!(difference(&mut line, &sample(80, 640, 8_000)), Some(0.0));
    }

    #[test]
    fn a_month_of_odd_ticks_does_not_drift() {
        // 44100 Hz has no whole number of nanoseconds a tick.
        let mut line = Timeline::new();
        let mut time = RtpTime(0);
        line.advance(&sample(0, 0, 44_100));
        let hours = 30 * 24;
        let mut last = None;
        for hour in 1..=hours {
            time = RtpTime(time.0.wrapping_add(44_100 * 3_600));
            last = line.advance(&sample(hour * 3_600_000, time.0, 44_100));
        }
        let transit = last.unwrap().transit_ns();
        assert!(transit.abs() < 1.0, "{transit} ns");
    }

    #[test]
    fn extreme_times_stay_finite() {
        let mut line = Timeline::new();
        for (at, time) in [(i64::MIN, 0), (i64::MAX, 1 << 31), (i64::MIN, 0), (0, u32::MAX)] {
            let sample = Sample {
                at: Timestamp::from_nanos(at),
                ..sample(0, time, (u32::MAX - time).max(1))
            };
            let step = line.advance(&sample).unwrap();
            assert!(step.difference_ns().is_finite() && step.transit_ns().is_finite());
        }
    }
}
