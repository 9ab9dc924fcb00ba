//! The table of RTP streams.

use super::{CAPTURE, Field, Kind, Origin, PORT, SOURCE, Table, Unit, Value, number};
use crate::query::calls::{COUNT, MILLIS, MOS, PERCENT, SECONDS, choice};
use crate::report::stream::{PayloadRow, StreamRow};

/// RTP streams.
#[derive(Clone, Copy, Debug)]
pub struct Streams;

/// A stream.
pub struct Stream<'a> {
    pub(super) of: Origin<'a>,
    pub(super) row: &'a StreamRow,
}

/// The payload type of most packets.
pub(super) fn main_payload(row: &StreamRow) -> Option<&PayloadRow> {
    row.payloads.iter().reduce(|most, one| if one.packets > most.packets { one } else { most })
}

fn payload<'a>(stream: &Stream<'a>) -> Option<&'a PayloadRow> {
    main_payload(stream.row)
}

const DIRECTIONS: &[&str] = &["caller_to_callee", "callee_to_caller"];
const BINDINGS: &[&str] = &["sdp", "sdp_nat", "ice", "heuristic", "hep"];
const MEDIA: &[&str] = &["audio", "video", "other"];
const BASES: &[&str] = &["published", "mixed", "estimated", "given"];
const NO_CLOCK: &str = "the clock rate is not known, or too few packets came";
const NO_CALL: &str = "it belongs to none";
const NO_RTCP: &str = "no RTCP says";
const NO_RATING: &str = "the codec cannot be rated";

type F = Field<Streams>;

