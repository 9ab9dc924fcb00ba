//! The packet time of a stream: how much media time its sender puts in a packet.

use std::num::NonZeroU32;

use crate::base::time::Span;
use crate::metrics::sequence::Arrival;
use crate::metrics::timeline::{Begins, Step};

/// The most frequent timestamp step per sequence number, found with two
/// counters (Misra and Gries): certain for a step that more than a third of
/// the packets share.
#[derive(Clone, Copy, Debug, Default)]
pub struct PacketTime {
    ticks: [u32; 2],
    votes: [u32; 2],
    /// Whether the packet before was the highest of its segment: the step from
    /// one that came late spans other numbers than the arrival says.
    after_highest: bool,
}

impl PacketTime {
    /// Before the first packet.
    pub const fn new() -> Self {
        Self { ticks: [0; 2], votes: [0; 2], after_highest: false }
    }

    /// Takes the next step of a packet that arrived as `arrival`.
    #[inline]
    pub fn push(&mut self, arrival: Arrival, step: &Step) {
        if step.begins == Begins::Clock {
            *self = Self::new();
        }
        let after_highest = std::mem::replace(&mut self.after_highest, arrival.advances());
        if !after_highest || step.begins != Begins::Nothing {
            return;
        }
        let Arrival::InOrder { gap } = arrival else { return };
        let Ok(ticks) = u32::try_from(step.ticks) else { return };
        let numbers = u32::from(gap) + 1;
        if numbers == 1 {
            self.vote(ticks);
        } else if ticks.is_multiple_of(numbers) {
            self.vote(ticks / numbers);
        }
    }

    #[inline]
    fn vote(&mut self, step: u32) {
        let ([first, second], [for_first, for_second]) = (&mut self.ticks, &mut self.votes);
        if *first == step {
            *for_first = for_first.saturating_add(1);
        } else if *second == step {
            *for_second = for_second.saturating_add(1);
            if *for_second > *for_first {
                std::mem::swap(first, second);
                std::mem::swap(for_first, for_second);
            }
        } else if *for_first == 0 {
            (*first, *for_first) = (step, 1);
        } else if *for_second == 0 {
            (*second, *for_second) = (step, 1);
        } else {
            *for_first -= 1;
            *for_second -= 1;
        }
    }

    /// The packet time in ticks; `None` as [`Self::at_clock`].
    pub const fn ticks(&self) -> Option<u32> {
        let ([ticks, _], [votes, _]) = (self.ticks, self.votes);
        if votes > 0 && ticks > 0 { Some(ticks) } else { None }
    }

    /// The packet time at `clock`; `None` before there is one and when most
    /// packets share a timestamp, as those of a video frame do.
    pub fn at_clock(&self, clock: NonZeroU32) -> Option<Span> {
        let nanos = u64::from(self.ticks()?) * 1_000_000_000 / u64::from(clock.get());
        Some(Span::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(steps: impl IntoIterator<Item = (Arrival, i32)>) -> Option<Span> {
        let mut time = PacketTime::new();
        let mut push = |arrival, ticks, begins| {
            let (arrived, media_ns) = (Span::ZERO, 0.0);
            let (elapsed, media_elapsed_ns) = (arrived, media_ns);
            let step =
                Step { begins, ticks, arrival: arrived, media_ns, elapsed, media_elapsed_ns };
            time.push(arrival, &step);
        };
        push(Arrival::First, 0, Begins::Stream);
        for (arrival, ticks) in steps {
            push(arrival, ticks, Begins::Nothing);
        }
        time.at_clock(NonZeroU32::new(8_000).unwrap())
    }

    fn packet_time(steps: impl IntoIterator<Item = (u16, i32)>) -> Option<Span> {
        after(steps.into_iter().map(|(gap, ticks)| (Arrival::InOrder { gap }, ticks)))
    }

    #[test]
    fn pauses_and_losses_do_not_hide_it() {
        let talk = [(0, 160), (0, 160), (1, 320), (0, 4_000), (0, 160), (0, 80)];
        assert_eq!(packet_time(talk), Some(Span::from_millis(20)));
        assert_eq!(packet_time([(1, 320); 5]), Some(Span::from_millis(20)));
    }

    #[test]
    fn swapped_neighbours_do_not_vote() {
        // 0 1 3 2 5 4 7 6 ...
        let swaps = (0..20).flat_map(|_| {
            [(Arrival::InOrder { gap: 1 }, 480), (Arrival::Late { behind: 1 }, -160)]
        });
        let first = [(Arrival::InOrder { gap: 0 }, 160)];
        assert_eq!(after(first.into_iter().chain(swaps)), Some(Span::from_millis(20)));
    }

    #[test]
    fn it_follows_the_majority() {
        let change = std::iter::repeat_n((0, 160), 10).chain(std::iter::repeat_n((0, 240), 50));
        assert_eq!(packet_time(change), Some(Span::from_millis(30)));
    }

    #[test]
    fn frames_of_many_packets_have_none() {
        assert_eq!(packet_time([(0, 0), (0, 0), (0, 3_000), (0, 0)]), None);
        assert_eq!(packet_time([]), None);
        assert_eq!(packet_time([(0, -160)]), None);
    }
}
