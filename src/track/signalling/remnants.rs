//! The remnants of the signalling plane, by Call-ID.

use hashbrown::HashTable;

use crate::base::time::{Span, Timestamp};
use crate::track::conversation::Conversation;
use crate::track::message::Arrived;
use crate::track::remnant::{Maker, Remnant, Stage};
use crate::track::retirement::LINGER;
use crate::track::table;
use crate::track::tombstones::Tombstones;
use crate::wire::sip::Method;

/// What is not nearly over is settled when nothing came of it for so long: its media are
/// not seen any more, and calls without session timers are silent.
const OPEN: Span = Span::from_secs(24 * 3_600);

/// Remnants, each until it is over.
#[derive(Clone, Debug, Default)]
pub(super) struct Remnants {
    entries: Vec<Entry>,
    /// The places of those, by the hash of the Call-ID.
    places: HashTable<u32>,
    /// Bytes that they take beside that.
    bytes: usize,
    maker: Maker,
    /// Those that are over, until they are taken.
    over: Vec<Remnant>,
}

#[derive(Clone, Debug)]
struct Entry {
    /// The hash of the Call-ID.
    call_id: u64,
    /// When it is settled, if nothing comes before.
    until: Timestamp,
    /// Whether something came since that was said.
    is_fresh: bool,
    stage: Stage,
    is_call: bool,
    remnant: Remnant,
}

/// What became of a message.
pub(super) enum Taken {
    /// Nothing is left of its Call-ID.
    Not,
    /// What is left of its conversation has taken it.
    Late,
    /// It begins something else.
    Begins,
}

impl Remnants {
    /// Keeps what is left of a conversation; whether that is anything.
    pub(super) fn put(&mut self, call_id: u64, conversation: &Conversation) -> bool {
        let Ok(place) = u32::try_from(self.entries.len()) else { return false };
        let Some(remnant) = self.maker.remnant(conversation) else { return false };
        self.bytes += remnant.heap_bytes();
        let (stage, until) = (conversation.stage(), Timestamp::default());
        if self.entries.len() == self.entries.capacity() {
            // By less than twice: they are many when memory is short.
            self.entries.reserve_exact((self.entries.len() / 8).max(64));
        }
        let is_call = conversation.call().is_some();
        self.entries.push(Entry { call_id, until, is_fresh: true, stage, is_call, remnant });
        let entries = &self.entries;
        self.places.insert_unique(call_id, place, |place| hash(entries, *place));
        true
    }

    /// Takes a message of what is left of its conversation.
    pub(super) fn take(&mut self, call_id: u64, arrived: &Arrived<'_>) -> Taken {
        if self.entries.is_empty() {
            return Taken::Not;
        }
        let is_it = |place: &u32| hash(&self.entries, *place) == call_id;
        let Some(place) = self.places.find(call_id, is_it).copied() else { return Taken::Not };
        let Some(entry) = self.entries.get_mut(place as usize) else { return Taken::Not };
        let Some(mut conversation) = entry.remnant.conversation() else { return Taken::Late };
        if begins_anew(&conversation, arrived) {
            let entry = self.remove(place as usize);
            self.over.push(entry.remnant);
            return Taken::Begins;
        }
        conversation.take_remnants_message(arrived);
        entry.is_fresh = true;
        entry.stage = conversation.stage();
        self.bytes -= entry.remnant.heap_bytes();
        self.maker.renew(&mut entry.remnant, &conversation);
        self.bytes += entry.remnant.heap_bytes();
        Taken::Late
    }

    /// Takes one out; the last one takes its place.
    fn remove(&mut self, place: usize) -> Entry {
        let last = self.entries.len() - 1;
        let mut move_to = |call_id: u64, from: usize, to: Option<usize>| {
            let Ok(found) = self.places.find_entry(call_id, |place| *place as usize == from) else {
                return;
            };
            match to.and_then(|to| u32::try_from(to).ok()) {
                Some(to) => *found.into_mut() = to,
                None => drop(found.remove()),
            }
        };
        move_to(self.entries[place].call_id, place, None);
        if place != last {
            move_to(self.entries[last].call_id, last, Some(place));
        }
        let entry = self.entries.swap_remove(place);
        self.bytes -= entry.remnant.heap_bytes();
        entry
    }

