//! The report as bytes: JSON, text, ladders as text, pictures and Mermaid, a page. Views do not know each other.

#[cfg(feature = "serve")]
pub mod dashboard;
pub mod drawing;
pub mod facts;
pub mod html;
pub mod json;
pub mod ladder;
pub mod mermaid;
pub mod message;
#[cfg(feature = "serve")]
pub mod prometheus;
pub mod svg;
pub mod table;
#[cfg(feature = "tables")]
pub mod tables;
pub mod terminal;
pub mod text;
pub mod topology;
#[cfg(feature = "tui")]
pub mod tui;
