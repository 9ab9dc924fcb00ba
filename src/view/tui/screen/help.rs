//! The help: every key, from the table of keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::view::tui::app::{App, Page};
use crate::view::tui::keys::Place;
use crate::view::tui::list::List;
use crate::view::tui::theme::Role;
use crate::view::tui::widget::table::scroll_bar;
use crate::view::tui::widget::text::{Line, framed, line, piece, put_lines};

/// Draws the help over the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, screen: Rect, app: &App, list: &List) {
    let theme = app.settings.theme;
    let inner = framed(buffer, screen, "Keys", theme);
    let lines = lines(app);
    let height = usize::from(inner.height);
    let top = list.cursor.min(lines.len().saturating_sub(height));
    put_lines(buffer, inner, &lines, top, theme);
    let shown = top..(top + height).min(lines.len());
    let bar = Rect { height: screen.height.saturating_sub(1), ..screen };
    scroll_bar(buffer, bar, theme, shown, lines.len());
}

/// The lines of the help: the page's own keys first.
pub(in crate::view::tui) fn lines(app: &App) -> Vec<Line> {
    let own = place(app.page);
    let mut places = vec![own];
    places.extend(Place::ALL.iter().filter(|place| **place != own));
    let mut lines = Vec::new();
    for place in places {
        let mut bindings = app.settings.keys.at(place).peekable();
        if bindings.peek().is_none() {
            continue;
        }
        if !lines.is_empty() {
            lines.push(Line::new());
        }
        lines.push(line(Role::Heading, format!(" {}", place.title())));
        for binding in bindings {
            lines.push(vec![
                piece(Role::Key, format!("  {:<16} ", binding.shown())),
                piece(Role::Plain, binding.text),
            ]);
        }
    }
    lines.push(Line::new());
    lines.push(line(
        Role::Dim,
        " siplens config says where keys, columns, names and colours are set.",
    ));
    lines
}

/// Where keys mean something on a page.
pub(in crate::view::tui) const fn place(page: Page) -> Place {
    match page {
        Page::Calls => Place::Calls,
        Page::Ladder => Place::Ladder,
        Page::Streams => Place::Streams,
        Page::Findings => Place::Findings,
        Page::Start => Place::Start,
        Page::Registrations => Place::Registrations,
        Page::Endpoints => Place::Endpoints,
        Page::Statistics | Page::Capture => Place::Everywhere,
    }
}
