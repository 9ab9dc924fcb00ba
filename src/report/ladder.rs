//! A call's flow as a ladder: hosts as columns, messages and media as arrows.
//! Text, pictures and pages are drawn from this one model.

use std::net::IpAddr;

use hashbrown::HashMap;
use schemars::JsonSchema;
use serde::{Serialize, Serializer};

use super::build::Context;
use super::quality::Grade;
use super::stream;
use super::value::FrameRef;
use crate::base::flow::{Endpoint, Flow};
use crate::base::time::{Span, Timestamp};
use crate::diagnosis::Finding;
use crate::track::ConversationId;
use crate::track::change::{self, changes};
use crate::track::conversation::Conversation;
use crate::track::message::{Message, Start};
use crate::track::reading::Reading;
use crate::track::transfer::transfers;

/// The version of the form of a document of ladders.
pub const SCHEMA: &str = "siplens.ladder/1";

/// A document of ladders.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Ladders {
    /// The form of this document.
    #[schemars(extend("const" = SCHEMA))]
    pub schema: &'static str,
    /// The ladders in the order of their first messages.
    pub ladders: Vec<Ladder>,
}

/// A ladder.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Ladder {
    /// What it is of: `call-1`, `registration-2`, `dialog-1`, as in the report.
    #[serde(rename = "id")]
    pub name: String,
    /// Call-ID of its first leg.
    pub call_id: String,
    /// Call-IDs of further legs.
    pub further_call_ids: Vec<String>,
    /// Who talks to whom, how it ended: `alice → bob, completed`.
    pub title: String,
    /// When it begins.
    #[serde(rename = "start_time")]
    pub start: String,
    /// The hosts, from the one that begins.
    pub columns: Vec<Column>,
    /// What happened, in order of time.
    pub rows: Vec<Row>,
    /// What is wrong.
    pub findings: Vec<Mark>,
}

/// A host.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Column {
    /// Its address, with its port if it used one only.
    pub label: String,
    /// What the user calls it.
    pub name: Option<String>,
    /// Its address.
    pub ip: IpAddr,
    /// The ports that it used, in order of appearance.
    pub ports: Vec<u16>,
}

impl Column {
    /// Its name, or its address where it has none.
    pub fn heading(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.label)
    }
}

/// What kind of arrow a row is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A request.
    Request,
    /// A provisional response.
    Provisional,
    /// A 2xx.
    Success,
    /// A challenge or a redirection: not the end.
    Detour,
    /// A refusal.
    Failure,
    /// An RTP stream.
    Media,
}

/// An arrow.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct Row {
    /// The frame; of a stream, its first.
    pub frame: FrameRef,
    /// Seconds since the first message.
    #[serde(rename = "offset_s", serialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub offset: Span,
    /// Index of the column of the sender.
    pub from: usize,
    /// Index of the column of the receiver.
    pub to: usize,
    /// What kind of arrow it is.
    pub kind: Kind,
    /// `INVITE`, `180 Ringing`, `RTP PCMU`.
    pub text: String,
    /// More about it: what its session description announces, how a stream fared.
    pub detail: Option<String>,
    /// The copies that were sent again.
    pub repeated: Vec<Again>,
    /// How many ms the element that passed it on took, if it came over another hop before.
    #[serde(rename = "hop_delay_ms", serialize_with = "millis")]
    #[schemars(with = "Option<f64>")]
    pub hop_delay: Option<Span>,
    /// Whether it reached an element that had to pass it on and did not.
    pub stopped: bool,
    /// The stream, if it is one: `stream-1`, as in the report.
    pub stream: Option<String>,
    /// MOS-LQ of the stream.
    pub mos: Option<f64>,
    /// What that means for those who listen.
    pub grade: Option<Grade>,
    /// The findings that this row shows, as in [`Ladder::findings`].
    pub findings: Vec<String>,
}

/// A copy of a message that was sent again.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Again {
    /// Its frame.
    pub frame: FrameRef,
    /// Seconds since the first message of the ladder.
    #[serde(rename = "offset_s", serialize_with = "seconds")]
    #[schemars(with = "f64")]
    pub offset: Span,
}

