//! A table of which only the rows on the screen are made.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text::{fill, put, put_right, small};
use crate::view::tui::column::Cell;
use crate::view::tui::list::List;
use crate::view::tui::theme::{Role, Theme};

/// A column of a table.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::view::tui) struct Head<'t> {
    pub(in crate::view::tui) title: &'t str,
    /// Columns of the screen at least.
    pub(in crate::view::tui) width: u16,
    /// Whether values stand right.
    pub(in crate::view::tui) right: bool,
    /// Whether it takes what room is left.
    pub(in crate::view::tui) flexible: bool,
    /// Whether the rows are sorted by it, and then downwards.
    pub(in crate::view::tui) sorted: Option<bool>,
}

/// A column that is not sorted by.
pub(in crate::view::tui) const fn head(
    title: &str,
    width: u16,
    right: bool,
    flexible: bool,
) -> Head<'_> {
    Head { title, width, right, flexible, sorted: None }
}

/// A row of a table.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(in crate::view::tui) struct Row {
    pub(in crate::view::tui) cells: Vec<Cell>,
    pub(in crate::view::tui) marked: bool,
}

/// Columns between two columns.
const BETWEEN: u16 = 1;

/// Where the columns stand: their left ends and widths. Room that is left goes
/// to the flexible ones; columns that have no room are left out.
pub(in crate::view::tui) fn layout(heads: &[Head<'_>], room: u16) -> Vec<(u16, u16)> {
    let mut end = 0;
    let fits = |head: &&Head<'_>| -> bool {
        end += head.width + BETWEEN;
        end <= room + BETWEEN
    };
    // The first one is shown however little room there is.
    let shown = heads.iter().take_while(fits).count().max(1);
    let heads = heads.get(..shown).unwrap_or(heads);
    let least: u16 = heads.iter().map(|head| head.width + BETWEEN).sum();
    let flexible = small(heads.iter().filter(|head| head.flexible).count());
    let spare = (room + BETWEEN).saturating_sub(least);
    let more = spare.checked_div(flexible).unwrap_or(0);
    let mut rest = spare - more * flexible;
    let mut x = 0;
    let mut places = Vec::new();
    for head in heads {
        let mut width = head.width;
        if head.flexible {
            // The first one takes what does not divide.
            width += more + std::mem::take(&mut rest);
        }
        let width = width.min(room.saturating_sub(x));
        places.push((x, width));
        x = x.saturating_add(width + BETWEEN).min(room);
    }
    places
}

/// Draws a table: headings, and the rows around the cursor.
pub(in crate::view::tui) fn table(
    buffer: &mut Buffer,
    area: Rect,
    theme: Theme,
    heads: &[Head<'_>],
    (list, total): (&List, usize),
    row: impl Fn(usize) -> Option<Row>,
) {
    if area.height == 0 || area.width < 3 {
        return;
    }
    // A column for marks at the left, one for the scroll bar at the right.
    let inner = Rect { x: area.x + 1, width: area.width - 2, ..area };
    let places = layout(heads, inner.width);
    for (head, (x, width)) in heads.iter().zip(&places) {
        let at = (inner.x + x, area.y);
        let arrow = match head.sorted {
            Some(true) => "\u{25be}",
            Some(false) => "\u{25b4}",
            None => "",
        };
        let text = format!("{}{arrow}", head.title);
        let style = theme.style(Role::Heading);
        let room = usize::from(*width);
        if head.right {
            put_right(buffer, at, room, &text, style);
        } else {
            put(buffer, at, room, &text, style);
        }
    }
    let height = usize::from(area.height - 1);
    let window = list.window(total, height);
    for (index, y) in window.clone().zip(area.y + 1..) {
        let whole = Rect { y, height: 1, width: area.width - 1, ..area };
        let Some(row) = row(index) else { continue };
        if row.marked {
            put(buffer, (area.x, y), 1, "*", theme.style(Role::Marked));
        }
        for ((cell, head), (x, width)) in row.cells.iter().zip(heads).zip(&places) {
            let at = (inner.x + x, y);
            let role =
                if row.marked && cell.role == Role::Plain { Role::Marked } else { cell.role };
            if head.right {
                put_right(buffer, at, usize::from(*width), &cell.text, theme.style(role));
            } else {
                put(buffer, at, usize::from(*width), &cell.text, theme.style(role));
            }
        }
        if index == list.cursor {
            fill(buffer, whole, cursor_style(theme));
        }
    }
    scroll_bar(buffer, area, theme, window, total);
}

/// The cursor's row keeps the colours of its texts where they can be read on it.
pub(in crate::view::tui) fn cursor_style(theme: Theme) -> ratatui::style::Style {
    let style = theme.style(Role::Cursor);
    match theme {
        Theme::Mono => style,
        _ => ratatui::style::Style { fg: None, ..style },
    }
}

/// How much of a list is shown, and where in it that is.
pub(in crate::view::tui) fn scroll_bar(
    buffer: &mut Buffer,
    area: Rect,
    theme: Theme,
    shown: std::ops::Range<usize>,
    total: usize,
) {
    let height = usize::from(area.height.saturating_sub(1));
    if total <= shown.len() || height == 0 {
        return;
    }
    let length = (height * shown.len() / total).max(1);
    let top = (height - length) * shown.start / (total - shown.len()).max(1);
    for row in 0..height {
        let inside = (top..top + length).contains(&row);
        let (text, role) = if inside { ("\u{2588}", Role::Dim) } else { ("\u{2502}", Role::Frame) };
        let at = (area.right().saturating_sub(1), area.y + 1 + small(row));
        put(buffer, at, 1, text, theme.style(role));
    }
}
