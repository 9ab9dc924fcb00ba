//! The page of a ladder: hosts as columns, messages and streams as arrows, and
//! the message that the cursor is on beside or below it.
//!
//! ```text
//! call-1  alice → bob, completed (200)
//!  +time       frame     10.0.0.1            10.0.0.2     │ frame 1  INVITE
//!  +0.000000       1      │───── INVITE ────────▶│        │ INVITE sip:bob ...
//!  +0.120000     ! 2      │◀──── 180 Ringing ────│        │ Via: ...
//! ```

use std::collections::{BTreeMap, BTreeSet};

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::flow::{Flow, Row, Wish, shown_time};
use super::message;
use crate::report::ladder::Kind;
use crate::report::value::FrameRef;
use crate::view::terminal::{cut, safe, width};
use crate::view::tui::app::App;
use crate::view::tui::column::{mos_role, severity_role};
use crate::view::tui::layout;
use crate::view::tui::list::List;
use crate::view::tui::theme::{Role, Theme};
use crate::view::tui::widget::bytes::Form;
use crate::view::tui::widget::table::{cursor_style, scroll_bar};
use crate::view::tui::widget::text::{Line, fill, nothing, piece, put, put_line, put_right, small};

/// Where the message stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Pane {
    /// Beside the ladder, or below it.
    #[default]
    Beside,
    /// Nowhere.
    Hidden,
    /// Alone.
    Alone,
}

/// Which times are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Times {
    /// Since the first message.
    #[default]
    Start,
    /// Since the row before.
    Previous,
    /// Of the clock, UTC.
    Clock,
}

/// Messages of a frame as they were read back, or why they could not be.
pub(in crate::view::tui) type Fetched = Result<Vec<Vec<u8>>, String>;

/// The page of a ladder.
#[derive(Clone, PartialEq, Debug)]
pub struct LadderPage {
    /// The conversations shown, by their names in the report.
    pub names: Vec<String>,
    /// What is shown of them.
    pub flow: Flow,
    /// What is wished to be shown.
    pub wish: Wish,
    /// The place among the rows.
    pub list: List,
    /// Where the message stands.
    pub pane: Pane,
    /// The message's share of the page, in percent.
    pub share: u8,
    /// How the message is shown.
    pub form: Form,
    /// Lines of the message moved up.
    pub scroll: usize,
    /// Columns of the ladder moved to the left.
    pub shift: usize,
    /// Which times are shown.
    pub times: Times,
    /// Whether the arrows are without what session descriptions announce.
    pub no_sdp: bool,
    /// The row marked for comparison.
    pub marked: Option<usize>,
    /// Whether the message stands alone only for the comparison.
    pub alone_for_diff: bool,
    /// The rows compared.
    pub diff: Option<(usize, usize)>,
    /// Frames asked for.
    pub asked: BTreeSet<(u16, u64)>,
    /// Messages read back.
    pub fetched: BTreeMap<(u16, u64), Fetched>,
    /// What is said of the streams among the rows.
    pub stream_lines: BTreeMap<String, Vec<Line>>,
    /// The text last searched for.
    pub search: String,
}

impl Default for LadderPage {
    fn default() -> Self {
        Self {
            names: Vec::new(),
            flow: Flow::default(),
            wish: Wish::default(),
            list: List::default(),
            pane: Pane::default(),
            share: 45,
            form: Form::default(),
            scroll: 0,
            shift: 0,
            times: Times::default(),
            no_sdp: false,
            marked: None,
            alone_for_diff: false,
            diff: None,
            asked: BTreeSet::new(),
            fetched: BTreeMap::new(),
            stream_lines: BTreeMap::new(),
            search: String::new(),
        }
    }
}

impl LadderPage {
    /// The row that the cursor is on.
    pub fn row(&self) -> Option<&Row> {
        self.flow.rows.get(self.list.cursor)
    }

    /// The bytes of a row's message, once they are read back.
    pub fn bytes(&self, row: &Row) -> Option<Result<&[u8], &str>> {
        let messages = match self.fetched.get(&super::flow::key(row.frame))? {
            Ok(messages) => messages,
            Err(why) => return Some(Err(why)),
        };
        // A frame may hold several messages, of several conversations.
        let contains = |bytes: &[u8], part: &str| {
            part.is_empty() || bytes.windows(part.len()).any(|window| window == part.as_bytes())
        };
        let start = row.text.trim_end_matches(" (again)");
        let fits = |bytes: &&Vec<u8>| {
            let bytes = bytes.strip_prefix(b"SIP/2.0 ").unwrap_or(bytes);
            bytes.starts_with(start.as_bytes()) && contains(bytes, &row.call_id)
        };
        let found = messages.iter().find(fits);
        let found = found.or_else(|| messages.iter().find(|b| contains(b, &row.call_id)));
        Some(found.or(messages.first()).map(Vec::as_slice).ok_or("the frame holds no SIP message"))
    }
}

/// Columns of the time, the mark and the frame, before the first host.
const TIME: usize = 13;
const FRAME: usize = 8;
/// Columns between two lifelines at least and at most.
const NARROWEST: usize = 20;
const WIDEST: usize = 48;

