//! The whole screen: bar, page, what lies over it, status, keys.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;

use super::Look;
use super::action::Tone;
use super::app::{App, Overlay, Page, Progress};
use super::keys::{Binding, Place};
use super::layout;
use super::screen;
use super::theme::Role;
use super::widget::menu::Item;
use super::widget::prompt::Purpose;
use super::widget::text::{clear, fill, piece, put, put_line, put_right, small};
use super::widget::{menu, prompt};
use crate::view::terminal::width;

/// Draws the state. It changes nothing.
pub fn draw(buffer: &mut Buffer, app: &App, look: &Look<'_, '_>) {
    let whole = buffer.area;
    clear(buffer, whole, Style::new());
    let areas = app.areas();
    if whole.width < 20 || whole.height < 5 {
        put(buffer, (0, 0), usize::from(whole.width), "too small", Style::new());
        return;
    }
    match app.page {
        Page::Start => screen::start::draw(buffer, app),
        Page::Calls => screen::calls::draw(buffer, app, look),
        Page::Ladder => screen::ladder::draw(buffer, app),
        Page::Streams => screen::streams::draw(buffer, app, look),
        Page::Findings => screen::findings::draw(buffer, app, look),
        Page::Registrations => screen::registrations::draw(buffer, app, look),
        Page::Endpoints => screen::endpoints::draw(buffer, app),
        Page::Statistics => screen::statistics::draw(buffer, app, look),
        Page::Capture => screen::capture::draw(buffer, app, look),
    }
    match &app.overlay {
        Some(Overlay::Help(list)) => screen::help::draw(buffer, areas.body, app, list),
        Some(Overlay::Details(details)) => screen::details::draw(buffer, areas.body, app, details),
        Some(Overlay::Menu(choice)) => menu::draw(buffer, areas.body, choice, app.settings.theme),
        _ => {}
    }
    match &app.overlay {
        Some(Overlay::Prompt(line)) => {
            prompt::draw(buffer, areas.status, line, app.settings.theme);
        }
        _ => status(buffer, areas.status, app, look),
    }
    bar(buffer, areas.bar, app, look);
    keys(buffer, areas.keys, app);
}

/// The names of the pages, and what is looked at.
fn bar(buffer: &mut Buffer, row: Rect, app: &App, look: &Look<'_, '_>) {
    let theme = app.settings.theme;
    fill(buffer, row, theme.style(Role::Bar));
    let what = match app.page {
        Page::Start => String::new(),
        _ => about(app, look),
    };
    let room = usize::from(row.width);
    let mut x = row.x;
    if app.page == Page::Start {
        x += small(put(buffer, (x, row.y), room, " siplens ", theme.style(Role::Current)));
    }
    for (page, place, text) in layout::pages(app) {
        let role = if page == app.page { Role::Current } else { Role::Bar };
        put(buffer, (place.x, row.y), usize::from(place.width), &text, theme.style(role));
        x = place.right();
    }
    let left = usize::from(row.right().saturating_sub(x + 1));
    let silent = app.said.is_none() && app.progress.ended && app.progress.faults.is_empty();
    let typed = matches!(app.overlay, Some(Overlay::Prompt(_) | Overlay::Replace(_)));
    if width(&what) < left {
        put_right(buffer, (x, row.y), left, &what, theme.style(Role::Bar));
    } else if silent && !typed {
        // Where the bar has no room for it.
        let status = app.areas().status;
        let room = usize::from(status.width);
        put_right(buffer, (status.x, status.y), room, &what, theme.style(Role::Dim));
    }
}

/// `call.pcap  12 calls`
fn about(app: &App, look: &Look<'_, '_>) -> String {
    let sources = &look.report.capture.sources;
    let name = match sources.as_slice() {
        [] => app.settings.capture_name.clone(),
        [one] => one.name.clone(),
        several => format!("{} files", several.len()),
    };
    let of = look.report.calls.len();
    match app.calls.order.len() {
        listed if listed < of && app.page == Page::Calls => {
            format!("{name}  {listed} of {of} calls")
        }
        _ if of == 1 => format!("{name}  1 call"),
        _ => format!("{name}  {of} calls"),
    }
}

