//! An RTP stream's row.

use std::num::NonZeroU32;

use schemars::JsonSchema;
use serde::Serialize;

use super::audio::{self, AudioRow};
use super::build::Context;
use super::drops::{self, StreamDropsRow};
use super::over_time::{self, IntervalRow, OverTimeRow};
use super::quality::{PlayoutRow, QualityRow, Scorer};
use super::repair::{self, RepairRow};
use super::rtcp::{self, RtcpRow};
use super::sending::{self, ContinuesRow, SendingRow, VideoRow};
use super::value::{Address, FrameRef, UndeliveredRow};
use super::vantage;
use crate::base::codec::{Codec, Media};
use crate::base::time::Span;
use crate::base::units::{percent, rounded};
use crate::metrics::gaps::LossFigures;
use crate::metrics::jitter::Jitter;
use crate::track::mode::Bandwidth;
use crate::track::offer::Basis;
use crate::track::payload::Payload;
use crate::track::stream::Stream;
use crate::track::vantage::Vantage;
use crate::track::{ConversationId, Side};

/// An RTP stream: packets of one source between two endpoints.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct StreamRow {
    /// Stable within the report: `stream-1` is the stream whose first packet came first.
    pub id: String,
    /// The call it belongs to.
    pub call: Option<String>,
    /// `caller_to_callee` or `callee_to_caller`.
    #[schemars(extend("enum" = ["caller_to_callee", "callee_to_caller", null]))]
    pub direction: Option<&'static str>,
    /// How it was bound to its call: `sdp` (the endpoints announced), `sdp_nat`
    /// (one of them, the other is not as announced), `ice`, `heuristic` or `hep`.
    #[schemars(extend("enum" = ["sdp", "sdp_nat", "ice", "heuristic", "hep", null]))]
    pub bound_by: Option<&'static str>,
    /// Who sends.
    pub src: Address,
    /// Who receives.
    pub dst: Address,
    /// The synchronisation source, `0x` and eight hexadecimal digits.
    pub ssrc: String,
    /// `audio`, `video` or `other`; null when neither SDP nor the payload types say.
    pub media: Option<&'static str>,
    /// Its payload types in order of appearance.
    pub payloads: Vec<PayloadRow>,
    /// `srtp` when SDP says that its payload is encrypted.
    pub encryption: Option<&'static str>,
    /// The frame of the first packet.
    pub first_frame: FrameRef,
    /// When that was captured.
    pub first_time: String,
    /// When the last packet was captured.
    pub last_time: String,
    /// Seconds from the first packet to the last.
    pub duration_s: f64,
    /// Packets, every copy.
    pub packets: u64,
    /// Bytes of the packets with their IP headers.
    pub bytes: u64,
    /// Sequence numbers from the lowest to the highest of each segment.
    pub expected: u64,
    /// Expected numbers that never came; duplicates do not hide them (RFC 3611 section 4.7.1).
    pub lost: u64,
    /// Lost of expected.
    pub lost_percent: Option<f64>,
    /// Further copies of numbers seen.
    pub duplicates: u64,
    /// Those of them that are the same packet captured once more.
    pub copies: u64,
    /// First copies that came behind the highest number (RFC 4737 section 4).
    pub out_of_order: u64,
    /// Times that the sender began its numbers anew.
    pub ssrc_restarts: u64,
    /// Isolated packets whose number belongs nowhere.
    pub stray: u64,
    /// The same packets as a receiver report counts them.
    pub rfc3550: LiteralRow,
    /// Interarrival jitter (RFC 3550 section 6.4.1).
    pub jitter_ms: JitterRow,
    /// The same without duplicates and timestamp jumps.
    pub robust_jitter_ms: JitterRow,
    /// Time between neighbouring packets, without those that begin talk spurts.
    pub delta_ms: DeltaRow,
    /// Drift of the sender's clock against the capture's; null where it means nothing.
    pub clock_skew_ppm: Option<f64>,
    /// Greatest distance of media time from arrival time, signed; positive is early.
    pub max_skew_ms: Option<f64>,
    /// Differentiated services code points seen, ascending.
    pub dscp: Vec<u8>,
    /// How it was sent.
    pub sending: SendingRow,
    /// Its pictures; null when it is no video.
    pub video: Option<VideoRow>,
    /// The stream that it continues, with another SSRC or elsewhere.
    pub continues: Option<ContinuesRow>,
    /// Streams of other sources in the same session that have its SSRC (RFC 3550 section 8.2).
    pub ssrc_collisions: Vec<String>,
    /// How losses cluster (RFC 3611 section 4.7.2).
    pub loss_pattern: LossPatternRow,
    /// What de-jitter buffers would have discarded.
    pub playout: Vec<PlayoutRow>,
    /// What RTCP says of the stream; null when none was seen.
    pub rtcp: Option<RtcpRow>,
    /// What was sent to repair its losses; null when nothing was.
    pub repair: Option<RepairRow>,
    /// E-model rating of the network's loss.
    pub quality: QualityRow,
    /// The stream over time; intervals without packets are left out.
    pub intervals: Vec<IntervalRow>,
    /// The intervals in figures.
    pub over_time: OverTimeRow,
    /// Where it was captured, if at several points: in and out of a tunnel, before
    /// and behind a router.
    pub vantage_points: Vec<VantageRow>,
    /// The stream of the call that is the same media, captured before a NAT or relay.
    pub same_media_as: Option<String>,
    /// What was heard in it; null unless it was decoded (`--audio-analysis`).
    pub audio: Option<AudioRow>,
    /// Packets that a live capture dropped while it ran, so that its loss and what follows
    /// from that may not be the network's; null when none were.
    pub capture_drops: Option<StreamDropsRow>,
    /// ICMP errors about its packets, the first few.
    pub undelivered: Vec<UndeliveredRow>,
    /// Findings about it.
    pub findings: Vec<String>,
}

