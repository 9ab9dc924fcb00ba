//! Columns chosen and ordered, and the order of rows.

use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use super::error::{Error, Fault};
use super::field::{Field, Table};
use super::value::Value;

/// Fields to show, in their order.
pub struct Columns<T> {
    /// Places in the table.
    places: Vec<usize>,
    of: PhantomData<fn() -> T>,
}

/// Fields to sort rows by, the first of them first.
pub struct Order<T> {
    /// Places in the table, and whether the greatest comes first.
    keys: Vec<(usize, bool)>,
    of: PhantomData<fn() -> T>,
}

impl<T: Table> Columns<T> {
    /// The fields.
    pub fn fields(&self) -> impl Iterator<Item = &'static Field<T>> {
        self.places.iter().filter_map(|place| T::FIELDS.get(*place))
    }

    /// Reads `state,from,mos`. `+codec,dtmf` adds to what is shown anyway,
    /// `all` is every field.
    ///
    /// # Errors
    ///
    /// A field of that name there is none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let (shown, names) = match text.strip_prefix('+') {
            Some(names) => (Self::default().places, names),
            None => (Vec::new(), text),
        };
        let mut places = shown;
        for (at, name) in words(text, names) {
            if name.eq_ignore_ascii_case("all") {
                places.extend(0..T::FIELDS.len());
            } else {
                places.push(field::<T>(at, name).map_err(|fault| fault.of(text))?);
            }
        }
        let mut seen = vec![false; T::FIELDS.len()];
        places.retain(|place| {
            seen.get_mut(*place).is_some_and(|seen| !std::mem::replace(seen, true))
        });
        Ok(Self { places, of: PhantomData })
    }
}

impl<T: Table> Default for Columns<T> {
    /// The fields that are shown where none are asked for.
    fn default() -> Self {
        let shown = T::FIELDS.iter().enumerate().filter(|(_, field)| field.shown);
        Self { places: shown.map(|(place, _)| place).collect(), of: PhantomData }
    }
}

impl<T: Table> Order<T> {
    /// Reads `mos` or `-duration,from`; a minus puts the greatest first.
    ///
    /// # Errors
    ///
    /// A field of that name there is none.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let key = |(at, word): (usize, &str)| {
            let name = word.trim_start_matches(['-', '+']);
            let place = field::<T>(at + word.len() - name.len(), name)?;
            Ok((place, word.starts_with('-')))
        };
        let keys = words(text, text).map(key).collect::<Result<Vec<_>, Fault>>();
        Ok(Self { keys: keys.map_err(|fault| fault.of(text))?, of: PhantomData })
    }

    /// What a row is sorted by.
    pub fn key<'r>(&self, row: &'r T::Row<'_>) -> Vec<Value<'r>> {
        let fields = self.keys.iter().filter_map(|(place, _)| T::FIELDS.get(*place));
        fields.map(|field| (field.get)(row)).collect()
    }

    /// Orders two rows by their keys; what is not known comes last either way.
    pub fn compare(&self, a: &[Value<'_>], b: &[Value<'_>]) -> Ordering {
        for ((place, descending), (a, b)) in self.keys.iter().zip(a.iter().zip(b)) {
            let Some(field) = T::FIELDS.get(*place) else { continue };
            let order = match (a.is_null(), b.is_null()) {
                (true, true) => Ordering::Equal,
                (true, false) => Ordering::Greater,
                (false, true) => Ordering::Less,
                (false, false) if *descending => field.kind.compare(b, a),
                (false, false) => field.kind.compare(a, b),
            };
            if order.is_ne() {
                return order;
            }
        }
        Ordering::Equal
    }
}

/// The words between commas with their places in `text`, of which `names` is the end.
fn words<'a>(text: &str, names: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
    let mut at = text.len() - names.len();
    names.split(',').map(move |word| {
        let start = at + word.len() - word.trim_start().len();
        at += word.len() + 1;
        (start, word.trim())
    })
}

fn field<T: Table>(at: usize, name: &str) -> Result<usize, Fault> {
    let found = T::field(name).map(|(place, _)| place);
    found.ok_or_else(|| {
        let fault = Fault::new(at..at + name.len(), format!("{} have no `{name}`", T::NAME));
        let names: Vec<_> = T::FIELDS.iter().map(|field| field.name).collect();
        match T::suggestion(name) {
            Some(near) => fault.help(format!("did you mean {near}?")),
            None => fault.help(format!("they have {}", names.join(", "))),
        }
    })
}

impl<T: Table> FromStr for Columns<T> {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl<T: Table> FromStr for Order<T> {
    type Err = Error;
    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl<T> Clone for Columns<T> {
    fn clone(&self) -> Self {
        Self { places: self.places.clone(), of: PhantomData }
    }
}

impl<T> Clone for Order<T> {
    fn clone(&self) -> Self {
        Self { keys: self.keys.clone(), of: PhantomData }
    }
}

impl<T: Table> fmt::Debug for Columns<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields()).finish()
    }
}

impl<T: Table> fmt::Debug for Order<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys =
            self.keys.iter().filter_map(|(place, down)| Some((T::FIELDS.get(*place)?, down)));
        f.debug_list().entries(keys).finish()
    }
}
