//! The head of the page: what was looked at, the verdict, the figures.

use std::fmt::Write;

use super::Page;
use super::words::{mos, ms, percent, seconds, severities, severity, time};
use crate::report::Report;
use crate::report::finding::FindingRow;
use crate::view::drawing::{Escaped, grouped};

/// The shapes of severities, drawn once and used everywhere.
const SIGNS: &str = "<svg width=\"0\" height=\"0\" class=\"vh\" aria-hidden=\"true\" focusable=\"false\">\
    <symbol id=\"sign-fault\" viewBox=\"0 0 14 14\"><path class=\"ground\" d=\"M4.1 0h5.8L14 4.1v5.8L9.9 14H4.1L0 9.9V4.1z\"/><path class=\"mark\" d=\"M6.1 3h1.8l-.3 5.2H6.4zM6.1 9.4h1.8v1.8H6.1z\"/></symbol>\
    <symbol id=\"sign-warning\" viewBox=\"0 0 14 14\"><path class=\"ground\" d=\"M7 .5 14 13.5H0z\"/><path class=\"mark\" d=\"M6.2 5h1.6l-.3 4.2h-1zM6.2 10.3h1.6v1.6H6.2z\"/></symbol>\
    <symbol id=\"sign-note\" viewBox=\"0 0 14 14\"><circle class=\"ground\" cx=\"7\" cy=\"7\" r=\"7\"/><path class=\"mark\" d=\"M6.1 3h1.8v1.8H6.1zM6.1 6h1.8v5.2H6.1z\"/></symbol></svg>\n";

/// Everything above the sections.
pub(super) fn head(page: &Page<'_, '_>) -> String {
    let report = page.report;
    let capture = &report.capture;
    let mut out = String::from("<a class=\"skip\" href=\"#main\">Skip to the report</a>\n");
    out.push_str(SIGNS);
    let _ = write!(
        out,
        "<header class=\"top\"><p class=\"brand\">siplens</p><h1>{}</h1>\n<p class=\"facts\">",
        Escaped(page.title)
    );
    for source in capture.sources.iter().take(5) {
        let _ = write!(out, "<span class=\"mono\">{}</span> ", Escaped(&source.name));
    }
    if capture.sources.len() > 5 {
        let _ = write!(out, "<span>and {} more</span> ", capture.sources.len() - 5);
    }
    let _ = write!(out, "<span>{} packets</span> ", grouped(capture.counts.packets));
    if let (Some(first), Some(duration)) = (&capture.first_time, capture.duration_s) {
        let day = first.split('T').next().unwrap_or_default();
        let _ = write!(
            out,
            "<span>{} {} UTC</span> <span>{} long</span>",
            Escaped(day),
            time(first),
            seconds(Some(duration))
        );
    }
    out.push_str("</p>\n<nav aria-label=\"Sections\"><ul>");
    let sections = [
        ("summary", "Summary", None),
        ("findings", "Findings", Some(report.findings.len())),
        ("calls", "Calls", Some(report.calls.len())),
        ("streams", "Streams", Some(report.streams.len())),
        ("registrations", "Registrations", Some(report.registrations.len())),
        ("dialogs", "Other exchanges", Some(report.dialogs.len())),
        ("capture", "Capture", None),
    ];
    for (id, name, count) in sections {
        match count {
            Some(0) => {}
            Some(count) => {
                let count = grouped(count as u64);
                let _ = write!(
                    out,
                    "<li><a href=\"#{id}\">{name} <span class=\"n\">{count}</span></a></li>"
                );
            }
            None => {
                let _ = write!(out, "<li><a href=\"#{id}\">{name}</a></li>");
            }
        }
    }
    out.push_str("</ul></nav></header>\n");
    out
}

/// The verdict and the figures.
pub(super) fn section(page: &Page<'_, '_>) -> String {
    let mut out = String::from(
        "<section id=\"summary\" aria-labelledby=\"summary-h\"><h2 id=\"summary-h\">Summary</h2>\n",
    );
    verdict(page.report, &mut out);
    tiles(page.report, &mut out);
    for note in page.notes {
        let _ = writeln!(out, "<p class=\"remark\">{}</p>", Escaped(note));
    }
    out.push_str("</section>\n");
    out
}

