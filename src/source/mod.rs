//! Where frames come from: capture files, standard input, and interfaces ([`live`]).
//!
//! A [`Source`] lends one frame after another and keeps a [`SourceInfo`] of
//! what it has read so far. It knows the file formats and nothing of what the
//! frames hold: pcap (draft-ietf-opsawg-pcap), pcapng (draft-ietf-opsawg-pcapng)
//! and Microsoft Network Monitor, compressed or not, read as streams that are
//! never sought in.
//!
//! **Invariant:** whatever the input, a source ends, never panics, and holds no
//! more memory than [`limits`] says.

mod clock;
mod error;
mod file;
mod filter;
mod follow;
mod identity;
mod info;
mod input;
pub mod limits;
#[cfg(feature = "live")]
pub mod live;
mod magic;
mod merge;
mod netmon;
mod order;
mod pcap;
mod pcapng;
mod record;
mod records;
mod standard_input;
mod tally;
mod unpack;
mod window;
mod write;

pub use self::error::{SourceError, SourceErrorKind};
pub use self::file::FileSource;
pub use self::filter::{Filter, FilterError, Filters};
pub use self::info::{Format, Problem, SourceInfo};
pub use self::merge::{Folders, Merged, PassedOver, Why};
pub use self::standard_input::StandardInput;
pub use self::write::{CaptureWriter, Container, Interface, Written};

use crate::base::chunk::Chunk;
use crate::base::frame::Frame;

/// A lending reader of frames: each borrows the source until the next call.
pub trait Source {
    /// The next frame, or why there is none. Everything before a fault has been
    /// delivered when the fault is. A fault ends its input: after it comes `End`,
    /// or what other inputs have. After `End` it is always `End`.
    ///
    /// # Errors
    ///
    /// The input cannot be read, or says what cannot be: see [`SourceErrorKind`].
    fn next_frame(&mut self) -> Result<Step<'_>, SourceError>;

    /// Fills an empty chunk with the frames that follow, without copying them; none at
    /// the end. `None` where frames are only lent one by one.
    ///
    /// # Errors
    /// As [`next_frame`](Self::next_frame); the chunk has the frames before the fault.
    fn fill(&mut self, _chunk: &mut Chunk) -> Option<Result<(), SourceError>> {
        None
    }

    /// What has been read so far of each input, in the order of their numbers.
    fn inputs(&self) -> Vec<&SourceInfo>;

    /// How far the reading is.
    fn progress(&self) -> Progress;
}

/// How far a reading is, in bytes of the files as they are stored.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Progress {
    /// Bytes read.
    pub read: u64,
    /// Bytes there are; `None` where that is not known, as of standard input.
    pub total: Option<u64>,
}

/// What a source has to give.
#[derive(Clone, Copy, Debug)]
pub enum Step<'a> {
    /// A captured frame.
    Frame(Frame<'a>),
    /// Nothing now, more may come: of a file that is followed. Whoever asks
    /// decides when to ask again.
    Idle,
    /// Nothing more will come.
    End,
}
