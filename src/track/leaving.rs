//! Which conversations leave the engine, and how both those and the rest are
//! numbered afterwards: places in a list are dense, so that nothing grows with
//! what has passed.

use super::ConversationId;

/// Where a conversation goes.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Fate {
    Stays(u32),
    Leaves(u32),
}

/// The fate of every conversation.
#[derive(Clone, Debug, Default)]
pub struct Leaving {
    fates: Vec<Fate>,
    leave: u32,
}

impl Leaving {
    /// Those for which `leaves` is true leave, in the order that they have.
    pub fn those(leaves: impl Iterator<Item = bool>) -> Self {
        let (mut stay, mut leave) = (0_u32, 0_u32);
        let fates = leaves
            .map(|leaves| {
                let count = if leaves { &mut leave } else { &mut stay };
                *count += 1;
                if leaves { Fate::Leaves(*count - 1) } else { Fate::Stays(*count - 1) }
            })
            .collect();
        Self { fates, leave }
    }

    /// The new place of a conversation that leaves, among those that leave.
    pub fn leaves(&self, id: ConversationId) -> Option<ConversationId> {
        match self.fates.get(id.0 as usize) {
            Some(Fate::Leaves(place)) => Some(ConversationId(*place)),
            _ => None,
        }
    }

    /// The new place of a conversation that stays.
    pub fn stays(&self, id: ConversationId) -> Option<ConversationId> {
        match self.fates.get(id.0 as usize) {
            Some(Fate::Stays(place)) => Some(ConversationId(*place)),
            _ => None,
        }
    }

    /// How many leave.
    pub const fn count(&self) -> usize {
        self.leave as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_lists_are_dense_and_keep_their_order() {
        let leaving = Leaving::those([false, true, true, false].into_iter());
        let id = ConversationId;
        assert_eq!(leaving.stays(id(3)), Some(id(1)));
        assert_eq!(leaving.leaves(id(2)), Some(id(1)));
        assert_eq!((leaving.leaves(id(0)), leaving.stays(id(1))), (None, None));
        assert_eq!((leaving.leaves(id(4)), leaving.stays(id(4)), leaving.count()), (None, None, 2));
    }
}
