//! Packets kept in files: a ring of the last ones, and a capture for each call.
//!
//! ```text
//! engine's thread ─ Chunk ─┐
//!                          ├─▶ recording ─┬─▶ ring
//! observers ─ Publication ─┘              └─▶ look-back ─▶ a file for each call that ends
//! ```
//!
//! Files are pcapng, written by whole blocks: whatever ends the program, a file
//! is whole up to the block that was being written, and readers take it.

mod arguments;
mod calls;
mod file;
mod lookback;
mod ring;
mod shelf;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

pub(super) use self::arguments::Recording;
use self::calls::CallFiles;
use self::ring::Ring;
use super::feed::About;
use super::observe::{Observer, Publication, Tap, Tick};
use crate::app::output::Failure;
use crate::base::chunk::Chunk;
use crate::base::frame::Frame;
use crate::base::limits::Limits;
use crate::report::build::InputProblem;

/// Chunks that wait to be written.
const QUEUE: usize = 64;
/// A chunk of so many bytes is handed over.
const CHUNK: usize = 256 << 10;

/// What the recording thread is given.
enum Job {
    Packets(Arc<Chunk>),
    Known(Box<Publication>, bool),
}

/// What was not recorded, and why.
#[derive(Debug, Default)]
pub(super) struct Lost {
    /// Packets that came faster than they could be written.
    queue: AtomicU64,
    /// Packets that left the look-back buffer before their call was known.
    lookback: AtomicU64,
    /// Packets of calls that go on for which there was no room on the disk.
    total: AtomicU64,
    /// Writes that failed.
    writes: AtomicU64,
    /// Why the last of them did.
    why: Mutex<String>,
}

impl Lost {
    fn failed(&self, why: &Failure) {
        self.writes.fetch_add(1, Ordering::Relaxed);
        if let (Ok(mut last), Failure::Fault(why) | Failure::Usage(why)) = (self.why.lock(), why) {
            last.clone_from(why);
        }
    }

    fn problems(&self) -> Vec<InputProblem> {
        let problem = |code: &str, count: &AtomicU64, text: String| {
            let count = count.load(Ordering::Relaxed);
            (count > 0).then(|| InputProblem {
                code: code.to_owned(),
                count,
                first_frame: None,
                text,
            })
        };
        let why = self.why.lock().map(|why| why.clone()).unwrap_or_default();
        let slow =
            "packets were not recorded: they came faster than they could be written".to_owned();
        let gone =
            "packets left the look-back buffer and belong to no call that was known by then \
            (--lookback makes it larger)"
                .to_owned();
        let full =
            "packets of calls that had not ended were not recorded: the files of such calls alone \
            have all bytes that may be kept (--record-calls-total)"
                .to_owned();
        [
            problem("record.queue", &self.queue, slow),
            problem("record.lookback", &self.lookback, gone),
            problem("record.total", &self.total, full),
            problem(
                "record.failed",
                &self.writes,
                format!("recordings could not be written: {why}"),
            ),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Who copies packets, and who tells what is known.
pub(super) type Recorder = (Box<dyn Tap>, Box<dyn Observer>);

/// Begins to record what the arguments ask for; `None` if that is nothing. `bounds` are the
/// bytes of memory for the whole session, and the caps.
///
/// # Errors
///
/// A folder cannot be used.
pub(super) fn begin(
    recording: &Recording,
    sources: &[About],
    bounds: (u64, Limits),
) -> Result<Option<Recorder>, Failure> {
    let ring = recording.ring(sources)?;
    let lost = Arc::new(Lost::default());
    let calls = recording.calls(sources, bounds, lost.clone())?;
    if ring.is_none() && calls.is_none() {
        return Ok(None);
    }
    let (to, from) = sync_channel(QUEUE);
    let is_lost = lost.clone();
    let thread = std::thread::Builder::new()
        .name("recording".to_owned())
        .spawn(move || Worker { ring, calls, lost: is_lost }.run(&from))
        .map_err(|error| Failure::Fault(format!("no thread: {error}")))?;
    let tap = Packets { to: to.clone(), chunk: Chunk::default(), lost };
    Ok(Some((Box::new(tap), Box::new(Known { to, thread: Some(thread) }))))
}

/// Copies packets into chunks.
struct Packets {
    to: SyncSender<Job>,
    chunk: Chunk,
    lost: Arc<Lost>,
}

impl Packets {
    fn hand_over(&mut self) {
        if self.chunk.is_empty() {
            return;
        }
        let chunk = Arc::new(std::mem::take(&mut self.chunk));
        if let Err(TrySendError::Full(Job::Packets(chunk))) = self.to.try_send(Job::Packets(chunk))
        {
            self.lost.queue.fetch_add(chunk.len() as u64, Ordering::Relaxed);
        }
    }
}

impl Tap for Packets {
    fn frame(&mut self, frame: &Frame<'_>) {
        self.chunk.push(frame);
        if self.chunk.size() >= CHUNK {
            self.hand_over();
        }
    }

    fn idle(&mut self) {
        self.hand_over();
    }

    fn tick(&mut self, _: &Tick) {
        self.hand_over();
    }

    fn end(&mut self) {
        if !self.chunk.is_empty() {
            // The last is waited for: nothing else is held up any more.
            let _ = self.to.send(Job::Packets(Arc::new(std::mem::take(&mut self.chunk))));
        }
    }

    fn problems(&self) -> Vec<InputProblem> {
        self.lost.problems()
    }
}

/// Tells the recording thread what is known.
struct Known {
    to: SyncSender<Job>,
    thread: Option<JoinHandle<()>>,
}

impl Observer for Known {
    fn publish(&mut self, publication: &Publication) -> Result<(), Failure> {
        let _ = self.to.send(Job::Known(Box::new(publication.clone()), false));
        Ok(())
    }

    fn end(&mut self, publication: &Publication) -> Result<(), Failure> {
        let _ = self.to.send(Job::Known(Box::new(publication.clone()), true));
        match self.thread.take().map(JoinHandle::join) {
            None | Some(Ok(())) => Ok(()),
            Some(Err(_)) => Err(Failure::Fault("the recording thread failed".to_owned())),
        }
    }
}

/// The recording thread.
struct Worker {
    ring: Option<Ring>,
    calls: Option<CallFiles>,
    lost: Arc<Lost>,
}

impl Worker {
    fn run(mut self, from: &Receiver<Job>) {
        while let Ok(job) = from.recv() {
            match job {
                Job::Packets(chunk) => self.packets(chunk),
                Job::Known(publication, last) => {
                    if let Some(calls) = &mut self.calls {
                        calls.known(&publication, last);
                    }
                    if last {
                        break;
                    }
                }
            }
        }
        if let Some(ring) = &mut self.ring
            && let Err(failure) = ring.end()
        {
            self.lost.failed(&failure);
        }
    }

    fn packets(&mut self, chunk: Arc<Chunk>) {
        if let Some(ring) = &mut self.ring
            && let Err(failure) = ring.write(&chunk)
        {
            self.lost.failed(&failure);
        }
        if let Some(calls) = &mut self.calls {
            calls.packets(chunk);
        }
    }
}
