//! What actions do to the pages that are lists: streams, findings,
//! registrations, and those that are only read.

use crate::report::endpoints::EndpointRow;
use crate::report::stream::StreamRow;
use crate::report::value::FrameRef;
use crate::view::tui::Look;
use crate::view::tui::action::{Command, Tone};
use crate::view::tui::app::{App, Page};
use crate::view::tui::column::address;
use crate::view::tui::layout::list_height;
use crate::view::tui::screen::{endpoints, findings, streams};
use crate::view::tui::update::{ladder, list_of, prompt, step, total};

/// Lines that the detail below a list moves at once, and at most.
const DETAIL: usize = 3;
const MOST_DETAIL: usize = 10_000;
/// Columns that a page that is only read moves at once, and at most.
const SHIFT: usize = 8;
const MOST_SHIFT: usize = 240;

pub(super) fn command(app: &mut App, command: Command, look: &Look<'_, '_>) {
    match (app.page, command) {
        (Page::Streams, Command::Move(to)) => {
            app.streams.scroll = 0;
            step(app, to, look);
        }
        (_, Command::Move(to)) => {
            app.detail = 0;
            step(app, to, look);
        }
        (Page::Findings | Page::Endpoints | Page::Registrations, Command::MessageDown) => {
            app.detail = (app.detail + DETAIL).min(MOST_DETAIL);
        }
        (Page::Findings | Page::Endpoints | Page::Registrations, Command::MessageUp) => {
            app.detail = app.detail.saturating_sub(DETAIL);
        }
        (Page::Statistics | Page::Capture, Command::Right) => {
            app.shift = (app.shift + SHIFT).min(MOST_SHIFT);
        }
        (Page::Statistics | Page::Capture, Command::Left) => {
            app.shift = app.shift.saturating_sub(SHIFT);
        }
        (Page::Streams, Command::Open) => app.streams.alone = !app.streams.alone,
        (Page::Streams, Command::Right) => {
            app.streams.scroll = app.streams.scroll.saturating_add(5);
            let intervals = stream_here(app, look).map_or(0, |stream| stream.intervals.len());
            app.streams.scroll = app.streams.scroll.min(intervals.saturating_sub(1));
        }
        (Page::Streams, Command::Left) => {
            app.streams.scroll = app.streams.scroll.saturating_sub(5);
        }
        (Page::Streams, Command::Ladder) => match stream_here(app, look) {
            Some(StreamRow { call: Some(call), first_frame, .. }) => {
                ladder::show_frame(app, call, Some(first_frame), look);
            }
            _ => app.say(Tone::Bad, "the stream belongs to no call"),
        },
        (Page::Streams, Command::OnlyCall) => only_call(app, look),
        (Page::Findings, Command::Open | Command::Ladder) => finding(app, look),
        (Page::Registrations, Command::Open | Command::Ladder) => {
            let row = look.report.registrations.get(app.registrations.cursor);
            if let Some(row) = row {
                ladder::show_frame(app, row.id, None, look);
            }
        }
        (Page::Endpoints, Command::Open) => {
            if let Some(endpoint) = endpoint_here(app) {
                let filter = format!("ip == {}", endpoint.address);
                super::descend(app, Page::Calls);
                prompt::filter(app, filter, look);
            }
        }
        _ => {}
    }
}

/// The address that the cursor is on.
pub(super) fn endpoint_here(app: &App) -> Option<&EndpointRow> {
    app.gathered.as_ref()?.endpoints.get(app.endpoints.cursor)
}

fn stream_here(app: &App, look: &Look<'_, '_>) -> Option<StreamRow> {
    streams::stream(app, look, app.streams.list.cursor)
}

/// Shows the streams of the call of the stream that the cursor is on, or all.
fn only_call(app: &mut App, look: &Look<'_, '_>) {
    let here = stream_here(app, look);
    if app.streams.call.take().is_some() {
        let place = here.and_then(|stream| look.context.place(&stream.id)).unwrap_or(0);
        let (total, height) = (total(app, look), list_height(app));
        return app.streams.list.go(place, total, height);
    }
    match here.and_then(|stream| stream.call.map(|call| (call, stream.id))) {
        Some((call, id)) => {
            choose_streams(app, look, &call);
            let place =
                app.streams.chosen.iter().position(|at| Some(*at) == look.context.place(&id));
            let (total, height) = (total(app, look), list_height(app));
            app.streams.list.go(place.unwrap_or(0), total, height);
        }
        None => app.say(Tone::Bad, "the stream belongs to no call"),
    }
}

