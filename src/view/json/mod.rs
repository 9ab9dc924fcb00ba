//! The report as JSON, row by row.

pub mod manifest;
mod ordered;

use std::io::{self, Read, Write};
use std::num::NonZeroUsize;

use serde::Serialize;

use self::ordered::rows;
use crate::report::Report;
use crate::report::call::CallRow;
use crate::report::endpoints::Topology;
use crate::report::ladder::{self, Ladder, Ladders};
use crate::report::lists::Lists;
use crate::report::live::EventRow;
use crate::report::rows::Rows;
use crate::report::schema::{self, schema};
use crate::report::vcon::Vcon;

/// Writes the report as one document: on one line, its rows made by several
/// threads, or indented. What is written does not depend on their number.
///
/// # Errors
/// Those of `out`.
pub fn write(
    report: &Report<'_>,
    indented: bool,
    threads: NonZeroUsize,
    out: &mut dyn Write,
) -> io::Result<()> {
    if indented {
        return write_value(report, true, out);
    }
    write_after(report, None, threads, out)
}

/// Rows that were written before the rest of their report, list by list: calls,
/// registrations, dialogs, streams and findings, with commas between them.
pub type Before<'b> = [(&'b mut dyn Read, u64); 5];

/// Writes the report with what has left before it: the rows of each list after
/// those that were written when their part of the capture left.
///
/// # Errors
/// Those of `out`, and of what was written before.
pub fn write_after(
    report: &Report<'_>,
    before: Option<Before<'_>>,
    threads: NonZeroUsize,
    out: &mut dyn Write,
) -> io::Result<()> {
    // Taken apart, so that no new key is forgotten here.
    let Report {
        schema,
        generator,
        capture,
        summary,
        calls,
        registrations,
        dialogs,
        streams,
        endpoints,
        findings,
    } = report;
    key(out, b'{', "schema", schema)?;
    key(out, b',', "generator", generator)?;
    key(out, b',', "capture", capture)?;
    key(out, b',', "summary", summary)?;
    let [of_calls, of_registrations, of_dialogs, of_streams, of_findings] =
        before.map_or_else(Default::default, |before| before.map(Some));
    list(out, "calls", of_calls, calls, threads)?;
    list(out, "registrations", of_registrations, registrations, threads)?;
    list(out, "dialogs", of_dialogs, dialogs, threads)?;
    list(out, "streams", of_streams, streams, threads)?;
    list(out, "endpoints", None, endpoints, threads)?;
    list(out, "findings", of_findings, findings, threads)?;
    out.write_all(b"}\n")
}

/// Writes the rows of a part of a capture, each list to its
/// place of [`Before`]; `count` is how many rows each has, before and after.
///
/// # Errors
/// Those of `out`.
pub fn write_part(
    lists: &Lists<'_>,
    count: &mut [u64; 5],
    threads: NonZeroUsize,
    out: [&mut dyn Write; 5],
) -> io::Result<()> {
    let [calls, registrations, dialogs, streams, findings] = out;
    let [of_calls, of_registrations, of_dialogs, of_streams, of_findings] = count;
    more(&lists.calls, of_calls, threads, calls)?;
    more(&lists.registrations, of_registrations, threads, registrations)?;
    more(&lists.dialogs, of_dialogs, threads, dialogs)?;
    more(&lists.streams, of_streams, threads, streams)?;
    more(&lists.findings, of_findings, threads, findings)
}

fn more<T: Serialize>(
    list: &Rows<'_, T>,
    count: &mut u64,
    threads: NonZeroUsize,
    out: &mut dyn Write,
) -> io::Result<()> {
    if list.is_empty() {
        return Ok(());
    }
    if *count > 0 {
        out.write_all(LIST.0)?;
    }
    *count += list.len() as u64;
    rows(list, LIST, threads, out)
}

/// Between the rows of a list.
const LIST: Between = Between(b",");
/// Between documents of one line each.
const LINES: Between = Between(b"\n");

/// What stands between two rows.
#[derive(Clone, Copy, Debug)]
struct Between(&'static [u8]);

/// Writes `mark`, then a key and its value.
fn key(out: &mut dyn Write, mark: u8, name: &str, value: &impl Serialize) -> io::Result<()> {
    let mut text = vec![mark];
    serde_json::to_writer(&mut text, name)?;
    text.push(b':');
    serde_json::to_writer(&mut text, value)?;
    out.write_all(&text)
}

/// Writes a comma, then a key and its list: first the rows that were written
/// before, if there are any.
fn list<T: Serialize>(
    out: &mut dyn Write,
    name: &str,
    before: Option<(&mut dyn Read, u64)>,
    list: &Rows<'_, T>,
    threads: NonZeroUsize,
) -> io::Result<()> {
    write!(out, ",\"{name}\":[")?;
    if let Some((before, count)) = before.filter(|(_, count)| *count > 0) {
        io::copy(before, out)?;
        if count > 0 && !list.is_empty() {
            out.write_all(LIST.0)?;
        }
    }
    rows(list, LIST, threads, out)?;
    out.write_all(b"]")
}

/// Writes the calls, one a line.
///
/// # Errors
/// Those of `out`.
pub fn write_lines(
    calls: &Rows<'_, CallRow<'_>>,
    threads: NonZeroUsize,
    out: &mut dyn Write,
) -> io::Result<()> {
    rows(calls, LINES, threads, out)?;
    if calls.is_empty() { Ok(()) } else { out.write_all(b"\n") }
}

/// Writes an event of a live session as one line.
///
/// # Errors
/// Those of `out`.
pub fn write_event(event: &EventRow<'_>, out: &mut dyn Write) -> io::Result<()> {
    write_value(event, false, out)
}

/// Writes the JSON Schema of the events of a live session.
///
/// # Errors
/// Those of `out`.
pub fn write_event_schema(out: &mut dyn Write) -> io::Result<()> {
    write_value(&schema::events(), true, out)
}

/// Writes the JSON Schema of the report.
///
/// # Errors
/// Those of `out`.
pub fn write_schema(out: &mut dyn Write) -> io::Result<()> {
    write_value(&schema(), true, out)
}

/// Writes ladders as one document.
///
/// # Errors
/// Those of `out`.
pub fn write_ladders(ladders: Vec<Ladder>, out: &mut dyn Write) -> io::Result<()> {
    write_value(&Ladders { schema: ladder::SCHEMA, ladders }, false, out)
}

/// Writes a vCon as one document.
///
/// # Errors
/// Those of `out`.
pub fn write_vcon(vcon: &Vcon<'_>, indented: bool, out: &mut dyn Write) -> io::Result<()> {
    write_value(vcon, indented, out)
}

/// Writes who talks to whom as one document.
///
/// # Errors
/// Those of `out`.
pub fn write_topology(topology: &Topology<'_>, out: &mut dyn Write) -> io::Result<()> {
    write_value(topology, false, out)
}

/// Writes the JSON Schema of ladders.
///
/// # Errors
/// Those of `out`.
pub fn write_ladder_schema(out: &mut dyn Write) -> io::Result<()> {
    write_value(&schema::ladders(), true, out)
}

fn write_value(value: &impl Serialize, indented: bool, out: &mut dyn Write) -> io::Result<()> {
    if indented {
        serde_json::to_writer_pretty(&mut *out, value)?;
    } else {
        serde_json::to_writer(&mut *out, value)?;
    }
    out.write_all(b"\n")
}
