//! Rows to Parquet and Arrow files, a row group at a time.

use std::io::Write;

use polars_arrow::io::ipc::IpcField;
use polars_core::prelude::{CompatLevel, DataType, Schema};
use polars_io::ipc::{self, IpcCompression, IpcWriter};
use polars_io::parquet::write::{self as parquet, KeyValueMetadata, ParquetWriter};
use polars_io::prelude::SerWriter;

use super::Error;
use super::frame::{Builder, Words, schema};
use crate::query::Value;
use crate::query::tables::Name;

/// As what a table is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// Apache Parquet, zstd, with statistics of every row group.
    Parquet,
    /// Apache Arrow's file format (IPC), LZ4.
    Arrow,
}

/// Rows of a row group: all that is held of a table while it is written.
pub const GROUP: usize = 1 << 16;

/// The version of the tables' form, in the files' metadata under `siplens`.
pub const SCHEMA: &str = "siplens.tables/1";

/// A table on its way to a file.
pub struct TableFile<W: Write> {
    group: Builder,
    writer: Writer<W>,
    rows: u64,
}

enum Writer<W: Write> {
    Parquet(Box<parquet::BatchedWriter<W>>),
    Arrow(Box<ipc::BatchedWriter<W>>),
}

impl<W: Write> Writer<W> {
    fn new(format: Format, schema: &Schema, out: W) -> Result<Self, Error> {
        Ok(match format {
            Format::Parquet => {
                let about = vec![("siplens".to_owned(), SCHEMA.to_owned())];
                let writer = ParquetWriter::new(out)
                    .with_row_group_size(Some(GROUP))
                    .with_key_value_metadata(Some(KeyValueMetadata::from_static(about)));
                Self::Parquet(Box::new(writer.batched(schema)?))
            }
            Format::Arrow => {
                let writer = IpcWriter::new(out)
                    .with_compression(Some(IpcCompression::LZ4))
                    .with_compat_level(CompatLevel::oldest());
                Self::Arrow(Box::new(writer.batched(schema, dictionaries(schema))?))
            }
        })
    }
}

/// The numbers of the columns' dictionaries.
fn dictionaries(schema: &Schema) -> Vec<IpcField> {
    let mut numbers = 0..;
    let field = |dtype: &DataType| IpcField {
        dictionary_id: matches!(dtype, DataType::Enum(..)).then(|| numbers.next()).flatten(),
        ..IpcField::default()
    };
    schema.iter_values().map(field).collect()
}

impl<W: Write> TableFile<W> {
    /// Begins a file.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn new(table: Name, format: Format, out: W) -> Result<Self, Error> {
        let schema = schema(table, Words::Dictionary)?;
        Ok(Self {
            group: Builder::new(table, Words::Dictionary, 0)?,
            writer: Writer::new(format, &schema, out)?,
            rows: 0,
        })
    }

    /// Takes a row; a full row group is written.
    ///
    /// # Errors
    /// Those of the file.
    pub fn row(&mut self, row: &[Value<'_>]) -> Result<(), Error> {
        self.group.push(row)?;
        self.rows += 1;
        if self.group.rows() >= GROUP { self.flush() } else { Ok(()) }
    }

    /// Rows that are held, and not written yet.
    pub const fn held(&self) -> usize {
        self.group.rows()
    }

    /// Writes the rows that are held as a row group of their own.
    ///
    /// # Errors
    /// Those of the file.
    pub fn flush(&mut self) -> Result<(), Error> {
        if self.group.rows() == 0 {
            return Ok(());
        }
        let frame = self.group.take(0)?;
        match &mut self.writer {
            Writer::Parquet(writer) => writer.write_batch(&frame)?,
            Writer::Arrow(writer) => writer.write_batch(&frame)?,
        }
        Ok(())
    }

    /// Ends the file; how many rows it has.
    ///
    /// # Errors
    /// Those of the file.
    pub fn finish(mut self) -> Result<u64, Error> {
        self.flush()?;
        match self.writer {
            Writer::Parquet(writer) => {
                writer.finish()?;
            }
            Writer::Arrow(mut writer) => writer.finish()?,
        }
        Ok(self.rows)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use polars_io::SerReader;
    use polars_io::ipc::IpcReader;
    use polars_io::prelude::ParquetReader;

    use super::*;

    #[test]
    fn several_groups_are_one_table() {
        for format in [Format::Parquet, Format::Arrow] {
            let mut bytes = Vec::new();
            let mut file = TableFile::new(Name::Findings, format, &mut bytes).unwrap();
            let columns = Name::Findings.columns();
            for severity in ["note", "fault", "warning"] {
                let value = |column: &crate::query::tables::Column| match &*column.name {
                    "severity" => Value::Text(severity.into()),
                    "time" => Value::Time("2026-01-31T08:00:00.123456789Z".into()),
                    "call" => Value::Number(7.0),
                    _ => Value::Null,
                };
                file.row(&columns.iter().map(value).collect::<Vec<_>>()).unwrap();
                file.flush().unwrap();
                assert_eq!(file.held(), 0);
            }
            assert_eq!(file.finish().unwrap(), 3);
            let frame = match format {
                Format::Parquet => ParquetReader::new(Cursor::new(&bytes[..])).finish().unwrap(),
                Format::Arrow => IpcReader::new(Cursor::new(&bytes[..])).finish().unwrap(),
            };
            let column = |name: &str| {
                let column = frame.column(name).unwrap().cast(&DataType::String).unwrap();
                let texts = column.str().unwrap().iter().map(|text| text.unwrap_or("-").to_owned());
                texts.collect::<Vec<_>>()
            };
            assert_eq!(column("severity"), ["note", "fault", "warning"]);
            assert_eq!(column("call"), ["7", "7", "7"]);
            assert_eq!(column("code"), ["-", "-", "-"]);
            let times = frame.column("time").unwrap().cast(&DataType::Int64).unwrap();
            assert_eq!(times.i64().unwrap().get(2), Some(1_769_846_400_123_456));
        }
    }

    #[test]
    fn a_word_that_the_dictionary_does_not_have_is_an_error() {
        let mut file = TableFile::new(Name::Findings, Format::Parquet, Vec::new()).unwrap();
        let columns = Name::Findings.columns();
        let value = |column: &crate::query::tables::Column| match &*column.name {
            "severity" => Value::Text("dreadful".into()),
            _ => Value::Null,
        };
        assert!(file.row(&columns.iter().map(value).collect::<Vec<_>>()).is_err());
    }
}
