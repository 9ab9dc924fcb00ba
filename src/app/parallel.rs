//! Work that is shared out among threads and put together in order.

use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::engine::Snapshot;
use crate::report::{Context, Options};

/// How many items a thread takes at a time.
const BLOCK: usize = 512;

/// Looks over a snapshot as [`Context::new`] does, with that many threads.
pub(super) fn context<'a>(
    snapshot: &'a Snapshot,
    options: &'a Options,
    threads: NonZeroUsize,
) -> Context<'a> {
    let mut context = Context::undiagnosed(snapshot, options);
    let len = snapshot.conversations.len();
    for diagnosed in in_blocks(len, threads, |range| context.diagnose(range)) {
        context.add(diagnosed);
    }
    context
}

/// What `make` makes of all blocks of `0..len`, in their order.
fn in_blocks<T: Send>(
    len: usize,
    threads: NonZeroUsize,
    make: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let blocks = len.div_ceil(BLOCK);
    let block = |block: usize| block * BLOCK..len.min((block + 1) * BLOCK);
    let threads = threads.get().min(blocks);
    if threads < 2 {
        return (0..blocks).map(|number| make(block(number))).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= blocks {
                return made;
            }
            made.push((number, make(block(number))));
        }
    };
    let mut made: Vec<(usize, T)> = std::thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
        let mut made = work();
        for other in others {
            match other.join() {
                Ok(more) => made.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        made
    });
    made.sort_unstable_by_key(|(number, _)| *number);
    made.into_iter().map(|(_, made)| made).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_are_put_together_in_order() {
        for len in [0, 1, BLOCK, 9 * BLOCK + 1] {
            for threads in [1, 2, 7] {
                let threads = NonZeroUsize::new(threads).unwrap();
                let all = in_blocks(len, threads, Iterator::collect::<Vec<_>>);
                assert!(all.concat().into_iter().eq(0..len), "{len} items, {threads} threads");
            }
        }
    }
}
