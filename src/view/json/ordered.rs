//! Rows made by several threads and written in order.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use serde::Serialize;

use super::Between;
use crate::report::rows::Rows;

/// Rows that a thread makes at a time: some hundred KB of calls, which stay in a processor's
/// second-level cache until they are written.
const CHUNK: usize = 16;
/// Chunks of a thread that may wait to be written.
const WAITING: usize = 2;

/// Writes rows with something between them. Thread 0 of `n` makes the chunks
/// 0, n, 2n and so on, thread 1 those that follow them: so each chunk's place is
/// known, and no more than a few are held.
pub(super) fn rows<T: Serialize>(
    rows: &Rows<'_, T>,
    between: Between,
    threads: NonZeroUsize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let chunks = rows.len().div_ceil(CHUNK);
    let threads = threads.get().min(chunks);
    if threads < 2 {
        let mut text = Vec::new();
        for chunk in 0..chunks {
            text.clear();
            render(rows, range(chunk), between, &mut text)?;
            out.write_all(&text)?;
        }
        return Ok(());
    }
    std::thread::scope(|scope| {
        let made: Vec<Receiver<io::Result<Vec<u8>>>> = (0..threads)
            .map(|thread| {
                let (sender, receiver) = sync_channel(WAITING);
                scope
                    .spawn(move || make(rows, between, (thread..chunks).step_by(threads), &sender));
                receiver
            })
            .collect();
        for chunk in 0..chunks {
            // A thread ends early only when it panics, which the scope passes on.
            let Some(Ok(text)) = made.get(chunk % threads).map(Receiver::recv) else { break };
            out.write_all(&text?)?;
        }
        Ok(())
    })
}

/// Makes chunks until they are done or nobody wants them any more.
fn make<T: Serialize>(
    rows: &Rows<'_, T>,
    between: Between,
    chunks: impl Iterator<Item = usize>,
    sender: &SyncSender<io::Result<Vec<u8>>>,
) {
    let mut size = 0;
    for chunk in chunks {
        let mut text = Vec::with_capacity(size);
        let made = render(rows, range(chunk), between, &mut text);
        size = size.max(text.len());
        if sender.send(made.map(|()| text)).is_err() {
            return;
        }
    }
}

/// The rows of a chunk; those beyond the last are none.
const fn range(chunk: usize) -> Range<usize> {
    chunk * CHUNK..(chunk + 1) * CHUNK
}

/// Renders rows, each but the very first with `between` before it.
fn render<T: Serialize>(
    rows: &Rows<'_, T>,
    range: Range<usize>,
    between: Between,
    text: &mut Vec<u8>,
) -> io::Result<()> {
    for index in range.start..range.end.min(rows.len()) {
        let Some(row) = rows.get(index) else { continue };
        if index > 0 {
            text.extend_from_slice(between.0);
        }
        serde_json::to_writer(&mut *text, &row)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_does_not_depend_on_the_threads() {
        for len in [0, 1, CHUNK, 10 * CHUNK + 3] {
            let all = Rows::new(len, |index| Some(index.to_string()));
            let alone: Vec<String> = all.iter().collect();
            let alone = serde_json::to_string(&alone).unwrap();
            for threads in [1, 2, 7] {
                let mut out = Vec::new();
                rows(&all, Between(b","), NonZeroUsize::new(threads).unwrap(), &mut out).unwrap();
                assert_eq!(format!("[{}]", String::from_utf8(out).unwrap()), alone);
            }
        }
    }

    #[test]
    fn a_reader_who_leaves_ends_it() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let all = Rows::new(100 * CHUNK, |index| Some(index.to_string()));
        let threads = NonZeroUsize::new(3).unwrap();
        let error = rows(&all, Between(b","), threads, &mut Closed).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
