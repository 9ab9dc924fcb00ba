//! Which values of a table are good, and which are not.

use super::Head;
use crate::query::{Kind, Unit, Value};
use crate::view::terminal::Tone;

/// The tone of a value.
pub(super) fn tone(head: &Head, value: &Value<'_>) -> Tone {
    match (head.kind, value) {
        (_, Value::Null) => Tone::Dim,
        // Users are dissatisfied below 3.6 and nearly all below 3.1 (G.107 Annex B).
        (Kind::Number(Unit::Mos), Value::Number(mos)) if *mos < 3.1 => Tone::Bad,
        (Kind::Number(Unit::Mos), Value::Number(mos)) if *mos < 3.6 => Tone::Warning,
        (Kind::Number(Unit::Mos), Value::Number(_)) => Tone::Good,
        (Kind::Choice { .. }, Value::Text(word)) => of_word(word),
        _ => Tone::Plain,
    }
}

/// The tone of a state or a severity.
fn of_word(word: &str) -> Tone {
    match word {
        "completed" | "answered" | "registered" => Tone::Good,
        "failed" | "rejected" | "timed_out" | "fault" => Tone::Bad,
        "cancelled" | "redirected" | "challenged" | "warning" => Tone::Warning,
        _ => Tone::Plain,
    }
}
