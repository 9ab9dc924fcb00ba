//! The siplens program.

fn main() {}
