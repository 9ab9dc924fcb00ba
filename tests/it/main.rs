//! All integration tests, in one binary.

// clippy.toml allows these in tests, but sees only `#[test]` functions as such:
// the helpers of an integration test are not.
#![allow(clippy::unwrap_used, clippy::panic)]

#[path = "../support/capture_file.rs"]
mod capture_file;
#[path = "../support/compressed.rs"]
mod compressed;

mod source_compressed;
mod source_corpus;
mod source_errors;
mod source_follow;
mod source_hostile;
mod source_merge;
mod source_netmon;
mod source_pcap;
mod source_pcapng;
mod source_reading;
mod source_speed;
mod vectors;
mod vectors_emodel;
mod vectors_loss;
mod vectors_quality;
mod vectors_reception;
mod vectors_rtt;
mod vectors_signalling;
