//! A file of a table, written under another name until it is whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use super::Format;
use crate::app::output::Failure;
use crate::query::Value;
use crate::query::tables::Name;
use crate::view::table::{self, Head, Style, Writer};
#[cfg(feature = "tables")]
use crate::view::tables::TableFile;
use crate::view::terminal::Palette;

/// A file that is written.
pub(super) struct Part {
    pub(super) table: Name,
    /// What it is to be called.
    path: PathBuf,
    /// What it is called until then.
    unfinished: Unfinished,
    out: Out,
    rows: u64,
}

/// A file that is whole, and still has its other name.
pub(super) struct Whole {
    pub(super) table: Name,
    pub(super) path: PathBuf,
    pub(super) rows: u64,
    pub(super) bytes: u64,
    unfinished: Unfinished,
}

/// A file that goes unless it is renamed.
struct Unfinished(PathBuf);

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Nothing is left to do about a file that cannot be removed.
        let _ = fs::remove_file(&self.0);
    }
}

enum Out {
    Text {
        writer: Writer<'static>,
        out: BufWriter<File>,
    },
    #[cfg(feature = "tables")]
    Table {
        file: Box<TableFile<std::sync::Arc<File>>>,
        out: std::sync::Arc<File>,
    },
}

/// The heads of a table's columns.
fn heads(table: Name) -> &'static [Head] {
    static HEADS: LazyLock<Vec<(Name, Vec<Head>)>> = LazyLock::new(|| {
        let head = |column: crate::query::tables::Column| Head {
            heading: column.name.clone(),
            key: column.name,
            kind: column.kind,
            many: false,
        };
        let of = |table: Name| (table, table.columns().into_iter().map(head).collect());
        Name::ALL.into_iter().map(of).collect()
    });
    let found = HEADS.iter().find(|(name, _)| *name == table);
    found.map_or(&[], |(_, heads)| heads)
}

/// A fault of a file.
pub(super) fn fault(path: &Path, error: &impl std::fmt::Display) -> Failure {
    Failure::Fault(format!("{}: {error}", path.display()))
}

impl Part {
    /// Begins a file.
    pub(super) fn create(table: Name, path: PathBuf, format: Format) -> Result<Self, Failure> {
        let folder = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(folder).map_err(|error| fault(folder, &error))?;
        let unfinished = super::folder::unfinished(&path);
        let file = File::create(&unfinished).map_err(|error| fault(&unfinished, &error))?;
        let unfinished = Unfinished(unfinished);
        let text = |format, file: File| -> Result<Out, Failure> {
            let style = Style {
                format,
                palette: Palette { colour: false },
                width: None,
                heading: true,
                date: true,
                spreadsheet: false,
            };
            let mut writer = Writer::new(heads(table), style);
            let mut out = BufWriter::with_capacity(1 << 16, file);
            writer.begin(&mut out).map_err(|error| fault(&path, &error))?;
            Ok(Out::Text { writer, out })
        };
        let out = match format {
            Format::Csv => text(table::Format::Csv, file)?,
            Format::Ndjson => text(table::Format::JsonLines, file)?,
            #[cfg(feature = "tables")]
            Format::Parquet | Format::Arrow => {
                use crate::view::tables::Format as Kind;
                let kind = if format == Format::Arrow { Kind::Arrow } else { Kind::Parquet };
                let out = std::sync::Arc::new(file);
                let file = TableFile::new(table, kind, std::sync::Arc::clone(&out))
                    .map_err(|error| fault(&path, &error))?;
                Out::Table { file: Box::new(file), out }
            }
            #[cfg(not(feature = "tables"))]
            Format::Parquet | Format::Arrow => {
                return Err(super::without_tables("Parquet and Arrow"));
            }
        };
        Ok(Self { table, path, unfinished, out, rows: 0 })
    }

    /// Takes a row.
    pub(super) fn row(&mut self, values: &[Value<'_>]) -> Result<(), Failure> {
        self.rows += 1;
        match &mut self.out {
            Out::Text { writer, out, .. } => {
                writer.row(values, out).map_err(|error| fault(&self.path, &error))
            }
            #[cfg(feature = "tables")]
            Out::Table { file, .. } => file.row(values).map_err(|error| fault(&self.path, &error)),
        }
    }

    /// Rows that it holds in memory.
    pub(super) fn held(&self) -> usize {
        match &self.out {
            Out::Text { .. } => 0,
            #[cfg(feature = "tables")]
            Out::Table { file, .. } => file.held(),
        }
    }

    /// Writes the rows that it holds.
    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        match &mut self.out {
            Out::Text { out, .. } => out.flush().map_err(|error| fault(&self.path, &error)),
            #[cfg(feature = "tables")]
            Out::Table { file, .. } => file.flush().map_err(|error| fault(&self.path, &error)),
        }
    }

    /// Ends the file; its bytes are on the disk then.
    pub(super) fn finish(self) -> Result<Whole, Failure> {
        let Self { table, path, unfinished, out, rows } = self;
        let of_io = |error: io::Error| fault(&path, &error);
        let file = match out {
            Out::Text { mut writer, mut out } => {
                writer.end(&mut out).map_err(of_io)?;
                out.flush().map_err(of_io)?;
                let file = out.into_inner().map_err(|error| of_io(error.into_error()))?;
                std::sync::Arc::new(file)
            }
            #[cfg(feature = "tables")]
            Out::Table { file, out } => {
                file.finish().map_err(|error| fault(&path, &error))?;
                out
            }
        };
        file.sync_all().map_err(of_io)?;
        let bytes = file.metadata().map_err(of_io)?.len();
        Ok(Whole { table, path, rows, bytes, unfinished })
    }
}

impl Whole {
    /// Gives the file its name; what had it is replaced.
    pub(super) fn publish(&self) -> Result<(), Failure> {
        fs::rename(&self.unfinished.0, &self.path).map_err(|error| fault(&self.path, &error))
    }
}
