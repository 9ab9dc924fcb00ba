//! Rows are written, and let go, while captures are read: what is held depends on
//! what is under way, not on how much has passed.

use std::collections::BTreeMap;
use std::net::IpAddr;

use super::folder::Folder;
use crate::app::drive::{Drive, Sink};
use crate::app::output::Failure;
use crate::app::select;
use crate::base::frame::Frame;
use crate::base::time::{Span, Timestamp};
use crate::engine::{Engine, Retirement, Settings, Snapshot};
use crate::query::Filter;
use crate::query::calls::Calls;
use crate::query::tables::Name;
use crate::report::endpoints::EndpointRow;
use crate::report::{Context, Options, build};
use crate::source::Progress;

/// Capture time between two looks at what is over.
const EVERY: Span = Span::from_secs(5);
/// Hosts that are told apart.
const MOST_PEERS: usize = 100_000;

/// Writes what leaves an engine.
pub(super) struct Writing<'w> {
    folder: &'w mut Folder,
    only: Option<&'w Filter<Calls>>,
    findings: u64,
    peers: BTreeMap<(IpAddr, Option<u16>), EndpointRow>,
    /// What could not be written; the reading ends with it.
    failed: Option<Failure>,
}

impl<'w> Writing<'w> {
    pub(super) fn new(folder: &'w mut Folder, only: Option<&'w Filter<Calls>>) -> Self {
        Self { folder, only, findings: 0, peers: BTreeMap::new(), failed: None }
    }

    /// Writes the rows of a part of the capture.
    pub(super) fn part(&mut self, snapshot: &Snapshot, options: Options) -> Result<(), Failure> {
        if self.failed.is_some() {
            return Ok(());
        }
        self.folder.begin(&options.inputs)?;
        let options = Options { findings_before: self.findings, ..options };
        let options = select::narrowed(snapshot, options, self.only);
        let context = Context::new(snapshot, &options);
        let report = build(&context);
        self.folder.append(&report)?;
        self.findings += report.findings.len() as u64;
        if self.folder.writes(Name::Peers) {
            report.endpoints.iter().for_each(|peer| self.peer(peer));
        }
        Ok(())
    }

    /// Adds what was seen of a host in a part.
    fn peer(&mut self, row: EndpointRow) {
        let key = (row.address, row.port);
        let Some(known) = self.peers.get_mut(&key) else {
            if self.peers.len() < MOST_PEERS {
                self.peers.insert(key, row);
            }
            return;
        };
        known.messages.sent += row.messages.sent;
        known.messages.received += row.messages.received;
        known.calls.placed += row.calls.placed;
        known.calls.received += row.calls.received;
        known.registrations += row.registrations;
        known.streams.sent += row.streams.sent;
        known.streams.received += row.streams.received;
        if known.user_agents.is_empty() {
            known.user_agents = row.user_agents;
        }
        for role in row.roles {
            match known.roles.iter_mut().find(|known| known.role == role.role) {
                Some(known) => known.count += role.count,
                None => known.roles.push(role),
            }
        }
        // All times of a report have the same number of digits.
        let first = known.first_time.take().into_iter().chain(row.first_time).min();
        known.first_time = first;
        known.last_time = known.last_time.take().max(row.last_time);
    }

    /// Writes what is told of all parts together.
    pub(super) fn finish(self) -> Result<(), Failure> {
        if let Some(failure) = self.failed {
            return Err(failure);
        }
        let mut peers: Vec<_> = self.peers.into_values().collect();
        peers.sort_by(|a, b| {
            (&a.first_time, a.address, a.port).cmp(&(&b.first_time, b.address, b.port))
        });
        for (number, peer) in (1..).zip(&mut peers) {
            peer.id = format!("endpoint-{number}");
        }
        self.folder.peers(&peers)
    }
}

/// Reads into an engine from which what is over leaves.
pub(super) struct Gradual<'g, 'w> {
    engine: Engine,
    writing: &'g mut Writing<'w>,
    /// When was looked last.
    looked: Option<Timestamp>,
}

impl<'g, 'w> Gradual<'g, 'w> {
    pub(super) fn new(settings: Settings, writing: &'g mut Writing<'w>) -> Self {
        let engine = Engine::new(Settings { retires: true, ..settings });
        Self { engine, writing, looked: None }
    }
}

impl Sink for Gradual<'_, '_> {
    fn frame(&mut self, frame: &Frame<'_>, left_out: bool) -> bool {
        if !left_out {
            self.engine.handle_frame(frame);
        }
        let looked = *self.looked.get_or_insert(frame.at);
        let is_time = frame.at.since(looked) >= EVERY;
        if is_time {
            self.looked = Some(frame.at);
        }
        is_time
    }

    fn time(&mut self, at: Timestamp) {
        self.engine.handle_time(at);
    }

    fn look(&mut self, _: Progress, options: &dyn Fn() -> Result<Options, Failure>) -> bool {
        let Some(left) = self.engine.retire(&Retirement::default()) else { return true };
        let written = options().and_then(|options| self.writing.part(&left, options));
        self.writing.failed = written.err();
        self.writing.failed.is_none()
    }
}

impl Drive for Gradual<'_, '_> {
    fn drive(mut self, read: impl FnOnce(&mut dyn Sink) -> bool) -> (bool, Snapshot) {
        let interrupted = read(&mut self);
        (interrupted, self.engine.finish())
    }
}
