//! The report for a person: what was read, calls, streams, what is wrong.

mod capture;
mod table;
mod voices;

use std::io::{self, Write};

use self::table::{Align, Cell, Column, cell, or_dash, toned};
use super::facts::{self, Fact};
use super::terminal::{Palette, Tone, safe, wrap};
use crate::report::Report;
use crate::report::call::{CallRow, PartyRow};
use crate::report::finding::FindingRow;
use crate::report::other::DialogRow;
use crate::report::registration::RegistrationRow;
use crate::report::stream::StreamRow;
use crate::report::summary::SummaryRow;
use crate::report::value::Address;

/// How the text is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// Colours, or none.
    pub palette: Palette,
    /// Rows shown of each table; the rest is counted.
    pub most_rows: usize,
    /// Whether voices were listened to, and are shown.
    pub voices: bool,
    /// Columns of text within which sentences are broken; tables are as wide as they are.
    pub width: usize,
}

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let page = Page { style, out };
    page.write(report)
}

struct Page<'a> {
    style: Style,
    out: &'a mut dyn Write,
}

impl Page<'_> {
    fn write(mut self, report: &Report<'_>) -> io::Result<()> {
        self.capture(&report.capture)?;
        self.calls(report)?;
        self.streams(report)?;
        self.voices(report)?;
        self.registrations(report)?;
        self.dialogs(report)?;
        self.findings(report)?;
        self.problems(&report.capture)
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        self.style.palette.paint(tone, text)
    }

    fn heading(&mut self, text: &str, note: &str) -> io::Result<()> {
        let heading = self.paint(Tone::Heading, text);
        let note = if note.is_empty() { String::new() } else { format!("  {note}") };
        writeln!(self.out, "\n{heading}{note}")
    }

    fn table(&mut self, columns: &[Column], rows: &[Vec<Cell>], of: usize) -> io::Result<()> {
        table::write(columns, rows, self.style.palette, self.out)?;
        self.left_out(of)
    }

    /// Says how many rows of a list of `of` are not shown.
    fn left_out(&mut self, of: usize) -> io::Result<()> {
        let left = of.saturating_sub(self.style.most_rows);
        if left == 0 {
            return Ok(());
        }
        let text = format!(
            "  \u{2026} and {left} more; --limit {of} shows them all, --json has everything"
        );
        writeln!(self.out, "{}", self.paint(Tone::Dim, &text))
    }

    fn calls(&mut self, report: &Report<'_>) -> io::Result<()> {
        let summary = &report.summary;
        if summary.calls == 0 {
            return self.heading("No calls", "");
        }
        self.heading(&format!("Calls: {}", summary.calls), &outcome(summary))?;
        if let Some(ratios) = ratios(summary) {
            writeln!(self.out, "  {}", self.paint(Tone::Dim, &ratios))?;
        }
        if report.calls.is_empty() {
            return Ok(());
        }
        let columns = [
            ("#", Align::Right, 8),
            ("State", Align::Left, 10),
            ("From", Align::Left, 28),
            ("To", Align::Left, 28),
            ("Start", Align::Left, 15),
            ("PDD", Align::Right, 9),
            ("Setup", Align::Right, 9),
            ("Talk", Align::Right, 10),
            ("MOS", Align::Right, 4),
            ("Status", Align::Left, 28),
            ("Ended by", Align::Left, 8),
            ("Findings", Align::Left, 10),
        ];
        let rows: Vec<_> = report
            .calls
            .iter()
            .take(self.style.most_rows)
            .map(|call| call_row(&call, report))
            .collect();
        self.table(&columns, &rows, report.calls.len())?;
        self.digits(report)?;
        self.call_facts(report)
    }

    /// What happened within calls, who took part, and what bodies said.
    fn call_facts(&mut self, report: &Report<'_>) -> io::Result<()> {
        for call in report.calls.iter().take(self.style.most_rows) {
            self.facts(&format!("call-{}", number(&call.id)), &facts::of_call(&call))?;
        }
        Ok(())
    }

    /// Facts of a row, a line each under its table.
    fn facts(&mut self, of: &str, facts: &[Fact]) -> io::Result<()> {
        for Fact { label, text, tone } in facts {
            // What happened within a call needs no word before it.
            let label = if *label == "course" { String::new() } else { format!("{label} ") };
            let tone = if *tone == Tone::Good { Tone::Plain } else { *tone };
            let text = self.paint(tone, &safe(text));
            writeln!(self.out, "  {of}: {label}{text}")?;
        }
        Ok(())
    }

    /// What was keyed, a line for each call in which it was.
    fn digits(&mut self, report: &Report<'_>) -> io::Result<()> {
        let calls = report.calls.iter().take(self.style.most_rows);
        for call in calls.filter(|call| !call.dtmf.is_empty()) {
            let keyed: Vec<_> = call
                .dtmf
                .chunk_by(|one, next| (one.from, one.method) == (next.from, next.method))
                .map(|run| {
                    let digits: Vec<_> = run.iter().map(|one| safe(&one.digit)).collect();
                    let from = run.first().map_or("", |one| one.from);
                    let method = run.first().map_or("", |one| one.method);
                    format!("{} keyed {} ({method})", from, digits.join(" "))
                })
                .collect();
            writeln!(self.out, "  call-{}: {}", number(&call.id), keyed.join(", then "))?;
        }
        Ok(())
    }

    fn streams(&mut self, report: &Report<'_>) -> io::Result<()> {
        if report.streams.is_empty() {
            return Ok(());
        }
        self.heading(&format!("RTP streams: {}", report.streams.len()), "")?;
        let columns = [
            ("#", Align::Right, 8),
            ("Call", Align::Right, 8),
            ("From", Align::Left, 47),
            ("To", Align::Left, 47),
            ("SSRC", Align::Left, 10),
            ("Codec", Align::Left, 24),
            ("Packets", Align::Right, 12),
            ("Lost", Align::Right, 14),
            ("Jitter mean/max", Align::Right, 16),
            ("Delta max", Align::Right, 10),
            ("MOS", Align::Right, 4),
            ("Hears", Align::Left, 6),
        ];
        let rows: Vec<_> = report
            .streams
            .iter()
            .take(self.style.most_rows)
            .map(|stream| stream_row(&stream))
            .collect();
        self.table(&columns, &rows, report.streams.len())?;
        for stream in report.streams.iter().take(self.style.most_rows) {
            self.facts(&stream.id, &facts::of_stream(&stream))?;
        }
        Ok(())
    }

    fn registrations(&mut self, report: &Report<'_>) -> io::Result<()> {
        if report.registrations.is_empty() {
            return Ok(());
        }
        let counts = &report.summary.registrations;
        let note = format!(
            "{} attempts, {} succeeded, {} failed",
            counts.attempts, counts.succeeded, counts.failed
        );
        self.heading(&format!("Registrations: {}", report.registrations.len()), &note)?;
        let columns = [
            ("#", Align::Right, 8),
            ("State", Align::Left, 12),
            ("Address of record", Align::Left, 40),
            ("Contact", Align::Left, 48),
            ("From", Align::Left, 47),
            ("Expires", Align::Right, 9),
            ("Delay", Align::Right, 9),
        ];
        let rows: Vec<_> = report
            .registrations
            .iter()
            .take(self.style.most_rows)
            .map(|row| registration_row(&row))
            .collect();
        self.table(&columns, &rows, report.registrations.len())?;
        for row in report.registrations.iter().take(self.style.most_rows) {
            // The heading and the findings tell of attempts.
            let mut facts = facts::of_registration(&row);
            facts.retain(|fact| !["attempts", "challenge"].contains(&fact.label));
            self.facts(&row.id, &facts)?;
        }
        Ok(())
    }

    fn dialogs(&mut self, report: &Report<'_>) -> io::Result<()> {
        if report.dialogs.is_empty() {
            return Ok(());
        }
        self.heading(&format!("Other SIP: {}", report.dialogs.len()), "")?;
        let columns = [
            ("#", Align::Right, 8),
            ("Method", Align::Left, 12),
            ("From", Align::Left, 40),
            ("To", Align::Left, 40),
            ("Messages", Align::Right, 8),
            ("Status", Align::Left, 30),
        ];
        let rows: Vec<_> =
            report.dialogs.iter().take(self.style.most_rows).map(|row| dialog_row(&row)).collect();
        self.table(&columns, &rows, report.dialogs.len())?;
        for row in report.dialogs.iter().take(self.style.most_rows) {
            self.facts(&row.id, &facts::of_dialog(&row))?;
        }
        Ok(())
    }

    fn findings(&mut self, report: &Report<'_>) -> io::Result<()> {
        if report.findings.is_empty() {
            return Ok(());
        }
        self.heading(&format!("Findings: {}", report.findings.len()), "")?;
        for finding in report.findings.iter().take(self.style.most_rows) {
            self.finding(&finding)?;
        }
        self.left_out(report.findings.len())
    }

    fn finding(&mut self, finding: &FindingRow) -> io::Result<()> {
        let tone = severity_tone(finding.severity);
        let label = self.paint(tone, &format!("{:<7}", finding.severity));
        let about = finding.call.as_deref().or(finding.registration.as_deref());
        let about = about.or(finding.stream.as_deref()).unwrap_or("");
        let about = self.paint(Tone::Name, about);
        writeln!(self.out, "  {label} {about}  {}  [{}]", safe(&finding.title), finding.code)?;
        self.paragraph(Tone::Plain, &finding.explanation)?;
        let evidence =
            finding.evidence.iter().take(5).map(|e| format!("frame {}: {}", e.frame, e.text));
        self.paragraph(Tone::Dim, &evidence.collect::<Vec<_>>().join("; "))?;
        if !finding.ruled_out.is_empty() {
            self.paragraph(Tone::Dim, &format!("ruled out: {}", finding.ruled_out.join("; ")))?;
        }
        self.paragraph(Tone::Plain, &format!("{} ({})", finding.fix, finding.reference))
    }

    /// A text under its heading, broken into lines.
    fn paragraph(&mut self, tone: Tone, text: &str) -> io::Result<()> {
        const INDENT: &str = "          ";
        for line in wrap(&safe(text), self.style.width.saturating_sub(INDENT.len()).max(40)) {
            writeln!(self.out, "{INDENT}{}", self.paint(tone, &line))?;
        }
        Ok(())
    }
}

