//! The interface over a live session, which runs on a thread of its own and
//! publishes what is known about once a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread::{self, JoinHandle};

use super::Message;
use crate::app::interrupt::Interrupt;
use crate::app::live::{Arguments, Observer, Publication, Recall, Session, prepare};
use crate::app::output::Failure;
use crate::view::tui::app::Progress;

/// A session that runs.
pub(super) struct Running {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    /// Where messages are read back from.
    pub(super) recall: Recall,
}

/// Opens the interfaces and begins; what is known is said to `to`.
///
/// # Errors
///
/// An interface cannot be captured.
pub(super) fn begin(arguments: &Arguments, to: Sender<Message>) -> Result<Running, Failure> {
    let stop = Arc::new(AtomicBool::new(false));
    let recall = Recall::default();
    let mut session = prepare(arguments, Interrupt::by(stop.clone()))?;
    session.recall(&recall);
    session.observe(Box::new(Screen { to: to.clone() }));
    let thread = thread::Builder::new().name("live".to_owned()).spawn(move || run(session, &to));
    let thread = thread.map_err(|error| Failure::Fault(format!("no thread: {error}")))?;
    Ok(Running { stop, thread: Some(thread), recall })
}

fn run(session: Session, to: &Sender<Message>) {
    if let Err(failure) = session.run() {
        let _ = to.send(Message::Failed(failure));
    }
}

impl Drop for Running {
    /// Waits until recordings are whole.
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Hands reports to the interface.
struct Screen {
    to: Sender<Message>,
}

impl Screen {
    fn show(&self, publication: &Publication, ended: bool) -> Result<(), Failure> {
        let tick = &publication.tick;
        let health = tick.sources.iter().map(|source| (&source.about, &source.health));
        let faults = health
            .filter_map(|(about, health)| {
                Some(format!("{}: {}", about.name, health.down.as_ref()?))
            })
            .collect();
        let dropped = tick.sources.iter().map(|source| {
            source.health.dropped.unwrap_or(0) + source.health.dropped_by_interface.unwrap_or(0)
        });
        let progress = Progress {
            packets: tick.counters.packets,
            dropped: dropped.sum(),
            live: true,
            ended,
            faults,
            ..Progress::default()
        };
        let said = self.to.send(Message::Published(publication.current.clone(), progress));
        // The interface has gone; the session ends with it.
        said.map_err(|_| Failure::BrokenPipe)
    }
}

impl Observer for Screen {
    fn publish(&mut self, publication: &Publication) -> Result<(), Failure> {
        self.show(publication, false)
    }

    fn end(&mut self, publication: &Publication) -> Result<(), Failure> {
        // After the interface nobody is left to tell.
        let _ = self.show(publication, true);
        Ok(())
    }
}
