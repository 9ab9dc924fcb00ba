//! `siplens live` at real interfaces. Who is not root cannot capture; what can
//! be seen without is tested all the same.

mod drops;
mod flood;
mod interfaces;
mod lines;
mod recording;
mod refusals;
mod sipp;
