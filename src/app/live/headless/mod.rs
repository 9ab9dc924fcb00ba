//! `--headless`: what happens, as lines of JSON.

mod arguments;
mod sink;
mod syslog;
mod writer;

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

pub(super) use self::arguments::Headless;
use self::writer::Writer;
use super::observe::{Observer, Publication, SourceState, Tick};
use crate::app::output::Failure;
use crate::report::live::{
    EndRow, EventRow, FinishedCallRow, FinishedDialogRow, FinishedStreamRow, FoundRow,
    RegistrationChangeRow, SCHEMA, SessionRow, SourceStateRow, StartRow,
};
use crate::report::time::Resolution;
use crate::report::{Context, Report, Totals};
use crate::view::json;

/// Times have microseconds, as most of syslog takes.
const DIGITS: Resolution = Resolution(6);
/// Bytes of lines that are written at once.
const TEXT: usize = 1 << 20;
/// States and findings that are remembered so that they are told once.
const MOST_KNOWN: usize = 1_000_000;

/// Writes lines of JSON.
pub(super) struct Lines {
    writer: Writer,
    every: Duration,
    next: Option<Instant>,
    begun: bool,
    /// The state of each registration that is open, by Call-ID.
    registrations: HashMap<String, &'static str>,
    /// Findings that were told of conversations that are open: Call-ID and code.
    told: HashSet<(String, &'static str)>,
    since: Interval,
    text: Vec<u8>,
}

/// What was counted since the last line on the session.
#[derive(Clone, Copy, Default)]
struct Interval {
    finished: u64,
    answered: u64,
    failed: u64,
    findings: u64,
}

impl Lines {
    /// Begins to write; so many bytes of lines wait at most for who reads them.
    ///
    /// # Errors
    ///
    /// It cannot be written where it shall be.
    pub(super) fn begin(arguments: &Headless, most: usize) -> Result<Self, Failure> {
        Ok(Self {
            writer: Writer::begin(arguments.sink()?, most)?,
            every: arguments.every,
            next: None,
            begun: false,
            registrations: HashMap::new(),
            told: HashSet::new(),
            since: Interval::default(),
            text: Vec::new(),
        })
    }

    fn line(&mut self, event: &EventRow<'_>) {
        // Memory takes everything.
        let _ = json::write_event(event, &mut self.text);
        if self.text.len() >= TEXT {
            self.write();
        }
    }

    fn start(&mut self, tick: &Tick, report: &Report<'_>) {
        let sources = tick.sources.iter().map(|source| source.about.name.clone()).collect();
        self.line(&EventRow::Start(StartRow {
            schema: SCHEMA,
            generator: report.generator,
            time: time(tick),
            sources,
        }));
    }

    /// Writes what is over; `over` is false at the end of the session.
    fn finished(&mut self, tick: &Tick, report: &Report<'_>, context: &Context<'_>, over: bool) {
        for call in report.calls.iter() {
            self.since.finished += 1;
            self.since.answered += u64::from(call.answer_time.is_some());
            self.since.failed +=
                u64::from(["rejected", "failed", "timed_out"].contains(&call.state));
            let streams = call.streams.iter().filter_map(|name| context.stream(name)).collect();
            let findings: Vec<_> =
                call.findings.iter().filter_map(|name| context.finding(name)).collect();
            let over = over || call.end_time.is_some();
            let call = FinishedCallRow { time: time(tick), over, call, streams, findings };
            self.line(&EventRow::Call(Box::new(call)));
        }
        self.changes(tick, report, true);
        for dialog in report.dialogs.iter() {
            let dialog = FinishedDialogRow { time: time(tick), dialog };
            self.line(&EventRow::Dialog(Box::new(dialog)));
        }
        for stream in report.streams.iter().filter(|stream| stream.call.is_none()) {
            let stream = FinishedStreamRow { time: time(tick), stream };
            self.line(&EventRow::Stream(Box::new(stream)));
        }
        self.findings(tick, report, context, true);
    }

