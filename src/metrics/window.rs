//! The last numbers of a stream, held until none of them can still arrive;
//! then what is missing becomes a loss pattern, for the network alone and for
//! each playout buffer behind it.

use crate::metrics::gaps::{LossFigures, LossPattern};
use crate::metrics::sequence::Arrival;

/// Numbers held: more than [`crate::metrics::sequence::MAX_MISORDER`], so that
/// none arrives after it was judged.
const HELD: usize = 128;
const HELD_NUMBERS: u64 = HELD as u64;

/// The mark of a number that did not arrive: lost to the network and to every buffer.
const MISSING: u8 = u8::MAX;

/// The loss patterns of one stream: of the network, and of the network with
/// the discards of each of `BUFFERS` playout buffers (7 at most).
///
/// Nothing is done for a packet in order that every buffer played but to write
/// its mark.
#[derive(Clone, Copy, Debug)]
pub struct LossWindow<const BUFFERS: usize> {
    /// Marks by number modulo [`HELD`]: 0 played by all, bit 0 lost in the
    /// network, bit `i + 1` not played by buffer `i`.
    marks: [u8; HELD],
    /// The highest number, counted from the segment's first packet.
    head: u64,
    /// How many numbers below the segment's first packet are expected too.
    below: u64,
    /// Expected numbers of the segments before.
    before: u64,
    started: bool,
    network: LossPattern,
    buffers: [LossPattern; BUFFERS],
}

/// The figures of a [`LossWindow`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct WindowFigures<const BUFFERS: usize> {
    /// Network loss alone.
    pub network: LossFigures,
    /// Loss and discards, by buffer.
    pub buffers: [LossFigures; BUFFERS],
}

impl<const BUFFERS: usize> WindowFigures<BUFFERS> {
    /// What buffer `buffer` discarded.
    pub fn discarded(&self, buffer: usize) -> u64 {
        self.buffers.get(buffer).map_or(0, |both| both.lost.saturating_sub(self.network.lost))
    }
}

impl<const BUFFERS: usize> Default for LossWindow<BUFFERS> {
    fn default() -> Self {
        Self::new()
    }
}

impl<const BUFFERS: usize> LossWindow<BUFFERS> {
    /// A window before the first packet.
    pub const fn new() -> Self {
        const { assert!(BUFFERS < 8, "a mark has eight bits") }
        Self {
            marks: [0; HELD],
            head: 0,
            below: 0,
            before: 0,
            started: false,
            network: LossPattern::new(super::gaps::GMIN),
            buffers: [LossPattern::new(super::gaps::GMIN); BUFFERS],
        }
    }

    /// Takes the next packet: what its number says, and the playout buffers
    /// that discarded it (bit `i` for buffer `i`).
    #[inline]
    pub fn record(&mut self, arrival: Arrival, discarded: u8) {
        let mark = discarded << 1;
        match arrival {
            Arrival::InOrder { gap } => self.advance(gap, mark),
            Arrival::Late { behind } => self.fill_in(behind, mark),
            Arrival::First => self.begin_segment(mark),
            Arrival::Restart => {
                // The stray that began the segment is what its buffers were
                // set by, so none discarded it.
                self.begin_segment(0);
                self.advance(0, mark);
            }
            Arrival::Duplicate | Arrival::Stray => {}
        }
    }

    fn begin_segment(&mut self, mark: u8) {
        if self.started {
            self.judge_all();
            self.before += self.below + self.head + 1;
        }
        self.started = true;
        self.marks = [0; HELD];
        self.head = 0;
        self.below = 0;
        self.set(0, mark);
    }

    fn set(&mut self, number: u64, mark: u8) {
        // The remainder is an index of the array, so nothing is left out.
        if let Some(slot) = self.marks.get_mut(slot_of(number)) {
            *slot = mark;
        }
    }

    #[inline]
    fn advance(&mut self, gap: u16, mark: u8) {
        if gap > 0 {
            self.skip(gap.into());
        }
        self.head += 1;
        let slot = slot_of(self.head);
        let leaving = self.marks.get(slot).copied().unwrap_or(0);
        if leaving != 0 {
            self.judge(Run { first: self.index_of_leaving(self.head), len: 1, mark: leaving });
        }
        self.set(self.head, mark);
    }

