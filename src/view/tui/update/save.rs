//! Saving and copying.

use crate::view::tui::Look;
use crate::view::tui::action::{Outcome, Tone};
use crate::view::tui::app::{App, Overlay, Page};
use crate::view::tui::column::address;
use crate::view::tui::effect::{Effect, Form, Save};
use crate::view::tui::list::List;
use crate::view::tui::screen::{findings, streams};
use crate::view::tui::update::{calls, lists};
use crate::view::tui::widget::menu::{Entry, Item, Menu};

/// Asks in which form to save.
pub(super) fn ask(app: &mut App, look: &Look<'_, '_>) {
    let at_hand = |form: &&Form| app.progress.ended || app.progress.live || !form.needs_frames();
    let entry =
        |form: &Form| Entry { item: Item::Form(*form), text: form.text().to_owned(), on: None };
    let entries: Vec<_> = app.settings.forms.iter().filter(at_hand).map(entry).collect();
    if entries.is_empty() {
        return app.say(Tone::Bad, "nothing can be saved");
    }
    let title = match names(app, look).as_slice() {
        [] => "Save".to_owned(),
        [name] => format!("Save {}", name.replace('-', " ")),
        several => format!("Save {} calls", several.len()),
    };
    app.overlay = Some(Overlay::Menu(Menu { title, entries, list: List::default() }));
}

/// The conversations that are saved: those of the ladder, or those chosen.
pub(super) fn names(app: &App, look: &Look<'_, '_>) -> Vec<String> {
    match app.page {
        Page::Ladder => app.ladder.names.clone(),
        Page::Streams => {
            let stream = streams::stream(app, look, app.streams.list.cursor);
            stream.and_then(|stream| stream.call).into_iter().collect()
        }
        Page::Registrations => {
            let row = look.report.registrations.get(app.registrations.cursor);
            row.map(|row| row.id).into_iter().collect()
        }
        Page::Findings => {
            let finding = look.report.findings.get(app.findings.cursor);
            finding.and_then(|f| f.call.or(f.registration)).into_iter().collect()
        }
        _ => calls::chosen(app, look),
    }
}

/// `call-call-3.pcapng`
pub(super) fn file_name(app: &App, form: Form, look: &Look<'_, '_>) -> String {
    let stem = &app.settings.capture_name;
    let extension = form.extension();
    if form.is_of_capture() {
        return format!("{stem}.{extension}");
    }
    match names(app, look).as_slice() {
        [] => format!("{stem}.{extension}"),
        [one] => format!("{stem}-{one}.{extension}"),
        several => format!("{stem}-{}-calls.{extension}", several.len()),
    }
}

/// What became of a wish to save.
pub(super) fn saved(app: &mut App, save: Save, outcome: Outcome) {
    match outcome {
        Outcome::Written(what) => app.say(Tone::Good, what),
        Outcome::Failed(why) => app.say(Tone::Bad, why),
        Outcome::Exists => app.overlay = Some(Overlay::Replace(save)),
    }
}

/// The user has said whether a file is replaced.
pub(super) fn replace(app: &mut App, yes: bool) {
    let Some(Overlay::Replace(save)) = app.overlay.take() else { return };
    if yes {
        app.effects.push(Effect::Save(Save { overwrite: true, ..save }));
    } else {
        app.say(Tone::Good, "left as it was");
    }
}

/// Copies what the cursor is on.
pub(super) fn copy(app: &mut App, look: &Look<'_, '_>) {
    let text = match app.page {
        Page::Calls => calls::here(app, look).map(|(call_id, _)| ("the Call-ID", call_id)),
        Page::Ladder if still_read(app) => {
            return app.say(Tone::Bad, "the message is still being read");
        }
        Page::Ladder => app.ladder.row().map(|row| match app.ladder.bytes(row) {
            Some(Ok(bytes)) if row.is_message() => {
                ("the message", String::from_utf8_lossy(bytes).into_owned())
            }
            _ => ("the row", format!("{} {} {}", row.time, row.ends, row.text)),
        }),
        Page::Streams => streams::stream(app, look, app.streams.list.cursor).map(|stream| {
            let (src, dst) = (address(Some(stream.src)), address(Some(stream.dst)));
            ("the stream", format!("{src} -> {dst} SSRC {}", stream.ssrc))
        }),
        Page::Findings => look.report.findings.get(app.findings.cursor).map(|finding| {
            let of = findings::subject(&finding).unwrap_or_default();
            ("the finding", format!("{of}: {}. {}", finding.title, finding.explanation))
        }),
        Page::Registrations => {
            let row = look.report.registrations.get(app.registrations.cursor);
            row.and_then(|row| row.aor).map(|aor| ("the address of record", aor))
        }
        Page::Endpoints => {
            lists::endpoint_here(app).map(|row| ("the address", row.address.to_string()))
        }
        _ => None,
    };
    match text {
        Some((what, text)) => {
            app.effects.push(Effect::Copy(text));
            app.say(Tone::Good, format!("copied {what}"));
        }
        None => app.say(Tone::Bad, "nothing to copy here"),
    }
}

/// Whether the message that the cursor is on is on its way from the capture.
fn still_read(app: &App) -> bool {
    app.ladder.row().is_some_and(|row| row.is_message() && app.ladder.bytes(row).is_none())
}
