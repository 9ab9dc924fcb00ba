//! What was seen, and what could not be read, by reason.

use crate::base::id::FrameNo;
use crate::track::stream::StreamList;
use crate::wire::malformed::Reason;

/// How often something could not be read, and where first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Problem {
    /// How often.
    pub count: u64,
    /// The first frame concerned, if frames are.
    pub first_frame: Option<FrameNo>,
    /// The turn of that frame.
    turn: u64,
}

impl Problem {
    /// Counts the same problem of elsewhere besides.
    fn add(&mut self, other: &Self) {
        self.count += other.count;
        if other.first_frame.is_some() && (self.first_frame.is_none() || other.turn < self.turn) {
            (self.first_frame, self.turn) = (other.first_frame, other.turn);
        }
    }
}

/// Counts of frames by what they held.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Counters {
    /// Frames.
    pub packets: u64,
    /// SIP messages.
    pub sip_messages: u64,
    /// Packets of RTP streams.
    pub rtp_packets: u64,
    /// RTCP packets.
    pub rtcp_packets: u64,
    /// STUN packets.
    pub stun_packets: u64,
    /// Frames that held none of these.
    pub other_packets: u64,
    /// SIP messages and fragments that the capture holds another copy of.
    pub copies: u64,
    problems: [Problem; Reason::ALL.len()],
}

impl Default for Counters {
    fn default() -> Self {
        Self {
            packets: 0,
            sip_messages: 0,
            rtp_packets: 0,
            rtcp_packets: 0,
            stun_packets: 0,
            other_packets: 0,
            copies: 0,
            problems: [Problem::default(); Reason::ALL.len()],
        }
    }
}

impl Counters {
    /// Counts a problem with a frame, which has that turn.
    pub(super) fn problem(&mut self, reason: Reason, frame: FrameNo, turn: u64) {
        self.problem_times(reason, 1, frame, turn);
    }

    /// Counts a problem that occurred `count` times, first with a frame.
    pub(super) fn problem_times(&mut self, reason: Reason, count: u64, frame: FrameNo, turn: u64) {
        if let Some(problem) = self.problems.get_mut(reason as usize) {
            problem.add(&Problem { count, first_frame: Some(frame), turn });
        }
    }

    /// Counts what was counted elsewhere besides.
    pub(super) fn add(&mut self, other: &Self) {
        self.packets += other.packets;
        self.sip_messages += other.sip_messages;
        self.rtp_packets += other.rtp_packets;
        self.rtcp_packets += other.rtcp_packets;
        self.stun_packets += other.stun_packets;
        self.other_packets += other.other_packets;
        self.copies += other.copies;
        for (problem, other) in self.problems.iter_mut().zip(&other.problems) {
            problem.add(other);
        }
    }

    /// Counts problems that belong to no one frame.
    pub(super) fn problems(&mut self, reason: Reason, count: u64) {
        if let Some(problem) = self.problems.get_mut(reason as usize) {
            problem.count += count;
        }
    }

    /// Counts the packets of the streams that turned out to be RTP.
    pub(super) fn streams(&mut self, streams: &StreamList) {
        let packets: u64 = streams.iter().map(|stream| stream.packets).sum();
        self.rtp_packets += packets;
        self.other_packets = self.other_packets.saturating_sub(packets);
    }

    /// The problems that occurred, in the order of the layers.
    pub fn occurred(&self) -> impl Iterator<Item = (Reason, Problem)> {
        Reason::ALL.iter().copied().zip(self.problems).filter(|(_, problem)| problem.count > 0)
    }
}
