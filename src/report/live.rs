//! What happens in a live session, as lines of JSON: one type for all of them,
//! told apart by `event`.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::GeneratorRow;
use super::call::CallRow;
use super::capture::{CaptureRow, CountsRow, ProblemRow};
use super::finding::FindingRow;
use super::other::DialogRow;
use super::registration::RegistrationRow;
use super::stream::StreamRow;
use super::summary::SummaryRow;

/// The version of the lines' form; renaming or re-meaning a key changes it.
pub const SCHEMA: &str = "siplens.event/1";

/// Something that happened.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventRow<'a> {
    /// The session began.
    Start(StartRow),
    /// A call is over.
    Call(Box<FinishedCallRow<'a>>),
    /// A registration came into another state.
    Registration(Box<RegistrationChangeRow<'a>>),
    /// An exchange that is neither is over: OPTIONS, MESSAGE, SUBSCRIBE and others.
    Dialog(Box<FinishedDialogRow<'a>>),
    /// A stream of no known call is over.
    Stream(Box<FinishedStreamRow>),
    /// Something is wrong. A finding of a call comes when it first shows, which may be
    /// before the call is over.
    Finding(Box<FoundRow>),
    /// How the session is.
    Interval(Box<SessionRow>),
    /// The session ended. What was not over by then came before.
    End(Box<EndRow>),
}

/// The session began.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct StartRow {
    /// The form of these lines.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: &'static str,
    /// Who writes them.
    pub generator: GeneratorRow,
    /// When the session was first written about: the time of the capture; null before the
    /// first packet.
    pub time: Option<String>,
    /// Where packets come from.
    pub sources: Vec<String>,
}

/// A call that is over.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FinishedCallRow<'a> {
    /// The time of the capture when it was known to be over.
    pub time: Option<String>,
    /// Whether the call was over: false for one that was cut off by the end of the session.
    pub over: bool,
    /// The call; its id is that of this line only.
    pub call: CallRow<'a>,
    /// Its streams.
    pub streams: Vec<StreamRow>,
    /// What is wrong with it.
    pub findings: Vec<FindingRow>,
}

/// A registration that came into another state.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RegistrationChangeRow<'a> {
    /// The time of the capture when it was seen.
    pub time: Option<String>,
    /// The state before; null when there was none.
    pub from: Option<&'static str>,
    /// The state now.
    pub to: &'static str,
    /// The registration.
    pub registration: RegistrationRow<'a>,
}

/// An exchange that is over.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FinishedDialogRow<'a> {
    /// The time of the capture when it was known to be over.
    pub time: Option<String>,
    /// The exchange.
    pub dialog: DialogRow<'a>,
}

/// A stream of no known call that is over.
#[derive(Debug, Serialize, JsonSchema)]
pub struct FinishedStreamRow {
    /// The time of the capture when it was known to be over.
    pub time: Option<String>,
    /// The stream.
    pub stream: StreamRow,
}

/// Something that is wrong.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct FoundRow {
    /// The time of the capture when it was found.
    pub time: Option<String>,
    /// The Call-ID of what it is about.
    pub call_id: String,
    /// Whether it is about a call that goes on.
    pub ongoing: bool,
    /// The finding.
    pub finding: FindingRow,
}

/// How a source of packets is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct SourceStateRow {
    /// Its name.
    pub name: String,
    /// What kind: `live`, `hep`.
    pub format: String,
    /// Packets that came of it since the session began.
    pub packets: u64,
    /// Their bytes as captured.
    pub bytes: u64,
    /// Packets that siplens or the kernel dropped because siplens was too slow; null if
    /// that is not known.
    pub dropped_packets: Option<u64>,
    /// Packets that the interface or its driver dropped; null if that is not known.
    pub interface_drops: Option<u64>,
    /// Times that it was opened anew.
    pub reopened: u64,
    /// Why nothing comes of it; null if it is up.
    pub down: Option<String>,
}

/// How the session is.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SessionRow {
    /// The time of the capture.
    pub time: Option<String>,
    /// Seconds since the session began.
    pub running_s: f64,
    /// What was counted since the session began.
    pub counts: CountsRow,
    /// The sources.
    pub sources: Vec<SourceStateRow>,
    /// Calls that are not over.
    pub calls_open: u64,
    /// Calls that were found to be over since the last such line.
    pub calls_finished: u64,
    /// Of those, calls that were answered.
    pub calls_answered: u64,
    /// Of those, calls that failed, were refused or timed out.
    pub calls_failed: u64,
    /// Findings since the last such line.
    pub findings: u64,
    /// Milliseconds by which what was understood last is behind the present.
    pub lag_ms: u64,
    /// Packets that came too late to be put in order of time, since the session began.
    pub late_packets: u64,
    /// Times that the clock of the machine was set, since the session began.
    pub clock_steps: u64,
    /// Lines like this one that syslog or a slow reader did not take, since the session began.
    pub lines_lost: u64,
    /// What could not be read, recorded or written since the session began, by reason.
    pub problems: Vec<ProblemRow>,
}

/// The session ended.
#[derive(Debug, Serialize, JsonSchema)]
pub struct EndRow {
    /// The time of the capture.
    pub time: Option<String>,
    /// Seconds since the session began.
    pub running_s: f64,
    /// What was read.
    pub capture: CaptureRow,
    /// Figures over all calls of the session.
    pub summary: SummaryRow,
}
