//! Ladders as text, in Unicode or plain ASCII.

use std::io::{self, Write};

use super::terminal::{Palette, Tone, cut, safe, width};
use crate::report::ladder::{Column, Kind, Ladder, Mark, Row};

/// How a ladder is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    /// Colours, or none.
    pub palette: Palette,
    /// Only ASCII characters.
    pub ascii: bool,
    /// Columns of text to stay within, as far as the arrows' texts allow.
    pub width: usize,
}

/// The strokes of a drawing.
struct Strokes {
    line: &'static str,
    dash: &'static str,
    double: &'static str,
    right: &'static str,
    left: &'static str,
    myself: &'static str,
    times: &'static str,
    to: &'static str,
    cut: &'static str,
}

const UNICODE: Strokes = Strokes {
    line: "\u{2502}",
    dash: "\u{2500}",
    double: "\u{2550}",
    right: "\u{25b6}",
    left: "\u{25c0}",
    myself: "\u{21ba}",
    times: "\u{d7}",
    to: "\u{2192}",
    cut: "\u{2026}",
};
const ASCII: Strokes = Strokes {
    line: "|",
    dash: "-",
    double: "=",
    right: ">",
    left: "<",
    myself: "@",
    times: "x",
    to: "->",
    cut: "~",
};

/// Least and most columns between two lifelines.
const NARROWEST: usize = 22;
const WIDEST: usize = 46;

/// Draws a ladder.
///
/// # Errors
/// Those of `out`.
pub fn write(ladder: &Ladder, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let name = style.palette.paint(Tone::Name, &ladder.name);
    let drawing = Drawing::new(ladder, style);
    let title = ladder.title.replace(UNICODE.to, drawing.strokes.to);
    let title = style.palette.paint(Tone::Heading, safe(&title));
    writeln!(out, "{name}  {title}")?;
    writeln!(out, "Call-ID {}, from {}", safe(&ladder.call_id), ladder.start)?;
    for call_id in &ladder.further_call_ids {
        writeln!(out, "    and {}", safe(call_id))?;
    }
    writeln!(out)?;
    if ladder.columns.iter().any(|column| column.name.is_some()) {
        let names = ladder.columns.iter().map(|column| column.name.as_deref().unwrap_or_default());
        writeln!(out, "{}", drawing.headings(names).trim_end())?;
    }
    let labels = ladder.columns.iter().map(|column| &*column.label);
    writeln!(out, "{}", drawing.headings(labels).trim_end())?;
    for row in &ladder.rows {
        writeln!(out, "{}", drawing.row(row, ladder.mark_of(row)).trim_end())?;
    }
    findings(ladder, style.palette, out)
}

/// What is wrong, below the drawing, with the rows that are marked for it.
fn findings(ladder: &Ladder, palette: Palette, out: &mut dyn Write) -> io::Result<()> {
    if !ladder.findings.is_empty() {
        writeln!(out)?;
    }
    for mark in &ladder.findings {
        let rows = ladder.rows.iter().filter(|row| row.findings.contains(&mark.id));
        let frames: Vec<_> = rows.map(|row| format!("#{}", row.frame)).collect();
        let frames = if frames.is_empty() { String::new() } else { frames.join(", ") + "  " };
        let severity = palette.paint(tone_of(mark), mark.severity);
        writeln!(out, "   ! {severity}  {frames}{}  [{}]", safe(&mark.title), mark.code)?;
    }
    Ok(())
}

struct Drawing {
    style: Style,
    strokes: &'static Strokes,
    /// Column of the text at which each lifeline stands.
    lifelines: Vec<usize>,
    gutter: usize,
    frame_width: usize,
}

impl Drawing {
    fn new(ladder: &Ladder, style: Style) -> Self {
        let frame_width =
            ladder.rows.iter().map(|row| row.frame.to_string().len()).max().unwrap_or(1);
        // `+12.345678  #123  `
        let gutter = 12 + 2 + frame_width + 1 + 2;
        let columns = ladder.columns.len();
        let strokes = if style.ascii { &ASCII } else { &UNICODE };
        let longest = ladder.rows.iter().map(|row| width(&label(row, strokes)) + 6).max();
        let longest = longest.unwrap_or(0);
        let labels = ladder.columns.iter().map(label_width).max().unwrap_or(0);
        let room = style.width.saturating_sub(gutter + labels) / columns.saturating_sub(1).max(1);
        let step = longest.clamp(NARROWEST, WIDEST).min(room.max(NARROWEST)).max(labels);
        let first = gutter + labels / 2;
        Self {
            style,
            strokes,
            lifelines: (0..columns).map(|index| first + index * step).collect(),
            gutter,
            frame_width,
        }
    }

