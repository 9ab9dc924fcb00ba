//! The siplens program.

use std::process::ExitCode;

/// Calls are many small pieces of memory; this allocator keeps them together.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    siplens::app::run(std::env::args_os())
}
