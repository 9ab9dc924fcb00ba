//! A menu: choose one entry, or switch, order and name several.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text::{fill, framed, middle, put, small};
use crate::view::terminal::width;
use crate::view::tui::column::Column;
use crate::view::tui::effect::Form;
use crate::view::tui::list::List;
use crate::view::tui::theme::{Role, Theme};

/// A menu.
#[derive(Clone, PartialEq, Debug)]
pub struct Menu {
    /// What is chosen.
    pub title: String,
    /// The entries.
    pub entries: Vec<Entry>,
    /// The place among them.
    pub list: List,
}

/// An entry of a menu.
#[derive(Clone, PartialEq, Debug)]
pub struct Entry {
    /// What it stands for.
    pub item: Item,
    /// For the menu.
    pub text: String,
    /// Whether it is on; none where it cannot be switched.
    pub on: Option<bool>,
}

/// What an entry stands for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Item {
    /// A column of the calls.
    Column(Column),
    /// A host of the ladder, by its label.
    Host(String),
    /// A form to save in.
    Form(Form),
}

/// Where a menu is drawn on a screen.
pub(in crate::view::tui) fn area(menu: &Menu, screen: Rect) -> Rect {
    let widest = menu.entries.iter().map(|entry| width(&entry.text)).max().unwrap_or(0);
    let columns = small(widest.max(width(&menu.title) + 4) + 10);
    middle(screen, columns, small(menu.entries.len()) + 2)
}

/// Draws a menu in the middle of the screen.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, screen: Rect, menu: &Menu, theme: Theme) {
    let inner = framed(buffer, area(menu, screen), &menu.title, theme);
    let window = menu.list.window(menu.entries.len(), usize::from(inner.height));
    for (row, (index, entry)) in
        inner.rows().zip(menu.entries.iter().enumerate().skip(window.start))
    {
        let switch = match entry.on {
            Some(true) => "[x] ",
            Some(false) => "[ ] ",
            None => "",
        };
        let text = format!(" {switch}{}", entry.text);
        put(buffer, (row.x, row.y), usize::from(row.width), &text, theme.style(Role::Plain));
        if index == menu.list.cursor {
            fill(buffer, row, theme.style(Role::Cursor));
        }
    }
}
