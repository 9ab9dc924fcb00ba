//! What repaired a stream, as a row.

use schemars::JsonSchema;
use serde::Serialize;

use crate::track::repair::{Means, Repair};

/// What was sent to repair a stream's losses, and what it recovered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct RepairRow {
    /// Packets with redundant data (RED, RFC 2198).
    pub red_packets: u64,
    /// Redundant blocks in them.
    pub red_blocks: u64,
    /// Parity packets (RFC 5109, RFC 8627).
    pub fec_packets: u64,
    /// Retransmissions (RFC 4588).
    pub rtx_packets: u64,
    /// Lost packets that a receiver could recover.
    pub recovered: u64,
    /// By redundant data.
    pub recovered_by_red: u64,
    /// By parity.
    pub recovered_by_fec: u64,
    /// By retransmission.
    pub recovered_by_rtx: u64,
    /// Repairs of packets that had come.
    pub unneeded: u64,
    /// Lost packets that nothing recovered.
    pub lost_for_good: u64,
}

/// The row of what repaired a stream of which `lost` packets were lost.
pub(super) fn row(repair: &Repair, lost: u64) -> RepairRow {
    let recovered = repair.recovered_in_all();
    RepairRow {
        red_packets: repair.red_packets,
        red_blocks: repair.red_blocks,
        fec_packets: repair.fec_packets,
        rtx_packets: repair.rtx_packets,
        recovered,
        recovered_by_red: repair.recovered(Means::Redundancy),
        recovered_by_fec: repair.recovered(Means::Parity),
        recovered_by_rtx: repair.recovered(Means::Retransmission),
        unneeded: repair.unneeded,
        lost_for_good: lost.saturating_sub(recovered),
    }
}
