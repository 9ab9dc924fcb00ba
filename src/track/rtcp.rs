//! What RTCP says of a stream: its sender's reports, and what its receivers say.

use super::xr::Extended;
use crate::base::id::Ssrc;
use crate::base::time::{Span, Timestamp};
use crate::metrics::rtt::{BlockTiming, SenderReports};
use crate::metrics::sequence::Sequence;
use crate::wire::rtcp::xr::Delay;
use crate::wire::rtcp::{Feedback, FeedbackMeaning, ReportBlock, SenderReport};

/// What the RTCP seen says of one stream.
#[derive(Clone, Debug, Default)]
pub struct RtcpView {
    /// Reports of its sender.
    pub sender_reports: u64,
    /// Reports of its receivers.
    pub receiver_reports: u64,
    /// The last report of a receiver.
    pub last_block: Option<ReportBlock>,
    /// When its source said goodbye.
    pub bye: Option<Timestamp>,
    /// The latest round trip between the capture point and the receiver (METRICS M1.8).
    pub leg: Option<Span>,
    /// The latest between the capture point and the sender, from extended
    /// reports of a receiver that sends nothing itself.
    pub sender_leg: Option<Span>,
    /// The least and the greatest round trip to the receiver.
    pub leg_range: Option<(Span, Span)>,
    /// Where packets were lost.
    pub losses: Losses,
    /// What is rarely there.
    more: Option<Box<More>>,
    sent: SenderReports,
}

/// What is rarely there.
#[derive(Clone, Debug, Default)]
pub struct More {
    /// Feedback of receivers, by kind.
    pub feedback: FeedbackCounts,
    /// What the source says of itself (RFC 3550 section 6.5).
    pub description: Description,
    /// Application-defined packets of the source, and the name of the latest.
    pub applications: u64,
    /// Its name.
    pub application: [u8; 4],
    /// Datagrams of feedback alone (RFC 5506).
    pub reduced: u64,
    /// Extended reports about the stream.
    pub extended: Extended,
    /// Receiver reference times of its receivers.
    references: SenderReports,
    /// Why its source said goodbye.
    pub bye_reason: Option<Box<str>>,
}

/// What a source says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Description {
    /// CNAME: its stable name.
    pub cname: Option<Box<str>>,
    /// NAME.
    pub name: Option<Box<str>>,
    /// TOOL: its software.
    pub tool: Option<Box<str>>,
    /// NOTE.
    pub note: Option<Box<str>>,
}

/// Feedback about one stream.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct FeedbackCounts {
    /// Generic NACKs, and the numbers that they name.
    pub nacks: u64,
    /// Numbers that they name.
    pub nacked: u64,
    /// Picture loss indications.
    pub picture_losses: u64,
    /// Full intra requests.
    pub full_intra: u64,
    /// Slice losses.
    pub slice_losses: u64,
    /// REMB.
    pub maximum_bit_rates: u64,
    /// The bit rate of the latest, bits a second.
    pub maximum_bit_rate: Option<u64>,
    /// Transport-wide congestion control.
    pub transport_wide: u64,
    /// TMMBR.
    pub bit_rate_requests: u64,
    /// Others.
    pub other: u64,
}

/// A moment at which a report about a stream passed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Passed {
    /// What the reporter counts: of a sender packets sent, of a receiver packets lost.
    theirs: i64,
    /// What was expected and lost here, up to the number reported.
    expected: i64,
    lost: i64,
    restarts: u64,
}

/// What both ends report held against what passed the capture point, so that
/// each loss is before it or behind it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Losses {
    sent: [Option<Passed>; 2],
    received: [Option<Passed>; 2],
    /// Whether the capture saw the stream from its beginning.
    whole: Option<bool>,
}

/// Loss on both sides of the capture point, over the stretch that reports cover.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Located {
    /// Packets that the receiver should have got.
    pub expected: u64,
    /// Those that it lost, as it says: negative when duplicates outnumber them.
    pub reported: i64,
    /// Those that were missing here already.
    pub before: u64,
    /// The rest: lost behind the capture point.
    pub after: u64,
    /// Whether this is from the beginning of the stream, and not from the first report.
    pub whole: bool,
}

/// What the sender says it sent, against what came here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sent {
    /// Packets sent, as it says.
    pub packets: u64,
    /// Those of them that came here.
    pub seen: u64,
}

/// A sender's count may be this far from what was expected here, and the
/// capture still have seen the beginning: packets on the way, probes.
const BEGINNING: i64 = 5;

