//! What is known of one conversation, over the page.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::report::call::{CallRow, PartyRow};
use crate::report::registration::RegistrationRow;
use crate::view::facts::{self, Fact};
use crate::view::terminal::Tone;
use crate::view::tui::Look;
use crate::view::tui::app::{App, Details};
use crate::view::tui::column::{address, mos_role, severity_role};
use crate::view::tui::theme::Role;
use crate::view::tui::widget::table::scroll_bar;
use crate::view::tui::widget::text::{Line, framed, paragraph, put_lines};

/// Columns before what is said.
const LABELS: usize = 13;

/// Something that is said: a word or two, the text, and what it means.
pub(in crate::view::tui) type Said = (&'static str, String, Role);

/// Draws the details.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, screen: Rect, app: &App, details: &Details) {
    let theme = app.settings.theme;
    let inner = framed(buffer, screen, &details.title, theme);
    let lines = lines(details, inner.width);
    let height = usize::from(inner.height);
    let top = details.list.cursor.min(lines.len().saturating_sub(height));
    put_lines(buffer, inner, &lines, top, theme);
    let shown = top..(top + height).min(lines.len());
    let bar = Rect { height: screen.height.saturating_sub(1), ..screen };
    scroll_bar(buffer, bar, theme, shown, lines.len());
}

/// The lines, as wide as that.
pub(in crate::view::tui) fn lines(details: &Details, width: u16) -> Vec<Line> {
    let mut lines = Vec::new();
    let mut before = "";
    for (label, text, role) in &details.said {
        let shown = if *label == before { "" } else { label };
        paragraph(&mut lines, (shown, LABELS), text, *role, usize::from(width.saturating_sub(2)));
        before = label;
    }
    lines
}

/// Facts as they are said here.
pub(in crate::view::tui) fn said(facts: Vec<Fact>) -> impl Iterator<Item = Said> {
    facts.into_iter().map(|Fact { label, text, tone }| {
        let role = match tone {
            Tone::Good => Role::Good,
            Tone::Warning => Role::Warning,
            Tone::Bad => Role::Bad,
            _ => Role::Plain,
        };
        (label, text, role)
    })
}

/// What is known of the conversation of a name.
pub(in crate::view::tui) fn of(look: &Look<'_, '_>, name: &str) -> Option<Details> {
    let id = look.context.named(name)?;
    let title = name.replace('-', " ");
    let said = if let Some(call) = look.context.call(id) {
        of_call(look, &call)
    } else if let Some(row) = look.context.registration(id) {
        of_registration(&row)
    } else {
        said(facts::of_dialog(&look.context.dialog(id)?)).collect()
    };
    Some(Details { title, said, list: crate::view::tui::list::List::default() })
}

/// What is known of a registration.
pub(in crate::view::tui) fn of_registration(row: &RegistrationRow<'_>) -> Vec<Said> {
    said(facts::of_registration(row)).collect()
}

fn of_call(look: &Look<'_, '_>, call: &CallRow<'_>) -> Vec<Said> {
    let mut all: Vec<Said> =
        vec![("from", party(&call.caller), Role::Name), ("to", party(&call.callee), Role::Name)];
    let status = call.final_status.as_ref();
    let status = status.map(|status| format!(", {} {}", status.code, status.reason));
    let by = call.released_by.map(|by| format!(", ended by the {by}"));
    let state = format!(
        "{}{}{}",
        call.state.replace('_', " "),
        status.unwrap_or_default(),
        by.unwrap_or_default()
    );
    all.push(("state", state, crate::view::tui::column::state_role(call.state)));
    if let Some(cause) = &call.release_cause {
        let number = cause.cause.map(|number| format!(" {number}")).unwrap_or_default();
        let text = cause.text.as_ref().map(|text| format!(" {text}")).unwrap_or_default();
        all.push(("cause", format!("{}{number}{text}", cause.protocol), Role::Plain));
    }
    let moments = [
        Some(("began", call.start_time.clone())),
        call.answer_time.clone().map(|time| ("answered", time)),
        call.end_time.clone().map(|time| ("ended", time)),
    ];
    all.extend(moments.into_iter().flatten().map(|(what, time)| (what, time, Role::Plain)));
    let ms = |what: &str, value: Option<f64>| value.map(|ms| format!("{what} {ms:.1} ms"));
    let spans: Vec<_> = [
        ms("post-dial delay", call.post_dial_delay_ms),
        ms("set-up", call.setup_ms),
        ms("rang", call.ring_ms),
        call.duration_s.map(|s| format!("talked {s:.1} s")),
        ms("disconnect", call.disconnect_ms),
    ]
    .into_iter()
    .flatten()
    .collect();
    if !spans.is_empty() {
        all.push(("times", spans.join(", "), Role::Plain));
    }
    for (side, mos) in [("caller", call.mos.caller_hears), ("callee", call.mos.callee_hears)] {
        all.extend(mos.map(|mos| ("MOS", format!("the {side} hears {mos:.2}"), mos_role(mos))));
    }
    for finding in call.findings.iter().filter_map(|name| look.context.finding(name)) {
        let text = format!("{}: {}", finding.severity, finding.title);
        all.push(("finding", text, severity_role(finding.severity)));
    }
    all.extend(said(facts::of_call(call)));
    for stream in call.streams.iter().filter_map(|name| look.context.stream(name)) {
        for fact in facts::of_stream(&stream) {
            let text = format!("{}: {} {}", stream.id, fact.label, fact.text);
            all.push(("stream", text, Role::Media));
        }
    }
    let agents = [("caller", &call.caller), ("callee", &call.callee)];
    for (side, party) in agents {
        let agent = party.user_agent.as_ref();
        all.extend(agent.map(|agent| ("software", format!("{agent} ({side})"), Role::Dim)));
    }
    all.extend(call.legs.iter().map(|leg| ("Call-ID", leg.call_id.clone(), Role::Dim)));
    all
}

/// `"Alice" sip:alice@example.com at 192.0.2.10:5060`
fn party(party: &PartyRow) -> String {
    let name = party.display_name.as_ref().map(|name| format!("\"{name}\" "));
    let at = party.address.map(|at| format!(" at {}", address(Some(at))));
    let uri = party.uri.as_deref().unwrap_or("?");
    format!("{}{uri}{}", name.unwrap_or_default(), at.unwrap_or_default())
}
