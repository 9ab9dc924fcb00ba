//! Lines on their way out, on a thread of their own. Who reads them slowly is waited for as long
//! as he goes on reading; where he does not, lines are dropped, which are counted, and neither
//! the session nor who else is told is held up.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::sink::Sink;
use crate::app::output::Failure;

/// How long is waited for a reader who takes nothing, until he takes something again.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks whether there is room.
const LOOK: Duration = Duration::from_millis(5);
/// Bytes that are written at once, so that it shows that somebody reads.
const PIECE: usize = 64 << 10;

/// What both threads know.
#[derive(Debug, Default)]
struct Shared {
    /// Bytes that wait.
    waiting: AtomicUsize,
    /// Lines that were not taken.
    lost: AtomicU64,
    /// Why nothing more can be written.
    failed: Mutex<Option<Failure>>,
}

/// Writes lines.
#[derive(Debug)]
pub(super) struct Writer {
    to: Option<Sender<Vec<u8>>>,
    shared: Arc<Shared>,
    /// Bytes that wait at most.
    most: usize,
    /// Lines that there was no room for.
    dropped: u64,
    /// What waited when the reader was found to take nothing.
    stuck: Option<usize>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Begins the thread; so many bytes wait at most.
    ///
    /// # Errors
    ///
    /// There is no thread to be had.
    pub(super) fn begin(sink: Sink, most: usize) -> Result<Self, Failure> {
        let (to, from) = channel();
        let shared = Arc::new(Shared::default());
        let theirs = shared.clone();
        let thread = std::thread::Builder::new()
            .name("lines".to_owned())
            .spawn(move || write(&from, sink, &theirs))
            .map_err(|error| Failure::Fault(format!("no thread: {error}")))?;
        Ok(Self { to: Some(to), shared, most, dropped: 0, stuck: None, thread: Some(thread) })
    }

    /// Hands whole lines over; those that there is no room for are dropped.
    pub(super) fn write(&mut self, lines: Vec<u8>) {
        let bytes = lines.len();
        if self.has_room(bytes)
            && let Some(to) = &self.to
        {
            self.shared.waiting.fetch_add(bytes, Relaxed);
            // A thread that has ended said why.
            let _ = to.send(lines);
            return;
        }
        self.dropped += lines.split_inclusive(|byte| *byte == b'\n').count() as u64;
    }

    /// Whether so many bytes more may wait, which is waited for while somebody reads.
    fn has_room(&mut self, bytes: usize) -> bool {
        let (mut last, mut since) = (self.shared.waiting.load(Relaxed), Instant::now());
        loop {
            let waiting = self.shared.waiting.load(Relaxed);
            // What is more than all that may wait has to be alone.
            if waiting == 0 || waiting + bytes <= self.most {
                self.stuck = None;
                return true;
            }
            if self.stuck.is_some_and(|stuck| waiting >= stuck) || self.has_failed() {
                return false;
            }
            if waiting < last {
                (last, since) = (waiting, Instant::now());
            } else if since.elapsed() >= PATIENCE {
                self.stuck = Some(waiting);
                return false;
            }
            std::thread::sleep(LOOK);
        }
    }

    fn has_failed(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    /// Lines that were not taken.
    pub(super) fn lost(&self) -> u64 {
        self.dropped + self.shared.lost.load(Relaxed)
    }

    /// What went wrong since it was asked last.
    ///
    /// # Errors
    ///
    /// That.
    pub(super) fn outcome(&self) -> Result<(), Failure> {
        let failed = self.shared.failed.lock().ok().and_then(|mut failed| failed.take());
        failed.map_or(Ok(()), Err)
    }

    /// Waits until everything is written.
    ///
    /// # Errors
    ///
    /// It could not be.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        self.to = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Err(_)) => Err(Failure::Fault("the thread that writes lines failed".to_owned())),
            _ => self.outcome(),
        }
    }
}

fn write(from: &Receiver<Vec<u8>>, mut sink: Sink, shared: &Shared) {
    while let Ok(lines) = from.recv() {
        for piece in pieces(&lines) {
            let written = sink.write(piece);
            shared.waiting.fetch_sub(piece.len(), Relaxed);
            shared.lost.store(sink.lost(), Relaxed);
            if let Err(failure) = written {
                if let Ok(mut failed) = shared.failed.lock() {
                    *failed = Some(failure);
                }
                return;
            }
        }
    }
}

/// Whole lines, some at a time.
fn pieces(mut lines: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let beyond = lines.get(PIECE..).unwrap_or_default();
        let end = beyond.iter().position(|byte| *byte == b'\n').map(|at| PIECE + at + 1);
        let (piece, rest) = lines.split_at_checked(end.unwrap_or(lines.len()))?;
        lines = rest;
        (!piece.is_empty()).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_slow_reader_has_no_room_for_is_dropped_and_counted() {
        let sink = Sink::standard_output();
        let mut writer = Writer::begin(sink, 10).unwrap();
        // As if nothing had been read yet.
        writer.shared.waiting.store(5, Relaxed);
        let begun = Instant::now();
        writer.write(b"one\ntwo\nthree\n".to_vec());
        assert_eq!((writer.lost(), writer.outcome().is_ok()), (3, true));
        let once = begun.elapsed();
        writer.write(b"four and so on\n".to_vec());
        assert_eq!(writer.lost(), 4);
        assert!(once >= PATIENCE && begun.elapsed() < once + PATIENCE, "it is waited for once");
        assert!(writer.end().is_ok());
    }

    #[test]
    fn pieces_are_whole_lines_and_all_of_them() {
        let lines: Vec<u8> = (0..30_000).flat_map(|n| format!("line {n}\n").into_bytes()).collect();
        assert!(pieces(&lines).count() > 3 && pieces(&lines).all(|piece| piece.ends_with(b"\n")));
        assert_eq!(pieces(&lines).collect::<Vec<_>>().concat(), lines);
        assert_eq!(pieces(b"").count() + pieces(b"no end").count(), 1);
    }
}
