//! Facts of a row that its columns have no room for, in words: for the text, the
//! terminal and the page alike. Texts of packets are as they were sent; each
//! view escapes them.

mod course;
mod events;
mod identity;
mod registration;
mod stream;

use super::terminal::Tone;
use crate::report::call::{CallRow, PartyRow};
use crate::report::other::DialogRow;
pub use registration::of_registration;
pub use stream::of_stream;

/// A fact.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Fact {
    /// What it is about, in a word or two; the same for facts of one kind.
    pub label: &'static str,
    /// What it says.
    pub text: String,
    /// How it is to be taken.
    pub tone: Tone,
}

fn fact(label: &'static str, text: impl Into<String>) -> Fact {
    Fact { label, text: text.into(), tone: Tone::Plain }
}

/// What happened within a call, who took part, and what its bodies said.
pub fn of_call(call: &CallRow<'_>) -> Vec<Fact> {
    let mut facts: Vec<_> =
        course::of_call(call).into_iter().map(|text| fact("course", text)).collect();
    identity::add(&call.identity, &mut facts);
    if let Some(rows) = &call.events {
        events::add(rows, &mut facts);
    }
    facts
}

/// Who took part in another exchange, and what its bodies said.
pub fn of_dialog(dialog: &DialogRow<'_>) -> Vec<Fact> {
    let mut facts = Vec::new();
    identity::add(&dialog.identity, &mut facts);
    if let Some(rows) = &dialog.events {
        events::add(rows, &mut facts);
    }
    facts
}

/// A party by its user part or URI.
fn who(party: &PartyRow) -> &str {
    party.user.as_deref().or(party.uri.as_deref()).unwrap_or("-")
}

/// `call-12` to `12`
fn number(name: &str) -> &str {
    name.rsplit('-').next().unwrap_or(name)
}

/// `session_id` to `session id`
fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// `1 time`, `3 times`
fn times(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}
