//! What actions do to the state.

mod calls;
mod ladder;
mod lists;
mod menu;
mod mouse;
mod prompt;
mod save;

use super::Look;
use super::action::{Action, Command, Tone};
use super::app::{App, Offer, Overlay, Page, Progress};
use super::effect::Effect;
use super::layout::list_height;
use super::list::{List, Step};
use super::order;
use super::widget::prompt::{Prompt, Purpose};

/// Changes the state as an action wants.
pub fn update(app: &mut App, action: Action, look: &Look<'_, '_>) {
    match action {
        Action::Command(command) => {
            app.said = None;
            self::command(app, command, look);
        }
        Action::Type(c) => match &app.overlay {
            Some(Overlay::Prompt(_)) => prompt::typed(app, look, |line| line.insert(c)),
            Some(Overlay::Replace(_)) => save::replace(app, c == 'y'),
            _ => {}
        },
        Action::Paste(text) => {
            prompt::typed(app, look, |line| text.chars().for_each(|c| line.insert(c)));
        }
        Action::Click(x, y) => mouse::click(app, (x, y), look),
        Action::Scroll(x, y, lines) => mouse::scroll(app, (x, y), lines, look),
        Action::Resize(width, height) => app.size = (width, height),
        Action::Report(progress) => report(app, progress, look),
        Action::Progress(progress) => app.progress = progress,
        Action::Ordered(order) => calls::ordered(app, order),
        Action::Gathered(gathered) => app.gathered = Some(gathered),
        Action::Found(search, found) => calls::found(app, &search, found),
        Action::Fetched(frame, messages) => {
            app.ladder.fetched.insert(super::screen::flow::key(frame), messages);
        }
        Action::Saved(save, outcome) => save::saved(app, save, outcome),
        Action::Say(tone, text) => app.say(tone, text),
    }
    settle(app, look);
}

/// Keeps cursors in their lists and on the screen, whatever has changed.
fn settle(app: &mut App, look: &Look<'_, '_>) {
    let height = list_height(app);
    let total = total(app, look);
    list_of(app).settle(total, height);
}

/// A new report is looked at.
fn report(app: &mut App, progress: Progress, look: &Look<'_, '_>) {
    app.progress = progress;
    calls::refresh(app, look);
    if !app.ladder.names.is_empty() {
        ladder::rebuild(app, look);
    }
    if let Some(call) = app.streams.call.clone() {
        lists::choose_streams(app, look, &call);
    }
    gather(app);
}

/// Asks for the figures over all calls, where they are shown.
fn gather(app: &mut App) {
    if matches!(app.page, Page::Statistics | Page::Endpoints)
        && !app.effects.contains(&Effect::Gather)
    {
        app.effects.push(Effect::Gather);
    }
}

/// Shows a page.
fn show(app: &mut App, page: Page, look: &Look<'_, '_>) {
    if app.page != page {
        app.page = page;
        if page == Page::Ladder && app.ladder.names.is_empty() {
            ladder::open(app, calls::chosen(app, look), look);
        }
        gather(app);
    }
}

/// Shows a page that belongs to something on this one.
fn descend(app: &mut App, page: Page) {
    let here = app.page;
    app.trail.retain(|before| *before != here);
    app.trail.push(here);
    app.page = page;
}

fn command(app: &mut App, command: Command, look: &Look<'_, '_>) {
    match &mut app.overlay {
        Some(Overlay::Prompt(_)) => return prompt::command(app, command, look),
        Some(Overlay::Menu(_)) => return menu::command(app, command, look),
        Some(Overlay::Replace(_)) => return save::replace(app, false),
        Some(Overlay::Help(_) | Overlay::Details(_)) => return read(app, command),
        None => {}
    }
    match command {
        Command::Help => app.overlay = Some(Overlay::Help(List::default())),
        Command::Quit => app.effects.push(Effect::Quit),
        Command::Back | Command::Leave => back(app, command == Command::Leave),
        Command::Suspend => app.effects.push(Effect::Suspend),
        Command::Redraw => app.effects.push(Effect::Redraw),
        Command::Theme => {
            app.settings.theme = app.settings.theme.next();
            app.say(Tone::Good, format!("theme {}", app.settings.theme.name()));
        }
        _ if app.page == Page::Start => start(app, command),
        Command::Page(page) => show(app, page, look),
        Command::NextPage | Command::PreviousPage => {
            let here = Page::BAR.iter().position(|page| *page == app.page).unwrap_or(0);
            let count = Page::BAR.len();
            let step = if command == Command::NextPage { 1 } else { count - 1 };
            if let Some(page) = Page::BAR.get((here + step) % count) {
                show(app, *page, look);
            }
        }
        Command::Filter => {
            show(app, Page::Calls, look);
            prompt::open(app, Purpose::Filter, app.calls.query.filter.clone());
        }
        Command::Search => {
            let text = match app.page {
                Page::Ladder => app.ladder.search.clone(),
                _ => app.calls.search.clone(),
            };
            app.overlay = Some(Overlay::Prompt(Prompt::new(Purpose::Search, text)));
        }
        Command::SearchNext => search(app, true, look),
        Command::SearchPrevious => search(app, false, look),
        Command::Details => details(app, look),
        Command::Save => save::ask(app, look),
        Command::Copy => save::copy(app, look),
        _ => match app.page {
            Page::Calls => calls::command(app, command, look),
            Page::Ladder => ladder::command(app, command, look),
            _ => lists::command(app, command, look),
        },
    }
}

