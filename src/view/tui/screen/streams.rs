//! The page of RTP streams: the list, and the course of the chosen one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::report::over_time::IntervalRow;
use crate::report::stream::StreamRow;
use crate::view::tui::Look;
use crate::view::tui::app::App;
use crate::view::tui::column::{
    Cell, address, loss_cell, mos_cell, mos_role, severity_role, time_of_day,
};
use crate::view::tui::layout;
use crate::view::tui::theme::{Role, Theme};
use crate::view::tui::widget::chart::{Course, Worst, bars, strip};
use crate::view::tui::widget::table::{Row, head, table};
use crate::view::tui::widget::text::{
    Line, line, nothing, piece, put, put_line, put_lines, put_right, small,
};

/// How many streams are listed.
pub(in crate::view::tui) fn total(app: &App, look: &Look<'_, '_>) -> usize {
    match &app.streams.call {
        Some(_) => app.streams.chosen.len(),
        None => look.report.streams.len(),
    }
}

/// The stream listed at `index`.
pub(in crate::view::tui) fn stream(
    app: &App,
    look: &Look<'_, '_>,
    index: usize,
) -> Option<StreamRow> {
    let place = match &app.streams.call {
        Some(_) => *app.streams.chosen.get(index)?,
        None => index,
    };
    look.report.streams.get(place)
}

/// Draws the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, app: &App, look: &Look<'_, '_>) {
    let theme = app.settings.theme;
    let total = total(app, look);
    if total == 0 {
        let text: &[&str] = match &app.streams.call {
            Some(call) => &[&format!("{call} has no RTP streams."), "c shows all streams."],
            None if app.progress.ended => &["No RTP streams."],
            None => &["No RTP streams yet."],
        };
        return nothing(buffer, app.areas().body, text, theme);
    }
    let (list, charts) = layout::streams(app);
    if list.height > 0 {
        let heads = [
            head("#", 4, true, false),
            head("Call", 5, true, false),
            head("", 1, false, false),
            head("Codec", 7, false, false),
            head("MOS", 4, true, false),
            head("Loss %", 6, true, false),
            head("Jit ms", 6, true, false),
            head("From", 18, false, true),
            head("To", 18, false, true),
            head("Packets", 8, true, false),
            head("Start", 12, false, false),
            head("SSRC", 10, false, false),
        ];
        table(buffer, list, theme, &heads, (&app.streams.list, total), |index| {
            stream(app, look, index).map(|stream| Row { cells: cells(&stream), marked: false })
        });
    }
    let chosen = stream(app, look, app.streams.list.cursor);
    if let (Some(area), Some(stream)) = (charts, chosen) {
        detail(buffer, area, app, &stream, theme);
    }
}

fn cells(stream: &StreamRow) -> Vec<Cell> {
    let plain = |text: String| Cell { text, role: Role::Plain };
    let number = |name: &str| name.rsplit('-').next().unwrap_or_default().to_owned();
    let arrow = match stream.direction {
        Some("caller_to_callee") => "\u{2192}",
        Some(_) => "\u{2190}",
        None => "?",
    };
    vec![
        Cell { text: number(&stream.id), role: Role::Dim },
        plain(stream.call.as_deref().map(number).unwrap_or_default()),
        plain(arrow.to_owned()),
        plain(codec(stream)),
        mos_cell(stream.quality.mos_lq),
        loss_cell(stream.lost_percent),
        plain(figure(stream.jitter_ms.mean, 1)),
        plain(address(Some(stream.src))),
        plain(address(Some(stream.dst))),
        plain(stream.packets.to_string()),
        plain(time_of_day(&stream.first_time).to_owned()),
        plain(stream.ssrc.clone()),
    ]
}

/// The codec of most packets.
pub(in crate::view::tui) fn codec(stream: &StreamRow) -> String {
    let main = stream.payloads.iter().max_by_key(|payload| payload.packets);
    let name = main.map(|payload| match &payload.codec {
        Some(codec) => codec.clone(),
        None => format!("PT {}", payload.payload_type),
    });
    name.unwrap_or_else(|| "?".to_owned())
}

