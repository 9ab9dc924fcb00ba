//! Fuzz target name_addr; see src/lib.rs.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| siplens_fuzz::run("name_addr", bytes));
