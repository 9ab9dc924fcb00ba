//! What a format's reader finds next: a packet, the end, or a fault.

use std::ops::Range;

use super::error::SourceErrorKind;
use super::window::Window;
use crate::base::frame::Link;
use crate::base::time::Timestamp;

/// What came next in the file.
pub(super) enum Outcome {
    /// A whole packet.
    Packet(Packet),
    /// The end, between two records.
    End,
    /// The end, inside a record.
    Cut(Cut),
}

/// A packet record that has been read whole.
pub(super) struct Packet {
    pub(super) at: Timestamp,
    /// Whether `at` is its own; some records carry none.
    pub(super) timed: bool,
    pub(super) link: Link,
    pub(super) wire_len: u32,
    /// Where the window holds its bytes.
    pub(super) bytes: Range<usize>,
}

/// How much of the last record is missing.
pub(super) struct Cut {
    /// Offset in the file of the record's first byte.
    pub(super) offset: u64,
    /// Bytes of the record that are there.
    pub(super) found: u64,
    /// Bytes that are not.
    pub(super) missing: u64,
    /// Whether the record says its length; otherwise at least `missing` bytes are.
    pub(super) exact: bool,
}

/// Why reading cannot go on, and where in the file.
pub(super) struct Fault {
    pub(super) offset: u64,
    pub(super) kind: SourceErrorKind,
}

impl Outcome {
    /// The end of the input, which `window` has met before it held the
    /// `expected` bytes of a record, or `exact`ly those.
    #[cold]
    pub(super) fn ends(window: &Window, expected: usize, exact: bool) -> Self {
        let (found, expected) = (window.held().len() as u64, expected as u64);
        if found == 0 {
            return Self::End;
        }
        let missing = expected.saturating_sub(found);
        Self::Cut(Cut { offset: window.offset(), found, missing, exact })
    }
}
