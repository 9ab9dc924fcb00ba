//! The page of statistics: the report's figures of all calls, by peers and by
//! user agent, and what happens how often.

use ratatui::buffer::Buffer;

use crate::report::service::{RestRow, ServiceRow};
use crate::report::statistics::Statistic;
use crate::view::terminal::{cut, width};
use crate::view::tui::Look;
use crate::view::tui::app::App;
use crate::view::tui::column::{mos_role, state_role};
use crate::view::tui::theme::Role;
use crate::view::tui::widget::chart::share;
use crate::view::tui::widget::text::{Line, line, piece, put_shifted};

/// Draws the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, app: &App, look: &Look<'_, '_>) {
    let area = app.areas().body;
    let lines = lines(app, look);
    let top = app.statistics.window(lines.len(), usize::from(area.height)).start;
    put_shifted(buffer, area, &lines, (top, app.shift), app.settings.theme);
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
    if let Some(gathered) = &app.gathered {
        counts(&gathered.statistics, &mut lines);
    } else {
        lines.push(Line::new());
        lines.push(line(Role::Dim, "  Looking at the messages \u{2026}"));
    }
    // Of these there may be many.
    peers(look, &mut lines);
    agents(look, &mut lines);
    lines
}

/// Columns of the figures of a group, behind what it is.
const FIGURES: &str = "   calls    ASR    SER   SEER    ISA  PDD p50  PDD p95  talk s   regs";

/// The figures of a group.
fn figures(of: &ServiceRow) -> String {
    let ratio = |value: Option<f64>| figure(value, 1);
    format!(
        "{:>8}{:>7}{:>7}{:>7}{:>7}{:>9}{:>9}{:>8}{:>7}",
        of.attempts,
        ratio(of.asr_percent),
        ratio(of.ser_percent),
        ratio(of.seer_percent),
        ratio(of.isa_percent),
        figure(of.pdd_ms.p50, 0),
        figure(of.pdd_ms.p95, 0),
        figure(of.acd_s, 1),
        of.registration_attempts,
    )
}

fn rest(rest: RestRow, lines: &mut Vec<Line>) {
    if rest.groups > 0 {
        let text = format!("  and {} more, with {} attempts", rest.groups, rest.attempts);
        lines.push(line(Role::Dim, text));
    }
}

fn peers(look: &Look<'_, '_>, lines: &mut Vec<Line>) {
    let by_peer = &look.report.summary.by_peer;
    lines.push(Line::new());
    lines.push(line(Role::Heading, " By peers (who asks, and who is asked)"));
    lines.push(line(Role::Dim, format!("  {:<34}{FIGURES}", "from \u{2192} to")));
    for peer in &by_peer.groups {
        let name = |ip: std::net::IpAddr| {
            look.context.address_name(ip).map_or_else(|| ip.to_string(), str::to_owned)
        };
        let ends = format!("{} \u{2192} {}", name(peer.from), name(peer.to));
        lines.push(group(&ends, &peer.figures));
    }
    rest(by_peer.rest, lines);
}

fn agents(look: &Look<'_, '_>, lines: &mut Vec<Line>) {
    let by_agent = &look.report.summary.by_user_agent;
    lines.push(Line::new());
    lines.push(line(Role::Heading, " By user agent"));
    lines.push(line(Role::Dim, format!("  {:<34}{FIGURES}", "software, side")));
    for group_of in &by_agent.groups {
        let agent = group_of.user_agent.as_deref().unwrap_or("(none named)");
        let text = format!("{}, {}", cut(agent, 25), group_of.side);
        lines.push(group(&text, &group_of.figures));
    }
    rest(by_agent.rest, lines);
}

fn group(what: &str, figures_of: &ServiceRow) -> Line {
    let what = cut(what, 33);
    let pad = " ".repeat(34_usize.saturating_sub(width(&what)));
    vec![piece(Role::Name, format!("  {what}{pad}")), piece(Role::Plain, figures(figures_of))]
}

/// What happens how often: a bar for each share of its section. The figures of
/// all calls stand above.
fn counts(statistics: &[Statistic], lines: &mut Vec<Line>) {
    let counted = |section: &[Statistic]| section.iter().any(|row| row.count.is_some());
    for section in statistics.chunk_by(|a, b| a.section == b.section) {
        let Some(first) = section.first().filter(|first| first.section != "calls") else {
            continue;
        };
        if !counted(section) {
            continue;
        }
        let mut title = first.section.to_owned();
        if let Some(letter) = title.get_mut(..1) {
            letter.make_ascii_uppercase();
        }
        lines.push(Line::new());
        lines.push(line(Role::Heading, format!(" {title}")));
        for row in section {
            let role = role_of(row);
            let item = cut(&row.item, 33);
            let pad = " ".repeat(34_usize.saturating_sub(width(&item)));
            lines.push(vec![
                piece(role, format!("  {item}{pad}")),
                piece(Role::Plain, format!("{:>9} ", row.count.unwrap_or_default())),
                piece(Role::Dim, format!("{:>6} % ", figure(row.percent, 1))),
                piece(role, share(row.percent.unwrap_or_default(), 100.0, 40)),
            ]);
        }
    }
}

/// What an item means, where it is good or bad.
fn role_of(row: &Statistic) -> Role {
    match (row.section, row.item.as_bytes()) {
        ("responses", [b'2', ..]) => Role::Good,
        ("responses", [b'4'..=b'6', ..]) => Role::Warning,
        ("outcomes", _) => state_role(&row.item),
        ("codecs", _) => Role::Media,
        _ => Role::Name,
    }
}