/// A figure, `-` where it is not known.
fn figure(value: Option<f64>, digits: usize) -> String {
    value.map_or_else(|| "-".to_owned(), |value| format!("{value:.digits$}"))
}

/// What there is to say of a stream, in lines.
pub(in crate::view::tui) fn summary(stream: &StreamRow) -> Vec<Line> {
    let key = |text: &str| piece(Role::Dim, format!("{text:<11}"));
    let mut lines: Vec<Line> = Vec::new();
    let encrypted = stream.encryption.map(|how| format!(", {how}")).unwrap_or_default();
    let ptime = stream.payloads.iter().find_map(|payload| payload.ptime_ms);
    lines.push(vec![
        key("stream"),
        piece(
            Role::Plain,
            format!("{} \u{2192} {}", address(Some(stream.src)), address(Some(stream.dst))),
        ),
    ]);
    lines.push(vec![
        key("media"),
        piece(
            Role::Media,
            format!(
                "{}{encrypted}, {} ms a packet, SSRC {}",
                codec(stream),
                figure(ptime, 0),
                stream.ssrc
            ),
        ),
    ]);
    let mos = mos_cell(stream.quality.mos_lq);
    let basis = stream.quality.basis.map(|basis| format!(" ({basis} figures)"));
    lines.push(vec![
        key("MOS-LQ"),
        piece(mos.role, if mos.text.is_empty() { "-".to_owned() } else { mos.text }),
        piece(Role::Dim, basis.unwrap_or_default()),
        piece(Role::Plain, format!("  R {}", figure(stream.quality.r_factor, 1))),
        piece(
            Role::Dim,
            stream.quality.note.as_ref().map(|n| format!("  {n}")).unwrap_or_default(),
        ),
    ]);
    lines.push(vec![
        key("packets"),
        piece(Role::Plain, format!("{} of {} expected, ", stream.packets, stream.expected)),
        piece(loss_cell(stream.lost_percent).role, format!("{} lost", stream.lost)),
        piece(
            Role::Plain,
            format!(
                " ({} %), {} out of order, {} duplicates",
                figure(stream.lost_percent, 2),
                stream.out_of_order,
                stream.duplicates
            ),
        ),
    ]);
    lines.push(vec![
        key("jitter"),
        piece(
            Role::Plain,
            format!(
                "{} ms mean, {} max; between packets {} ms mean, {} max",
                figure(stream.jitter_ms.mean, 2),
                figure(stream.jitter_ms.max, 2),
                figure(stream.delta_ms.mean, 2),
                figure(stream.delta_ms.max, 2)
            ),
        ),
    ]);
    let pattern = &stream.loss_pattern;
    lines.push(vec![
        key("loss"),
        piece(
            Role::Plain,
            format!(
                "longest run {}, burst ratio {}, bursts {} % of {} ms, gaps {} %",
                pattern.longest_loss,
                figure(pattern.burst_ratio, 2),
                figure(pattern.burst_density_percent, 1),
                figure(pattern.burst_duration_ms, 0),
                figure(pattern.gap_density_percent, 1)
            ),
        ),
    ]);
    let buffers = stream.playout.iter().map(|buffer| {
        let discarded = figure(buffer.discarded_percent, 1);
        match buffer.buffer.strip_prefix("fixed-") {
            Some(ms) => format!("{ms} ms {discarded}"),
            None => format!("{} {discarded}", buffer.buffer),
        }
    });
    let buffers: Vec<_> = buffers.collect();
    if !buffers.is_empty() {
        lines.push(vec![
            key("discards"),
            piece(Role::Plain, format!("% by de-jitter buffer: {}", buffers.join(", "))),
        ]);
    }
    lines.push(vec![key("RTCP"), rtcp(stream)]);
    lines
}

