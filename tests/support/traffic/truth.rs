//! What a generated capture holds, for comparing with what was read.

use super::call::Call;
use super::media::{Fate, Talk};
use super::plan::Outcome;

/// What a capture holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Truth {
    pub(crate) frames: u64,
    /// Bytes of the frames.
    pub(crate) bytes: u64,
    calls: [u64; Outcome::ALL.len()],
    /// Calls that signal over TCP.
    pub(crate) tcp_calls: u64,
    /// Calls of which the frames are in a tunnel.
    pub(crate) tunnelled_calls: u64,
    /// SIP messages, every copy and on every hop.
    pub(crate) sip_messages: u64,
    /// RTP packets, every copy.
    pub(crate) rtp_packets: u64,
    pub(crate) rtcp_packets: u64,
    pub(crate) streams: u64,
    /// RTP packets of which no copy was captured.
    pub(crate) lost: u64,
    /// Copies of RTP packets beyond the first.
    pub(crate) duplicates: u64,
    /// RTP packets captured behind the one sent after them.
    pub(crate) reordered: u64,
    /// Digits of telephone events.
    pub(crate) digits: u64,
}

impl Truth {
    /// Calls of an outcome.
    pub(crate) fn calls(&self, outcome: Outcome) -> u64 {
        Outcome::ALL.iter().zip(self.calls).find(|(o, _)| **o == outcome).map_or(0, |(_, n)| n)
    }

    pub(super) fn call(&mut self, call: &Call) {
        use super::frame::Wrapping::{Gre, Vxlan};
        for (outcome, count) in Outcome::ALL.iter().zip(&mut self.calls) {
            *count += u64::from(*outcome == call.outcome);
        }
        self.tcp_calls += u64::from(call.dialog.tcp);
        self.tunnelled_calls += u64::from(matches!(call.wrapping, Gre | Vxlan));
    }

    /// A packet of a stream.
    pub(super) fn media(&mut self, talk: &mut Talk, fate: Fate) {
        let copies = match fate {
            Fate::Lost => 0,
            Fate::Plain | Fate::Overtaken => 1,
            Fate::Duplicated => 2,
        };
        self.rtp_packets += copies;
        talk.truth.packets += copies;
        talk.truth.lost += u64::from(fate == Fate::Lost);
        talk.truth.duplicates += u64::from(fate == Fate::Duplicated);
        talk.truth.reordered += u64::from(fate == Fate::Overtaken);
    }

    /// A stream that has ended.
    pub(super) fn stream(&mut self, talk: &Talk) {
        self.streams += 1;
        self.lost += talk.truth.lost;
        self.duplicates += talk.truth.duplicates;
        self.reordered += talk.truth.reordered;
        self.digits += talk.truth.digits;
    }
}
