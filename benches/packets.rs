//! Nanoseconds, allocations and allocated bytes of each step on a packet's way:
//! `cargo bench --bench packets`. One iteration is one packet, message or row.
#![allow(clippy::unwrap_used, reason = "a bench stops where a test would fail")]

use divan::AllocProfiler;

#[path = "../tests/support/capture_file.rs"]
mod capture_file;
#[path = "support/streams.rs"]
mod streams;
#[path = "../tests/support/traffic/mod.rs"]
mod traffic;

mod steps;

#[global_allocator]
static ALLOCATOR: AllocProfiler = AllocProfiler::system();

fn main() {
    divan::main();
}
