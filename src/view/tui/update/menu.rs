//! What actions do to a menu.

use crate::view::tui::Look;
use crate::view::tui::action::{Command, Tone};
use crate::view::tui::app::{App, Overlay};
use crate::view::tui::update::{ladder, prompt, save};
use crate::view::tui::widget::menu::{Item, Menu};
use crate::view::tui::widget::prompt::Purpose;

pub(super) fn command(app: &mut App, command: Command, look: &Look<'_, '_>) {
    let height = usize::from(app.areas().body.height.saturating_sub(2));
    let Some(Overlay::Menu(menu)) = &mut app.overlay else { return };
    let total = menu.entries.len();
    match command {
        Command::Move(step) => menu.list.step(step, total, height),
        Command::Cancel | Command::Back | Command::Leave => app.overlay = None,
        Command::Switch => {
            let entry = menu.entries.get_mut(menu.list.cursor);
            match entry.map(|entry| &mut entry.on) {
                Some(Some(on)) => *on = !*on,
                _ => accept(app, look),
            }
        }
        Command::MoveUp | Command::MoveDown => shift(menu, command == Command::MoveDown, height),
        Command::Rename => {
            let item = menu.entries.get(menu.list.cursor).map(|entry| entry.item.clone());
            if let Some(Item::Host(host)) = item {
                take(app, look);
                let name = app.ladder.wish.names.get(&host).cloned().unwrap_or_default();
                prompt::open(app, Purpose::HostName(host), name);
            }
        }
        Command::Accept => accept(app, look),
        _ => {}
    }
}

/// Moves the entry up or down.
fn shift(menu: &mut Menu, down: bool, height: usize) {
    let here = menu.list.cursor;
    let to = if down { here + 1 } else { here.saturating_sub(1) };
    let movable = |at: usize| menu.entries.get(at).is_some_and(|entry| entry.on.is_some());
    if to != here && movable(here) && movable(to) {
        menu.entries.swap(here, to);
        menu.list.go(to, menu.entries.len(), height);
    }
}

/// Takes the menu as it is.
pub(super) fn accept(app: &mut App, look: &Look<'_, '_>) {
    let Some(Overlay::Menu(menu)) = &app.overlay else { return };
    let item = menu.entries.get(menu.list.cursor).map(|entry| entry.item.clone());
    if let Some(Item::Form(form)) = item {
        app.overlay = None;
        let name = save::file_name(app, form, look);
        return prompt::open(app, Purpose::Save(form), name);
    }
    take(app, look);
}

/// Does what the switches and the order of the entries say.
fn take(app: &mut App, look: &Look<'_, '_>) {
    let Some(Overlay::Menu(menu)) = app.overlay.take() else { return };
    let (mut columns, mut hidden, mut hosts) = (Vec::new(), Vec::new(), Vec::new());
    for entry in menu.entries {
        match (entry.item, entry.on) {
            (Item::Column(column), Some(true)) => columns.push(column),
            (Item::Host(host), on) => {
                if on == Some(false) {
                    hidden.push(host.clone());
                }
                hosts.push(host);
            }
            _ => {}
        }
    }
    if !columns.is_empty() {
        app.settings.columns = columns;
        app.calls.shift = 0;
    } else if hosts.is_empty() {
        app.say(Tone::Bad, "a list has at least one column");
    }
    if !hosts.is_empty() {
        if hidden.len() == hosts.len() {
            return app.say(Tone::Bad, "a ladder has at least one host");
        }
        app.ladder.wish.hidden = hidden.into_iter().collect();
        app.ladder.wish.first = hosts;
        ladder::rebuild(app, look);
    }
}
