//! Pieces that screens share.

pub(super) mod bytes;
pub(super) mod chart;
pub(super) mod diff;
pub(super) mod menu;
pub(super) mod prompt;
pub(super) mod table;
pub(super) mod text;
