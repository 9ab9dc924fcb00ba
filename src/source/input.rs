//! What a window reads from: bytes as they come, or decompressed.

use std::io::{self, Read};

use super::error::SourceErrorKind;
use super::record::Fault;
use super::unpack::Unpacking;

pub(super) enum Input {
    Plain(Box<dyn Read + Send>),
    Packed(Box<Unpacking>),
}

impl Input {
    /// Reads at least a byte into `into`, or none at the end. A fault of bytes
    /// as they come is one at `offset`.
    pub(super) fn read(&mut self, into: &mut [u8], offset: u64) -> Result<usize, Fault> {
        let input = match self {
            Self::Plain(input) => input,
            Self::Packed(unpacking) => return unpacking.read(into),
        };
        loop {
            match input.read(into) {
                // A reader may claim more than there was room for.
                Ok(count) => return Ok(count.min(into.len())),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    return Err(Fault { offset, kind: SourceErrorKind::unreadable(&error) });
                }
            }
        }
    }
}