/// Loss to the letter of RFC 3550 A.1 and A.3, from the latest restart of the
/// numbers on and without probation.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct LiteralRow {
    /// Numbers from the first packet's to the highest.
    pub expected: u64,
    /// Packets, duplicates and late ones included.
    pub received: u64,
    /// Expected less received: duplicates hide losses, and make it negative.
    pub lost: i64,
}

/// A point at which a stream was captured.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct VantageRow {
    /// Time to live of the packets there.
    pub ttl: u8,
    /// What they came wrapped in: `gtp-u`, `vxlan`, ...
    pub tunnel: Option<&'static str>,
    /// Packets.
    pub packets: u64,
}

/// A payload type of a stream.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct PayloadRow {
    /// Payload type.
    pub payload_type: u8,
    /// Encoding name; null when neither SDP nor RFC 3551 says.
    pub codec: Option<String>,
    /// RTP clock.
    pub clock_hz: Option<u32>,
    /// Channels.
    pub channels: Option<u8>,
    /// Media time in a packet, as measured.
    pub ptime_ms: Option<f64>,
    /// Bits a second of the voice: of a codec with one rate that one, else of
    /// most frames, where they tell (AMR, AMR-WB, EVS, G.723.1, G.729, iLBC, Speex).
    pub bit_rate: Option<u32>,
    /// Audio bandwidth of most packets, where they tell (Opus).
    pub bandwidth: Option<&'static str>,
    /// Media time in a coded frame, as the latest packet had it (Opus).
    pub frame_ms: Option<f64>,
    /// Whether any packet has two channels (Opus).
    pub stereo: Option<bool>,
    /// Format parameters (`a=fmtp`) as the receiver announced them, else the sender.
    pub parameters: Option<String>,
    /// Octets of the payloads.
    pub payload_bytes: u64,
    /// Silence descriptors among the frames (AMR, AMR-WB, EVS, G.723.1, G.729).
    pub silence_frames: Option<u32>,
    /// Packets of the type.
    pub packets: u64,
}