/// How bad it is, in a sentence, and the worst of it.
fn verdict(report: &Report<'_>, out: &mut String) {
    let count =
        |name: &str| report.findings.iter().filter(|finding| finding.severity == name).count();
    let counts: Vec<_> = ["fault", "warning", "note"]
        .iter()
        .map(|name| (*name, count(name)))
        .filter(|(_, count)| *count > 0)
        .collect();
    let calls = match report.calls.len() {
        0 => "no calls".to_owned(),
        1 => "1 call".to_owned(),
        many => format!("{} calls", grouped(many as u64)),
    };
    let Some((worst, _)) = counts.first() else {
        let _ = writeln!(out, "<p class=\"verdict good\">Nothing was found wrong in {calls}.</p>");
        return;
    };
    let _ = write!(out, "<div class=\"verdict {worst}\"><p>");
    for (name, count) in &counts {
        let _ = write!(out, "{} ", severities(*count, name));
    }
    let _ = writeln!(out, "in {calls}</p>\n<ul>");
    let of_worst: Vec<FindingRow> =
        report.findings.iter().filter(|finding| finding.severity == *worst).take(4).collect();
    for finding in of_worst.iter().take(3) {
        let subject = finding.call.as_ref().or(finding.registration.as_ref());
        let _ = write!(out, "<li><a href=\"#{}\">{}</a>", finding.id, Escaped(&finding.title));
        if let Some(subject) = subject {
            let _ = write!(out, " <span class=\"dim\">{subject}</span>");
        }
        out.push_str("</li>\n");
    }
    if of_worst.len() > 3 {
        let _ = writeln!(out, "<li><a href=\"#findings\">more below</a> {}</li>", severity(worst));
    }
    out.push_str("</ul></div>\n");
}

fn tile(out: &mut String, name: &str, value: &str, more: &str) {
    let _ = writeln!(
        out,
        "<div><dt>{name}</dt><dd><span class=\"big\">{value}</span> <span class=\"more\">{more}</span></dd></div>"
    );
}

fn tiles(report: &Report<'_>, out: &mut String) {
    let (summary, counts) = (&report.summary, &report.capture.counts);
    out.push_str("<dl class=\"tiles\">\n");
    if summary.calls > 0 {
        let parts: Vec<_> = [
            (summary.answered, "answered"),
            (summary.failed, "failed"),
            (summary.cancelled, "cancelled"),
            (summary.in_progress, "in progress"),
        ]
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{} {name}", grouped(*count)))
        .collect();
        tile(out, "Calls", &grouped(summary.calls), &parts.join(", "));
        tile(
            out,
            "<abbr title=\"Answer-seizure ratio: answered of all attempts\">ASR</abbr>",
            &percent(summary.asr_percent),
            &format!("NER {}", percent(summary.ner_percent)),
        );
        let delay = &summary.post_dial_delay_ms;
        tile(out, "Post-dial delay", &ms(delay.p50), &format!("median; 95 %: {}", ms(delay.p95)));
    }
    if summary.mos.min.is_some() {
        tile(out, "Worst MOS", &mos(summary.mos.min), &format!("mean {}", mos(summary.mos.mean)));
    }
    let lost: u64 = report.streams.iter().map(|stream| stream.lost).sum();
    let expected: u64 = report.streams.iter().map(|stream| stream.expected).sum();
    if expected > 0 {
        let share = crate::base::units::percent(lost, expected);
        tile(
            out,
            "RTP lost",
            &percent(share),
            &format!(
                "{} of {}, {} streams",
                grouped(lost),
                grouped(expected),
                grouped(report.streams.len() as u64)
            ),
        );
    }
    if summary.registrations.attempts > 0 {
        let registrations = &summary.registrations;
        tile(
            out,
            "Registrations",
            &grouped(registrations.attempts),
            &format!(
                "{} succeeded, {} failed",
                grouped(registrations.succeeded),
                grouped(registrations.failed)
            ),
        );
    }
    tile(
        out,
        "SIP messages",
        &grouped(counts.sip_messages),
        &format!(
            "{} RTP, {} RTCP packets",
            grouped(counts.rtp_packets),
            grouped(counts.rtcp_packets)
        ),
    );
    out.push_str("</dl>\n");
}
