//! Work that the interface does not wait for: sorting, filtering and searching
//! on one thread, figures on another, files on a third.
//!
//! A new wish to sort, filter or search ends the one before, which nobody waits
//! for any more. A new report does not: a look at many calls comes to its end
//! while the capture is read on, and is begun anew then.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use super::Message;
use super::back::Back;
use super::reading::named;
use crate::app::published::Published;
use crate::view::tui::Action;
use crate::view::tui::column::{Column, Sort};
use crate::view::tui::effect::{Fetch, Save, Search};
use crate::view::tui::gathered::gather;
use crate::view::tui::order::{self, Order, Query};

/// Looking at every call of a report.
enum Scan {
    /// Put calls into an order; the number of the wish.
    Order(Arc<Published>, Query, u64),
    /// Find a text; the number of the wish.
    Search(Arc<Published>, Search, Order, Vec<Column>, u64),
}

/// Looks that are not wished any more have a lower number than the latest of
/// their kind.
#[derive(Clone, Debug, Default)]
struct Latest {
    order: Arc<AtomicU64>,
    search: Arc<AtomicU64>,
}

/// Reading or writing a file.
enum FileJob {
    /// Read messages back.
    Fetch(Vec<Fetch>),
    /// Write something.
    Save(Arc<Published>, Save),
}

/// The threads that work.
pub(super) struct Jobs {
    scans: Sender<Scan>,
    figures: Sender<Arc<Published>>,
    files: Sender<FileJob>,
    latest: Latest,
    /// The filter and the order wished last.
    wished: Option<(String, Sort)>,
}

impl Jobs {
    /// Begins the threads; they end with the interface.
    pub(super) fn begin(back: Back, to: &Sender<Message>) -> Self {
        let latest = Latest::default();
        let (scans, waiting) = channel();
        let (answers, newest) = (to.clone(), latest.clone());
        named("scans", move || scan(&waiting, &newest, &answers));
        let (figures, waiting) = channel();
        let answers = to.clone();
        named("figures", move || gather_all(&waiting, &answers));
        let (files, waiting) = channel();
        let answers = to.clone();
        named("files", move || file(&waiting, &back, &answers));
        Self { scans, figures, files, latest, wished: None }
    }

    /// Puts calls into an order.
    pub(super) fn order(&mut self, published: Arc<Published>, query: Query) {
        let wished = (query.filter.clone(), query.sort);
        if self.wished.as_ref() != Some(&wished) {
            self.wished = Some(wished);
            self.latest.order.fetch_add(1, Ordering::Relaxed);
            // What is searched in will not be listed any more.
            self.latest.search.fetch_add(1, Ordering::Relaxed);
        }
        let number = self.latest.order.load(Ordering::Relaxed);
        self.scan(Scan::Order(published, query, number));
    }

    /// Finds a text.
    pub(super) fn search(
        &self,
        published: Arc<Published>,
        search: Search,
        order: Order,
        columns: Vec<Column>,
    ) {
        let number = self.latest.search.fetch_add(1, Ordering::Relaxed) + 1;
        self.scan(Scan::Search(published, search, order, columns, number));
    }

    fn scan(&self, scan: Scan) {
        let sent = self.scans.send(scan);
        debug_assert!(sent.is_ok(), "the thread of scans has ended");
    }

    /// Gathers figures over all calls.
    pub(super) fn gather(&self, published: Arc<Published>) {
        let sent = self.figures.send(published);
        debug_assert!(sent.is_ok(), "the thread of figures has ended");
    }

    /// Reads messages back.
    pub(super) fn fetch(&self, frames: Vec<Fetch>) {
        self.file(FileJob::Fetch(frames));
    }

    /// Writes a file.
    pub(super) fn save(&self, published: Arc<Published>, wish: Save) {
        self.file(FileJob::Save(published, wish));
    }

    fn file(&self, job: FileJob) {
        let sent = self.files.send(job);
        debug_assert!(sent.is_ok(), "the thread of files has ended");
    }
}

fn scan(waiting: &Receiver<Scan>, latest: &Latest, to: &Sender<Message>) {
    while let Ok(first) = waiting.recv() {
        let mut scans = vec![first];
        scans.extend(waiting.try_iter());
        // Of several wishes for an order only the last counts.
        let last = scans.iter().rposition(|scan| matches!(scan, Scan::Order(..)));
        for (index, scan) in scans.into_iter().enumerate() {
            let answer = match scan {
                Scan::Order(published, query, number) if last == Some(index) => {
                    let wished = || latest.order.load(Ordering::Relaxed) == number;
                    let order = published.with(|look| order::order(look, &query, &wished));
                    order.map(Action::Ordered)
                }
                Scan::Order(..) => None,
                Scan::Search(published, search, order, columns, number) => {
                    let wished = || latest.search.load(Ordering::Relaxed) == number;
                    let found = published
                        .with(|look| order::search(look, &order, &columns, &search, &wished));
                    wished().then_some(Action::Found(search, found))
                }
            };
            if answer.is_some_and(|answer| to.send(Message::Action(answer)).is_err()) {
                return;
            }
        }
    }
}

fn gather_all(waiting: &Receiver<Arc<Published>>, to: &Sender<Message>) {
    while let Ok(first) = waiting.recv() {
        // Of several reports only the last counts.
        let published = waiting.try_iter().last().unwrap_or(first);
        let figures = Arc::new(published.with(gather));
        if to.send(Message::Action(Action::Gathered(figures))).is_err() {
            return;
        }
    }
}

fn file(waiting: &Receiver<FileJob>, back: &Back, to: &Sender<Message>) {
    while let Ok(job) = waiting.recv() {
        let answers: Vec<Action> = match job {
            FileJob::Fetch(frames) => back
                .fetch(&frames)
                .into_iter()
                .map(|(frame, messages)| Action::Fetched(frame, messages))
                .collect(),
            FileJob::Save(published, wish) => {
                let outcome = back.save(&published, &wish);
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
