//! Tables of text with columns as wide as their widest cell.

use std::io::{self, Write};

use crate::view::terminal::{Palette, Tone, cut, width};

/// A cell.
#[derive(Clone, Debug)]
pub(super) struct Cell {
    text: String,
    tone: Tone,
}

/// On which side of its column a text stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Align {
    Left,
    Right,
}

/// A column's heading, its alignment and the most columns that it takes.
pub(super) type Column = (&'static str, Align, usize);

pub(super) fn cell(text: impl Into<String>) -> Cell {
    toned(text, Tone::Plain)
}

pub(super) fn toned(text: impl Into<String>, tone: Tone) -> Cell {
    Cell { text: text.into(), tone }
}

/// The text of a value, or a dash when it is not known.
pub(super) fn or_dash<T>(value: Option<T>, text: impl FnOnce(T) -> String) -> String {
    value.map_or_else(|| "-".to_owned(), text)
}

/// Writes a table, indented by two columns.
pub(super) fn write(
    columns: &[Column],
    rows: &[Vec<Cell>],
    palette: Palette,
    out: &mut dyn Write,
) -> io::Result<()> {
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(index, (heading, _, most))| {
            let cells = rows.iter().filter_map(|row| row.get(index)).map(|cell| width(&cell.text));
            cells.max().unwrap_or(0).min(*most).max(width(heading))
        })
        .collect();
    let headings: Vec<_> = columns.iter().map(|(heading, ..)| toned(*heading, Tone::Dim)).collect();
    for row in std::iter::once(&headings).chain(rows) {
        let mut line = String::new();
        for ((cell, (_, align, _)), width_here) in row.iter().zip(columns).zip(&widths) {
            let text = cut(&cell.text, *width_here);
            let padding = " ".repeat(width_here - width(&text).min(*width_here));
            let painted = palette.paint(cell.tone, &text);
            line.push_str("  ");
            line.push_str(&match align {
                Align::Left => painted + &padding,
                Align::Right => padding + &painted,
            });
        }
        writeln!(out, "{}", line.trim_end())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_as_wide_as_their_cells() {
        let columns = [("Name", Align::Left, 6), ("N", Align::Right, 9)];
        let rows = [vec![cell("a"), cell("1000")], vec![cell("abcdefgh"), cell("1")]];
        let mut out = Vec::new();
        write(&columns, &rows, Palette { colour: false }, &mut out).unwrap();
        let text = String::from_utf8(out).unwrap();
        assert_eq!(text, "  Name       N\n  a       1000\n  abcde\u{2026}     1\n");
    }
}
