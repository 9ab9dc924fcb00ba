//! The tables: calls, registrations, other exchanges, and what was read.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::words::{
    TABLE_END, UNKNOWN, address, cell, mos, ms, seconds, severity, state, table, text, time, who,
};
use crate::report::Report;
use crate::report::call::{CallRow, PartyRow, StatusRow};
use crate::view::drawing::{Escaped, grouped};

const CALLS: &[(&str, &str)] = &[
    ("num", "#"),
    ("", "State"),
    ("", "From"),
    ("", "To"),
    ("wide", "Start"),
    ("num wide", "<abbr title=\"Post-dial delay\">PDD</abbr>"),
    ("num", "Talk"),
    ("num", "MOS"),
    ("wide", "Status"),
    ("wide", "Ended by"),
    ("", "Findings"),
];

/// Writes the table of calls.
pub(super) fn calls(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    if report.calls.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"calls\" aria-labelledby=\"calls-h\"><h2 id=\"calls-h\">Calls</h2>"
    )?;
    writeln!(
        out,
        "<form class=\"search\" role=\"search\" hidden><label>Search <input type=\"search\" id=\"q\" \
         placeholder=\"number, name, status, Call-ID\" autocomplete=\"off\"></label>\
         <label>State <select id=\"st\"><option value=\"\">all</option></select></label>\
         <label class=\"tick\"><input type=\"checkbox\" id=\"ff\"> with findings</label>\
         <output id=\"hits\" role=\"status\"></output></form>"
    )?;
    out.write_all(table("calls-table", "Calls", CALLS).as_bytes())?;
    let severities: std::collections::BTreeMap<String, &'static str> =
        report.findings.iter().map(|finding| (finding.id, finding.severity)).collect();
    for call in report.calls.iter() {
        let findings = call.findings.iter().filter_map(|id| severities.get(id).copied());
        let findings: Vec<_> = findings.collect();
        out.write_all(call_row(&call, &findings).as_bytes())?;
    }
    out.write_all(TABLE_END.as_bytes())?;
    writeln!(out, "</section>")
}

fn call_row(call: &CallRow<'_>, findings: &[&str]) -> String {
    let number = call.id.trim_start_matches("call-");
    let ids: Vec<_> = call.legs.iter().map(|leg| leg.call_id.as_str()).collect();
    let uris = [&call.caller, &call.callee].map(|party| party.uri.as_deref().unwrap_or_default());
    let badges = ["fault", "warning", "note"].iter().fold(String::new(), |badges, name| {
        match findings.iter().filter(|finding| *finding == name).count() {
            0 => badges,
            1 => badges + &severity(name) + " ",
            count => badges + &super::words::severities(count, name) + " ",
        }
    });
    let weight: u32 = findings
        .iter()
        .map(|name| match *name {
            "fault" => 10_000,
            "warning" => 100,
            _ => 1,
        })
        .sum();
    format!(
        "<tr data-s=\"{}\" data-q=\"{}\">{}{}{}{}{}{}{}{}{}{}{}</tr>\n",
        call.state,
        Escaped([&ids.join(" "), uris[0], uris[1]].join(" ")),
        cell(
            "num",
            None,
            format!(
                "<a href=\"#{}\" aria-label=\"Call {number}: open its flow\">{number}</a>",
                call.id
            )
        ),
        cell("", None, state(call.state)),
        cell("who", None, party(&call.caller)),
        cell("who", None, party(&call.callee)),
        cell("wide", None, time(&call.start_time)),
        cell("num wide", call.post_dial_delay_ms, ms(call.post_dial_delay_ms)),
        cell("num", call.duration_s, seconds(call.duration_s)),
        cell("num", call.mos.worst, mos(call.mos.worst)),
        cell("wide", None, status(call.final_status.as_ref())),
        cell("wide", None, text(call.released_by)),
        cell(
            "",
            Some(f64::from(weight)),
            if badges.is_empty() { UNKNOWN.to_owned() } else { badges }
        ),
    )
}

fn party(party: &PartyRow) -> String {
    let name = party.display_name.as_deref().filter(|name| !name.is_empty());
    let name = name.map(|name| format!(" <span class=\"dim\">{}</span>", Escaped(name)));
    format!("{}{}", Escaped(who(party)), name.unwrap_or_default())
}

fn status(status: Option<&StatusRow>) -> String {
    status.map_or_else(
        || UNKNOWN.to_owned(),
        |status| format!("{} {}", status.code, Escaped(&status.reason)),
    )
}

/// Writes the table of registrations.
pub(super) fn registrations(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    if report.registrations.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"registrations\" aria-labelledby=\"registrations-h\"><h2 id=\"registrations-h\">Registrations</h2>"
    )?;
    let columns = [
        ("num", "#"),
        ("", "State"),
        ("", "Address of record"),
        ("wide", "Contact"),
        ("", "From"),
        ("num", "Expires"),
        ("num wide", "Delay"),
        ("num", "Attempts"),
        ("num", "Failed"),
    ];
    out.write_all(table("registrations-table", "Registrations", &columns).as_bytes())?;
    for row in report.registrations.iter() {
        let number = row.id.trim_start_matches("registration-");
        let expires = row.expires_s.map(|seconds| seconds as f64);
        writeln!(
            out,
            "<tr>{}{}{}{}{}{}{}{}{}</tr>",
            cell(
                "num",
                None,
                format!(
                    "<a href=\"#{}\" aria-label=\"Registration {number}: open its flow\">{number}</a>",
                    row.id
                )
            ),
            cell("", None, state(row.state)),
            cell("", None, text(row.aor.as_deref())),
            cell("wide", None, text(row.contact.as_deref())),
            cell("", None, address(row.address)),
            cell("num", expires, expires.map_or_else(|| UNKNOWN.to_owned(), |s| format!("{s} s"))),
            cell("num wide", row.delay_ms, ms(row.delay_ms)),
            cell("num", None, row.attempts),
            cell("num", None, row.failed),
        )?;
    }
    out.write_all(TABLE_END.as_bytes())?;
    writeln!(out, "</section>")
}