impl Table for Streams {
    type Row<'a> = Stream<'a>;
    const NAME: &'static str = "streams";
    const FIELDS: &'static [Field<Self>] = &[
        F::column("capture", Kind::Word, CAPTURE, |s| s.of.capture()),
        F::column("source", Kind::Word, SOURCE, |s| s.of.source()),
        F::column("stream", COUNT, "Number of the stream: that of live and of --max-memory", |s| {
            Value::number(number(&s.row.id))
        }),
        F::column("call", COUNT, "Number of the call that it belongs to", |s| {
            Value::number(s.row.call.as_deref().and_then(number))
        })
        .null(NO_CALL),
        F::column("direction", choice(DIRECTIONS), "Who hears it", |s| {
            Value::text(s.row.direction)
        })
        .null(NO_CALL),
        F::column("bound_by", choice(BINDINGS), "How it was bound to its call", |s| {
            Value::text(s.row.bound_by)
        })
        .null(NO_CALL),
        F::column("src_ip", Kind::Ip, "Who sends, IP address", |s| Value::Ip(s.row.src.ip)),
        F::column("src_port", PORT, "Who sends, port", |s| Value::count(s.row.src.port)),
        F::column("dst_ip", Kind::Ip, "Who receives, IP address", |s| Value::Ip(s.row.dst.ip)),
        F::column("dst_port", PORT, "Who receives, port", |s| Value::count(s.row.dst.port)),
        F::column("ssrc", Kind::Text, "Synchronisation source, 0x and eight digits", |s| {
            Value::Text(s.row.ssrc.as_str().into())
        }),
        F::column("media", choice(MEDIA), "What it is", |s| Value::text(s.row.media))
            .null("neither SDP nor the payload types say"),
        F::column("payload_type", COUNT, "The payload type of most packets", |s| {
            payload(s).map_or(Value::Null, |row| Value::count(row.payload_type))
        })
        .null("no packet was kept"),
        F::column("codec", Kind::Word, "The codec of that", |s| {
            Value::text(payload(s).and_then(|row| row.codec.as_deref()))
        })
        .null("neither SDP nor the payload type says"),
        F::column("clock", Kind::Number(Unit::Hertz), "Clock rate of that", |s| {
            payload(s).and_then(|row| row.clock_hz).map_or(Value::Null, Value::count)
        })
        .null("neither SDP nor the payload type says"),
        F::column("packet_time", MILLIS, "Audio in a packet of that", |s| {
            Value::number(payload(s).and_then(|row| row.ptime_ms))
        })
        .null("it is not known"),
        F::column("encrypted", Kind::Flag, "Whether SDP says that it is SRTP", |s| {
            Value::Flag(s.row.encryption.is_some())
        }),
        F::column("first_time", Kind::Time, "When the first packet was captured", |s| {
            Value::time(Some(&*s.row.first_time))
        }),
        F::column("last_time", Kind::Time, "When the last packet was captured", |s| {
            Value::time(Some(&*s.row.last_time))
        }),
        F::column("duration", SECONDS, "First packet to last", |s| Value::Number(s.row.duration_s)),
        F::column("packets", COUNT, "Packets, every copy", |s| Value::count(s.row.packets)),
        F::column("size", Kind::Number(Unit::Bytes), "Of the packets with IP headers", |s| {
            Value::count(s.row.bytes)
        }),
        F::column("expected", COUNT, "Sequence numbers from the lowest to the highest", |s| {
            Value::count(s.row.expected)
        }),
        F::column("lost", COUNT, "Those of them that never came", |s| Value::count(s.row.lost)),
        F::column("lost", PERCENT, "Lost of expected", |s| Value::number(s.row.lost_percent))
            .null("nothing was expected"),
        F::column("duplicates", COUNT, "Further copies of numbers seen", |s| {
            Value::count(s.row.duplicates)
        }),
        F::column("out_of_order", COUNT, "Packets behind the highest number", |s| {
            Value::count(s.row.out_of_order)
        }),
        F::column("jitter", MILLIS, "Mean interarrival jitter (RFC 3550)", |s| {
            Value::number(s.row.jitter_ms.mean)
        })
        .null(NO_CLOCK),
        F::column("jitter_max", MILLIS, "Greatest interarrival jitter", |s| {
            Value::number(s.row.jitter_ms.max)
        })
        .null(NO_CLOCK),
        F::column("delta_max", MILLIS, "Greatest time between packets of a talk spurt", |s| {
            Value::number(s.row.delta_ms.max)
        })
        .null("too few packets came"),
        F::column("clock_skew", Kind::Number(Unit::Ppm), "Drift of the sender's clock", |s| {
            Value::number(s.row.clock_skew_ppm)
        })
        .null("it was too short to tell"),
        F::column("dscp", COUNT, "The least code point seen", |s| {
            s.row.dscp.first().map_or(Value::Null, |dscp| Value::count(*dscp))
        })
        .null("no packet was kept"),
        F::column("burst_ratio", Kind::Number(Unit::Plain), "Burst ratio (ITU-T G.107)", |s| {
            Value::number(s.row.loss_pattern.burst_ratio)
        })
        .null("nothing was lost"),
        F::column("longest_loss", COUNT, "Most packets lost in a row", |s| {
            Value::count(s.row.loss_pattern.longest_loss)
        }),
        F::column("round_trip", MILLIS, "Round trip that RTCP shows", |s| {
            Value::number(s.row.rtcp.as_ref().and_then(|rtcp| rtcp.round_trip_ms))
        })
        .null(NO_RTCP),
        F::column("remote_lost", PERCENT, "Loss that the receiver reports", |s| {
            Value::number(s.row.rtcp.as_ref().and_then(|rtcp| rtcp.remote_lost_percent))
        })
        .null(NO_RTCP),
        F::column("r_factor", Kind::Number(Unit::Plain), "E-model rating R", |s| {
            Value::number(s.row.quality.r_factor)
        })
        .null(NO_RATING),
        F::column("mos", MOS, "MOS-LQ under the network's loss", |s| {
            Value::number(s.row.quality.mos_lq)
        })
        .null(NO_RATING),
        F::column("mos_jitter_buffer", MOS, "MOS-LQ with what a jitter buffer discards", |s| {
            Value::number(s.row.quality.mos_jitter_buffer)
        })
        .null(NO_RATING),
        F::column("basis", choice(BASES), "On what the rating rests", |s| {
            Value::text(s.row.quality.basis)
        })
        .null(NO_RATING),
        F::column("findings", COUNT, "Findings about it", |s| Value::count(s.row.findings.len())),
    ];
}