/// Draws the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, app: &App) {
    let theme = app.settings.theme;
    let (ladder, pane) = layout::ladder(app);
    if app.ladder.names.is_empty() {
        let enter = app.settings.keys.key_of(crate::view::tui::action::Command::Open);
        let lines =
            ["No call is chosen.", &format!("Choose one on the page of calls (1) with {enter}.")];
        return nothing(buffer, app.areas().body, &lines, theme);
    }
    if ladder.height > 0 {
        arrows(buffer, ladder, app, theme);
    }
    if let Some(pane) = pane {
        message::draw(buffer, pane, app, theme);
    }
}

/// Where the lifelines stand, by columns of the ladder, not yet shifted.
fn lifelines(app: &App, room: usize) -> Vec<usize> {
    let hosts = &app.ladder.flow.hosts;
    let gutter = gutter(room, hosts.len());
    let count = hosts.len().max(1);
    let step = (room.saturating_sub(gutter) / count).clamp(NARROWEST, WIDEST);
    (0..hosts.len()).map(|index| gutter + step * index + step / 2).collect()
}

/// Columns before the hosts; the frame number is left out where there is little room.
const fn gutter(room: usize, hosts: usize) -> usize {
    if room >= TIME + FRAME + hosts * NARROWEST { TIME + FRAME } else { TIME + 2 }
}

fn arrows(buffer: &mut Buffer, area: Rect, app: &App, theme: Theme) {
    let page = &app.ladder;
    let room = usize::from(area.width.saturating_sub(1));
    let lines = lifelines(app, room);
    let hidden = match page.flow.hidden {
        0 => String::new(),
        count => format!("  ({count} rows hidden with their hosts)"),
    };
    let title = [piece(Role::Heading, &page.flow.title), piece(Role::Warning, hidden)];
    put_line(buffer, Rect { height: 1, ..area }, &title, 0, theme);
    headings(buffer, Rect { y: area.y + 1, height: 1, ..area }, app, &lines, theme);
    let rows = Rect { y: area.y + 2, height: area.height.saturating_sub(2), ..area };
    let total = page.flow.rows.len();
    let window = page.list.window(total, usize::from(rows.height));
    let below = rows.y + small(window.len());
    for y in below..rows.bottom() {
        let place = Rect { y, width: rows.width.saturating_sub(1), height: 1, ..rows };
        lifelines_only(buffer, place, page.shift, &lines, theme);
    }
    for (index, y) in window.clone().zip(rows.y..) {
        let Some(row) = page.flow.rows.get(index) else { continue };
        let place = Rect { x: rows.x, y, width: rows.width.saturating_sub(1), height: 1 };
        arrow(buffer, place, app, (index, row), &lines, theme);
        if index == page.list.cursor {
            fill(buffer, place, cursor_style(theme));
        }
    }
    let bar = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    scroll_bar(buffer, bar, theme, window, total);
}

fn headings(buffer: &mut Buffer, row: Rect, app: &App, lines: &[usize], theme: Theme) {
    let page = &app.ladder;
    let title = match page.times {
        Times::Start => "since start",
        Times::Previous => "since last",
        Times::Clock => "time UTC",
    };
    put_right(buffer, (row.x, row.y), TIME - 1, title, theme.style(Role::Dim));
    let step = lines.get(1).zip(lines.first()).map_or(WIDEST, |(b, a)| b - a);
    for (host, line) in page.flow.hosts.iter().zip(lines) {
        let text = host.name.as_ref().unwrap_or(&host.label);
        let text = safe(text);
        let text = cut(&text, step.saturating_sub(1));
        let start = line.saturating_sub(width(&text) / 2);
        let Some(x) = start
            .checked_sub(page.shift)
            .filter(|x| *x >= gutter(usize::from(row.width).saturating_sub(1), lines.len()) - 1)
        else {
            continue;
        };
        let room = usize::from(row.width).saturating_sub(x);
        put(buffer, (row.x + small(x), row.y), room, &text, theme.style(Role::Heading));
    }
}

/// The colour of an arrow.
fn kind_role(row: &Row) -> Role {
    match row.kind {
        Kind::Request => Role::Name,
        Kind::Provisional | Kind::Detour => Role::Warning,
        Kind::Success => Role::Good,
        Kind::Failure => Role::Bad,
        Kind::Media => row.mos.map_or(Role::Media, |mos| match mos_role(mos) {
            Role::Good => Role::Media,
            worse => worse,
        }),
    }
}

/// The text on an arrow with `room` columns: all of it, or without what session
/// descriptions announce; how often it was sent is kept when the rest is cut.
fn label(row: &Row, sdp: bool, room: usize) -> String {
    let times = match row.repeated {
        0 => String::new(),
        again => format!(" \u{d7}{}", again + 1),
    };
    let stopped = if row.stopped { " \u{2717}" } else { "" };
    let (text, end) = (safe(&row.text), format!("{times}{stopped}"));
    if let Some(detail) = row.detail.as_ref().filter(|_| sdp) {
        let whole = format!("{text}{end} ({})", safe(detail));
        if width(&whole) <= room {
            return whole;
        }
    }
    format!("{}{end}", cut(&text, room.saturating_sub(width(&end))))
}

