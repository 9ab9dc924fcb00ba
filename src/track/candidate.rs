//! Packets that may be RTP: held until there are enough of them, or SDP says so.

use hashbrown::HashMap;

use super::stream::MediaPacket;
use crate::base::flow::Flow;
use crate::base::id::{FrameNo, Ssrc};
use crate::base::time::Timestamp;
use crate::wire::frame::IpFacts;
use crate::wire::rtp::Rtp;

/// Packets without SDP after which a candidate is followed as a stream.
pub const ENOUGH: usize = 5;
/// Bytes of a payload that are kept: enough for a telephone event.
const PAYLOAD_KEPT: usize = 4;

/// A packet kept of a candidate.
#[derive(Clone, Copy, Debug)]
pub struct Kept {
    header: Rtp<'static>,
    payload: [u8; PAYLOAD_KEPT],
    payload_len: u8,
    frame: FrameNo,
    at: Timestamp,
    ip: IpFacts,
}

/// Packets of one source between two endpoints that may be RTP.
#[derive(Clone, Debug, Default)]
pub struct Candidate {
    kept: Vec<Kept>,
    last: Timestamp,
}

/// The table of candidates.
#[derive(Clone, Debug, Default)]
pub struct Candidates {
    table: HashMap<(Flow, Ssrc), Candidate>,
}

impl Candidates {
    /// Keeps a packet of a candidate; the number of packets it has now. When the
    /// table is full the candidates idle longest are forgotten: `evicted` is
    /// raised by their number.
    pub fn keep(&mut self, packet: &MediaPacket<'_>, cap: usize, evicted: &mut u64) -> usize {
        let key = (packet.flow, packet.rtp.ssrc);
        if self.table.len() >= cap && !self.table.contains_key(&key) {
            *evicted += self.evict(cap / 4);
        }
        let candidate = self.table.entry(key).or_default();
        candidate.last = packet.at;
        candidate.kept.push(Kept::of(packet));
        candidate.kept.len()
    }

    /// Takes a candidate's packets out of the table, in order.
    pub fn remove(&mut self, flow: Flow, ssrc: Ssrc) -> Vec<Kept> {
        self.table.remove(&(flow, ssrc)).map(|candidate| candidate.kept).unwrap_or_default()
    }

    /// The candidates left, in the order of their first packets.
    pub fn left(&self) -> Vec<(Flow, Ssrc)> {
        let mut left: Vec<_> = self
            .table
            .iter()
            .map(|(key, candidate)| (candidate.kept.first().map(|kept| kept.frame), *key))
            .collect();
        left.sort_unstable();
        left.into_iter().map(|(_, key)| key).collect()
    }

    /// When a candidate's first packet came.
    pub fn first_at(&self, flow: Flow, ssrc: Ssrc) -> Option<Timestamp> {
        self.table.get(&(flow, ssrc))?.kept.first().map(|kept| kept.at)
    }

    fn evict(&mut self, count: usize) -> u64 {
        let mut idle: Vec<_> =
            self.table.iter().map(|(key, candidate)| (candidate.last, *key)).collect();
        idle.sort_unstable();
        let idle = idle.into_iter().take(count.max(1));
        idle.map(|(_, key)| u64::from(self.table.remove(&key).is_some())).sum()
    }

    /// How many candidates there are.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }
}

impl Kept {
    fn of(packet: &MediaPacket<'_>) -> Self {
        let mut payload = [0; PAYLOAD_KEPT];
        let length = packet.rtp.payload.len().min(PAYLOAD_KEPT);
        for (to, from) in payload.iter_mut().zip(packet.rtp.payload) {
            *to = *from;
        }
        Self {
            header: Rtp { payload: &[], extension: None, ..packet.rtp },
            payload,
            payload_len: u8::try_from(length).unwrap_or(0),
            frame: packet.frame,
            at: packet.at,
            ip: packet.ip,
        }
    }

    /// The packet again, its payload cut to what was kept.
    pub fn packet(&self, flow: Flow) -> MediaPacket<'_> {
        let payload = self.payload.get(..usize::from(self.payload_len)).unwrap_or_default();
        MediaPacket {
            rtp: Rtp { payload, ..self.header },
            flow,
            frame: self.frame,
            at: self.at,
            ip: self.ip,
        }
    }
}
