//! Tables of text with columns as wide as their widest cell.

use std::io::{self, Write};

use super::tone::tone;
use super::{Head, Writer};
use crate::query::show::Show;
use crate::query::{Kind, Value};
use crate::view::terminal::{self, Tone, cut, safe};

pub(super) use crate::view::terminal::width;

/// Blanks between columns.
const BETWEEN: &str = "  ";
/// Columns below which no text is cut.
const LEAST: usize = 6;

/// The text of a cell; a dash for what is not known.
pub(super) fn cell(head: &Head, show: Show, value: &Value<'_>) -> String {
    let text = show.text(head.unit(), value);
    if text.is_empty() && value.is_null() { "-".to_owned() } else { safe(&text).into_owned() }
}

/// Makes the widest columns of text narrower until all fit into `most` columns,
/// as far as that goes: numbers and moments are never cut.
pub(super) fn fit(heads: &[Head], widths: &mut [usize], most: usize) {
    let between = BETWEEN.len() * heads.len().saturating_sub(1);
    let mut over = (widths.iter().sum::<usize>() + between).saturating_sub(most);
    let can_be_cut = |head: &Head| head.many || matches!(head.kind, Kind::Text | Kind::Word);
    while over > 0 {
        let candidates = heads.iter().zip(widths.iter_mut()).filter(|(head, _)| can_be_cut(head));
        let mut by_width: Vec<_> = candidates.map(|(_, width)| width).collect();
        by_width.sort_by_key(|width| std::cmp::Reverse(**width));
        let Some((widest, others)) = by_width.split_first_mut() else { return };
        if **widest <= LEAST {
            return;
        }
        // Down to the next one, or by what is too much.
        let next = others.first().map_or(LEAST, |next| **next).max(LEAST);
        let step = (**widest - next).max(1).min(over);
        **widest -= step;
        over -= step;
    }
}

pub(super) fn heading(table: &Writer<'_>, out: &mut dyn Write) -> io::Result<()> {
    let cells = table.heads.iter().map(|head| (head.heading.to_string(), Tone::Heading));
    line(table, cells, out)
}

pub(super) fn row(table: &Writer<'_>, row: &[Value<'_>], out: &mut dyn Write) -> io::Result<()> {
    let cells = table.heads.iter().zip(row);
    line(
        table,
        cells.map(|(head, value)| (cell(head, table.show(), value), tone(head, value))),
        out,
    )
}

fn line(
    table: &Writer<'_>,
    cells: impl Iterator<Item = (String, Tone)>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut line = String::new();
    for (index, ((text, tone), (head, width))) in
        cells.zip(table.heads.iter().zip(&table.widths)).enumerate()
    {
        let text = cut(&text, *width);
        let padding = width.saturating_sub(terminal::width(&text));
        let painted = table.style.palette.paint(tone, &text);
        if index > 0 {
            line.push_str(BETWEEN);
        }
        if head.is_right() {
            line.extend(std::iter::repeat_n(' ', padding));
            line.push_str(&painted);
        } else {
            line.push_str(&painted);
            line.extend(std::iter::repeat_n(' ', padding));
        }
    }
    writeln!(out, "{}", line.trim_end_matches(' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Unit;
    use crate::view::table::{Format, Style, write};
    use crate::view::terminal::Palette;

    fn written(width: Option<usize>, rows: &[Vec<Value<'_>>]) -> String {
        let heads = [
            Head::new("Name", "name", Kind::Text),
            Head::new("N", "n", Kind::Number(Unit::Count)),
            Head::new("Text", "text", Kind::Text),
        ];
        let style = Style {
            format: Format::Text,
            palette: Palette { colour: false },
            width,
            heading: true,
            date: false,
            spreadsheet: false,
        };
        let mut out = Vec::new();
        write(&heads, rows, style, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn text(text: &str) -> Value<'_> {
        Value::Text(text.into())
    }

    #[test]
    fn columns_are_as_wide_as_their_cells() {
        let rows = [
            vec![text("a"), Value::Number(1000.0), Value::Null],
            vec![text("\u{4f60}\u{597d}\u{5417}"), Value::Number(1.0), text("x\u{1b}y")],
        ];
        assert_eq!(
            written(None, &rows),
            "Name       N  Text\na       1000  -\n\u{4f60}\u{597d}\u{5417}     1  x\\u{1b}y\n"
        );
    }

    #[test]
    fn the_widest_columns_give_way() {
        let rows = [vec![text("abcdefghijklmnop"), Value::Number(123_456.0), text("abcdefgh")]];
        assert_eq!(
            written(Some(26), &rows),
            "Name           N  Text\nabcdefg\u{2026}  123456  abcdefgh\n"
        );
        let narrow = written(Some(3), &rows);
        assert!(narrow.contains("123456") && narrow.contains("abcde\u{2026}"), "{narrow}");
    }
}
