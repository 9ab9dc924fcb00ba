//! Round-trip time from RTCP: as an end point computes it, and as somebody in
//! the middle can, without either end's clock.

use crate::base::id::Ssrc;
use crate::base::time::{Span, Timestamp};

/// `A - LSR - DLSR` of RFC 3550 section 6.4.1, modulo 2^32, in 1/65536 s;
/// `None` when no sender report was received yet (LSR 0). `received` is the
/// middle of the NTP time at which the block arrived.
pub fn round_trip_units(received: u32, lsr: u32, dlsr: u32) -> Option<u32> {
    (lsr != 0).then(|| received.wrapping_sub(lsr).wrapping_sub(dlsr))
}

/// The round trip that an end point reads off a report block (or an XR DLRR
/// block): [`round_trip_units`] as a span. Values from 2^31 on are negative,
/// the mark of a clock error, and give `None`.
pub fn round_trip(received: u32, lsr: u32, dlsr: u32) -> Option<Span> {
    let units = round_trip_units(received, lsr, dlsr)?;
    (units < 1 << 31).then(|| span_of_units(units))
}

/// A span of 1/65536 s units, such as DLSR.
pub fn span_of_units(units: u32) -> Span {
    let nanos = (u64::from(units) * 1_000_000_000) >> 16;
    Span::from_nanos(nanos.cast_signed())
}

/// One way of a symmetric path, mouth to ear, when the delays within the end
/// systems are known (RFC 3611 section 4.7.3, RFC 6035 SOWD).
pub fn symmetric_one_way(round_trip: Span, end_system_a: Span, end_system_b: Span) -> Span {
    let sum = [end_system_a, end_system_b]
        .iter()
        .fold(round_trip.nanos(), |sum, end| sum.saturating_add(end.nanos()));
    Span::from_nanos(sum / 2)
}

/// Sender reports remembered per stream. At the usual five seconds between
/// reports, eight outlast [`LONGEST_LEG`].
const REMEMBERED: usize = 8;
/// A leg beyond this is a block that answers some other report.
const LONGEST_LEG: Span = Span::from_secs(30);
/// A leg below this is a clock error; down to it, DLSR's own inaccuracy.
const SHORTEST_LEG: Span = Span::from_millis(-1);

/// What a report block says of round trips.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct BlockTiming {
    /// The stream that the block is about.
    pub about: Ssrc,
    /// LSR: the middle of the NTP time of its latest sender report.
    pub lsr: u32,
    /// DLSR: since that report was received, in 1/65536 s.
    pub dlsr: u32,
}

#[derive(Clone, Copy, Debug)]
struct SenderReport {
    ssrc: Ssrc,
    middle_ntp: u32,
    at: Timestamp,
}

/// The latest sender reports of a stream (or of a few) with the times at which
/// they passed the capture point.
#[derive(Clone, Copy, Debug, Default)]
pub struct SenderReports {
    ring: [Option<SenderReport>; REMEMBERED],
    next: usize,
}

impl SenderReports {
    /// No reports.
    pub const fn new() -> Self {
        Self { ring: [None; REMEMBERED], next: 0 }
    }

    /// A sender report of `ssrc` passed at `at`.
    pub fn remember(&mut self, ssrc: Ssrc, middle_ntp: u32, at: Timestamp) {
        if let Some(slot) = self.ring.get_mut(self.next) {
            *slot = Some(SenderReport { ssrc, middle_ntp, at });
        }
        self.next = (self.next + 1) % REMEMBERED;
    }

    /// The round trip between the capture point and `reporter`, whose block
    /// passed at `at`: the time since the sender report that it answers, less
    /// the time that the reporter held it. `None` when that report is not
    /// remembered, when the block is about the reporter itself, and when the
    /// leg is below -1 ms or above 30 s.
    pub fn leg(&self, reporter: Ssrc, block: BlockTiming, at: Timestamp) -> Option<Span> {
        if block.lsr == 0 || block.about == reporter {
            return None;
        }
        // A sender whose NTP time stands still repeats it: the latest counts.
        let report = self
            .ring
            .iter()
            .flatten()
            .filter(|report| report.ssrc == block.about && report.middle_ntp == block.lsr)
            .max_by_key(|report| report.at)?;
        let held = span_of_units(block.dlsr);
        let leg = Span::from_nanos(at.since(report.at).nanos().saturating_sub(held.nanos()));
        (SHORTEST_LEG..=LONGEST_LEG).contains(&leg).then_some(leg)
    }
}

