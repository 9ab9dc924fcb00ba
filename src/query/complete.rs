//! What may come next in an expression that is being written.

use super::ast::is_of_word;
use super::field::Table;
use super::value::Kind;

/// What an expression may go on with.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Completion {
    /// Where the word begins that it stands for, in bytes.
    pub from: usize,
    /// The words, each of which may stand there.
    pub words: Vec<&'static str>,
}

/// What the word that ends `text` may become: the name of a field, a value of
/// the field before it, or a joining word.
pub fn complete<T: Table>(text: &str) -> Completion {
    let from = text.rfind(|c| !is_of_word(c)).map_or(0, |at| {
        at + text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8)
    });
    let begun = text.get(from..).unwrap_or_default().to_ascii_lowercase().replace(['-', '.'], "_");
    let (choice, null) = (["yes", "no"], ["null"]);
    let candidates: Vec<&'static str> = match due::<T>(text.get(..from).unwrap_or_default()) {
        Due::Value { kind: Some(Kind::Choice { words, .. }), .. } => words.to_vec(),
        Due::Value { kind: Some(Kind::Flag), .. } => choice.to_vec(),
        Due::Value { in_list: false, .. } => null.to_vec(),
        Due::Operand => {
            let fields = T::FIELDS.iter().map(|field| field.name);
            fields.chain(["not", "exists"]).collect()
        }
        Due::Comparison(kind) => {
            let and_or = if kind == Some(Kind::Flag) { &["and", "or"][..] } else { &[] };
            let signs = ["==", "!=", "<", "<=", ">", ">=", "~", "!~", "contains", "in", "not"];
            signs.iter().chain(and_or).copied().collect()
        }
        Due::End => vec!["and", "or"],
        Due::Value { .. } | Due::ListEnd(_) | Due::Text => Vec::new(),
    };
    let words = candidates.into_iter().filter(|word| word.starts_with(&begun)).collect();
    Completion { from, words }
}

/// What is due after a beginning of an expression.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Due {
    /// A field, or what stands before one.
    Operand,
    /// A comparison with a field of that kind, if there is such a field.
    Comparison(Option<Kind>),
    /// A value of that kind.
    Value { kind: Option<Kind>, in_list: bool },
    /// A comma or the end of a list.
    ListEnd(Option<Kind>),
    /// What joins expressions.
    End,
    /// Anything: the inside of a text in quotes.
    Text,
}

fn due<T: Table>(text: &str) -> Due {
    let mut due = Due::Operand;
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let length = if first == '"' || first == '\'' {
            let Some(length) = quoted(rest, first) else { return Due::Text };
            length
        } else {
            let word = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
            let sign = rest.find(|c| !"=!<>~&|".contains(c)).unwrap_or(rest.len());
            word.max(sign).max(first.len_utf8())
        };
        let (token, after) = rest.split_at_checked(length).unwrap_or((rest, ""));
        due = due.after::<T>(&token.to_ascii_lowercase());
        rest = after.trim_start();
    }
    due
}

/// The bytes of a text in quotes, if it ends.
fn quoted(rest: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        if c == quote && !escaped {
            return Some(index + 1);
        }
        escaped = c == '\\' && !escaped;
    }
    None
}

impl Due {
    fn after<T: Table>(self, token: &str) -> Self {
        match (self, token) {
            (Self::Operand, "(" | "not" | "!" | "exists")
            | (Self::Comparison(_) | Self::End, "and" | "or" | "&&" | "||") => Self::Operand,
            (Self::Operand, name) => Self::Comparison(T::field(name).map(|(_, field)| field.kind)),
            (Self::Comparison(_), ")") => Self::End,
            (Self::Comparison(kind), "not") => Self::Comparison(kind),
            (Self::Comparison(kind), _) => Self::Value { kind, in_list: false },
            (Self::Value { kind, .. }, "(") | (Self::ListEnd(kind), ",") => {
                Self::Value { kind, in_list: true }
            }
            (Self::Value { kind, in_list: true }, _) => Self::ListEnd(kind),
            (Self::Value { .. } | Self::ListEnd(_) | Self::End, _) => Self::End,
            (Self::Text, _) => Self::Text,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::calls::Calls;

    fn words(text: &str) -> Vec<&'static str> {
        complete::<Calls>(text).words
    }

    #[test]
    fn what_is_due_is_offered() {
        assert_eq!(words("sta"), ["state", "start", "status"]);
        assert_eq!(words("state == re"), ["rejected", "redirected"]);
        assert_eq!(words("state == rejected an"), ["and"]);
        assert_eq!(words("state in (failed, can"), ["cancelled"]);
        assert_eq!(words("state in (failed) or transport == w"), ["ws", "wss"]);
        assert_eq!(words("not (encry"), ["encrypted"]);
        assert_eq!(words("encrypted a"), ["and"]);
        assert_eq!(words("mos == nu"), ["null"]);
        assert_eq!(words("from ~ \"sta"), [""; 0]);
        assert!(words("").contains(&"mos") && words("").contains(&"exists"));
        assert!(words("mos ").contains(&"<"));
        assert_eq!(complete::<Calls>("mos < 3.5 and sta").from, 14);
    }
}