fn rtcp(stream: &StreamRow) -> crate::view::tui::widget::text::Piece {
    let Some(rtcp) = &stream.rtcp else { return piece(Role::Dim, "none seen") };
    piece(
        Role::Plain,
        format!(
            "sender {} reports; receiver {} reports: lost {} %, jitter {} ms; round trip {} ms",
            rtcp.sender_reports,
            rtcp.reports,
            figure(rtcp.remote_lost_percent, 2),
            figure(rtcp.remote_jitter_ms, 1),
            figure(rtcp.round_trip_ms, 1)
        ),
    )
}

/// Columns before a chart.
const TITLE: u16 = 12;
/// Columns behind it.
const SCALE: u16 = 10;

/// What is known of a stream, its charts, and its intervals.
fn detail(buffer: &mut Buffer, area: Rect, app: &App, stream: &StreamRow, theme: Theme) {
    let edge = "\u{2500}".repeat(usize::from(area.width));
    put(buffer, (area.x, area.y), usize::from(area.width), &edge, theme.style(Role::Frame));
    let title = format!(
        " {} {}",
        stream.id,
        stream.call.as_ref().map(|call| format!("of {call} ")).unwrap_or_default()
    );
    put(buffer, (area.x + 2, area.y), usize::from(area.width), &title, theme.style(Role::Heading));
    let inner = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    let mut lines = summary(stream);
    for name in &stream.findings {
        lines.push(line(severity_role("warning"), format!("! {name}")));
    }
    // The charts come before the less important lines where there is little room.
    let charts = chart_rows(inner.height);
    let above = usize::from(inner.height.saturating_sub(charts * 4 + 1));
    let shown = lines.len().min(above.max(3));
    put_lines(buffer, Rect { height: small(shown), ..inner }, &lines, 0, theme);
    let rest = Rect {
        y: inner.y + small(shown),
        height: inner.height.saturating_sub(small(shown)),
        ..inner
    };
    let below = courses(buffer, rest, charts, stream, theme);
    intervals(buffer, below, app, stream, theme);
}

/// Rows of each chart.
const fn chart_rows(height: u16) -> u16 {
    match height {
        0..=15 => 1,
        16..=27 => 2,
        _ => 3,
    }
}

