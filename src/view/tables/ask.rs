//! Questions in SQL over the tables of reports and of exported folders.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use polars_core::prelude::{AnyValue, DataFrame, DataType, TimeUnit};
use polars_lazy::prelude::{IntoLazy, LazyFrame, UnionArgs, concat};
use polars_sql::{SQLContext, extract_table_identifiers};

use super::frame::{Builder, Words};
use super::scan::{self, Groups, Open};
use super::{Error, QUESTIONS};
use crate::base::time::Timestamp;
use crate::query::tables::{Name, Sink, nanos};
use crate::query::{Kind, Unit, Value};
use crate::report::time::Resolution;

/// The answer to a question.
#[derive(Clone, PartialEq, Debug)]
pub struct Answer {
    /// The columns: name, and what the values are as far as name and type tell.
    pub columns: Vec<(String, Kind)>,
    /// The rows.
    pub rows: Vec<Vec<Value<'static>>>,
}

/// The tables that are asked.
#[derive(Default)]
pub struct Tables {
    parts: BTreeMap<Name, Vec<LazyFrame>>,
    groups: Arc<Groups>,
}

/// The tables that a question names, those of shipped questions that it names included.
///
/// # Errors
/// When it is no SQL, or names a table that there is not.
pub fn tables_in(sql: &str) -> Result<Vec<Name>, Error> {
    let mut found = Vec::new();
    let mut asked = vec![sql.to_owned()];
    while let Some(sql) = asked.pop() {
        for name in extract_table_identifiers(&sql, false, true)? {
            if let Some(table) = Name::ALL.into_iter().find(|table| table.name() == name) {
                if !found.contains(&table) {
                    found.push(table);
                }
            } else if let Some(question) = QUESTIONS.iter().find(|one| one.name == name) {
                asked.push(question.sql.to_owned());
            }
        }
    }
    found.sort_unstable();
    Ok(found)
}

/// Gathers the rows of reports for some tables.
pub struct Rows {
    builders: BTreeMap<Name, Builder>,
}

impl Rows {
    /// Nothing yet, of these tables.
    ///
    /// # Errors
    /// None that are known of.
    pub fn new(tables: &[Name]) -> Result<Self, Error> {
        let builder = |table: &Name| Ok((*table, Builder::new(*table, Words::Text, 0)?));
        Ok(Self { builders: tables.iter().map(builder).collect::<Result<_, Error>>()? })
    }
}

impl Sink for Rows {
    type Error = Error;

    fn wants(&self, table: Name) -> bool {
        self.builders.contains_key(&table)
    }

    fn row(&mut self, table: Name, values: &[Value<'_>]) -> Result<(), Error> {
        match self.builders.get_mut(&table) {
            Some(builder) => builder.push(values),
            None => Ok(()),
        }
    }
}

impl Tables {
    /// Adds rows of reports.
    ///
    /// # Errors
    /// None that are known of.
    pub fn add_rows(&mut self, rows: Rows) -> Result<(), Error> {
        for (table, mut builder) in rows.builders {
            self.parts.entry(table).or_default().push(builder.take(0)?.lazy());
        }
        Ok(())
    }

    /// Adds Parquet files of a table; `open` opens those that a question needs.
    ///
    /// # Errors
    /// None that are known of.
    pub fn add_files(&mut self, table: Name, paths: Vec<PathBuf>, open: Open) -> Result<(), Error> {
        let files = scan::table(table, paths, open, Arc::clone(&self.groups))?;
        self.parts.entry(table).or_default().push(files);
        Ok(())
    }

    /// The answer to a question that only has to be fetched.
    fn asked(&self, sql: &str) -> Result<LazyFrame, Error> {
        let mut context = SQLContext::new();
        for (table, parts) in &self.parts {
            let frame = match &parts[..] {
                [one] => one.clone(),
                several => concat(several, UnionArgs::default())?,
            };
            context.register(table.name(), frame);
        }
        let names = context.get_tables();
        for question in QUESTIONS {
            let has_tables = tables_in(question.sql)?
                .iter()
                .all(|table| names.iter().any(|name| name == table.name()));
            if has_tables {
                let answer = context.execute(question.sql)?;
                context.register(question.name, answer);
            }
        }
        Ok(context.execute(&plain_moments(sql))?)
    }

    /// Answers a question.
    ///
    /// # Errors
    /// When it is no SQL that can be understood, or a file cannot be read.
    pub fn ask(&self, sql: &str) -> Result<Answer, Error> {
        answer(&self.asked(sql)?.collect()?)
    }

