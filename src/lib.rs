//! siplens reads packets and tells what happened on a call.

pub mod app;
pub mod base;
pub mod diagnosis;
pub mod engine;
pub mod metrics;
pub mod reassembly;
pub mod report;
pub mod source;
pub mod track;
pub mod view;
pub mod wire;
