//! The page of findings: the list, and what there is to say of the chosen one.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use crate::report::finding::FindingRow;
use crate::view::terminal::wrap;
use crate::view::tui::Look;
use crate::view::tui::app::App;
use crate::view::tui::column::{Cell, severity_role};
use crate::view::tui::layout;
use crate::view::tui::theme::{Role, Theme};
use crate::view::tui::widget::table::{Row, head, table};
use crate::view::tui::widget::text::{Line, framed, line, nothing, piece, put_lines};

/// Draws the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, app: &App, look: &Look<'_, '_>) {
    let theme = app.settings.theme;
    let findings = &look.report.findings;
    if findings.is_empty() {
        let text = if app.progress.ended { "Nothing was found wrong." } else { "Nothing so far." };
        return nothing(buffer, app.areas().body, &[text], theme);
    }
    let (list, detail) = layout::findings(app);
    let heads = [
        head("#", 5, true, false),
        head("Severity", 8, false, false),
        head("Of", 15, false, false),
        head("Finding", 20, false, true),
        head("Rule", 24, false, false),
        head("Frames", 6, true, false),
    ];
    table(buffer, list, theme, &heads, (&app.findings, findings.len()), |index| {
        let finding = findings.get(index)?;
        let plain = |text: String| Cell { text, role: Role::Plain };
        let cells = vec![
            Cell { text: (index + 1).to_string(), role: Role::Dim },
            Cell { text: finding.severity.to_owned(), role: severity_role(finding.severity) },
            plain(subject(&finding).unwrap_or_default()),
            plain(finding.title.clone()),
            Cell { text: finding.code.to_owned(), role: Role::Dim },
            plain(finding.evidence.len().to_string()),
        ];
        Some(Row { cells, marked: false })
    });
    if let (Some(area), Some(finding)) = (detail, findings.get(app.findings.cursor)) {
        say(buffer, area, &finding, theme);
    }
}

/// What a finding is about, by its name in the report.
pub(in crate::view::tui) fn subject(finding: &FindingRow) -> Option<String> {
    let of = finding.call.as_ref().or(finding.registration.as_ref());
    of.or(finding.stream.as_ref()).cloned()
}

fn say(buffer: &mut Buffer, area: Rect, finding: &FindingRow, theme: Theme) {
    let inner = framed(buffer, area, &finding.title, theme);
    let columns = usize::from(inner.width.saturating_sub(2));
    let mut lines: Vec<Line> = Vec::new();
    let paragraph = |lines: &mut Vec<Line>, title: &str, text: &str, role: Role| {
        for (index, text) in wrap(text, columns.saturating_sub(12)).iter().enumerate() {
            let title = if index == 0 { title } else { "" };
            lines.push(vec![piece(Role::Dim, format!(" {title:<11}")), piece(role, text)]);
        }
    };
    paragraph(&mut lines, "what", &finding.explanation, Role::Plain);
    paragraph(&mut lines, "to do", finding.fix, Role::Good);
    paragraph(&mut lines, "reference", finding.reference, Role::Dim);
    for (index, shown) in finding.evidence.iter().enumerate() {
        let title = if index == 0 { "evidence" } else { "" };
        paragraph(&mut lines, title, &format!("frame {}: {}", shown.frame, shown.text), Role::Name);
    }
    for (index, ruled_out) in finding.ruled_out.iter().enumerate() {
        let title = if index == 0 { "ruled out" } else { "" };
        paragraph(&mut lines, title, ruled_out, Role::Dim);
    }
    let room = usize::from(inner.height);
    if lines.len() > room && room > 0 {
        let more = lines.len() - room + 1;
        lines.truncate(room - 1);
        lines.push(line(Role::Dim, format!(" {more} more lines; a taller screen shows them")));
    }
    put_lines(buffer, inner, &lines, 0, theme);
}
