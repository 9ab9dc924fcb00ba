//! Lost packets that come otherwise: redundantly in later ones (RED), by
//! parity (FEC), or again (RTX).

use super::payload::Meaning;
use crate::base::id::Seq;
use crate::metrics::sequence::Sequence;
use crate::wire::payload::fec::Protected;
use crate::wire::payload::red;

/// By what a lost packet was recovered.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Means {
    /// A redundant block of a later packet (RFC 2198).
    Redundancy,
    /// A parity packet and the others that it protects (RFC 5109, RFC 8627).
    Parity,
    /// A retransmission (RFC 4588).
    Retransmission,
}

/// What was sent to repair a stream, and what it recovered.
///
/// A number counts as recovered when it is missing at the time that its repair
/// comes; one that arrives late after all is taken back. Numbers more than 127
/// behind the highest are not looked for.
#[derive(Clone, Debug, Default)]
pub struct Repair {
    /// Packets of RED.
    pub red_packets: u64,
    /// Redundant blocks in them that are not empty.
    pub red_blocks: u64,
    /// Parity packets.
    pub fec_packets: u64,
    /// Retransmissions.
    pub rtx_packets: u64,
    /// Lost packets recovered, by [`Means`].
    recovered: [u64; 3],
    /// Repairs of packets that had come.
    pub unneeded: u64,
    /// What the primary blocks of RED carry.
    pub primary: Option<Meaning>,
    /// Bit `k` is set when the number `k` behind `mask_at` was recovered, and by
    /// which means.
    mask: u128,
    mask_at: i64,
    last_means: Option<Means>,
}

impl Repair {
    /// Lost packets recovered by one means.
    pub const fn recovered(&self, means: Means) -> u64 {
        self.recovered[means as usize]
    }

    /// All lost packets recovered.
    pub fn recovered_in_all(&self) -> u64 {
        self.recovered.iter().sum()
    }

    /// Brings the mask up to the highest number.
    fn shift(&mut self, highest: i64) {
        let by = highest.saturating_sub(self.mask_at);
        if by != 0 {
            let by = u32::try_from(by).unwrap_or(u32::MAX);
            self.mask = self.mask.checked_shl(by).unwrap_or(0);
            self.mask_at = highest;
        }
    }

    /// The place of a number behind the highest, if it is looked for.
    fn behind(sequence: &Sequence, seq: Seq) -> Option<u32> {
        let highest = sequence.highest()?;
        let low = u16::try_from(highest.rem_euclid(1 << 16)).ok()?;
        let behind = Seq(low).ahead_of(seq);
        let expected = i64::from(behind) <= highest - sequence.lowest()?;
        (behind < 128 && expected).then_some(behind.into())
    }

    /// Whether a number is missing, and was not recovered.
    fn lacks(&self, sequence: &Sequence, behind: u32) -> bool {
        (sequence.seen() | self.mask) >> behind & 1 == 0
    }

    /// A repair of number `seq` came.
    fn repair(&mut self, sequence: &Sequence, seq: Seq, means: Means) {
        let Some(behind) = Self::behind(sequence, seq) else { return };
        self.shift(sequence.highest().unwrap_or_default());
        if self.lacks(sequence, behind) {
            self.mask |= 1 << behind;
            self.recovered[means as usize] += 1;
            self.last_means = Some(means);
        } else {
            self.unneeded += 1;
        }
    }

    /// A number that was taken for lost came after all.
    pub(super) fn came_late(&mut self, sequence: &Sequence, behind: u8) {
        self.shift(sequence.highest().unwrap_or_default());
        let bit = 1_u128 << (behind & 127);
        if self.mask & bit != 0 {
            self.mask &= !bit;
            let means = self.last_means.unwrap_or(Means::Redundancy);
            // Whichever means it was, the sum stays right.
            let first = [means, Means::Redundancy, Means::Parity, Means::Retransmission];
            if let Some(means) = first.into_iter().find(|means| self.recovered(*means) > 0) {
                self.recovered[means as usize] -= 1;
            }
            self.unneeded += 1;
        }
    }

