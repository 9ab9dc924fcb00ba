//! Streams leave the media plane.

use hashbrown::HashMap;

use super::{Finished, Media, StreamList};
use crate::base::time::Timestamp;
use crate::track::ConversationId;
use crate::track::leaving::Leaving;
use crate::track::retirement::Retirement;
use crate::track::table;

/// The place of a stream that has left.
const LEFT: u32 = u32::MAX;

impl Media {
    /// The streams that are followed, in the order in which they were recognised.
    pub fn streams(&self) -> &StreamList {
        self.streams.list()
    }

    /// Brings the streams up to date.
    pub fn catch_up(&mut self) {
        self.streams.catch_up();
    }

    /// When the latest packet of each call's media came; a call is there as often
    /// as it has streams.
    pub fn latest(&self) -> impl Iterator<Item = (ConversationId, Timestamp)> {
        let streams = self.streams().iter();
        let of_streams = streams.filter_map(|stream| Some((stream.binding?.call, stream.last_at)));
        of_streams.chain(self.other.latest())
    }

    /// How many packets came of each call's media; a call is there as often as it
    /// has streams.
    pub fn amounts(&self) -> impl Iterator<Item = (ConversationId, u64)> {
        let streams = self.streams().iter();
        let of_streams = streams.filter_map(|stream| Some((stream.binding?.call, stream.packets)));
        of_streams.chain(self.other.amounts())
    }

    /// Takes those streams out whose calls leave, and of no call those for whose
    /// place `idle` is true; of these only the ones that are RTP are kept. The
    /// rest move up. Nothing begins anew, for a while, with packets of those of calls, and of
    /// those for whose place `early` is true.
    pub fn take_out(
        &mut self,
        leaving: &Leaving,
        (idle, early): (impl Fn(usize) -> bool, impl Fn(usize) -> bool),
        now: Timestamp,
        retirement: &Retirement,
    ) -> Finished {
        self.gone.age(now, retirement.remember);
        self.candidates.forget(now - retirement.stream_idle);
        let all = self.streams.take_all();
        let mut places = Vec::with_capacity(all.len());
        let mut left = StreamList::default();
        for (index, mut stream) in all.into_iter().enumerate() {
            let leaves = if let Some(binding) = &mut stream.binding {
                let left = leaving.leaves(binding.call);
                let call = left.or_else(|| leaving.stays(binding.call));
                binding.call = call.unwrap_or(binding.call);
                left.is_some()
            } else {
                idle(index)
            };
            if !leaves {
                places.push(u32::try_from(self.streams.len()).unwrap_or(LEFT));
                self.streams.push(stream);
                continue;
            }
            places.push(LEFT);
            self.held = self.held.saturating_add_signed(stream.settle());
            if stream.binding.is_some() || early(index) {
                self.gone.put(&(stream.flow, stream.ssrc));
            }
            if stream.binding.is_some() || stream.is_plausible() {
                left.push(stream);
            }
        }
        self.renumber(&places);
        left.sort();
        Finished { streams: left, other: self.other.take_out(leaving).into_list() }
    }

    /// The streams have moved to `places`.
    fn renumber(&mut self, places: &[u32]) {
        let moved = |index: &mut u32| {
            *index = places.get(*index as usize).copied().unwrap_or(LEFT);
            *index != LEFT
        };
        self.streams.renumber(moved);
        self.by_endpoint.retain(|_, list| {
            list.retain_mut(moved);
            !list.is_empty()
        });
        self.by_ssrc.retain(|_, list| {
            list.retain_mut(moved);
            !list.is_empty()
        });
        give_back(&mut self.by_endpoint);
        give_back(&mut self.by_ssrc);
        self.streams.give_back();
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        self.streams.bytes()
            // Each list has room for four at least.
            + table::bytes(self.by_endpoint.len(), size_of::<(super::Endpoint, Vec<u32>)>() + 16)
            + table::bytes(self.by_ssrc.len(), size_of::<(super::Ssrc, Vec<u32>)>() + 16)
            + self.candidates.bytes()
            + self.other.bytes()
            + self.gone.bytes()
    }
}

/// Gives back memory of a table that has become much too large.
pub(super) fn give_back<K: Eq + std::hash::Hash, V>(table: &mut HashMap<K, V>) {
    if table.capacity() > 8 * table.len() + 1_024 {
        table.shrink_to(2 * table.len());
    }
}
