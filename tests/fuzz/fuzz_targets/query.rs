//! Fuzz target query; see src/lib.rs.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| siplens_fuzz::run("query", bytes));
