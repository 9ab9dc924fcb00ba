//! What actions do to the page of a ladder.

use crate::report::value::FrameRef;
use crate::view::tui::Look;
use crate::view::tui::action::{Command, Tone};
use crate::view::tui::app::{App, Overlay, Page};
use crate::view::tui::effect::{Effect, Fetch};
use crate::view::tui::layout::{self, list_height};
use crate::view::tui::list::{List, Step};
use crate::view::tui::screen::flow::{Flow, Merge, key};
use crate::view::tui::screen::ladder::{Pane, Times};
use crate::view::tui::screen::message;
use crate::view::tui::update::{lists, step};
use crate::view::tui::widget::menu::{Entry, Item, Menu};

/// Conversations in one ladder at most.
const MOST: usize = 50;
/// Messages read back at once at most.
const FETCHED: usize = 5_000;

/// Shows the ladder of conversations, to come back from.
pub(super) fn descend(app: &mut App, names: Vec<String>, look: &Look<'_, '_>) {
    if names.is_empty() {
        return;
    }
    super::descend(app, Page::Ladder);
    open(app, names, look);
}

/// Makes the ladder of conversations, if it is not that of them already.
pub(super) fn open(app: &mut App, mut names: Vec<String>, look: &Look<'_, '_>) {
    if names.len() > MOST {
        app.say(Tone::Bad, format!("only the first {MOST} calls are in the ladder"));
    }
    // In the order of the report.
    names.sort_by_key(|name| look.context.named(name));
    names.truncate(MOST);
    if app.ladder.names != names {
        let page = &mut app.ladder;
        page.names = names;
        page.list = List::default();
        page.scroll = 0;
        page.shift = 0;
        page.marked = None;
        page.fetched.clear();
        page.asked.clear();
    }
    app.ladder.diff = None;
    if app.ladder.pane == Pane::Alone {
        app.ladder.pane = Pane::Beside;
    }
    rebuild(app, look);
}

/// Makes the rows anew, after a wish or with a new report; the cursor stays on its row.
pub(super) fn rebuild(app: &mut App, look: &Look<'_, '_>) {
    let page = &mut app.ladder;
    let here = page.row().map(|row| (row.frame, row.text.clone()));
    let marked = page.marked.and_then(|at| page.flow.rows.get(at)).map(|row| row.frame);
    page.flow = Flow::of(look, &page.names, &page.wish);
    page.diff = None;
    page.marked = marked.and_then(|frame| page.flow.rows.iter().position(|r| r.frame == frame));
    if let Some((frame, text)) = here {
        let same = |row: &crate::view::tui::screen::flow::Row| row.frame == frame;
        let rows = &page.flow.rows;
        let position = rows.iter().position(|row| same(row) && row.text == text);
        page.list.cursor = position.or_else(|| rows.iter().position(same)).unwrap_or(0);
    }
    page.stream_lines = page
        .flow
        .rows
        .iter()
        .filter_map(|row| row.stream.clone())
        .map(|name| (name.clone(), message::stream_lines(look, &name)))
        .collect();
    fetch(app);
}

/// Asks for the messages that are not at hand.
fn fetch(app: &mut App) {
    let page = &mut app.ladder;
    let mut frames: Vec<Fetch> = Vec::new();
    for row in page.flow.rows.iter().filter(|row| row.is_message()).take(FETCHED) {
        if page.asked.insert(key(row.frame)) {
            frames.push(Fetch { frame: row.frame, alone: row.transport == "udp" });
        }
    }
    if !frames.is_empty() {
        app.effects.push(Effect::Fetch(frames));
    }
}

/// Shows a frame in the ladder of its conversation.
pub(super) fn show_frame(
    app: &mut App,
    name: String,
    frame: Option<FrameRef>,
    look: &Look<'_, '_>,
) {
    descend(app, vec![name], look);
    let rows = &app.ladder.flow.rows;
    let position = frame.and_then(|frame| {
        // A frame without a row of its own, as a media packet's, belongs to the last before.
        let exact = rows.iter().position(|row| row.frame == frame);
        exact.or_else(|| rows.iter().rposition(|row| key(row.frame) < key(frame)))
    });
    let (total, height) = (rows.len(), list_height(app));
    app.ladder.list.go(position.unwrap_or(0), total, height);
}

