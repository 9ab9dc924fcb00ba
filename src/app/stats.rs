//! `siplens stats`: what happens how often.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use self::trends::{By, Grouping, Of};
use super::drive::{self, Reading};
use super::input::Input;
use super::list::{Form, Format};
use super::memory::{self, Parts};
use super::output::{Failure, SUCCESS, ended, to_stdout};
use super::{parallel, select};
use crate::query::calls::Calls;
use crate::query::{Filter, Kind, Unit, Value};
use crate::report::statistics::{Gathered, Statistic};
use crate::report::{Context, build};
use crate::view::table::{self, Head, Style};

mod trends;

/// Arguments of `stats`.
#[derive(Clone, Debug, Args)]
#[command(
    mut_arg("files", |files| files.required(false)),
    after_help = "FILE may also be a folder that `siplens export` wrote as Parquet, with --by and --compare.\n\
        --compare tests MOS, jitter, loss and post-dial delay with Mann-Whitney U, ASR and NER with the z test of two \
        proportions, or Fisher's exact test where few are expected, all two-sided; p of all is that of Holm's procedure \
        over all tests made. Worse and better are those below 0.05."
)]
pub(super) struct Arguments {
    #[command(flatten)]
    input: Input,

    /// Only calls for which this is true: 'callee_ip in 10.0.0.0/8' (see `siplens where`)
    #[arg(long = "where", short = 'w', value_name = "EXPRESSION", help_heading = "Selection")]
    only: Option<Filter<Calls>>,

    /// Tell how a figure of calls is spread, by what they have in common
    #[arg(long, value_name = "WHAT", help_heading = "Trends")]
    by: Option<By>,

    /// The figure
    #[arg(long, value_name = "FIGURE", default_value = "mos", help_heading = "Trends")]
    of: Of,

    /// Digits of a prefix
    #[arg(long, value_name = "COUNT", default_value_t = 4, help_heading = "Trends")]
    digits: usize,

    /// Tell what became worse from OLD to NEW, and whether that is more than chance;
    /// with --by in each group
    #[arg(
        long,
        num_args = 2,
        value_names = ["OLD", "NEW"],
        conflicts_with = "files",
        help_heading = "Trends"
    )]
    compare: Option<Vec<PathBuf>>,

    #[command(flatten)]
    form: Form,
}

/// Columns of the longest bar.
const BAR: f64 = 30.0;

/// What leaves early is counted as it leaves.
struct Counted<'a> {
    gathered: Gathered,
    only: Option<&'a Filter<Calls>>,
}

impl Parts for Counted<'_> {
    fn part(&mut self, context: &Context<'_>) -> Result<bool, Failure> {
        self.gathered.add(context);
        Ok(true)
    }

    fn only(&self) -> Option<&Filter<Calls>> {
        self.only
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let only = arguments.only.as_ref();
    let grouping = Grouping { by: arguments.by.unwrap_or(By::All), digits: arguments.digits };
    let style = arguments.form.style(false);
    if let Some([old, new]) = arguments.compare.as_deref() {
        let observed =
            |path| trends::observe(&arguments.input, std::slice::from_ref(path), only, grouping);
        let ((old, old_end), (new, new_end)) = (observed(old)?, observed(new)?);
        [&old, &new].into_iter().for_each(trends::say_left_out);
        to_stdout(|out| trends::write_differences(&old.compare(&new), style, out))?;
        let code = ended(&old_end, SUCCESS);
        return Ok(if code == SUCCESS { ended(&new_end, SUCCESS) } else { code });
    }
    if arguments.input.files.is_empty() {
        return Err(Failure::Usage("what is counted? Give captures".to_owned()));
    }
    if let Some(by) = arguments.by {
        let figure = arguments.of.into();
        let files = &arguments.input.files;
        let (observed, end) = trends::observe(&arguments.input, files, only, grouping)?;
        trends::say_left_out(&observed);
        let mut rows = observed.spread(figure);
        if by == By::Hour {
            // Of a day one wants to see the course, not which hour had most calls.
            rows.sort_by(|a, b| a.group.cmp(&b.group));
        }
        to_stdout(|out| trends::write_spread(&rows, figure, style, out))?;
        return Ok(ended(&end, SUCCESS));
    }
    let mut counted = Counted { gathered: Gathered::default(), only };
    let Reading { snapshot, options, end } = drive::read_in_parts(&arguments.input, &mut counted)?;
    let options = select::narrowed(&snapshot, options, only);
    let context = parallel::whole_context(&snapshot, &options, arguments.input.threads());
    counted.gathered.add(&context);
    memory::say_torn(&snapshot);
    let rows = counted.gathered.into_rows(&build(&context).summary);
    to_stdout(|out| match arguments.form.format() {
        Format::Table | Format::Markdown => sections(&rows, style, out),
        _ => flat(&rows, style, out),
    })?;
    Ok(ended(&end, SUCCESS))
}

/// One table of everything, for programs.
fn flat(rows: &[Statistic], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let heads = [
        Head::new("Section", "section", Kind::Text),
        Head::new("Item", "item", Kind::Text),
        Head::new("Count", "count", Kind::Number(Unit::Count)),
        Head::new("Percent", "percent", Kind::Number(Unit::Plain)),
        Head::new("Value", "value", Kind::Number(Unit::Plain)),
        Head::new("Unit", "unit", Kind::Text),
    ];
    let row = |row: &Statistic| {
        vec![
            Value::Text(row.section.into()),
            Value::Text(row.item.clone().into()),
            row.count.map_or(Value::Null, Value::count),
            Value::number(row.percent),
            Value::number(row.value),
            Value::text(row.unit),
        ]
    };
    table::write(&heads, &rows.iter().map(row).collect::<Vec<_>>(), style, out)
}

/// A table for each section, for a person.
fn sections(rows: &[Statistic], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let name = |section: &str| {
        let mut letters = section.chars();
        letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
    };
    for (index, section) in rows.chunk_by(|a, b| a.section == b.section).enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let title: String = section.first().map_or(String::new(), |row| name(row.section));
        let is_figures = section.iter().all(|row| row.count.is_none());
        let mut heads = vec![Head::new("", "item", Kind::Text)];
        heads.first_mut().into_iter().for_each(|head| head.heading = title.clone().into());
        if is_figures {
            heads.push(Head::new("", "value", Kind::Text));
        } else {
            heads.push(Head::new("Count", "count", Kind::Number(Unit::Count)));
            heads.push(Head::new("Share", "percent", Kind::Number(Unit::Percent)));
            heads.push(Head::new("", "bar", Kind::Text));
        }
        let cells = section.iter().map(|row| {
            let item = Value::Text(row.item.clone().into());
            if is_figures { vec![item, figure(row)] } else { [vec![item], shares(row)].concat() }
        });
        table::write(&heads, &cells.collect::<Vec<_>>(), style, out)?;
    }
    Ok(())
}

fn figure(row: &Statistic) -> Value<'static> {
    let Some(value) = row.value else { return Value::Null };
    let text = match row.unit {
        Some("percent") => format!("{value:.1} %"),
        Some("ms") => format!("{value:.1} ms"),
        Some("s") => format!("{value:.1} s"),
        _ => format!("{value:.2}"),
    };
    Value::Text(text.into())
}

fn shares(row: &Statistic) -> Vec<Value<'static>> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 30")]
    let bar =
        row.percent.map_or(0, |percent| (percent.clamp(0.0, 100.0) / 100.0 * BAR).ceil() as usize);
    vec![
        row.count.map_or(Value::Null, Value::count),
        Value::number(row.percent),
        Value::Text("\u{2588}".repeat(bar).into()),
    ]
}
