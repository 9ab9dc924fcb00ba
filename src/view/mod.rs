//! The report as bytes: JSON, text, ladder.
