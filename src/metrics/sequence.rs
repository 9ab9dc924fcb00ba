//! Sequence numbers as a bystander reads them: what was expected, what is
//! missing, what came twice or late (thresholds of RFC 3550 appendix A.1).

use crate::base::id::Seq;

/// A step ahead of this or more is a jump (RFC 3550 A.1).
pub const MAX_DROPOUT: u16 = 3_000;
/// A step back of this or more is a jump (RFC 3550 A.1).
pub const MAX_MISORDER: u16 = 100;

/// What the sequence number of an arriving packet says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Arrival {
    /// The stream's first packet.
    First,
    /// Ahead of everything before it.
    InOrder {
        /// Numbers between the highest before and this one, 0 when none is missing.
        gap: u16,
    },
    /// The first copy of a number behind the highest: reordered (RFC 4737 section 4).
    Late {
        /// How far behind the highest, 1 to 99.
        behind: u8,
    },
    /// A number that was seen before.
    Duplicate,
    /// A jump that nothing has confirmed: counted as a packet and in nothing else.
    Stray,
    /// The number after the latest stray: sender restarted. A new segment
    /// begins with that stray, and this packet is its second.
    Restart,
}

impl Arrival {
    /// Whether the packet is now the highest of its segment.
    pub const fn advances(self) -> bool {
        matches!(self, Self::First | Self::InOrder { .. } | Self::Restart)
    }
}

/// The counts of a stream. `packets = unique + duplicates + stray`,
/// `expected = unique + lost`.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct SequenceCounts {
    /// Packets seen, every copy.
    pub packets: u64,
    /// Numbers from the lowest to the highest of each segment; the hole
    /// between two segments is not among them.
    pub expected: u64,
    /// Expected numbers that were never seen. Duplicates do not hide a loss
    /// (RFC 3611 section 4.7.1).
    pub lost: u64,
    /// Numbers seen.
    pub unique: u64,
    /// Further copies of numbers seen.
    pub duplicates: u64,
    /// First copies that came behind the highest.
    pub out_of_order: u64,
    /// Segments begun after the first.
    pub restarts: u64,
    /// Isolated jumps.
    pub stray: u64,
}

impl SequenceCounts {
    /// Lost of expected, 0 to 100; `None` before the first packet.
    pub fn lost_percent(&self) -> Option<f64> {
        (self.expected > 0).then(|| 100.0 * self.lost as f64 / self.expected as f64)
    }
}

/// Follows the sequence numbers of one stream in order of arrival.
#[derive(Clone, Copy, Debug)]
pub struct Sequence {
    /// Bit `k` is set when the number `k` behind the highest was seen. As
    /// nothing later than [`MAX_MISORDER`] is accepted, this knows every duplicate.
    seen: u128,
    /// Extended numbers of the segment; the lowest can be below the first.
    highest: i64,
    lowest: i64,
    packets: u64,
    expected_before: u64,
    duplicates: u64,
    out_of_order: u64,
    restarts: u64,
    stray: u64,
    highest_seq: Seq,
    /// The number after the latest jump (`bad_seq` of RFC 3550 A.1).
    after_stray: Option<Seq>,
    /// `base_seq` of RFC 3550 A.1, extended, and the packets counted before it.
    literal_base: i64,
    literal_before: u64,
}

/// The same packets as RFC 3550 A.1 and A.3 count them for a receiver report,
/// from the latest restart on and without probation: duplicates and late
/// packets are received, so that they hide losses and `lost` may be negative.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct LiteralCounts {
    /// Numbers from the first to the highest.
    pub expected: u64,
    /// Packets counted, every copy.
    pub received: u64,
    /// Expected less received.
    pub lost: i64,
}

impl Default for Sequence {
    fn default() -> Self {
        Self::new()
    }
}

impl Sequence {
    /// The packets with these numbers came.
    #[cfg(test)]
    pub(crate) fn of(numbers: impl IntoIterator<Item = u16>) -> Self {
        let mut sequence = Self::new();
        for seq in numbers {
            sequence.push(Seq(seq));
        }
        sequence
    }