/// Lists only the streams of a call.
pub(super) fn choose_streams(app: &mut App, look: &Look<'_, '_>, call: &str) {
    let row = look.context.place(call).and_then(|index| look.report.calls.get(index));
    let names = row.map(|row| row.streams).unwrap_or_default();
    app.streams.chosen = names.iter().filter_map(|name| look.context.place(name)).collect();
    app.streams.call = Some(call.to_owned());
}

/// Shows a stream among those of its call.
pub(super) fn show_stream(app: &mut App, name: &str, look: &Look<'_, '_>) {
    let stream = look.context.place(name).and_then(|index| look.report.streams.get(index));
    let Some(stream) = stream else { return };
    super::descend(app, Page::Streams);
    match stream.call {
        Some(call) => choose_streams(app, look, &call),
        None => app.streams.call = None,
    }
    let place = match app.streams.call {
        Some(_) => app.streams.chosen.iter().position(|at| Some(*at) == look.context.place(name)),
        None => look.context.place(name),
    };
    let (total, height) = (total(app, look), list_height(app));
    app.streams.list.go(place.unwrap_or(0), total, height);
    app.streams.scroll = 0;
}

/// Shows the first frame that shows a finding, in the ladder of its conversation.
fn finding(app: &mut App, look: &Look<'_, '_>) {
    let Some(finding) = look.report.findings.get(app.findings.cursor) else { return };
    let frame: Option<FrameRef> = finding.evidence.first().map(|shown| shown.frame);
    let of_stream = || {
        let stream = look.context.place(finding.stream.as_deref()?)?;
        look.report.streams.get(stream)?.call
    };
    let of = finding.call.clone().or_else(|| finding.registration.clone()).or_else(of_stream);
    match (of, &finding.stream) {
        (Some(name), _) => ladder::show_frame(app, name, frame, look),
        (None, Some(stream)) => show_stream(app, stream, look),
        (None, None) => app.say(Tone::Bad, "it is about no one call"),
    }
}

/// Searches in the list of the page.
pub(super) fn search(app: &mut App, text: &str, forward: bool, look: &Look<'_, '_>) {
    let wanted = text.to_lowercase();
    let has = |text: &str| text.to_lowercase().contains(&wanted);
    let shows = |app: &App, at: usize| match app.page {
        Page::Streams => streams::stream(app, look, at).is_some_and(|stream| {
            has(&stream.ssrc)
                || has(&address(Some(stream.src)))
                || has(&address(Some(stream.dst)))
                || has(&streams::codec(&stream))
                || stream.call.as_deref() == Some(text)
        }),
        Page::Findings => look.report.findings.get(at).is_some_and(|finding| {
            has(&finding.title)
                || has(finding.code)
                || has(&finding.explanation)
                || findings::subject(&finding).is_some_and(|of| has(&of))
        }),
        Page::Registrations => look.report.registrations.get(at).is_some_and(|row| {
            row.aor.as_deref().is_some_and(has)
                || row.contact.as_deref().is_some_and(has)
                || has(row.state)
                || has(&address(row.address))
        }),
        Page::Endpoints => {
            let row = app.gathered.as_ref().and_then(|gathered| gathered.endpoints.get(at));
            row.is_some_and(|row| {
                has(&endpoints::address(row))
                    || row.name.as_deref().is_some_and(has)
                    || row.user_agents.iter().any(|agent| has(agent))
                    || row.roles.iter().any(|role| has(role.role))
            })
        }
        _ => false,
    };
    let total = match app.page {
        Page::Streams | Page::Findings | Page::Registrations | Page::Endpoints => total(app, look),
        _ => 0,
    };
    let here = list_of(app).cursor;
    let found = (1..=total)
        .map(|step| if forward { (here + step) % total } else { (here + total - step) % total })
        .find(|at| shows(app, *at));
    match found {
        Some(at) => {
            let height = list_height(app);
            list_of(app).go(at, total, height);
        }
        None => app.say(Tone::Bad, format!("nothing here shows {text}")),
    }
}
