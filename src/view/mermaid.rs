//! Ladders as Mermaid sequence diagrams, for pages and tickets that draw them.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::terminal::safe;
use crate::report::ladder::{Kind, Ladder, Row};

/// Writes a ladder as a sequence diagram.
///
/// # Errors
/// Those of `out`.
pub fn write(ladder: &Ladder, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "sequenceDiagram")?;
    writeln!(out, "    %% Call-ID {}, from {}", comment(&ladder.call_id), ladder.start)?;
    writeln!(out, "    title {}: {}", ladder.name, escaped(&ladder.title))?;
    for (index, column) in ladder.columns.iter().enumerate() {
        let label = match &column.name {
            Some(name) => format!("{}<br/>{}", escaped(name), escaped(&column.label)),
            None => escaped(&column.label),
        };
        writeln!(out, "    participant h{index} as {label}")?;
    }
    let mut told = Vec::new();
    for row in &ladder.rows {
        write_row(row, out)?;
        for mark in ladder.findings.iter().filter(|mark| row.findings.contains(&mark.id)) {
            if told.contains(&&mark.id) {
                continue;
            }
            told.push(&mark.id);
            let (low, high) = (row.from.min(row.to), row.from.max(row.to));
            let over = if low == high { format!("h{low}") } else { format!("h{low},h{high}") };
            writeln!(out, "    Note over {over}: {}: {}", mark.severity, escaped(&mark.title))?;
        }
    }
    Ok(())
}

fn write_row(row: &Row, out: &mut dyn Write) -> io::Result<()> {
    let arrow = match row.kind {
        Kind::Request => "->>",
        Kind::Provisional | Kind::Success | Kind::Detour => "-->>",
        Kind::Failure => "--x",
        Kind::Media => "-)",
    };
    let offset = row.offset.as_secs();
    let text = escaped(&row.text);
    write!(out, "    h{}{arrow}h{}: {offset:+.3} {text}", row.from, row.to)?;
    if !row.repeated.is_empty() {
        write!(out, " \u{d7}{}", row.repeated.len() + 1)?;
    }
    if let Some(detail) = &row.detail {
        write!(out, "<br/>{}", escaped(detail))?;
    }
    if let Some(grade) = row.grade {
        write!(out, " ({})", grade.name())?;
    }
    if let Some(delay) = row.hop_delay {
        write!(out, "<br/>passed on after {:.1} ms", delay.as_ms())?;
    }
    if row.stopped {
        write!(out, "<br/>went no further")?;
    }
    writeln!(out)
}

/// Text as part of a statement: whatever could end it, begin another, or be
/// taken for markup is written as an entity of Mermaid's: `#59;` is `;`.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in safe(text).chars() {
        let plain = c.is_alphanumeric() || " .,:/()+-@=*!?'_\u{2192}\u{2026}\u{d7}".contains(c);
        if plain {
            out.push(c);
        } else {
            let _ = write!(out, "#{};", u32::from(c));
        }
    }
    // Of entities in what looks like a style's colour Mermaid removes the
    // semicolon, and `wrap:` and `nowrap:` it takes for its own.
    for word in ["style", "classDef", "wrap:", "nowrap:"] {
        if let Some(first) = word.chars().next() {
            let rest = word.get(first.len_utf8()..).unwrap_or_default();
            out = out.replace(word, &format!("#{};{rest}", u32::from(first)));
        }
    }
    out
}

/// Text in a comment, which ends with its line and may hold no braces: those
/// of a directive.
fn comment(text: &str) -> String {
    safe(text).replace(['{', '}'], "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_cannot_leave_its_statement() {
        assert_eq!(escaped("486 Busy; h0->>h1: x"), "486 Busy#59; h0-#62;#62;h1: x");
        assert_eq!(escaped("a#b%%{c}<br/>"), "a#35;b#37;#37;#123;c#125;#60;br/#62;");
        assert_eq!(escaped("x\ny"), "x#92;u#123;a#125;y");
        assert_eq!(escaped("style: #f00;"), "#115;tyle: #35;f00#59;");
        assert_eq!(escaped("nowrap: x"), "no#119;rap: x");
        assert_eq!(comment("%%{init: x}%%"), "%%_init: x_%%");
    }
}
