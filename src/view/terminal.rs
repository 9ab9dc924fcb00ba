//! Words that every view for a terminal shares: escaping and styles.

use std::borrow::Cow;
use std::fmt::Display;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

/// Text from packets as a terminal may show it: control characters, which could
/// move the cursor or change the terminal, and characters that reverse the
/// direction of writing are shown as their code.
pub fn safe(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_dangerous) {
        return Cow::Borrowed(text);
    }
    let escaped = text.chars().map(|c| {
        if is_dangerous(c) { format!("\\u{{{:x}}}", u32::from(c)) } else { c.to_string() }
    });
    Cow::Owned(escaped.collect())
}

fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2028}' | '\u{2029}' | '\u{2066}'..='\u{2069}')
}

/// The columns that a text takes.
pub fn width(text: &str) -> usize {
    text.width()
}

/// `text` cut to `columns`, an ellipsis for what was cut.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    if width(text) <= columns {
        return Cow::Borrowed(text);
    }
    let mut kept = String::new();
    for c in text.chars() {
        let longer = format!("{kept}{c}");
        if width(&longer) >= columns {
            break;
        }
        kept = longer;
    }
    kept.push('\u{2026}');
    Cow::Owned(kept)
}

/// `text` broken at blanks into lines of at most `columns`, as far as its words allow.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line) + 1 + width(word) <= columns => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// Colours, or none.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Palette {
    /// Whether to colour at all.
    pub colour: bool,
}

/// What a text is, which decides its colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// Nothing special.
    Plain,
    /// A heading.
    Heading,
    /// Less important.
    Dim,
    /// As it should be.
    Good,
    /// Worth a look.
    Warning,
    /// Broken.
    Bad,
    /// A name to find again.
    Name,
}

impl Palette {
    /// `text` in the colour of its tone.
    pub fn paint(self, tone: Tone, text: impl Display) -> String {
        let style = match tone {
            Tone::Plain => Style::new(),
            Tone::Heading => Style::new().bold(),
            Tone::Dim => Style::new().dimmed(),
            Tone::Good => AnsiColor::Green.on_default(),
            Tone::Warning => AnsiColor::Yellow.on_default(),
            Tone::Bad => AnsiColor::Red.on_default().bold(),
            Tone::Name => AnsiColor::Cyan.on_default(),
        };
        if self.colour && style != Style::new() {
            format!("{style}{text}{style:#}")
        } else {
            text.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_change_a_terminal_is_shown_as_its_code() {
        assert_eq!(safe("Zo\u{eb}"), "Zo\u{eb}");
        assert_eq!(safe("a\u{1b}[2J\u{7}b\r\n"), "a\\u{1b}[2J\\u{7}b\\u{d}\\u{a}");
        assert_eq!(safe("x\u{202e}gpj.exe"), "x\\u{202e}gpj.exe");
        assert_eq!(safe("\u{9b}31m"), "\\u{9b}31m");
    }

    #[test]
    fn texts_are_cut_by_columns() {
        assert_eq!(cut("abc", 3), "abc");
        assert_eq!(cut("abcd", 3), "ab\u{2026}");
        assert_eq!(cut("\u{4f60}\u{597d}\u{5417}", 4), "\u{4f60}\u{2026}");
    }

    #[test]
    fn texts_are_broken_at_blanks() {
        assert_eq!(wrap("one two  three", 7), ["one two", "three"]);
        assert_eq!(wrap("unbreakable", 3), ["unbreakable"]);
        assert_eq!(wrap("", 3), [] as [&str; 0]);
    }

    #[test]
    fn without_colour_there_are_no_codes() {
        assert_eq!(Palette { colour: false }.paint(Tone::Bad, "x"), "x");
        assert!(Palette { colour: true }.paint(Tone::Bad, "x").starts_with('\u{1b}'));
    }
}