    /// Settles those of which nothing came for long; they are remembered as gone.
    pub(super) fn settle(&mut self, now: Timestamp, gone: &mut Tombstones) {
        for entry in &mut self.entries {
            if std::mem::take(&mut entry.is_fresh) {
                entry.until = now + if entry.stage.is_short() { LINGER } else { OPEN };
            }
        }
        self.let_go(|entry| entry.until <= now, |entry| gone.put(&entry.call_id));
        self.maker.tidy();
    }

    /// Settles as many as are needed for the rest to take no more than `most` bytes: first
    /// those that are nearly over, then those that were answered, then the others; of each
    /// those of which nothing came for longest. How many are not nearly over. Of `calls` nothing
    /// begins anew, so that each is counted once; registrations do.
    pub(super) fn shrink(
        &mut self,
        most: usize,
        calls: &mut Tombstones,
        registrations: &mut Tombstones,
    ) -> usize {
        let bytes = self.bytes();
        if bytes <= most || self.entries.is_empty() {
            return 0;
        }
        let each = (self.bytes / self.entries.len()).saturating_add(size_of::<Entry>());
        let count = ((bytes - most) / each).clamp(1, self.entries.len());
        let order = |entry: &Entry| (entry.stage, entry.is_fresh, entry.until);
        let mut all: Vec<_> = self.entries.iter().map(order).collect();
        let (_, last, _) = all.select_nth_unstable(count - 1);
        let last = *last;
        let open = |entry: &Entry| order(entry) <= last && entry.stage != Stage::NearlyOver;
        let open = self.entries.iter().filter(|entry| open(entry)).count();
        let remember = |entry: &Entry| {
            let gone = if entry.is_call { &mut *calls } else { &mut *registrations };
            gone.put(&entry.call_id);
        };
        self.let_go(|entry| order(entry) <= last, remember);
        open
    }

    /// Settles those that are chosen.
    fn let_go(&mut self, goes: impl Fn(&Entry) -> bool, mut remember: impl FnMut(&Entry)) {
        let before = self.entries.len();
        let mut place = 0;
        while let Some(entry) = self.entries.get(place) {
            if !goes(entry) {
                place += 1;
                continue;
            }
            let entry = self.remove(place);
            remember(&entry);
            self.over.push(entry.remnant);
        }
        if self.entries.len() < before {
            self.entries.shrink_to(self.entries.len() + self.entries.len() / 8);
            let entries = &self.entries;
            self.places.shrink_to(entries.len(), |place| hash(entries, *place));
        }
    }

    /// Whether any are over and have not been taken.
    pub(super) const fn has_over(&self) -> bool {
        !self.over.is_empty()
    }

    /// Those that are over.
    pub(super) fn take_over(&mut self) -> Vec<Remnant> {
        std::mem::take(&mut self.over)
    }

    /// All, as they are.
    pub(super) fn all(&self) -> Vec<Remnant> {
        let all = self.entries.iter().map(|entry| &entry.remnant);
        self.over.iter().chain(all).cloned().collect()
    }

    /// Bytes that they take, about.
    pub(super) fn bytes(&self) -> usize {
        let over: usize = self.over.iter().map(Remnant::heap_bytes).sum();
        self.entries.capacity() * size_of::<Entry>()
            + table::bytes(self.places.len(), size_of::<u32>())
            + self.bytes
            + self.over.capacity() * size_of::<Remnant>()
            + over
    }
}

/// The hash of the Call-ID of what is at a place.
fn hash(entries: &[Entry], place: u32) -> u64 {
    entries.get(place as usize).map_or(0, |entry| entry.call_id)
}

/// Whether a message begins another registration, which has a row of its own: the one that
/// is left is answered.
fn begins_anew(left: &Conversation, arrived: &Arrived<'_>) -> bool {
    let Some(registration) = left.registration() else { return false };
    arrived.sip.method() == Some(Method::Register)
        && !registration.is_under_way()
        && registration.latest != Some(arrived.told.fingerprint())
}
