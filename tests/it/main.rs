//! All integration tests, in one binary.

#[path = "../support/capture_file.rs"]
mod capture_file;

mod source_corpus;
mod source_errors;
mod source_hostile;
mod source_pcap;
mod source_pcapng;
mod source_reading;
mod source_speed;
