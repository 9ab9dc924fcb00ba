//! .xz streams.

use liblzma::stream::{Action, Error, Status, Stream};

use super::{Broken, Codec, Run};
use crate::source::limits::MAX_UNPACKING_MEMORY;

/// A stream is decoded alone; what stands between streams is the caller's.
const FLAGS: u32 = 0;

pub(super) struct Xz(Stream);

impl Xz {
    pub(super) fn new() -> Result<Self, Broken> {
        Stream::new_stream_decoder(MAX_UNPACKING_MEMORY, FLAGS).map(Self).map_err(broken)
    }
}

impl Codec for Xz {
    fn restart(&mut self) -> Result<(), Broken> {
        if self.0.total_in() > 0 {
            *self = Self::new()?;
        }
        Ok(())
    }

    fn run(&mut self, packed: &[u8], into: &mut [u8]) -> Run {
        let (taken, given) = (self.0.total_in(), self.0.total_out());
        let ended = self.0.process(packed, into, Action::Run);
        let ended = ended.map(|status| status == Status::StreamEnd).map_err(broken);
        let since = |now: u64, before| usize::try_from(now - before).unwrap_or(usize::MAX);
        Run {
            taken: since(self.0.total_in(), taken),
            given: since(self.0.total_out(), given),
            ended,
        }
    }
}

fn broken(error: Error) -> Broken {
    match error {
        Error::Mem | Error::MemLimit => Broken::Memory,
        error => Broken::Corrupt(error.to_string()),
    }
}
