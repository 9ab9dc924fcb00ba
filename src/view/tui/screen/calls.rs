//! The page of calls.

use ratatui::buffer::Buffer;

use crate::report::CallFacts;
use crate::view::tui::Look;
use crate::view::tui::action::Command;
use crate::view::tui::app::App;
use crate::view::tui::column::{Cell, Column, call_id};
use crate::view::tui::theme::Role;
use crate::view::tui::widget::table::{Head, Row, table};
use crate::view::tui::widget::text::nothing;

/// Draws the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, app: &App, look: &Look<'_, '_>) {
    let (theme, area) = (app.settings.theme, app.areas().body);
    let page = &app.calls;
    if page.order.is_empty() {
        let key = app.settings.keys.key_of(Command::Filter);
        let other = app.settings.keys.key_of(Command::Page(crate::view::tui::app::Page::Capture));
        let lines: &[&str] = if !page.query.filter.is_empty() && page.order.of > 0 {
            &["No call matches the filter.", &format!("{key} changes it.")]
        } else if app.progress.ended {
            &["No calls.", &format!("Page {other} says what the capture holds.")]
        } else {
            &["No calls yet."]
        };
        return nothing(buffer, area, lines, theme);
    }
    let columns = shown(app);
    let sort = page.query.sort;
    let heads: Vec<_> = columns
        .iter()
        .map(|column| Head {
            title: column.title(),
            width: column.width(),
            right: column.is_right(),
            flexible: column.is_flexible(),
            sorted: (sort.column == *column).then_some(sort.descending),
        })
        .collect();
    table(buffer, area, theme, &heads, (&page.list, page.order.len()), |index| {
        let call = CallFacts::at(look.context, page.order.get(index)?)?;
        let key = call_id(&call);
        let cell = |column: &Column| match column {
            Column::Tag => {
                Cell { text: page.tags.get(key).cloned().unwrap_or_default(), role: Role::Marked }
            }
            column => column.cell(&call),
        };
        let cells = columns.iter().map(cell).collect();
        Some(Row { cells, marked: page.marks.contains_key(key) })
    });
}

/// The columns shown: those set, from the one at the left end on; that of tags
/// too while there are any.
pub(in crate::view::tui) fn shown(app: &App) -> Vec<Column> {
    let mut columns = app.settings.columns.clone();
    if !app.calls.tags.is_empty() && !columns.contains(&Column::Tag) {
        columns.insert(columns.len().min(2), Column::Tag);
    }
    let shift = app.calls.shift.min(columns.len().saturating_sub(1));
    columns.split_off(shift)
}
