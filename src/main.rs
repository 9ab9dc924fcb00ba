//! The siplens program.

use std::process::ExitCode;

fn main() -> ExitCode {
    siplens::app::run(std::env::args_os())
}
