//! Voice quality reports of end points (RFC 6035), as rows.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::value::{Address, FrameRef};
use crate::track::ConversationId;
use crate::track::vq::{End, Kind, Metrics, Reported};

/// What an end point measured of a call, by its own account.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct VqReportRow {
    /// The frame of its PUBLISH or NOTIFY.
    pub frame: FrameRef,
    /// When that was captured.
    pub time: String,
    /// `session`, `interval` or `alert`.
    #[schemars(extend("enum" = ["session", "interval", "alert"]))]
    pub kind: &'static str,
    /// Whether it is the last of its call (`CallTerm`).
    pub ends_call: bool,
    /// The Call-ID that it names.
    pub call_id: Option<String>,
    /// The reporter's media address.
    pub local: Option<Address>,
    /// The other end's.
    pub remote: Option<Address>,
    /// The stream that the reporter received, if the capture has it.
    pub stream: Option<String>,
    /// Listening quality that the reporter heard (`MOSLQ`).
    pub mos_lq: Option<f64>,
    /// Conversational quality (`MOSCQ`).
    pub mos_cq: Option<f64>,
    /// Lost in the network (`NLR`).
    pub lost_percent: Option<f64>,
    /// Discarded by its de-jitter buffer (`JDR`).
    pub discarded_percent: Option<f64>,
    /// Interarrival jitter (`IAJ`).
    pub jitter_ms: Option<f64>,
    /// Round trip (`RTD`).
    pub round_trip_ms: Option<f64>,
    /// All that it says of what it received, by RFC 6035's names, as sent.
    pub local_metrics: Vec<MetricRow>,
    /// What the other end told it of its side.
    pub remote_metrics: Vec<MetricRow>,
}

/// A value of a report.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct MetricRow {
    /// RFC 6035's name, or another.
    pub name: String,
    /// The value as sent.
    pub value: String,
}

/// The reports about a call.
pub(super) fn of_call(context: &Context<'_>, id: ConversationId) -> Vec<VqReportRow> {
    let Some(conversation) = context.snapshot.conversations.get(id.0 as usize) else {
        return Vec::new();
    };
    let call_id = conversation.call_id();
    context.vq_reports_about(call_id).map(|reported| row(context, reported, Some(id))).collect()
}

/// The reports that a conversation carried.
pub(super) fn carried_by(context: &Context<'_>, call_id: &str) -> Vec<VqReportRow> {
    context.vq_reports_in(call_id).map(|reported| row(context, reported, None)).collect()
}

fn texts(metrics: &Metrics) -> Vec<MetricRow> {
    let row =
        |(name, value): (&str, &str)| MetricRow { name: name.to_owned(), value: value.to_owned() };
    metrics.iter().map(row).collect()
}

fn row(context: &Context<'_>, reported: &Reported, call: Option<ConversationId>) -> VqReportRow {
    let report = &reported.report;
    let number = |name: &str| report.local_metrics.number(name);
    let address = |end: Option<End>| end.map(|end| Address::from(end.endpoint));
    let (kind, ends_call) = match report.kind {
        Kind::Session { ends_call } => ("session", ends_call),
        Kind::Interval => ("interval", false),
        Kind::Alert => ("alert", false),
    };
    let heard = call.zip(report.local).and_then(|(call, local)| {
        let ssrc = report.remote.and_then(|remote| remote.ssrc);
        context.streams_of(call).into_iter().find(|(_, stream)| {
            stream.flow.dst == local.endpoint && ssrc.is_none_or(|ssrc| ssrc == stream.ssrc)
        })
    });
    VqReportRow {
        frame: context.frame(reported.frame),
        time: context.time(reported.at),
        kind,
        ends_call,
        call_id: report.call_id.clone(),
        local: address(report.local),
        remote: address(report.remote),
        stream: heard.map(|(index, _)| context.stream_name(index)),
        mos_lq: number("MOSLQ"),
        mos_cq: number("MOSCQ"),
        lost_percent: number("NLR"),
        discarded_percent: number("JDR"),
        jitter_ms: number("IAJ"),
        round_trip_ms: number("RTD"),
        local_metrics: texts(&report.local_metrics),
        remote_metrics: texts(&report.remote_metrics),
    }
}
