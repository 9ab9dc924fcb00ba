//! What the mouse does.

use ratatui::layout::{Position, Rect};

use crate::view::tui::Look;
use crate::view::tui::action::Command;
use crate::view::tui::app::{App, Overlay, Page};
use crate::view::tui::layout::{self, list_height};
use crate::view::tui::list::Step;
use crate::view::tui::update::{command, list_of, menu, show, total};
use crate::view::tui::widget::menu as menu_widget;

/// A button was pressed.
pub(super) fn click(app: &mut App, (x, y): (u16, u16), look: &Look<'_, '_>) {
    let at = Position { x, y };
    let body = app.areas().body;
    match &mut app.overlay {
        Some(Overlay::Menu(choice)) => {
            let area = menu_widget::area(choice, body);
            let top = choice.list.window(choice.entries.len(), usize::from(area.height) - 2).start;
            let inside = area.contains(at) && y > area.y && y + 1 < area.bottom();
            let entry = top + usize::from(y.saturating_sub(area.y + 1));
            if !inside || entry >= choice.entries.len() {
                app.overlay = None;
                return;
            }
            choice.list.cursor = entry;
            let item = choice.entries.get(entry).and_then(|entry| entry.on);
            if item.is_some() {
                menu::command(app, Command::Switch, look);
            } else {
                menu::accept(app, look);
            }
            return;
        }
        Some(Overlay::Help(_) | Overlay::Details(_)) => {
            app.overlay = None;
            return;
        }
        Some(_) => return,
        None => {}
    }
    let page = layout::pages(app).into_iter().find(|(_, place, _)| place.contains(at));
    if let Some((page, ..)) = page {
        return show(app, page, look);
    }
    let rows = rows(app);
    if !rows.contains(at) {
        return;
    }
    let (total, height) = (total(app, look), list_height(app));
    let list = list_of(app);
    let row = list.window(total, height).start + usize::from(y - rows.y);
    if row >= total {
        return;
    }
    if list.cursor == row {
        // A second press opens.
        return command(app, Command::Open, look);
    }
    list.go(row, total, height);
    app.ladder.scroll = 0;
}

/// The rows of the page's list.
fn rows(app: &App) -> Rect {
    let (area, headings) = match app.page {
        Page::Ladder => (layout::ladder(app).0, 2),
        Page::Streams => (layout::streams(app).0, 1),
        Page::Findings | Page::Endpoints | Page::Registrations => (layout::with_detail(app).0, 1),
        Page::Statistics | Page::Capture => return Rect::default(),
        _ => (app.areas().body, 1),
    };
    let headings = area.height.min(headings);
    Rect { y: area.y + headings, height: area.height - headings, ..area }
}

/// A wheel was turned.
pub(super) fn scroll(app: &mut App, (x, y): (u16, u16), lines: i16, look: &Look<'_, '_>) {
    let at = Position { x, y };
    let step = if lines < 0 { Step::Up } else { Step::Down };
    let over_message = app.page == Page::Ladder
        && layout::ladder(app).1.is_some_and(|pane| pane.contains(at))
        && app.overlay.is_none();
    for _ in 0..lines.unsigned_abs() {
        if over_message {
            let down = step == Step::Down;
            command(app, if down { Command::MessageDown } else { Command::MessageUp }, look);
            break;
        }
        command(app, Command::Move(step), look);
    }
}
