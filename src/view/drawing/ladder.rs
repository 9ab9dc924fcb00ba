//! A ladder as SVG: hosts in boxes, messages as arrows, media as bands coloured
//! by what was heard.
//!
//! Nothing is measured: texts are monospaced, so that their widths are known
//! and none covers another.

use std::fmt::Write;

use super::{Escaped, LADDER_CSS, columns, lines, pixels};
use crate::report::ladder::{Column, Kind, Ladder, Mark, Row};
use crate::report::quality::Grade;

/// Rows that are drawn; of more only the number is told.
pub const MOST_ROWS: usize = 5_000;

/// Pixels between the lines of a text.
const LEADING: usize = 15;
/// Pixels left and right of everything.
const MARGIN: usize = 16;
/// Least and most pixels between two lifelines.
const NARROWEST: usize = 210;
const WIDEST: usize = 430;
/// Most lines of a label, and of what is said below the arrow.
const LABEL_LINES: usize = 2;
const DETAIL_LINES: usize = 4;
/// Most characters of a host's heading.
const HEADING: usize = 42;

/// Leads from a row to more about it: the target of a link, where there is one.
pub type Link<'a> = dyn Fn(&Row) -> Option<String> + 'a;

/// What a ladder is drawn for.
#[derive(Clone, Copy)]
pub struct Purpose<'a> {
    /// What rows are links to.
    pub link: Option<&'a Link<'a>>,
    /// Whether it is a document of its own, with style, title and findings.
    pub standalone: bool,
}

struct Drawing<'a> {
    ladder: &'a Ladder,
    purpose: Purpose<'a>,
    /// The right ends of times and of frame numbers.
    offsets_end: usize,
    frames_end: usize,
    /// Where each lifeline stands.
    lifelines: Vec<usize>,
    step: usize,
    width: usize,
    /// How far down everything is drawn.
    y: usize,
    out: String,
}

/// The SVG element of a ladder; unless it stands alone, the style of
/// [`LADDER_CSS`] has to be around.
pub fn svg(ladder: &Ladder, purpose: Purpose<'_>) -> String {
    let mut drawing = Drawing::new(ladder, purpose);
    drawing.head();
    let top = drawing.y;
    let drawn = ladder.rows.get(..MOST_ROWS).unwrap_or(&ladder.rows);
    for row in drawn {
        drawing.row(row);
    }
    drawing.y += 8;
    let bottom = drawing.y;
    if let Some(more) = ladder.rows.len().checked_sub(MOST_ROWS).filter(|more| *more > 0) {
        drawing.note(&format!("and {more} more rows, not drawn"));
    }
    drawing.legend();
    drawing.finish(top, bottom)
}

impl<'a> Drawing<'a> {
    fn new(ladder: &'a Ladder, purpose: Purpose<'a>) -> Self {
        let frames = ladder.rows.iter().map(|row| pixels(&format!("#{}", row.frame))).max();
        let offsets = ladder.rows.iter().map(|row| pixels(&offset(row))).max();
        let offsets_end = MARGIN + offsets.unwrap_or(0);
        let frames_end = offsets_end + 12 + frames.unwrap_or(0);
        let headings = ladder.columns.iter().map(heading_width).max().unwrap_or(0);
        let needed = ladder.rows.iter().map(|row| {
            let apart = row.from.abs_diff(row.to).max(1);
            let details = details(row);
            let details = details.iter().map(|detail| pixels(detail));
            let label = pixels(&label(row));
            let whole = if row.kind == Kind::Media {
                label + details.sum::<usize>()
            } else {
                details.max().unwrap_or(0).max(label)
            };
            (whole + 64) / apart
        });
        let step = needed.max().unwrap_or(0).clamp(NARROWEST, WIDEST).max(headings + 16);
        let first = frames_end + 30 + (headings / 2).max(20);
        let lifelines: Vec<_> =
            (0..ladder.columns.len()).map(|index| first + index * step).collect();
        let last = lifelines.last().copied().unwrap_or(first);
        // What a host sends to itself stands right of its lifeline.
        let own = ladder.rows.iter().any(|row| row.from == row.to);
        let beside = if own { step } else { 0 };
        let width = last + (headings / 2).max(20).max(beside) + MARGIN;
        let out = String::new();
        Self {
            ladder,
            purpose,
            offsets_end,
            frames_end,
            lifelines,
            step,
            width: width.max(480),
            y: MARGIN,
            out,
        }
    }

