//! Media that are not RTP, tied to the call that announced them: T.38 fax over
//! UDPTL, MSRP, and whatever else SDP names.

use hashbrown::HashMap;

use super::announced::Known;
use super::leaving::Leaving;
use super::offer::Profile;
use super::{ConversationId, Side};
use crate::base::flow::Flow;
use crate::base::id::FrameNo;
use crate::base::limits::Limits;
use crate::base::time::Timestamp;

/// Packets of one flow of such media.
#[derive(Clone, Debug)]
pub struct OtherMedia {
    /// From whom to whom.
    pub flow: Flow,
    /// The call that announced an end of it.
    pub call: ConversationId,
    /// Who receives it.
    pub receiver: Side,
    /// The transport of its media section, as sent: `udptl`, `TCP/MSRP`.
    pub protocol: Box<str>,
    /// Packets.
    pub packets: u64,
    /// Bytes with their IP headers.
    pub bytes: u64,
    /// The frame of the first packet.
    pub first_frame: FrameNo,
    /// When the first packet came.
    pub first_at: Timestamp,
    /// When the latest packet came.
    pub last_at: Timestamp,
}

/// All flows of such media.
#[derive(Clone, Debug, Default)]
pub struct OtherFlows {
    flows: HashMap<Flow, OtherMedia>,
}

impl OtherFlows {
    /// Takes a packet that is no RTP, if SDP announced its flow; `false` when it
    /// did and there is no room.
    pub fn take(
        &mut self,
        flow: Flow,
        bytes: u32,
        frame: FrameNo,
        at: Timestamp,
        announced: Known<'_>,
        limits: &Limits,
    ) -> bool {
        if let Some(known) = self.flows.get_mut(&flow) {
            known.packets += 1;
            known.bytes += u64::from(bytes);
            known.last_at = known.last_at.max(at);
            return true;
        }
        let other =
            |endpoint| announced.at(endpoint, at).filter(|e| e.section.profile == Profile::Other);
        let (expected, receiver) = match (other(flow.dst), other(flow.src)) {
            (Some(expected), _) => (expected, expected.side),
            (None, Some(expected)) => (expected, expected.side.other()),
            (None, None) => return true,
        };
        if self.flows.len() >= limits.streams {
            return false;
        }
        self.flows.insert(
            flow,
            OtherMedia {
                flow,
                call: expected.call,
                receiver,
                protocol: expected.section.protocol.clone(),
                packets: 1,
                bytes: u64::from(bytes),
                first_frame: frame,
                first_at: at,
                last_at: at,
            },
        );
        true
    }

    /// Each flow's call, and when its latest packet came; in no order.
    pub fn latest(&self) -> impl Iterator<Item = (ConversationId, Timestamp)> {
        self.flows.values().map(|media| (media.call, media.last_at))
    }

    /// Each flow's call, and how many packets came; in no order.
    pub fn amounts(&self) -> impl Iterator<Item = (ConversationId, u64)> {
        self.flows.values().map(|media| (media.call, media.packets))
    }

    /// Takes those out whose calls leave.
    #[must_use]
    pub fn take_out(&mut self, leaving: &Leaving) -> Self {
        let mut left = Self::default();
        self.flows.retain(|flow, media| {
            if let Some(call) = leaving.leaves(media.call) {
                left.flows.insert(*flow, OtherMedia { call, ..media.clone() });
                return false;
            }
            media.call = leaving.stays(media.call).unwrap_or(media.call);
            true
        });
        left
    }

    /// Bytes that they take.
    pub fn bytes(&self) -> usize {
        super::table::bytes(self.flows.len(), size_of::<(Flow, OtherMedia)>())
    }

    /// The flows in the order of their first packets.
    pub fn into_list(self) -> Vec<OtherMedia> {
        let mut list: Vec<_> = self.flows.into_values().collect();
        list.sort_by_key(|media| media.first_frame);
        list
    }
}