impl Losses {
    /// What was expected and lost up to a number that a report names.
    fn up_to(sequence: &Sequence, highest: Option<u32>, theirs: i64) -> Option<Passed> {
        let counts = sequence.counts();
        let mut passed = Passed {
            theirs,
            expected: i64::try_from(counts.expected).ok()?,
            lost: i64::try_from(counts.lost).ok()?,
            restarts: counts.restarts,
        };
        let top = sequence.highest()?;
        if let Some(highest) = highest {
            let top_low = u16::try_from(top.rem_euclid(1 << 16)).ok()?;
            let highest_low = u16::try_from(highest & 0xffff).ok()?;
            let behind = top_low.wrapping_sub(highest_low);
            if behind >= 128 {
                // Not a number of the last seconds: of another stream, or far ahead.
                return None;
            }
            let later = (1_u128 << behind) - 1;
            passed.expected -= i64::from(behind);
            passed.lost -= i64::from((!sequence.seen() & later).count_ones());
        }
        Some(passed)
    }

    fn note(both: &mut [Option<Passed>; 2], passed: Passed) {
        let [first, last] = both;
        // Restarted numbers are counted anew by everybody.
        if first.is_none_or(|first| first.restarts != passed.restarts) {
            *first = Some(passed);
        }
        *last = Some(passed);
    }

    fn sender(&mut self, sequence: &Sequence, packets: u32) {
        let Some(passed) = Self::up_to(sequence, None, packets.into()) else { return };
        if self.whole.is_none() {
            self.whole = Some((passed.theirs - passed.expected).abs() <= BEGINNING);
        }
        Self::note(&mut self.sent, passed);
    }

    fn receiver(&mut self, sequence: &Sequence, block: &ReportBlock) {
        let theirs = block.cumulative_lost.into();
        if let Some(passed) = Self::up_to(sequence, Some(block.highest_seq), theirs) {
            Self::note(&mut self.received, passed);
        }
    }

    /// Loss before and behind the capture point, if receivers reported: from the
    /// stream's beginning, where the capture saw it, else between the first report
    /// and the last.
    pub fn located(&self) -> Option<Located> {
        let [first, last] = self.received;
        let (first, last) = (first?, last?);
        let whole = self.whole == Some(true) && last.restarts == 0;
        let from =
            if whole { Passed { theirs: 0, expected: 0, lost: 0, restarts: 0 } } else { first };
        let expected =
            u64::try_from(last.expected - from.expected).ok().filter(|count| *count > 0)?;
        let reported = last.theirs - from.theirs;
        let before = last.lost - from.lost;
        Some(Located {
            expected,
            reported,
            before: u64::try_from(before).unwrap_or(0),
            after: u64::try_from(reported - before).unwrap_or(0),
            whole,
        })
    }

    /// What the sender sent between its first report and its last, and what of
    /// it came here.
    pub fn sent(&self) -> Option<Sent> {
        let [first, last] = self.sent;
        let (first, last) = (first?, last?);
        let packets = u64::try_from(last.theirs - first.theirs).ok().filter(|count| *count > 0)?;
        let seen = (last.expected - last.lost) - (first.expected - first.lost);
        Some(Sent { packets, seen: u64::try_from(seen).ok()? })
    }
}

impl RtcpView {
    /// A report of the stream's sender.
    pub(super) fn sender(&mut self, report: &SenderReport<'_>, at: Timestamp, sequence: &Sequence) {
        self.sender_reports += 1;
        self.sent.remember(report.ssrc, report.ntp_middle(), at);
        self.losses.sender(sequence, report.packets);
    }

    /// What `reporter` received of the stream.
    pub(super) fn receiver(
        &mut self,
        reporter: Ssrc,
        block: ReportBlock,
        at: Timestamp,
        sequence: &Sequence,
    ) {
        self.receiver_reports += 1;
        self.last_block = Some(block);
        self.losses.receiver(sequence, &block);
        let timing =
            BlockTiming { about: block.ssrc, lsr: block.last_sr, dlsr: block.delay_since_last_sr };
        if let Some(leg) = self.sent.leg(reporter, timing, at) {
            self.leg = Some(leg);
            let (least, greatest) = self.leg_range.unwrap_or((leg, leg));
            self.leg_range = Some((least.min(leg), greatest.max(leg)));
        }
    }

    /// The source said goodbye.
    pub(super) fn goodbye(&mut self, at: Timestamp, reason: Option<&[u8]>) {
        self.bye.get_or_insert(at);
        if let Some(reason) = reason.filter(|reason| !reason.is_empty()) {
            self.more_mut().bye_reason = Some(String::from_utf8_lossy(reason).into());
        }
    }

    /// The stream's sender answered the reference time of a receiver.
    pub(super) fn answered(&mut self, sender: Ssrc, delay: &Delay, at: Timestamp) {
        let timing =
            BlockTiming { about: delay.ssrc, lsr: delay.last_rr, dlsr: delay.delay_since_last_rr };
        let leg = self.more().and_then(|more| more.reference_leg(sender, timing, at));
        self.sender_leg = leg.or(self.sender_leg);
    }

