//! The bounds of reading: what a record may be, and what memory a source takes.
//!
//! A source holds at most [`MAX_BUFFERED_BLOCK`] bytes of input and
//! [`MAX_INTERFACES`] interfaces of at most [`INTERFACE_BYTES`] bytes: 2 MiB and 6 MiB.
//! (A vector that grows may for a moment hold its old half as well.)
//!
//! One that decompresses holds [`READ_BYTES`] of compressed bytes besides, and
//! what the compression needs: for gzip 50 KiB, for bzip2 4 MiB, for lz4 twice
//! its blocks of 64 KiB to 8 MiB, for zstd and xz the window that the data ask
//! for, at most [`MAX_UNPACKING_MEMORY`].

/// Bytes asked of the input at once, and the size of the buffer until a longer
/// record comes: 256 KiB stay in a processor's second-level cache.
pub const READ_BYTES: usize = 256 << 10;

/// The longest frame, in captured bytes: 1 MiB. Other tools stop at 262,144;
/// Linux hands over segmentation-offloaded TCP of up to 512 KiB. A longer one
/// is a corrupt record.
pub const MAX_FRAME: u32 = 1 << 20;

/// The longest pcapng block that is read whole (those of packets, sections,
/// interfaces and statistics), in bytes: 2 MiB, a frame and its comments.
pub const MAX_BUFFERED_BLOCK: u32 = 2 << 20;

/// The longest pcapng block that is passed over without being held (names,
/// secrets, custom and unknown blocks), in bytes: 64 MiB.
pub const MAX_SKIPPED_BLOCK: u32 = 64 << 20;

/// Interfaces in one pcapng section, as many as the 16 bits of the obsolete
/// Packet Block can tell apart.
pub const MAX_INTERFACES: usize = 1 << 16;

/// Memory for an interface, in bytes.
pub const INTERFACE_BYTES: usize = 96;

/// The longest window of zstd data, as a power of two: 128 MiB, as the zstd
/// command takes unasked and as its greatest level has.
pub const MAX_ZSTD_WINDOW_LOG: u32 = 27;

/// Memory for decompressing zstd and xz data, in bytes: the greatest window,
/// and 1 MiB for what goes with it.
pub const MAX_UNPACKING_MEMORY: u64 = (1 << MAX_ZSTD_WINDOW_LOG) + (1 << 20);

/// Inputs of one merged capture: as many as 16 bits of a frame number tell apart.
pub const MAX_INPUTS: usize = u16::MAX as usize;

/// Inputs of a merged capture that are open at once: those whose times overlap.
/// Each takes what a source takes; the others only a file handle's worth of facts.
pub const MAX_OPEN: usize = 256;

/// Bytes asked at once of an input of which only the first frame's time is wanted.
pub const PROBE_BYTES: usize = 16 << 10;

/// Distinct link types listed in [`SourceInfo`](super::SourceInfo); the registry has some 300.
pub const MAX_LINK_TYPES: usize = 512;
