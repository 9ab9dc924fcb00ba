//! `siplens live` at real interfaces. Who is not root cannot capture; what can
//! be seen without is tested all the same.

mod drops;
mod flood;
mod interfaces;
mod lines;
mod operations;
mod recording;
mod refusals;
mod rights;
mod sipp;
#[cfg(feature = "tui")]
mod terminal;
