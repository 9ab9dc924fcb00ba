//! What the server knows: the last publication, the finished calls kept, the course
//! of ratings, the latest findings, and who listens to events.

use std::collections::{HashSet, VecDeque};
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use hyper::body::Bytes;
use tokio::sync::mpsc::{Receiver, Sender, channel};

use super::{Serving, figures};
use crate::app::live::hep::Counts;
use crate::app::live::observe::{Observer, Publication};
use crate::app::output::Failure;
use crate::app::published::Published;
use crate::report::Names;
use crate::view::dashboard::{self, CallInBrief, Moment, Overview, SourceNow};
use crate::view::prometheus::{self, Finished};

/// Moments of the course that are kept: an hour.
const COURSE: usize = 720;
/// Between two of them.
const STEP: Duration = Duration::from_secs(5);
/// Worst calls and latest findings that a page begins with.
const WORST: usize = 20;
const FINDINGS: usize = 50;
/// Findings that are known not to be new.
const KNOWN: usize = 100_000;
/// Who listens to events.
const LISTENERS: usize = 32;
/// Events that wait for one of them; who takes none for so long is left.
const WAITING: usize = 256;
/// Calls rated worse than this are among the worst.
const BAD: f64 = 4.0;

/// A report, and its calls in brief in the order of its rows.
pub(super) struct Listed {
    pub(super) report: Arc<Published>,
    pub(super) calls: Vec<CallInBrief>,
}

/// What one request sees: what goes on, and the finished, the latest last.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) current: Option<Arc<Listed>>,
    pub(super) finished: Vec<Arc<Listed>>,
}

impl Seen {
    /// The latest first.
    pub(super) fn lists(&self) -> impl Iterator<Item = &Arc<Listed>> {
        self.current.iter().chain(self.finished.iter().rev())
    }
}

/// What the server knows.
pub(super) struct Store {
    known: Mutex<Known>,
}

struct Known {
    current: Option<Arc<Listed>>,
    finished: VecDeque<Arc<Listed>>,
    finished_kept: usize,
    /// Bytes that they took in the engine.
    finished_bytes: usize,
    finished_all: u64,
    metrics: Bytes,
    overview: Option<serde_json::Value>,
    course: VecDeque<Moment>,
    stepped: Option<Instant>,
    worst: Vec<CallInBrief>,
    findings: VecDeque<serde_json::Value>,
    listeners: Vec<Sender<Bytes>>,
    at: Option<Instant>,
    is_ready: bool,
}

/// Whether the session works.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Health {
    /// How long ago the last publication was.
    pub(super) silent: Option<Duration>,
    /// Whether all sources deliver.
    pub(super) is_ready: bool,
}

impl Store {
    pub(super) fn new() -> Self {
        let known = Known {
            current: None,
            finished: VecDeque::new(),
            finished_kept: 0,
            finished_bytes: 0,
            finished_all: 0,
            metrics: Bytes::new(),
            overview: None,
            course: VecDeque::new(),
            stepped: None,
            worst: Vec::new(),
            findings: VecDeque::new(),
            listeners: Vec::new(),
            at: None,
            is_ready: false,
        };
        Self { known: Mutex::new(known) }
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // What is kept is whole between any two lines that change it.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seen(&self) -> Seen {
        let known = self.known();
        Seen { current: known.current.clone(), finished: known.finished.iter().cloned().collect() }
    }

    /// The page of metrics; `None` before the first publication.
    pub(super) fn metrics(&self) -> Option<Bytes> {
        Some(self.known().metrics.clone()).filter(|metrics| !metrics.is_empty())
    }

    pub(super) fn health(&self) -> Health {
        let known = self.known();
        Health { silent: known.at.map(|at| at.elapsed()), is_ready: known.is_ready }
    }