/// A row in which nothing happens.
fn lifelines_only(buffer: &mut Buffer, place: Rect, shift: usize, lines: &[usize], theme: Theme) {
    let style = theme.style(Role::Frame);
    for line in lines {
        let x =
            line.checked_sub(shift).filter(|x| *x >= gutter(usize::from(place.width), lines.len()));
        if let Some(x) = x.filter(|x| *x < usize::from(place.width)) {
            put(buffer, (place.x + small(x), place.y), 1, "\u{2502}", style);
        }
    }
}

fn arrow(
    buffer: &mut Buffer,
    place: Rect,
    app: &App,
    (index, row): (usize, &Row),
    lines: &[usize],
    theme: Theme,
) {
    let page = &app.ladder;
    let room = usize::from(place.width);
    let gutter = gutter(room, lines.len());
    let at = |column: usize| (place.x + small(column), place.y);
    // The hosts' part, drawn before the gutter covers what is shifted out.
    let mut text = Canvas::new(lines.last().map_or(0, |last| last + NARROWEST));
    for line in lines {
        text.set(*line, '\u{2502}');
    }
    let (from, to) = (lines.get(row.from), lines.get(row.to));
    let (Some(&from), Some(&to)) = (from, to) else { return };
    let (low, high) = (from.min(to), from.max(to));
    let role = kind_role(row);
    let sdp = !page.no_sdp || row.stream.is_some();
    let inside = if low == high { NARROWEST - 4 } else { high - low - 1 };
    let label = label(row, sdp, inside.saturating_sub(4));
    let span = if low == high {
        text.write(low + 2, &format!("\u{21ba} {label}"));
        low + 2..low + 4 + width(&label)
    } else {
        let stroke = if row.stream.is_some() { '\u{2550}' } else { '\u{2500}' };
        for column in low + 1..high {
            text.set(column, stroke);
        }
        let head = if to > from { (high - 1, '\u{25b6}') } else { (low + 1, '\u{25c0}') };
        text.set(head.0, head.1);
        let start = low + 1 + (inside.saturating_sub(width(&label) + 2)) / 2;
        text.write(start, &format!(" {label} "));
        low + 1..high
    };
    text.put(
        buffer,
        place,
        page.shift,
        gutter,
        theme.style(Role::Frame),
        (span, theme.style(role)),
    );
    // Time, marks and the frame.
    let time = shown_time(&page.flow.rows, index, page.times);
    let style = theme.style(if row.again { Role::Dim } else { Role::Plain });
    put_right(buffer, at(0), TIME - 1, &time, style);
    let mark = if page.marked == Some(index) { ("*", Role::Marked) } else { (" ", Role::Plain) };
    put(buffer, at(TIME - 1), 1, mark.0, theme.style(mark.1));
    if let Some(severity) = row.severity() {
        put(buffer, at(TIME), 1, "!", theme.style(severity_role(severity)));
    }
    if gutter > TIME + 2 {
        put_right(buffer, at(TIME + 1), FRAME - 2, &frame_text(row.frame), theme.style(Role::Dim));
    }
}

/// A frame as the interface names it.
pub(in crate::view::tui) fn frame_text(frame: FrameRef) -> String {
    frame.to_string()
}

/// A row of cells wider than the screen, of which a part is shown.
struct Canvas {
    cells: Vec<String>,
}

impl Canvas {
    fn new(columns: usize) -> Self {
        Self { cells: vec![" ".to_owned(); columns] }
    }

    fn set(&mut self, column: usize, c: char) {
        if let Some(cell) = self.cells.get_mut(column) {
            *cell = c.to_string();
        }
    }

    /// Writes a text; a wide character takes the cell behind it.
    fn write(&mut self, column: usize, text: &str) {
        let mut at = column;
        for c in text.chars() {
            let wide = width(c.encode_utf8(&mut [0; 4]));
            if wide == 0 {
                continue;
            }
            self.set(at, c);
            for behind in 1..wide {
                if let Some(cell) = self.cells.get_mut(at + behind) {
                    cell.clear();
                }
            }
            at += wide;
        }
    }

    /// Puts what is shown of the row; the arrow's part has a style of its own.
    fn put(
        &self,
        buffer: &mut Buffer,
        place: Rect,
        shift: usize,
        gutter: usize,
        style: ratatui::style::Style,
        (arrow, arrow_style): (std::ops::Range<usize>, ratatui::style::Style),
    ) {
        for column in gutter..usize::from(place.width) {
            let from = column + shift;
            let Some(cell) = self.cells.get(from).filter(|cell| !cell.is_empty()) else { continue };
            let style = if arrow.contains(&from) { arrow_style } else { style };
            put(buffer, (place.x + small(column), place.y), 2, cell, style);
        }
    }
}
