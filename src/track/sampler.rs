//! A few packets of a stream remembered, to know the stream again on another leg.

use std::hash::{BuildHasher, Hasher};

use foldhash::fast::FixedState;

use super::stream::MediaPacket;
use crate::base::id::Seq;
use crate::base::time::{Span, Timestamp};

/// A packet remembered.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Sampled {
    seq: u16,
    /// Hash of the payload; 0 is an empty place.
    hash: u32,
    at: Timestamp,
}

/// The last of the packets whose numbers are multiples of `EVERY`.
///
/// Which are remembered follows from their numbers alone, so that a relayed
/// stream has the same ones on both of its legs.
#[derive(Clone, Debug, Default)]
pub struct Sampler([Sampled; PLACES]);

/// Places; with [`EVERY`], the last five seconds at 20 ms.
const PLACES: usize = 8;
/// Numbers between two packets that are remembered.
pub(super) const EVERY: u16 = 32;
/// Packets that have to agree: the payload of one alone may be silence.
const ENOUGH: usize = 2;

impl Sampler {
    /// Whether a packet of that number is one of those that are looked at.
    #[inline]
    pub(super) const fn looks_at(seq: Seq) -> bool {
        seq.0.is_multiple_of(EVERY)
    }

    /// Remembers a packet if its number is one of those.
    #[inline]
    pub(super) fn take(&mut self, packet: &MediaPacket<'_>) {
        if Self::looks_at(packet.rtp.seq) {
            self.remember(packet);
        }
    }

    #[cold]
    fn remember(&mut self, packet: &MediaPacket<'_>) {
        let seq = packet.rtp.seq.0;
        let mut hash = FixedState::default().build_hasher();
        hash.write(packet.rtp.payload);
        let hash = u32::try_from(hash.finish() & 0xffff_ffff).unwrap_or(0) | 1;
        if let Some(place) = self.0.get_mut(usize::from(seq / EVERY) % PLACES) {
            *place = Sampled { seq, hash, at: packet.at };
        }
    }

    /// Whether two streams are one: enough packets have the same number and
    /// payload and passed within `within` of each other, and none of the same
    /// number has another payload.
    pub fn is_same(&self, other: &Self, within: Span) -> bool {
        let mut same = 0;
        for (a, b) in self.0.iter().zip(&other.0) {
            if a.hash == 0 || b.hash == 0 || a.seq != b.seq {
                continue;
            }
            if a.hash != b.hash {
                return false;
            }
            same += usize::from(
                b.at.since(a.at).nanos().unsigned_abs() <= within.nanos().unsigned_abs(),
            );
        }
        same >= ENOUGH
    }
}
