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
/// Bytes that are kept of a packet after its fixed header: nearly all of any
/// voice, and what tells the mode of a codec.
const MOST_KEPT: usize = 256;

/// A packet kept of a candidate.
#[derive(Clone, Debug)]
pub struct Kept {
    header: Rtp<'static>,
    /// Of the header extension.
    profile: Option<u16>,
    /// Contributing sources, header extension and payload, and where each ends.
    bytes: Box<[u8]>,
    ends: [u16; 3],
    octets: u32,
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

    /// Forgets those of which nothing came since `before`.
    pub fn forget(&mut self, before: Timestamp) {
        self.table.retain(|_, candidate| candidate.last >= before);
    }

    /// Bytes that they take.
    pub fn bytes(&self) -> usize {
        let kept = self.table.values().map(|candidate| {
            let kept = candidate.kept.iter();
            kept.map(|kept| size_of::<Kept>() + kept.bytes.len()).sum::<usize>()
        });
        super::table::bytes(self.table.len(), size_of::<((Flow, Ssrc), Candidate)>())
            + kept.sum::<usize>()
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
        let Rtp { csrc, extension, payload, .. } = packet.rtp;
        let extended = extension.map_or(&[][..], |(_, data)| data);
        let parts = [csrc, extended, payload];
        let mut bytes =
            Vec::with_capacity(parts.iter().map(|part| part.len()).sum::<usize>().min(MOST_KEPT));
        let ends = parts.map(|part| {
            let room = MOST_KEPT.saturating_sub(bytes.len());
            bytes.extend_from_slice(part.get(..room).unwrap_or(part));
            u16::try_from(bytes.len()).unwrap_or(u16::MAX)
        });
        Self {
            header: Rtp { payload: &[], extension: None, csrc: &[], ..packet.rtp },
            profile: extension.map(|(profile, _)| profile),
            bytes: bytes.into(),
            ends,
            octets: packet.octets,
            frame: packet.frame,
            at: packet.at,
            ip: packet.ip,
        }
    }

    /// The packet again, cut to what was kept.
    pub fn packet(&self, flow: Flow) -> MediaPacket<'_> {
        let [csrc, extended, payload] = self.ends.map(usize::from);
        let part = |from, to| self.bytes.get(from..to).unwrap_or_default();
        MediaPacket {
            rtp: Rtp {
                csrc: part(0, csrc),
                extension: self.profile.map(|profile| (profile, part(csrc, extended))),
                payload: part(extended, payload),
                ..self.header
            },
            octets: self.octets,
            flow,
            frame: self.frame,
            at: self.at,
            ip: self.ip,
        }
    }
}