    /// `gap` numbers did not arrive. Those that leave the window at once are
    /// told as one run, so that a jump costs no more than the window.
    #[cold]
    fn skip(&mut self, gap: u64) {
        let through = gap.saturating_sub(HELD_NUMBERS);
        if through > 0 {
            self.judge_all();
            self.marks = [0; HELD];
            let first = self.before + self.below + self.head + 1;
            let len = u32::try_from(through).unwrap_or(u32::MAX);
            self.judge(Run { first, len, mark: MISSING });
            self.head += through;
        }
        let mut run = Run::default();
        for _ in through..gap {
            self.head += 1;
            let leaving = self.marks.get(slot_of(self.head)).copied().unwrap_or(0);
            let index = self.index_of_leaving(self.head);
            if let Some(ended) = run.extend(index, leaving) {
                self.judge(ended);
            }
            self.set(self.head, MISSING);
        }
        self.judge(run);
    }

    /// A number behind the highest arrived; it can be below the segment's
    /// first packet, and then those between are missing.
    #[cold]
    fn fill_in(&mut self, behind: u8, mark: u8) {
        let behind = u64::from(behind);
        let below = behind.saturating_sub(self.head);
        for number in self.below..below {
            self.set(HELD_NUMBERS.wrapping_sub(number + 1), MISSING);
        }
        self.below = self.below.max(below);
        self.set(self.head.wrapping_sub(behind), mark);
    }

    /// The index of the number whose place `number` takes.
    const fn index_of_leaving(&self, number: u64) -> u64 {
        (self.before + self.below + number).saturating_sub(HELD_NUMBERS)
    }

    fn judge(&mut self, run: Run) {
        if run.mark & 1 != 0 {
            self.network.lost_run(run.first, run.len);
        }
        for (bit, pattern) in (1..).zip(&mut self.buffers) {
            if run.mark >> bit & 1 != 0 {
                pattern.lost_run(run.first, run.len);
            }
        }
    }

    /// Judges every number still held, without letting go of it.
    fn judge_all(&mut self) {
        let held = HELD_NUMBERS.min(self.below + self.head + 1);
        let mut run = Run::default();
        for behind in (0..held).rev() {
            let mark =
                self.marks.get(slot_of(self.head.wrapping_sub(behind))).copied().unwrap_or(0);
            let index = (self.before + self.below + self.head).saturating_sub(behind);
            if let Some(ended) = run.extend(index, mark) {
                self.judge(ended);
            }
        }
        self.judge(run);
    }

    /// The figures so far, as if the stream had ended; it goes on unharmed.
    pub fn figures(&self) -> WindowFigures<BUFFERS> {
        let mut ended = *self;
        let mut total = 0;
        if ended.started {
            ended.judge_all();
            total = ended.before + ended.below + ended.head + 1;
        }
        WindowFigures {
            network: ended.network.figures(total),
            buffers: ended.buffers.map(|pattern| pattern.figures(total)),
        }
    }
}

/// Neighbouring numbers of one mark, so that a hole is judged at once.
#[derive(Clone, Copy, Default)]
struct Run {
    first: u64,
    len: u32,
    mark: u8,
}

impl Run {
    /// Adds the next number, or begins anew with it and returns what ended.
    fn extend(&mut self, index: u64, mark: u8) -> Option<Self> {
        if mark == self.mark && self.len > 0 {
            self.len += 1;
            return None;
        }
        Some(std::mem::replace(self, Self { first: index, len: 1, mark }))
    }
}

