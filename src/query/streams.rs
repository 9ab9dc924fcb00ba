//! The fields of RTP streams.

use std::borrow::Cow;

use super::calls::{
    COUNT, MILLIS, MOS, PERCENT, SECONDS, SEVERITY, choice, codes, endpoint, frame, ip, number,
    port, severity,
};
use super::field::{Field, Table};
use super::value::{Kind, Unit, Value};
use crate::report::Context;
use crate::report::stream::StreamRow;

/// RTP streams.
#[derive(Clone, Copy, Debug)]
pub struct Streams;

/// A stream, and what its findings are looked up in.
#[derive(Clone, Copy, Debug)]
pub struct Stream<'a> {
    /// Its row.
    pub row: &'a StreamRow,
    /// What the rest of the report is made from.
    pub of: &'a Context<'a>,
}

const PLAIN: Kind = Kind::Number(Unit::Plain);
const DIRECTIONS: &[&str] = &["caller_to_callee", "callee_to_caller"];
const BOUND_BY: &[&str] = &["sdp", "sdp_nat", "ice", "heuristic", "hep"];

type F = Field<Streams>;

impl Table for Streams {
    type Row<'a> = Stream<'a>;
    const NAME: &'static str = "streams";
    const FIELDS: &'static [Field<Self>] = &[
        F::new("stream", COUNT, "#", "Number of the stream, in the order of first packets", |s| {
            Value::number(number(&s.row.id))
        })
        .also(&["number", "id"])
        .shown(),
        F::new("call", COUNT, "Call", "Number of its call", |s| {
            Value::number(s.row.call.as_deref().and_then(number))
        })
        .shown(),
        F::new("direction", choice(DIRECTIONS), "Direction", "Who sends to whom", |s| {
            Value::text(s.row.direction)
        }),
        F::new("hears", choice(&["caller", "callee"]), "Hears", "Who hears it", |s| {
            Value::text(s.row.direction.map(|direction| match direction {
                "caller_to_callee" => "callee",
                _ => "caller",
            }))
        }),
        F::new("bound_by", choice(BOUND_BY), "Bound by", "What ties it to its call", |s| {
            Value::text(s.row.bound_by)
        }),
        F::new("src", Kind::Endpoint, "From", "Who sends", |s| endpoint(Some(s.row.src)))
            .also(&["from", "source"])
            .shown(),
        F::new("dst", Kind::Endpoint, "To", "Who receives", |s| endpoint(Some(s.row.dst)))
            .also(&["to", "destination"])
            .shown(),
        F::new("src_ip", Kind::Ip, "From IP", "IP address of the sender", |s| ip(Some(s.row.src))),
        F::new("src_port", COUNT, "From port", "Port of the sender", |s| port(Some(s.row.src))),
        F::new("dst_ip", Kind::Ip, "To IP", "IP address of the receiver", |s| ip(Some(s.row.dst))),
        F::new("dst_port", COUNT, "To port", "Port of the receiver", |s| port(Some(s.row.dst))),
        F::new("ip", Kind::Ip, "Hosts", "Both addresses", |s| {
            Value::list([Value::Ip(s.row.src.ip), Value::Ip(s.row.dst.ip)])
        })
        .also(&["host", "hosts"])
        .many(),
        F::new("ssrc", Kind::Word, "SSRC", "Synchronisation source: 0x27b0a585", |s| {
            Value::Text(Cow::Borrowed(&s.row.ssrc))
        })
        .shown(),
        F::new("media", choice(&["audio", "video", "other"]), "Media", "What it carries", |s| {
            Value::text(s.row.media)
        }),
        F::new("codec", Kind::Word, "Codec", "Codecs of its payload types", |s| {
            Value::texts(s.row.payloads.iter().filter_map(|payload| payload.codec.as_deref()))
        })
        .also(&["codecs"])
        .many()
        .shown(),
        F::new("payload_type", COUNT, "PT", "Payload types", |s| {
            Value::list(s.row.payloads.iter().map(|payload| Value::count(payload.payload_type)))
        })
        .also(&["pt"])
        .many(),
        F::new("ptime", MILLIS, "Packet time", "Media time in a packet, as measured", |s| {
            Value::number(s.row.payloads.iter().find_map(|payload| payload.ptime_ms))
        }),
        F::new("encrypted", Kind::Flag, "SRTP", "Whether it is SRTP", |s| {
            Value::Flag(s.row.encryption.is_some())
        })
        .also(&["srtp"]),
        F::new("first_frame", COUNT, "Frame", "Frame of its first packet", |s| {
            frame(s.row.first_frame)
        })
        .also(&["frame"]),
        F::new("start", Kind::Time, "Start", "When its first packet came", |s| {
            Value::time(Some(&*s.row.first_time))
        })
        .also(&["first_time", "time"]),
        F::new("end", Kind::Time, "End", "When its last packet came", |s| {
            Value::time(Some(&*s.row.last_time))
        })
        .also(&["last_time"]),
        F::new("duration", SECONDS, "Duration", "First packet to last", |s| {
            Value::Number(s.row.duration_s)
        }),
        F::new("packets", COUNT, "Packets", "Packets seen", |s| Value::count(s.row.packets))
            .shown(),
        F::new("bytes", Kind::Number(Unit::Bytes), "Bytes", "Bytes with their headers", |s| {
            Value::count(s.row.bytes)
        }),
        F::new("expected", COUNT, "Expected", "Packets sent, by their numbers", |s| {
            Value::count(s.row.expected)
        }),
        F::new("lost", COUNT, "Lost", "Packets that never came", |s| Value::count(s.row.lost))
            .shown(),
        F::new("loss", PERCENT, "Loss", "Lost of expected", |s| Value::number(s.row.lost_percent))
            .also(&["lost_percent"])
            .shown(),
        F::new("duplicates", COUNT, "Duplicates", "Further copies of packets", |s| {
            Value::count(s.row.duplicates)
        }),
        F::new("out_of_order", COUNT, "Out of order", "Packets behind a later one", |s| {
            Value::count(s.row.out_of_order)
        }),
        F::new("restarts", COUNT, "Restarts", "Times that its numbers began anew", |s| {
            Value::count(s.row.ssrc_restarts)
        })
        .also(&["ssrc_restarts"]),
        F::new("jitter", MILLIS, "Jitter", "Mean interarrival jitter", |s| {
            Value::number(s.row.jitter_ms.mean)
        })
        .also(&["jitter_mean"])
        .shown(),
        F::new("jitter_max", MILLIS, "Jitter max", "Greatest interarrival jitter", |s| {
            Value::number(s.row.jitter_ms.max)
        })
        .shown(),
        F::new("delta", MILLIS, "Delta", "Mean time between packets", |s| {
            Value::number(s.row.delta_ms.mean)
        }),
        F::new("delta_max", MILLIS, "Delta max", "Greatest time between packets", |s| {
            Value::number(s.row.delta_ms.max)
        })
        .shown(),
        F::new("skew", Kind::Number(Unit::Ppm), "Skew", "Drift of the sender's clock", |s| {
            Value::number(s.row.clock_skew_ppm)
        })
        .also(&["clock_skew"]),
        F::new("dscp", COUNT, "DSCP", "Differentiated services code points", |s| {
            Value::list(s.row.dscp.iter().map(|dscp| Value::count(*dscp)))
        })
        .many(),
        F::new("burst_ratio", PLAIN, "Burst ratio", "How losses cluster; 1 is at random", |s| {
            Value::number(s.row.loss_pattern.burst_ratio)
        }),
        F::new("longest_loss", COUNT, "Longest loss", "Longest run of losses", |s| {
            Value::count(s.row.loss_pattern.longest_loss)
        }),
        F::new(
            "discarded",
            PERCENT,
            "Discarded",
            "What a fixed buffer of 60 ms would discard",
            |s| {
                let buffer = s.row.playout.iter().find(|playout| playout.buffer == "fixed-60");
                Value::number(buffer.and_then(|playout| playout.discarded_percent))
            },
        )
        .also(&["discards"]),
        F::new("mos", MOS, "MOS", "MOS-LQ under its loss", |s| Value::number(s.row.quality.mos_lq))
            .also(&["mos_lq"])
            .shown(),
        F::new("r_factor", PLAIN, "R", "E-model rating", |s| Value::number(s.row.quality.r_factor))
            .also(&["r"]),
        F::new(
            "basis",
            choice(&["published", "mixed", "estimated"]),
            "Basis",
            "On what the MOS rests",
            |s| Value::text(s.row.quality.basis),
        ),
        F::new("rtcp", COUNT, "RTCP", "Reports of receivers about it", |s| {
            s.row.rtcp.as_ref().map_or(Value::Null, |rtcp| Value::count(rtcp.reports))
        })
        .also(&["rtcp_reports"]),
        F::new("rtt", MILLIS, "Round trip", "Round trip by RTCP", |s| {
            Value::number(s.row.rtcp.as_ref().and_then(|rtcp| rtcp.round_trip_ms))
        })
        .also(&["round_trip"]),
        F::new("remote_loss", PERCENT, "Remote loss", "What the receiver says it lost", |s| {
            Value::number(s.row.rtcp.as_ref().and_then(|rtcp| rtcp.remote_lost_percent))
        })
        .also(&["remote_lost"]),
        F::new("remote_jitter", MILLIS, "Remote jitter", "What the receiver says", |s| {
            Value::number(s.row.rtcp.as_ref().and_then(|rtcp| rtcp.remote_jitter_ms))
        }),
        F::new("findings", COUNT, "Findings", "How many findings it has", |s| {
            Value::count(s.row.findings.len())
        }),
        F::new("severity", SEVERITY, "Severity", "The most severe of its findings", |s| {
            severity(s.of, &s.row.findings)
        }),
        F::new("finding", Kind::Word, "Finding codes", "Codes of its findings", |s| {
            codes(s.of, &s.row.findings)
        })
        .many(),
    ];
}
