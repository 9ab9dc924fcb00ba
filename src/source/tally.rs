//! The running account of a source: frame numbers, totals and problems.

use super::info::{Format, Problem, SourceInfo};
use super::limits::MAX_LINK_TYPES;
use super::record::Packet;
use crate::base::frame::Frame;
use crate::base::id::FrameNo;
use crate::base::time::Timestamp;

/// Counts what is read of input number `source`.
pub(super) struct Tally {
    pub(super) info: SourceInfo,
    source: u16,
    numbered: u64,
}

impl Tally {
    /// The account of an input of which nothing is known yet.
    pub(super) fn new(name: String, source: u16) -> Self {
        let info = SourceInfo {
            name,
            format: Format::Pcap,
            compression: None,
            link_types: Vec::new(),
            packets: 0,
            bytes: 0,
            first_time: None,
            last_time: None,
            until: None,
            truncated: false,
            interface_drops: None,
            fraction_digits: 0,
            problems: Vec::new(),
        };
        Self { info, source, numbered: 0 }
    }

    /// The number of the input.
    pub(super) const fn source(&self) -> u16 {
        self.source
    }

    /// Notes a declared link type and time resolution.
    pub(super) fn declared(&mut self, link: u16, fraction_digits: u8) {
        let listed = &mut self.info.link_types;
        if !listed.contains(&link) && listed.len() < MAX_LINK_TYPES {
            listed.push(link);
        }
        self.info.fraction_digits = self.info.fraction_digits.max(fraction_digits);
    }

    /// Counts a packet; `at` is `None` when it has no time of its own.
    #[inline]
    pub(super) fn packet(&mut self, at: Option<Timestamp>, captured: usize) -> FrameNo {
        self.numbered += 1;
        let info = &mut self.info;
        info.packets += 1;
        info.bytes += captured as u64;
        if let Some(at) = at {
            info.first_time = Some(info.first_time.map_or(at, |first| first.min(at)));
            info.last_time = Some(info.last_time.map_or(at, |last| last.max(at)));
        }
        FrameNo::new(self.source, self.numbered)
    }

    /// Counts a packet of these bytes, which so becomes a frame.
    #[inline]
    pub(super) fn frame<'b>(&mut self, packet: &Packet, bytes: &'b [u8]) -> Frame<'b> {
        let captured = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if packet.wire_len < captured {
            let text = "packets shorter on the wire than captured were given the captured length";
            self.problem("file.wire-length", Some(self.next_frame()), text);
        }
        let no = self.packet(packet.timed.then_some(packet.at), bytes.len());
        let wire_len = packet.wire_len.max(captured);
        Frame { no, at: packet.at, link: packet.link, wire_len, bytes }
    }

    /// Counts a record that takes a frame number and holds no packet.
    pub(super) fn other_record(&mut self) {
        self.numbered += 1;
    }

    /// The number that the next packet will have.
    pub(super) fn next_frame(&self) -> FrameNo {
        FrameNo::new(self.source, self.numbered + 1)
    }

    /// The capture lasted until then.
    pub(super) fn lasted(&mut self, until: Timestamp) {
        self.info.until = self.info.until.max(Some(until));
    }

    /// Replaces what an interface last said it dropped.
    pub(super) fn dropped(&mut self, before: Option<u64>, now: u64) {
        let total = self.info.interface_drops.unwrap_or(0);
        self.info.interface_drops =
            Some(total.saturating_sub(before.unwrap_or(0)).saturating_add(now));
    }

    /// Counts a packet whose time was moved to the nearest end of the range.
    pub(super) fn time_out_of_range(&mut self) {
        let text = "packet times before 1677-09-21 or after 2262-04-11 were moved to these ends";
        self.problem("file.time-range", Some(self.next_frame()), text);
    }

    /// Counts a problem, which `text` says in one sentence.
    pub(super) fn problem(&mut self, code: &'static str, frame: Option<FrameNo>, text: &str) {
        if let Some(known) = self.info.problems.iter_mut().find(|known| known.code == code) {
            known.count += 1;
        } else {
            let text = text.to_owned();
            self.info.problems.push(Problem { code, count: 1, first_frame: frame, text });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tally() -> Tally {
        Tally::new("a.pcap".into(), 3)
    }

    #[test]
    fn times_are_the_earliest_and_the_latest() {
        let mut tally = tally();
        for nanos in [50, 20, 90, 60] {
            tally.packet(Some(Timestamp::from_nanos(nanos)), 1);
        }
        tally.packet(None, 1);
        assert_eq!(tally.info.first_time, Some(Timestamp::from_nanos(20)));
        assert_eq!(tally.info.last_time, Some(Timestamp::from_nanos(90)));
        assert_eq!((tally.info.packets, tally.info.bytes), (5, 5));
    }

    #[test]
    fn other_records_take_a_number() {
        let mut tally = tally();
        assert_eq!(tally.packet(None, 0), FrameNo::new(3, 1));
        tally.other_record();
        assert_eq!(tally.next_frame(), FrameNo::new(3, 3));
        assert_eq!(tally.packet(None, 0), FrameNo::new(3, 3));
        assert_eq!(tally.info.packets, 2);
    }

    #[test]
    fn drops_are_the_sum_of_the_latest() {
        let mut tally = tally();
        tally.dropped(None, 5);
        tally.dropped(None, 7);
        tally.dropped(Some(5), 6);
        assert_eq!(tally.info.interface_drops, Some(13));
        tally.dropped(None, u64::MAX);
        assert_eq!(tally.info.interface_drops, Some(u64::MAX));
    }

    #[test]
    fn link_types_are_listed_once_in_order_and_bounded() {
        let mut tally = tally();
        for link in [113, 1, 113] {
            tally.declared(link, 6);
        }
        assert_eq!(tally.info.link_types, [113, 1]);
        for link in 0..u16::MAX {
            tally.declared(link, 9);
        }
        assert_eq!(tally.info.link_types.len(), MAX_LINK_TYPES);
        assert_eq!(tally.info.fraction_digits, 9);
    }

    #[test]
    fn a_problem_keeps_its_first_frame() {
        let mut tally = tally();
        tally.problem("file.x", Some(FrameNo::new(3, 4)), "first");
        tally.problem("file.x", Some(FrameNo::new(3, 9)), "second");
        let [problem] = tally.info.problems.as_slice() else { panic!("one code") };
        assert_eq!((problem.count, problem.first_frame), (2, Some(FrameNo::new(3, 4))));
        assert_eq!(problem.text, "first");
    }
}
