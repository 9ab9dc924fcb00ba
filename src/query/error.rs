//! What is wrong with an expression, and where.

use std::fmt;
use std::ops::Range;

use unicode_width::UnicodeWidthStr;

/// Why a text is no expression. Its [`Display`](fmt::Display) shows the text
/// with a caret below the place.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Error {
    /// The expression.
    pub text: String,
    /// Where in it, in bytes; empty at the end.
    pub at: Range<usize>,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub help: Option<String>,
}

/// An [`Error`] while the expression is at hand.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Fault {
    pub(super) at: Range<usize>,
    pub(super) message: String,
    pub(super) help: Option<String>,
}

impl Fault {
    pub(super) fn new(at: Range<usize>, message: impl Into<String>) -> Self {
        Self { at, message: message.into(), help: None }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    pub(super) fn of(self, text: &str) -> Error {
        Error { text: text.to_owned(), at: self.at, message: self.message, help: self.help }
    }
}

impl Error {
    /// The column of the place, 0-based, in columns of a terminal.
    pub fn column(&self) -> usize {
        self.text.get(..self.at.start).map_or(0, |before| shown(before).width())
    }

    /// How many columns the place takes; at least 1.
    pub fn columns(&self) -> usize {
        self.text.get(self.at.clone()).map_or(1, |part| shown(part).width().max(1))
    }
}

/// The text in one line without control characters.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.message)?;
        writeln!(f, "  {}", shown(&self.text))?;
        write!(f, "  {}{}", " ".repeat(self.column()), "^".repeat(self.columns()))?;
        match &self.help {
            Some(help) => write!(f, "\n  {help}"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Error {}

/// The nearest of some names, if one is near.
pub(super) fn nearest<'a>(
    wanted: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let wanted = wanted.to_ascii_lowercase();
    let distance = |name: &&str| strsim::damerau_levenshtein(&wanted, &name.to_ascii_lowercase());
    let near = names.into_iter().map(|name| (distance(&name), name)).min_by_key(|(far, _)| *far)?;
    // A third of the letters may be wrong, one at least.
    (near.0 <= (wanted.chars().count() / 3).max(1)).then_some(near.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_is_below_the_place() {
        let text = "from == \u{4f60}\u{597d} and stat == x";
        let at = text.find("stat").unwrap();
        let error = Fault::new(at..at + 4, "no field `stat`").help("did you mean `state`?");
        assert_eq!(
            error.of(text).to_string(),
            "no field `stat`\n  from == \u{4f60}\u{597d} and stat == x\n                   ^^^^\n  did you mean `state`?"
        );
    }

    #[test]
    fn near_names_are_suggested_and_far_ones_not() {
        let names = ["state", "status", "start"];
        assert_eq!(nearest("stat", names), Some("state"));
        assert_eq!(nearest("statsu", names), Some("status"));
        assert_eq!(nearest("codec", names), None);
    }
}
