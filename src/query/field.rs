//! The table of a kind of row: every field once, with all that is to be known of it.

use std::borrow::Cow;

use super::error::nearest;
use super::value::{Kind, Unit, Value};

/// A kind of row whose fields have names.
pub trait Table: Sized + 'static {
    /// A row, with what it is looked up in.
    type Row<'a>;
    /// What the rows are, in the plural: `calls`.
    const NAME: &'static str;
    /// The fields, those shown first.
    const FIELDS: &'static [Field<Self>];

    /// The field of that name, and its place.
    fn field(name: &str) -> Option<(usize, &'static Field<Self>)> {
        Self::FIELDS.iter().enumerate().find(|(_, field)| field.is_named(name))
    }

    /// The field whose name is nearest to one that none has.
    fn suggestion(name: &str) -> Option<&'static str> {
        nearest(&plain(name), Self::FIELDS.iter().flat_map(Field::names))
    }
}

/// A field of a row.
pub struct Field<T: Table> {
    /// Its name in expressions, and what `--columns` calls it.
    pub name: &'static str,
    /// Other names that mean it.
    pub aliases: &'static [&'static str],
    /// What it is.
    pub kind: Kind,
    /// Whether a row may have several values of it.
    pub many: bool,
    /// The heading of its column.
    pub heading: &'static str,
    /// What it means, in a line.
    pub meaning: &'static str,
    /// What it means that it is not known; empty where it always is, or where the
    /// meaning says all.
    pub null: &'static str,
    /// Whether its column is shown where no columns are asked for.
    pub shown: bool,
    /// The value that a row has.
    pub get: for<'r, 'a> fn(&'r T::Row<'a>) -> Value<'r>,
}

impl<T: Table> Field<T> {
    /// A field that is not shown unless it is asked for.
    pub const fn new(
        name: &'static str,
        kind: Kind,
        heading: &'static str,
        meaning: &'static str,
        get: for<'r, 'a> fn(&'r T::Row<'a>) -> Value<'r>,
    ) -> Self {
        let (aliases, null): (&'static [_], _) = (&[], "");
        Self { name, aliases, kind, many: false, heading, meaning, null, shown: false, get }
    }

    /// A column of a table that is exported: its name is its heading.
    pub const fn column(
        name: &'static str,
        kind: Kind,
        meaning: &'static str,
        get: for<'r, 'a> fn(&'r T::Row<'a>) -> Value<'r>,
    ) -> Self {
        Self::new(name, kind, name, meaning, get)
    }

    /// With other names.
    #[must_use]
    pub const fn also(mut self, aliases: &'static [&'static str]) -> Self {
        self.aliases = aliases;
        self
    }

    /// Of which a row may have several values.
    #[must_use]
    pub const fn many(mut self) -> Self {
        self.many = true;
        self
    }

    /// With what it means that it is not known.
    #[must_use]
    pub const fn null(mut self, null: &'static str) -> Self {
        self.null = null;
        self
    }

    /// Shown where no columns are asked for.
    #[must_use]
    pub const fn shown(mut self) -> Self {
        self.shown = true;
        self
    }

    /// Its name in CSV and JSON, ended by its unit: `pdd_ms`.
    pub fn key(&self) -> Cow<'static, str> {
        match self.kind {
            Kind::Number(unit) if !unit.suffix().is_empty() => {
                format!("{}{}", self.name, unit.suffix()).into()
            }
            _ => self.name.into(),
        }
    }

    /// Its names, without the key.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// Whether it is meant by a name: capitals do not count, and `-` and `.`
    /// may stand for `_`.
    fn is_named(&self, name: &str) -> bool {
        let name = plain(name);
        self.names().any(|known| known == name) || self.key() == name
    }

    /// Whether greater values are the more interesting, so that it stands right.
    pub const fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Number(_)) && !self.many
    }

    /// Its unit, if it is a number.
    pub const fn unit(&self) -> Option<Unit> {
        match self.kind {
            Kind::Number(unit) => Some(unit),
            _ => None,
        }
    }
}

impl<T: Table> std::fmt::Debug for Field<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", T::NAME, self.name)
    }
}

/// A name as tables have it.
pub(super) fn plain(name: &str) -> String {
    name.to_ascii_lowercase().replace(['-', '.'], "_")
}
