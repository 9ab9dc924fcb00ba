//! Everything measured on the reception of one RTP stream, in the order that
//! the measurements need each other.

use std::num::NonZeroU32;

use crate::base::id::{RtpTime, Seq};
use crate::base::time::{Span, Timestamp};
use crate::metrics::adaptive::AdaptiveBuffer;
use crate::metrics::delta::Delta;
use crate::metrics::jitter::{Jitter, RobustJitter};
use crate::metrics::packet_time::PacketTime;
use crate::metrics::playout::FixedBuffers;
use crate::metrics::sample::{PayloadKind, Sample};
use crate::metrics::sequence::{Arrival, LiteralCounts, Sequence, SequenceCounts};
use crate::metrics::skew::Skew;
use crate::metrics::talkspurt::TalkSpurts;
use crate::metrics::timeline::{Step, Timeline};
use crate::metrics::window::{LossWindow, WindowFigures};

/// Nominal delays of the fixed buffers that a stream is tried with, in ms.
pub const NOMINAL_MS: [u16; 4] = [40, 60, 100, 200];

/// The accumulators of one RTP stream with `FIXED` fixed playout buffers and
/// an adaptive one behind them: `ALL` is one more.
///
/// A jump is held back until the next packet shows whether it was a stray or
/// the first of a restarted sender; only arrival distances count it at once.
#[derive(Clone, Copy, Debug)]
pub struct Reception<const FIXED: usize = 4, const ALL: usize = 5> {
    sequence: Sequence,
    timeline: Timeline,
    jitter: Jitter,
    robust_jitter: RobustJitter,
    skew: Skew,
    delta: Delta,
    packet_time: PacketTime,
    talk: TalkSpurts,
    buffers: FixedBuffers<FIXED>,
    adaptive: AdaptiveBuffer,
    held_stray: Option<Sample>,
    window: LossWindow<ALL>,
}

/// The buffers that every stream is tried with: the fixed ones, and the adaptive.
pub const BUFFERS: usize = NOMINAL_MS.len() + 1;

/// One of the buffers that every stream is tried with.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Buffer(u8);

impl Default for Buffer {
    /// 60 ms, what most devices come close to.
    fn default() -> Self {
        Self(1)
    }
}

impl Buffer {
    const NAMES: [&str; BUFFERS] = ["fixed-40", "fixed-60", "fixed-100", "fixed-200", "adaptive"];

    /// All of them.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..).map(Self).take(BUFFERS)
    }

    /// The buffer of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::all().find(|buffer| buffer.name() == name)
    }

    /// The name in reports: `fixed-60`, `adaptive`.
    pub fn name(self) -> &'static str {
        Self::NAMES.get(self.index()).copied().unwrap_or_default()
    }

    /// Its place among the buffers.
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The nominal delay of a fixed one, in ms.
    pub fn nominal_ms(self) -> Option<u16> {
        NOMINAL_MS.get(self.index()).copied()
    }
}

/// What became of a packet.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Received {
    /// What its number is.
    pub arrival: Arrival,
    /// The buffers that discard it: bit `i` for buffer `i`.
    pub discarded: u8,
    /// Its step on the line of media time; `None` without a clock, for events
    /// and strays.
    pub step: Option<Step>,
}

impl Default for Reception {
    fn default() -> Self {
        Self::new(NOMINAL_MS)
    }
}

impl<const FIXED: usize, const ALL: usize> Reception<FIXED, ALL> {
    /// A stream before its first packet, with fixed playout buffers of the
    /// given nominal delays in ms.
    pub fn new(nominal_ms: [u16; FIXED]) -> Self {
        const { assert!(ALL == FIXED + 1, "the adaptive buffer is behind the fixed ones") }
        Self {
            sequence: Sequence::new(),
            timeline: Timeline::new(),
            jitter: Jitter::new(),
            robust_jitter: RobustJitter::new(),
            skew: Skew::new(),
            delta: Delta::new(),
            packet_time: PacketTime::new(),
            talk: TalkSpurts::new(),
            buffers: FixedBuffers::new(nominal_ms),
            adaptive: AdaptiveBuffer::new(),
            held_stray: None,
            window: LossWindow::new(),
        }
    }

    /// Takes the stream's next packet and says what its number is.
    pub fn push(&mut self, seq: Seq, sample: &Sample) -> Arrival {
        self.take(seq, sample, true).arrival
    }

    /// Takes the stream's next packet, whose payload is `voice` or describes
    /// silence, and says what became of it.
    #[inline]
    pub fn take(&mut self, seq: Seq, sample: &Sample, voice: bool) -> Received {
        let mut received = Received { arrival: Arrival::Stray, discarded: 0, step: None };
        let arrival = self.sequence.push(seq);
        self.delta.push(sample);
        match arrival {
            Arrival::Stray => {
                self.held_stray = Some(*sample);
                return received;
            }
            Arrival::Restart => {
                self.timeline.begin_segment();
                if let Some(stray) = self.held_stray.take() {
                    self.time(Arrival::First, &stray, voice);
                }
            }
            _ => {}
        }
        received.arrival = arrival;
        if let Some((step, discarded)) = self.time(arrival, sample, voice) {
            received.step = Some(step);
            received.discarded = discarded;
        }
        self.window.record(arrival, received.discarded);
        received
    }

