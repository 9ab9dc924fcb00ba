//! Fragments of IP packets to whole packets (RFC 791 section 3.2, RFC 8200
//! section 4.5).

use std::collections::VecDeque;
use std::net::IpAddr;

use hashbrown::HashMap;

use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::wire::frame::Fragment;
use crate::wire::ip::IpHeader;
use crate::wire::malformed::Reason;

/// How long fragments wait for the others, in capture time: the 60 s of
/// RFC 8200 are the longest that any receiver waits.
const PATIENCE: Span = Span::from_secs(60);
/// How long a packet's fragments that come again are known to be copies: a
/// mirror repeats them at once, and a sender does not use an id twice so soon.
const COPIES: Span = Span::from_secs(2);
/// The greatest payload of an IP packet.
const MAX_PACKET: u32 = 65_535;
/// Pieces of one packet; 576 octets is the smallest unit that links have.
const MAX_PIECES: usize = 256;
/// What a piece and a packet take beside their bytes, and count as held.
const OVERHEAD: usize = 64;

/// What the fragments of a packet have in common.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
struct Key {
    src: IpAddr,
    dst: IpAddr,
    id: u32,
    protocol: u8,
}

/// A packet of which fragments are missing.
#[derive(Clone, Debug)]
struct Incomplete {
    header: Option<IpHeader>,
    /// Pieces by offset, without overlaps.
    pieces: Vec<(u32, Vec<u8>)>,
    /// Length of the whole payload, once its last fragment came.
    total: Option<u32>,
    held: usize,
    since: Timestamp,
    /// Whether the packet was put together before: these are copies.
    again: bool,
}

/// A packet put together.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The header of its first fragment; the length is the whole packet's.
    pub header: IpHeader,
    /// The payload.
    pub payload: Vec<u8>,
}

/// What became of a fragment.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// It waits for others.
    Waiting,
    /// It completed its packet.
    Whole(Whole),
    /// It is a copy of one that came before.
    Copy,
}

/// Packets of which fragments are missing.
#[derive(Clone, Debug, Default)]
pub struct Fragments {
    table: HashMap<Key, Incomplete>,
    /// Keys by age, the oldest first.
    ages: VecDeque<(Timestamp, Key)>,
    /// Packets put together lately: when each was last, and in what order.
    done: HashMap<Key, Timestamp>,
    done_order: VecDeque<(Timestamp, Key)>,
    held: usize,
}

impl Fragments {
    /// Takes a fragment. What cannot be used is told to `problem`.
    pub fn push(
        &mut self,
        fragment: &Fragment<'_>,
        at: Timestamp,
        limits: &Limits,
        problem: &mut impl FnMut(Reason),
    ) -> Outcome {
        self.expire(at, problem);
        let length = u32::try_from(fragment.payload.len()).unwrap_or(u32::MAX);
        let end = fragment.offset.saturating_add(length);
        if length == 0 || end > MAX_PACKET || fragment.more && !length.is_multiple_of(8) {
            problem(Reason::IpFragmentBad);
            return Outcome::Waiting;
        }
        let IpHeader { src, dst, protocol, .. } = fragment.header;
        let key = Key { src, dst, id: fragment.id, protocol };
        let again = self.done.contains_key(&key);
        if !self.table.contains_key(&key) {
            while self.table.len() >= limits.fragmented_packets.max(1) {
                self.evict(problem);
            }
            self.remember_age(at, key);
        }
        let incomplete =
            self.table.entry(key).or_insert_with(|| Incomplete { again, ..Incomplete::new(at) });
        let before = if incomplete.pieces.is_empty() { 0 } else { incomplete.held };
        let copy = incomplete.take(fragment, end, problem);
        self.held = self.held - before + incomplete.held;
        if incomplete.is_whole()
            && let Some(incomplete) = self.table.remove(&key)
        {
            self.held = self.held.saturating_sub(incomplete.held);
            self.remember_done(at, key, limits.fragmented_packets);
            return incomplete.whole().map_or(Outcome::Waiting, Outcome::Whole);
        }
        while self.held > limits.fragment_bytes && !self.table.is_empty() {
            self.evict(problem);
        }
        if copy { Outcome::Copy } else { Outcome::Waiting }
    }

    /// Packets of which fragments are missing.
    pub fn packets(&self) -> usize {
        self.table.len()
    }

    /// Bytes held, with what keeping them takes.
    pub fn held(&self) -> usize {
        self.held
    }

    /// Notes when a packet's first fragment came. Packets that became whole
    /// leave their notes behind, which are cleared once they are the most.
    fn remember_age(&mut self, at: Timestamp, key: Key) {
        if self.ages.len() > 2 * self.table.len() + 64 {
            let table = &self.table;
            self.ages.retain(|(since, key)| {
                table.get(key).is_some_and(|incomplete| incomplete.since == *since)
            });
        }
        self.ages.push_back((at, key));
    }

