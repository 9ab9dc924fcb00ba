//! Text in a place of the screen: escaped, measured, cut.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use crate::view::terminal::{cut, safe, width, wrap};
use crate::view::tui::theme::{Role, Theme};

/// A piece of a line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Piece {
    /// Its text, escaped.
    pub text: String,
    /// What it is.
    pub role: Role,
}

/// A line of pieces.
pub(in crate::view::tui) type Line = Vec<Piece>;

/// A piece; its text is escaped here.
pub(in crate::view::tui) fn piece(role: Role, text: impl AsRef<str>) -> Piece {
    Piece { text: safe(text.as_ref()).into_owned(), role }
}

/// A line of one piece.
pub(in crate::view::tui) fn line(role: Role, text: impl AsRef<str>) -> Line {
    vec![piece(role, text)]
}

/// Writes `text` from a place on, cut to `room` columns; returns the columns it took.
pub(in crate::view::tui) fn put(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    room: usize,
    text: &str,
    style: Style,
) -> usize {
    let area = buffer.area;
    if y >= area.bottom() || x >= area.right() || room == 0 {
        return 0;
    }
    let room = room.min(usize::from(area.right() - x));
    let text = safe(text);
    let text = cut(&text, room);
    let (end, _) = buffer.set_stringn(x, y, &text, room, style);
    usize::from(end.saturating_sub(x))
}

/// Writes text at the right end of `room` columns.
pub(in crate::view::tui) fn put_right(
    buffer: &mut Buffer,
    (x, y): (u16, u16),
    room: usize,
    text: &str,
    style: Style,
) {
    let before = room.saturating_sub(width(&safe(text)));
    put(buffer, (x.saturating_add(small(before)), y), room - before, text, style);
}

/// Writes a line into a row, from column `shift` of it on.
pub(in crate::view::tui) fn put_line(
    buffer: &mut Buffer,
    row: Rect,
    line: &[Piece],
    shift: usize,
    theme: Theme,
) {
    let (mut x, mut skip) = (row.x, shift);
    for piece in line {
        let text = skip_columns(&piece.text, &mut skip);
        let room = usize::from(row.right().saturating_sub(x));
        if room == 0 {
            break;
        }
        let took = put(buffer, (x, row.y), room, text, theme.style(piece.role));
        x = x.saturating_add(small(took));
    }
}

/// Writes lines from the top of an area on, from line `top` of them.
pub(in crate::view::tui) fn put_lines(
    buffer: &mut Buffer,
    area: Rect,
    lines: &[Line],
    top: usize,
    theme: Theme,
) {
    put_shifted(buffer, area, lines, (top, 0), theme);
}

/// The same, from a column of the lines on.
pub(in crate::view::tui) fn put_shifted(
    buffer: &mut Buffer,
    area: Rect,
    lines: &[Line],
    (top, shift): (usize, usize),
    theme: Theme,
) {
    for (row, line) in area.rows().zip(lines.iter().skip(top)) {
        put_line(buffer, row, line, shift, theme);
    }
}

/// Colours an area without touching its text.
pub(in crate::view::tui) fn fill(buffer: &mut Buffer, area: Rect, style: Style) {
    buffer.set_style(area.intersection(buffer.area), style);
}

/// Empties an area.
pub(in crate::view::tui) fn clear(buffer: &mut Buffer, area: Rect, style: Style) {
    let area = area.intersection(buffer.area);
    for position in area.positions() {
        if let Some(cell) = buffer.cell_mut(position) {
            cell.reset();
            cell.set_style(style);
        }
    }
}

