//! Whether two reports tell the same up to the names.

use serde_json::Value;

/// Which reports are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// With pseudonyms, and of the anonymised capture: the same to the letter.
    Anonymised,
    /// As it is, and with pseudonyms: the same but for texts.
    Redacted,
}

/// What differs for a reason that is documented: the lengths of messages, whose
/// pseudonyms may be longer; what was wrong with bytes that are made anew; the
/// form of the capture.
fn may_differ(place: &str, of: Of) -> bool {
    let lengths = place.ends_with(".size_bytes") || place.ends_with(".sources.bytes");
    let input =
        [".sources.name", ".sources.format", ".sources.compression", ".sources.interface_drops"];
    lengths
        || place == ".capture.problems"
        || of == Of::Anonymised && input.iter().any(|field| place.ends_with(field))
}

/// The places at which two reports differ.
pub(super) fn differences(a: &Value, b: &Value, of: Of) -> Vec<String> {
    let mut found = Vec::new();
    compare(a, b, "", of, &mut found);
    found.truncate(8);
    found
}

fn compare(a: &Value, b: &Value, place: &str, of: Of, found: &mut Vec<String>) {
    if may_differ(place, of) {
        return;
    }
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let none = Value::Null;
                let (a, b) = (a.get(key).unwrap_or(&none), b.get(key).unwrap_or(&none));
                compare(a, b, &format!("{place}.{key}"), of, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            // Groups of equal size are in the order of their names.
            let grouped = place.ends_with(".groups") && of == Of::Redacted;
            let (mut a, mut b): (Vec<_>, Vec<_>) = (a.iter().collect(), b.iter().collect());
            if grouped {
                a.sort_by_key(|group| group["figures"].to_string());
                b.sort_by_key(|group| group["figures"].to_string());
            }
            for (a, b) in a.into_iter().zip(b) {
                compare(a, b, place, of, found);
            }
        }
        (Value::String(_), Value::String(_)) if of == Of::Redacted => {}
        (a, b) if a == b => {}
        (a, b) => found.push(format!("{place}: {a} and {b}")),
    }
}