fn courses(buffer: &mut Buffer, area: Rect, rows: u16, stream: &StreamRow, theme: Theme) -> Rect {
    let full = spread(stream);
    let of = |figure: fn(&IntervalRow) -> Option<f64>| -> Vec<Option<f64>> {
        full.iter().map(|interval| interval.as_ref().and_then(figure)).collect()
    };
    let lost = of(lost_percent);
    let (jitter, mos) = (of(|i| i.jitter_ms), of(|i| i.mos.or(i.mos_lq)));
    let greatest =
        |values: &[Option<f64>], least: f64| values.iter().flatten().copied().fold(least, f64::max);
    let loss_role = |percent: f64| loss_cell(Some(percent)).role;
    let jitter_role = |ms: f64| if ms >= 30.0 { Role::Warning } else { Role::Name };
    let discards = of(discarded_percent);
    let charts: [(&str, Course<'_>, String); 4] = [
        (
            "MOS",
            Course { values: &mos, range: (1.0, 4.5), worst: Worst::Least, role: mos_role },
            "1 to 4.5".to_owned(),
        ),
        (
            "loss %",
            Course {
                values: &lost,
                range: (0.0, greatest(&lost, 1.0)),
                worst: Worst::Greatest,
                role: loss_role,
            },
            format!("max {:.1}", greatest(&lost, 0.0)),
        ),
        (
            "jitter ms",
            Course {
                values: &jitter,
                range: (0.0, greatest(&jitter, 1.0)),
                worst: Worst::Greatest,
                role: jitter_role,
            },
            format!("max {:.1}", greatest(&jitter, 0.0)),
        ),
        (
            "discards %",
            Course {
                values: &discards,
                range: (0.0, greatest(&discards, 1.0)),
                worst: Worst::Greatest,
                role: loss_role,
            },
            format!("max {:.1}", greatest(&discards, 0.0)),
        ),
    ];
    let mut y = area.y;
    for (title, course, scale) in &charts {
        if y + rows > area.bottom() {
            break;
        }
        let width = area.width.saturating_sub(TITLE + SCALE);
        let place = Rect { x: area.x + TITLE, y, width, height: rows };
        put(buffer, (area.x, y), usize::from(TITLE), title, theme.style(Role::Dim));
        bars(buffer, place, course, theme);
        put(buffer, (place.right() + 1, y), usize::from(SCALE), scale, theme.style(Role::Dim));
        y += rows;
    }
    if y < area.bottom() {
        let width = area.width.saturating_sub(TITLE + SCALE);
        put(buffer, (area.x, y), usize::from(TITLE), "loss strip", theme.style(Role::Dim));
        let place = Rect { x: area.x + TITLE, y, width, height: 1 };
        strip(buffer, place, &Course { role: loss_role, ..charts[1].1.clone() }, theme);
        let scale = format!("{:.0} s", stream.duration_s);
        put(buffer, (place.right() + 1, y), usize::from(SCALE), &scale, theme.style(Role::Dim));
        y += 1;
    }
    Rect { y, height: area.bottom().saturating_sub(y), ..area }
}

fn lost_percent(interval: &IntervalRow) -> Option<f64> {
    let expected = interval.packets.checked_add(interval.lost).filter(|count| *count > 0)?;
    Some(100.0 * f64::from(interval.lost) / f64::from(expected))
}

fn discarded_percent(interval: &IntervalRow) -> Option<f64> {
    let expected = interval.packets.checked_add(interval.lost).filter(|count| *count > 0)?;
    Some(100.0 * f64::from(interval.discarded) / f64::from(expected))
}

/// Intervals that a chart shows at most.
const MOST: usize = 10_000;

/// The intervals with those between them that brought nothing.
fn spread(stream: &StreamRow) -> Vec<Option<IntervalRow>> {
    let width = Some(stream.over_time.interval_s).filter(|width| *width > 0.0).unwrap_or(1.0);
    let mut all: Vec<Option<IntervalRow>> = Vec::new();
    for interval in &stream.intervals {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float becomes the nearest integer it can"
        )]
        let place = (interval.offset_s / width).round() as usize;
        while all.len() < place.min(MOST) {
            all.push(None);
        }
        if all.len() < MOST {
            all.push(Some(*interval));
        }
    }
    all
}

/// The table of intervals.
fn intervals(buffer: &mut Buffer, area: Rect, app: &App, stream: &StreamRow, theme: Theme) {
    if area.height < 3 {
        return;
    }
    let heads = ["from s", "packets", "lost", "loss %", "discarded", "jitter ms", "MOS"];
    let width = 10;
    let column = |index: usize| (area.x + small(index * width), width - 1);
    for (index, title) in heads.iter().enumerate() {
        let (x, room) = column(index);
        put_right(buffer, (x, area.y), room, title, theme.style(Role::Heading));
    }
    let rows = Rect { y: area.y + 1, height: area.height - 1, ..area };
    let most = stream.intervals.len().saturating_sub(usize::from(rows.height));
    let top = app.streams.scroll.min(most);
    for (row, interval) in rows.rows().zip(stream.intervals.iter().skip(top)) {
        let percent = lost_percent(interval);
        let cells = [
            Cell { text: format!("{:.0}", interval.offset_s), role: Role::Dim },
            Cell { text: interval.packets.to_string(), role: Role::Plain },
            Cell { text: interval.lost.to_string(), role: Role::Plain },
            loss_cell(percent),
            Cell { text: interval.discarded.to_string(), role: Role::Plain },
            Cell { text: figure(interval.jitter_ms, 2), role: Role::Plain },
            mos_cell(interval.mos.or(interval.mos_lq)),
        ];
        for (index, cell) in cells.iter().enumerate() {
            let (x, room) = column(index);
            put_right(buffer, (x, row.y), room, &cell.text, theme.style(cell.role));
        }
    }
    if most > top {
        let text = format!("{} more intervals below", most - top);
        let row = Rect { x: area.x + 72, y: area.bottom() - 1, height: 1, ..area };
        put_line(buffer, row.intersection(area), &line(Role::Dim, text), 0, theme);
    }
}
