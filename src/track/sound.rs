//! What was heard in a stream, where somebody listened.

use crate::base::time::{Span, Timestamp};
use crate::metrics::level::Level;

/// What was heard in a stream.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Sound {
    /// How loud it is; where that was asked for.
    pub level: Option<Level>,
    /// DTMF tones in order; where they were asked for.
    pub tones: Vec<HeardDigit>,
}

/// A digit that sounds in the voice.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct HeardDigit {
    /// When it began, as its packet was captured.
    pub at: Timestamp,
    /// The digit.
    pub digit: char,
    /// How long it lasted, to a block of 12.75 ms.
    pub duration: Span,
}
