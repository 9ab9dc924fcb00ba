//! Call detail records for billing: a row a call, its columns as a layout says.
//!
//! A layout is text, a column a line: `heading = what | form`. What a column
//! holds is a field of calls, one of the fields that only records have, or a
//! text of its own; forms change how it is written.

mod cause;
mod form;
mod made;
mod map;

pub use self::made::{Increment, Record, made_fields};
pub use self::map::{Fault, forms};

use self::form::Form;
use super::calls::Calls;
use super::field::Field;
use super::value::{Kind, Value};

/// A field that only records have.
#[derive(Clone, Copy)]
pub struct Made {
    /// Its name in layouts.
    pub name: &'static str,
    /// What it is.
    pub kind: Kind,
    /// What it means, in a line.
    pub meaning: &'static str,
    /// The value that a record has.
    get: for<'r, 'a> fn(&'r Record<'a>) -> Value<'r>,
}

impl std::fmt::Debug for Made {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// What a column holds.
#[derive(Clone)]
enum Source {
    Call(&'static Field<Calls>),
    Made(&'static Made),
    Text(String),
}

/// A column of records.
#[derive(Clone)]
pub struct Column {
    /// Its heading.
    pub heading: String,
    source: Source,
    forms: Vec<Form>,
}

/// The columns of records, in order.
#[derive(Clone)]
pub struct Layout {
    /// They.
    pub columns: Vec<Column>,
    /// Whether the headings are a line of their own.
    pub heading: bool,
}

/// Layouts that siplens has, by their names, as text.
pub const LAYOUTS: [(&str, &str); 3] = [
    ("siplens", include_str!("layouts/siplens.map")),
    ("asterisk", include_str!("layouts/asterisk.map")),
    ("freeswitch", include_str!("layouts/freeswitch.map")),
];

impl Column {
    /// What kind of value it holds, as far as forms leave it so.
    pub fn kind(&self) -> Kind {
        match &self.source {
            _ if !self.forms.is_empty() => Kind::Text,
            Source::Call(field) => field.kind,
            Source::Made(made) => made.kind,
            Source::Text(_) => Kind::Text,
        }
    }

    /// The value of a record.
    pub fn of<'r>(&'r self, record: &'r Record<'_>) -> Value<'r> {
        let value = match &self.source {
            Source::Call(field) => (field.get)(record.call),
            Source::Made(made) => (made.get)(record),
            Source::Text(text) => Value::Text(text.as_str().into()),
        };
        self.forms.iter().fold(value, |value, form| form.of(value))
    }
}

impl std::fmt::Debug for Layout {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.columns.iter().map(|column| &column.heading)).finish()
    }
}
