//! `siplens stats --by` and `--compare`: how figures of calls are spread, and what
//! became worse.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::ValueEnum;

use crate::app::drive::{self, End, Reading};
use crate::app::export::folder::read_manifest;
use crate::app::input::Input;
use crate::app::memory::Parts;
use crate::app::output::{Failure, say};
use crate::app::select;
use crate::query::calls::Calls;
use crate::query::tables::{Hosts, Name, Sink, nanos, pour};
use crate::query::{Filter, Kind, Unit, Value};
use crate::report::Context;
use crate::report::trends::{BARS, Difference, Figure, MOST_VALUES, Observed, Spread, Trends};
use crate::view::table::{self, Head, Style};

/// What calls have in common.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum By {
    /// All of them
    All,
    /// The address of who is called
    Peer,
    /// The first digits of the number that is called (--digits)
    Prefix,
    /// The user agent of either side
    #[value(alias = "agent")]
    Ua,
    /// The codec of most packets
    Codec,
    /// The hour of the day in which they began, UTC; the hours in their order
    Hour,
}

/// A figure of calls.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Of {
    /// MOS-LQ of the side that hears worse
    Mos,
    /// Mean jitter, of the stream with most
    Jitter,
    /// Packets lost, of the stream that lost most
    Loss,
    /// Post-dial delay
    Pdd,
    /// Talk time
    Duration,
}

impl From<Of> for Figure {
    fn from(of: Of) -> Self {
        match of {
            Of::Mos => Self::Mos,
            Of::Jitter => Self::Jitter,
            Of::Loss => Self::Loss,
            Of::Pdd => Self::PostDialDelay,
            Of::Duration => Self::Duration,
        }
    }
}

/// The columns of calls that are looked at.
const COLUMNS: [&str; 15] = [
    "start_time",
    "callee_ip",
    "callee_user",
    "caller_user_agent",
    "callee_user_agent",
    "codec",
    "attempts",
    "attempts_answered",
    "attempts_reached",
    "mos",
    "jitter_ms",
    "lost_percent",
    "post_dial_delay_ms",
    "duration_s",
    "call",
];

/// How calls are grouped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grouping {
    pub(super) by: By,
    /// Digits of a prefix.
    pub(super) digits: usize,
}

/// Takes rows of calls.
struct Observer<'a> {
    grouping: Grouping,
    trends: Trends,
    /// The places of [`COLUMNS`] in a row.
    places: Vec<usize>,
    only: Option<&'a Filter<Calls>>,
    /// Calls of the part under way that are not over, by number; whether each has several legs.
    going_on: HashMap<u64, bool>,
    /// Those seen, until they are over.
    waiting: HashMap<u64, (Observed, bool)>,
}

impl Observer<'_> {
    fn observe(&mut self, values: &[Value<'_>]) {
        let value = |column: usize| {
            self.places.get(column).and_then(|place| values.get(*place)).unwrap_or(&Value::Null)
        };
        let number = |column: usize| match value(column) {
            Value::Number(number) => Some(*number),
            _ => None,
        };
        let text = |column: usize| match value(column) {
            Value::Text(text) => Some(text.to_string()),
            Value::Ip(ip) => Some(ip.to_string()),
            _ => None,
        };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a count")]
        let count = |column: usize| number(column).unwrap_or_default() as u64;
        let (start, at) = match value(0) {
            Value::Time(time) => (Some(time.as_ref()), nanos(time)),
            _ => (None, None),
        };
        let groups = match self.grouping.by {
            By::All => vec!["all".to_owned()],
            By::Peer => vec![text(1).unwrap_or_else(not_known)],
            By::Prefix => vec![prefix(text(2).as_deref(), self.grouping.digits)],
            By::Ua => by_agent([text(3), text(4)]),
            By::Codec => vec![text(5).unwrap_or_else(not_known)],
            By::Hour => {
                let hour = start.and_then(|start| start.get(11..13));
                vec![hour.map_or_else(not_known, |hour| format!("{hour}:00"))]
            }
        };
        let observed = Observed {
            groups,
            at,
            attempts: count(6),
            answered: count(7),
            reached: count(8),
            figures: [9, 10, 11, 12, 13].map(number),
        };
        let call = count(14);
        match self.going_on.remove(&call) {
            Some(has_legs) => drop(self.waiting.insert(call, (observed, has_legs))),
            None => self.trends.add(&observed),
        }
    }

    /// Takes a part of a capture: what becomes of a call that is not over is observed when it is.
    fn take(&mut self, context: &Context<'_>, hosts: Hosts) -> Result<(), Failure> {
        self.going_on = context.going_on().collect();
        pour(context, "", hosts, self)?;
        for call in context.settled() {
            let Some((mut observed, has_legs)) = self.waiting.remove(&call.number) else {
                continue;
            };
            (observed.attempts, observed.answered) = (call.attempts.all, call.attempts.answered);
            observed.reached = call.attempts.effective;
            let [.., delay, duration] = &mut observed.figures;
            (*delay, *duration) = (call.post_dial_delay_ms, call.duration_s);
            match (self.grouping.by, call.callee) {
                // Of several legs what was known of the last is more.
                _ if has_legs => {}
                (By::Peer, Some(callee)) => observed.groups = vec![callee.to_string()],
                (By::Ua, _) => observed.groups = by_agent(call.user_agents),
                _ => {}
            }
            self.trends.add(&observed);
        }
        Ok(())
    }
}

