//! Points at which a stream was captured: a capture of several interfaces, of a
//! mirror, or of a tunnel and what comes out of it holds each packet several times.

use super::stream::MediaPacket;
use crate::base::id::Seq;
use crate::base::time::{Span, Timestamp};
use crate::wire::frame::{IpFacts, Tunnel};

/// What tells one point from another.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Vantage {
    /// Time to live: routers between two points lower it.
    pub ttl: u8,
    /// What the packets came wrapped in.
    pub tunnel: Tunnel,
    /// Packets captured there.
    pub packets: u64,
}

/// A packet remembered, to know a copy of it.
#[derive(Clone, Copy, Debug, Default)]
struct Seen {
    seq: Seq,
    id: u16,
    at: Timestamp,
}

/// The points at which a stream was captured.
#[derive(Clone, Debug, Default)]
pub struct Vantages {
    list: Vec<Vantage>,
    current: u8,
    /// Packets that the capture holds another copy of.
    pub copies: u64,
    recent: [Seen; RECENT],
    next: u8,
}

/// Packets remembered; the copies of a packet come within a few others.
const RECENT: usize = 8;
/// Points that are told apart.
const MAX_VANTAGES: usize = 8;
/// A copy comes within this of its original, through a tunnel's end or a
/// router; a sender does not send a number again so soon.
const WINDOW: Span = Span::from_millis(50);

impl Vantages {
    /// Counts a packet at its point.
    #[inline]
    pub(super) fn count(&mut self, ip: &IpFacts) {
        match self.list.get_mut(usize::from(self.current)) {
            Some(vantage) if vantage.ttl == ip.ttl && vantage.tunnel == ip.tunnel => {
                vantage.packets += 1;
            }
            _ => self.count_elsewhere(ip),
        }
    }

    #[cold]
    fn count_elsewhere(&mut self, ip: &IpFacts) {
        let known = self.list.iter().position(|v| v.ttl == ip.ttl && v.tunnel == ip.tunnel);
        let index = known.unwrap_or_else(|| {
            if self.list.len() < MAX_VANTAGES {
                self.list.push(Vantage { ttl: ip.ttl, tunnel: ip.tunnel, packets: 0 });
            }
            self.list.len() - 1
        });
        if let Some(vantage) = self.list.get_mut(index) {
            vantage.packets += 1;
        }
        self.current = u8::try_from(index).unwrap_or(0);
    }

    /// More packets came where the latest did.
    pub(super) fn count_more(&mut self, packets: u64) {
        if let Some(vantage) = self.list.get_mut(usize::from(self.current)) {
            vantage.packets += packets;
        }
    }

    /// Remembers packets of which the numbers, the lower halves of the IP
    /// identifications and the times are given.
    pub(super) fn remember_all(
        &mut self,
        packets: impl ExactSizeIterator<Item = (Seq, u16, Timestamp)>,
    ) {
        let forgotten = packets.len().saturating_sub(RECENT);
        self.next = place_after(self.next, forgotten);
        for (seq, id, at) in packets.skip(forgotten) {
            self.put(Seen { seq, id, at });
        }
    }

    /// Remembers a packet.
    #[inline]
    pub(super) fn remember(&mut self, seq: Seq, packet: &MediaPacket<'_>) {
        self.put(Seen { seq, id: low_half(packet.ip.id), at: packet.at });
    }

    #[inline]
    fn put(&mut self, seen: Seen) {
        if let Some(place) = self.recent.get_mut(usize::from(self.next)) {
            *place = seen;
        }
        self.next = place_after(self.next, 1);
    }

    /// A number came again: a copy if it has the id of the packet before and
    /// comes at once.
    #[cold]
    pub(super) fn duplicate(&mut self, seq: Seq, packet: &MediaPacket<'_>) {
        let same = |seen: &&Seen| {
            seen.seq == seq
                && seen.id == low_half(packet.ip.id)
                && packet.at.since(seen.at) <= WINDOW
        };
        self.copies += u64::from(self.recent.iter().any(|seen| same(&seen)));
    }

    /// The points, in order of appearance.
    pub fn list(&self) -> &[Vantage] {
        &self.list
    }
}

/// The place among the recent packets that is `count` after one.
#[inline]
fn place_after(place: u8, count: usize) -> u8 {
    u8::try_from((usize::from(place) + count) % RECENT).unwrap_or(0)
}

fn low_half(id: u32) -> u16 {
    u16::try_from(id & 0xffff).unwrap_or(0)
}
