//! What is wrong: each finding with its evidence, linked to the flow.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::words::severity;
use super::{Page, message};
use crate::report::Report;
use crate::report::finding::{EvidenceRow, FindingRow};
use crate::report::message::MessageRow;
use crate::view::drawing::{Escaped, grouped};

/// Findings that are told in full; of more only the number.
const MOST: usize = 500;

/// Writes the section.
pub(super) fn section(page: &Page<'_, '_>, out: &mut dyn Write) -> io::Result<()> {
    let findings = &page.report.findings;
    if findings.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"findings\" aria-labelledby=\"findings-h\"><h2 id=\"findings-h\">Findings</h2>"
    )?;
    for name in ["fault", "warning", "note"] {
        for finding in findings.iter().take(MOST).filter(|finding| finding.severity == name) {
            out.write_all(card(page.report, &finding).as_bytes())?;
        }
    }
    if let Some(more) = findings.len().checked_sub(MOST).filter(|more| *more > 0) {
        let more = grouped(more as u64);
        writeln!(
            out,
            "<p class=\"remark\">{more} more findings are in siplens analyze --json.</p>"
        )?;
    }
    writeln!(out, "</section>")
}

fn card(report: &Report<'_>, finding: &FindingRow) -> String {
    let mut out = format!(
        "<article class=\"finding {0}\" id=\"{1}\" aria-labelledby=\"{1}-h\"><h3 id=\"{1}-h\">{2} {3}</h3>\n<p class=\"of\">",
        finding.severity,
        finding.id,
        severity(finding.severity),
        Escaped(&finding.title),
    );
    for subject in [&finding.call, &finding.registration].into_iter().flatten() {
        let _ = write!(out, "<a href=\"#{subject}\">{subject}</a> ");
    }
    if let Some(stream) = &finding.stream {
        let _ = match &finding.call {
            Some(call) => write!(out, "<a href=\"#{call}-{stream}\">{stream}</a> "),
            None => write!(out, "<a href=\"#{stream}\">{stream}</a> "),
        };
    }
    let _ = write!(
        out,
        "<code>{}</code></p>\n<p>{}</p>\n",
        finding.code,
        Escaped(&finding.explanation)
    );
    if !finding.evidence.is_empty() {
        out.push_str("<ul class=\"evidence\">");
        let places = Places::of(report, finding);
        for shown in &finding.evidence {
            let _ = write!(out, "<li>{} {}</li>", places.frame(shown), Escaped(&shown.text));
        }
        out.push_str("</ul>\n");
    }
    out.push_str("<dl class=\"terms\">");
    if !finding.ruled_out.is_empty() {
        let _ = write!(
            out,
            "<div><dt>Ruled out</dt><dd>{}</dd></div>",
            Escaped(finding.ruled_out.join("; "))
        );
    }
    let _ = writeln!(
        out,
        "<div><dt>What to do</dt><dd>{}</dd></div><div><dt>By</dt><dd>{}</dd></div></dl></article>",
        Escaped(finding.fix),
        Escaped(finding.reference),
    );
    out
}

/// Where the frames of a finding are on the page.
struct Places<'a, 'r> {
    id: Option<&'a str>,
    messages: Vec<MessageRow<'r>>,
    finding: &'a FindingRow,
}

impl<'a, 'r> Places<'a, 'r> {
    fn of(report: &Report<'r>, finding: &'a FindingRow) -> Self {
        let index = |name: &str| {
            let (_, number) = name.split_once('-')?;
            number.parse::<usize>().ok()?.checked_sub(1)
        };
        let call = finding.call.as_deref();
        let registration = finding.registration.as_deref();
        let messages = call
            .and_then(index)
            .and_then(|index| report.calls.get(index))
            .map(|call| call.messages)
            .or_else(|| {
                let index = registration.and_then(index)?;
                report.registrations.get(index).map(|registration| registration.messages)
            });
        Self { id: call.or(registration), messages: messages.unwrap_or_default(), finding }
    }

    /// A frame, with a link to its message or to the stream that it begins.
    fn frame(&self, shown: &EvidenceRow) -> String {
        let frame = format!("frame {}", shown.frame);
        let Some(id) = self.id else { return frame };
        if let Some(index) = message::in_frame(&self.messages, shown.frame) {
            return format!("<a href=\"#{id}-m{index}\">{frame}</a>");
        }
        match &self.finding.stream {
            Some(stream) => format!("<a href=\"#{id}-{stream}\">{frame}</a>"),
            None => frame,
        }
    }
}