/// Interarrival jitter in ms; null when the RTP clock is unknown.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct JitterRow {
    /// Mean of the filter's level over all packets.
    pub mean: Option<f64>,
    /// Its maximum.
    pub max: Option<f64>,
    /// Its last value, which RTCP would report.
    pub last: Option<f64>,
    /// Mean of the differences that the filter smoothes, `|D|`.
    pub mean_abs_d: Option<f64>,
    /// The greatest of them.
    pub max_abs_d: Option<f64>,
}

/// Time between neighbouring packets in ms.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct DeltaRow {
    /// Mean.
    pub mean: Option<f64>,
    /// Maximum.
    pub max: Option<f64>,
    /// Minimum; negative when the capture's clock stepped back.
    pub min: Option<f64>,
    /// Maximum of all neighbours, those that begin talk spurts included.
    pub max_all: Option<f64>,
}

/// How losses cluster.
#[derive(Clone, Copy, PartialEq, Debug, Serialize, JsonSchema)]
pub struct LossPatternRow {
    /// Share lost within bursts.
    pub burst_density_percent: Option<f64>,
    /// Mean length of a burst.
    pub burst_duration_ms: Option<f64>,
    /// Share lost between bursts.
    pub gap_density_percent: Option<f64>,
    /// Mean length of a gap.
    pub gap_duration_ms: Option<f64>,
    /// Mean run of losses against that of random loss (G.107); 1 without loss.
    pub burst_ratio: Option<f64>,
    /// Longest run of losses.
    pub longest_loss: u64,
    /// Bursts.
    pub bursts: u64,
    /// Runs of consecutive losses.
    pub runs: u64,
    /// Gilbert model: probability that a loss follows a received packet.
    pub gilbert_p: Option<f64>,
    /// Gilbert model: probability that a received packet follows a loss.
    pub gilbert_q: Option<f64>,
}

/// The row of stream `index`.
pub(super) fn row(context: &Context<'_>, index: u32) -> Option<StreamRow> {
    let stream = context.snapshot.streams.get(index as usize)?;
    let reception = stream.reception();
    let counts = reception.counts();
    let loss = reception.loss();
    let literal = reception.literal_counts();
    let scorer = Scorer::of(stream, context.scoring());
    let intervals = over_time::intervals(stream, &scorer);
    Some(StreamRow {
        id: context.stream_name(index),
        call: stream.binding.and_then(|binding| context.call_name(binding.call)),
        direction: stream.binding.map(|binding| direction(binding.receiver)),
        bound_by: bound_by(context, stream),
        src: stream.flow.src.into(),
        dst: stream.flow.dst.into(),
        ssrc: stream.ssrc.to_string(),
        media: media(context, stream),
        payloads: payloads(context, stream),
        encryption: stream.encrypted.then_some("srtp"),
        first_frame: context.frame(stream.first_frame),
        first_time: context.time(stream.first_at),
        last_time: context.time(stream.last_at),
        duration_s: stream.last_at.since(stream.first_at).as_secs(),
        packets: stream.packets,
        bytes: stream.bytes,
        expected: counts.expected,
        lost: counts.lost,
        lost_percent: lost_percent(stream),
        duplicates: counts.duplicates,
        copies: stream.vantages.copies,
        out_of_order: counts.out_of_order,
        ssrc_restarts: counts.restarts,
        stray: counts.stray,
        rfc3550: LiteralRow {
            expected: literal.expected,
            received: literal.received,
            lost: literal.lost,
        },
        jitter_ms: jitter(stream),
        robust_jitter_ms: jitter_row(reception.robust_jitter()),
        delta_ms: DeltaRow {
            mean: reception.delta().mean_ms().and_then(rounded),
            max: reception.delta().max().map(Span::as_ms),
            min: reception.delta().min().map(Span::as_ms),
            max_all: reception.delta().max_all().map(Span::as_ms),
        },
        clock_skew_ppm: reception.skew().drift_ppm().and_then(rounded),
        max_skew_ms: reception.skew().max_ms().and_then(rounded),
        dscp: stream.sending.dscps().collect(),
        sending: sending::row(context, stream),
        video: sending::video(stream),
        continues: sending::continues(context, index),
        ssrc_collisions: context
            .relation(index)
            .into_iter()
            .flat_map(|relation| &relation.collides)
            .map(|other| context.stream_name(*other))
            .collect(),
        loss_pattern: loss_pattern(stream, &loss.network),
        playout: scorer.playout(stream, &loss),
        rtcp: rtcp::row(context, index, stream),
        repair: stream.repair().map(|repair| repair::row(repair, counts.lost)),
        quality: scorer.quality(stream, &loss, context.round_trip(index)),
        over_time: over_time::figures(stream, &intervals),
        intervals,
        vantage_points: vantage_points(stream),
        same_media_as: vantage::seen_before(context, index).map(|same| context.stream_name(same)),
        audio: stream.sound.as_ref().and_then(|sound| sound.level.as_ref()).map(audio::row),
        capture_drops: drops::of_stream(context, stream),
        undelivered: context.undelivered(&stream.undelivered),
        findings: context.findings_of_stream(index),
    })
}