    /// A sequence without packets.
    pub const fn new() -> Self {
        Self {
            seen: 0,
            highest: 0,
            lowest: 0,
            packets: 0,
            expected_before: 0,
            duplicates: 0,
            out_of_order: 0,
            restarts: 0,
            stray: 0,
            highest_seq: Seq(0),
            after_stray: None,
            literal_base: 0,
            literal_before: 0,
        }
    }

    /// Takes the next packet's number and says what it is.
    pub fn push(&mut self, seq: Seq) -> Arrival {
        self.packets += 1;
        let ahead = seq.ahead_of(self.highest_seq);
        if self.seen != 0 && 0 < ahead && ahead < MAX_DROPOUT {
            self.highest += i64::from(ahead);
            self.highest_seq = seq;
            self.seen = self.seen.checked_shl(ahead.into()).unwrap_or(0) | 1;
            return Arrival::InOrder { gap: ahead - 1 };
        }
        self.push_unusual(seq, ahead)
    }

    /// Takes as many next numbers, none of which is missing.
    pub fn push_next(&mut self, count: u8) {
        self.packets += u64::from(count);
        self.highest += i64::from(count);
        self.highest_seq = Seq(self.highest_seq.0.wrapping_add(count.into()));
        let came = 1_u128.checked_shl(count.into()).unwrap_or(0).wrapping_sub(1);
        self.seen = self.seen.checked_shl(count.into()).unwrap_or(0) | came;
    }

    /// Everything but the next number ahead.
    fn push_unusual(&mut self, seq: Seq, ahead: u16) -> Arrival {
        if self.seen == 0 {
            self.begin_segment(seq);
            return Arrival::First;
        }
        let behind = ahead.wrapping_neg();
        if behind < MAX_MISORDER {
            return self.push_behind(behind);
        }
        if self.after_stray == Some(seq) {
            self.expected_before += self.expected_in_segment();
            self.restarts += 1;
            self.stray = self.stray.saturating_sub(1);
            self.begin_segment(Seq(seq.0.wrapping_sub(1)));
            self.highest += 1;
            self.highest_seq = seq;
            self.seen = 0b11;
            self.literal_base = self.highest;
            self.literal_before = self.packets - self.stray - 1;
            return Arrival::Restart;
        }
        self.stray += 1;
        self.after_stray = Some(Seq(seq.0.wrapping_add(1)));
        Arrival::Stray
    }

    /// A number at most 99 behind the highest, or the highest again.
    fn push_behind(&mut self, behind: u16) -> Arrival {
        let bit = 1_u128 << behind;
        if self.seen & bit != 0 {
            self.duplicates += 1;
            return Arrival::Duplicate;
        }
        self.seen |= bit;
        self.out_of_order += 1;
        self.lowest = self.lowest.min(self.highest - i64::from(behind));
        Arrival::Late { behind: u8::try_from(behind).unwrap_or(u8::MAX) }
    }

    fn begin_segment(&mut self, first: Seq) {
        self.highest = first.0.into();
        self.lowest = self.highest;
        self.highest_seq = first;
        self.seen = 1;
        self.after_stray = None;
        self.literal_base = self.highest;
    }

    /// The highest extended number of the present segment, whose first packet
    /// kept its 16 bits; `None` before the first packet.
    pub fn highest(&self) -> Option<i64> {
        (self.seen != 0).then_some(self.highest)
    }

    /// The number that is ahead of all others; `None` before the first packet.
    pub fn newest(&self) -> Option<Seq> {
        (self.seen != 0).then_some(self.highest_seq)
    }

    /// The counts of a receiver to the letter of RFC 3550.
    pub fn literal(&self) -> LiteralCounts {
        if self.seen == 0 {
            return LiteralCounts::default();
        }
        let expected = self.highest.abs_diff(self.literal_base) + 1;
        let received = self.packets - self.stray - self.literal_before;
        let lost = expected.cast_signed().saturating_sub(received.cast_signed());
        LiteralCounts { expected, received, lost }
    }