    /// Writes registrations whose state is another than was told.
    fn changes(&mut self, tick: &Tick, report: &Report<'_>, over: bool) {
        for registration in report.registrations.iter() {
            let Some(id) = registration.messages.first().map(|message| message.call_id.to_string())
            else {
                continue;
            };
            let to = registration.state;
            let from = self.registrations.get(&id).copied();
            if over {
                self.registrations.remove(&id);
            } else if self.registrations.len() < MOST_KNOWN {
                self.registrations.insert(id, to);
            }
            if from != Some(to) {
                let change = RegistrationChangeRow { time: time(tick), from, to, registration };
                self.line(&EventRow::Registration(Box::new(change)));
            }
        }
    }

    /// Writes findings that were not told yet.
    fn findings(&mut self, tick: &Tick, report: &Report<'_>, context: &Context<'_>, over: bool) {
        for finding in report.findings.iter() {
            let of = finding.call.as_deref().or(finding.registration.as_deref());
            let call_id = of
                .and_then(|name| context.named(name))
                .and_then(|id| context.call_id(id))
                .unwrap_or_default()
                .to_owned();
            let key = (call_id.clone(), finding.code);
            let told = if over { self.told.remove(&key) } else { self.told.contains(&key) };
            if told {
                continue;
            }
            if !over && self.told.len() < MOST_KNOWN {
                self.told.insert(key);
            }
            self.since.findings += 1;
            let found = FoundRow { time: time(tick), call_id, ongoing: !over, finding };
            self.line(&EventRow::Finding(Box::new(found)));
        }
    }

    fn interval(&mut self, tick: &Tick, report: &Report<'_>, calls_open: u64) {
        let Interval { finished, answered, failed, findings } = std::mem::take(&mut self.since);
        self.line(&EventRow::Interval(Box::new(SessionRow {
            time: time(tick),
            running_s: seconds(tick.running),
            counts: report.capture.counts,
            sources: tick.sources.iter().map(source).collect(),
            calls_open,
            calls_finished: finished,
            calls_answered: answered,
            calls_failed: failed,
            findings,
            lag_ms: u64::try_from(tick.lag.as_millis()).unwrap_or(u64::MAX),
            late_packets: tick.late,
            clock_steps: tick.clock_steps,
            lines_lost: self.writer.lost(),
            problems: report.capture.problems.clone(),
        })));
    }

    fn write(&mut self) {
        self.writer.write(std::mem::take(&mut self.text));
    }
}

impl Observer for Lines {
    fn publish(&mut self, publication: &Publication) -> Result<(), Failure> {
        let Publication { tick, finished, current, .. } = publication;
        if !std::mem::replace(&mut self.begun, true) {
            current.read(|_, report| self.start(tick, report));
        }
        for finished in finished {
            finished.read(|context, report| self.finished(tick, report, context, true));
        }
        current.read(|context, report| {
            self.changes(tick, report, false);
            self.findings(tick, report, context, false);
            let now = Instant::now();
            if now >= *self.next.get_or_insert(now + self.every) {
                self.next = Some(now + self.every);
                self.interval(tick, report, report.calls.len() as u64);
            }
        });
        self.write();
        self.writer.outcome()
    }

    fn end(&mut self, publication: &Publication) -> Result<(), Failure> {
        let Publication { tick, finished, totals, current } = publication;
        if !std::mem::replace(&mut self.begun, true) {
            current.read(|_, report| self.start(tick, report));
        }
        for finished in finished {
            finished.read(|context, report| self.finished(tick, report, context, true));
        }
        current.read(|context, report| {
            self.finished(tick, report, context, false);
            self.interval(tick, report, 0);
            let mut totals = Totals::clone(totals);
            totals.add(context);
            let summary = totals.summary();
            let end = EndRow {
                time: time(tick),
                running_s: seconds(tick.running),
                capture: report.capture.clone(),
                summary,
            };
            self.line(&EventRow::End(Box::new(end)));
        });
        self.write();
        self.writer.end()
    }
}

fn time(tick: &Tick) -> Option<String> {
    tick.at.map(|at| DIGITS.format(at))
}

fn seconds(running: Duration) -> f64 {
    (running.as_secs_f64() * 1e3).round() / 1e3
}

/// The row of a source.
pub(super) fn source(source: &SourceState) -> SourceStateRow {
    SourceStateRow {
        name: source.about.name.clone(),
        format: source.about.format.to_owned(),
        packets: source.packets,
        bytes: source.bytes,
        dropped_packets: source.health.dropped,
        interface_drops: source.health.dropped_by_interface,
        reopened: source.health.reopened,
        down: source.health.down.clone(),
    }
}
