//! `siplens sql`: questions to captures and to exported tables.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;

use super::input::Input;
use super::list::Form;
use super::output::Failure;
use crate::query::tables::Name;
use crate::query::{Kind, Value};
use crate::view::table::{self, Head, Style};
use crate::view::terminal::Palette;

#[cfg(feature = "tables")]
mod ask;

/// Arguments of `sql`.
#[derive(Clone, Debug, Args)]
#[command(
    mut_arg("files", |files| files.required(false).value_name("QUESTION> <FILE").help(
        "The question in SQL, unless --view names one, and what to ask: captures, or folders \
         that `siplens export` wrote as Parquet. Captures are read as one, merged by time"
    )),
    override_usage = "siplens sql [OPTIONS] <QUESTION> <FILE>...\n       \
        siplens sql [OPTIONS] --view <NAME> <FILE>...\n       siplens sql --list",
    after_help = "  siplens sql 'select callee_ip, avg(mos) from calls group by callee_ip' call.pcap\n  \
        siplens sql --view worst_peers exported/\n\n\
        siplens schema tables tells the tables and their columns. SQL is that of polars."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,

    /// Ask a question of those that --list tells
    #[arg(long, value_name = "NAME")]
    view: Option<String>,

    /// List the questions that siplens knows; each can be named in SQL like a table
    #[arg(long, conflicts_with_all = ["view", "explain", "files"])]
    list: bool,

    /// Tell how the question is answered, and how much of exported files is read
    #[arg(long)]
    explain: bool,

    #[command(flatten)]
    form: Form,
}

#[cfg(feature = "tables")]
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.list {
        return ask::list(arguments.form.style(false));
    }
    ask::run(arguments)
}

/// The rows of an answer that an exported folder gives.
#[cfg(feature = "tables")]
pub(super) fn ask_folder(
    root: &std::path::Path,
    question: &str,
) -> Result<Vec<Vec<Value<'static>>>, Failure> {
    ask::folder(root, question)
}

#[cfg(not(feature = "tables"))]
pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Arguments { input: _, view: _, list: _, explain: _, form } = arguments;
    let _ = form.format();
    Err(super::export::without_tables("Questions in SQL"))
}

/// Writes the columns of all tables as JSON.
pub(super) fn write_columns(out: &mut dyn Write) -> io::Result<()> {
    let heads = [
        Head::new("Table", "table", Kind::Text),
        Head::new("Column", "column", Kind::Text),
        Head::new("Type", "type", Kind::Text),
        Head { many: true, ..Head::new("Values", "values", Kind::Text) },
        Head::new("Unit", "unit", Kind::Text),
        Head::new("Meaning", "meaning", Kind::Text),
        Head::new("Null", "null", Kind::Text),
    ];
    let some = |text: &'static str| Value::text(Some(text).filter(|text| !text.is_empty()));
    let mut rows = Vec::new();
    for table in Name::ALL {
        for column in table.columns() {
            let words = column.words().iter().map(|word| Value::Text((*word).into()));
            let words: Vec<_> = words.collect();
            rows.push(vec![
                Value::Text(table.name().into()),
                Value::Text(column.name.clone()),
                Value::Text(column.of_type().name().into()),
                if words.is_empty() { Value::Null } else { Value::List(words) },
                Value::text(column.unit()),
                Value::Text(column.meaning.into()),
                some(column.null),
            ]);
        }
    }
    let style = Style {
        format: table::Format::Json,
        palette: Palette { colour: false },
        width: None,
        heading: true,
        date: true,
        spreadsheet: false,
    };
    table::write(&heads, &rows, style, out)
}