    /// Whether anything is there that is rare.
    pub(super) const fn has_more(&self) -> bool {
        self.more.is_some()
    }

    /// What is rarely there, to be added to.
    pub(super) fn more_mut(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// What is rarely there, if anything is.
    pub fn more(&self) -> Option<&More> {
        self.more.as_deref()
    }

    /// Whether nothing was said of the stream.
    pub fn is_empty(&self) -> bool {
        self.sender_reports == 0
            && self.receiver_reports == 0
            && self.more.is_none()
            && self.bye.is_none()
    }
}

impl More {
    /// A feedback message about the stream.
    pub(super) fn feedback(&mut self, message: &Feedback<'_>) {
        let counts = &mut self.feedback;
        *match message.meaning() {
            FeedbackMeaning::Nack => {
                counts.nacked += message.missing().count() as u64;
                &mut counts.nacks
            }
            FeedbackMeaning::PictureLoss => &mut counts.picture_losses,
            FeedbackMeaning::FullIntra => &mut counts.full_intra,
            FeedbackMeaning::SliceLoss => &mut counts.slice_losses,
            FeedbackMeaning::MaximumBitRate => {
                counts.maximum_bit_rate = message.bit_rate().or(counts.maximum_bit_rate);
                &mut counts.maximum_bit_rates
            }
            FeedbackMeaning::TransportWide => &mut counts.transport_wide,
            FeedbackMeaning::BitRateRequest => &mut counts.bit_rate_requests,
            _ => &mut counts.other,
        } += 1;
    }

    /// An item of the source's description.
    pub(super) fn describe(&mut self, kind: u8, text: &[u8]) {
        let known = &mut self.description;
        let place = match kind {
            1 => &mut known.cname,
            2 => &mut known.name,
            6 => &mut known.tool,
            7 => &mut known.note,
            _ => return,
        };
        *place = Some(String::from_utf8_lossy(text).into());
    }

    /// A receiver told its reference time.
    pub(super) fn reference(&mut self, reporter: Ssrc, middle_ntp: u32, at: Timestamp) {
        self.references.remember(reporter, middle_ntp, at);
    }

    /// The sender answered a receiver's reference time: the round trip between
    /// the capture point and the sender.
    pub(super) fn reference_leg(
        &self,
        sender: Ssrc,
        timing: BlockTiming,
        at: Timestamp,
    ) -> Option<Span> {
        self.references.leg(sender, timing, at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(highest_seq: u32, cumulative_lost: i32) -> ReportBlock {
        ReportBlock {
            ssrc: Ssrc(1),
            fraction_lost: 0,
            cumulative_lost,
            highest_seq,
            jitter: 0,
            last_sr: 0,
            delay_since_last_sr: 0,
        }
    }

    #[test]
    fn loss_is_put_on_its_side_of_the_capture_point() {
        let mut losses = Losses::default();
        // 5 and 8 are missing here; the receiver lost two more, up to 10.
        let numbers = Sequence::of([1, 2, 3, 4, 6, 7, 9, 10, 12]);
        losses.sender(&numbers, 12);
        losses.receiver(&numbers, &block(10, 4));
        let located = losses.located().unwrap();
        assert_eq!((located.expected, located.reported), (10, 4));
        assert_eq!((located.before, located.after, located.whole), (2, 2, true));
    }

    #[test]
    fn a_capture_that_began_midway_counts_from_the_first_report() {
        let mut losses = Losses::default();
        losses.sender(&Sequence::of(100..200), 5_000);
        losses.receiver(&Sequence::of(100..200), &block(199, 70));
        assert_eq!(losses.located(), None, "one report alone");
        losses.receiver(&Sequence::of((100..300).filter(|seq| *seq != 250)), &block(299, 73));
        let located = losses.located().unwrap();
        assert_eq!((located.expected, located.reported), (100, 3));
        assert_eq!((located.before, located.after, located.whole), (1, 2, false));
    }

    #[test]
    fn what_the_sender_sent_is_held_against_what_came() {
        let mut losses = Losses::default();
        losses.sender(&Sequence::of(0..100), 100);
        losses.sender(&Sequence::of((0..200).filter(|seq| seq % 10 != 9 || *seq < 100)), 200);
        assert_eq!(losses.sent(), Some(Sent { packets: 100, seen: 90 }));
    }

    #[test]
    fn numbers_of_another_stream_locate_nothing() {
        let mut losses = Losses::default();
        losses.receiver(&Sequence::of(0..100), &block(40_000, 3));
        assert_eq!(losses.located(), None);
    }
}