    /// What a page begins with.
    pub(super) fn beginning(&self) -> String {
        let known = self.known();
        let course: Vec<_> = known.course.iter().cloned().collect();
        let worst: Vec<_> = known.worst.iter().map(|call| call.row().clone()).collect();
        let findings: Vec<_> = known.findings.iter().cloned().collect();
        let overview = known.overview.clone().unwrap_or_default();
        dashboard::beginning(&overview, &course, &worst, &findings)
    }

    /// Events from here on; `None` when too many listen.
    pub(super) fn listen(&self) -> Option<Receiver<Bytes>> {
        let mut known = self.known();
        known.listeners.retain(|listener| !listener.is_closed());
        (known.listeners.len() < LISTENERS).then(|| {
            let (to, from) = channel(WAITING);
            known.listeners.push(to);
            from
        })
    }
}

/// How many finished calls are kept, and how many bytes of them.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::app::live) struct Keep {
    pub(in crate::app::live) calls: usize,
    pub(in crate::app::live) bytes: usize,
}

/// What puts publications into the store.
pub(super) struct Keeper {
    pub(super) store: Arc<Store>,
    pub(super) metrics: Finished,
    pub(super) counts: Counts,
    pub(super) names: Names,
    pub(super) keep: Keep,
    known: HashSet<(String, String)>,
    serving: Option<Serving>,
}

impl Keeper {
    pub(super) fn new(
        store: Arc<Store>,
        metrics: Finished,
        counts: Counts,
        names: Names,
        keep: Keep,
    ) -> Self {
        Self { store, metrics, counts, names, keep, known: HashSet::new(), serving: None }
    }

    /// With the server that ends after the last publication.
    pub(super) fn with(self, serving: Serving) -> Self {
        Self { serving: Some(serving), ..self }
    }

    fn take(&mut self, publication: &Publication, last: bool) {
        let tick = &publication.tick;
        let mut events = String::new();
        let mut finished = Vec::new();
        for report in &publication.finished {
            finished.push(self.finished(report, &mut events));
        }
        let mut present = prometheus::Present::default();
        let mut fresh = Vec::new();
        self.metrics.attempts(publication.totals.attempts());
        let attempts =
            publication.current.read(|context, _| publication.totals.attempts_with(context));
        let time = figures::time(tick.at);
        let listed = publication.current.read(|_, report| {
            let mut calls = Vec::with_capacity(report.calls.len());
            for call in report.calls.iter() {
                present.call(&call);
                calls.push(CallInBrief::of(&call, last));
            }
            present.rest(report, attempts);
            self.findings(report, &time, &mut fresh);
            Listed { report: publication.current.clone(), calls }
        });
        let session = figures::session(tick, self.counts.extra());
        let metrics = prometheus::page(&self.metrics, &session, &present);
        let moment = Moment::of(time, &listed.calls);
        let sources: Vec<_> = tick.sources.iter().map(source).collect();
        for finding in &fresh {
            let _ = write!(events, "event: finding\ndata: {finding}\n\n");
        }
        let mut known = self.store.known();
        for finished in finished {
            known.keep(finished, self.keep);
        }
        let overview = Overview {
            version: env!("CARGO_PKG_VERSION"),
            now: &moment,
            running_s: tick.running.as_secs(),
            lag_ms: u64::try_from(tick.lag.as_millis()).unwrap_or(u64::MAX),
            packets: tick.counters.packets,
            calls: &listed.calls,
            finished: known.finished_all,
            attempts: (attempts.all, attempts.answered),
            sources: &sources,
        }
        .document();
        let _ = write!(events, "event: overview\ndata: {overview}\n\n");
        known.rate(&listed.calls);
        if tick.at.is_some() {
            known.step(moment);
        }
        for finding in fresh {
            known.findings.push_back(finding);
        }
        let beyond = known.findings.len().saturating_sub(FINDINGS);
        known.findings.drain(..beyond);
        known.overview = Some(overview);
        known.metrics = metrics.into();
        known.current = Some(Arc::new(listed));
        known.at = Some(Instant::now());
        known.is_ready = tick.sources.iter().all(|source| source.health.down.is_none());
        let events = Bytes::from(events);
        known.listeners.retain(|listener| listener.try_send(events.clone()).is_ok());
    }

