//! What left a short while ago, so that a straggler does not begin it anew.

use std::hash::{BuildHasher, Hash};

use hashbrown::{DefaultHashBuilder, HashSet};

use super::table;
use crate::base::time::{Span, Timestamp};

/// Keys remembered of one generation; of more the oldest are forgotten early.
const MOST: usize = 1 << 17;

/// Keys of what left: each is kept for one to two lives, as its hash alone. Two
/// generations take the place of a time for each: the older is dropped as a whole.
#[derive(Clone, Debug, Default)]
pub(super) struct Tombstones {
    hasher: DefaultHashBuilder,
    young: HashSet<u64>,
    old: HashSet<u64>,
    turned: Timestamp,
}

impl Tombstones {
    /// Remembers a key.
    pub(super) fn put(&mut self, key: &impl Hash) {
        if self.young.len() >= MOST {
            self.turn();
        }
        self.young.insert(self.hasher.hash_one(key));
    }

    /// Whether a key is remembered.
    pub(super) fn has(&self, key: &impl Hash) -> bool {
        if self.young.is_empty() && self.old.is_empty() {
            return false;
        }
        let hash = self.hasher.hash_one(key);
        self.young.contains(&hash) || self.old.contains(&hash)
    }

    /// Forgets a key: what it stood for has begun anew.
    pub(super) fn lift(&mut self, key: &impl Hash) {
        let hash = self.hasher.hash_one(key);
        self.young.remove(&hash);
        self.old.remove(&hash);
    }

    /// It is `now`: what has been remembered for a life at least may be forgotten.
    pub(super) fn age(&mut self, now: Timestamp, life: Span) {
        if now.since(self.turned) >= life {
            // After a long silence both generations are older than that.
            if now.since(self.turned) >= Span::from_nanos(life.nanos().saturating_mul(2)) {
                self.turn();
            }
            self.turn();
            self.turned = now;
        }
    }

    fn turn(&mut self) {
        self.old.clear();
        std::mem::swap(&mut self.old, &mut self.young);
    }

    /// Bytes that they take.
    pub(super) fn bytes(&self) -> usize {
        let size = size_of::<u64>();
        table::bytes(self.young.len(), size) + table::bytes(self.old.len(), size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_nanos(0) + Span::from_secs(seconds)
    }

    #[test]
    fn a_key_is_remembered_for_a_life_and_not_for_ever() {
        let mut gone = Tombstones::default();
        let life = Span::from_secs(64);
        gone.age(at(1_000), life);
        gone.put(&"a");
        gone.age(at(1_063), life);
        assert!(gone.has(&"a") && !gone.has(&"b"));
        gone.age(at(1_064), life);
        assert!(gone.has(&"a"));
        gone.age(at(1_128), life);
        assert!(!gone.has(&"a"));
        gone.put(&"a");
        gone.lift(&"a");
        assert!(!gone.has(&"a"));
    }

    #[test]
    fn however_many_leave_few_are_remembered() {
        let mut gone = Tombstones::default();
        for key in 0..3 * MOST {
            gone.put(&key);
        }
        assert!(gone.has(&(3 * MOST - 1)) && gone.has(&(2 * MOST)) && !gone.has(&0));
        assert!(gone.bytes() < 64 * MOST);
    }
}
