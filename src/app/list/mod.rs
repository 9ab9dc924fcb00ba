//! Commands that list the rows of one kind: `calls`, `streams`, `registrations`,
//! `dialogs`, `findings`, `endpoints`.

mod rows;

use std::cmp::Ordering;
use std::io::{self, Write};
use std::process::ExitCode;
use std::str::FromStr;

use clap::{Args, ValueEnum};

pub(super) use self::rows::List;
use super::cli::Color;
use super::drive::{self, Reading};
use super::input::Input;
use super::output::{Failure, SUCCESS, ended, palette, terminal_width, to_stdout};
use super::parallel;
use crate::query::{Columns, Error, Filter, Order, Table, Value};
use crate::report::{Context, Report, build};
use crate::view::table::{self, Head, Style, Writer};
use crate::view::terminal::Palette;

/// Arguments of a command that lists rows.
#[derive(Clone, Debug, Args)]
pub(super) struct Arguments<T: Table> {
    #[command(flatten)]
    pub(super) input: Input,

    #[command(flatten)]
    table: Wanted<T>,

    #[command(flatten)]
    form: Form,
}

/// Which rows, which of their columns, and in which order.
#[derive(Clone, Debug, Args)]
struct Wanted<T: Table> {
    /// Only rows for which this is true: 'state == failed and mos < 3.5' (see
    /// `siplens where`)
    #[arg(long = "where", short = 'w', value_name = "EXPRESSION", help_heading = "Rows")]
    only: Option<Filter<T>>,

    /// Sort by these columns, the first of them first; -NAME puts the greatest first
    #[arg(
        long,
        short,
        value_name = "[-]COLUMN",
        help_heading = "Rows",
        allow_hyphen_values = true
    )]
    sort: Option<Order<T>>,

    /// Print at most this many rows
    #[arg(long, value_name = "ROWS", help_heading = "Rows")]
    limit: Option<usize>,

    /// The columns and their order: a,b,c; +a,b for more than the usual ones; all;
    /// help lists them
    #[arg(long, short, value_name = "COLUMNS", help_heading = "Rows")]
    columns: Option<Chosen<T>>,
}

/// As what rows are printed.
#[derive(Clone, Debug, Args)]
pub(super) struct Form {
    /// As what to print
    #[arg(long, value_name = "FORMAT", default_value = "table", help_heading = "Output")]
    format: Format,

    /// Print no heading
    #[arg(long, help_heading = "Output")]
    no_header: bool,

    /// In CSV, put an apostrophe before texts that a spreadsheet would take for a
    /// formula; texts of packets are anyone's
    #[arg(long, help_heading = "Output")]
    spreadsheet: bool,

    /// Columns of text to fit a table into; 0 for as many as it needs [default: the
    /// terminal's; elsewhere as many as it needs]
    #[arg(long, value_name = "COLUMNS", help_heading = "Output")]
    width: Option<usize>,

    /// When to colour: on a terminal that wants it, always, or never
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    color: Color,
}

/// As what to print.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Format {
    /// Columns of text
    Table,
    /// Comma-separated values (RFC 4180)
    Csv,
    /// One JSON array of objects
    Json,
    /// A table of GitHub-flavoured Markdown
    Markdown,
    /// A JSON object a line
    Ndjson,
}

/// The columns, or the wish to know which there are.
#[derive(Debug)]
enum Chosen<T: Table> {
    Help,
    These(Columns<T>),
}

impl<T: Table> Clone for Chosen<T> {
    fn clone(&self) -> Self {
        match self {
            Self::Help => Self::Help,
            Self::These(columns) => Self::These(columns.clone()),
        }
    }
}

impl<T: Table> FromStr for Chosen<T> {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.eq_ignore_ascii_case("help") {
            Ok(Self::Help)
        } else {
            text.parse().map(Self::These)
        }
    }
}

impl Form {
    /// The style of tables; `date` says whether moments need their date.
    pub(super) fn style(&self, date: bool) -> Style {
        let format = match self.format {
            Format::Table => table::Format::Text,
            Format::Csv => table::Format::Csv,
            Format::Json => table::Format::Json,
            Format::Markdown => table::Format::Markdown,
            Format::Ndjson => table::Format::JsonLines,
        };
        let text = format == table::Format::Text;
        Style {
            format,
            palette: if text { palette(self.color) } else { Palette { colour: false } },
            width: self.width.or_else(terminal_width).filter(|width| *width > 0),
            heading: !self.no_header,
            date,
            spreadsheet: self.spreadsheet,
        }
    }

