//! The model that every view reads, and the only serialised types.
//!
//! [`Report`] borrows a finished capture. Its rows are made when they are asked
//! for, one at a time, so that writing a report of a million calls does not
//! hold a second copy of them. Rounding, ordering and the escape from packet
//! text to valid UTF-8 happen here and nowhere else.

pub mod audio;
pub mod build;
pub mod call;
pub mod capture;
pub mod dialogs;
pub mod drops;
pub mod endpoints;
pub mod event;
pub mod facts;
pub mod finding;
mod groups;
pub mod hep;
pub mod identity;
pub mod ladder;
pub mod legs;
pub mod lists;
pub mod live;
pub mod message;
pub mod names;
mod naming;
pub mod other;
pub mod over_time;
pub mod quality;
pub mod registration;
pub mod repair;
pub mod rows;
pub mod rtcp;
pub mod schema;
pub mod select;
pub mod sending;
pub mod service;
pub mod settled;
pub mod statistics;
pub mod stir;
pub mod stream;
pub mod summary;
pub mod time;
pub mod totals;
mod traffic;
pub mod transaction;
pub mod trends;
pub mod value;
mod vantage;
pub mod vcon;
pub mod vq;
pub mod xr;

pub use build::{Context, Options, Report, build};
pub use facts::CallFacts;
pub use names::Names;
pub use quality::Scoring;
pub use select::Selection;
pub use totals::{Attempts, Totals};
pub use value::FrameRef;