/// A finding, where it shows on the ladder.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct Mark {
    /// `finding-1`, as in the report.
    pub id: String,
    /// `fault`, `warning` or `note`.
    #[schemars(extend("enum" = ["fault", "warning", "note"]))]
    pub severity: &'static str,
    /// The rule: `media.one-way`.
    pub code: &'static str,
    /// One line.
    pub title: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "the form that serde calls")]
fn seconds<S: Serializer>(span: &Span, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(span.as_secs())
}

#[expect(clippy::ref_option, reason = "the form that serde calls")]
fn millis<S: Serializer>(span: &Option<Span>, serializer: S) -> Result<S::Ok, S::Error> {
    match span {
        Some(span) => serializer.serialize_some(&span.as_ms()),
        None => serializer.serialize_none(),
    }
}

impl Ladder {
    /// The worst finding that a row shows.
    pub fn mark_of(&self, row: &Row) -> Option<&Mark> {
        let rank =
            |mark: &&Mark| ["note", "warning", "fault"].iter().position(|s| *s == mark.severity);
        self.findings.iter().filter(|mark| row.findings.contains(&mark.id)).max_by_key(rank)
    }
}

/// Who sends and receives, as columns.
struct Hosts {
    /// Addresses whose ports are columns of their own, because messages go
    /// between two ports of one address.
    split: Vec<IpAddr>,
    columns: Vec<(Endpoint, Vec<u16>)>,
    /// How many of the columns are hosts that signal.
    signalling: usize,
}

/// The ladder of a conversation.
pub fn ladder(context: &Context<'_>, id: ConversationId) -> Option<Ladder> {
    let conversation = context.snapshot.conversations.get(id.0 as usize)?;
    let start = conversation.messages.first()?.at;
    let mut legs: Vec<_> =
        context.members(id).map(|(leg, conversation, _)| (leg, conversation)).collect();
    if legs.is_empty() {
        legs.push((id, conversation));
    }
    let mut hosts = Hosts::of(&legs);
    let mut rows = Vec::new();
    for (leg, conversation) in &legs {
        let reading = Reading::of(conversation, context.snapshot.now());
        let (travels, notes) = (&reading.travels, notes(&reading));
        let stops = travels.stops(conversation, context.snapshot.now());
        for (index, message) in (0_u32..).zip(&conversation.messages) {
            let Some(flow) = conversation.flow_of(message).filter(|_| message.is_first_copy())
            else {
                continue;
            };
            let row =
                message_row(context, *leg, conversation, (index, message), flow, start, &mut hosts);
            let hop_delay = travels.delay(conversation, index);
            let stopped = stops.iter().any(|stop| stop.message == index);
            let detail = match (row.detail, notes.get(&index)) {
                (Some(detail), Some(note)) => Some(format!("{note}, {detail}")),
                (detail, note) => note.cloned().or(detail),
            };
            rows.push((message.at, Row { detail, hop_delay, stopped, ..row }));
        }
    }
    for (index, stream) in context.streams_of(id) {
        rows.push((stream.first_at, stream_row(context, index, stream, start, &mut hosts)));
    }
    rows.sort_by_key(|(at, _)| *at);
    let mut rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
    Some(Ladder {
        name: context.name(id)?,
        call_id: conversation.call_id().to_owned(),
        further_call_ids: legs
            .iter()
            .filter(|(leg, _)| *leg != id)
            .map(|(_, leg)| leg.call_id().to_owned())
            .collect(),
        title: title(context, conversation),
        start: context.time(start),
        columns: hosts.columns(context),
        findings: marks(context, id, &mut rows),
        rows,
    })
}

/// The findings about a conversation; each is noted on the rows whose frames
/// or stream show it.
fn marks(context: &Context<'_>, id: ConversationId, rows: &mut [Row]) -> Vec<Mark> {
    let mark = |(index, finding): (usize, &Finding)| {
        let name = context.finding_name(index);
        let stream = finding.stream.map(|index| context.stream_name(index));
        let frames: Vec<_> =
            finding.evidence.iter().map(|shown| context.frame(shown.frame)).collect();
        for row in rows.iter_mut() {
            let of_stream = row.stream.is_some() && row.stream == stream;
            let again = |again: &Again| frames.contains(&again.frame);
            if of_stream || frames.contains(&row.frame) || row.repeated.iter().any(again) {
                row.findings.push(name.clone());
            }
        }
        let severity = finding.severity.name();
        Mark { id: name, severity, code: finding.code, title: finding.title.clone() }
    };
    context.findings_about(id).map(mark).collect()
}

