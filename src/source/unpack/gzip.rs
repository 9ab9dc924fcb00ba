//! gzip members (RFC 1952).

use flate2::{Decompress, FlushDecompress, Status};

use super::{Broken, Codec, Run};

/// The window of 32 KiB that every member may use (RFC 1951).
const WINDOW_BITS: u8 = 15;

pub(super) struct Gzip(Decompress);

impl Gzip {
    pub(super) fn new() -> Self {
        Self(Decompress::new_gzip(WINDOW_BITS))
    }
}

impl Codec for Gzip {
    fn restart(&mut self) -> Result<(), Broken> {
        if self.0.total_in() > 0 {
            *self = Self::new();
        }
        Ok(())
    }

    fn run(&mut self, packed: &[u8], into: &mut [u8]) -> Run {
        let (taken, given) = (self.0.total_in(), self.0.total_out());
        let ended = match self.0.decompress(packed, into, FlushDecompress::None) {
            Ok(status) => Ok(status == Status::StreamEnd),
            Err(error) => Err(Broken::Corrupt(error.to_string())),
        };
        let since = |now: u64, before| usize::try_from(now - before).unwrap_or(usize::MAX);
        Run {
            taken: since(self.0.total_in(), taken),
            given: since(self.0.total_out(), given),
            ended,
        }
    }
}
