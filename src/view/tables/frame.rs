//! Rows to data frames.

use polars_core::chunked_array::builder::CategoricalChunkedBuilder;
use polars_core::prelude::{
    BooleanChunkedBuilder, Categorical8Type, ChunkedBuilder, Column, DataFrame, DataType, Field,
    Float64Type, FrozenCategories, Int64Type, IntoColumn, PrimitiveChunkedBuilder, Schema,
    StringChunkedBuilder, TimeUnit, TimeZone,
};

use super::Error;
use crate::query::Value;
use crate::query::tables::{self, Name, Type, nanos};

/// How texts of which there are few are kept.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Words {
    /// As a dictionary of all that there can be: in files.
    Dictionary,
    /// As any text: in SQL, where they are compared with anything.
    Text,
}

/// Gathers rows of a table.
pub(super) struct Builder {
    columns: Vec<(tables::Column, Build)>,
    words: Words,
    rows: usize,
}

enum Build {
    Text(StringChunkedBuilder),
    Category(CategoricalChunkedBuilder<Categorical8Type>),
    Flag(BooleanChunkedBuilder),
    Integer(PrimitiveChunkedBuilder<Int64Type>),
    Number(PrimitiveChunkedBuilder<Float64Type>),
    Time(PrimitiveChunkedBuilder<Int64Type>),
}

/// The type of a column's values: those that every reader of Parquet has. Spark knows no
/// nanoseconds.
fn data_type(column: &tables::Column, words: Words) -> Result<DataType, Error> {
    Ok(match column.of_type() {
        Type::Category if words == Words::Dictionary => {
            let words = FrozenCategories::new(column.words().iter().copied())?;
            DataType::from_frozen_categories(words)
        }
        Type::Text | Type::Category => DataType::String,
        Type::Flag => DataType::Boolean,
        Type::Integer => DataType::Int64,
        Type::Number => DataType::Float64,
        Type::Time => DataType::Datetime(TimeUnit::Microseconds, Some(TimeZone::UTC)),
    })
}

/// The schema of a table.
pub(super) fn schema(table: Name, words: Words) -> Result<Schema, Error> {
    let field =
        |column: &tables::Column| Ok(Field::new((&*column.name).into(), data_type(column, words)?));
    table.columns().iter().map(field).collect()
}

impl Build {
    fn new(column: &tables::Column, words: Words, capacity: usize) -> Result<Self, Error> {
        let name = (&*column.name).into();
        Ok(match data_type(column, words)? {
            DataType::Boolean => Self::Flag(BooleanChunkedBuilder::new(name, capacity)),
            DataType::Int64 => Self::Integer(PrimitiveChunkedBuilder::new(name, capacity)),
            DataType::Float64 => Self::Number(PrimitiveChunkedBuilder::new(name, capacity)),
            DataType::Datetime(..) => Self::Time(PrimitiveChunkedBuilder::new(name, capacity)),
            of_words @ DataType::Enum(..) => {
                Self::Category(CategoricalChunkedBuilder::new(name, of_words))
            }
            _ => Self::Text(StringChunkedBuilder::new(name, capacity)),
        })
    }

    fn push(&mut self, value: &Value<'_>) -> Result<(), Error> {
        #[expect(clippy::cast_possible_truncation, reason = "counts, which a float holds exactly")]
        match (self, value) {
            (Self::Text(build), Value::Text(text) | Value::Time(text)) => {
                build.append_value(text);
            }
            (Self::Text(build), Value::Ip(ip)) => build.append_value(ip.to_string()),
            (Self::Text(build), Value::Endpoint(endpoint)) => {
                build.append_value(endpoint.to_string());
            }
            (Self::Text(build), _) => build.append_null(),
            (Self::Category(build), Value::Text(text)) => build.append_str(text)?,
            (Self::Category(build), _) => build.append_null(),
            (Self::Flag(build), Value::Flag(flag)) => build.append_value(*flag),
            (Self::Flag(build), _) => build.append_null(),
            (Self::Integer(build), Value::Number(number)) => build.append_value(*number as i64),
            (Self::Number(build), Value::Number(number)) => build.append_value(*number),
            (Self::Number(build), _) => build.append_null(),
            (Self::Time(build), Value::Time(time)) => {
                build.append_option(nanos(time).map(|nanos| nanos.div_euclid(1_000)));
            }
            (Self::Integer(build) | Self::Time(build), _) => build.append_null(),
        }
        Ok(())
    }

    fn finish(self) -> Column {
        match self {
            Self::Text(build) => build.finish().into_column(),
            Self::Category(build) => build.finish().into_column(),
            Self::Flag(build) => build.finish().into_column(),
            Self::Integer(build) => build.finish().into_column(),
            Self::Number(build) => build.finish().into_column(),
            Self::Time(build) => build
                .finish()
                .into_datetime(TimeUnit::Microseconds, Some(TimeZone::UTC))
                .into_column(),
        }
    }
}

impl Builder {
    /// An empty one, with room for some rows.
    pub(super) fn new(table: Name, words: Words, capacity: usize) -> Result<Self, Error> {
        let build = |column: tables::Column| {
            let build = Build::new(&column, words, capacity)?;
            Ok((column, build))
        };
        let columns = table.columns().into_iter().map(build).collect::<Result<_, Error>>()?;
        Ok(Self { columns, words, rows: 0 })
    }

    /// Rows that it holds.
    pub(super) const fn rows(&self) -> usize {
        self.rows
    }

    /// Takes a row.
    pub(super) fn push(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        for ((_, build), value) in self.columns.iter_mut().zip(row) {
            build.push(value)?;
        }
        self.rows += 1;
        Ok(())
    }

    /// Its rows, which it holds no more.
    pub(super) fn take(&mut self, capacity: usize) -> Result<DataFrame, Error> {
        let mut finished = Vec::with_capacity(self.columns.len());
        for (column, build) in &mut self.columns {
            let empty = Build::new(column, self.words, capacity)?;
            finished.push(std::mem::replace(build, empty).finish());
        }
        let rows = std::mem::take(&mut self.rows);
        Ok(DataFrame::new(rows, finished)?)
    }
}
