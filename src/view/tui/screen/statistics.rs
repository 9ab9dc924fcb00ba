//! The page of statistics: figures of all calls, by peer, codecs, responses,
//! and how long calls took to ring.

use ratatui::buffer::Buffer;

use crate::view::tui::Look;
use crate::view::tui::app::App;
use crate::view::tui::column::{mos_cell, mos_role};
use crate::view::tui::theme::Role;
use crate::view::tui::widget::chart::share;
use crate::view::tui::widget::text::{Line, line, piece, put_lines};

/// Draws the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, app: &App, look: &Look<'_, '_>) {
    let area = app.areas().body;
    let lines = lines(app, look);
    let top = app.statistics.window(lines.len(), usize::from(area.height)).start;
    put_lines(buffer, area, &lines, top, app.settings.theme);
}

fn percent(value: Option<f64>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.1} %"))
}

fn figure(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}

/// What is said.
pub(in crate::view::tui) fn lines(app: &App, look: &Look<'_, '_>) -> Vec<Line> {
    let summary = &look.report.summary;
    let key = |text: &str| piece(Role::Dim, format!("  {text:<18}"));
    let plain = |text: String| piece(Role::Plain, text);
    let mut lines = vec![line(Role::Heading, " All calls (RFC 6076, E.425)")];
    lines.push(vec![
        key("calls"),
        plain(format!("{:<10}", summary.calls)),
        piece(Role::Good, format!("{} answered", summary.answered)),
        piece(Role::Bad, format!("  {} failed", summary.failed)),
        piece(Role::Warning, format!("  {} cancelled", summary.cancelled)),
        plain(format!("  {} in progress", summary.in_progress)),
    ]);
    lines.push(vec![
        key("ratios"),
        plain(format!(
            "ASR {}  NER {}  SER {}  SEER {}  ISA {}  SCR {}",
            percent(summary.asr_percent),
            percent(summary.ner_percent),
            percent(summary.ser_percent),
            percent(summary.seer_percent),
            percent(summary.isa_percent),
            percent(summary.scr_percent)
        )),
    ]);
    let delay = summary.post_dial_delay_ms;
    lines.push(vec![
        key("post-dial delay"),
        plain(format!(
            "median {} ms, 95th percentile {} ms, greatest {} ms",
            figure(delay.p50, 0),
            figure(delay.p95, 0),
            figure(delay.max, 0)
        )),
    ]);
    lines.push(vec![key("mean duration"), plain(format!("{} s", figure(summary.acd_s, 1)))]);
    let worst = summary.mos.min.map_or(Role::Plain, mos_role);
    lines.push(vec![
        key("MOS"),
        piece(worst, format!("least {}", figure(summary.mos.min, 2))),
        plain(format!(
            ", 5th percentile {}, mean {}",
            figure(summary.mos.p5, 2),
            figure(summary.mos.mean, 2)
        )),
    ]);
    let registrations = summary.registrations;
    lines.push(vec![
        key("registrations"),
        plain(format!(
            "{} attempts, {} succeeded, {} failed",
            registrations.attempts, registrations.succeeded, registrations.failed
        )),
    ]);
    lines.push(Line::new());
    match &app.gathered {
        Some(gathered) => more(gathered, &mut lines),
        None => lines.push(line(Role::Dim, "  Looking at the calls \u{2026}")),
    }
    lines
}

fn more(gathered: &crate::view::tui::statistics::Statistics, lines: &mut Vec<Line>) {
    let plain = |text: String| piece(Role::Plain, text);
    lines.push(line(Role::Heading, " By peer (the address called)"));
    lines.push(line(
        Role::Dim,
        "  address                      calls    ASR     SER    SEER     ISA  PDD p50  PDD p95  talk s   MOS",
    ));
    for peer in &gathered.peers {
        let address = peer.address.map_or_else(|| "?".to_owned(), |ip| ip.to_string());
        let mos = mos_cell(peer.mos());
        lines.push(vec![
            plain(format!("  {address:<26}")),
            plain(format!("{:>8}", peer.calls)),
            plain(format!("{:>7}", figure(peer.asr(), 1))),
            plain(format!("{:>8}", figure(peer.ser(), 1))),
            plain(format!("{:>8}", figure(peer.seer(), 1))),
            plain(format!("{:>8}", figure(peer.isa(), 1))),
            plain(format!("{:>9}", figure(peer.delay(50), 0))),
            plain(format!("{:>9}", figure(peer.delay(95), 0))),
            plain(format!("{:>8}", figure(peer.duration(), 1))),
            piece(mos.role, format!("{:>6}", mos.text)),
        ]);
    }
    lines.push(Line::new());
    lines.push(line(Role::Heading, " Post-dial delay"));
    let most = gathered.delays.iter().map(|(_, count)| *count).max().unwrap_or(0);
    let mut from = 0.0;
    let shown = gathered.delays.iter().rposition(|(_, count)| *count > 0).map_or(0, |at| at + 1);
    if shown == 0 {
        lines.push(line(Role::Dim, "  none is known"));
    }
    for (bound, count) in gathered.delays.iter().take(shown) {
        let text = match bound {
            Some(bound) => format!("{from:>6.0} to {bound:>6.0} ms"),
            None => format!("  over {from:>6.0} ms  "),
        };
        from = bound.unwrap_or(from);
        let role = if from > 3_000.0 { Role::Warning } else { Role::Name };
        lines.push(vec![
            piece(Role::Dim, format!("  {text:<20}")),
            plain(format!("{count:>8} ")),
            piece(role, share(*count as f64, most as f64, 40)),
        ]);
    }
    lines.push(Line::new());
    lines.push(line(Role::Heading, " Final responses"));
    let most = gathered.responses.values().max().copied().unwrap_or(0);
    for ((code, reason), count) in &gathered.responses {
        let role = match code {
            200..=299 => Role::Good,
            300..=399 | 401 | 407 | 487 => Role::Warning,
            _ => Role::Bad,
        };
        lines.push(vec![
            piece(role, format!("  {code} ")),
            plain(format!("{:<24}", crate::view::terminal::cut(reason, 23))),
            plain(format!("{count:>8} ")),
            piece(role, share(*count as f64, most as f64, 40)),
        ]);
    }
    lines.push(Line::new());
    lines.push(line(Role::Heading, " Codecs"));
    let most = gathered.codecs.first().map_or(0, |codec| codec.2);
    for (name, streams, packets) in &gathered.codecs {
        lines.push(vec![
            piece(Role::Media, format!("  {:<18}", crate::view::terminal::cut(name, 17))),
            plain(format!("{streams:>6} streams {packets:>12} packets ")),
            piece(Role::Media, share(*packets as f64, most as f64, 30)),
        ]);
    }
}
