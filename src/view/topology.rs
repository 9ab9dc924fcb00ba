//! Who talks to whom: tables for a person, Graphviz and Mermaid for a drawing.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::terminal::{Palette, Tone, cut, safe, width};
use crate::report::endpoints::{EndpointRow, LinkRow, RoleRow, Topology};

/// Columns of a text column at most.
const WIDEST: usize = 48;

/// Writes tables of the addresses, of what went between them, and of how OPTIONS fared.
///
/// # Errors
/// Those of `out`.
pub fn write(topology: &Topology<'_>, palette: Palette, out: &mut dyn Write) -> io::Result<()> {
    if topology.endpoints.is_empty() {
        return writeln!(out, "No SIP and no RTP.");
    }
    let endpoints: Vec<_> = topology.endpoints.iter().collect();
    let rows = endpoints.iter().map(|row| {
        vec![
            address(row),
            row.name.as_deref().map_or_else(String::new, |name| safe(name).into_owned()),
            row.roles.iter().map(RoleRow::words).collect::<Vec<_>>().join(", "),
            row.user_agents.iter().map(|agent| safe(agent)).collect::<Vec<_>>().join(", "),
            format!("{}/{}", row.messages.sent, row.messages.received),
            format!("{}/{}", row.calls.placed, row.calls.received),
            row.registrations.to_string(),
            format!("{}/{}", row.streams.sent, row.streams.received),
        ]
    });
    let headings = [
        "Address",
        "Name",
        "Roles",
        "Software",
        "SIP out/in",
        "Calls out/in",
        "Reg.",
        "RTP out/in",
    ];
    heading(&format!("Endpoints: {}", endpoints.len()), palette, out)?;
    table(&headings, &rows.collect::<Vec<_>>(), palette, out)?;
    dropped(topology.endpoints_dropped, "addresses", out)?;
    heading("What shows it", palette, out)?;
    for row in &endpoints {
        for role_row in &row.roles {
            let shown: Vec<_> = role_row
                .evidence
                .iter()
                .map(|one| format!("frame {} {}", one.frame, safe(&one.text)))
                .collect();
            let what = palette.paint(Tone::Name, address(row));
            writeln!(out, "  {what}  {}: {}", role_row.words(), shown.join("; "))?;
        }
    }
    let links: Vec<_> = topology.links.iter().collect();
    let rows = links.iter().map(|link| {
        vec![
            of(&endpoints, &link.from),
            of(&endpoints, &link.to),
            methods(link),
            link.responses.to_string(),
            link.transports.join(", "),
            if link.streams == 0 {
                String::new()
            } else {
                format!("{} ({} packets)", link.streams, link.rtp_packets)
            },
        ]
    });
    heading(&format!("Who talks to whom: {}", links.len()), palette, out)?;
    let headings = ["From", "To", "Requests", "Responses", "Over", "RTP streams"];
    table(&headings, &rows.collect::<Vec<_>>(), palette, out)?;
    dropped(topology.links_dropped, "links", out)?;
    reachability(&endpoints, palette, out)
}

fn reachability(
    endpoints: &[EndpointRow],
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    let ms = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.1} ms"));
    let mut rows = Vec::new();
    for row in endpoints {
        for reach in &row.reachability {
            rows.push(vec![
                address(row),
                place(reach.peer, reach.peer_port),
                reach.state.to_owned(),
                reach.requests.to_string(),
                reach.answered.to_string(),
                reach.unanswered.to_string(),
                ms(reach.round_trip_ms.min),
                ms(reach.round_trip_ms.mean),
                ms(reach.round_trip_ms.max),
                reach.last_status.map_or_else(|| "-".to_owned(), |status| status.to_string()),
            ]);
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    heading("Reachability by OPTIONS", palette, out)?;
    let headings =
        ["From", "Peer", "State", "Asked", "Answered", "Silent", "Least", "Mean", "Most", "Status"];
    table(&headings, &rows, palette, out)
}

fn heading(text: &str, palette: Palette, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "\n{}", palette.paint(Tone::Heading, text))
}

fn dropped(count: u64, what: &str, out: &mut dyn Write) -> io::Result<()> {
    if count == 0 { Ok(()) } else { writeln!(out, "  \u{2026} and more {what} ({count} times)") }
}

