//! The report as bytes: JSON, text, ladder. Views do not know each other.

pub mod json;
pub mod ladder;
pub mod terminal;
pub mod text;
