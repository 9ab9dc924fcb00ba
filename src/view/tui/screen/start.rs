//! What can be opened: captures read before, and interfaces.

use ratatui::buffer::Buffer;

use crate::view::tui::app::{App, Offer};
use crate::view::tui::column::Cell;
use crate::view::tui::theme::Role;
use crate::view::tui::widget::table::{Row, head, table};
use crate::view::tui::widget::text::nothing;

/// Draws the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, app: &App) {
    let (theme, area) = (app.settings.theme, app.areas().body);
    if app.offers.is_empty() {
        let lines =
            ["No capture was read before.", "o asks for the name of one; siplens FILE opens it."];
        return nothing(buffer, area, &lines, theme);
    }
    let heads = [head("Open", 10, false, false), head("", 30, false, true)];
    table(buffer, area, theme, &heads, (&app.start, app.offers.len()), |index| {
        let (kind, text) = match app.offers.get(index)? {
            Offer::File(path) => ("capture", path.to_string_lossy().into_owned()),
            Offer::Interface(name, about) => ("interface", format!("{name}  {about}")),
        };
        let cells =
            vec![Cell { text: kind.to_owned(), role: Role::Dim }, Cell { text, role: Role::Plain }];
        Some(Row { cells, marked: false })
    });
}
