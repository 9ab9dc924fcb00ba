//! What actions do to the page of calls.

use crate::report::CallFacts;
use crate::view::tui::Look;
use crate::view::tui::action::{Command, Tone};
use crate::view::tui::app::{App, Overlay};
use crate::view::tui::column::{Column, Sort, call_id};
use crate::view::tui::effect::{Effect, Search};
use crate::view::tui::layout::list_height;
use crate::view::tui::list::{List, Step};
use crate::view::tui::order::Order;
use crate::view::tui::update::{ladder, prompt, step, wish};
use crate::view::tui::widget::menu::{Entry, Item, Menu};
use crate::view::tui::widget::prompt::Purpose;

pub(super) fn command(app: &mut App, command: Command, look: &Look<'_, '_>) {
    match command {
        Command::Move(to) => {
            step(app, to, look);
            // Who moves wants to look at something else than the newest.
            app.calls.follow = app.calls.follow && to == Step::Last;
        }
        Command::Left => app.calls.shift = app.calls.shift.saturating_sub(1),
        Command::Right => {
            let most = app.settings.columns.len().saturating_sub(1);
            app.calls.shift = (app.calls.shift + 1).min(most);
        }
        Command::Open => {
            let names = chosen(app, look);
            ladder::descend(app, names, look);
        }
        Command::Ladder => {
            let names = here(app, look).into_iter().map(|(_, name)| name).collect();
            ladder::descend(app, names, look);
        }
        Command::Messages => {
            let names = here(app, look).into_iter().map(|(_, name)| name).collect();
            ladder::descend(app, names, look);
            ladder::alone(app);
        }
        Command::Mark => {
            if let Some((key, name)) = here(app, look) {
                if app.calls.marks.remove(&key).is_none() {
                    app.calls.marks.insert(key, name);
                }
                step(app, Step::Down, look);
            }
        }
        Command::MarkAll => mark_all(app, look),
        Command::Unmark => app.calls.marks.clear(),
        Command::Tag => {
            let tag = here(app, look).and_then(|(key, _)| app.calls.tags.get(&key).cloned());
            prompt::open(app, Purpose::Tag, tag.unwrap_or_default());
        }
        Command::Columns => columns(app),
        Command::SortLeft | Command::SortRight => sort(app, command == Command::SortRight, look),
        Command::Reverse => {
            app.calls.query.sort.descending = !app.calls.query.sort.descending;
            wish(app, look);
        }
        Command::Follow => {
            app.calls.follow = !app.calls.follow;
            newest(app);
        }
        _ => {}
    }
}

/// The call that the cursor is on: its Call-ID and its name.
pub(super) fn here(app: &App, look: &Look<'_, '_>) -> Option<(String, String)> {
    let index = app.calls.order.get(app.calls.list.cursor)?;
    let call = CallFacts::at(look.context, index)?;
    Some((call_id(&call).to_owned(), call.name()))
}

/// The names of the calls marked, or of the one that the cursor is on.
pub(super) fn chosen(app: &App, look: &Look<'_, '_>) -> Vec<String> {
    if app.calls.marks.is_empty() {
        return here(app, look).into_iter().map(|(_, name)| name).collect();
    }
    app.calls.marks.values().cloned().collect()
}

/// Calls that are marked at most.
const MOST_MARKS: usize = 100_000;

fn mark_all(app: &mut App, look: &Look<'_, '_>) {
    for at in 0..app.calls.order.len().min(MOST_MARKS) {
        let call = app.calls.order.get(at).and_then(|index| CallFacts::at(look.context, index));
        if let Some(call) = call {
            app.calls.marks.insert(call_id(&call).to_owned(), call.name());
        }
    }
    if app.calls.order.len() > MOST_MARKS {
        app.say(Tone::Bad, format!("only the first {MOST_MARKS} calls are marked"));
    }
}

/// A new report: the order is wished anew.
pub(super) fn refresh(app: &mut App, look: &Look<'_, '_>) {
    // An order on its way to the same wish will be asked for again when it comes.
    wish(app, look);
}

/// Calls have come in an order; the cursor stays on its call.
pub(super) fn ordered(app: &mut App, order: Order) {
    if order.query.filter != app.calls.query.filter || order.query.sort != app.calls.query.sort {
        // Of an earlier wish.
        return;
    }
    app.calls.waiting = order.query.wish < app.calls.query.wish;
    let call = app.calls.order.get(app.calls.list.cursor);
    let before = std::mem::replace(&mut app.calls.order, order);
    // From the first row one wants to see what is first now.
    let moved = before.query.sort != app.calls.order.query.sort;
    if app.calls.list.cursor > 0
        && !moved
        && let Some(position) = call.and_then(|call| app.calls.order.position(call))
    {
        let (total, height) = (app.calls.order.len(), list_height(app));
        app.calls.list.go(position, total, height);
    }
    newest(app);
}

/// Moves to the newest call, if that is wished.
fn newest(app: &mut App) {
    if app.calls.follow {
        let (total, height) = (app.calls.order.len(), list_height(app));
        app.calls.list.go(total.saturating_sub(1), total, height);
    }
}

fn sort(app: &mut App, right: bool, look: &Look<'_, '_>) {
    let columns = &app.settings.columns;
    let Sort { column, descending } = app.calls.query.sort;
    let count = columns.len().max(1);
    let next = match columns.iter().position(|known| *known == column) {
        Some(here) => (here + if right { 1 } else { count - 1 }) % count,
        None => 0,
    };
    if let Some(column) = columns.get(next) {
        app.calls.query.sort = Sort { column: *column, descending };
        app.calls.list = List::default();
        wish(app, look);
    }
}

/// The menu of columns: those shown first, in their order.
fn columns(app: &mut App) {
    let shown = app.settings.columns.clone();
    let others = Column::all().filter(|column| !shown.contains(column));
    let entry = |column: Column, on: bool| Entry {
        item: Item::Column(column),
        text: format!("{:<10} {}", column.title(), column.name()),
        on: Some(on),
    };
    let entries = shown
        .iter()
        .map(|column| entry(*column, true))
        .chain(others.map(|column| entry(column, false)))
        .collect();
    let menu = Menu { title: "Columns".to_owned(), entries, list: List::default() };
    app.overlay = Some(Overlay::Menu(menu));
}

/// Searches from the cursor on.
pub(super) fn search(app: &mut App, text: String, forward: bool) {
    app.calls.search.clone_from(&text);
    let search = Search { text, from: app.calls.list.cursor, forward };
    app.searching = Some(search.clone());
    app.effects.push(Effect::Search(search));
}

/// A search has come to its end.
pub(super) fn found(app: &mut App, search: &Search, found: Option<usize>) {
    if app.searching.as_ref() != Some(search) {
        return;
    }
    app.searching = None;
    match found {
        Some(at) => {
            let (total, height) = (app.calls.order.len(), list_height(app));
            let around = at <= search.from;
            app.calls.list.go(at, total, height);
            if around == search.forward && at != search.from {
                let end = if search.forward { "end" } else { "beginning" };
                app.say(Tone::Good, format!("past the {end} of the list"));
            }
        }
        None => app.say(Tone::Bad, format!("no call shows {}", search.text)),
    }
}