/// `2 answered, 1 failed`
fn outcome(summary: &SummaryRow) -> String {
    let counts = [
        (summary.answered, "answered"),
        (summary.failed, "failed"),
        (summary.cancelled, "cancelled"),
        (summary.in_progress, "in progress"),
    ];
    let counts = counts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, name)| format!("{} {name}", grouped(*count)));
    counts.collect::<Vec<_>>().join(", ")
}

fn ratios(summary: &SummaryRow) -> Option<String> {
    let percent =
        |name: &str, value: Option<f64>| value.map(|value| format!("{name} {value:.1} %"));
    let figures = [
        percent("ASR", summary.asr_percent),
        percent("NER", summary.ner_percent),
        summary.acd_s.map(|acd| format!("ACD {acd:.1} s")),
        summary.post_dial_delay_ms.p50.map(|delay| format!("PDD p50 {}", millis(delay))),
        summary.post_dial_delay_ms.p95.map(|delay| format!("p95 {}", millis(delay))),
        summary.mos.min.map(|mos| format!("MOS min {mos:.2}")),
        summary.mos.mean.map(|mos| format!("mean {mos:.2}")),
    ];
    let figures: Vec<_> = figures.into_iter().flatten().collect();
    (!figures.is_empty()).then(|| figures.join("   "))
}