/// Writes the table of other exchanges.
pub(super) fn dialogs(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    if report.dialogs.is_empty() {
        return Ok(());
    }
    writeln!(
        out,
        "<section id=\"dialogs\" aria-labelledby=\"dialogs-h\"><h2 id=\"dialogs-h\">Other exchanges</h2>"
    )?;
    let columns = [
        ("num", "#"),
        ("", "Method"),
        ("", "From"),
        ("", "To"),
        ("wide", "Start"),
        ("num", "Messages"),
        ("", "Status"),
    ];
    out.write_all(table("dialogs-table", "Other exchanges", &columns).as_bytes())?;
    for row in report.dialogs.iter() {
        let number = row.id.trim_start_matches("dialog-");
        writeln!(
            out,
            "<tr>{}{}{}{}{}{}{}</tr>",
            cell(
                "num",
                None,
                format!(
                    "<a href=\"#{}\" aria-label=\"Exchange {number}: open its flow\">{number}</a>",
                    row.id
                )
            ),
            cell("", None, text(row.method.as_deref())),
            cell("who", None, party(&row.from)),
            cell("who", None, party(&row.to)),
            cell("wide", None, time(&row.start_time)),
            cell("num", None, row.messages.len()),
            cell("", None, status(row.final_status.as_ref())),
        )?;
    }
    out.write_all(TABLE_END.as_bytes())?;
    writeln!(out, "</section>")
}

/// What was read, and what could not be.
pub(super) fn capture(report: &Report<'_>) -> String {
    let capture = &report.capture;
    let mut out = String::from(
        "<section id=\"capture\" aria-labelledby=\"capture-h\"><h2 id=\"capture-h\">Capture</h2>\n",
    );
    let columns = [
        ("", "File"),
        ("", "Format"),
        ("wide", "Links"),
        ("num", "Packets"),
        ("num", "Bytes"),
        ("wide", "From"),
        ("num", "Length"),
        ("num wide", "Dropped at the interface"),
    ];
    out += &table("sources-table", "Files that were read", &columns);
    for source in &capture.sources {
        let format = match &source.compression {
            Some(compression) => format!("{}, {compression}", source.format),
            None => source.format.clone(),
        };
        let cut =
            if source.truncated { " <span class=\"sev warning\">cut short</span>" } else { "" };
        let _ = writeln!(
            out,
            "<tr>{}{}{}{}{}{}{}{}</tr>",
            cell("mono", None, format!("{}{cut}", Escaped(&source.name))),
            cell("", None, Escaped(format)),
            cell("wide", None, Escaped(source.link_types.join(", "))),
            cell("num", Some(source.packets as f64), grouped(source.packets)),
            cell("num", Some(source.bytes as f64), grouped(source.bytes)),
            cell("wide", None, text(source.first_time.as_deref())),
            cell("num", source.duration_s, seconds(source.duration_s)),
            cell(
                "num wide",
                None,
                source.interface_drops.map_or_else(|| UNKNOWN.to_owned(), grouped)
            ),
        );
    }
    out += TABLE_END;
    let counts = &capture.counts;
    out.push_str("<dl class=\"terms\">");
    for (name, count) in [
        ("SIP messages", counts.sip_messages),
        ("RTP packets", counts.rtp_packets),
        ("RTCP packets", counts.rtcp_packets),
        ("STUN packets", counts.stun_packets),
        ("Other packets", counts.other_packets),
        ("Copies", counts.copied_packets),
        ("Left out as asked", counts.left_out_packets),
    ] {
        if count > 0 {
            let _ = write!(out, "<div><dt>{name}</dt><dd>{}</dd></div>", grouped(count));
        }
    }
    out.push_str("</dl>\n");
    if capture.problems.is_empty() {
        out.push_str("<p class=\"remark\">Everything was read.</p></section>\n");
        return out;
    }
    out.push_str("<h3>What could not be read, or was left out</h3>\n");
    let columns = [("", "What"), ("num", "Times"), ("num", "First frame"), ("wide", "Name")];
    out += &table("problems-table", "What could not be read, or was left out", &columns);
    for problem in &capture.problems {
        let frame =
            problem.first_frame.map_or_else(|| UNKNOWN.to_owned(), |frame| frame.to_string());
        let _ = writeln!(
            out,
            "<tr>{}{}{}{}</tr>",
            cell("", None, Escaped(&problem.text)),
            cell("num", Some(problem.count as f64), grouped(problem.count)),
            cell("num", None, frame),
            cell("wide", None, format!("<code>{}</code>", Escaped(&problem.code))),
        );
    }
    out += TABLE_END;
    out.push_str("</section>\n");
    out
}