    /// How a question is answered: the plan, and how many row groups of files are
    /// read for it.
    ///
    /// # Errors
    /// Those of [`ask`](Self::ask).
    pub fn explain(&self, sql: &str) -> Result<String, Error> {
        let asked = self.asked(sql)?;
        let mut text = asked.explain(true)?;
        if !text.ends_with('\n') {
            text.push('\n');
        }
        asked.collect()?;
        let count = |number: &std::sync::atomic::AtomicUsize| number.load(Ordering::Relaxed);
        let (read, all) = (count(&self.groups.read), count(&self.groups.all));
        if all > 0 {
            text = format!("{text}\nrow groups read: {read} of {all}\n");
        }
        Ok(text)
    }
}

/// A question whose moments are as polars reads them: `'2026-01-31T08:00:00Z'`, as
/// reports write them, without the `Z`; all times are UTC.
fn plain_moments(sql: &str) -> String {
    let is_moment = |text: &str| text.ends_with('Z') && nanos(text).is_some();
    let mut pieces = Vec::new();
    for (index, piece) in sql.split('\'').enumerate() {
        // Every second piece is between quotes.
        let inside = index % 2 == 1 && is_moment(piece);
        pieces.push(if inside { piece.trim_end_matches('Z') } else { piece });
    }
    pieces.join("'")
}

fn answer(frame: &DataFrame) -> Result<Answer, Error> {
    let columns = frame.columns();
    let mut rows = vec![Vec::with_capacity(columns.len()); frame.height()];
    for column in columns {
        for (index, row) in rows.iter_mut().enumerate() {
            row.push(value(&column.get(index)?));
        }
    }
    let kind = |column: &polars_core::prelude::Column| {
        (column.name().to_string(), kind(column.name(), column.dtype()))
    };
    Ok(Answer { columns: columns.iter().map(kind).collect(), rows })
}

/// What the values of a column are: of numbers, its name tells the unit.
fn kind(name: &str, dtype: &DataType) -> Kind {
    let unit = || {
        let units = [Unit::Millis, Unit::Seconds, Unit::Percent, Unit::Ppm];
        if name == "mos" || name.starts_with("mos_") {
            return Unit::Mos;
        }
        units.into_iter().find(|unit| name.ends_with(unit.suffix())).unwrap_or(Unit::Plain)
    };
    match dtype {
        DataType::Boolean => Kind::Flag,
        DataType::Datetime(..) => Kind::Time,
        DataType::Float32 | DataType::Float64 | DataType::Duration(_) => Kind::Number(unit()),
        dtype if dtype.is_integer() => Kind::Number(match unit() {
            Unit::Plain | Unit::Mos => Unit::Count,
            unit => unit,
        }),
        _ => Kind::Text,
    }
}

/// Nanoseconds of a time in some unit.
const fn in_nanos(time: i64, unit: TimeUnit) -> i64 {
    match unit {
        TimeUnit::Nanoseconds => time,
        TimeUnit::Microseconds => time.saturating_mul(1_000),
        TimeUnit::Milliseconds => time.saturating_mul(1_000_000),
    }
}

/// A moment with the digits that it has, but for trailing thousands.
fn moment(nanos: i64) -> Value<'static> {
    let digits = match nanos {
        nanos if nanos % 1_000_000_000 == 0 => 0,
        nanos if nanos % 1_000_000 == 0 => 3,
        nanos if nanos % 1_000 == 0 => 6,
        _ => 9,
    };
    Value::Time(Resolution(digits).format(Timestamp::from_nanos(nanos)).into())
}

fn value(value: &AnyValue<'_>) -> Value<'static> {
    match value {
        AnyValue::Null => Value::Null,
        AnyValue::Boolean(flag) => Value::Flag(*flag),
        AnyValue::String(text) => Value::Text((*text).to_owned().into()),
        AnyValue::StringOwned(text) => Value::Text(text.to_string().into()),
        AnyValue::Datetime(time, unit, _) | AnyValue::DatetimeOwned(time, unit, _) => {
            moment(in_nanos(*time, *unit))
        }
        AnyValue::Duration(time, unit) => Value::Number(in_nanos(*time, *unit) as f64 / 1e9),
        AnyValue::Date(days) => {
            let text =
                Resolution(0).format(Timestamp::from_nanos(i64::from(*days) * 86_400_000_000_000));
            Value::Text(text.get(..10).unwrap_or_default().to_owned().into())
        }
        AnyValue::List(series) => {
            let values: Vec<_> = series.iter().map(|one| self::value(&one)).collect();
            Value::List(values)
        }
        other => match other.extract::<f64>() {
            // What no number is, such as the mean of nothing, is not known.
            Some(number) => Value::number(Some(number).filter(|number| number.is_finite())),
            None => Value::Text(other.to_string().into()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_of_reports_are_understood() {
        let sql = "select 'Z', '2026-01-31T08:00:00.5Z' < time, x '2026-01-31' 'noZ'";
        let plain = "select 'Z', '2026-01-31T08:00:00.5' < time, x '2026-01-31' 'noZ'";
        assert_eq!(plain_moments(sql), plain);
    }

    #[test]
    fn shipped_questions_ask_tables_that_there_are() {
        for question in QUESTIONS {
            let tables = tables_in(question.sql).unwrap();
            assert!(!tables.is_empty(), "{}", question.name);
            let mut asked = Tables::default();
            asked.add_rows(Rows::new(&tables).unwrap()).unwrap();
            let answer = asked.ask(&format!("select * from {}", question.name)).unwrap();
            assert!(answer.columns.len() > 1 && answer.rows.is_empty(), "{}", question.name);
        }
    }

    #[test]
    fn tables_of_questions_within_questions_are_found() {
        let found = tables_in("select * from worst_peers join calls on true").unwrap();
        assert_eq!(found, [Name::Calls, Name::Streams]);
        assert!(tables_in("selec").is_err());
    }
}
