//! The page of registrations: the list, and what the chosen one bound.

use ratatui::buffer::Buffer;

use crate::view::tui::Look;
use crate::view::tui::app::{App, Details};
use crate::view::tui::column::{Cell, address, state_role, time_of_day};
use crate::view::tui::layout;
use crate::view::tui::screen::details;
use crate::view::tui::theme::Role;
use crate::view::tui::widget::table::{Row, head, table};
use crate::view::tui::widget::text::{detail, nothing, small};

/// Draws the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, app: &App, look: &Look<'_, '_>) {
    let theme = app.settings.theme;
    let (area, below) = layout::with_detail(app);
    let registrations = &look.report.registrations;
    if registrations.is_empty() {
        let text = if app.progress.ended { "No registrations." } else { "No registrations yet." };
        return nothing(buffer, area, &[text], theme);
    }
    let heads = [
        head("#", 5, true, false),
        head("State", 12, false, false),
        head("Address of record", 20, false, true),
        head("Contact", 16, false, true),
        head("From", 21, false, false),
        head("Delay ms", 8, true, false),
        head("Expires", 7, true, false),
        head("Tries", 5, true, false),
        head("Failed", 6, true, false),
        head("Start", 12, false, false),
    ];
    let list = (&app.registrations, registrations.len());
    table(buffer, area, theme, &heads, list, |index| {
        let row = registrations.get(index)?;
        let plain = |text: String| Cell { text, role: Role::Plain };
        let failed = if row.failed > 0 { Role::Bad } else { Role::Plain };
        let cells = vec![
            Cell { text: (index + 1).to_string(), role: Role::Dim },
            Cell { text: row.state.replace('_', " "), role: state_role(row.state) },
            plain(row.aor.clone().unwrap_or_default()),
            plain(row.contact.clone().unwrap_or_default()),
            plain(address(row.address)),
            plain(row.delay_ms.map(|ms| format!("{ms:.1}")).unwrap_or_default()),
            plain(row.expires_s.map(|s| s.to_string()).unwrap_or_default()),
            plain(row.attempts.to_string()),
            Cell { text: row.failed.to_string(), role: failed },
            plain(time_of_day(&row.start_time).to_owned()),
        ];
        Some(Row { cells, marked: false })
    });
    if let (Some(area), Some(row)) = (below, registrations.get(app.registrations.cursor)) {
        let title = row.aor.clone().unwrap_or_else(|| row.id.clone());
        let details = Details { said: details::of_registration(&row), ..Details::default() };
        let lines = |columns| details::lines(&details, small(columns + 2));
        detail(buffer, area, &title, app.detail, theme, lines);
    }
}
