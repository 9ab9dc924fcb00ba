//! Loss as an RTP receiver reports it: RFC 3550 appendix A.1 and A.3, to the
//! letter, and the fields of a report block.

use crate::base::id::Seq;
use crate::metrics::sequence::{MAX_DROPOUT, MAX_MISORDER};

/// The receiver's variables of RFC 3550 A.1. Duplicates and late packets count
/// as received, so what is lost can be negative.
#[derive(Clone, Copy, Debug)]
pub struct Receiver {
    min_sequential: u8,
    probation: u8,
    started: bool,
    max_seq: Seq,
    base_seq: Seq,
    bad_seq: Option<Seq>,
    cycles: u64,
    received: u64,
    resets: u64,
}

impl Receiver {
    /// A receiver that believes a source after `min_sequential` packets in
    /// sequence: 2 in the RFC, 0 for a bystander who must not miss the first.
    pub const fn new(min_sequential: u8) -> Self {
        Self {
            min_sequential,
            probation: min_sequential,
            started: false,
            max_seq: Seq(0),
            base_seq: Seq(0),
            bad_seq: None,
            cycles: 0,
            received: 0,
            resets: 0,
        }
    }

    /// `update_seq`: whether the packet is counted.
    pub fn push(&mut self, seq: Seq) -> bool {
        if !self.started {
            self.started = true;
            self.begin(seq);
            self.max_seq = Seq(seq.0.wrapping_sub(u16::from(self.min_sequential > 0)));
        }
        let ahead = seq.ahead_of(self.max_seq);
        if self.probation > 0 {
            return self.push_on_probation(seq, ahead);
        }
        if ahead < MAX_DROPOUT {
            if seq.0 < self.max_seq.0 {
                self.cycles += 1;
            }
            self.max_seq = seq;
        } else if ahead.wrapping_neg() >= MAX_MISORDER {
            if self.bad_seq != Some(seq) {
                self.bad_seq = Some(Seq(seq.0.wrapping_add(1)));
                return false;
            }
            self.resets += 1;
            self.begin(seq);
        }
        self.received += 1;
        true
    }

    fn push_on_probation(&mut self, seq: Seq, ahead: u16) -> bool {
        self.max_seq = seq;
        if ahead != 1 {
            self.probation = self.min_sequential.saturating_sub(1);
            return false;
        }
        self.probation -= 1;
        if self.probation > 0 {
            return false;
        }
        self.begin(seq);
        self.received = 1;
        true
    }

    /// `init_seq`: all counters begin again.
    fn begin(&mut self, seq: Seq) {
        self.base_seq = seq;
        self.max_seq = seq;
        self.bad_seq = None;
        self.cycles = 0;
        self.received = 0;
    }

    /// Whether probation is over.
    pub const fn is_valid(&self) -> bool {
        self.started && self.probation == 0
    }

    /// The number from which packets are expected.
    pub const fn base_seq(&self) -> Seq {
        self.base_seq
    }

    /// Times that the sequence numbers wrapped.
    pub const fn cycles(&self) -> u64 {
        self.cycles
    }

    /// Times that a jump was accepted as a restart.
    pub const fn resets(&self) -> u64 {
        self.resets
    }

    /// Packets counted since the latest restart.
    pub const fn received(&self) -> u64 {
        self.received
    }

    /// The extended highest number: cycles in the upper bits.
    pub fn extended_max(&self) -> u64 {
        (self.cycles << 16) + u64::from(self.max_seq.0)
    }

    /// Numbers expected since the latest restart. Negative only on probation,
    /// when the first packets came backwards.
    pub fn expected(&self) -> i64 {
        if !self.started {
            return 0;
        }
        self.extended_max().cast_signed() - i64::from(self.base_seq.0) + 1
    }

    /// Expected less received (RFC 3550 A.3).
    pub fn lost(&self) -> i64 {
        self.expected() - self.received.cast_signed()
    }
}

/// The fraction lost of an interval in 1/256 (RFC 3550 A.3): 0 when nothing is
/// missing. All lost gives 256, which the octet of a report block cannot hold.
pub fn fraction_lost(expected_interval: u64, received_interval: u64) -> u16 {
    let lost = expected_interval.saturating_sub(received_interval);
    let fraction = (u128::from(lost) << 8).checked_div(expected_interval.into()).unwrap_or(0);
    u16::try_from(fraction).unwrap_or(256)
}

const MIN_CUMULATIVE: i64 = -0x80_0000;
const MAX_CUMULATIVE: i64 = 0x7f_ffff;

/// `lost` as the cumulative number of a report block can say it: clamped to
/// signed 24 bits.
pub fn clamp_cumulative_lost(lost: i64) -> i32 {
    i32::try_from(lost.clamp(MIN_CUMULATIVE, MAX_CUMULATIVE)).unwrap_or(0)
}

/// The 24 bits of the cumulative number lost.
pub fn cumulative_lost_to_wire(lost: i64) -> u32 {
    clamp_cumulative_lost(lost).cast_unsigned() & 0xff_ffff
}

/// The cumulative number lost from the 24 low bits of `wire`.
pub const fn cumulative_lost_from_wire(wire: u32) -> i32 {
    (wire << 8).cast_signed() >> 8
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn receiver(min_sequential: u8, numbers: impl IntoIterator<Item = u16>) -> Receiver {
        let mut receiver = Receiver::new(min_sequential);
        for seq in numbers {
            receiver.push(Seq(seq));
        }
        receiver
    }

    #[test]
    fn a_duplicate_hides_a_loss() {
        let receiver = receiver(0, [10, 11, 11, 13]);
        assert_eq!((receiver.expected(), receiver.received(), receiver.lost()), (4, 4, 0));
    }

    #[test]
    fn probation_begins_at_the_second_packet() {
        let waiting = receiver(2, [7]);
        assert!(!waiting.is_valid());
        let believed = receiver(2, [65_535, 0, 1]);
        assert!(believed.is_valid());
        assert_eq!((believed.base_seq(), believed.expected(), believed.lost()), (Seq(0), 2, 0));
    }

    #[test]
    fn a_jump_is_not_counted_until_it_goes_on() {
        assert_eq!(receiver(0, [5_000, 7_999]).received(), 2);
        assert_eq!(receiver(0, [5_000, 8_000]).received(), 1);
        assert_eq!(receiver(0, [5_000, 4_901]).received(), 2);
        assert_eq!(receiver(0, [5_000, 4_900]).received(), 1);
        let restarted = receiver(0, [5_000, 4_800, 4_801]);
        assert_eq!((restarted.received(), restarted.resets()), (1, 1));
    }

    #[test]
    fn nothing_was_expected_before_the_first_packet() {
        assert_eq!((Receiver::new(0).expected(), Receiver::new(2).lost()), (0, 0));
    }

    #[test]
    fn extreme_fractions_stay_in_range() {
        assert_eq!(fraction_lost(u64::MAX, 0), 256);
        assert_eq!(fraction_lost(0, u64::MAX), 0);
    }

    proptest! {
        #[test]
        fn the_wire_keeps_what_fits(lost in any::<i64>()) {
            let back = cumulative_lost_from_wire(cumulative_lost_to_wire(lost));
            prop_assert_eq!(back, clamp_cumulative_lost(lost));
        }

        #[test]
        fn no_order_of_numbers_breaks_a_receiver(
            numbers in prop::collection::vec(any::<u16>(), 0..200),
            min_sequential in 0_u8..4,
        ) {
            let receiver = receiver(min_sequential, numbers.iter().copied());
            prop_assert!(receiver.received() <= numbers.len() as u64);
        }
    }
}
