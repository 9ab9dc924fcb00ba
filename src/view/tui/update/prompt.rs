//! What actions do to a line that is typed.

use crate::query::calls::Calls;
use crate::query::complete::complete;
use crate::view::tui::Look;
use crate::view::tui::action::{Command, Tone};
use crate::view::tui::app::{App, Overlay};
use crate::view::tui::effect::{Effect, Save};
use crate::view::tui::list::Step;
use crate::view::tui::order;
use crate::view::tui::update::{calls, ladder, save, search, wish};
use crate::view::tui::widget::prompt::{Note, Prompt, Purpose};

/// Lines that are remembered.
const HISTORY: usize = 50;
/// Tags are short.
const TAG: usize = 32;

/// Asks for a line.
pub(super) fn open(app: &mut App, purpose: Purpose, text: String) {
    let mut line = Prompt::new(purpose, text);
    note(&mut line);
    app.overlay = Some(Overlay::Prompt(line));
}

/// Changes the line, and does what follows from that at once.
pub(super) fn typed(app: &mut App, look: &Look<'_, '_>, change: impl FnOnce(&mut Prompt)) {
    let Some(Overlay::Prompt(line)) = &mut app.overlay else { return };
    let before = line.text.clone();
    change(line);
    if line.text == before {
        return;
    }
    line.choices.clear();
    changed(app, look);
}

/// What follows from a line that has changed: a filter works while it is typed.
fn changed(app: &mut App, look: &Look<'_, '_>) {
    let Some(Overlay::Prompt(line)) = &mut app.overlay else { return };
    let good = note(line);
    if line.purpose == Purpose::Filter && good {
        let text = line.text.trim().to_owned();
        filter(app, text, look);
    }
}

/// Lists the calls that an expression means.
pub(super) fn filter(app: &mut App, text: String, look: &Look<'_, '_>) {
    if app.calls.query.filter != text {
        app.calls.query.filter = text;
        app.calls.list = crate::view::tui::list::List::default();
        wish(app, look);
    }
}

/// Says what is wrong with a line, or what helps; whether it can be taken.
fn note(line: &mut Prompt) -> bool {
    line.note = Note::None;
    match &line.purpose {
        Purpose::Filter => return filter_note(line),
        Purpose::Save(_) => {
            line.note = Note::Help("a file; ~/ is the home folder".to_owned());
        }
        Purpose::Open => line.note = Note::Help("a capture file".to_owned()),
        Purpose::HostName(host) => {
            line.note = Note::Help(format!("what to call {host}; nothing takes its name away"));
        }
        Purpose::Tag => line.note = Note::Help("nothing takes the tag away".to_owned()),
        Purpose::Search => {
            line.note = Note::Help("a part of what is shown, upper or lower case".to_owned());
        }
    }
    true
}

/// Says what is wrong with a filter, or what may come next.
fn filter_note(line: &mut Prompt) -> bool {
    match order::filter(&line.text) {
        Ok(filter) => {
            let next = complete::<Calls>(&line.text).words;
            line.note = match filter {
                None => Note::Help(
                    "state == failed and mos < 3.5 and from ~ \"^\\+49\"   Tab completes"
                        .to_owned(),
                ),
                Some(_) => Note::Help(next.join("  ")),
            };
            true
        }
        Err(error) => {
            let help = error.help.as_ref().map(|help| format!(": {help}")).unwrap_or_default();
            let text = format!("{}{help}", error.message);
            // At its end the expression is not wrong yet, it goes on.
            line.note = if error.at.start >= line.text.trim_end().len() {
                let next = complete::<Calls>(&line.text).words;
                let next = if next.is_empty() { text } else { next.join("  ") };
                Note::Unfinished(next)
            } else {
                Note::Wrong(text, error.column(), error.columns())
            };
            false
        }
    }
}

pub(super) fn command(app: &mut App, command: Command, look: &Look<'_, '_>) {
    let Some(Overlay::Prompt(line)) = &mut app.overlay else { return };
    match command {
        Command::Accept => accept(app, look),
        Command::Cancel => {
            let (purpose, before) = (line.purpose.clone(), line.before.clone());
            app.overlay = None;
            if purpose == Purpose::Filter {
                filter(app, before, look);
            }
        }
        Command::Left => line.left(),
        Command::Right => line.right(),
        Command::Begin => line.cursor = 0,
        Command::End => line.cursor = line.text.len(),
        Command::DeleteBefore => typed(app, look, |line| {
            let end = line.cursor;
            line.left();
            let start = line.cursor;
            line.cursor = end;
            line.delete_from(start);
        }),
        Command::DeleteAt => typed(app, look, Prompt::delete_at),
        Command::DeleteWord => typed(app, look, |line| line.delete_from(line.word_start())),
        Command::DeleteAll => typed(app, look, |line| line.delete_from(0)),
        Command::Complete => complete_word(app, look),
        Command::Move(Step::Up) => recall(app, 1, look),
        Command::Move(Step::Down) => recall(app, -1, look),
        _ => {}
    }
}

