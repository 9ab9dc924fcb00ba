//! Packets that the capture itself dropped, and what they may have touched.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use crate::track::drops::Dropped;
use crate::track::stream::Stream;

/// Stretches that are listed; all are counted.
const LISTED: usize = 1_000;

/// A stretch of time in which the capture dropped packets.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct DropsRow {
    /// When none had been dropped yet.
    pub from_time: String,
    /// When they had been.
    pub to_time: String,
    /// How many, by the kernel or the interface.
    pub packets: u64,
}

/// Packets that the capture dropped while a stream ran.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct StreamDropsRow {
    /// Packets dropped; of which streams is not known.
    pub dropped_packets: u64,
    /// Packets that the stream lost in intervals in which packets were dropped: at most so
    /// many of its losses are the capture's and not the network's.
    pub lost_meanwhile: u64,
}

/// The stretches, the first thousand.
pub(super) fn rows(context: &Context<'_>) -> Vec<DropsRow> {
    let row = |dropped: &Dropped| DropsRow {
        from_time: context.time(dropped.from),
        to_time: context.time(dropped.to),
        packets: dropped.packets,
    };
    context.snapshot.drops.spans().iter().take(LISTED).map(row).collect()
}

/// What was dropped while a stream ran; `None` when nothing was.
pub(super) fn of_stream(context: &Context<'_>, stream: &Stream) -> Option<StreamDropsRow> {
    let drops = &context.snapshot.drops;
    let dropped_packets = drops.during(stream.first_at, stream.last_at);
    let lost_meanwhile = drops.lost_meanwhile(stream);
    (dropped_packets > 0).then_some(StreamDropsRow { dropped_packets, lost_meanwhile })
}