/// What single messages mean: what a re-INVITE or UPDATE changes, where a REFER
/// sends, what a NOTIFY reports.
fn notes(reading: &Reading<'_>) -> HashMap<u32, String> {
    let mut notes = HashMap::new();
    for change in changes(reading) {
        let kinds: Vec<_> = change.kinds.iter().copied().map(change::Kind::name).collect();
        notes.insert(change.request, kinds.join(" ").replace('_', " "));
    }
    for transfer in transfers(reading) {
        notes.insert(transfer.request, format!("to {}", transfer.target));
        for (index, status) in transfer.reports {
            notes.insert(index, format!("reports {status}"));
        }
    }
    notes
}

fn title(context: &Context<'_>, conversation: &Conversation) -> String {
    let texts = conversation.texts();
    let who = |party: &crate::track::party::Party| {
        party
            .user(texts)
            .or_else(|| party.uri(texts).map(str::to_owned))
            .unwrap_or_else(|| "?".to_owned())
    };
    match &conversation.matter {
        crate::track::conversation::Matter::Call(call) => {
            let status = call.last().map_or_else(String::new, |last| format!(" ({})", last.status));
            let state = call.state(context.snapshot.now()).name();
            format!("{} \u{2192} {}, {state}{status}", who(&call.caller), who(&call.callee))
        }
        crate::track::conversation::Matter::Registration(registration) => {
            let state = registration.state(context.snapshot.now()).name();
            format!("{}, {state}", registration.aor(texts).unwrap_or("?"))
        }
        crate::track::conversation::Matter::Other(exchange) => {
            let method = crate::track::conversation::leading_method(conversation).unwrap_or("?");
            format!("{method} {} \u{2192} {}", who(&exchange.from), who(&exchange.to))
        }
    }
}

fn message_row(
    context: &Context<'_>,
    id: ConversationId,
    conversation: &Conversation,
    (index, message): (u32, &Message),
    flow: Flow,
    start: Timestamp,
    hosts: &mut Hosts,
) -> Row {
    let copies = conversation
        .messages
        .iter()
        .filter(|copy| copy.retransmission_of.is_some_and(|of| of == index));
    let (kind, text) = match message.start {
        Start::Request(_) => {
            (Kind::Request, conversation.method_of(message).unwrap_or_default().to_owned())
        }
        Start::Response(status) => {
            let kind = match status {
                100..=199 => Kind::Provisional,
                200..=299 => Kind::Success,
                300..=399 | 401 | 407 => Kind::Detour,
                _ => Kind::Failure,
            };
            let reason = conversation.reason_of(message).unwrap_or_default();
            (kind, format!("{status} {reason}").trim_end().to_owned())
        }
    };
    Row {
        frame: context.frame(message.frame),
        offset: message.at.since(start),
        from: hosts.column(flow.src),
        to: hosts.column(flow.dst),
        kind,
        text,
        detail: message.has_sdp.then(|| description(context, id, message)),
        repeated: copies
            .map(|copy| Again { frame: context.frame(copy.frame), offset: copy.at.since(start) })
            .collect(),
        stream: None,
        mos: None,
        grade: None,
        findings: Vec::new(),
        hop_delay: None,
        stopped: false,
    }
}

/// What a message's session description announces; `SDP` when another message
/// announced the same before.
fn description(context: &Context<'_>, id: ConversationId, message: &Message) -> String {
    let mut sections = Vec::new();
    for (endpoint, expected) in context.snapshot.announced.in_frame(id, message.frame) {
        let section = &expected.section;
        let codecs: Vec<_> =
            section.payloads.iter().take(4).map(|payload| &*payload.name).collect();
        let more = if section.payloads.len() > 4 { " \u{2026}" } else { "" };
        let direction = match section.direction {
            crate::track::offer::Direction::SendRecv => String::new(),
            direction => format!(" {}", direction.name()),
        };
        sections.push(
            format!("{endpoint} {}{more}{direction}", codecs.join(" ")).trim_end().to_owned(),
        );
    }
    if sections.is_empty() { "SDP".to_owned() } else { format!("SDP {}", sections.join(", ")) }
}

