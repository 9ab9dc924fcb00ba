//! Fuzz target sip_stream; see src/lib.rs.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| siplens_fuzz::run("sip_stream", bytes));