    fn remember_done(&mut self, at: Timestamp, key: Key, most: usize) {
        while self.done_order.len() >= most.max(1) {
            self.forget_done();
        }
        self.done.insert(key, at);
        self.done_order.push_back((at, key));
    }

    fn forget_done(&mut self) {
        let Some((at, key)) = self.done_order.pop_front() else { return };
        if self.done.get(&key) == Some(&at) {
            self.done.remove(&key);
        }
    }

    /// No more fragments come.
    pub fn finish(&mut self, problem: &mut impl FnMut(Reason)) {
        for _ in self.table.drain().filter(|(_, incomplete)| !incomplete.again) {
            problem(Reason::IpFragmentsIncomplete);
        }
        self.ages.clear();
        self.held = 0;
    }

    fn expire(&mut self, now: Timestamp, problem: &mut impl FnMut(Reason)) {
        while self.done_order.front().is_some_and(|(at, _)| now.since(*at) > COPIES) {
            self.forget_done();
        }
        while let Some((since, key)) = self.ages.front().copied() {
            let live = self.table.get(&key).filter(|incomplete| incomplete.since == since);
            let Some(incomplete) = live else {
                self.ages.pop_front();
                continue;
            };
            // Single fragments of a mirror's copy miss nothing.
            let (again, patience) =
                if incomplete.again { (true, COPIES) } else { (false, PATIENCE) };
            if now.since(since) <= patience {
                return;
            }
            self.ages.pop_front();
            self.forget(key);
            if !again {
                problem(Reason::IpFragmentsIncomplete);
            }
        }
    }

    /// Forgets the packet that has waited longest.
    fn evict(&mut self, problem: &mut impl FnMut(Reason)) {
        while let Some((since, key)) = self.ages.pop_front() {
            if self.table.get(&key).is_some_and(|incomplete| incomplete.since == since) {
                self.forget(key);
                problem(Reason::IpFragmentsEvicted);
                return;
            }
        }
    }

    fn forget(&mut self, key: Key) {
        if let Some(incomplete) = self.table.remove(&key) {
            self.held = self.held.saturating_sub(incomplete.held);
        }
    }
}

impl Incomplete {
    const fn new(since: Timestamp) -> Self {
        Self { header: None, pieces: Vec::new(), total: None, held: OVERHEAD, since, again: false }
    }

    /// Takes the bytes that are new; what came first counts. Whether nothing was new.
    fn take(
        &mut self,
        fragment: &Fragment<'_>,
        end: u32,
        problem: &mut impl FnMut(Reason),
    ) -> bool {
        if fragment.offset == 0 {
            self.header.get_or_insert(fragment.header);
        }
        if !fragment.more {
            self.total.get_or_insert(end);
        }
        if self
            .pieces
            .iter()
            .any(|(offset, bytes)| *offset == fragment.offset && bytes == fragment.payload)
        {
            return true;
        }
        let length = |bytes: &[u8]| u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let overlaps = |(offset, bytes): &(u32, Vec<u8>)| {
            *offset < end && fragment.offset < offset + length(bytes)
        };
        if self.pieces.iter().any(overlaps) {
            problem(Reason::IpFragmentsOverlap);
        }
        // The parts of the fragment between the pieces that are there.
        let mut from = fragment.offset;
        let mut new = Vec::new();
        for (offset, bytes) in &self.pieces {
            let piece_end = offset + length(bytes);
            if piece_end > from && *offset < end {
                new.push((from, *offset));
                from = piece_end;
            }
        }
        new.push((from, end));
        for (start, stop) in new {
            let range = start.saturating_sub(fragment.offset) as usize
                ..stop.saturating_sub(fragment.offset) as usize;
            if start < stop
                && self.pieces.len() < MAX_PIECES
                && let Some(bytes) = fragment.payload.get(range)
            {
                self.held += bytes.len() + OVERHEAD;
                self.pieces.push((start, bytes.to_vec()));
            }
        }
        self.pieces.sort_by_key(|(offset, _)| *offset);
        false
    }

    fn is_whole(&self) -> bool {
        let mut at = 0;
        for (offset, bytes) in &self.pieces {
            if *offset != at {
                return false;
            }
            at += u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        }
        self.header.is_some() && self.total.is_some_and(|total| at >= total)
    }

    fn whole(self) -> Option<Whole> {
        let mut header = self.header?;
        let payload: Vec<u8> = self.pieces.into_iter().flat_map(|(_, bytes)| bytes).collect();
        let fixed = if header.src.is_ipv4() { 20 } else { 40 };
        header.facts.len = fixed + u32::try_from(payload.len()).unwrap_or(u32::MAX);
        Some(Whole { header, payload })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::frame::IpFacts;
    use proptest::prelude::*;

    const BYTES: &[u8] = b"the whole payload of an IP packet, in several fragments";

    fn fragment(id: u32, offset: usize, end: usize) -> Fragment<'static> {
        let facts = IpFacts { id, ttl: 64, ..IpFacts::default() };
        Fragment {
            header: IpHeader {
                src: [192, 0, 2, 1].into(),
                dst: [192, 0, 2, 2].into(),
                protocol: 17,
                facts,
            },
            id,
            offset: u32::try_from(offset).unwrap(),
            more: end < BYTES.len(),
            payload: &BYTES[offset..end],
        }
    }