    /// A line of texts above the lifelines.
    fn headings<'a>(&self, texts: impl Iterator<Item = &'a str>) -> String {
        let mut line = String::new();
        for (text, at) in texts.zip(&self.lifelines) {
            let text = safe(text);
            let start = at.saturating_sub(width(&text) / 2);
            line.push_str(&" ".repeat(start.saturating_sub(width(&line))));
            line.push_str(&text);
        }
        self.style.palette.paint(Tone::Heading, line)
    }

    fn row(&self, row: &Row, mark: Option<&Mark>) -> String {
        let offset = format!("{:+.6}", row.offset.as_secs());
        let left = format!("{offset:>12}  #{:<width$}", row.frame, width = self.frame_width);
        let mut line = self.style.palette.paint(Tone::Dim, left);
        match mark {
            Some(mark) => line = line + " " + &self.style.palette.paint(tone_of(mark), '!'),
            None => line.push_str("  "),
        }
        let (low, high) = (row.from.min(row.to), row.from.max(row.to));
        let mut at = self.gutter;
        let mut after = String::new();
        for (index, lifeline) in self.lifelines.iter().enumerate() {
            if index > low && index <= high {
                continue;
            }
            line.push_str(&" ".repeat(lifeline.saturating_sub(at)));
            line.push_str(self.strokes.line);
            at = lifeline + 1;
            if index == low && low != high {
                let end = self.lifelines.get(high).copied().unwrap_or(at);
                let (arrow, rest) = self.arrow(row, end.saturating_sub(at));
                line.push_str(&arrow);
                line.push_str(self.strokes.line);
                at = end + 1;
                after = rest;
            } else if index == low {
                let text = format!(" {} {}", self.strokes.myself, self.label(row));
                line.push_str(&self.style.palette.paint(tone(row.kind), safe(&text)));
                at += width(&text);
            }
        }
        if !after.is_empty() {
            line.push_str("  ");
            line.push_str(&self.style.palette.paint(Tone::Dim, safe(&after)));
        }
        line
    }

    fn label(&self, row: &Row) -> String {
        label(row, self.strokes)
    }

    /// The arrow between two lifelines `room` apart, and the text that did not fit on it.
    fn arrow(&self, row: &Row, room: usize) -> (String, String) {
        let stroke = if row.kind == Kind::Media { self.strokes.double } else { self.strokes.dash };
        let full = self.label(row);
        let (text, rest) = if width(&full) + 4 <= room {
            (full, String::new())
        } else {
            let head = head(row, self.strokes);
            (
                cut(&head, room.saturating_sub(4)).replace(UNICODE.cut, self.strokes.cut),
                detail(row, self.strokes).unwrap_or_default(),
            )
        };
        let text = safe(&text).into_owned();
        let strokes = room.saturating_sub(width(&text) + 3);
        let before = strokes / 2;
        let (before, behind) = (stroke.repeat(before), stroke.repeat(strokes - before));
        let paint = |text: &str| self.style.palette.paint(tone(row.kind), text);
        let arrow = if row.from < row.to {
            format!("{before} {} {behind}{}", paint(&text), self.strokes.right)
        } else {
            format!("{}{before} {} {behind}", self.strokes.left, paint(&text))
        };
        (arrow, rest)
    }
}

/// The text on an arrow: `INVITE (SDP ...)`, `200 OK, sent 3 times`.
fn label(row: &Row, strokes: &Strokes) -> String {
    let head = head(row, strokes);
    detail(row, strokes).map(|detail| format!("{head} ({detail})")).unwrap_or(head)
}

fn detail(row: &Row, strokes: &Strokes) -> Option<String> {
    let said = row.detail.as_ref().map(|detail| detail.replace(UNICODE.cut, strokes.cut));
    let hop = row.hop_delay.map(|delay| format!("+{:.1} ms", delay.as_ms()));
    let stopped = row.stopped.then(|| "went no further".to_owned());
    let all: Vec<_> = [said, hop, stopped].into_iter().flatten().collect();
    (!all.is_empty()).then(|| all.join(", "))
}

fn head(row: &Row, strokes: &Strokes) -> String {
    match row.repeated.len() {
        0 => row.text.clone(),
        again => format!("{} {}{}", row.text, strokes.times, again + 1),
    }
}

/// The columns of text that a host's headings need.
fn label_width(column: &Column) -> usize {
    let name = column.name.as_deref().map_or(0, |name| width(&safe(name)));
    width(&column.label).max(name) + 2
}

fn tone_of(mark: &Mark) -> Tone {
    match mark.severity {
        "fault" => Tone::Bad,
        "warning" => Tone::Warning,
        _ => Tone::Name,
    }
}

const fn tone(kind: Kind) -> Tone {
    match kind {
        Kind::Request => Tone::Name,
        Kind::Provisional | Kind::Detour => Tone::Warning,
        Kind::Success | Kind::Media => Tone::Good,
        Kind::Failure => Tone::Bad,
    }
}