/// Shows the message alone.
pub(super) fn alone(app: &mut App) {
    app.ladder.pane = Pane::Alone;
    app.ladder.scroll = 0;
}

/// Closes the comparison, or the message alone; whether there was something to close.
pub(super) fn close(app: &mut App) -> bool {
    let page = &mut app.ladder;
    if page.diff.take().is_some() {
        page.scroll = 0;
        if page.pane == Pane::Alone && page.alone_for_diff {
            page.pane = Pane::Beside;
        }
        page.alone_for_diff = false;
        return true;
    }
    let alone = page.pane == Pane::Alone;
    if alone {
        page.pane = Pane::Beside;
    }
    alone
}

pub(super) fn command(app: &mut App, command: Command, look: &Look<'_, '_>) {
    let rows = app.ladder.flow.rows.len();
    let alone = app.ladder.pane == Pane::Alone;
    match command {
        Command::Move(to) if alone => scroll(app, to),
        Command::Move(to) => go(app, look, to),
        Command::Left if alone => go(app, look, Step::Up),
        Command::Right if alone => go(app, look, Step::Down),
        Command::Left => app.ladder.shift = app.ladder.shift.saturating_sub(10),
        Command::Right => {
            let most = app.ladder.flow.hosts.len().saturating_sub(1) * 20;
            app.ladder.shift = (app.ladder.shift + 10).min(most);
        }
        Command::MessageUp => scroll(app, Step::HalfUp),
        Command::MessageDown => scroll(app, Step::HalfDown),
        Command::Open => match app.ladder.row().and_then(|row| row.stream.clone()) {
            Some(stream) => lists::show_stream(app, &stream, look),
            None if rows > 0 => self::alone(app),
            None => {}
        },
        Command::Mark => {
            let here = app.ladder.list.cursor;
            app.ladder.marked = (app.ladder.marked != Some(here)).then_some(here);
            go(app, look, Step::Down);
        }
        Command::Diff => diff(app),
        Command::Pair => match app.ladder.flow.pair(app.ladder.list.cursor) {
            Some(row) => {
                let height = list_height(app);
                app.ladder.list.go(row, rows, height);
                app.ladder.scroll = 0;
            }
            None => app.say(Tone::Bad, "nothing belongs to it in the capture"),
        },
        Command::NextFinding => next_finding(app),
        Command::Raw => {
            app.ladder.form = app.ladder.form.next();
            app.ladder.scroll = 0;
        }
        Command::Pane => {
            app.ladder.pane = match app.ladder.pane {
                Pane::Beside => Pane::Hidden,
                Pane::Hidden | Pane::Alone => Pane::Beside,
            };
        }
        Command::Wider => app.ladder.share = (app.ladder.share + 5).min(80),
        Command::Narrower => app.ladder.share = app.ladder.share.saturating_sub(5).max(20),
        Command::Times => {
            app.ladder.times = match app.ladder.times {
                Times::Start => Times::Previous,
                Times::Previous => Times::Clock,
                Times::Clock => Times::Start,
            };
        }
        Command::Merge => merge(app, look),
        Command::Hosts => hosts(app),
        Command::Fold => {
            app.ladder.wish.unfolded = !app.ladder.wish.unfolded;
            rebuild(app, look);
        }
        Command::Sdp => app.ladder.no_sdp = !app.ladder.no_sdp,
        Command::Media => {
            app.ladder.wish.no_media = !app.ladder.wish.no_media;
            rebuild(app, look);
        }
        Command::PreviousCall | Command::NextCall => {
            let to = if command == Command::NextCall { Step::Down } else { Step::Up };
            let height = usize::from(app.areas().body.height.saturating_sub(1));
            app.calls.list.step(to, app.calls.order.len(), height);
            let names = super::calls::here(app, look).into_iter().map(|(_, name)| name).collect();
            open(app, names, look);
        }
        _ => {}
    }
}

fn go(app: &mut App, look: &Look<'_, '_>, to: Step) {
    let before = app.ladder.list.cursor;
    step(app, to, look);
    if app.ladder.list.cursor != before {
        app.ladder.scroll = 0;
        if app.ladder.diff.is_some() && app.ladder.pane != Pane::Alone {
            app.ladder.diff = None;
        }
    }
}