    /// As what to print.
    pub(super) const fn format(&self) -> Format {
        self.format
    }
}

/// Lists rows.
pub(super) fn run<T: List>(arguments: &Arguments<T>) -> Result<ExitCode, Failure> {
    let columns = match &arguments.table.columns {
        Some(Chosen::Help) => {
            to_stdout(|out| super::fields::write::<T>(&arguments.form, out))?;
            return Ok(SUCCESS);
        }
        Some(Chosen::These(columns)) => columns.clone(),
        None => Columns::default(),
    };
    let Reading { snapshot, options, end } = drive::read(&arguments.input)?;
    let context = parallel::context(&snapshot, &options, arguments.input.threads());
    let report = build(&context);
    let lister = Lister::<T> {
        places: Vec::new(),
        columns: columns.fields().map(|field| field.get).collect(),
        of: (&context, &report),
    };
    let lister = lister.choose(&arguments.table);
    let heads: Vec<_> = columns.fields().map(Head::of).collect();
    let style = arguments.form.style(spans_days(&report));
    to_stdout(|out| lister.write(&heads, style, out))?;
    Ok(ended(&end, SUCCESS))
}

/// Whether the capture goes past midnight.
pub(super) fn spans_days(report: &Report<'_>) -> bool {
    let day =
        |time: &Option<String>| time.as_ref().and_then(|time| time.get(..10)).map(str::to_owned);
    day(&report.capture.first_time) != day(&report.capture.last_time)
}

type Getter<T> = for<'r, 'a> fn(&'r <T as Table>::Row<'a>) -> Value<'r>;

/// The rows of a report that are listed.
struct Lister<'c, 'r, T: List> {
    /// The places of those that are wanted, in the order in which they are.
    places: Vec<u32>,
    columns: Vec<Getter<T>>,
    of: (&'c Context<'c>, &'c Report<'r>),
}

impl<T: List> Lister<'_, '_, T> {
    /// Chooses rows and orders them.
    fn choose(mut self, wanted: &Wanted<T>) -> Self {
        let (context, report) = self.of;
        let most = wanted.limit.unwrap_or(usize::MAX);
        let count = u32::try_from(T::len(report)).unwrap_or(u32::MAX);
        let mut keys: Vec<(Vec<Value<'static>>, u32)> = Vec::new();
        for place in 0..count {
            if wanted.sort.is_none() && self.places.len() >= most {
                break;
            }
            T::with(context, report, place as usize, |row| {
                if !wanted.only.as_ref().is_none_or(|filter| filter.matches(row)) {
                    return;
                }
                match &wanted.sort {
                    Some(order) => {
                        let key = order.key(row).into_iter().map(Value::into_owned).collect();
                        keys.push((key, place));
                    }
                    None => self.places.push(place),
                }
            });
        }
        if let Some(order) = &wanted.sort {
            let by_key = |(a, _): &(Vec<_>, u32), (b, _): &(Vec<_>, u32)| -> Ordering {
                order.compare(a, b)
            };
            keys.sort_by(by_key);
            self.places = keys.into_iter().take(most).map(|(_, place)| place).collect();
        }
        self
    }

    fn each(&self, mut f: impl FnMut(&[Value<'_>]) -> io::Result<()>) -> io::Result<()> {
        let (context, report) = self.of;
        for place in &self.places {
            let mut done = Ok(());
            T::with(context, report, *place as usize, |row| {
                let values: Vec<_> = self.columns.iter().map(|get| get(row)).collect();
                done = f(&values);
            });
            done?;
        }
        Ok(())
    }

    fn write(&self, heads: &[Head], style: Style, out: &mut dyn Write) -> io::Result<()> {
        let mut writer = Writer::new(heads, style);
        if writer.measures() {
            if self.places.is_empty() && style.heading {
                return writeln!(out, "No {}.", T::NAME);
            }
            self.each(|values| {
                writer.measure(values);
                Ok(())
            })?;
        }
        writer.begin(out)?;
        self.each(|values| writer.row(values, out))?;
        writer.end(out)
    }
}
