//! `siplens cdr`: call detail records for billing.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::drive::{self, Reading};
use super::input::Input;
use super::output::{Failure, SUCCESS, ended, to_stdout};
use super::{parallel, save, select};
use crate::query::calls::Calls;
use crate::query::cdr::{Increment, LAYOUTS, Layout, Record, forms, made_fields};
use crate::query::{Filter, Kind, Value};
use crate::report::{CallFacts, Context};
use crate::track::ConversationId;
use crate::view::table::{Format, Head, Style, Writer};
use crate::view::terminal::Palette;

/// Arguments of `cdr`.
#[derive(Clone, Debug, Args)]
#[command(
    mut_arg("files", |files| files.required_unless_present_any(["fields", "show_layout"]).required(false)),
    after_help = "\
A record is a line of CSV (RFC 4180); the legs of a call are one record, unless --no-join leaves them apart. What is not \
known is empty. A call that was not answered is billed 0 seconds; one whose end the capture does not have has no billed \
seconds, and complete is false.\n\n\
A layout is a file with a line for each column: heading = field | form. Fields are those of `siplens where calls` and of \
--fields, which also lists the forms; \"text\" in quotes stands for itself. --show-layout prints one to begin with. Moments \
are UTC."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) input: Input,

    /// Only calls for which this is true: 'state == completed' (see `siplens where`)
    #[arg(long = "where", short = 'w', value_name = "EXPRESSION", help_heading = "Rows")]
    only: Option<Filter<Calls>>,

    /// The columns: siplens, asterisk (its Master.csv), freeswitch (its template
    /// "example"), or a file
    #[arg(long, value_name = "NAME|FILE", default_value = "siplens", help_heading = "Output")]
    layout: String,

    /// Seconds by which talk is billed: the first, and every next that is begun
    #[arg(long, value_name = "FIRST/NEXT", default_value = "1/1", help_heading = "Output")]
    increment: Increment,

    /// Write to this file [default: standard output]
    #[arg(long, short, value_name = "FILE", help_heading = "Output")]
    output: Option<PathBuf>,

    /// Print no heading
    #[arg(long, help_heading = "Output")]
    no_header: bool,

    /// Put an apostrophe before texts that a spreadsheet would take for a formula;
    /// texts of packets are anyone's
    #[arg(long, help_heading = "Output")]
    spreadsheet: bool,

    /// List the fields that only records have, and the forms
    #[arg(long, exclusive = true)]
    fields: bool,

    /// Print a layout: siplens, asterisk or freeswitch
    #[arg(long, value_name = "NAME", exclusive = true)]
    show_layout: Option<String>,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.fields {
        to_stdout(write_fields)?;
        return Ok(SUCCESS);
    }
    if let Some(name) = &arguments.show_layout {
        let Some(text) = known(name) else {
            return Err(Failure::Usage(format!("{name}: no such layout; there are {}", names())));
        };
        to_stdout(|out| out.write_all(text.as_bytes()))?;
        return Ok(SUCCESS);
    }
    let layout = layout(&arguments.layout)?;
    let Reading { snapshot, options, end } = drive::read(&arguments.input)?;
    let context = parallel::context(&snapshot, &options, arguments.input.threads());
    let calls = select::calls_where(&context, context.calls().to_vec(), arguments.only.as_ref());
    save::write(arguments.output.as_deref(), &arguments.input.files, |out| {
        records(arguments, &layout, &context, &calls, out)
    })?;
    Ok(ended(&end, SUCCESS))
}

fn records(
    arguments: &Arguments,
    layout: &Layout,
    context: &Context<'_>,
    calls: &[ConversationId],
    out: &mut dyn Write,
) -> io::Result<()> {
    let head = |column: &crate::query::cdr::Column| Head {
        heading: column.heading.clone().into(),
        key: column.heading.clone().into(),
        kind: column.kind(),
        many: false,
    };
    let heads: Vec<_> = layout.columns.iter().map(head).collect();
    let style = Style {
        format: Format::Csv,
        palette: Palette { colour: false },
        width: None,
        heading: layout.heading && !arguments.no_header,
        date: true,
        spreadsheet: arguments.spreadsheet,
    };
    let mut writer = Writer::new(&heads, style);
    writer.begin(out)?;
    for id in calls {
        let Some(call) = &CallFacts::of(context, *id) else { continue };
        let record = Record { call, increment: arguments.increment };
        let row: Vec<_> = layout.columns.iter().map(|column| column.of(&record)).collect();
        writer.row(&row, out)?;
    }
    writer.end(out)
}

fn known(name: &str) -> Option<&'static str> {
    LAYOUTS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

fn names() -> String {
    LAYOUTS.map(|(name, _)| name).join(", ")
}

/// The layout that a name or a file stands for.
fn layout(name: &str) -> Result<Layout, Failure> {
    let text = match known(name) {
        Some(text) => text.to_owned(),
        None => fs::read_to_string(Path::new(name)).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                let why =
                    format!("{name}: no such file, and no such layout; there are {}", names());
                Failure::Usage(why)
            }
            _ => Failure::Fault(format!("{name}: {error}")),
        })?,
    };
    Layout::parse(&text).map_err(|fault| Failure::Usage(format!("{name}: {fault}")))
}

fn write_fields(out: &mut dyn Write) -> io::Result<()> {
    let heads = [
        Head::new("Name", "name", Kind::Text),
        Head::new("Is", "is", Kind::Text),
        Head::new("Meaning", "meaning", Kind::Text),
    ];
    let style = Style {
        format: Format::Text,
        palette: Palette { colour: false },
        width: None,
        heading: true,
        date: true,
        spreadsheet: false,
    };
    let fields = made_fields().iter().map(|made| {
        [
            Value::text(Some(made.name)),
            Value::text(Some(made.kind.name())),
            Value::text(Some(made.meaning)),
        ]
    });
    let forms = forms().map(|(name, does)| {
        [Value::text(Some(format!("| {name}"))), Value::text(Some("form")), Value::text(Some(does))]
    });
    let rows: Vec<_> = fields.chain(forms).collect();
    let mut writer = Writer::new(&heads, style);
    for row in &rows {
        writer.measure(row);
    }
    writer.begin(out)?;
    for row in &rows {
        writer.row(row, out)?;
    }
    writer.end(out)
}
