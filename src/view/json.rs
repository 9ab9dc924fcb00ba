//! The report as JSON, row by row.

use std::io::{self, Write};

use serde::Serialize;

use crate::report::Report;
use crate::report::schema::schema;

/// Writes the report as one document: on one line, or indented.
///
/// # Errors
/// Those of `out`.
pub fn write(report: &Report<'_>, indented: bool, out: &mut dyn Write) -> io::Result<()> {
    write_value(report, indented, out)
}

/// Writes the calls, one a line.
///
/// # Errors
/// Those of `out`.
pub fn write_lines(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    for call in report.calls.iter() {
        write_value(&call, false, out)?;
    }
    Ok(())
}

/// Writes the JSON Schema of the report.
///
/// # Errors
/// Those of `out`.
pub fn write_schema(out: &mut dyn Write) -> io::Result<()> {
    write_value(&schema(), true, out)
}

fn write_value(value: &impl Serialize, indented: bool, out: &mut dyn Write) -> io::Result<()> {
    if indented {
        serde_json::to_writer_pretty(&mut *out, value)?;
    } else {
        serde_json::to_writer(&mut *out, value)?;
    }
    out.write_all(b"\n")
}