    fn text(&mut self, x: usize, y: usize, class: &str, text: &str) {
        let _ =
            writeln!(self.out, r#"<text x="{x}" y="{y}" class="{class}">{}</text>"#, Escaped(text));
    }

    /// Title and hosts.
    fn head(&mut self) {
        let ladder = self.ladder;
        if self.purpose.standalone {
            let room = columns(self.width - 2 * MARGIN);
            // The title's letters are wider by a quarter.
            for line in lines(&format!("{}  {}", ladder.name, ladder.title), room * 4 / 5, 3) {
                self.text(MARGIN, self.y + 14, "h", &line);
                self.y += 20;
            }
            for line in lines(&format!("Call-ID {}", ladder.call_id), room, 3) {
                self.text(MARGIN, self.y + 12, "d", &line);
                self.y += LEADING;
            }
            self.text(MARGIN, self.y + 12, "d", &format!("from {}", ladder.start));
            self.y += LEADING + 14;
        }
        let named = ladder.columns.iter().any(|column| column.name.is_some());
        let height = if named { 42 } else { 27 };
        for (column, x) in ladder.columns.iter().zip(self.lifelines.clone()) {
            let wide = heading_width(column);
            let _ = writeln!(
                self.out,
                r#"<rect class="host" x="{}" y="{}" width="{wide}" height="{height}" rx="5"/>"#,
                x - wide / 2,
                self.y,
            );
            let mut baseline = self.y + 18;
            if let Some(name) = &column.name {
                self.text(x, baseline, "m b", &heading(name));
                baseline += LEADING;
            }
            let class = if column.name.is_some() { "m d" } else { "m b" };
            let baseline = if named && column.name.is_none() { baseline + 8 } else { baseline };
            self.text(x, baseline, class, &heading(&column.label));
        }
        self.y += height;
    }

    fn row(&mut self, row: &Row) {
        let top = self.y + 6;
        let mark = self.ladder.mark_of(row);
        let link = self.purpose.link.and_then(|link| link(row));
        let class = class(row);
        match &link {
            Some(target) => {
                let _ = writeln!(
                    self.out,
                    r#"<a class="row {class}" href="{}"><desc>{}</desc>"#,
                    Escaped(target),
                    Escaped(self.said(row)),
                );
            }
            None => {
                let _ = writeln!(self.out, r#"<g class="row {class}">"#);
            }
        }
        // The height of a row shows once it is drawn, but what is hit lies behind it.
        let before_hit = self.out.len();
        let bottom = match (row.kind, row.from == row.to) {
            (Kind::Media, _) => self.media(row, top),
            (_, true) => self.own(row, top),
            (_, false) => self.arrow(row, top),
        };
        if link.is_some() {
            let hit = format!(
                "<rect class=\"hit\" x=\"4\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\"/>\n",
                top - 3,
                self.width - 8,
                bottom - top + 5,
            );
            self.out.insert_str(before_hit, &hit);
        }
        self.text(self.offsets_end, top + 12, "d e", &offset(row));
        self.text(self.frames_end, top + 12, "d e", &format!("#{}", row.frame));
        if let Some(mark) = mark {
            self.sign(mark, self.frames_end + 15, top + 8);
        }
        self.out.push_str(if link.is_some() { "</a>\n" } else { "</g>\n" });
        self.y = bottom + 2;
    }

    /// An arrow between two hosts, what it is above it, more below it. Returns
    /// how far down it goes.
    fn arrow(&mut self, row: &Row, top: usize) -> usize {
        let (from, to) = (self.at(row.from), self.at(row.to));
        let (middle, room) = (usize::midpoint(from, to), columns(from.abs_diff(to) - 24));
        let mut y = top;
        for line in lines(&label(row), room, LABEL_LINES) {
            self.text(middle, y + 12, "m l", &line);
            y += LEADING;
        }
        y += 4;
        let (base, tip) = if from < to { (to - 9, to - 1) } else { (to + 9, to + 1) };
        let _ = writeln!(
            self.out,
            r#"<path class="arrow" d="M{from} {y}H{base}"/><path class="tip" d="M{tip} {y}L{base} {}V{}z"/>"#,
            y - 4,
            y + 4,
        );
        y += 3;
        for line in details(row).iter().flat_map(|detail| lines(detail, room, DETAIL_LINES)) {
            self.text(middle, y + 12, "m d", &line);
            y += LEADING;
        }
        y + 4
    }

    /// What a host sends to itself.
    fn own(&mut self, row: &Row, top: usize) -> usize {
        let x = self.at(row.from);
        let _ = writeln!(
            self.out,
            r#"<path class="arrow" d="M{x} {}h18v10H{}"/><path class="tip" d="M{} {}l8 -4v8z"/>"#,
            top + 4,
            x + 8,
            x + 1,
            top + 14,
        );
        let room = columns(self.step.saturating_sub(50));
        let mut y = top;
        for line in lines(&label(row), room, LABEL_LINES) {
            self.text(x + 26, y + 12, "self l", &line);
            y += LEADING;
        }
        for line in details(row).iter().flat_map(|detail| lines(detail, room, DETAIL_LINES)) {
            self.text(x + 26, y + 12, "self d", &line);
            y += LEADING;
        }
        y.max(top + LEADING) + 4
    }

    /// A stream: a band that points at the receiver.
    fn media(&mut self, row: &Row, top: usize) -> usize {
        let (from, to) = (self.at(row.from), self.at(row.to));
        let text = format!("{}  {}", label(row), details(row).join("; "));
        let own = from == to;
        let (left, right) =
            if own { (from + 2, from + self.step - 24) } else { (from.min(to), from.max(to)) };
        let lines = lines(&text, columns((right - left).saturating_sub(44)), LABEL_LINES + 1);
        let height = lines.len().max(1) * LEADING + 5;
        let (end, middle) = (top + height, top + height / 2);
        let (left, right) = (left + 3, right - 3);
        let shape = if own {
            format!("M{left} {top}H{right}V{end}H{left}z")
        } else if from < to {
            format!("M{left} {top}H{0}L{right} {middle}L{0} {end}H{left}z", right - 9)
        } else {
            format!("M{right} {top}H{0}L{left} {middle}L{0} {end}H{right}z", left + 9)
        };
        let _ = writeln!(self.out, r#"<path class="band" d="{shape}"/>"#);
        for (index, line) in lines.iter().enumerate() {
            self.text(usize::midpoint(left, right), top + 14 + index * LEADING, "m l", line);
        }
        end + 4
    }

    /// The sign of a finding; each severity has a shape of its own.
    fn sign(&mut self, mark: &Mark, x: usize, y: usize) {
        let shape = match mark.severity {
            "fault" => format!(
                r#"<path class="sign" d="M{} {}h6l4 4v6l-4 4h-6l-4 -4v-6z"/>"#,
                x - 3,
                y - 7,
            ),
            "warning" => {
                format!(r#"<path class="sign" d="M{x} {}l8 14h-16z"/>"#, y - 7)
            }
            _ => format!(r#"<circle class="sign" cx="{x}" cy="{y}" r="7"/>"#),
        };
        let letter = if mark.severity == "note" { 'i' } else { '!' };
        let lower = if mark.severity == "warning" { 5 } else { 4 };
        let _ = writeln!(
            self.out,
            r#"<g class="{}"><title>{}: {}</title>{shape}<text class="m in" x="{x}" y="{}">{letter}</text></g>"#,
            mark.severity,
            mark.severity,
            Escaped(&mark.title),
            y + lower,
        );
    }

    fn note(&mut self, text: &str) {
        self.text(MARGIN, self.y + 14, "d", text);
        self.y += 22;
    }

    /// What is wrong, below the drawing.
    fn legend(&mut self) {
        let ladder = self.ladder;
        if !self.purpose.standalone {
            return;
        }
        for mark in &ladder.findings {
            self.y += 8;
            self.sign(mark, MARGIN + 8, self.y + 9);
            let text = format!("{}: {}  [{}]", mark.severity, mark.title, mark.code);
            for line in lines(&text, columns(self.width - 2 * MARGIN - 24), 3) {
                self.text(MARGIN + 24, self.y + 13, "", &line);
                self.y += LEADING;
            }
        }
    }

    fn finish(self, top: usize, bottom: usize) -> String {
        let (width, height) = (self.width, self.y + MARGIN);
        let ladder = self.ladder;
        let mut out = String::with_capacity(self.out.len() + 2_000);
        let role = if self.purpose.link.is_some() { "group" } else { "img" };
        let _ = write!(
            out,
            r#"<svg class="ladder" xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="{role}" "#,
        );
        let name = Escaped(&ladder.name);
        if self.purpose.standalone {
            let _ = writeln!(
                out,
                "aria-labelledby=\"{name}-title {name}-desc\">\n<title id=\"{name}-title\">{name}: {}</title>\n<desc id=\"{name}-desc\">",
                Escaped(&ladder.title),
            );
            for row in ladder.rows.iter().take(200) {
                let _ = writeln!(out, "{}", Escaped(self.said(row)));
            }
            let _ = write!(out, "</desc>\n<style>\n{LADDER_CSS}</style>\n");
        } else {
            let _ = writeln!(out, "aria-label=\"Ladder of {name}: {}\">", Escaped(&ladder.title));
        }
        let _ = writeln!(out, r#"<rect class="paper" width="{width}" height="{height}"/>"#);
        for x in &self.lifelines {
            let _ = writeln!(out, r#"<path class="life" d="M{x} {top}V{bottom}"/>"#);
        }
        out.push_str(&self.out);
        out.push_str("</svg>\n");
        out
    }

    /// A row in words.
    fn said(&self, row: &Row) -> String {
        let host = |index: usize| self.ladder.columns.get(index).map_or("?", Column::heading);
        let mut what = vec![label(row)];
        what.extend(details(row));
        let mark = self.ladder.mark_of(row);
        let mark = mark.map(|mark| format!("; {}: {}", mark.severity, mark.title));
        format!(
            "{} s, frame {}: {} to {}: {}{}",
            offset(row),
            row.frame,
            host(row.from),
            host(row.to),
            what.join(", "),
            mark.unwrap_or_default(),
        )
    }

    fn at(&self, column: usize) -> usize {
        self.lifelines.get(column).copied().unwrap_or(self.frames_end + 60)
    }
}

fn offset(row: &Row) -> String {
    format!("{:+.6}", row.offset.as_secs())
}

/// What a row is: `INVITE`, `200 OK ×3`.
fn label(row: &Row) -> String {
    match row.repeated.len() {
        0 => row.text.clone(),
        again => format!("{} \u{d7}{}", row.text, again + 1),
    }
}

/// What is said below a row: its session description, when it was sent again,
/// how a stream fared.
fn details(row: &Row) -> Vec<String> {
    let grade = row.grade.map(|grade| format!(" ({})", grade.name())).unwrap_or_default();
    let mut parts: Vec<_> = row.detail.iter().map(|detail| format!("{detail}{grade}")).collect();
    if let Some(delay) = row.hop_delay {
        parts.push(format!("passed on after {:.1} ms", delay.as_ms()));
    }
    if row.stopped {
        parts.push("went no further".to_owned());
    }
    if !row.repeated.is_empty() {
        let times = row.repeated.iter().take(10);
        let times: Vec<_> = times.map(|again| format!("{:+.3}", again.offset.as_secs())).collect();
        let more = if row.repeated.len() > 10 { " \u{2026}" } else { "" };
        parts.push(format!("again at {} s{more}", times.join(" ")));
    }
    parts
}

fn class(row: &Row) -> &'static str {
    match (row.kind, row.grade) {
        (Kind::Request, _) => "request",
        (Kind::Provisional, _) => "provisional",
        (Kind::Success, _) => "success",
        (Kind::Detour, _) => "detour",
        (Kind::Failure, _) => "failure",
        (Kind::Media, None) => "media",
        (Kind::Media, Some(Grade::Good)) => "media good",
        (Kind::Media, Some(Grade::Fair)) => "media fair",
        (Kind::Media, Some(Grade::Poor)) => "media poor",
    }
}

/// A host's name or address, cut in its middle, so that its port is seen.
fn heading(text: &str) -> String {
    let text = crate::view::terminal::safe(text);
    let letters: Vec<_> = text.chars().collect();
    if letters.len() <= HEADING {
        return text.into_owned();
    }
    let (front, back) = (HEADING - 12, letters.len() - 11);
    let part = |range: Option<&[char]>| range.unwrap_or_default().iter().collect::<String>();
    format!("{}\u{2026}{}", part(letters.get(..front)), part(letters.get(back..)))
}

fn heading_width(column: &Column) -> usize {
    let name = column.name.as_deref().map_or(0, |name| pixels(&heading(name)));
    pixels(&heading(&column.label)).max(name) + 20
}
