//! What RTCP says of a stream: its sender's reports, and what its receivers say.

use crate::base::id::Ssrc;
use crate::base::time::{Span, Timestamp};
use crate::metrics::rtt::{BlockTiming, SenderReports};
use crate::wire::rtcp::{ReportBlock, SenderReport};

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
    sent: SenderReports,
}

impl RtcpView {
    /// A report of the stream's sender.
    pub(super) fn sender(&mut self, report: &SenderReport<'_>, at: Timestamp) {
        self.sender_reports += 1;
        self.sent.remember(report.ssrc, report.ntp_middle(), at);
    }

    /// What `reporter` received of the stream.
    pub(super) fn receiver(&mut self, reporter: Ssrc, block: ReportBlock, at: Timestamp) {
        self.receiver_reports += 1;
        self.last_block = Some(block);
        let timing =
            BlockTiming { about: block.ssrc, lsr: block.last_sr, dlsr: block.delay_since_last_sr };
        self.leg = self.sent.leg(reporter, timing, at).or(self.leg);
    }
}
