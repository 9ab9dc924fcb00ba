//! Everything that was learned, for diagnosis and report to read.

use hashbrown::HashMap;

use super::counters::Counters;
use super::wanted::Wanted;
use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::track::ConversationId;
use crate::track::announced::Announced;
use crate::track::conversation::Conversation;
use crate::track::drops::CaptureDrops;
use crate::track::legs::Legs;
use crate::track::location::Locations;
use crate::track::mirrored::Mirrored;
use crate::track::other_media::OtherMedia;
use crate::track::relations::Relations;
use crate::track::remnant::Remnant;
use crate::track::stream::StreamList;
use crate::track::stream_relation::StreamRelations;
use crate::track::vq::Reports;

/// Everything that was learned from a capture.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// Conversations, in the order of their first messages.
    pub conversations: Vec<Conversation>,
    /// What is left of conversations that were reported before they were over: those that
    /// are over now, and in the last snapshot, or one of the present, all.
    pub remnants: Vec<Remnant>,
    /// Which calls are legs of one.
    pub legs: Legs,
    /// Which calls others led to.
    pub relations: Relations,
    /// Whether any media were seen, those included that have left.
    pub has_media: bool,
    /// Whether conversations and streams are named by the numbers that they were
    /// given when they began; else by their places among those of their kind.
    pub names_last: bool,
    /// RTP streams, in the order of their first packets.
    pub streams: StreamList,
    /// How streams belong together.
    pub stream_relations: StreamRelations,
    /// What SDP announced.
    pub announced: Announced,
    /// Voice quality reports of end points.
    pub vq_reports: Reports,
    /// What servers that mirror packets tell of calls.
    pub mirrored: Mirrored,
    /// Media that are not RTP.
    pub other_media: Vec<OtherMedia>,
    /// What the registrations amount to together.
    pub locations: Locations,
    /// The caps of what is kept.
    pub limits: Limits,
    /// What was counted.
    pub counters: Counters,
    /// The earliest and the latest time of a frame.
    pub span: Option<(Timestamp, Timestamp)>,
    /// The messages that were wanted as they came.
    pub wanted: Option<Box<Wanted>>,
    /// When the capture ended, if more is known than its last frame.
    pub until: Option<Timestamp>,
    /// When the capture dropped packets.
    pub drops: CaptureDrops,
    pub(super) streams_of: HashMap<ConversationId, Vec<u32>>,
}

impl Snapshot {
    /// The end of what was seen; states of calls are as of then.
    pub fn now(&self) -> Timestamp {
        let last = self.span.map_or(Timestamp::default(), |(_, last)| last);
        self.until.map_or(last, |until| until.max(last))
    }

    /// From the first frame to the last.
    pub fn duration(&self) -> Option<Span> {
        self.span.map(|(first, last)| last.since(first))
    }

    /// The streams of a call, as indexes into [`Self::streams`], in order.
    pub fn streams_of(&self, call: ConversationId) -> &[u32] {
        self.streams_of.get(&call).map(Vec::as_slice).unwrap_or_default()
    }
}

/// The streams of each call, as indexes, in order.
pub(super) fn by_call(streams: &StreamList) -> HashMap<ConversationId, Vec<u32>> {
    let mut by_call: HashMap<_, Vec<u32>> = HashMap::new();
    for (index, stream) in (0_u32..).zip(streams) {
        if let Some(binding) = stream.binding {
            by_call.entry(binding.call).or_default().push(index);
        }
    }
    by_call
}
