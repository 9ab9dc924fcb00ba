//! `siplens export`: the tables of captures, as files for others to ask.

pub(super) mod folder;
mod part;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};

use self::folder::{Folder, How, Written};
use super::drive::{self, End, Reading};
use super::input::Input;
use super::memory::{self, Parts};
use super::output::{Failure, SUCCESS, ended, to_stdout};
use super::select;
use crate::query::calls::Calls;
use crate::query::tables::{Hosts, Name};
use crate::query::{Filter, Kind, Unit, Value};
use crate::report::Context;
use crate::view::table::{self, Head, Style};
use crate::view::terminal::Palette;

/// Arguments of `export`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "Each table is a folder of FOLDER: calls, messages, streams, intervals, \
    registrations, findings, peers; siplens schema tables tells their columns. Rows are written as \
    calls end, so memory depends on what is under way. Exporting the same captures again replaces what \
    they left; other captures are added.")]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,

    /// The folder to write to; it is made if it is not there
    #[arg(long, short, value_name = "FOLDER")]
    output: PathBuf,

    /// As what to write the tables
    #[arg(long, value_name = "FORMAT", default_value = "parquet")]
    format: Format,

    /// Put rows into folders by the UTC time of each: calls/date=2026-01-31/hour=08
    #[arg(long, value_name = "BY", default_value = "none")]
    partition: Partition,

    /// Only these tables: calls,streams
    #[arg(long, value_name = "TABLES", value_delimiter = ',')]
    tables: Vec<TableName>,

    /// Only calls for which this is true: 'state == failed' (see `siplens where`)
    #[arg(long = "where", short = 'w', value_name = "EXPRESSION", help_heading = "Selection")]
    only: Option<Filter<Calls>>,
}

/// As what tables are written.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(in crate::app) enum Format {
    /// Apache Parquet
    Parquet,
    /// Comma-separated values (RFC 4180)
    Csv,
    /// Apache Arrow's file format
    Arrow,
    /// A JSON object a line
    Ndjson,
}

/// Into which folders rows go.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(in crate::app) enum Partition {
    /// One for each table
    None,
    /// One for each day
    Day,
    /// One for each hour
    Hour,
}

/// A table.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(in crate::app) enum TableName {
    /// Calls
    Calls,
    /// SIP messages
    Messages,
    /// RTP streams
    Streams,
    /// Stretches of streams
    Intervals,
    /// Registrations
    Registrations,
    /// What is wrong
    Findings,
    /// Hosts that signal or send media
    Peers,
}

impl From<TableName> for Name {
    fn from(name: TableName) -> Self {
        match name {
            TableName::Calls => Self::Calls,
            TableName::Messages => Self::Messages,
            TableName::Streams => Self::Streams,
            TableName::Intervals => Self::Intervals,
            TableName::Registrations => Self::Registrations,
            TableName::Findings => Self::Findings,
            TableName::Peers => Self::Peers,
        }
    }
}

impl Format {
    /// How the names of its files end.
    const fn ending(self) -> &'static str {
        match self {
            Self::Parquet => "parquet",
            Self::Csv => "csv",
            Self::Arrow => "arrow",
            Self::Ndjson => "ndjson",
        }
    }

    /// Whether its files are written a column at a time.
    const fn is_columnar(self) -> bool {
        !matches!(self, Self::Csv | Self::Ndjson)
    }

    /// Whether this program has it.
    const fn is_built_in(self) -> bool {
        cfg!(feature = "tables") || !self.is_columnar()
    }
}

impl Partition {
    /// Nanoseconds of a day or an hour.
    const fn nanos(self) -> i64 {
        match self {
            Self::None => i64::MAX,
            Self::Day => 86_400_000_000_000,
            Self::Hour => 3_600_000_000_000,
        }
    }
}

/// What is said where something needs the feature that is not built in.
pub(super) fn without_tables(what: &str) -> Failure {
    Failure::Usage(format!(
        "{what} are not built into this siplens: build it with the feature `tables` \
         (cargo build --release --features tables)"
    ))
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let how = How::new(arguments.format, arguments.partition, &arguments.tables)?;
    let only = arguments.only.as_ref();
    let (written, end) = write(&arguments.input, only, &arguments.output, how)?;
    tell(&written)?;
    Ok(ended(&end, SUCCESS))
}

/// Writes the tables of captures into a folder, as they are read; what was written, and how
/// the reading ended.
///
/// # Errors
/// Those of captures and of the folder, and too little memory.
pub(super) fn write(
    input: &Input,
    only: Option<&Filter<Calls>>,
    root: &Path,
    mut how: How,
) -> Result<(BTreeMap<Name, Written>, End), Failure> {
    let mut input = input.clone();
    if let Some(size) = &mut input.max_memory {
        how.held = how.held.min(size.rows());
        if how.format.is_columnar() {
            *size = size.less_columns()?;
        }
    }
    let mut folder = Folder::open(root, how)?;
    let mut writing = Writing { folder: &mut folder, only };
    let Reading { snapshot, options, end } = drive::read_gradually(&input, &mut writing)?;
    let options = select::narrowed(&snapshot, options, only);
    writing.write(&Context::new(&snapshot, &options), Hosts::Told)?;
    memory::say_torn(&snapshot);
    Ok((folder.close(&options.inputs)?, end))
}

/// Writes calls as they leave the engine.
struct Writing<'w> {
    folder: &'w mut Folder,
    only: Option<&'w Filter<Calls>>,
}

impl Writing<'_> {
    fn write(&mut self, context: &Context<'_>, hosts: Hosts) -> Result<(), Failure> {
        self.folder.append(context, hosts)
    }
}

impl Parts for Writing<'_> {
    fn part(&mut self, context: &Context<'_>) -> Result<bool, Failure> {
        self.write(context, Hosts::ToCome)?;
        Ok(true)
    }

    fn only(&self) -> Option<&Filter<Calls>> {
        self.only
    }
}

/// Says what was written.
fn tell(written: &BTreeMap<Name, Written>) -> Result<(), Failure> {
    let heads = [
        Head::new("Table", "table", Kind::Text),
        Head::new("Rows", "rows", Kind::Number(Unit::Count)),
        Head::new("Files", "files", Kind::Number(Unit::Count)),
        Head::new("Bytes", "bytes", Kind::Number(Unit::Count)),
    ];
    let row = |(table, written): (&Name, &Written)| {
        vec![
            Value::Text(table.name().into()),
            Value::count(written.rows),
            Value::count(written.files),
            Value::count(written.bytes),
        ]
    };
    let style = Style {
        format: table::Format::Text,
        palette: Palette { colour: false },
        width: None,
        heading: true,
        date: false,
        spreadsheet: false,
    };
    to_stdout(|out| table::write(&heads, &written.iter().map(row).collect::<Vec<_>>(), style, out))
}
