//! Extended reports about a stream (RFC 3611 and the blocks added later): the
//! latest block of each kind.

pub use crate::wire::rtcp::xr::{
    Block, BurstDiscard, BurstLoss, ConcealedSeconds, Concealment, JitterBuffer, RateSummary,
    Statistics, VoipMetrics,
};

/// The latest blocks about one stream.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Extended {
    /// Blocks about the stream.
    pub blocks: u64,
    /// Loss run lengths: numbers received, and all that were told.
    pub loss_runs: Option<(u32, u32)>,
    /// Duplicate run lengths: numbers that came once, and all that were told.
    pub duplicate_runs: Option<(u32, u32)>,
    /// Blocks of packet receipt times.
    pub receipt_times: u64,
    /// Statistics summary.
    pub statistics: Option<Statistics>,
    /// VoIP metrics.
    pub voip: Option<VoipMetrics>,
    /// Burst and gap loss (RFC 6958).
    pub burst_loss: Option<BurstLoss>,
    /// Burst and gap discards (RFC 7003).
    pub burst_discard: Option<BurstDiscard>,
    /// Burst and gap loss summary (RFC 7004).
    pub loss_summary: Option<RateSummary>,
    /// Burst and gap discard summary (RFC 7004).
    pub discard_summary: Option<RateSummary>,
    /// De-jitter buffer (RFC 7005).
    pub jitter_buffer: Option<JitterBuffer>,
    /// Packets discarded (RFC 7002).
    pub discarded: Option<u32>,
    /// Loss concealment (RFC 7294).
    pub concealment: Option<Concealment>,
    /// Concealed seconds (RFC 7294).
    pub concealed_seconds: Option<ConcealedSeconds>,
}

impl Extended {
    /// Takes a block about the stream.
    pub(super) fn take(&mut self, block: &Block<'_>) {
        self.blocks += 1;
        match block {
            Block::LossRuns(runs) => self.loss_runs = Some(runs.ones_and_total()),
            Block::DuplicateRuns(runs) => self.duplicate_runs = Some(runs.ones_and_total()),
            Block::ReceiptTimes { .. } => self.receipt_times += 1,
            Block::Statistics(statistics) => self.statistics = Some(*statistics),
            Block::Voip(voip) => self.voip = Some(*voip),
            Block::BurstLoss(loss) => self.burst_loss = Some(*loss),
            Block::BurstDiscard(discard) => self.burst_discard = Some(*discard),
            Block::LossSummary(summary) => self.loss_summary = Some(*summary),
            Block::DiscardSummary(summary) => self.discard_summary = Some(*summary),
            Block::JitterBuffer(buffer) => self.jitter_buffer = Some(*buffer),
            Block::Discarded(_, count) => self.discarded = Some(*count),
            Block::Concealment(concealment) => self.concealment = Some(*concealment),
            Block::ConcealedSeconds(seconds) => self.concealed_seconds = Some(*seconds),
            Block::ReferenceTime(_) | Block::Delays(_) | Block::Other(_) => self.blocks -= 1,
        }
    }
}
