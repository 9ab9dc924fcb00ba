//! What was seen, and what could not be read, by reason.

use crate::base::id::FrameNo;
use crate::track::stream::Stream;
use crate::wire::malformed::Reason;

/// How often something could not be read, and where first.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Problem {
    /// How often.
    pub count: u64,
    /// The first frame concerned, if frames are.
    pub first_frame: Option<FrameNo>,
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
    /// Counts a problem with a frame.
    pub(super) fn problem(&mut self, reason: Reason, frame: FrameNo) {
        if let Some(problem) = self.problems.get_mut(reason as usize) {
            problem.count += 1;
            problem.first_frame.get_or_insert(frame);
        }
    }

    /// Counts problems that belong to no one frame.
    pub(super) fn problems(&mut self, reason: Reason, count: u64) {
        if let Some(problem) = self.problems.get_mut(reason as usize) {
            problem.count += count;
        }
    }

    /// Counts the packets of the streams that turned out to be RTP.
    pub(super) fn streams(&mut self, streams: &[Stream]) {
        let packets: u64 = streams.iter().map(|stream| stream.packets).sum();
        self.rtp_packets += packets;
        self.other_packets = self.other_packets.saturating_sub(packets);
    }

    /// The problems that occurred, in the order of the layers.
    pub fn occurred(&self) -> impl Iterator<Item = (Reason, Problem)> {
        Reason::ALL.iter().copied().zip(self.problems).filter(|(_, problem)| problem.count > 0)
    }
}