/// A frame with a title; returns what is inside.
pub(in crate::view::tui) fn framed(
    buffer: &mut Buffer,
    area: Rect,
    title: &str,
    theme: Theme,
) -> Rect {
    let area = area.intersection(buffer.area);
    clear(buffer, area, Style::new());
    if area.width < 2 || area.height < 2 {
        return area;
    }
    let style = theme.style(Role::Frame);
    let (right, bottom) = (area.right() - 1, area.bottom() - 1);
    let edge = "\u{2500}".repeat(usize::from(area.width - 2));
    put(buffer, (area.x, area.y), usize::MAX, &format!("\u{250c}{edge}\u{2510}"), style);
    put(buffer, (area.x, bottom), usize::MAX, &format!("\u{2514}{edge}\u{2518}"), style);
    for y in area.y + 1..bottom {
        put(buffer, (area.x, y), 1, "\u{2502}", style);
        put(buffer, (right, y), 1, "\u{2502}", style);
    }
    let room = usize::from(area.width.saturating_sub(4));
    let title = format!(" {} ", cut(&safe(title), room.saturating_sub(2)));
    put(buffer, (area.x + 2, area.y), room, &title, theme.style(Role::Heading));
    Rect { x: area.x + 1, y: area.y + 1, width: area.width - 2, height: area.height - 2 }
}

/// An area of `width` by `height` in the middle of another, as far as it has room.
pub(in crate::view::tui) fn middle(area: Rect, width: u16, height: u16) -> Rect {
    let (width, height) = (width.min(area.width), height.min(area.height));
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// What is said in an area where there is nothing to show.
pub(in crate::view::tui) fn nothing(buffer: &mut Buffer, area: Rect, lines: &[&str], theme: Theme) {
    let height = small(lines.len());
    let top = area.y + area.height.saturating_sub(height) / 3;
    for (y, text) in (top..area.bottom()).zip(lines) {
        let room = usize::from(area.width);
        let x = area.x + small(room.saturating_sub(width(text)) / 2);
        put(buffer, (x, y), room, text, theme.style(Role::Dim));
    }
}

/// Adds a text in lines of at most `columns`, behind a label of so many columns.
pub(in crate::view::tui) fn paragraph(
    lines: &mut Vec<Line>,
    (label, width): (&str, usize),
    text: &str,
    role: Role,
    columns: usize,
) {
    for (index, text) in wrap(text, columns.saturating_sub(width + 1).max(10)).iter().enumerate() {
        let label = if index == 0 { label } else { "" };
        lines.push(vec![piece(Role::Dim, format!(" {label:<width$}")), piece(role, text)]);
    }
}

/// Draws lines in a frame with a title, from line `top` of them on, and says at
/// its foot how many have no room. `lines` makes them as wide as it is told.
pub(in crate::view::tui) fn detail(
    buffer: &mut Buffer,
    area: Rect,
    title: &str,
    top: usize,
    theme: Theme,
    lines: impl FnOnce(usize) -> Vec<Line>,
) {
    let inner = framed(buffer, area, title, theme);
    let lines = lines(usize::from(inner.width.saturating_sub(2)));
    let room = usize::from(inner.height);
    let top = top.min(lines.len().saturating_sub(room));
    put_lines(buffer, inner, &lines, top, theme);
    let below = lines.len().saturating_sub(top + room);
    let text = match (top, below) {
        (0, 0) => return,
        (_, 0) => format!(" {top} lines above (K) "),
        (0, _) => format!(" {below} more lines (J) "),
        (_, _) => format!(" {top} lines above (K), {below} below (J) "),
    };
    let room = usize::from(area.width.saturating_sub(2));
    let at = (area.x, area.bottom().saturating_sub(1));
    put_right(buffer, at, room, &text, theme.style(Role::Dim));
}

/// A count of columns or rows as the screen has them.
pub(in crate::view::tui) fn small(count: usize) -> u16 {
    u16::try_from(count).unwrap_or(u16::MAX)
}

/// `text` without as many of its first columns as `skip` says, which is lowered
/// by those left out.
fn skip_columns<'t>(text: &'t str, skip: &mut usize) -> &'t str {
    let mut rest = text;
    while *skip > 0 {
        let Some(first) = rest.chars().next() else { break };
        let (head, tail) = rest.split_at(first.len_utf8());
        *skip = skip.saturating_sub(width(head));
        rest = tail;
    }
    rest
}