/// Packets lost of those expected.
pub(super) fn lost_percent(stream: &Stream) -> Option<f64> {
    let counts = stream.reception().counts();
    percent(counts.lost, counts.expected)
}

/// Interarrival jitter.
pub(super) fn jitter(stream: &Stream) -> JitterRow {
    jitter_row(stream.reception().jitter())
}

fn jitter_row(jitter: &Jitter) -> JitterRow {
    JitterRow {
        mean: jitter.mean_ms().and_then(rounded),
        max: jitter.max_ms().and_then(rounded),
        last: jitter.last_ms().and_then(rounded),
        mean_abs_d: jitter.mean_abs_d_ms().and_then(rounded),
        max_abs_d: jitter.max_abs_d_ms().and_then(rounded),
    }
}

/// The points of a stream, where there are several, or a tunnel.
fn vantage_points(stream: &Stream) -> Vec<VantageRow> {
    let list = stream.vantages.list();
    if list.len() < 2 && list.iter().all(|vantage| vantage.tunnel.name().is_none()) {
        return Vec::new();
    }
    let row = |vantage: &Vantage| VantageRow {
        ttl: vantage.ttl,
        tunnel: vantage.tunnel.name(),
        packets: vantage.packets,
    };
    list.iter().map(row).collect()
}

/// The name of a direction, by who receives.
pub(super) const fn direction(receiver: Side) -> &'static str {
    match receiver {
        Side::Callee => "caller_to_callee",
        Side::Caller => "callee_to_caller",
    }
}

