//! The page of endpoints: what each address does, with the frames that show it,
//! and whom it talks to.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;

use crate::report::endpoints::{EndpointRow, LinkRow, RoleRow};
use crate::view::tui::app::App;
use crate::view::tui::column::{Cell, mos_cell};
use crate::view::tui::gathered::Gathered;
use crate::view::tui::layout;
use crate::view::tui::theme::Role;
use crate::view::tui::widget::table::{Row, head, table};
use crate::view::tui::widget::text::{Line, detail, line, nothing, paragraph};

/// Columns before what is said in the detail.
const LABELS: usize = 11;

/// Draws the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, app: &App) {
    let area = app.areas().body;
    let theme = app.settings.theme;
    let Some(gathered) = app.gathered.as_deref() else {
        return nothing(buffer, area, &["Looking at the messages \u{2026}"], theme);
    };
    let endpoints = &gathered.endpoints;
    if endpoints.is_empty() {
        return nothing(buffer, area, &["No endpoints."], theme);
    }
    let (list, below) = layout::with_detail(app);
    let heads = [
        head("Address", 20, false, false),
        head("Roles", 18, false, true),
        head("Placed", 6, true, false),
        head("Rcvd", 6, true, false),
        head("Failed", 6, true, false),
        head("MOS", 5, true, false),
        head("SIP out", 8, true, false),
        head("SIP in", 8, true, false),
        head("Regs", 5, true, false),
        head("RTP out", 9, true, false),
        head("RTP in", 9, true, false),
        head("Software", 16, false, true),
    ];
    table(buffer, list, theme, &heads, (&app.endpoints, endpoints.len()), |index| {
        let row = endpoints.get(index)?;
        let plain = |text: String| Cell { text, role: Role::Plain };
        let count = |count: u64| plain(if count == 0 { String::new() } else { count.to_string() });
        let failed = Cell { role: Role::Bad, ..count(row.calls.failed) };
        Some(Row {
            cells: vec![
                Cell { text: called(row), role: Role::Name },
                plain(row.roles.iter().map(RoleRow::words).collect::<Vec<_>>().join(", ")),
                count(row.calls.placed),
                count(row.calls.received),
                failed,
                mos_cell(row.mos_received),
                count(row.messages.sent),
                count(row.messages.received),
                count(row.registrations),
                count(row.packets.sent),
                count(row.packets.received),
                Cell { text: row.user_agents.join("; "), role: Role::Dim },
            ],
            marked: false,
        })
    });
    if let (Some(area), Some(row)) = (below, endpoints.get(app.endpoints.cursor)) {
        let title = match &row.name {
            Some(name) => format!("{name} ({})", address(row)),
            None => address(row),
        };
        let lines = |columns| say(row, gathered, columns);
        detail(buffer, area, &title, app.detail, theme, lines);
    }
}

/// What an address is called: its name, or itself.
fn called(row: &EndpointRow) -> String {
    row.name.clone().unwrap_or_else(|| address(row))
}

/// The address, with the port where that tells several elements of it apart.
pub(in crate::view::tui) fn address(row: &EndpointRow) -> String {
    match row.port {
        Some(port) => std::net::SocketAddr::new(row.address, port).to_string(),
        None => row.address.to_string(),
    }
}

fn say(row: &EndpointRow, all: &Gathered, columns: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut say = |label: &str, text: &str, role: Role| {
        paragraph(&mut lines, (label, LABELS), text, role, columns);
    };
    for shown in &row.roles {
        let evidence: Vec<_> =
            shown.evidence.iter().map(|one| format!("frame {} {}", one.frame, one.text)).collect();
        let text = format!("{} times: {}", shown.count, evidence.join("; "));
        say("", &format!("{}, {text}", shown.words()), Role::Plain);
    }
    let ports: Vec<_> = row.ports.iter().map(u16::to_string).collect();
    if !ports.is_empty() {
        let over = row.transports.join(", ");
        say("ports", &format!("{} over {over}", ports.join(", ")), Role::Plain);
    }
    if row.retransmissions > 0 {
        say("sent again", &format!("{} messages", row.retransmissions), Role::Warning);
    }
    for reach in &row.reachability {
        let role = if reach.state == "unreachable" { Role::Bad } else { Role::Good };
        let mean = reach.round_trip_ms.mean.map(|ms| format!(", {ms:.1} ms")).unwrap_or_default();
        let text = format!(
            "{} by OPTIONS: {}, {} of {} answered{mean}",
            reach.peer, reach.state, reach.answered, reach.requests
        );
        say("reaches", &text, role);
    }
    for link in all.links.iter().filter(|link| link.from == row.id) {
        say("talks to", &linked(link, &link.to, all), Role::Name);
    }
    for link in all.links.iter().filter(|link| link.to == row.id) {
        say("hears of", &linked(link, &link.from, all), Role::Name);
    }
    if let (Some(first), Some(last)) = (&row.first_time, &row.last_time) {
        say("seen", &format!("{first} to {last}"), Role::Dim);
    }
    if lines.is_empty() {
        lines.push(line(Role::Dim, " nothing more is known of it"));
    }
    lines
}

/// `192.0.2.5: 3 INVITE, 2 BYE over udp; 5 responses; 2 streams of 800 packets`
fn linked(link: &LinkRow, other: &str, all: &Gathered) -> String {
    let other = all.endpoints.iter().find(|row| row.id == other);
    let methods: Vec<_> =
        link.methods.iter().map(|method| format!("{} {}", method.count, method.method)).collect();
    let mut text = other.map(called).unwrap_or_default();
    if !methods.is_empty() {
        let _ = write!(text, ": {} over {}", methods.join(", "), link.transports.join(", "));
    }
    if link.responses > 0 {
        let _ = write!(text, "; {} responses", link.responses);
    }
    if link.streams > 0 {
        let plural = if link.streams == 1 { "" } else { "s" };
        let _ =
            write!(text, "; {} RTP stream{plural} of {} packets", link.streams, link.rtp_packets);
    }
    text
}