fn stream_row(
    context: &Context<'_>,
    index: u32,
    stream: &crate::track::stream::Stream,
    start: Timestamp,
    hosts: &mut Hosts,
) -> Row {
    let row = stream::row(context, index);
    let codec = row
        .as_ref()
        .and_then(|row| row.payloads.iter().max_by_key(|payload| payload.packets))
        .and_then(|payload| payload.codec.clone())
        .unwrap_or_else(|| "?".to_owned());
    let name = if stream.encrypted { "SRTP" } else { "RTP" };
    let mos = row.as_ref().and_then(|row| row.quality.mos_lq);
    let detail = row.map(|row| {
        let loss = row
            .lost_percent
            .filter(|_| row.lost > 0)
            .map(|percent| format!(", {percent:.1} % lost"));
        let mos = row.quality.mos_lq.map(|mos| format!(", MOS {mos:.2}"));
        format!("{} packets{}{}", row.packets, loss.unwrap_or_default(), mos.unwrap_or_default())
    });
    let (from, to) = hosts.media(stream.flow);
    Row {
        frame: context.frame(stream.first_frame),
        offset: stream.first_at.since(start),
        from,
        to,
        kind: Kind::Media,
        text: format!("{name} {codec}"),
        detail,
        repeated: Vec::new(),
        stream: Some(context.stream_name(index)),
        mos,
        grade: mos.map(Grade::of),
        findings: Vec::new(),
        hop_delay: None,
        stopped: false,
    }
}

impl Hosts {
    fn of(legs: &[(ConversationId, &Conversation)]) -> Self {
        let mut hosts = Self { split: Vec::new(), columns: Vec::new(), signalling: 0 };
        let flows = || legs.iter().flat_map(|(_, conversation)| conversation.flows());
        for flow in flows() {
            if flow.src.ip == flow.dst.ip && !hosts.split.contains(&flow.src.ip) {
                hosts.split.push(flow.src.ip);
            }
        }
        for flow in flows() {
            hosts.column(flow.src);
            hosts.column(flow.dst);
        }
        hosts.signalling = hosts.columns.len();
        hosts
    }

    /// The column of an endpoint; a new one if it has none yet.
    fn column(&mut self, endpoint: Endpoint) -> usize {
        let split = self.split.contains(&endpoint.ip);
        let same = |(known, _): &(Endpoint, Vec<u16>)| {
            known.ip == endpoint.ip && (!split || known.port == endpoint.port)
        };
        if let Some(index) = self.columns.iter().position(same) {
            if let Some((_, ports)) = self.columns.get_mut(index)
                && !ports.contains(&endpoint.port)
            {
                ports.push(endpoint.port);
            }
            return index;
        }
        self.columns.push((endpoint, vec![endpoint.port]));
        self.columns.len() - 1
    }

    /// The columns between which media flow. Their ports are not those of
    /// signalling: on an address with several columns they get one of their own.
    fn media(&mut self, flow: Flow) -> (usize, usize) {
        let known = |hosts: &Self, endpoint: Endpoint| {
            let mut signalling = hosts.columns.iter().take(hosts.signalling);
            let by_address = signalling.position(|(known, _)| known.ip == endpoint.ip);
            by_address.filter(|_| !hosts.split.contains(&endpoint.ip))
        };
        let from = known(self, flow.src).unwrap_or_else(|| self.column(flow.src));
        let to = known(self, flow.dst).unwrap_or_else(|| self.column(flow.dst));
        (from, to)
    }

    fn columns(self, context: &Context<'_>) -> Vec<Column> {
        let column = |(endpoint, ports): (Endpoint, Vec<u16>)| Column {
            label: match ports.as_slice() {
                [_] => endpoint.to_string(),
                _ => endpoint.ip.to_string(),
            },
            name: context.names().of(endpoint).map(str::to_owned),
            ip: endpoint.ip,
            ports,
        };
        self.columns.into_iter().map(column).collect()
    }
}
