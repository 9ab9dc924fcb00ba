//! What RTCP says of a stream, as rows.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::xr::{self, XrRow};
use crate::base::time::Span;
use crate::base::units::{percent, rounded};
use crate::track::rtcp::{Description, FeedbackCounts, RtcpView};
use crate::track::stream::Stream;

/// What RTCP says of a stream.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct RtcpRow {
    /// Reports of receivers about the stream.
    pub reports: u64,
    /// Reports of its sender.
    pub sender_reports: u64,
    /// Round trip between the two ends, when reports of both were seen.
    pub round_trip_ms: Option<f64>,
    /// Round trip between the capture point and the stream's receiver.
    pub receiver_leg_ms: Option<f64>,
    /// The least of them.
    pub receiver_leg_min_ms: Option<f64>,
    /// The greatest of them.
    pub receiver_leg_max_ms: Option<f64>,
    /// Round trip between the capture point and the stream's sender, where
    /// extended reports of a mere receiver tell it (RFC 3611 section 4.5).
    pub sender_leg_ms: Option<f64>,
    /// What the receiver lost, all told.
    pub remote_lost_percent: Option<f64>,
    /// The receiver's jitter when it last reported.
    pub remote_jitter_ms: Option<f64>,
    /// On which side of the capture point packets were lost; null without
    /// enough reports of a receiver.
    pub loss: Option<LocatedLossRow>,
    /// What the sender says it sent, against what came here, between its first
    /// report and its last.
    pub sent: Option<SentRow>,
    /// Feedback of receivers (RFC 4585, RFC 5104); null when there was none.
    pub feedback: Option<FeedbackRow>,
    /// Datagrams that hold feedback and no report (reduced size, RFC 5506).
    pub reduced_size: u64,
    /// What the source says of itself (RFC 3550 section 6.5).
    pub source: Option<SourceRow>,
    /// Application-defined packets of the source.
    pub applications: u64,
    /// The name of the latest.
    pub application: Option<String>,
    /// When the source said goodbye.
    pub bye_time: Option<String>,
    /// Why, as it says.
    pub bye_reason: Option<String>,
    /// Extended reports (RFC 3611); null when there were none.
    pub xr: Option<XrRow>,
}

/// Loss on both sides of the capture point, by what the receiver reports.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct LocatedLossRow {
    /// Packets that the receiver should have got, in the stretch that its
    /// reports cover.
    pub expected: u64,
    /// Those that it lost, as it says; negative when duplicates outnumber them.
    pub reported_lost: i64,
    /// Those that were missing at the capture point already.
    pub lost_before_capture: u64,
    /// The rest: lost behind the capture point.
    pub lost_after_capture: u64,
    /// Whether the stretch is from the stream's beginning, and not from the
    /// first report.
    pub from_beginning: bool,
}

/// What a sender says it sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct SentRow {
    /// Packets.
    pub packets: u64,
    /// Those of them that came to the capture point.
    pub seen: u64,
}

/// Feedback of a stream's receivers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct FeedbackRow {
    /// Generic NACKs.
    pub nacks: u64,
    /// Numbers that they name as missing.
    pub nacked_packets: u64,
    /// Picture loss indications (PLI).
    pub picture_losses: u64,
    /// Full intra requests (FIR).
    pub full_intra_requests: u64,
    /// Slice loss indications (SLI).
    pub slice_losses: u64,
    /// Estimates of the greatest bit rate (REMB).
    pub maximum_bit_rates: u64,
    /// The latest of them.
    pub maximum_bit_rate_bps: Option<u64>,
    /// Transport-wide congestion control.
    pub transport_wide: u64,
    /// Requests for a lower bit rate (TMMBR).
    pub bit_rate_requests: u64,
    /// Others.
    pub other: u64,
}

