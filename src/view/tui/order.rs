//! Which calls are listed, and in which order.

use std::sync::Arc;

use super::Look;
use super::column::{Column, Sort, SortKey, call_id};
use super::effect::Search;
use crate::query::calls::Calls;
use crate::query::{Error, Filter};
use crate::report::CallFacts;

/// Which calls are wanted, and in which order.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Query {
    /// An expression; all calls if it is empty.
    pub filter: String,
    /// What they are sorted by.
    pub sort: Sort,
    /// Counts the wishes, so that an answer can be told from one to an earlier wish.
    pub wish: u64,
}

/// Calls in their order.
#[derive(Clone, PartialEq, Debug)]
pub struct Order {
    /// What was wished.
    pub query: Query,
    /// The calls.
    rows: Rows,
    /// Calls that there are.
    pub of: usize,
}

#[derive(Clone, PartialEq, Debug)]
enum Rows {
    /// This many, in the report's order or against it.
    All { len: usize, reversed: bool },
    /// These.
    Some(Arc<[u32]>),
}

impl Default for Order {
    fn default() -> Self {
        let rows = Rows::All { len: 0, reversed: false };
        Self { query: Query::default(), rows, of: 0 }
    }
}

impl Order {
    /// How many calls are listed.
    pub fn len(&self) -> usize {
        match &self.rows {
            Rows::All { len, .. } => *len,
            Rows::Some(rows) => rows.len(),
        }
    }

    /// Whether none are.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The place in the report of the call listed at `index`.
    pub fn get(&self, index: usize) -> Option<usize> {
        match &self.rows {
            Rows::All { len, reversed: false } => (index < *len).then_some(index),
            Rows::All { len, reversed: true } => len.checked_sub(index + 1),
            Rows::Some(rows) => rows.get(index).map(|row| *row as usize),
        }
    }

    /// Where the call is listed that has the place `call` in the report.
    pub fn position(&self, call: usize) -> Option<usize> {
        match &self.rows {
            Rows::All { len, reversed: false } => (call < *len).then_some(call),
            Rows::All { len, reversed: true } => len.checked_sub(call + 1),
            Rows::Some(rows) => rows.iter().position(|row| *row as usize == call),
        }
    }
}

/// The filter of a text; none for an empty one.
///
/// # Errors
///
/// The text is no expression over calls.
pub fn filter(text: &str) -> Result<Option<Filter<Calls>>, Error> {
    if text.trim().is_empty() { Ok(None) } else { Filter::parse(text).map(Some) }
}

/// Whether an order is no work: all calls as they come.
pub fn is_at_hand(query: &Query) -> bool {
    query.filter.trim().is_empty() && comes_by_itself(query.sort.column)
}

/// Whether calls come in the order of a column: that of their first messages.
const fn comes_by_itself(column: Column) -> bool {
    matches!(column, Column::Number | Column::Start | Column::Date)
}

/// Whether a look at every call is still wished. It is asked now and then, so
/// that a look that nobody waits for any more ends.
pub type Wished<'w> = dyn Fn() -> bool + 'w;

/// Calls that are looked at between two questions whether that is still wished.
const ASK_EVERY: usize = 256;

/// Puts the calls of a report into the order wished; `None` if that is not
/// wished any more. It looks at every call, if it cannot help it: work for a
/// thread of its own.
pub fn order(look: &Look<'_, '_>, query: &Query, wished: &Wished<'_>) -> Option<Order> {
    let of = look.report.calls.len();
    let done = |rows| Order { query: query.clone(), rows, of };
    // A text that is no expression never becomes a wish.
    let filter = filter(&query.filter).ok().flatten();
    let Sort { column, descending } = query.sort;
    let as_they_come = comes_by_itself(column);
    if filter.is_none() && as_they_come {
        return Some(done(Rows::All { len: of, reversed: descending }));
    }
    let mut chosen: Vec<(SortKey, u32)> = Vec::new();
    for (index, place) in (0..of).zip(0_u32..) {
        if index % ASK_EVERY == 0 && !wished() {
            return None;
        }
        let Some(call) = CallFacts::at(look.context, index) else { continue };
        if filter.as_ref().is_none_or(|filter| filter.matches(&call)) {
            let key = if as_they_come { SortKey::Missing } else { column.key(&call) };
            chosen.push((key, place));
        }
    }
    if !as_they_come {
        chosen.sort_by(|(a, at), (b, bt)| a.compare(b, descending).then(at.cmp(bt)));
    } else if descending {
        chosen.reverse();
    }
    Some(done(Rows::Some(chosen.into_iter().map(|(_, place)| place).collect())))
}

/// Finds the next call in whose row, as the columns show it, or in whose
/// Call-ID a text is; without regard to case. `None` also if that is not
/// wished any more.
pub fn search(
    look: &Look<'_, '_>,
    order: &Order,
    columns: &[Column],
    search: &Search,
    wished: &Wished<'_>,
) -> Option<usize> {
    let wanted = search.text.to_lowercase();
    let total = order.len();
    let from = search.from.min(total.saturating_sub(1));
    let places = (1..=total).map(|step| {
        if search.forward { (from + step) % total } else { (from + total - step) % total }
    });
    let shows = |at: usize| {
        let call = order.get(at).and_then(|index| CallFacts::at(look.context, index));
        call.is_some_and(|call| {
            let has = |text: &str| text.to_lowercase().contains(&wanted);
            has(call_id(&call)) || columns.iter().any(|column| has(&column.cell(&call).text))
        })
    };
    for (count, at) in places.enumerate() {
        if count % ASK_EVERY == 0 && !wished() {
            return None;
        }
        if shows(at) {
            return Some(at);
        }
    }
    None
}