    /// Whether packets of a clock, each the next number and `media` in a line, may be taken
    /// by [`take_next`](Self::take_next).
    pub fn goes_on_at(&self, clock: Option<NonZeroU32>) -> bool {
        self.timeline.goes_on_at(clock)
    }

    /// Takes packets of media that came at `times`, each of the next number and `ticks`
    /// after the one before, and of the clock at which it [goes on](Self::goes_on_at). For each
    /// `told` has when it came and the buffers that discard it, and the jitter then, in ms.
    #[inline]
    pub fn take_next(
        &mut self,
        ticks: i32,
        times: impl ExactSizeIterator<Item = Timestamp>,
        mut told: impl FnMut(Timestamp, u8, Option<f64>),
    ) {
        self.sequence.push_next(u8::try_from(times.len()).unwrap_or(u8::MAX));
        let arrival = Arrival::InOrder { gap: 0 };
        for at in times {
            let (clock_hz, kind) = (None, PayloadKind::Media);
            let sample = Sample { at, time: RtpTime(0), clock_hz, marker: false, kind };
            self.delta.push(&sample);
            let step = self.timeline.go_on(ticks, at);
            let discarded = self.follow(arrival, &sample, true, &step);
            self.window.record(arrival, discarded);
            told(at, discarded, self.jitter.last_ms());
        }
    }

    /// What depends on the timestamp; returns the buffers that discard the packet.
    #[inline]
    fn time(&mut self, arrival: Arrival, sample: &Sample, voice: bool) -> Option<(Step, u8)> {
        let Some(step) = self.timeline.advance(sample) else {
            if sample.kind == PayloadKind::Event {
                self.talk.event();
            }
            return None;
        };
        let discarded = self.follow(arrival, sample, voice, &step);
        Some((step, discarded))
    }

    /// Follows a step on the line of media time; returns the buffers that discard the packet.
    #[inline]
    fn follow(&mut self, arrival: Arrival, sample: &Sample, voice: bool, step: &Step) -> u8 {
        self.jitter.push(step);
        self.robust_jitter.push(arrival, step);
        self.skew.push(step);
        self.packet_time.push(arrival, step);
        self.talk.push(arrival, sample, voice, step, &self.packet_time);
        let fixed = self.buffers.push(arrival, sample.marker, step);
        let adaptive = u8::from(self.adaptive.push(arrival, step));
        fixed | adaptive << FIXED
    }

    /// Expected, lost, duplicate, late.
    pub fn counts(&self) -> SequenceCounts {
        self.sequence.counts()
    }

    /// The counts of a receiver to the letter of RFC 3550.
    pub fn literal_counts(&self) -> LiteralCounts {
        self.sequence.literal()
    }

    /// The sequence numbers.
    pub const fn sequence(&self) -> &Sequence {
        &self.sequence
    }

    /// Jitter as RFC 3550 defines it.
    pub const fn jitter(&self) -> &Jitter {
        &self.jitter
    }

    /// Jitter without copies and timestamp jumps.
    pub const fn robust_jitter(&self) -> &Jitter {
        self.robust_jitter.figures()
    }

    /// Media time against arrival time.
    pub const fn skew(&self) -> &Skew {
        &self.skew
    }

    /// Distances of arrival.
    pub const fn delta(&self) -> &Delta {
        &self.delta
    }

    /// Talk spurts and silence.
    pub const fn talk(&self) -> &TalkSpurts {
        &self.talk
    }

    /// The clock of the latest packet that has one.
    pub const fn clock_hz(&self) -> Option<NonZeroU32> {
        self.timeline.clock_hz()
    }

    /// The sender's packet time.
    pub fn packet_time(&self) -> Option<Span> {
        self.packet_time.at_clock(self.timeline.clock_hz()?)
    }

    /// The packet time in ticks of the clock, as far as the packets show it.
    pub const fn packet_ticks(&self) -> Option<u32> {
        self.packet_time.ticks()
    }

    /// The fixed playout buffers.
    pub const fn buffers(&self) -> &FixedBuffers<FIXED> {
        &self.buffers
    }

    /// The adaptive playout buffer.
    pub const fn adaptive(&self) -> &AdaptiveBuffer {
        &self.adaptive
    }