fn call_row(call: &CallRow, report: &Report<'_>) -> Vec<Cell> {
    let state_tone = match call.state {
        "completed" | "answered" => Tone::Good,
        "failed" | "timed_out" | "rejected" => Tone::Bad,
        _ => Tone::Warning,
    };
    let status = or_dash(call.final_status.as_ref(), |status| {
        format!("{} {}", status.code, safe(&status.reason))
    });
    let (findings, tone) = findings_cell(&call.findings, report);
    vec![
        toned(number(&call.id), Tone::Name),
        toned(call.state, state_tone),
        cell(who(&call.caller)),
        cell(who(&call.callee)),
        cell(time_of_day(&call.start_time)),
        cell(or_dash(call.post_dial_delay_ms, millis)),
        cell(or_dash(call.setup_ms, millis)),
        cell(or_dash(call.duration_s, |talk| format!("{talk:.1} s"))),
        mos(call.mos.worst),
        cell(status),
        cell(call.released_by.unwrap_or("-")),
        toned(findings, tone),
    ]
}

fn findings_cell(names: &[String], report: &Report<'_>) -> (String, Tone) {
    let index = |name: &String| number(name).parse::<usize>().ok()?.checked_sub(1);
    let severities = names
        .iter()
        .filter_map(|name| report.findings.get(index(name)?))
        .map(|finding| finding.severity);
    let rank = |severity: &&str| match *severity {
        "fault" => 2,
        "warning" => 1,
        _ => 0,
    };
    match severities.max_by_key(rank) {
        Some(worst) => (format!("{} {worst}", names.len()), severity_tone(worst)),
        None => ("-".to_owned(), Tone::Plain),
    }
}

fn severity_tone(severity: &str) -> Tone {
    match severity {
        "fault" => Tone::Bad,
        "warning" => Tone::Warning,
        _ => Tone::Plain,
    }
}

