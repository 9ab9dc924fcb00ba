//! bzip2 streams.

use bzip2::{Decompress, Status};

use super::{Broken, Codec, Run};

pub(super) struct Bzip2(Decompress);

impl Bzip2 {
    pub(super) fn new() -> Self {
        Self(Decompress::new(false))
    }
}

impl Codec for Bzip2 {
    fn restart(&mut self) -> Result<(), Broken> {
        if self.0.total_in() > 0 {
            *self = Self::new();
        }
        Ok(())
    }

    fn run(&mut self, packed: &[u8], into: &mut [u8]) -> Run {
        let (taken, given) = (self.0.total_in(), self.0.total_out());
        let ended = match self.0.decompress(packed, into) {
            Ok(Status::MemNeeded) => Err(Broken::Memory),
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