    /// Which of the last 128 numbers were seen: bit `k` is the number `k` behind
    /// the highest.
    pub const fn seen(&self) -> u128 {
        self.seen
    }

    /// The lowest extended number of the present segment; `None` before the
    /// first packet.
    pub fn lowest(&self) -> Option<i64> {
        (self.seen != 0).then_some(self.lowest)
    }

    fn expected_in_segment(&self) -> u64 {
        self.highest.abs_diff(self.lowest) + u64::from(self.seen != 0)
    }

    /// The counts so far.
    pub fn counts(&self) -> SequenceCounts {
        let expected = self.expected_before + self.expected_in_segment();
        let unique = self.packets - self.duplicates - self.stray;
        SequenceCounts {
            packets: self.packets,
            expected,
            lost: expected - unique,
            unique,
            duplicates: self.duplicates,
            out_of_order: self.out_of_order,
            restarts: self.restarts,
            stray: self.stray,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use proptest::prelude::*;

    use super::*;

    fn counts(numbers: &[u16]) -> SequenceCounts {
        let mut sequence = Sequence::new();
        for &seq in numbers {
            sequence.push(Seq(seq));
        }
        sequence.counts()
    }

    fn arrivals(numbers: &[u16]) -> Vec<Arrival> {
        let mut sequence = Sequence::new();
        numbers.iter().map(|&seq| sequence.push(Seq(seq))).collect()
    }

    #[test]
    fn every_kind_of_arrival_is_named() {
        use Arrival::{Duplicate, First, InOrder, Late, Restart, Stray};
        assert_eq!(
            arrivals(&[65_534, 65_535, 2, 0, 0, 2, 9_000, 3, 20_000, 20_001, 20_002]),
            [
                First,
                InOrder { gap: 0 },
                InOrder { gap: 2 },
                Late { behind: 2 },
                Duplicate,
                Duplicate,
                Stray,
                InOrder { gap: 0 },
                Stray,
                Restart,
                InOrder { gap: 0 },
            ]
        );
    }

    #[test]
    fn thresholds_are_those_of_rfc_3550() {
        assert_eq!(arrivals(&[5_000, 7_999])[1], Arrival::InOrder { gap: 2_998 });
        assert_eq!(arrivals(&[5_000, 8_000])[1], Arrival::Stray);
        assert_eq!(arrivals(&[5_000, 4_901])[1], Arrival::Late { behind: 99 });
        assert_eq!(arrivals(&[5_000, 4_900])[1], Arrival::Stray);
    }

    #[test]
    fn a_restart_takes_back_only_the_stray_it_follows() {
        let counts = counts(&[10, 11, 30_000, 12, 40_000, 40_001]);
        assert_eq!((counts.stray, counts.restarts), (1, 1));
        assert_eq!((counts.expected, counts.unique, counts.lost), (5, 5, 0));
    }

    #[test]
    fn an_old_jump_confirms_no_new_one() {
        let arrivals = arrivals(&[10, 30_000, 30_001, 32_000, 30_001]);
        assert_eq!((arrivals[2], arrivals[4]), (Arrival::Restart, Arrival::Stray));
    }

    #[test]
    fn nothing_is_known_before_the_first_packet() {
        let sequence = Sequence::new();
        assert_eq!(sequence.counts(), SequenceCounts::default());
        assert_eq!(sequence.counts().lost_percent(), None);
        assert_eq!(sequence.highest(), None);
    }

    /// The definition of the counts, word by word, with every number remembered.
    fn by_definition(numbers: &[u16]) -> SequenceCounts {
        let mut counts = SequenceCounts::default();
        let mut segments: Vec<HashSet<i64>> = Vec::new();
        let mut after_stray = None;
        for &seq in numbers {
            counts.packets += 1;
            let Some(segment) = segments.last_mut() else {
                segments.push(HashSet::from([seq.into()]));
                continue;
            };
            let highest = *segment.iter().max().unwrap();
            let ahead = (i64::from(seq) - highest).rem_euclid(65_536);
            let near = highest + if ahead < 32_768 { ahead } else { ahead - 65_536 };
            if near - highest < 3_000 && highest - near < 100 {
                if !segment.insert(near) {
                    counts.duplicates += 1;
                } else if near < highest {
                    counts.out_of_order += 1;
                }
            } else if after_stray == Some(seq) {
                counts.restarts += 1;
                counts.stray -= 1;
                let first = i64::from(seq.wrapping_sub(1));
                segments.push(HashSet::from([first, first + 1]));
                after_stray = None;
            } else {
                counts.stray += 1;
                after_stray = Some(seq.wrapping_add(1));
            }
        }
        for segment in &segments {
            let span = segment.iter().max().unwrap() - segment.iter().min().unwrap() + 1;
            counts.expected += u64::try_from(span).unwrap();
            counts.unique += segment.len() as u64;
        }
        counts.lost = counts.expected - counts.unique;
        counts
    }

    /// Walks of a sender: mostly onwards, with losses, swaps, copies and jumps.
    fn walk() -> impl Strategy<Value = Vec<u16>> {
        let step = prop_oneof![
            8 => Just(1_i32),
            2 => 2..6,
            2 => -4..=0,
            1 => -110..3_010,
            1 => -40_000..40_000,
        ];
        (any::<u16>(), prop::collection::vec(step, 0..120)).prop_map(|(first, steps)| {
            let mut at = i32::from(first);
            steps
                .into_iter()
                .map(|step| {
                    at += step;
                    u16::try_from(at.rem_euclid(65_536)).unwrap()
                })
                .collect()
        })
    }

    proptest! {
        #[test]
        fn streaming_equals_the_definition(numbers in walk()) {
            prop_assert_eq!(counts(&numbers), by_definition(&numbers));
        }

        #[test]
        fn the_literal_counts_are_those_of_rfc_3550_s_receiver(numbers in walk()) {
            let mut sequence = Sequence::new();
            let mut receiver = crate::metrics::rfc3550::Receiver::new(0);
            for &seq in &numbers {
                sequence.push(Seq(seq));
                receiver.push(Seq(seq));
                let literal = sequence.literal();
                prop_assert_eq!(literal.expected.cast_signed(), receiver.expected());
                prop_assert_eq!(literal.received, receiver.received());
                prop_assert_eq!(literal.lost, receiver.lost());
            }
        }

        #[test]
        fn duplicates_never_change_what_was_expected(
            first in any::<u16>(),
            copies in prop::collection::vec(0_u16..90, 100),
        ) {
            let clean: Vec<u16> = (0..100).map(|i| first.wrapping_add(i)).collect();
            let mut doubled = Vec::new();
            for (i, &seq) in clean.iter().enumerate() {
                doubled.push(seq);
                let back = copies[i].min(u16::try_from(i).unwrap());
                doubled.push(seq.wrapping_sub(back));
            }
            let (clean, doubled) = (counts(&clean), counts(&doubled));
            prop_assert_eq!((clean.expected, clean.lost), (doubled.expected, doubled.lost));
            prop_assert_eq!(doubled.duplicates, 100);
        }

        #[test]
        fn order_within_the_window_never_changes_what_was_lost(
            first in any::<u16>(),
            lost in prop::collection::hash_set(1_usize..119, 0..30),
            order in Just((0..40_u16).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let mut shuffled = Vec::new();
            for block in 0..3 {
                shuffled.extend(order.iter().map(|i| block * 40 + i));
            }
            shuffled.retain(|i| !lost.contains(&usize::from(*i)));
            let numbers: Vec<u16> = shuffled.iter().map(|i| first.wrapping_add(*i)).collect();
            let counts = counts(&numbers);
            prop_assert_eq!(counts.lost, lost.len() as u64);
            prop_assert_eq!(counts.expected, 120);
        }
    }
}