/// What was said last, the filter, marks, how far the reading is.
fn status(buffer: &mut Buffer, row: Rect, app: &App, look: &Look<'_, '_>) {
    let theme = app.settings.theme;
    let mut pieces = Vec::new();
    if let Some(Overlay::Replace(save)) = &app.overlay {
        let text = format!(
            "{} exists. Replace it? y replaces, any other key leaves it.",
            save.path.display()
        );
        pieces.push(piece(Role::Warning, text));
    } else if let Some((tone, text)) = &app.said {
        let role = if *tone == Tone::Good { Role::Good } else { Role::Bad };
        pieces.push(piece(role, text));
    } else if app.page == Page::Calls {
        let page = &app.calls;
        if !page.query.filter.is_empty() {
            pieces.push(piece(Role::Dim, "filter "));
            pieces.push(piece(Role::Name, &page.query.filter));
            pieces.push(piece(Role::Plain, "  "));
        }
        if !page.marks.is_empty() {
            pieces.push(piece(Role::Marked, format!("{} marked  ", page.marks.len())));
        }
        if page.follow {
            pieces.push(piece(Role::Name, "following  "));
        }
        if page.waiting {
            pieces.push(piece(Role::Dim, "sorting \u{2026}"));
        }
    }
    put_line(buffer, row, &pieces, 0, theme);
    let progress = progress(&app.progress, look);
    if !progress.is_empty() {
        let text = format!(" {progress}");
        let room = usize::from(row.width);
        put_right(buffer, (row.x, row.y), room, &text, theme.style(Role::Warning));
    } else if !app.progress.faults.is_empty() && app.said.is_none() {
        let faults = app.progress.faults.len();
        let text = format!(" {faults} input(s) with faults: page 8 ");
        put_right(buffer, (row.x, row.y), usize::from(row.width), &text, theme.style(Role::Bad));
    }
}

/// `reading 45 %, 1,204,000 packets`, `live, 1,204,000 packets`; nothing when the reading has ended.
fn progress(progress: &Progress, look: &Look<'_, '_>) -> String {
    if progress.ended {
        return String::new();
    }
    let packets = progress.packets.max(look.report.capture.counts.packets);
    if progress.live {
        return match progress.dropped {
            0 => format!("live, {packets} packets"),
            dropped => format!("live, {packets} packets, {dropped} dropped"),
        };
    }
    match progress.total.filter(|total| *total > 0) {
        Some(total) => {
            let percent = (progress.read.min(total) as f64 / total as f64) * 100.0;
            format!("reading {percent:.0} %, {packets} packets")
        }
        None => format!("reading, {packets} packets"),
    }
}

/// Whether a key means something in what is open.
fn means(binding: &Binding, app: &App) -> bool {
    match &app.overlay {
        Some(Overlay::Menu(menu)) => {
            let switches = menu.entries.iter().any(|entry| entry.on.is_some());
            let hosts = menu.entries.iter().any(|entry| matches!(entry.item, Item::Host(_)));
            match binding.name {
                "menu-switch" | "move-up" | "move-down" => switches,
                "rename" => hosts,
                _ => true,
            }
        }
        Some(Overlay::Prompt(line)) => {
            binding.name != "complete" || line.purpose == Purpose::Filter
        }
        _ => true,
    }
}

/// What keys do here: as many as fit.
fn keys(buffer: &mut Buffer, row: Rect, app: &App) {
    let theme = app.settings.theme;
    let place = match &app.overlay {
        Some(Overlay::Prompt(_)) => Place::Prompt,
        Some(Overlay::Menu(_)) => Place::Menu,
        Some(Overlay::Replace(_)) => return,
        _ => screen::help::place(app.page),
    };
    let labelled = |place: Place| {
        app.settings.keys.at(place).filter(|binding| binding.label.is_some() && means(binding, app))
    };
    let mut bindings: Vec<&Binding> = Vec::new();
    if !matches!(place, Place::Prompt | Place::Menu) {
        bindings.extend(labelled(Place::Everywhere).filter(|binding| binding.name == "help"));
    }
    bindings.extend(labelled(place));
    if !matches!(place, Place::Prompt | Place::Menu | Place::Everywhere) {
        bindings.extend(labelled(Place::Everywhere).filter(|binding| binding.name != "help"));
    }
    if place == Place::Everywhere {
        bindings.extend(labelled(place).filter(|binding| binding.name != "help"));
        bindings.dedup_by_key(|binding| binding.name);
    }
    let mut x = row.x;
    let mut shown: Vec<&str> = Vec::new();
    for binding in bindings {
        let (Some(key), Some(label)) = (binding.keys.first(), binding.label) else { continue };
        let key = key.name();
        let room = usize::from(row.right().saturating_sub(x));
        if width(&key) + width(label) + 3 > room || shown.contains(&binding.name) {
            continue;
        }
        shown.push(binding.name);
        x += small(put(buffer, (x, row.y), room, &key, theme.style(Role::Key))) + 1;
        let room = usize::from(row.right().saturating_sub(x));
        x += small(put(buffer, (x, row.y), room, label, theme.style(Role::KeyText))) + 2;
    }
}