    /// What is finished.
    fn finished(&mut self, report: &Arc<Published>, events: &mut String) -> Listed {
        report.read(|_, rows| {
            self.metrics.add(rows, &self.names);
            let calls: Vec<_> =
                rows.calls.iter().map(|call| CallInBrief::of(&call, true)).collect();
            for call in &calls {
                let _ = write!(events, "event: call\ndata: {}\n\n", call.row());
            }
            Listed { report: report.clone(), calls }
        })
    }

    /// Findings that were not there before.
    fn findings(
        &mut self,
        report: &crate::report::Report<'_>,
        time: &str,
        fresh: &mut Vec<serde_json::Value>,
    ) {
        if self.known.len() > KNOWN {
            // Of those that are still there some may then be told twice.
            self.known.clear();
        }
        for finding in report.findings.iter() {
            let about = finding.call.as_ref().or(finding.registration.as_ref());
            let about = format!(
                "{} {}",
                about.map_or("", |name| name),
                finding.stream.as_deref().unwrap_or("")
            );
            if self.known.insert((finding.code.to_owned(), about)) {
                let mut row = dashboard::finding_in_brief(&finding);
                row["time"] = time.into();
                fresh.push(row);
            }
        }
    }
}

fn source(source: &crate::app::live::observe::SourceState) -> SourceNow {
    SourceNow {
        name: source.about.name.clone(),
        format: source.about.format,
        packets: source.packets,
        dropped: match (source.health.dropped, source.health.dropped_by_interface) {
            (None, None) => None,
            (ours, theirs) => Some(ours.unwrap_or(0) + theirs.unwrap_or(0)),
        },
        down: source.health.down.clone(),
    }
}

impl Known {
    /// Keeps finished calls, and lets those go that finished longest ago.
    fn keep(&mut self, finished: Listed, most: Keep) {
        self.finished_all += finished.calls.len() as u64;
        self.rate(&finished.calls);
        if finished.calls.is_empty() {
            return;
        }
        self.finished_kept += finished.calls.len();
        self.finished_bytes += finished.report.bytes;
        self.finished.push_back(Arc::new(finished));
        while (self.finished_kept > most.calls || self.finished_bytes > most.bytes)
            && self.finished.len() > 1
            && let Some(gone) = self.finished.pop_front()
        {
            self.finished_kept -= gone.calls.len();
            self.finished_bytes -= gone.report.bytes;
        }
    }

    /// Keeps the calls that are rated worst.
    fn rate(&mut self, calls: &[CallInBrief]) {
        for call in calls.iter().filter(|call| call.mos.is_some_and(|mos| mos < BAD)) {
            match self.worst.iter_mut().find(|known| known.id == call.id) {
                Some(known) => *known = call.clone(),
                None => self.worst.push(call.clone()),
            }
        }
        let rating = |call: &CallInBrief| call.mos.unwrap_or(f64::MAX);
        self.worst.sort_by(|a, b| rating(a).total_cmp(&rating(b)));
        self.worst.truncate(WORST);
    }

    fn step(&mut self, moment: Moment) {
        if self.stepped.is_none_or(|at| at.elapsed() >= STEP) {
            self.stepped = Some(Instant::now());
            self.course.push_back(moment);
            let beyond = self.course.len().saturating_sub(COURSE);
            self.course.drain(..beyond);
        }
    }
}

impl Observer for Keeper {
    fn publish(&mut self, publication: &Publication) -> Result<(), Failure> {
        self.take(publication, false);
        Ok(())
    }

    fn end(&mut self, publication: &Publication) -> Result<(), Failure> {
        self.take(publication, true);
        // Who listens is told by the end of the stream.
        self.store.known().listeners.clear();
        if let Some(serving) = self.serving.take() {
            serving.end();
        }
        Ok(())
    }
}