/// Completes the word that ends the line; again, with the next word that it
/// may become.
fn complete_word(app: &mut App, look: &Look<'_, '_>) {
    let Some(Overlay::Prompt(line)) = &mut app.overlay else { return };
    if line.purpose != Purpose::Filter {
        return;
    }
    if line.choices.is_empty() {
        let before = line.text.get(..line.cursor).unwrap_or_default();
        let completion = complete::<Calls>(before);
        line.completed_from = completion.from;
        line.choices = completion.words.iter().rev().map(|word| (*word).to_owned()).collect();
    }
    // The next one, and behind the others it comes again.
    let Some(word) = line.choices.pop() else { return };
    line.choices.insert(0, word.clone());
    let from = line.completed_from;
    line.delete_from(from);
    word.chars().for_each(|c| line.insert(c));
    if line.choices.len() == 1 {
        line.insert(' ');
        line.choices.clear();
    }
    changed(app, look);
}

/// A line typed before.
fn recall(app: &mut App, step: isize, look: &Look<'_, '_>) {
    let history = app.history.clone();
    let Some(Overlay::Prompt(line)) = &mut app.overlay else { return };
    if !matches!(line.purpose, Purpose::Filter | Purpose::Search) {
        return;
    }
    line.back = line.back.saturating_add_signed(step).min(history.len());
    let text = match history.len().checked_sub(line.back) {
        Some(at) if line.back > 0 => history.get(at).cloned().unwrap_or_default(),
        _ => line.before.clone(),
    };
    line.set(text);
    changed(app, look);
}

fn accept(app: &mut App, look: &Look<'_, '_>) {
    let Some(Overlay::Prompt(line)) = &mut app.overlay else { return };
    if matches!(line.note, Note::Wrong(..) | Note::Unfinished(_)) {
        // It says what is wrong, and stays.
        return;
    }
    let Some(Overlay::Prompt(line)) = app.overlay.take() else { return };
    let text = line.text.trim().to_owned();
    if matches!(line.purpose, Purpose::Filter | Purpose::Search) && !text.is_empty() {
        app.history.retain(|known| *known != text);
        app.history.push_back(text.clone());
        if app.history.len() > HISTORY {
            app.history.pop_front();
        }
    }
    match line.purpose {
        Purpose::Filter => filter(app, text, look),
        Purpose::Search => {
            if app.page == crate::view::tui::app::Page::Ladder {
                app.ladder.search = text;
            } else {
                app.calls.search = text;
            }
            search(app, true, look);
        }
        Purpose::Tag => tag(app, &text, look),
        Purpose::HostName(host) => {
            if text.is_empty() {
                app.ladder.wish.names.remove(&host);
            } else {
                app.ladder.wish.names.insert(host, text);
            }
            ladder::rebuild(app, look);
        }
        Purpose::Save(form) => {
            if text.is_empty() {
                return app.say(Tone::Bad, "a file has a name");
            }
            let names = if form.is_of_capture() { Vec::new() } else { save::names(app, look) };
            let path = text.into();
            app.effects.push(Effect::Save(Save { form, path, overwrite: false, names }));
        }
        Purpose::Open => {
            if !text.is_empty() {
                app.effects.push(Effect::Open(text.into()));
            }
        }
    }
}

/// Gives the marked calls, or the one that the cursor is on, a tag.
fn tag(app: &mut App, text: &str, look: &Look<'_, '_>) {
    let mut keys: Vec<String> = app.calls.marks.keys().cloned().collect();
    if keys.is_empty() {
        keys.extend(calls::here(app, look).map(|(key, _)| key));
    }
    let text: String = text.chars().take(TAG).collect();
    for key in keys {
        if text.is_empty() {
            app.calls.tags.remove(&key);
        } else {
            app.calls.tags.insert(key, text.clone());
        }
    }
}
