//! Tables of GitHub-flavoured Markdown, with everything escaped that has a meaning there.

use std::io::{self, Write};

use super::{Head, text};
use crate::query::Value;
use crate::query::show::Show;

/// The heading, which a Markdown table cannot be without: without one its cells are empty.
pub(super) fn heading(heads: &[Head], named: bool, out: &mut dyn Write) -> io::Result<()> {
    let cells = heads.iter().map(|head| if named { escaped(&head.heading) } else { String::new() });
    line(cells, out)?;
    line(heads.iter().map(|head| if head.is_right() { "---:" } else { "---" }.to_owned()), out)
}

pub(super) fn row(
    heads: &[Head],
    show: Show,
    row: &[Value<'_>],
    out: &mut dyn Write,
) -> io::Result<()> {
    line(heads.iter().zip(row).map(|(head, value)| escaped(&text::cell(head, show, value))), out)
}

fn line(cells: impl Iterator<Item = String>, out: &mut dyn Write) -> io::Result<()> {
    for cell in cells {
        write!(out, "| {cell} ")?;
    }
    out.write_all(b"|\n")
}

/// A text that Markdown shows as it is.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let mut before = None;
    for (index, c) in text.char_indices() {
        let rest = text.get(index..).unwrap_or_default();
        let within_word = is_word(before.replace(c)) && is_word(rest.chars().nth(1));
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            // Within a word an underscore means nothing.
            '_' if within_word => escaped.push(c),
            '\\' | '|' | '`' | '*' | '[' | ']' | '~' | '_' | '#' => {
                escaped.push('\\');
                escaped.push(c);
            }
            // Bare addresses become links: of web pages, and of people.
            ':' if rest.starts_with("://") => escaped.push_str("&#58;"),
            '@' => escaped.push_str("&#64;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_cell_has_a_meaning() {
        assert_eq!(
            escaped("a|b <script> *x* [l](http://x) a@b `c`"),
            "a\\|b &lt;script&gt; \\*x\\* \\[l\\](http&#58;//x) a&#64;b \\`c\\`"
        );
        assert_eq!(escaped("timed_out _x_ #12"), "timed_out \\_x\\_ \\#12");
    }
}