/// In what is only read, over the page.
fn read(app: &mut App, command: Command) {
    let body = app.areas().body;
    let total = match &app.overlay {
        Some(Overlay::Help(_)) => super::screen::help::lines(app).len(),
        Some(Overlay::Details(details)) => {
            super::screen::details::lines(details, body.width.saturating_sub(2)).len()
        }
        _ => return,
    };
    let height = usize::from(body.height.saturating_sub(2));
    let list = match &mut app.overlay {
        Some(Overlay::Help(list)) => list,
        Some(Overlay::Details(details)) => &mut details.list,
        _ => return,
    };
    let step = match command {
        Command::Move(step) => step,
        Command::MessageUp => Step::HalfUp,
        Command::MessageDown => Step::HalfDown,
        Command::Quit => return app.effects.push(Effect::Quit),
        _ => {
            app.overlay = None;
            return;
        }
    };
    // The whole screen moves, not a cursor in it.
    list.step(step, total.saturating_sub(height) + 1, height);
}

/// Shows what is known of the conversation that the cursor is on.
fn details(app: &mut App, look: &Look<'_, '_>) {
    let here = match app.page {
        Page::Calls => calls::here(app, look).map(|(_, name)| name),
        _ => save::names(app, look).into_iter().next(),
    };
    match here.and_then(|name| super::screen::details::of(look, &name)) {
        Some(details) => app.overlay = Some(Overlay::Details(details)),
        None => app.say(Tone::Bad, "there is no call here"),
    }
}

/// Closes what is open; `leave` ends the program where nothing is.
fn back(app: &mut App, leave: bool) {
    if app.page == Page::Ladder && ladder::close(app) {
        return;
    }
    if app.page == Page::Streams && app.streams.alone {
        app.streams.alone = false;
        return;
    }
    match (app.trail.pop(), app.page) {
        (Some(page), _) => app.page = page,
        (None, Page::Calls | Page::Start) if leave => app.effects.push(Effect::Quit),
        (None, Page::Calls | Page::Start) => {
            let key = app.settings.keys.key_of(Command::Leave);
            app.say(Tone::Good, format!("{key} leaves siplens"));
        }
        (None, _) => app.page = Page::Calls,
    }
}

/// On the page of what can be opened.
fn start(app: &mut App, command: Command) {
    match command {
        Command::Move(step) => {
            let height = list_height(app);
            app.start.step(step, app.offers.len(), height);
        }
        Command::OpenFile => {
            app.overlay = Some(Overlay::Prompt(Prompt::new(Purpose::Open, "")));
        }
        Command::Open => match app.offers.get(app.start.cursor) {
            Some(Offer::File(path)) => app.effects.push(Effect::Open(path.clone())),
            Some(Offer::Interface(name, _)) => app.effects.push(Effect::Capture(name.clone())),
            None => app.overlay = Some(Overlay::Prompt(Prompt::new(Purpose::Open, ""))),
        },
        _ => {}
    }
}

/// Searches again for what was searched for last.
fn search(app: &mut App, forward: bool, look: &Look<'_, '_>) {
    let text = match app.page {
        Page::Ladder => app.ladder.search.clone(),
        _ => app.calls.search.clone(),
    };
    if text.is_empty() {
        let key = app.settings.keys.key_of(Command::Search);
        return app.say(Tone::Bad, format!("nothing was searched for yet: {key} does"));
    }
    match app.page {
        Page::Calls => calls::search(app, text, forward),
        Page::Ladder => ladder::search(app, &text, forward),
        _ => lists::search(app, &text, forward, look),
    }
}

/// The list of the page.
fn list_of(app: &mut App) -> &mut List {
    match app.page {
        Page::Start => &mut app.start,
        Page::Calls => &mut app.calls.list,
        Page::Ladder => &mut app.ladder.list,
        Page::Streams => &mut app.streams.list,
        Page::Findings => &mut app.findings,
        Page::Registrations => &mut app.registrations,
        Page::Endpoints => &mut app.endpoints,
        Page::Statistics => &mut app.statistics,
        Page::Capture => &mut app.capture,
    }
}

/// How long the list of the page is.
fn total(app: &App, look: &Look<'_, '_>) -> usize {
    // Lines that are only read are moved as a whole: the cursor is the top one.
    let read =
        |lines: usize| (lines + 1).saturating_sub(usize::from(app.areas().body.height)).max(1);
    match app.page {
        Page::Start => app.offers.len(),
        Page::Calls => app.calls.order.len(),
        Page::Ladder => app.ladder.flow.rows.len(),
        Page::Streams => super::screen::streams::total(app, look),
        Page::Findings => look.report.findings.len(),
        Page::Registrations => look.report.registrations.len(),
        Page::Endpoints => app.gathered.as_ref().map_or(0, |gathered| gathered.endpoints.len()),
        Page::Statistics => read(super::screen::statistics::lines(app, look).len()),
        Page::Capture => read(super::screen::capture::lines(app, look).len()),
    }
}

/// Moves in the list of the page.
fn step(app: &mut App, step: Step, look: &Look<'_, '_>) {
    let (total, height) = (total(app, look), list_height(app));
    list_of(app).step(step, total, height);
}

/// Puts the calls into the order that is wished: at once where that is no work.
fn wish(app: &mut App, look: &Look<'_, '_>) {
    app.wish();
    if order::is_at_hand(&app.calls.query) {
        app.effects.retain(|effect| !matches!(effect, Effect::Order(_)));
        if let Some(order) = order::order(look, &app.calls.query, &|| true) {
            calls::ordered(app, order);
        }
    }
}
