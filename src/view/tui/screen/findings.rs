//! The page of findings: the list, and what there is to say of the chosen one.

use ratatui::buffer::Buffer;

use crate::report::finding::FindingRow;
use crate::view::tui::Look;
use crate::view::tui::app::App;
use crate::view::tui::column::{Cell, severity_role};
use crate::view::tui::layout;
use crate::view::tui::theme::Role;
use crate::view::tui::widget::table::{Row, head, table};
use crate::view::tui::widget::text::{Line, detail, nothing, paragraph};

/// Columns before what is said of a finding.
const LABELS: usize = 11;

/// Draws the page.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, app: &App, look: &Look<'_, '_>) {
    let theme = app.settings.theme;
    let findings = &look.report.findings;
    if findings.is_empty() {
        let text = if app.progress.ended { "Nothing was found wrong." } else { "Nothing so far." };
        return nothing(buffer, app.areas().body, &[text], theme);
    }
    let (list, below) = layout::with_detail(app);
    let heads = [
        head("#", 5, true, false),
        head("Severity", 8, false, false),
        head("Of", 15, false, false),
        head("Finding", 36, false, true),
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
    if let (Some(area), Some(finding)) = (below, findings.get(app.findings.cursor)) {
        detail(buffer, area, &finding.title, app.detail, theme, |columns| say(&finding, columns));
    }
}

/// What a finding is about, by its name in the report.
pub(in crate::view::tui) fn subject(finding: &FindingRow) -> Option<String> {
    let of = finding.call.as_ref().or(finding.registration.as_ref());
    of.or(finding.stream.as_ref()).cloned()
}

fn say(finding: &FindingRow, columns: usize) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut say = |label: &str, text: &str, role: Role| {
        paragraph(&mut lines, (label, LABELS), text, role, columns);
    };
    say("what", &finding.explanation, Role::Plain);
    say("to do", finding.fix, Role::Good);
    say("reference", finding.reference, Role::Dim);
    for (index, shown) in finding.evidence.iter().enumerate() {
        let label = if index == 0 { "evidence" } else { "" };
        say(label, &format!("frame {}: {}", shown.frame, shown.text), Role::Name);
    }
    for (index, ruled_out) in finding.ruled_out.iter().enumerate() {
        let label = if index == 0 { "ruled out" } else { "" };
        say(label, ruled_out, Role::Dim);
    }
    lines
}