/// Columns as wide as their widest cell; those with nothing in them are left out.
fn table(
    headings: &[&str],
    rows: &[Vec<String>],
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    let used: Vec<_> = (0..headings.len())
        .filter(|at| rows.iter().any(|row| row.get(*at).is_some_and(|cell| !cell.is_empty())))
        .collect();
    let cell = |row: &[String], at: usize| row.get(at).cloned().unwrap_or_default();
    let widths: Vec<_> = used
        .iter()
        .map(|at| {
            let heading = headings.get(*at).map_or(0, |heading| width(heading));
            let widest = rows.iter().map(|row| width(&cell(row, *at))).max().unwrap_or(0);
            widest.min(WIDEST).max(heading)
        })
        .collect();
    let headings: Vec<_> = headings.iter().map(|heading| (*heading).to_owned()).collect();
    for (index, row) in std::iter::once(&headings).chain(rows).enumerate() {
        let mut line = String::new();
        for (at, wide) in used.iter().zip(&widths) {
            let text = cell(row, *at);
            let text = cut(&text, *wide).into_owned();
            let _ = write!(line, "  {text}{}", " ".repeat(wide - width(&text).min(*wide)));
        }
        let tone = if index == 0 { Tone::Dim } else { Tone::Plain };
        writeln!(out, "{}", palette.paint(tone, line.trim_end()))?;
    }
    Ok(())
}

/// Writes a graph for Graphviz (`dot -Tsvg`).
///
/// # Errors
/// Those of `out`.
pub fn write_dot(topology: &Topology<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph siplens {{")?;
    writeln!(out, "    rankdir=LR;\n    node [shape=box, fontname=\"sans-serif\"];")?;
    writeln!(out, "    edge [fontname=\"sans-serif\", fontsize=10];")?;
    for row in topology.endpoints.iter() {
        let label: Vec<_> = lines(&row).iter().map(|line| dot_text(line)).collect();
        writeln!(out, "    {} [label=\"{}\"];", node(&row.id), label.join("\\n"))?;
    }
    for link in topology.links.iter() {
        let (from, to) = (node(&link.from), node(&link.to));
        if link.requests > 0 || link.responses > 0 {
            writeln!(out, "    {from} -> {to} [label=\"{}\"];", dot_text(&methods(&link)))?;
        }
        if link.streams > 0 {
            let text = format!("RTP {}", link.streams);
            writeln!(out, "    {from} -> {to} [style=dashed, label=\"{text}\"];")?;
        }
    }
    writeln!(out, "}}")
}

/// Writes a flowchart for Mermaid.
///
/// # Errors
/// Those of `out`.
pub fn write_mermaid(topology: &Topology<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "flowchart LR")?;
    for row in topology.endpoints.iter() {
        let label: Vec<_> = lines(&row).iter().map(|line| mermaid_text(line)).collect();
        writeln!(out, "    {}[\"{}\"]", node(&row.id), label.join("<br/>"))?;
    }
    for link in topology.links.iter() {
        let (from, to) = (node(&link.from), node(&link.to));
        if link.requests > 0 || link.responses > 0 {
            writeln!(out, "    {from} -->|\"{}\"| {to}", mermaid_text(&methods(&link)))?;
        }
        if link.streams > 0 {
            writeln!(out, "    {from} -.->|\"RTP {}\"| {to}", link.streams)?;
        }
    }
    Ok(())
}

/// Name, address, roles and software of an address, a line each.
fn lines(row: &EndpointRow) -> Vec<String> {
    let mut lines: Vec<_> = row.name.iter().cloned().collect();
    lines.push(address(row));
    let roles: Vec<_> = row.roles.iter().map(RoleRow::words).collect();
    lines.extend((!roles.is_empty()).then(|| roles.join(", ")));
    lines.extend(row.user_agents.first().cloned());
    lines
}

/// `endpoint-1` to a name that needs no quotes.
fn node(id: &str) -> String {
    id.replace('-', "")
}

fn of(endpoints: &[EndpointRow], id: &str) -> String {
    let index = id.rsplit('-').next().and_then(|number| number.parse::<usize>().ok());
    let row = index.and_then(|number| endpoints.get(number.checked_sub(1)?));
    row.map_or_else(|| id.to_owned(), address)
}

fn address(row: &EndpointRow) -> String {
    place(row.address, row.port)
}

fn place(ip: std::net::IpAddr, port: Option<u16>) -> String {
    match port {
        Some(port) => crate::base::flow::Endpoint::new(ip, port).to_string(),
        None => ip.to_string(),
    }
}

/// `INVITE 2, ACK 2`
fn methods(link: &LinkRow) -> String {
    let each = link.methods.iter().map(|row| format!("{} {}", row.method, row.count));
    each.collect::<Vec<_>>().join(", ")
}

/// Text inside quotes of Graphviz, where a backslash begins an escape.
fn dot_text(text: &str) -> String {
    safe(text).replace('\\', "\\\\").replace('"', "\\\"")
}

/// Text inside quotes of Mermaid, which takes the entities of HTML with `#`.
fn mermaid_text(text: &str) -> String {
    let mut escaped = String::new();
    for c in safe(text).chars() {
        match c {
            '"' | '<' | '>' | '#' | '&' | ';' | '`' | '|' => {
                let _ = write!(escaped, "#{};", u32::from(c));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        assert_eq!(dot_text("a\"b\\c\n"), "a\\\"b\\\\c\\\\u{a}");
        assert_eq!(mermaid_text("<b>\"#"), "#60;b#62;#34;#35;");
        assert_eq!(node("endpoint-12"), "endpoint12");
    }
}
