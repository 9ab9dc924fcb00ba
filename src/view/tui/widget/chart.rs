//! A course over time in one or a few rows.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text::{put, small};
use crate::view::tui::theme::{Role, Theme};

/// Heights of a column of the screen in eighths.
const EIGHTHS: [&str; 9] = [
    " ", "\u{2581}", "\u{2582}", "\u{2583}", "\u{2584}", "\u{2585}", "\u{2586}", "\u{2587}",
    "\u{2588}",
];

/// Widths of a column of the screen in eighths, none to seven.
const LEFT: [&str; 8] =
    ["", "\u{258f}", "\u{258e}", "\u{258d}", "\u{258c}", "\u{258b}", "\u{258a}", "\u{2589}"];

/// Which of the values that share a column is shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::view::tui) enum Worst {
    Greatest,
    Least,
}

/// A course of values; a value may be missing.
#[derive(Clone, Debug)]
pub(in crate::view::tui) struct Course<'v> {
    pub(in crate::view::tui) values: &'v [Option<f64>],
    /// What the bottom and the top of the chart stand for.
    pub(in crate::view::tui) range: (f64, f64),
    pub(in crate::view::tui) worst: Worst,
    /// What a value means.
    pub(in crate::view::tui) role: fn(f64) -> Role,
}

/// The value in each of `columns` columns: the values side by side, one over
/// several columns or several in one.
fn columns(course: &Course<'_>, columns: usize) -> Vec<Option<f64>> {
    let total = course.values.len();
    let column = |index: usize| {
        let from = index * total / columns;
        let to = ((index + 1) * total).div_ceil(columns).max(from + 1).min(total);
        let to = if total > columns { ((index + 1) * total / columns).max(from + 1) } else { to };
        let values = course.values.get(from..to).unwrap_or_default().iter().flatten().copied();
        match course.worst {
            Worst::Greatest => values.max_by(f64::total_cmp),
            Worst::Least => values.min_by(f64::total_cmp),
        }
    };
    if total == 0 { Vec::new() } else { (0..columns).map(column).collect() }
}

/// Draws bars from the bottom of the area on.
pub(in crate::view::tui) fn bars(
    buffer: &mut Buffer,
    area: Rect,
    course: &Course<'_>,
    theme: Theme,
) {
    let (low, high) = course.range;
    let rows = usize::from(area.height);
    for (x, value) in (area.x..).zip(columns(course, usize::from(area.width))) {
        let Some(value) = value else {
            put(
                buffer,
                (x, area.bottom().saturating_sub(1)),
                1,
                "\u{b7}",
                theme.style(Role::Frame),
            );
            continue;
        };
        if course.worst == Worst::Greatest && value <= low {
            // As it should be.
            put(buffer, (x, area.bottom().saturating_sub(1)), 1, "\u{b7}", theme.style(Role::Dim));
            continue;
        }
        let share = if high > low { ((value - low) / (high - low)).clamp(0.0, 1.0) } else { 0.0 };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a share of a few rows is small and not negative"
        )]
        let mut eighths = (share * (rows * 8) as f64).ceil() as usize;
        // A value is seen, be it the least.
        eighths = eighths.max(1);
        let style = theme.style((course.role)(value));
        for row in 0..rows {
            let here = eighths.saturating_sub(row * 8).min(8);
            let text = EIGHTHS.get(here).copied().unwrap_or(" ");
            if here > 0 {
                put(buffer, (x, area.bottom().saturating_sub(1 + small(row))), 1, text, style);
            }
        }
    }
}

/// Draws one row of what was lost: `·` nothing, `░`, `▒`, `▓`, `█` more and more.
pub(in crate::view::tui) fn strip(
    buffer: &mut Buffer,
    row: Rect,
    course: &Course<'_>,
    theme: Theme,
) {
    for (x, value) in (row.x..).zip(columns(course, usize::from(row.width))) {
        let text = match value {
            None => " ",
            Some(percent) if percent <= 0.0 => "\u{b7}",
            Some(percent) if percent < 1.0 => "\u{2591}",
            Some(percent) if percent < 5.0 => "\u{2592}",
            Some(percent) if percent < 20.0 => "\u{2593}",
            Some(_) => "\u{2588}",
        };
        let role = value.map_or(Role::Frame, course.role);
        put(buffer, (x, row.y), 1, text, theme.style(role));
    }
}

/// A bar of a share of `columns` columns, in eighths.
pub(in crate::view::tui) fn share(part: f64, whole: f64, columns: usize) -> String {
    if whole <= 0.0 || part <= 0.0 {
        return String::new();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a share of a few columns is small and not negative"
    )]
    let eighths = ((part / whole).min(1.0) * (columns * 8) as f64).ceil() as usize;
    let rest = LEFT.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{rest}", "\u{2588}".repeat(eighths / 8))
}
