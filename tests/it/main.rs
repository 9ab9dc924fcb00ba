//! All integration tests, in one binary.

// clippy.toml allows these in tests, but sees only `#[test]` functions as such:
// the helpers of an integration test are not.
#![allow(clippy::unwrap_used, clippy::panic)]

mod vectors;
mod vectors_emodel;
mod vectors_loss;
mod vectors_quality;
mod vectors_reception;
mod vectors_rtt;
mod vectors_signalling;
