//! The page of endpoints: what each address does, and who talks to whom.

use ratatui::buffer::Buffer;

use crate::view::terminal::cut;
use crate::view::tui::app::App;
use crate::view::tui::column::mos_cell;
use crate::view::tui::theme::Role;
use crate::view::tui::widget::chart::share;
use crate::view::tui::widget::text::{Line, line, nothing, piece, put_lines};

/// Draws the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, app: &App) {
    let area = app.areas().body;
    let theme = app.settings.theme;
    let lines = lines(app);
    if lines.is_empty() {
        let looking = app.gathered.is_none();
        let text = if looking { "Looking at the calls \u{2026}" } else { "No endpoints." };
        return nothing(buffer, area, &[text], theme);
    }
    let top = app.endpoints.window(lines.len(), usize::from(area.height)).start;
    put_lines(buffer, area, &lines, top, theme);
}

/// What is said.
pub(in crate::view::tui) fn lines(app: &App) -> Vec<Line> {
    let Some(gathered) = &app.gathered else { return Vec::new() };
    if gathered.hosts.is_empty() {
        return Vec::new();
    }
    let plain = |text: String| piece(Role::Plain, text);
    let mut lines = vec![
        line(Role::Heading, " Endpoints"),
        line(
            Role::Dim,
            "  address                     calls from      to    regs  rtp out   rtp in   MOS  calls itself",
        ),
    ];
    for (address, host) in &gathered.hosts {
        let mos = mos_cell(host.mos);
        lines.push(vec![
            piece(Role::Name, format!("  {:<28}", address.to_string())),
            plain(format!("{:>10}", host.calls_from)),
            plain(format!("{:>8}", host.calls_to)),
            plain(format!("{:>8}", host.registrations)),
            plain(format!("{:>9}", host.streams_sent)),
            plain(format!("{:>9}", host.streams_received)),
            piece(mos.role, format!("{:>6}", mos.text)),
            piece(Role::Dim, format!("  {}", host.agents.join("; "))),
        ]);
    }
    lines.push(Line::new());
    lines.push(line(
        Role::Heading,
        " Who talks to whom (requests from the left, with their answers)",
    ));
    let most = gathered.links.first().map_or(0, |(_, link)| link.messages);
    for ((from, to), link) in &gathered.links {
        let ends = format!("{from} \u{2192} {to}");
        let again =
            if link.again > 0 { format!("{} sent again", link.again) } else { String::new() };
        lines.push(vec![
            piece(Role::Name, format!("  {:<44}", cut(&ends, 43))),
            plain(format!("{:>7} calls {:>8} messages ", link.calls, link.messages)),
            piece(Role::Name, share(link.messages as f64, most as f64, 16)),
            piece(Role::Warning, format!(" {again}")),
        ]);
    }
    lines
}
