//! How a stream was sent, as rows.

use schemars::JsonSchema;
use serde::Serialize;

use super::build::Context;
use super::value::FrameRef;
use crate::base::codec::Media;
use crate::base::time::Span;
use crate::base::units::{percent, rounded};
use crate::track::extensions::{AUDIO_LEVEL, Extensions};
use crate::track::offer::MediaSection;
use crate::track::stream::Stream;
use crate::track::stream_relation::Change;

/// How a stream was sent.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct SendingRow {
    /// Packets a second, from the first to the last.
    pub packet_rate: Option<f64>,
    /// Bits a second of its IP packets, headers included.
    pub ip_bandwidth_bps: Option<f64>,
    /// The same in the interval that had most.
    pub peak_ip_bandwidth_bps: Option<f64>,
    /// Bits a second of its payloads.
    pub payload_bandwidth_bps: Option<f64>,
    /// Packet time that the receiver announced (`a=ptime`), else the sender.
    pub announced_ptime_ms: Option<u32>,
    /// Longest packet time that the receiver takes (`a=maxptime`).
    pub announced_max_ptime_ms: Option<u32>,
    /// Packets with the marker bit.
    pub markers: u64,
    /// Talk spurts of audio: what begins after a pause or comfort noise.
    pub talkspurts: Option<u32>,
    /// Media time without voice: pauses and comfort noise, of the stream's duration.
    pub silence_percent: Option<f64>,
    /// Changes between payload types of sound or pictures, the first few.
    pub payload_changes: Vec<PayloadChangeRow>,
    /// Changes beyond those listed.
    pub more_payload_changes: u64,
    /// Times that a packet had another code point than the one before.
    pub dscp_changes: u64,
    /// The first such packet.
    pub dscp_first_changed: Option<FrameRef>,
    /// Contributing sources (CSRC); null when no packet has any.
    pub contributing: Option<ContributingRow>,
    /// Header extensions; null when no packet has one.
    pub header_extensions: Option<HeaderExtensionsRow>,
}

/// A change of the payload type.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct PayloadChangeRow {
    /// The first packet of the new type.
    pub frame: FrameRef,
    /// When that was captured.
    pub time: String,
    /// Payload type before.
    pub from: u8,
    /// The new one.
    pub to: u8,
}

/// Contributing sources.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ContributingRow {
    /// Packets that name any.
    pub packets: u64,
    /// The greatest number of them in a packet.
    pub most: u8,
    /// The first few of them.
    pub sources: Vec<String>,
}

/// Header extensions.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct HeaderExtensionsRow {
    /// Packets with one.
    pub packets: u64,
    /// Profile number, `0x` and four hexadecimal digits.
    pub profile: String,
    /// `one-byte` or `two-byte` (RFC 8285), or `other`.
    pub form: &'static str,
    /// Their elements.
    pub elements: Vec<ElementRow>,
    /// Audio level (RFC 6464); null when SDP announces none or no packet has it.
    pub audio_level: Option<AudioLevelRow>,
}

/// An element of header extensions.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ElementRow {
    /// Local identifier.
    pub id: u8,
    /// What it is, as SDP says (`a=extmap`).
    pub uri: Option<String>,
    /// Packets with it.
    pub packets: u64,
}

/// Audio levels of a stream's packets.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct AudioLevelRow {
    /// Mean in dBov: 0 is the loudest, -127 silence.
    pub mean_dbov: Option<f64>,
    /// Packets that the sender takes for voice.
    pub voice_percent: Option<f64>,
}

/// The pictures of a video stream.
#[derive(Clone, PartialEq, Debug, Serialize, JsonSchema)]
pub struct VideoRow {
    /// Pictures: timestamps.
    pub frames: u64,
    /// Pictures a second.
    pub frame_rate: Option<f64>,
    /// Pictures that need no other; null for encrypted payloads and formats that are not read.
    pub key_frames: Option<u64>,
    /// Bits a second of the payloads.
    pub bit_rate_bps: Option<f64>,
}

/// The stream that another one continues.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, JsonSchema)]
pub struct ContinuesRow {
    /// The stream before.
    pub stream: String,
    /// `ssrc_change`: the same addresses, another SSRC; `moved`: the same SSRC,
    /// another address or port.
    #[schemars(extend("enum" = ["ssrc_change", "moved"]))]
    pub why: &'static str,
}

/// `amount` a second over a duration; `None` over none.
fn a_second(amount: f64, duration: Span) -> Option<f64> {
    (duration > Span::ZERO).then(|| amount / duration.as_secs()).and_then(rounded)
}

fn octets(stream: &Stream) -> u64 {
    stream.payloads.iter().map(|payload| payload.octets).sum()
}