/// The two sides of the capture point.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Side {
    /// One party.
    A,
    /// The other.
    B,
}

/// The round trip between two parties from the latest leg to each.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Legs {
    to_a: Option<Span>,
    to_b: Option<Span>,
}

impl Legs {
    /// No leg.
    pub const fn new() -> Self {
        Self { to_a: None, to_b: None }
    }

    /// A leg between the capture point and `side`; returns the round trip.
    pub fn push(&mut self, side: Side, leg: Span) -> Option<Span> {
        match side {
            Side::A => self.to_a = Some(leg),
            Side::B => self.to_b = Some(leg),
        }
        self.round_trip()
    }

    /// The latest leg to `side`.
    pub const fn leg(&self, side: Side) -> Option<Span> {
        match side {
            Side::A => self.to_a,
            Side::B => self.to_b,
        }
    }

    /// The round trip between the parties, once both have reported.
    pub fn round_trip(&self) -> Option<Span> {
        let (a, b) = (self.to_a?, self.to_b?);
        Some(Span::from_nanos(a.nanos().saturating_add(b.nanos())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALICE: Ssrc = Ssrc(0xa);
    const BOB: Ssrc = Ssrc(0xb);

    fn ms(ms: i64) -> Timestamp {
        Timestamp::from_micros(ms * 1_000)
    }

    fn block(lsr: u32, held_ms: u32) -> BlockTiming {
        BlockTiming { about: ALICE, lsr, dlsr: held_ms * 65_536 / 1_000 }
    }

    #[test]
    fn the_example_of_rfc_3550() {
        assert_eq!(
            round_trip(0xb710_8000, 0xb705_2000, 0x0005_4000),
            Some(Span::from_millis(6_125))
        );
        assert_eq!(round_trip(1, 0, 0), None);
        assert_eq!(round_trip(0x1000, 0x1000, 1), None, "negative");
    }

    #[test]
    fn a_leg_needs_the_report_that_it_answers() {
        let mut reports = SenderReports::new();
        reports.remember(ALICE, 77, ms(1_000));
        assert_eq!(reports.leg(BOB, block(77, 250), ms(1_300)), Some(Span::from_millis(50)));
        assert_eq!(reports.leg(BOB, block(78, 250), ms(1_300)), None);
        assert_eq!(reports.leg(ALICE, block(77, 250), ms(1_300)), None, "about itself");
        assert_eq!(reports.leg(BOB, block(77, 500), ms(1_300)), None, "-200 ms");
        assert_eq!(reports.leg(BOB, block(77, 0), ms(31_001)), None, "over 30 s");
    }

    #[test]
    fn old_reports_are_forgotten() {
        let mut reports = SenderReports::new();
        for i in 1..=9 {
            reports.remember(ALICE, i, ms(1_000));
        }
        assert_eq!(reports.leg(BOB, block(1, 0), ms(1_010)), None);
        assert_eq!(reports.leg(BOB, block(2, 0), ms(1_010)), Some(Span::from_millis(10)));
    }

    #[test]
    fn a_clock_that_stands_still_is_answered_by_its_latest_report() {
        let mut reports = SenderReports::new();
        reports.remember(ALICE, 7, ms(1_000));
        reports.remember(ALICE, 7, ms(6_000));
        assert_eq!(reports.leg(BOB, block(7, 0), ms(6_040)), Some(Span::from_millis(40)));
    }

    #[test]
    fn a_round_trip_needs_both_sides() {
        let mut legs = Legs::new();
        assert_eq!(legs.push(Side::A, Span::from_millis(30)), None);
        assert_eq!(legs.push(Side::B, Span::from_millis(50)), Some(Span::from_millis(80)));
        assert_eq!(legs.push(Side::A, Span::from_millis(20)), Some(Span::from_millis(70)));
        assert_eq!(legs.leg(Side::A), Some(Span::from_millis(20)));
    }
}
