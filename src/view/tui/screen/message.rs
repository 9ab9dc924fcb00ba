//! The message that the cursor of a ladder is on: what is known of it, then
//! its bytes; or what differs between two.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::flow::Row;
use super::ladder::frame_text;
use super::streams::summary;
use crate::view::tui::app::App;
use crate::view::tui::column::severity_role;
use crate::view::tui::theme::{Role, Theme};
use crate::view::tui::widget::text::{Line, framed, line, piece, put_lines};
use crate::view::tui::widget::{bytes, diff};

/// Draws the message, or the comparison.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let (title, lines) = content(app, usize::from(area.width.saturating_sub(2)));
    let inner = framed(buffer, area, &title, theme);
    let top = app.ladder.scroll.min(lines.len().saturating_sub(1));
    put_lines(buffer, inner, &lines, top, theme);
    let below = lines.len().saturating_sub(top + usize::from(inner.height));
    if below > 0 && area.height > 2 {
        let text = format!(" {below} more lines ");
        let x = area.right().saturating_sub(crate::view::tui::widget::text::small(text.len()) + 2);
        let at = (x.max(area.x + 1), area.bottom().saturating_sub(1));
        crate::view::tui::widget::text::put(buffer, at, text.len(), &text, theme.style(Role::Dim));
    }
}

/// The frame's title, and the lines in it.
pub(in crate::view::tui) fn content(app: &App, columns: usize) -> (String, Vec<Line>) {
    let page = &app.ladder;
    if let Some((a, b)) = page.diff
        && let (Some(a), Some(b)) = (page.flow.rows.get(a), page.flow.rows.get(b))
    {
        return compared(app, a, b, columns);
    }
    let Some(row) = page.row() else { return (String::new(), Vec::new()) };
    let title = format!("{}  {}", frame_text(row.frame), row.text);
    let mut lines = Vec::new();
    for (severity, text) in &row.findings {
        let role = severity_role(severity);
        bytes::broken(&[piece(role, format!("! {severity}: {text}"))], columns, &mut lines);
    }
    if let Some(stream) = &row.stream {
        lines.extend(page.stream_lines.get(stream).cloned().unwrap_or_default());
        return (title, lines);
    }
    bytes::broken(&[piece(Role::Dim, &row.ends)], columns, &mut lines);
    bytes::broken(&[piece(Role::Dim, &row.time)], columns, &mut lines);
    if let Some(ms) = row.hop_ms {
        lines.push(line(Role::Dim, format!("passed on after {ms:.3} ms")));
    }
    if row.stopped {
        lines.push(line(Role::Warning, "was to be passed on, and was not"));
    }
    if let Some(detail) = &row.detail {
        bytes::broken(&[piece(Role::Media, detail)], columns, &mut lines);
    }
    lines.push(Line::new());
    match page.bytes(row) {
        None => lines.push(line(Role::Dim, "reading the message back \u{2026}")),
        Some(Err(why)) => {
            bytes::broken(&[piece(Role::Warning, why)], columns, &mut lines);
        }
        Some(Ok(message)) => lines.extend(bytes::lines(message, page.form, columns)),
    }
    (format!("{title}  [{}]", page.form.name()), lines)
}

fn compared(app: &App, a: &Row, b: &Row, columns: usize) -> (String, Vec<Line>) {
    let name = |row: &Row| format!("{} {}", frame_text(row.frame), row.text);
    let title = format!("- {}   + {}", name(a), name(b));
    let (first, second) = match (app.ladder.bytes(a), app.ladder.bytes(b)) {
        (Some(Ok(first)), Some(Ok(second))) => (first, second),
        (Some(Err(why)), _) | (_, Some(Err(why))) => {
            return (title, vec![line(Role::Warning, why)]);
        }
        _ => return (title, vec![line(Role::Dim, "reading the messages back \u{2026}")]),
    };
    let mut lines = diff::lines(first, second, columns);
    let said = match diff::changes(&lines) {
        0 => "The two messages are the same.".to_owned(),
        count => format!("{count} lines differ."),
    };
    lines.insert(0, line(Role::Heading, said));
    lines.insert(1, Line::new());
    (title, lines)
}

/// What is said of a stream in the place of a message.
pub(in crate::view::tui) fn stream_lines(
    look: &crate::view::tui::Look<'_, '_>,
    name: &str,
) -> Vec<Line> {
    let index = look.context.place(name);
    let stream = index.and_then(|index| look.report.streams.get(index));
    stream.map(|stream| summary(&stream)).unwrap_or_default()
}
