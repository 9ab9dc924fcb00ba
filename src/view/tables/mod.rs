//! The tables of a report as Parquet, Arrow and SQL: the only module that names
//! polars.
//!
//! ```text
//! query::tables::pour ─ rows ─┬─▶ TableFile ─▶ Parquet, Arrow, a row group at a time
//!                             └─▶ Rows ─▶ Tables ◀─ exported files, looked into when asked
//!                                           │ ask(SQL)
//!                                           ▼
//!                                        Answer
//! ```

mod ask;
mod file;
mod frame;
mod questions;
mod scan;

use std::fmt;

use polars_core::prelude::PolarsError;

pub use self::ask::{Answer, Rows, Tables, tables_in};
pub use self::file::{Format, GROUP, SCHEMA, TableFile};
pub use self::questions::{QUESTIONS, Question};
pub use self::scan::Open;

/// Why a table could not be written or asked, in words for a person.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}

impl From<PolarsError> for Error {
    fn from(error: PolarsError) -> Self {
        // What follows the first line are parts of plans.
        let text = error.to_string();
        Self(text.lines().next().unwrap_or_default().to_owned())
    }
}
