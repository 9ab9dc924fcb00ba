//! The parts of the screen, for drawing and for the mouse alike.
//!
//! ```text
//! bar     │ siplens  1 Calls  2 Ladder ...                    call.pcap  12 calls │
//! body    │ #  State      From    To    ...                                       │
//! status  │ what was said last, a line that is typed, how far the reading is      │
//! keys    │ F1 Help  Enter Ladder  ...                                            │
//! ```

use ratatui::layout::Rect;

use super::app::{App, Overlay, Page};
use super::screen::ladder::Pane;
use super::widget::text::small;
use crate::view::terminal::width;

/// The parts of the screen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Areas {
    pub(super) bar: Rect,
    pub(super) body: Rect,
    pub(super) status: Rect,
    pub(super) keys: Rect,
}

/// Columns of a message beside a ladder at least; with less it stands below it.
const MESSAGE_LEAST: u16 = 38;
/// Columns of a host in a ladder, and before the first of them.
const HOST: u16 = 20;
const GUTTER: u16 = 22;
/// Least rows with a message below the ladder.
const BELOW: u16 = 20;
/// Rows of a ladder above its message at least.
const LADDER_ROWS: u16 = 6;

/// The parts of the screen.
pub(super) fn areas(app: &App) -> Areas {
    let (width, height) = app.size;
    // A line that is typed takes another one for what it means.
    let status = if matches!(app.overlay, Some(Overlay::Prompt(_))) { 2 } else { 1 };
    let row = |y: u16, rows: u16| Rect::new(0, y, width, rows.min(height.saturating_sub(y)));
    let body = height.saturating_sub(2 + status);
    Areas {
        bar: row(0, 1),
        body: row(1, body),
        status: row(1 + body, status),
        keys: row(1 + body + status, 1),
    }
}

/// The names of the pages in the bar: all of them, or, where there is no room
/// for that, the numbers of those that are not shown.
pub(super) fn pages(app: &App) -> Vec<(Page, Rect, String)> {
    if app.page == Page::Start {
        return Vec::new();
    }
    let row = app.areas().bar;
    let named = |page: &Page, number: usize| format!(" {number} {} ", page.title());
    let all: usize = Page::BAR.iter().zip(1..).map(|(page, n)| width(&named(page, n))).sum();
    let mut x = row.x;
    let mut pages = Vec::new();
    for (page, number) in Page::BAR.iter().zip(1..) {
        let whole = *page == app.page || all <= usize::from(row.width);
        let text = if whole { named(page, number) } else { format!(" {number} ") };
        let columns = small(width(&text)).min(row.right().saturating_sub(x));
        pages.push((*page, Rect { x, width: columns, ..row }, text));
        x += columns;
    }
    pages
}

/// Columns in which all hosts of the ladder have room.
fn ladder_width(app: &App) -> u16 {
    let hosts = small(app.ladder.flow.hosts.len());
    hosts.max(2).saturating_mul(HOST).saturating_add(GUTTER)
}

/// The ladder, and the message beside or below it.
pub(super) fn ladder(app: &App) -> (Rect, Option<Rect>) {
    let body = app.areas().body;
    match app.ladder.pane {
        Pane::Alone => (Rect { height: 0, ..body }, Some(body)),
        Pane::Beside if body.width >= ladder_width(app) + MESSAGE_LEAST => {
            let wanted = u32::from(body.width) * u32::from(app.ladder.share) / 100;
            let most = body.width - ladder_width(app);
            let width = u16::try_from(wanted).unwrap_or(most).clamp(MESSAGE_LEAST, most);
            let left = body.width.saturating_sub(width);
            let message = Rect { x: body.x + left, width, ..body };
            (Rect { width: left, ..body }, Some(message))
        }
        Pane::Beside if body.height >= BELOW => {
            let wanted = u32::from(body.height) * u32::from(app.ladder.share) / 100;
            let most = body.height.saturating_sub(LADDER_ROWS);
            let height = u16::try_from(wanted).unwrap_or(most).clamp(4, most.max(4));
            let above = body.height.saturating_sub(height);
            let message = Rect { y: body.y + above, height, ..body };
            (Rect { height: above, ..body }, Some(message))
        }
        Pane::Beside | Pane::Hidden => (body, None),
    }
}

/// The list of streams, and the charts.
pub(super) fn streams(app: &App) -> (Rect, Option<Rect>) {
    let body = app.areas().body;
    if app.streams.alone {
        return (Rect { height: 0, ..body }, Some(body));
    }
    if body.height < 18 {
        return (body, None);
    }
    let list = (body.height / 3).max(6);
    let charts = Rect { y: body.y + list, height: body.height - list, ..body };
    (Rect { height: list, ..body }, Some(charts))
}

/// The list of a page, and what is to be said of the row that is chosen.
pub(super) fn with_detail(app: &App) -> (Rect, Option<Rect>) {
    let body = app.areas().body;
    if body.height < 14 {
        return (body, None);
    }
    let list = (body.height * 2 / 5).max(5);
    let detail = Rect { y: body.y + list, height: body.height - list, ..body };
    (Rect { height: list, ..body }, Some(detail))
}

/// Rows of the list on a page, without its headings.
pub(super) fn list_height(app: &App) -> usize {
    let rows = match app.page {
        Page::Ladder => ladder(app).0.height.saturating_sub(2),
        Page::Streams => streams(app).0.height.saturating_sub(1),
        Page::Findings | Page::Endpoints | Page::Registrations => {
            with_detail(app).0.height.saturating_sub(1)
        }
        Page::Statistics | Page::Capture => app.areas().body.height,
        Page::Start | Page::Calls => app.areas().body.height.saturating_sub(1),
    };
    usize::from(rows)
}
