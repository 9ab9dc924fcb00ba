//! The page of the capture: what was read, and everything that could not be.

use ratatui::buffer::Buffer;

use crate::view::tui::Look;
use crate::view::tui::app::App;
use crate::view::tui::column::date_and_time;
use crate::view::tui::theme::Role;
use crate::view::tui::widget::text::{Line, line, piece, put_shifted};

/// Draws the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, app: &App, look: &Look<'_, '_>) {
    let area = app.areas().body;
    let lines = lines(app, look);
    let top = app.capture.window(lines.len(), usize::from(area.height)).start;
    put_shifted(buffer, area, &lines, (top, app.shift), app.settings.theme);
}

/// What is said.
pub(in crate::view::tui) fn lines(app: &App, look: &Look<'_, '_>) -> Vec<Line> {
    let capture = &look.report.capture;
    let key = |text: &str| piece(Role::Dim, format!("  {text:<20} "));
    let mut lines = vec![line(Role::Heading, " Frames")];
    let counts = &capture.counts;
    for (name, count) in [
        ("all", counts.packets),
        ("SIP messages", counts.sip_messages),
        ("RTP", counts.rtp_packets),
        ("RTCP", counts.rtcp_packets),
        ("STUN", counts.stun_packets),
        ("others", counts.other_packets),
        ("copies", counts.copied_packets),
        ("left out, as asked", counts.left_out_packets),
    ] {
        if count > 0 || name == "all" {
            lines.push(vec![key(name), piece(Role::Plain, format!("{count:>12}"))]);
        }
    }
    lines.push(Line::new());
    lines.push(line(Role::Heading, " What could not be read, by layer"));
    if capture.problems.is_empty() {
        lines.push(line(Role::Good, "  Nothing: every byte was understood or is of no concern."));
    }
    let mut layer = "";
    for problem in &capture.problems {
        let name = if problem.layer == layer { "" } else { problem.layer.as_str() };
        layer = &problem.layer;
        let first =
            problem.first_frame.map(|f| format!(", first in frame {f}")).unwrap_or_default();
        lines.push(vec![
            key(name),
            piece(Role::Warning, format!("{:>8}\u{d7} ", problem.count)),
            piece(Role::Name, &problem.code),
            piece(Role::Plain, format!("  {}{first}", problem.text)),
        ]);
    }
    for fault in &app.progress.faults {
        lines.push(line(Role::Bad, format!("  {fault}")));
    }
    lines.push(Line::new());
    lines.push(line(Role::Heading, " Inputs"));
    for source in &capture.sources {
        let packed = source.compression.as_ref().map(|c| format!(", {c}")).unwrap_or_default();
        lines.push(vec![
            key(&source.name),
            piece(
                Role::Plain,
                format!(
                    "{}{packed}, {}: {} packets, {} bytes",
                    source.format,
                    source.link_types.join(", "),
                    source.packets,
                    source.bytes
                ),
            ),
        ]);
        if let (Some(first), Some(last)) = (&source.first_time, &source.last_time) {
            let length = source.duration_s.map(|s| format!(" ({s:.3} s)")).unwrap_or_default();
            lines.push(vec![
                key(""),
                piece(
                    Role::Plain,
                    format!("{} to {}{length}", date_and_time(first), date_and_time(last)),
                ),
            ]);
        }
        if let Some(dropped) = source.dropped_packets {
            let (text, role) = match dropped {
                0 => ("dropped by the capture: none".to_owned(), Role::Good),
                count => (format!("dropped by the capture: {count} packets"), Role::Bad),
            };
            lines.push(vec![key(""), piece(role, text)]);
        }
        let (text, role) = match source.interface_drops {
            None => ("interface drops: the file does not say".to_owned(), Role::Dim),
            Some(0) => ("interface drops: none".to_owned(), Role::Good),
            Some(count) => (format!("interface drops: {count} packets"), Role::Bad),
        };
        lines.push(vec![key(""), piece(role, text)]);
        if source.truncated {
            lines.push(vec![key(""), piece(Role::Warning, "ends inside a record")]);
        }
    }
    lines
}
