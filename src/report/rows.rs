//! A list whose rows are made one at a time.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Serialize, Serializer};

/// A list of `len` rows; each is made when it is asked for and not kept.
pub struct Rows<'a, T> {
    len: Box<dyn Fn() -> usize + Send + Sync + 'a>,
    row: Box<dyn Fn(usize) -> Option<T> + Send + Sync + 'a>,
}

impl<'a, T> Rows<'a, T> {
    /// A list of `len` rows made by `row`, which has each of them.
    pub fn new(len: usize, row: impl Fn(usize) -> Option<T> + Send + Sync + 'a) -> Self {
        Self { len: Box::new(move || len), row: Box::new(row) }
    }

    /// A list whose length, too, is found when it is asked for.
    pub fn late(
        len: impl Fn() -> usize + Send + Sync + 'a,
        row: impl Fn(usize) -> Option<T> + Send + Sync + 'a,
    ) -> Self {
        Self { len: Box::new(len), row: Box::new(row) }
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        (self.len)()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at `index`.
    pub fn get(&self, index: usize) -> Option<T> {
        (self.row)(index)
    }

    /// The rows in order.
    pub fn iter(&self) -> impl Iterator<Item = T> {
        (0..self.len()).filter_map(|index| (self.row)(index))
    }
}

impl<T> fmt::Debug for Rows<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} rows", self.len())
    }
}

impl<T: Serialize> Serialize for Rows<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<T: JsonSchema> JsonSchema for Rows<'_, T> {
    fn schema_name() -> Cow<'static, str> {
        Vec::<T>::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        Vec::<T>::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        Vec::<T>::json_schema(generator)
    }

    fn inline_schema() -> bool {
        true
    }
}
