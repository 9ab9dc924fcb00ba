//! RTP streams: a table of all, and per call their courses.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::words::{TABLE_END, UNKNOWN, cell, mos, percent, seconds, table, text};
use crate::base::flow::Endpoint;
use crate::report::Report;
use crate::report::stream::StreamRow;
use crate::view::drawing::chart::{Course, bucket_table};
use crate::view::drawing::{Escaped, grouped};

/// Rows of the table; of more only the number is told.
const MOST: usize = 5_000;

const COLUMNS: &[(&str, &str)] = &[
    ("num", "#"),
    ("num", "Call"),
    ("", "From"),
    ("", "To"),
    ("wide", "SSRC"),
    ("", "Codec"),
    ("num", "Packets"),
    ("num", "Lost"),
    ("num wide", "Jitter mean"),
    ("num wide", "max"),
    ("num wide", "Delta max"),
    ("num", "MOS"),
];

/// Writes the table of all streams.
pub(super) fn section(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    if report.streams.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"streams\" aria-labelledby=\"streams-h\"><h2 id=\"streams-h\">RTP streams</h2>"
    )?;
    out.write_all(table("streams-table", "RTP streams", COLUMNS).as_bytes())?;
    for stream in report.streams.iter().take(MOST) {
        out.write_all(row(&stream).as_bytes())?;
    }
    out.write_all(TABLE_END.as_bytes())?;
    if let Some(more) = report.streams.len().checked_sub(MOST).filter(|more| *more > 0) {
        let more = grouped(more as u64);
        writeln!(
            out,
            "<p class=\"remark\">{more} more streams are in siplens analyze --json.</p>"
        )?;
    }
    writeln!(out, "</section>")
}

fn row(stream: &StreamRow) -> String {
    let number = |name: &str| name.split_once('-').map_or_else(String::new, |(_, n)| n.to_owned());
    let place = match &stream.call {
        Some(call) => format!("{call}-{}", stream.id),
        None => stream.id.clone(),
    };
    let id = number(&stream.id);
    let name = match &stream.call {
        Some(_) => format!("<a href=\"#{place}\">{id}</a>"),
        None => format!("<span id=\"{place}\">{id}</span>"),
    };
    let call = stream.call.as_deref().map(number);
    let call = call.map_or_else(
        || cell("num", None, UNKNOWN),
        |call| cell("num", None, format!("<a href=\"#call-{call}\">{call}</a>")),
    );
    let lost = format!(
        "{} <span class=\"dim\">{}</span>",
        grouped(stream.lost),
        percent(stream.lost_percent)
    );
    let lost_class = if stream.lost > 0 { "num some" } else { "num" };
    format!(
        "<tr>{}{call}{}{}{}{}{}{}{}{}{}{}</tr>\n",
        cell("num", None, name),
        cell("mono", None, Endpoint::from(stream.src)),
        cell("mono", None, Endpoint::from(stream.dst)),
        cell("mono wide", None, &stream.ssrc),
        cell("", None, codec(stream)),
        cell("num", Some(stream.packets as f64), grouped(stream.packets)),
        cell(lost_class, Some(stream.lost_percent.unwrap_or(0.0)), lost),
        cell("num wide", stream.jitter_ms.mean, millis(stream.jitter_ms.mean)),
        cell("num wide", stream.jitter_ms.max, millis(stream.jitter_ms.max)),
        cell("num wide", stream.delta_ms.max, millis(stream.delta_ms.max)),
        cell("num", stream.quality.mos_lq, mos(stream.quality.mos_lq)),
    )
}

fn millis(value: Option<f64>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |ms| format!("{ms:.1} ms"))
}

/// The codec that most packets have.
fn codec(stream: &StreamRow) -> String {
    let main = stream.payloads.iter().max_by_key(|payload| payload.packets);
    let name = text(main.and_then(|payload| payload.codec.as_deref()));
    if stream.encryption.is_some() {
        format!("{name} <span class=\"dim\">SRTP</span>")
    } else {
        name
    }
}

/// The streams of a call with their courses over time.
pub(super) fn of_call(streams: &[StreamRow]) -> String {
    let mut out = String::new();
    if streams.is_empty() {
        return out;
    }
    out.push_str("<div class=\"media\"><h4>Media</h4>\n");
    for stream in streams {
        out += &course(stream);
    }
    out.push_str("</div>\n");
    out
}

fn course(stream: &StreamRow) -> String {
    let call = stream.call.as_deref().unwrap_or_default();
    let way = match stream.direction {
        Some("caller_to_callee") => "caller to callee",
        Some("callee_to_caller") => "callee to caller",
        _ => "direction unknown",
    };
    let mut out = format!(
        "<section class=\"stream\" id=\"{call}-{}\" tabindex=\"-1\" aria-label=\"{}, {way}\">\
         <h5><a href=\"#streams\">{}</a> {way} <span class=\"mono dim\">{} \u{2192} {}</span></h5>\n<dl class=\"terms\">",
        stream.id,
        stream.id,
        stream.id.replace('-', " "),
        Endpoint::from(stream.src),
        Endpoint::from(stream.dst),
    );
    let mut term = |name: &str, value: String| {
        let _ = write!(out, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    };
    term("Codec", codec(stream));
    term("Packets", format!("{} in {}", grouped(stream.packets), seconds(Some(stream.duration_s))));
    term(
        "Lost",
        format!(
            "{} of {} ({})",
            grouped(stream.lost),
            grouped(stream.expected),
            percent(stream.lost_percent)
        ),
    );
    if stream.lost > 0 {
        term("Longest loss", format!("{} packets", stream.loss_pattern.longest_loss));
    }
    term(
        "Jitter",
        format!("{} mean, {} max", millis(stream.jitter_ms.mean), millis(stream.jitter_ms.max)),
    );
    term("Largest gap", millis(stream.delta_ms.max));
    term("MOS", mos(stream.quality.mos_lq));
    if let Some(rtcp) = &stream.rtcp {
        let mut parts = Vec::new();
        if let Some(trip) = rtcp.round_trip_ms {
            parts.push(format!("round trip {trip:.1} ms"));
        }
        if let Some(lost) = rtcp.remote_lost_percent {
            parts.push(format!("receiver lost {lost:.1} %"));
        }
        if let Some(jitter) = rtcp.remote_jitter_ms {
            parts.push(format!("its jitter {jitter:.1} ms"));
        }
        if !parts.is_empty() {
            term("RTCP", parts.join(", "));
        }
    }
    if let Some(note) = &stream.quality.note {
        term("On the score", Escaped(note).to_string());
    }
    out.push_str("</dl>\n");
    let course = Course::of(&stream.intervals, stream.over_time.interval_s);
    if let Some(course) = course {
        let _ = write!(
            out,
            "<div class=\"charts\">{}</div>\n{}",
            course.figures(),
            bucket_table(&course, &stream.id)
        );
    }
    out.push_str("</section>\n");
    out
}