/// How a stream was sent.
pub(super) fn row(context: &Context<'_>, stream: &Stream) -> SendingRow {
    let duration = stream.last_at.since(stream.first_at);
    let sending = &stream.sending;
    let announced = |endpoint| {
        let (call, at) = (stream.binding_call(), stream.last_at);
        context.snapshot.announced.at_of(endpoint, call, at).map(|known| &*known.section)
    };
    let sections = [announced(stream.flow.dst), announced(stream.flow.src)];
    let is_audio = stream
        .main_payload()
        .and_then(|payload| payload.meaning.codec)
        .is_some_and(|codec| codec.media() == Media::Audio);
    let peak = stream.intervals.list().iter().map(|interval| interval.bytes).max();
    let width = stream.intervals.width().min(duration);
    SendingRow {
        packet_rate: a_second(stream.packets.saturating_sub(1) as f64, duration),
        ip_bandwidth_bps: a_second(8.0 * stream.bytes as f64, duration),
        peak_ip_bandwidth_bps: peak.and_then(|bytes| a_second(8.0 * bytes as f64, width)),
        payload_bandwidth_bps: a_second(8.0 * octets(stream) as f64, duration),
        announced_ptime_ms: sections.iter().flatten().find_map(|section| section.ptime_ms),
        announced_max_ptime_ms: sections[0].and_then(|section| section.max_ptime_ms),
        markers: sending.markers,
        talkspurts: is_audio.then(|| stream.reception().talk().spurts()),
        silence_percent: silence(stream, duration).filter(|_| is_audio),
        payload_changes: sending
            .payload_changes
            .iter()
            .map(|change| PayloadChangeRow {
                frame: context.frame(change.frame),
                time: context.time(change.at),
                from: change.from,
                to: change.to,
            })
            .collect(),
        more_payload_changes: sending.more_payload_changes,
        dscp_changes: sending.dscp_changes,
        dscp_first_changed: sending.dscp_changed.map(|frame| context.frame(frame)),
        contributing: sending.extensions().filter(|e| e.mixed > 0).map(contributing),
        header_extensions: sending
            .extensions()
            .filter(|extensions| extensions.extended > 0)
            .map(|extensions| header_extensions(extensions, &sections)),
    }
}

/// Media time without voice, of the duration.
fn silence(stream: &Stream, duration: Span) -> Option<f64> {
    let reception = stream.reception();
    let clock = f64::from(reception.clock_hz()?.get());
    reception.packet_ticks()?;
    let silent_s = reception.talk().silent_ticks() as f64 / clock;
    let share = 100.0 * silent_s / duration.as_secs();
    (duration > Span::ZERO).then(|| share.min(100.0)).and_then(rounded)
}

fn contributing(extensions: &Extensions) -> ContributingRow {
    ContributingRow {
        packets: extensions.mixed,
        most: extensions.most_sources,
        sources: extensions.sources().iter().map(ToString::to_string).collect(),
    }
}

fn header_extensions(
    extensions: &Extensions,
    sections: &[Option<&MediaSection>],
) -> HeaderExtensionsRow {
    let uri = |id: u8| {
        let mut known = sections.iter().flatten().flat_map(|section| &section.extensions);
        known.find(|(known, _)| *known == id).map(|(_, uri)| &**uri)
    };
    let level = extensions.elements().iter().find(|element| uri(element.id) == Some(AUDIO_LEVEL));
    HeaderExtensionsRow {
        packets: extensions.extended,
        profile: format!("0x{:04x}", extensions.profile),
        form: extensions.form().name(),
        elements: extensions
            .elements()
            .iter()
            .map(|element| ElementRow {
                id: element.id,
                uri: uri(element.id).map(str::to_owned),
                packets: element.packets,
            })
            .collect(),
        audio_level: level.filter(|level| level.levels() > 0).map(|level| AudioLevelRow {
            mean_dbov: level.mean_level_dbov().and_then(rounded),
            voice_percent: percent(level.voice, level.levels()),
        }),
    }
}

/// The pictures of a stream; `None` when it is no video.
pub(super) fn video(stream: &Stream) -> Option<VideoRow> {
    let codec = stream.main_payload()?.meaning.codec?;
    if codec.media() != Media::Video {
        return None;
    }
    let duration = stream.last_at.since(stream.first_at);
    let pictures = &stream.pictures;
    Some(VideoRow {
        frames: pictures.frames,
        frame_rate: a_second(pictures.frames.saturating_sub(1) as f64, duration),
        key_frames: Some(pictures.key_frames)
            .filter(|_| !stream.encrypted && codec.tells_key_pictures()),
        bit_rate_bps: a_second(8.0 * octets(stream) as f64, duration),
    })
}

/// The stream that stream `index` continues.
pub(super) fn continues(context: &Context<'_>, index: u32) -> Option<ContinuesRow> {
    let (before, why): (u32, Change) = context.relation(index)?.continues?;
    Some(ContinuesRow { stream: context.stream_name(before), why: why.name() })
}
