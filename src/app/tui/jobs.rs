//! Work that the interface does not wait for: sorting, filtering and searching
//! on one thread, files on another.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use super::reading::named;
use super::{Message, bytes, save};
use crate::app::input::Input;
use crate::app::published::Published;
use crate::view::tui::Action;
use crate::view::tui::column::Column;
use crate::view::tui::effect::{Fetch, Save, Search};
use crate::view::tui::order::{self, Order, Query};
use crate::view::tui::statistics::gather;

/// Looking at every call of a report.
pub(super) enum Scan {
    /// Put calls into an order.
    Order(Arc<Published>, Query),
    /// Find a text.
    Search(Arc<Published>, Search, Order, Vec<Column>),
    /// Gather figures.
    Gather(Arc<Published>),
}

/// Reading or writing a file.
pub(super) enum FileJob {
    /// Read messages back.
    Fetch(Vec<Fetch>),
    /// Write something.
    Save(Arc<Published>, Save),
}

/// The threads that work.
pub(super) struct Jobs {
    pub(super) scans: Sender<Scan>,
    pub(super) files: Sender<FileJob>,
}

impl Jobs {
    /// Begins the threads; they end with the interface.
    pub(super) fn begin(arguments: Input, to: &Sender<Message>) -> Self {
        let (scans, waiting) = channel();
        let answers = to.clone();
        named("scans", move || scan(&waiting, &answers));
        let (files, waiting) = channel();
        let answers = to.clone();
        named("files", move || file(&waiting, &arguments, &answers));
        Self { scans, files }
    }
}

fn scan(waiting: &Receiver<Scan>, to: &Sender<Message>) {
    while let Ok(first) = waiting.recv() {
        // Of several wishes for an order, or for figures, only the last counts.
        let mut jobs = vec![first];
        jobs.extend(waiting.try_iter());
        let last = |of: fn(&Scan) -> bool, jobs: &[Scan]| jobs.iter().rposition(of);
        let order = last(|scan| matches!(scan, Scan::Order(..)), &jobs);
        let figures = last(|scan| matches!(scan, Scan::Gather(_)), &jobs);
        for (index, job) in jobs.into_iter().enumerate() {
            let answer = match job {
                Scan::Order(published, query) if order == Some(index) => {
                    Action::Ordered(published.with(|look| order::order(look, &query)))
                }
                Scan::Gather(published) if figures == Some(index) => {
                    Action::Gathered(Arc::new(published.with(gather)))
                }
                Scan::Search(published, search, order, columns) => {
                    let found =
                        published.with(|look| order::search(look, &order, &columns, &search));
                    Action::Found(search, found)
                }
                Scan::Order(..) | Scan::Gather(_) => continue,
            };
            if to.send(Message::Action(answer)).is_err() {
                return;
            }
        }
    }
}

fn file(waiting: &Receiver<FileJob>, arguments: &Input, to: &Sender<Message>) {
    while let Ok(job) = waiting.recv() {
        let answers: Vec<Action> = match job {
            FileJob::Fetch(frames) => bytes::fetch(arguments, &frames)
                .into_iter()
                .map(|(frame, messages)| Action::Fetched(frame, messages))
                .collect(),
            FileJob::Save(published, wish) => {
                let outcome = save::save(arguments, &published, &wish);
                vec![Action::Saved(wish, outcome)]
            }
        };
        for answer in answers {
            if to.send(Message::Action(answer)).is_err() {
                return;
            }
        }
    }
}