fn bound_by(context: &Context<'_>, stream: &Stream) -> Option<&'static str> {
    let binding = stream.binding?;
    let announced = &context.snapshot.announced;
    Some(if binding.basis == Basis::Candidate {
        "ice"
    } else if binding.to_announced && binding.from_announced {
        "sdp"
    } else {
        // One end is as announced. If the other's owner announced one too, its
        // packets come from or go to somewhere else: a NAT is between.
        let other = if binding.to_announced { binding.receiver.other() } else { binding.receiver };
        if announced.has_announced(binding.call, other) { "sdp_nat" } else { "sdp" }
    })
}

fn media(context: &Context<'_>, stream: &Stream) -> Option<&'static str> {
    let announced = &context.snapshot.announced;
    let (call, at) = (stream.binding_call(), stream.last_at);
    let section = |endpoint| announced.at_of(endpoint, call, at).map(|one| one.section.media());
    let by_sdp =
        stream.binding.and_then(|_| section(stream.flow.dst).or_else(|| section(stream.flow.src)));
    let by_codec =
        || stream.main_payload().and_then(|payload| payload.meaning.codec).map(Codec::media);
    by_sdp.or_else(by_codec).map(|media| match media {
        Media::Audio => "audio",
        Media::Video => "video",
        Media::Other => "other",
    })
}

fn payloads(context: &Context<'_>, stream: &Stream) -> Vec<PayloadRow> {
    let announced = &context.snapshot.announced;
    let parameters = |payload_type: u8| {
        [stream.flow.dst, stream.flow.src].into_iter().find_map(|endpoint| {
            let (call, at) = (stream.binding_call(), stream.last_at);
            let section = &announced.at_of(endpoint, call, at)?.section;
            let parameters = &section.payload(payload_type)?.parameters;
            (!parameters.is_empty()).then(|| parameters.to_string())
        })
    };
    let main = stream.main_payload().map(|payload| payload.payload_type);
    let measured = stream.reception().packet_time().map(Span::as_ms).and_then(rounded);
    let row = |payload: &Payload| {
        let is_main = Some(payload.payload_type) == main;
        let codec = payload.meaning.codec.filter(|_| is_main);
        PayloadRow {
            payload_type: payload.payload_type,
            codec: payload.meaning.name().map(str::to_owned),
            clock_hz: payload.meaning.clock_hz.map(NonZeroU32::get),
            channels: payload.meaning.channels,
            ptime_ms: measured.filter(|_| is_main),
            bit_rate: codec.and_then(|codec| stream.mode.bit_rate(codec)),
            bandwidth: codec.and_then(|codec| stream.mode.bandwidth(codec)).map(Bandwidth::name),
            frame_ms: codec
                .filter(|codec| *codec == Codec::Opus)
                .and_then(|_| stream.mode.frame_us())
                .and_then(|us| rounded(f64::from(us) / 1e3)),
            stereo: codec.and_then(|codec| stream.mode.is_stereo(codec)),
            parameters: parameters(payload.payload_type),
            payload_bytes: payload.octets,
            silence_frames: codec
                .filter(|codec| {
                    matches!(
                        codec,
                        Codec::Amr | Codec::AmrWb | Codec::Evs | Codec::G723 | Codec::G729
                    )
                })
                .map(|_| stream.mode.silence()),
            packets: payload.packets,
        }
    };
    stream.payloads.iter().map(row).collect()
}

fn loss_pattern(stream: &Stream, figures: &LossFigures) -> LossPatternRow {
    // Without a measured packet time: 20 ms, what nearly all devices send (METRICS M2.1).
    let packet_time = stream.reception().packet_time().unwrap_or(Span::from_millis(20));
    let gilbert = figures.gilbert();
    LossPatternRow {
        burst_density_percent: rounded(100.0 * figures.burst_density()),
        burst_duration_ms: rounded(figures.burst_duration_ms(packet_time)),
        gap_density_percent: rounded(100.0 * figures.gap_density()),
        gap_duration_ms: rounded(figures.gap_duration_ms(packet_time)),
        burst_ratio: rounded(figures.burst_ratio()),
        longest_loss: figures.longest_run,
        bursts: figures.bursts,
        runs: figures.runs,
        gilbert_p: rounded(gilbert.p),
        gilbert_q: rounded(gilbert.q),
    }
}

/// MOS-LQ of what reaches one side of a call, with the discards of the reported
/// buffer: of the streams on the last hop towards it, weighted by their packets.
pub(super) fn mos_heard_by(context: &Context<'_>, call: ConversationId, side: Side) -> Option<f64> {
    let (mut sum, mut weight) = (0.0, 0.0);
    for stream in
        context.last_hops(call).filter(|stream| stream.binding.is_some_and(|b| b.receiver == side))
    {
        let scorer = Scorer::of(stream, context.scoring());
        if let Some(mos) = scorer.heard(&stream.reception().loss()) {
            sum += mos * stream.packets as f64;
            weight += stream.packets as f64;
        }
    }
    (weight > 0.0).then(|| sum / weight).and_then(rounded)
}