/// The groups of a call with those user agents.
fn by_agent(agents: [Option<String>; 2]) -> Vec<String> {
    let mut agents: Vec<_> = agents.into_iter().flatten().collect();
    agents.dedup();
    if agents.is_empty() { vec![not_known()] } else { agents }
}

fn not_known() -> String {
    "not known".to_owned()
}

/// The first digits of a number; what is no number has none.
fn prefix(user: Option<&str>, digits: usize) -> String {
    let number = user.unwrap_or_default();
    let plain = number.trim_start_matches('+');
    if plain.is_empty() || !plain.bytes().all(|byte| byte.is_ascii_digit()) {
        return "no number".to_owned();
    }
    let sign = if plain.len() < number.len() { "+" } else { "" };
    format!("{sign}{}", plain.get(..digits).unwrap_or(plain))
}

impl Sink for Observer<'_> {
    type Error = Failure;

    fn wants(&self, table: Name) -> bool {
        table == Name::Calls
    }

    fn row(&mut self, _: Name, values: &[Value<'_>]) -> Result<(), Failure> {
        self.observe(values);
        Ok(())
    }
}

impl Parts for Observer<'_> {
    fn part(&mut self, context: &Context<'_>) -> Result<bool, Failure> {
        self.take(context, Hosts::ToCome)?;
        Ok(true)
    }

    fn only(&self) -> Option<&Filter<Calls>> {
        self.only
    }
}

/// The calls of captures and exported folders.
pub(super) fn observe(
    input: &Input,
    paths: &[PathBuf],
    only: Option<&Filter<Calls>>,
    grouping: Grouping,
) -> Result<(Trends, End), Failure> {
    let columns = Name::Calls.columns();
    let place = |name: &&str| columns.iter().position(|column| column.name == *name);
    let mut observer = Observer {
        grouping,
        trends: Trends::default(),
        places: COLUMNS.iter().filter_map(place).collect(),
        only,
        going_on: HashMap::new(),
        waiting: HashMap::new(),
    };
    let mut captures = Vec::new();
    for path in paths {
        if path.is_dir() && read_manifest(path)?.is_some() {
            of_folder(path, only.is_some(), grouping, &mut observer.trends)?;
        } else {
            captures.push(path.clone());
        }
    }
    if captures.is_empty() {
        return Ok((observer.trends, End::Whole));
    }
    let mut input = input.clone();
    input.files = captures;
    let Reading { snapshot, options, end } = drive::read_in_parts(&input, &mut observer)?;
    let options = select::narrowed(&snapshot, options, only);
    let context = Context::new(&snapshot, &options);
    observer.take(&context, Hosts::Told)?;
    Ok((observer.trends, end))
}

#[cfg(feature = "tables")]
fn of_folder(
    path: &Path,
    narrowed: bool,
    grouping: Grouping,
    trends: &mut Trends,
) -> Result<(), Failure> {
    if narrowed {
        let what = "--where is of captures; siplens sql chooses among exported calls";
        return Err(Failure::Usage(what.to_owned()));
    }
    let question = format!("SELECT {} FROM calls", COLUMNS.join(", "));
    let rows = crate::app::sql::ask_folder(path, &question)?;
    let places = (0..COLUMNS.len()).collect();
    let trends_so_far = std::mem::take(trends);
    let (going_on, waiting) = (HashMap::new(), HashMap::new());
    let mut observer =
        Observer { grouping, trends: trends_so_far, places, only: None, going_on, waiting };
    for row in &rows {
        observer.observe(row);
    }
    *trends = observer.trends;
    Ok(())
}

#[cfg(not(feature = "tables"))]
fn of_folder(_: &Path, _: bool, _: Grouping, _: &mut Trends) -> Result<(), Failure> {
    Err(crate::app::export::without_tables("Exported folders as input"))
}

/// Says on standard error that values are in no percentile, if so.
pub(super) fn say_left_out(trends: &Trends) {
    let left_out = trends.left_out();
    if left_out > 0 {
        say(&format!("{left_out} values beyond the first {MOST_VALUES} are in no percentile"));
    }
}

/// Bars of eight heights; a blank where there is nothing.
fn bars(values: &[Option<f64>; BARS], least: f64) -> String {
    let greatest = values.iter().flatten().copied().fold(least, f64::max);
    let bar = |value: &Option<f64>| {
        let Some(value) = value else { return ' ' };
        let share = if greatest > least { (value - least) / (greatest - least) } else { 0.0 };
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 7")]
        let height = (share * 7.0).round().clamp(0.0, 7.0) as u32;
        char::from_u32(0x2581 + height).unwrap_or(' ')
    };
    values.iter().map(bar).collect()
}

