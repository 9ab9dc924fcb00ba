//! Ladders as pictures: an SVG document, whole in itself, for light and dark
//! screens and for paper; its text can be selected and searched.

use std::io::{self, Write};

use super::drawing::ladder::{Purpose, svg};
use crate::report::ladder::Ladder;

/// Writes a ladder as an SVG document.
///
/// # Errors
/// Those of `out`.
pub fn write(ladder: &Ladder, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    out.write_all(svg(ladder, Purpose { link: None, standalone: true }).as_bytes())
}
