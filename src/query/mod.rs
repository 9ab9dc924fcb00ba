//! Expressions over the rows of a report, and the fields that they name.
//!
//! A [`Table`] lists the fields of one kind of row: name, kind, meaning and how
//! to get it, side by side. Expressions (`--where`), columns (`--columns`), sort
//! keys (`--sort`), help and completion are all made from that list.
//!
//! ```text
//! text ─ parse ─▶ ast::Expression ─ compile for a table ─▶ Filter ─ matches(row) ─▶ bool
//! ```
//!
//! An expression is compiled once. A value that is not known makes a comparison
//! neither true nor false ([`filter::Truth`]): `mos < 3.5` and `not mos < 3.5`
//! both leave out a call without a MOS; `mos == null` takes it.

pub mod ast;
pub mod calls;
pub mod cdr;
pub mod columns;
mod compile;
pub mod complete;
pub mod dialogs;
pub mod endpoints;
pub mod error;
pub mod field;
pub mod filter;
pub mod findings;
mod literal;
mod moment;
mod network;
mod parse;
pub mod registrations;
pub mod show;
pub mod streams;
pub mod tables;
mod test;
pub mod value;

pub use columns::{Columns, Order};
pub use error::Error;
pub use field::{Field, Table};
pub use filter::Filter;
pub use value::{Kind, Unit, Value};
