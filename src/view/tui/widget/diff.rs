//! What differs between two messages.

use similar::{ChangeTag, TextDiff};

use super::bytes::{broken, text_lines};
use super::text::{Line, piece};
use crate::view::tui::theme::Role;

/// Longer messages are compared only up to here.
const MOST_LINES: usize = 1_000;

/// Two messages as one: `-` before lines of the first only, `+` before lines of
/// the second only; within them, what differs is marked.
pub(in crate::view::tui) fn lines(old: &[u8], new: &[u8], columns: usize) -> Vec<Line> {
    let text = |bytes: &[u8]| {
        let mut lines = text_lines(bytes);
        lines.truncate(MOST_LINES);
        lines.join("\n")
    };
    let (old, new) = (text(old), text(new));
    let diff = TextDiff::from_lines(&old, &new);
    let mut all = Vec::new();
    for group in diff.ops() {
        for change in diff.iter_inline_changes(group) {
            let (sign, role) = match change.tag() {
                ChangeTag::Equal => (" ", Role::Dim),
                ChangeTag::Delete => ("-", Role::Bad),
                ChangeTag::Insert => ("+", Role::Good),
            };
            let mut line = vec![piece(role, format!("{sign} "))];
            for (differs, text) in change.iter_strings_lossy() {
                let role = if differs { Role::Found } else { role };
                let text = text.trim_end_matches('\n');
                if !text.is_empty() {
                    line.push(piece(role, text));
                }
            }
            broken(&line, columns.max(20), &mut all);
        }
    }
    all
}

/// How many lines differ.
pub(in crate::view::tui) fn changes(lines: &[Line]) -> usize {
    let differs =
        |line: &&Line| line.first().is_some_and(|first| first.text.starts_with(['-', '+']));
    lines.iter().filter(differs).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_marked() {
        let lines =
            lines(b"INVITE a\r\nCSeq: 1\r\nX: y\r\n", b"INVITE a\r\nCSeq: 2\r\nX: y\r\n", 40);
        let text: Vec<String> = lines
            .iter()
            .map(|line| line.iter().map(|piece| piece.text.as_str()).collect())
            .collect();
        assert_eq!(text.get(..4).unwrap(), ["  INVITE a", "- CSeq: 1", "+ CSeq: 2", "  X: y"]);
        assert_eq!(changes(&lines), 2);
        let marked =
            |line: &Line| line.iter().find(|p| p.role == Role::Found).map(|p| p.text.clone());
        assert_eq!(lines.get(2).and_then(marked).as_deref(), Some("2"));
    }
}
