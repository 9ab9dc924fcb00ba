//! Lines on their way out, on a thread of their own: who reads them slowly makes lines be
//! dropped, which are counted, and holds up neither the session nor who else is told.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::sink::Sink;
use crate::app::output::Failure;

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
        Ok(Self { to: Some(to), shared, most, dropped: 0, thread: Some(thread) })
    }

    /// Hands whole lines over; those that there is no room for are dropped.
    pub(super) fn write(&mut self, lines: Vec<u8>) {
        let bytes = lines.len();
        let room = self.shared.waiting.load(Relaxed) + bytes <= self.most;
        if room && let Some(to) = &self.to {
            self.shared.waiting.fetch_add(bytes, Relaxed);
            // A thread that has ended said why.
            let _ = to.send(lines);
            return;
        }
        self.dropped += lines.split_inclusive(|byte| *byte == b'\n').count() as u64;
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
        let written = sink.write(&lines);
        shared.waiting.fetch_sub(lines.len(), Relaxed);
        shared.lost.store(sink.lost(), Relaxed);
        if let Err(failure) = written {
            if let Ok(mut failed) = shared.failed.lock() {
                *failed = Some(failure);
            }
            return;
        }
    }
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
        writer.write(b"one\ntwo\nthree\n".to_vec());
        assert_eq!((writer.lost(), writer.outcome().is_ok()), (3, true));
        assert!(writer.end().is_ok());
    }
}
