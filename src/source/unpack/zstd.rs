//! zstd frames (RFC 8878), skippable ones among them.

use std::io;

use zstd::stream::raw::{DParameter, Decoder, InBuffer, Operation, OutBuffer};

use super::{Broken, Codec, Run};
use crate::source::limits::MAX_ZSTD_WINDOW_LOG;

/// Bytes that the decoder wants of a frame first.
const FIRST_BYTES: usize = 5;

pub(super) struct Zstd {
    decoder: Decoder<'static>,
    /// Bytes that the decoder wants next: up to the end of a block, and of the
    /// next one's header. Fed no more, it decodes a block at a time, and a
    /// corrupt block takes none before it along.
    wanted: usize,
}

impl Zstd {
    pub(super) fn new() -> Result<Self, Broken> {
        let mut decoder = Decoder::new().map_err(|error| broken(&error))?;
        decoder
            .set_parameter(DParameter::WindowLogMax(MAX_ZSTD_WINDOW_LOG))
            .map_err(|error| broken(&error))?;
        Ok(Self { decoder, wanted: FIRST_BYTES })
    }
}

impl Codec for Zstd {
    fn restart(&mut self) -> Result<(), Broken> {
        // After a frame the decoder is ready for the next.
        self.wanted = FIRST_BYTES;
        Ok(())
    }

    fn run(&mut self, packed: &[u8], into: &mut [u8]) -> Run {
        let part = packed.get(..self.wanted).unwrap_or(packed);
        let (mut input, mut output) = (InBuffer::around(part), OutBuffer::around(into));
        let ended = self.decoder.run(&mut input, &mut output).map_err(|error| broken(&error)).map(
            |wanted| {
                self.wanted = wanted.max(1);
                wanted == 0
            },
        );
        Run { taken: input.pos(), given: output.pos(), ended }
    }
}

fn broken(error: &io::Error) -> Broken {
    // The crate has no code for it; the text is the library's own
    // (`ZSTD_error_frameParameter_windowTooLarge`).
    let text = error.to_string();
    if error.kind() == io::ErrorKind::OutOfMemory || text.contains("too much memory") {
        Broken::Memory
    } else {
        Broken::Corrupt(text)
    }
}
