//! What the signalling plane has for the media plane, in the order of the
//! frames that brought it.

use std::ops::Range;

use crate::base::flow::{Endpoint, Flow};
use crate::base::id::FrameNo;
use crate::base::time::Timestamp;
use crate::track::ConversationId;
use crate::track::undelivered::Undelivery;
use crate::wire::frame::IpFacts;

/// What the media plane is told.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// Something new was announced of an endpoint.
    Announced(Endpoint, ConversationId, Timestamp),
    /// Something about a flow, for the shard of its hosts.
    Flow(usize, Flow, FrameNo, Timestamp, OfFlow),
}

/// What the media plane is told about a flow.
#[derive(Clone, Debug)]
pub(super) enum OfFlow {
    /// An RTCP datagram.
    Rtcp(Range<usize>),
    /// An RTP packet that came in fragments.
    Rtp(Range<usize>, IpFacts),
    /// A packet that may be of other media, of so many bytes.
    Other(u32),
    /// A packet was not delivered.
    Undelivered(Undelivery),
}

/// What the media plane is told of a stretch of frames.
#[derive(Debug, Default)]
pub struct Notices {
    /// The turns of the frames, and what they brought.
    pub(super) list: Vec<(u64, What)>,
    bytes: Vec<u8>,
}

impl Notices {
    pub(super) fn clear(&mut self) {
        self.list.clear();
        self.bytes.clear();
    }

    /// Whether there is nothing to tell.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Keeps bytes that a notice refers to.
    pub(super) fn keep(&mut self, bytes: &[u8]) -> Range<usize> {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(bytes);
        start..self.bytes.len()
    }

    pub(super) fn bytes(&self, range: &Range<usize>) -> &[u8] {
        self.bytes.get(range.clone()).unwrap_or_default()
    }
}
