//! Words that pictures and pages share: markup, ladders and charts as SVG.
//! No view: the views `svg`, `html` and `dashboard` are made of these.

pub mod chart;
pub mod ladder;
mod policy;

use std::borrow::Cow;
use std::fmt::{self, Display};

pub use self::policy::policy;
use super::terminal::{self, width};

/// The colours and strokes of a ladder, for a page or a picture.
pub const LADDER_CSS: &str = include_str!("ladder.css");

/// The style of pages.
pub const PAGE_CSS: &str = include_str!("page.css");
/// The icon of pages.
pub const ICON: &str = "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E%3Cpath d='M2 4h10l-3-3M14 12H4l3 3' fill='none' stroke='%230b6b75' stroke-width='2'/%3E%3C/svg%3E";

/// Foreign text in markup: `<`, `&` and quotes are written as references, so
/// that it is text in elements and in attributes; what could not be seen or is
/// no character of XML is shown as its code.
#[derive(Clone, Copy, Debug)]
pub struct Escaped<T>(pub T);

impl<T: AsRef<str>> Display for Escaped<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = terminal::safe(self.0.as_ref());
        let mut rest = &*text;
        while let Some(at) = rest.find(['<', '>', '&', '"', '\'', '\u{fffe}', '\u{ffff}']) {
            let (before, special) = rest.split_at(at);
            f.write_str(before)?;
            let c = special.chars().next().unwrap_or_default();
            f.write_str(match c {
                '<' => "&lt;",
                '>' => "&gt;",
                '&' => "&amp;",
                '"' => "&quot;",
                '\'' => "&#39;",
                _ => "\\u{ffff}",
            })?;
            rest = special.get(c.len_utf8()..).unwrap_or_default();
        }
        f.write_str(rest)
    }
}

/// Text of several lines in markup: as [`Escaped`], but line feeds and tabs stay.
pub fn escaped_lines(text: &str) -> String {
    let lines = text.split('\n').map(|line| {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let parts: Vec<_> = line.split('\t').map(|part| Escaped(part).to_string()).collect();
        parts.join("\t")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// `text` in at most `most` lines of `columns`, cut where it is longer.
pub fn lines(text: &str, columns: usize, most: usize) -> Vec<String> {
    let text = terminal::safe(text);
    let mut lines = Vec::new();
    for line in terminal::wrap(&text, columns) {
        if lines.len() == most {
            if let Some(last) = lines.last_mut() {
                *last = terminal::cut(&format!("{last} {line}"), columns).into_owned();
                if !last.ends_with('\u{2026}') {
                    last.push('\u{2026}');
                }
            }
            break;
        }
        lines.push(terminal::cut(&line, columns).into_owned());
    }
    lines
}

/// Pixels that a text takes at 12 pixels of a monospaced font: of those in use
/// none is wider than 0.61 of its height.
pub fn pixels(text: &str) -> usize {
    (width(text) * 73).div_ceil(10)
}

/// The characters that fit in so many pixels.
pub const fn columns(pixels: usize) -> usize {
    pixels * 10 / 73
}

/// A count with its thousands apart: `12,345`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `one`, or `many` with its number.
pub fn counted(count: usize, one: &'static str, many: &str) -> Cow<'static, str> {
    if count == 1 { Cow::Borrowed(one) } else { Cow::Owned(format!("{count} {many}")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_is_text() {
        let shown = Escaped("</script><img src=x onerror='a'>&\"").to_string();
        assert_eq!(shown, "&lt;/script&gt;&lt;img src=x onerror=&#39;a&#39;&gt;&amp;&quot;");
        assert_eq!(Escaped("a\u{0}\u{202e}b\u{ffff}").to_string(), "a\\u{0}\\u{202e}b\\u{ffff}");
        assert_eq!(escaped_lines("a: <b>\r\n\tc\u{1b}"), "a: &lt;b&gt;\n\tc\\u{1b}");
    }

    #[test]
    fn long_texts_are_broken_then_cut() {
        assert_eq!(lines("one two three", 7, 2), ["one two", "three"]);
        assert_eq!(lines("one two three four", 7, 2), ["one two", "three \u{2026}"]);
        assert_eq!(lines("unbreakable", 5, 2), ["unbr\u{2026}"]);
        assert_eq!(lines("", 5, 2), [] as [&str; 0]);
    }

    #[test]
    fn counts_are_grouped() {
        assert_eq!([grouped(0), grouped(999), grouped(1_234_567)], ["0", "999", "1,234,567"]);
    }
}