/// What a source says of itself.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct SourceRow {
    /// CNAME.
    pub cname: Option<String>,
    /// NAME.
    pub name: Option<String>,
    /// TOOL.
    pub tool: Option<String>,
    /// NOTE.
    pub note: Option<String>,
}

/// A round trip as measured. The reporter's own delay is stated in steps and
/// not exactly, so that the difference may come out just below nothing.
fn round_trip(span: Span) -> Option<f64> {
    rounded(span.as_ms().max(0.0))
}

/// What RTCP says of stream `index`.
pub(super) fn row(context: &Context<'_>, index: u32, stream: &Stream) -> Option<RtcpRow> {
    let view = &stream.rtcp;
    if view.is_empty() {
        return None;
    }
    let block = view.last_block;
    let clock = stream.reception().clock_hz();
    let more = view.more();
    Some(RtcpRow {
        reports: view.receiver_reports,
        sender_reports: view.sender_reports,
        round_trip_ms: context.round_trip(index).and_then(round_trip),
        receiver_leg_ms: view.leg.and_then(round_trip),
        receiver_leg_min_ms: view.leg_range.and_then(|(least, _)| round_trip(least)),
        receiver_leg_max_ms: view.leg_range.and_then(|(_, greatest)| round_trip(greatest)),
        sender_leg_ms: view.sender_leg.and_then(round_trip),
        remote_lost_percent: remote_lost(view, stream),
        remote_jitter_ms: block.zip(clock).and_then(|(block, clock)| {
            rounded(f64::from(block.jitter) * 1e3 / f64::from(clock.get()))
        }),
        loss: view.losses.located().map(|located| LocatedLossRow {
            expected: located.expected,
            reported_lost: located.reported,
            lost_before_capture: located.before,
            lost_after_capture: located.after,
            from_beginning: located.whole,
        }),
        sent: view.losses.sent().map(|sent| SentRow { packets: sent.packets, seen: sent.seen }),
        feedback: more
            .map(|more| &more.feedback)
            .filter(|counts| **counts != FeedbackCounts::default())
            .map(feedback),
        reduced_size: more.map_or(0, |more| more.reduced),
        source: more
            .map(|more| &more.description)
            .filter(|description| **description != Description::default())
            .map(source),
        applications: more.map_or(0, |more| more.applications),
        application: more
            .filter(|more| more.applications > 0)
            .map(|more| String::from_utf8_lossy(&more.application).into_owned()),
        bye_time: view.bye.map(|at| context.time(at)),
        bye_reason: more.and_then(|more| more.bye_reason.as_deref()).map(str::to_owned),
        xr: more.and_then(|more| xr::row(&more.extended)),
    })
}

/// Lost of what the receiver expected since the stream's first packet.
fn remote_lost(view: &RtcpView, stream: &Stream) -> Option<f64> {
    let block = view.last_block?;
    let expected = block.highest_seq.wrapping_sub(u32::from(stream.first_seq().0)).wrapping_add(1);
    let lost = u32::try_from(block.cumulative_lost).unwrap_or(0);
    percent(lost.into(), expected.into()).filter(|_| expected < 1 << 31 && lost <= expected)
}

fn feedback(counts: &FeedbackCounts) -> FeedbackRow {
    FeedbackRow {
        nacks: counts.nacks,
        nacked_packets: counts.nacked,
        picture_losses: counts.picture_losses,
        full_intra_requests: counts.full_intra,
        slice_losses: counts.slice_losses,
        maximum_bit_rates: counts.maximum_bit_rates,
        maximum_bit_rate_bps: counts.maximum_bit_rate,
        transport_wide: counts.transport_wide,
        bit_rate_requests: counts.bit_rate_requests,
        other: counts.other,
    }
}

fn source(description: &Description) -> SourceRow {
    let text = |text: &Option<Box<str>>| text.as_deref().map(str::to_owned);
    SourceRow {
        cname: text(&description.cname),
        name: text(&description.name),
        tool: text(&description.tool),
        note: text(&description.note),
    }
}