    fn push(
        fragments: &mut Fragments,
        fragment: &Fragment<'_>,
        secs: i64,
    ) -> (Option<Vec<u8>>, Vec<Reason>) {
        let mut problems = Vec::new();
        let at = Timestamp::default() + Span::from_secs(secs);
        let limits = Limits { fragmented_packets: 8, ..Limits::default() };
        match fragments.push(fragment, at, &limits, &mut |reason| problems.push(reason)) {
            Outcome::Whole(whole) => (Some(whole.payload), problems),
            _ => (None, problems),
        }
    }

    #[test]
    fn out_of_order_and_twice() {
        let mut fragments = Fragments::default();
        assert_eq!(push(&mut fragments, &fragment(1, 32, BYTES.len()), 0), (None, vec![]));
        assert_eq!(push(&mut fragments, &fragment(1, 0, 16), 0), (None, vec![]));
        assert_eq!(push(&mut fragments, &fragment(1, 0, 16), 0), (None, vec![]), "a copy");
        assert_eq!(push(&mut fragments, &fragment(1, 16, 32), 0), (Some(BYTES.to_vec()), vec![]));
        let copy = push(&mut fragments, &fragment(1, 16, 32), 1);
        assert_eq!(copy, (None, vec![]), "a copy of the mirror");
        let next = push(&mut fragments, &fragment(2, 0, 16), 9);
        assert_eq!(next, (None, vec![]), "the copy alone misses nothing");
        assert_eq!(fragments.held, 16 + 2 * OVERHEAD);
    }

    #[test]
    fn the_first_of_overlapping_fragments_wins() {
        let mut fragments = Fragments::default();
        push(&mut fragments, &fragment(1, 0, 16), 0);
        let lie =
            Fragment { payload: b"XXXXXXXXXXXXXXXXXXXXXXXX", more: true, ..fragment(1, 8, 32) };
        assert_eq!(push(&mut fragments, &lie, 0), (None, vec![Reason::IpFragmentsOverlap]));
        let (whole, _) = push(&mut fragments, &fragment(1, 32, BYTES.len()), 0);
        let whole = whole.unwrap();
        assert_eq!((&whole[..16], &whole[16..32]), (&BYTES[..16], &b"XXXXXXXXXXXXXXXX"[..]));
    }

    #[test]
    fn what_never_becomes_whole_is_counted_and_forgotten() {
        let mut fragments = Fragments::default();
        push(&mut fragments, &fragment(1, 0, 16), 0);
        assert_eq!(
            push(&mut fragments, &fragment(2, 0, 16), 61).1,
            [Reason::IpFragmentsIncomplete]
        );
        let mut left = 0;
        fragments.finish(&mut |_| left += 1);
        assert_eq!(left, 1);
    }

    #[test]
    fn impossible_fragments_are_refused() {
        let mut fragments = Fragments::default();
        let odd = Fragment { more: true, ..fragment(1, 0, 13) };
        assert_eq!(push(&mut fragments, &odd, 0).1, [Reason::IpFragmentBad]);
        let beyond = Fragment { offset: 65_528, ..fragment(1, 0, 16) };
        assert_eq!(push(&mut fragments, &beyond, 0).1, [Reason::IpFragmentBad]);
    }

    #[test]
    fn a_flood_stays_under_the_cap() {
        let mut fragments = Fragments::default();
        let mut evicted = 0;
        for id in 0..1_000 {
            let (_, problems) = push(&mut fragments, &fragment(id, 0, 16), 0);
            evicted +=
                problems.iter().filter(|reason| **reason == Reason::IpFragmentsEvicted).count();
            assert!(fragments.table.len() <= 8 && fragments.held <= 8 * (16 + 2 * OVERHEAD));
            assert!(fragments.ages.len() <= 2 * 8 + 65);
        }
        assert_eq!(evicted, 992);
    }

    proptest! {
        #[test]
        fn any_order_gives_the_packet(order in Just((0..7).collect::<Vec<usize>>()).prop_shuffle()) {
            let mut fragments = Fragments::default();
            let mut whole = None;
            for index in order {
                let end = ((index + 1) * 8).min(BYTES.len());
                whole = whole.or(push(&mut fragments, &fragment(5, index * 8, end), 0).0);
            }
            prop_assert_eq!(whole.as_deref(), Some(BYTES));
        }
    }
}