/// Writes how a figure is spread.
pub(super) fn write_spread(
    rows: &[Spread],
    figure: Figure,
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let unit = Kind::Number(match figure {
        Figure::Mos => Unit::Mos,
        Figure::Jitter | Figure::PostDialDelay => Unit::Millis,
        Figure::Loss => Unit::Percent,
        Figure::Duration => Unit::Seconds,
    });
    let heading = match figure {
        Figure::Mos => "MOS",
        Figure::Jitter => "Jitter",
        Figure::Loss => "Loss",
        Figure::PostDialDelay => "PDD",
        Figure::Duration => "Duration",
    };
    let column = |end: &str| Head {
        heading: format!("{heading} {end}").into(),
        key: format!("{}_{end}", figure.name()).into(),
        kind: unit,
        many: false,
    };
    // For a person they are drawn, for a program they are lists.
    let is_drawn = matches!(style.format, table::Format::Text | table::Format::Markdown);
    let shape = |heading, key, kind| {
        let kind = if is_drawn { Kind::Text } else { kind };
        Head { many: !is_drawn, ..Head::new(heading, key, kind) }
    };
    let heads = [
        Head::new("Group", "group", Kind::Text),
        Head::new("Calls", "calls", Kind::Number(Unit::Count)),
        Head::new("ASR", "asr_percent", Kind::Number(Unit::Percent)),
        Head::new("NER", "ner_percent", Kind::Number(Unit::Percent)),
        Head::new("With it", "count", Kind::Number(Unit::Count)),
        column("p5"),
        column("p50"),
        column("p95"),
        shape("Histogram", "histogram", Kind::Number(Unit::Count)),
        shape("Over time", "over_time", unit),
    ];
    let row = |row: &Spread| {
        let counts = row.histogram.map(|count| (count > 0).then_some(count as f64));
        let medians = row.over_time.iter().flatten().copied();
        let least = medians.fold(f64::INFINITY, f64::min);
        let mut values = vec![
            Value::Text(row.group.clone().into()),
            Value::count(row.calls),
            Value::number(row.asr_percent),
            Value::number(row.ner_percent),
            Value::count(row.count),
        ];
        values.extend(row.percentiles.map(Value::number));
        if is_drawn {
            values.push(Value::Text(bars(&counts, 0.0).into()));
            values.push(Value::Text(bars(&row.over_time, least).into()));
        } else {
            values.push(Value::List(
                row.histogram.iter().map(|count| Value::count(*count)).collect(),
            ));
            values.push(Value::List(row.over_time.iter().map(|one| Value::number(*one)).collect()));
        }
        values
    };
    table::write(&heads, &rows.iter().map(row).collect::<Vec<_>>(), style, out)
}

/// Writes what became of figures.
pub(super) fn write_differences(
    rows: &[Difference],
    style: Style,
    out: &mut dyn Write,
) -> io::Result<()> {
    let plain = Kind::Number(Unit::Plain);
    let heads = [
        Head::new("Change", "change", Kind::Text),
        Head::new("Group", "group", Kind::Text),
        Head::new("Figure", "figure", Kind::Text),
        Head::new("Old", "old", plain),
        Head::new("New", "new", plain),
        Head::new("n old", "old_count", Kind::Number(Unit::Count)),
        Head::new("n new", "new_count", Kind::Number(Unit::Count)),
        Head::new("Test", "test", Kind::Text),
        Head::new("p", "p", Kind::Text),
        Head::new("p of all (Holm)", "p_holm", Kind::Text),
    ];
    let is_text = matches!(style.format, table::Format::Text | table::Format::Markdown);
    let p = |p: Option<f64>| match p {
        Some(p) if is_text && p < 0.0001 => Value::Text(format!("{p:.1e}").into()),
        Some(p) if is_text => Value::Text(format!("{p:.4}").into()),
        p => Value::number(p),
    };
    let row = |row: &Difference| {
        vec![
            Value::Text(row.change.name().into()),
            Value::Text(row.group.clone().into()),
            Value::Text(row.figure.into()),
            Value::Number(row.old),
            Value::Number(row.new),
            Value::count(row.old_count),
            Value::count(row.new_count),
            Value::text(row.verdict.map(|verdict| verdict.test.name())),
            p(row.verdict.map(|verdict| verdict.p)),
            p(row.p_of_all),
        ]
    };
    table::write(&heads, &rows.iter().map(row).collect::<Vec<_>>(), style, out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_are_of_numbers() {
        assert_eq!(prefix(Some("+49301234"), 4), "+4930");
        assert_eq!(prefix(Some("0301234"), 3), "030");
        assert_eq!(prefix(Some("12"), 4), "12");
        assert_eq!(prefix(Some("alice"), 4), "no number");
        assert_eq!(prefix(None, 4), "no number");
    }

    #[test]
    fn bars_stand_for_values() {
        let mut values = [None; BARS];
        (values[0], values[1], values[2]) = (Some(0.0), Some(7.0), Some(3.0));
        assert_eq!(bars(&values, 0.0).trim_end(), "\u{2581}\u{2588}\u{2584}");
    }
}
