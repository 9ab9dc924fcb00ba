//! Work that is shared out among threads and put together in order.

use std::num::NonZeroUsize;
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
    looked_over(snapshot, options, threads, &[])
}

/// The same for who asks for the whole report: who is in the capture and the figures over
/// it are made at the same time.
pub(super) fn whole_context<'a>(
    snapshot: &'a Snapshot,
    options: &'a Options,
    threads: NonZeroUsize,
) -> Context<'a> {
    looked_over(snapshot, options, threads, &[Context::make_survey, Context::make_summary])
}

/// Looks for what is wrong, and before that does what takes longest in one piece.
fn looked_over<'a>(
    snapshot: &'a Snapshot,
    options: &'a Options,
    threads: NonZeroUsize,
    pieces: &[fn(&Context<'a>)],
) -> Context<'a> {
    let mut context = Context::undiagnosed(snapshot, options);
    let len = snapshot.conversations.len();
    let block = |block: usize| block * BLOCK..len.min((block + 1) * BLOCK);
    let made = in_order(pieces.len() + len.div_ceil(BLOCK), threads, |number| {
        let Some(piece) = pieces.get(number) else {
            return Some(context.diagnose(block(number - pieces.len())));
        };
        piece(&context);
        None
    });
    made.into_iter().flatten().for_each(|diagnosed| context.add(diagnosed));
    context
}

/// What `make` makes of the numbers `0..count`, in their order.
fn in_order<T: Send>(
    count: usize,
    threads: NonZeroUsize,
    make: impl Fn(usize) -> T + Sync,
) -> Vec<T> {
    let threads = threads.get().min(count);
    if threads < 2 {
        return (0..count).map(make).collect();
    }
    let next = AtomicUsize::new(0);
    let work = || {
        let mut made = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return made;
            }
            made.push((number, make(number)));
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
    fn what_threads_make_is_put_together_in_order() {
        for count in [0, 1, 2, 100] {
            for threads in [1, 2, 7] {
                let threads = NonZeroUsize::new(threads).unwrap();
                let all = in_order(count, threads, |number| number);
                assert!(all.into_iter().eq(0..count), "{count} pieces, {threads} threads");
            }
        }
    }
}