    /// A packet of RED came, which is the highest number of its stream; the
    /// redundant blocks are of packets `packet_ticks` apart.
    pub(super) fn redundancy(
        &mut self,
        sequence: &Sequence,
        seq: Seq,
        payload: &[u8],
        packet_ticks: Option<u32>,
    ) {
        self.red_packets += 1;
        for block in red::blocks(payload).filter(|block| block.older_by > 0 && block.length > 0) {
            self.red_blocks += 1;
            let Some(ticks) = packet_ticks.filter(|ticks| *ticks > 0) else { continue };
            if u32::from(block.older_by).is_multiple_of(ticks) {
                let packets = u16::try_from(u32::from(block.older_by) / ticks).unwrap_or(u16::MAX);
                self.repair(sequence, Seq(seq.0.wrapping_sub(packets)), Means::Redundancy);
            }
        }
    }

    /// A parity packet came: it recovers a packet when no other that it
    /// protects is missing.
    pub(super) fn parity(&mut self, sequence: &Sequence, protected: Protected) {
        self.fec_packets += 1;
        self.shift(sequence.highest().unwrap_or_default());
        let mut missing = None;
        for seq in protected.numbers() {
            let Some(behind) = Self::behind(sequence, seq) else { return };
            if self.lacks(sequence, behind) && missing.replace(seq).is_some() {
                return;
            }
        }
        match missing {
            Some(seq) => self.repair(sequence, seq, Means::Parity),
            None => self.unneeded += 1,
        }
    }

    /// A retransmission of number `original` came.
    pub(super) fn retransmission(&mut self, sequence: &Sequence, original: Seq) {
        self.rtx_packets += 1;
        self.repair(sequence, original, Means::Retransmission);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A block 160 ticks older of one octet, then the primary.
    const RED: [u8; 7] = [0x80, 0x02, 0x80, 0x01, 0x00, 9, 9];

    #[test]
    fn a_block_of_the_packet_after_recovers_one() {
        let mut repair = Repair::default();
        let numbers = Sequence::of([10, 11, 13]);
        repair.redundancy(&numbers, Seq(13), &RED, Some(160));
        assert_eq!((repair.recovered(Means::Redundancy), repair.unneeded), (1, 0));
        repair.redundancy(&Sequence::of([10, 11, 13, 14]), Seq(14), &RED, Some(160));
        assert_eq!((repair.recovered(Means::Redundancy), repair.unneeded), (1, 1));
        assert_eq!(repair.red_blocks, 2);
    }

    #[test]
    fn parity_recovers_one_of_many() {
        let protected = Protected { ssrc: None, base: Seq(65_534), mask: 0b1111 };
        let mut repair = Repair::default();
        repair.parity(&Sequence::of([65_533, 65_534, 65_535, 1, 2]), protected);
        assert_eq!(repair.recovered(Means::Parity), 1);
        // Once recovered, it helps to recover another.
        let more = Protected { ssrc: None, base: Seq(65_535), mask: 0b1110 };
        repair.parity(&Sequence::of([65_533, 65_534, 65_535, 1, 3]), more);
        assert_eq!(repair.recovered(Means::Parity), 2);
        let mut two = Repair::default();
        two.parity(&Sequence::of([65_533, 65_534, 2]), protected);
        assert_eq!((two.recovered_in_all(), two.unneeded), (0, 0));
    }

    #[test]
    fn a_latecomer_was_not_recovered() {
        let mut repair = Repair::default();
        repair.retransmission(&Sequence::of([1, 2, 4]), Seq(3));
        assert_eq!(repair.recovered(Means::Retransmission), 1);
        repair.came_late(&Sequence::of([1, 2, 4, 3]), 1);
        assert_eq!((repair.recovered_in_all(), repair.unneeded), (0, 1));
    }

    #[test]
    fn what_was_never_expected_is_not_recovered() {
        let mut repair = Repair::default();
        for original in [0, 5, 40_000] {
            repair.retransmission(&Sequence::of([1, 2, 4]), Seq(original));
        }
        assert_eq!(repair.recovered_in_all(), 0);
    }
}
