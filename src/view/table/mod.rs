//! Rows as a table: text for a person, CSV, Markdown, JSON.
//!
//! A table is written in one go, row by row; only text needs a look at all rows
//! before, for the widths of its columns ([`Writer::measure`]).

mod csv;
mod json;
mod markdown;
mod text;
mod tone;

use std::borrow::Cow;
use std::io::{self, Write};

use crate::query::show::Show;
use crate::query::{Field, Kind, Table, Unit, Value};
use crate::view::terminal::Palette;

/// As what rows are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Columns of text.
    Text,
    /// Comma-separated values (RFC 4180).
    Csv,
    /// A table of GitHub-flavoured Markdown.
    Markdown,
    /// One JSON array of objects.
    Json,
    /// A JSON object a line.
    JsonLines,
}

/// How rows are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// As what.
    pub format: Format,
    /// Colours of text, or none.
    pub palette: Palette,
    /// Columns that text is to fit into; without, it is as wide as its cells.
    pub width: Option<usize>,
    /// Whether a heading is written, where the format has one.
    pub heading: bool,
    /// Whether moments have their date, in text and Markdown.
    pub date: bool,
    /// Whether CSV keeps a spreadsheet from taking a text for a formula.
    pub spreadsheet: bool,
}

/// What is to be known of a column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Head {
    /// Its heading, for a person.
    pub heading: Cow<'static, str>,
    /// Its name in CSV and JSON.
    pub key: Cow<'static, str>,
    /// What its values are.
    pub kind: Kind,
    /// Whether they are lists.
    pub many: bool,
}

impl Head {
    /// The column of a field.
    pub fn of<T: Table>(field: &Field<T>) -> Self {
        Self { heading: field.heading.into(), key: field.key(), kind: field.kind, many: field.many }
    }

    /// A column of its own.
    pub fn new(heading: &'static str, key: &'static str, kind: Kind) -> Self {
        Self { heading: heading.into(), key: key.into(), kind, many: false }
    }

    const fn unit(&self) -> Option<Unit> {
        match self.kind {
            Kind::Number(unit) => Some(unit),
            _ => None,
        }
    }

    /// Whether its cells stand right.
    const fn is_right(&self) -> bool {
        matches!(self.kind, Kind::Number(_)) && !self.many
    }
}

/// Writes rows.
pub struct Writer<'a> {
    heads: &'a [Head],
    style: Style,
    /// Columns that each column of text takes.
    widths: Vec<usize>,
    rows: u64,
}

impl<'a> Writer<'a> {
    /// A writer of rows with these columns.
    pub fn new(heads: &'a [Head], style: Style) -> Self {
        let wide = |head: &Head| if style.heading { text::width(&head.heading) } else { 0 };
        Self { heads, style, widths: heads.iter().map(wide).collect(), rows: 0 }
    }

    /// Whether all rows are to be shown to [`Writer::measure`] first.
    pub const fn measures(&self) -> bool {
        matches!(self.style.format, Format::Text)
    }

    /// Looks at a row, so that the columns become wide enough.
    pub fn measure(&mut self, row: &[Value<'_>]) {
        let show = self.show();
        for ((head, width), value) in self.heads.iter().zip(&mut self.widths).zip(row) {
            *width = (*width).max(text::width(&text::cell(head, show, value)));
        }
    }

    /// Writes what comes before the rows.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn begin(&mut self, out: &mut dyn Write) -> io::Result<()> {
        if let Some(width) = self.style.width {
            text::fit(self.heads, &mut self.widths, width);
        }
        match self.style.format {
            Format::Text if self.style.heading => text::heading(self, out),
            Format::Csv if self.style.heading => csv::heading(self.heads, out),
            Format::Markdown => markdown::heading(self.heads, self.style.heading, out),
            Format::Json => out.write_all(b"["),
            _ => Ok(()),
        }
    }

    /// Writes a row.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn row(&mut self, row: &[Value<'_>], out: &mut dyn Write) -> io::Result<()> {
        let first = self.rows == 0;
        self.rows += 1;
        match self.style.format {
            Format::Text => text::row(self, row, out),
            Format::Csv => csv::row(self.heads, row, self.style.spreadsheet, out),
            Format::Markdown => markdown::row(self.heads, self.show(), row, out),
            Format::Json => {
                out.write_all(if first { b"\n" } else { b",\n" })?;
                json::row(self.heads, row, out)
            }
            Format::JsonLines => {
                json::row(self.heads, row, out)?;
                out.write_all(b"\n")
            }
        }
    }

    /// Writes what comes after the rows.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn end(&mut self, out: &mut dyn Write) -> io::Result<()> {
        match self.style.format {
            Format::Json if self.rows == 0 => out.write_all(b"]\n"),
            Format::Json => out.write_all(b"\n]\n"),
            _ => Ok(()),
        }
    }

    const fn show(&self) -> Show {
        Show { date: self.style.date }
    }
}

/// Writes a table whose rows are at hand.
///
/// # Errors
/// Those of `out`.
pub fn write(
    heads: &[Head],
    rows: &[Vec<Value<'_>>],
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut writer = Writer::new(heads, style);
    if writer.measures() {
        for row in rows {
            writer.measure(row);
        }
    }
    writer.begin(out)?;
    for row in rows {
        writer.row(row, out)?;
    }
    writer.end(out)
}