    /// The loss patterns of the network and of each buffer, as if the stream
    /// ended here.
    pub fn loss(&self) -> WindowFigures<ALL> {
        self.window.figures()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::id::RtpTime;
    use crate::base::time::Timestamp;

    fn sample(at_ms: i64, time: u32) -> Sample {
        Sample {
            at: Timestamp::from_micros(at_ms * 1_000),
            time: RtpTime(time),
            clock_hz: NonZeroU32::new(8_000),
            marker: false,
            kind: PayloadKind::Media,
        }
    }

    #[test]
    fn buffers_are_named_by_their_delays() {
        for buffer in Buffer::all() {
            assert_eq!(Buffer::named(buffer.name()), Some(buffer));
            if let Some(ms) = buffer.nominal_ms() {
                assert_eq!(buffer.name(), format!("fixed-{ms}"));
            }
        }
        assert_eq!(Buffer::default().name(), "fixed-60");
        assert_eq!((Buffer::all().count(), Buffer::named("fixed-61")), (BUFFERS, None));
    }

    #[test]
    fn hundreds_of_thousands_of_streams_fit_in_memory() {
        assert!(size_of::<Reception>() <= 1_088, "{} bytes", size_of::<Reception>());
    }

    #[test]
    fn a_restart_begins_with_its_jump() {
        let mut reception = Reception::default();
        for (at, seq, time) in
            [(0, 10, 0), (20, 11, 160), (300, 30_000, 7_000_000), (320, 30_001, 7_000_160)]
        {
            reception.push(Seq(seq), &sample(at, time));
        }
        let counts = reception.counts();
        assert_eq!((counts.expected, counts.lost, counts.restarts, counts.stray), (4, 0, 1, 0));
        // Two differences of 0: within the first segment and within the second.
        assert_eq!(reception.jitter().updates(), 2);
        assert_eq!(reception.jitter().max_abs_d_ms(), Some(0.0));
        assert_eq!(reception.loss().network.total, 4);
        assert_eq!(reception.loss().buffers.map(|buffer| buffer.lost), [0; BUFFERS]);
    }

    #[test]
    fn a_stray_leaves_no_mark_on_the_measurements() {
        let mut reception = Reception::default();
        reception.push(Seq(10), &sample(0, 0));
        assert_eq!(reception.push(Seq(40_000), &sample(5, 99_999_999)), Arrival::Stray);
        reception.push(Seq(11), &sample(20, 160));
        assert_eq!(reception.jitter().max_abs_d_ms(), Some(0.0));
        assert_eq!(reception.skew().max_ms(), Some(0.0));
        assert_eq!(reception.loss().network.total, 2);
        assert_eq!(reception.packet_time(), Some(Span::from_millis(20)));
    }

    #[test]
    fn events_count_as_packets_and_not_as_timing() {
        let mut reception = Reception::default();
        reception.push(Seq(1), &sample(0, 0));
        for i in 0..5 {
            let event = Sample { kind: PayloadKind::Event, ..sample(20 + i64::from(i) * 20, 160) };
            reception.push(Seq(2 + i), &event);
        }
        reception.push(Seq(7), &sample(120, 960));
        assert_eq!(reception.counts().expected, 7);
        assert_eq!(reception.jitter().updates(), 1);
        assert_eq!(reception.jitter().max_abs_d_ms(), Some(0.0));
        assert_eq!(reception.loss().buffers.map(|buffer| buffer.lost), [0; BUFFERS]);
    }

    #[test]
    fn an_unknown_clock_leaves_timing_unknown() {
        let mut reception = Reception::default();
        for seq in 0..3 {
            reception.push(Seq(seq), &Sample { clock_hz: None, ..sample(0, 0) });
        }
        assert_eq!(reception.jitter().last_ms(), None);
        assert_eq!(reception.skew().max_ms(), None);
        assert_eq!(reception.packet_time(), None);
        assert_eq!(reception.counts().expected, 3);
    }

    proptest! {
        #[test]
        fn no_packets_break_it(
            packets in prop::collection::vec(
                (any::<u16>(), any::<i64>(), any::<u32>(), any::<u32>(), any::<bool>(), 0..3_u8),
                0..200,
            ),
            near in any::<bool>(),
        ) {
            let mut reception = Reception::default();
            for (seq, at, time, clock, marker, kind) in packets {
                // Half of the runs stay within one segment, where losses are judged.
                let seq = if near { seq % 300 } else { seq };
                let sample = Sample {
                    at: Timestamp::from_nanos(at),
                    time: RtpTime(time),
                    clock_hz: NonZeroU32::new(clock),
                    marker,
                    kind: match kind {
                        0 => PayloadKind::Media,
                        1 => PayloadKind::ComfortNoise,
                        _ => PayloadKind::Event,
                    },
                };
                reception.push(Seq(seq), &sample);
                let (counts, loss) = (reception.counts(), reception.loss());
                prop_assert_eq!(counts.packets, counts.unique + counts.duplicates + counts.stray);
                prop_assert_eq!((loss.network.total, loss.network.lost), (counts.expected, counts.lost));
                for buffer in loss.buffers {
                    prop_assert!(buffer.lost >= counts.lost && buffer.lost <= counts.expected);
                }
            }
            let jitter = reception.jitter();
            for figure in [jitter.mean_ms(), jitter.max_ms(), reception.skew().max_ms()] {
                prop_assert!(figure.is_none_or(f64::is_finite));
            }
            prop_assert!(reception.skew().drift_ppm().is_none_or(f64::is_finite));
        }
    }
}