/// The place of a number; numbers below the first wrap to the end.
const fn slot_of(number: u64) -> usize {
    (number % HELD_NUMBERS) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::id::Seq;
    use crate::metrics::sequence::Sequence;

    /// Packets of one stream: number, and the buffers that discard it.
    fn window(packets: &[(u16, u8)]) -> LossWindow<2> {
        let (mut sequence, mut window) = (Sequence::new(), LossWindow::new());
        for &(seq, discarded) in packets {
            window.record(sequence.push(Seq(seq)), discarded);
        }
        window
    }

    fn pattern(events: &str) -> LossFigures {
        let mut pattern = LossPattern::default();
        for (index, event) in (0..).zip(events.chars()) {
            if event != 'R' {
                pattern.lost_at(index);
            }
        }
        pattern.figures(events.len() as u64)
    }

    #[test]
    fn a_buffer_sees_the_network_s_losses_and_its_own() {
        let figures = window(&[(7, 0), (8, 0b10), (10, 0), (11, 0b11), (12, 0)]).figures();
        assert_eq!(figures.network, pattern("RRLRRR"));
        assert_eq!(figures.buffers, [pattern("RRLRDR"), pattern("RDLRDR")]);
        assert_eq!((figures.discarded(0), figures.discarded(1)), (1, 2));
    }

    #[test]
    fn numbers_below_the_first_packet_are_expected() {
        let figures = window(&[(100, 0), (96, 0b1), (98, 0), (101, 0)]).figures();
        assert_eq!(figures.network, pattern("RLRLRR"));
        assert_eq!(figures.buffers, [pattern("DLRLRR"), pattern("RLRLRR")]);
    }

    #[test]
    fn segments_follow_each_other_without_the_hole() {
        let figures = window(&[(10, 0), (12, 0), (9_000, 0), (9_001, 0b1), (9_003, 0)]).figures();
        assert_eq!(figures.network, pattern("RLRRRLR"));
        assert_eq!(figures.buffers[0], pattern("RLRRDLR"));
    }

    #[test]
    fn a_long_gap_is_one_run() {
        let figures = window(&[(1, 0), (2, 0), (2_900, 0), (2_901, 0b1)]).figures();
        let map = format!("RR{}RR", "L".repeat(2_897));
        assert_eq!(figures.network, pattern(&map));
        assert_eq!(figures.buffers[0].lost, 2_898);
    }

    #[test]
    fn before_the_first_packet_there_is_nothing() {
        assert_eq!(LossWindow::<2>::new().figures().network, LossFigures::default());
    }

    /// A stream whose packets are shuffled within the window; `events` is its
    /// true pattern.
    fn shuffled(events: &[u8], order: &[usize], first: u16) -> Vec<(u16, u8)> {
        let mut packets = Vec::new();
        for (block, events) in events.chunks(order.len()).enumerate() {
            for &i in order.iter().filter(|&&i| i < events.len()) {
                if events[i] != MISSING {
                    let ahead = u16::try_from(block * order.len() + i).unwrap();
                    packets.push((first.wrapping_add(ahead), events[i]));
                }
            }
        }
        packets
    }

    proptest! {
        #[test]
        fn the_pattern_is_that_of_the_numbers_in_whatever_order(
            inner in prop::collection::vec(
                prop_oneof![6 => Just(0_u8), 2 => Just(MISSING), 1 => 1_u8..4], 0..600),
            order in Just((0..30_usize).collect::<Vec<_>>()).prop_shuffle(),
            first in any::<u16>(),
        ) {
            // The ends of a stream that are lost cannot be known of.
            let mut events = vec![0];
            events.extend(inner);
            events.push(0);
            let figures = window(&shuffled(&events, &order, first)).figures();
            let map = |bit: u8| -> String {
                events.iter().map(|e| if e >> bit & 1 == 1 { 'D' } else { 'R' }).collect()
            };
            let network: String =
                events.iter().map(|e| if *e == MISSING { 'L' } else { 'R' }).collect();
            prop_assert_eq!(figures.network, pattern(&network));
            prop_assert_eq!(figures.buffers, [pattern(&map(0)), pattern(&map(1))]);
        }

        #[test]
        fn a_snapshot_is_a_fresh_run_on_the_prefix(
            steps in prop::collection::vec((-30_i32..40, 0_u8..4), 1..400),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut at = 5_000_i32;
            let packets: Vec<(u16, u8)> = steps
                .iter()
                .map(|(step, discarded)| {
                    at += step;
                    (u16::try_from(at.rem_euclid(65_536)).unwrap(), *discarded)
                })
                .collect();
            let cut = cut.index(packets.len());
            let (mut sequence, mut whole) = (Sequence::new(), LossWindow::<2>::new());
            for (i, &(seq, discarded)) in packets.iter().enumerate() {
                if i == cut {
                    prop_assert_eq!(whole.figures(), window(&packets[..cut]).figures());
                }
                whole.record(sequence.push(Seq(seq)), discarded);
                let (figures, counts) = (whole.figures(), sequence.counts());
                prop_assert_eq!(figures.network.lost, counts.lost);
                prop_assert_eq!(figures.network.total, counts.expected);
            }
            prop_assert_eq!(whole.figures(), window(&packets).figures());
        }
    }
}