/// Moves in the message.
fn scroll(app: &mut App, to: Step) {
    let pane = layout::ladder(app).1.unwrap_or_default();
    let height = usize::from(pane.height.saturating_sub(2)).max(1);
    let columns = usize::from(pane.width.saturating_sub(2));
    let lines = message::content(app, columns).1.len();
    let mut list = List { cursor: app.ladder.scroll, top: 0 };
    list.step(to, lines.saturating_sub(height) + 1, height);
    app.ladder.scroll = list.cursor;
}

/// Compares with the marked message, or with the one of its kind before.
fn diff(app: &mut App) {
    let page = &mut app.ladder;
    let here = page.list.cursor;
    let Some(row) = page.flow.rows.get(here).filter(|row| row.is_message()) else {
        return app.say(Tone::Bad, "only messages can be compared");
    };
    let before = page.flow.rows.get(..here).unwrap_or_default();
    let like =
        |other: &crate::view::tui::screen::flow::Row| other.is_message() && other.text == row.text;
    let other = page
        .marked
        .filter(|marked| *marked != here)
        .or_else(|| before.iter().rposition(like))
        .or_else(|| before.iter().rposition(crate::view::tui::screen::flow::Row::is_message));
    let Some(other) = other else {
        return app.say(Tone::Bad, "mark the message to compare it with, or go to a later one");
    };
    page.diff = Some((other, here));
    page.alone_for_diff = page.pane != Pane::Alone;
    page.pane = Pane::Alone;
    page.scroll = 0;
}

fn next_finding(app: &mut App) {
    let page = &app.ladder;
    let here = page.list.cursor;
    let shows = |row: &crate::view::tui::screen::flow::Row| !row.findings.is_empty();
    let later = page.flow.rows.iter().skip(here + 1).position(shows).map(|at| here + 1 + at);
    let Some(at) = later.or_else(|| page.flow.rows.iter().position(shows)) else {
        return app.say(Tone::Good, "nothing was found wrong here");
    };
    let (total, height) = (page.flow.rows.len(), list_height(app));
    app.ladder.list.go(at, total, height);
    app.ladder.scroll = 0;
}

fn merge(app: &mut App, look: &Look<'_, '_>) {
    let (merge, text) = match app.ladder.wish.merge {
        Merge::Address => (Merge::Port, "a column for each address and port"),
        Merge::Port => (Merge::Name, "a column for each name"),
        Merge::Name => (Merge::Address, "a column for each address"),
    };
    app.ladder.wish.merge = merge;
    app.ladder.wish.hidden.clear();
    app.ladder.wish.first.clear();
    rebuild(app, look);
    app.say(Tone::Good, text);
}

/// The menu of hosts.
fn hosts(app: &mut App) {
    let entries = app.ladder.flow.all_hosts.iter().map(|host| Entry {
        item: Item::Host(host.label.clone()),
        text: match &host.name {
            Some(name) => format!("{name} ({})", host.label),
            None => host.label.clone(),
        },
        on: Some(!app.ladder.wish.hidden.contains(&host.label)),
    });
    let menu =
        Menu { title: "Hosts".to_owned(), entries: entries.collect(), list: List::default() };
    app.overlay = Some(Overlay::Menu(menu));
}

/// Searches in the rows, and in the messages read back.
pub(super) fn search(app: &mut App, text: &str, forward: bool) {
    let page = &app.ladder;
    let wanted = text.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&wanted);
    let total = page.flow.rows.len();
    let shows = |at: &usize| {
        page.flow.rows.get(*at).is_some_and(|row| {
            has(&row.text)
                || has(&row.ends)
                || row.detail.as_deref().is_some_and(has)
                || matches!(page.bytes(row), Some(Ok(bytes)) if has(&String::from_utf8_lossy(bytes)))
        })
    };
    let here = page.list.cursor;
    let found = (1..=total)
        .map(|step| if forward { (here + step) % total } else { (here + total - step) % total })
        .find(shows);
    match found {
        Some(at) => {
            let height = list_height(app);
            app.ladder.list.go(at, total, height);
            app.ladder.scroll = 0;
        }
        None => app.say(Tone::Bad, format!("no message here shows {text}")),
    }
}