fn stream_row(stream: &StreamRow) -> Vec<Cell> {
    let codecs: Vec<_> = stream
        .payloads
        .iter()
        .map(|payload| {
            payload.codec.as_deref().map_or_else(
                || format!("pt{}", payload.payload_type),
                |name| safe(name).into_owned(),
            )
        })
        .collect();
    let codecs = if stream.encryption.is_some() {
        format!("{} (srtp)", codecs.join("+"))
    } else {
        codecs.join("+")
    };
    let loss_tone = if stream.lost > 0 { Tone::Warning } else { Tone::Plain };
    vec![
        toned(number(&stream.id), Tone::Name),
        cell(or_dash(stream.call.as_deref(), number)),
        cell(endpoint(stream.src)),
        cell(endpoint(stream.dst)),
        cell(stream.ssrc.clone()),
        cell(codecs),
        cell(grouped(stream.packets)),
        toned(
            format!(
                "{} ({})",
                grouped(stream.lost),
                or_dash(stream.lost_percent, |p| format!("{p:.1} %"))
            ),
            loss_tone,
        ),
        cell(or_dash(stream.jitter_ms.mean.zip(stream.jitter_ms.max), |(mean, max)| {
            format!("{mean:.1}/{max:.1} ms")
        })),
        cell(or_dash(stream.delta_ms.max, |delta| format!("{delta:.1} ms"))),
        mos(stream.quality.mos_lq),
        cell(stream.direction.map_or("-", |direction| {
            if direction == "caller_to_callee" { "callee" } else { "caller" }
        })),
    ]
}

fn registration_row(row: &RegistrationRow) -> Vec<Cell> {
    let tone = match row.state {
        "registered" => Tone::Good,
        "failed" | "timed_out" => Tone::Bad,
        _ => Tone::Plain,
    };
    let text = |value: Option<&String>| or_dash(value, |value| safe(value).into_owned());
    vec![
        toned(number(&row.id), Tone::Name),
        toned(row.state, tone),
        cell(text(row.aor.as_ref())),
        cell(text(row.contact.as_ref())),
        cell(or_dash(row.address, endpoint)),
        cell(or_dash(row.expires_s, |expires| format!("{expires} s"))),
        cell(or_dash(row.delay_ms, millis)),
    ]
}

fn dialog_row(row: &DialogRow) -> Vec<Cell> {
    vec![
        toned(number(&row.id), Tone::Name),
        cell(or_dash(row.method.as_ref(), |method| safe(method).into_owned())),
        cell(who(&row.from)),
        cell(who(&row.to)),
        cell(row.messages.len().to_string()),
        cell(or_dash(row.final_status.as_ref(), |status| {
            format!("{} {}", status.code, safe(&status.reason))
        })),
    ]
}

fn mos(value: Option<f64>) -> Cell {
    // Users are dissatisfied below 3.6 and nearly all below 3.1 (G.107 Annex B).
    let tone = match value {
        Some(mos) if mos < 3.1 => Tone::Bad,
        Some(mos) if mos < 3.6 => Tone::Warning,
        Some(_) => Tone::Good,
        None => Tone::Plain,
    };
    toned(or_dash(value, |mos| format!("{mos:.2}")), tone)
}

/// A party by its user part, else its URI.
fn who(party: &PartyRow) -> String {
    let name = party.user.as_ref().or(party.uri.as_ref());
    or_dash(name, |name| safe(name).into_owned())
}

fn endpoint(address: Address) -> String {
    crate::base::flow::Endpoint::from(address).to_string()
}

/// `call-12` to `12`
fn number(name: &str) -> String {
    name.rsplit('-').next().unwrap_or(name).to_owned()
}

/// `2026-01-31T08:00:00.123456Z` to `08:00:00.123456`
fn time_of_day(time: &str) -> String {
    time.split_once('T').map_or(time, |(_, time)| time).trim_end_matches('Z').to_owned()
}

/// Three digits or so: a delay on one host is tenths of a millisecond, a time-out half a minute.
fn millis(ms: f64) -> String {
    match ms {
        ..10.0 => format!("{ms:.1} ms"),
        ..10_000.0 => format!("{ms:.0} ms"),
        _ => format!("{:.1} s", ms / 1e3),
    }
}

/// `1234567` to `1,234,567`
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_delays_short() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!([0.344, 120.4, 61_250.0].map(millis), ["0.3 ms", "120 ms", "61.2 s"]);
        assert_eq!(time_of_day("2026-01-31T08:00:00.5Z"), "08:00:00.5");
        assert_eq!(number("call-12"), "12");
    }
}
