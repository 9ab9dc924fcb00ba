//! The table of frames that ends a Network Monitor capture, held against the
//! frames that were read one after another.

use crate::source::record::{Cut, Fault, Outcome};
use crate::source::tally::Tally;
use crate::source::window::Window;

/// Bytes of an entry: the offset of a frame in the file.
const ENTRY: u64 = 4;

/// The offset basis and prime of the 64-bit FNV-1a hash.
const HASH_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const HASH_PRIME: u64 = 0x0100_0000_01b3;

/// Where the table is, and what it should say. The places of the frames are
/// kept as a hash only, for there may be hundreds of millions.
pub(super) struct FrameTable {
    /// Its offset, and its entries; none when the header tells of no table.
    place: Option<(u64, u64)>,
    frames: u64,
    hash: u64,
    /// Bytes of the table that were read, and their hash.
    read: u64,
    read_hash: u64,
    checked: bool,
}

impl FrameTable {
    /// A table of `entries` at `offset` of the file. A capture that was not
    /// finished has none: its header is of zeros.
    pub(super) fn new(offset: u64, entries: u64) -> Self {
        Self {
            place: (entries > 0 && offset > 0).then_some((offset, entries)),
            frames: 0,
            hash: HASH_BASIS,
            read: 0,
            read_hash: HASH_BASIS,
            checked: false,
        }
    }

    /// Whether no frame stands at `offset`: there have been as many as the
    /// table has, or the table begins.
    pub(super) fn is_reached(&self, offset: u64) -> bool {
        self.place.is_some_and(|(at, entries)| self.frames >= entries || offset == at)
    }

    /// Bytes that a frame at `offset` may have.
    pub(super) fn room_after(&self, offset: u64) -> usize {
        let room = self.place.and_then(|(at, _)| at.checked_sub(offset)).unwrap_or(u64::MAX);
        usize::try_from(room).unwrap_or(usize::MAX)
    }

    /// Bytes from `offset` to the end of the table.
    pub(super) fn missing_at(&self, offset: u64) -> Option<u64> {
        self.place.and_then(|(at, entries)| (at + entries * ENTRY).checked_sub(offset))
    }

    /// Notes a frame that stands at `offset`.
    pub(super) fn found(&mut self, offset: u64) {
        self.frames += 1;
        // An offset of 2^32 or more is in no table.
        let offset = u32::try_from(offset).unwrap_or(u32::MAX);
        self.hash = hashed(self.hash, &offset.to_le_bytes());
    }

    /// Reads the table, after the last frame, and ends the capture.
    pub(super) fn check(
        &mut self,
        window: &mut Window,
        tally: &mut Tally,
    ) -> Result<Outcome, Fault> {
        let Some((at, entries)) = self.place else { return Ok(Outcome::End) };
        let size = entries * ENTRY;
        while !self.checked {
            let offset = window.offset();
            if let Some(hole) = at.checked_sub(offset).filter(|hole| *hole > 0) {
                let missing = window.skip(usize::try_from(hole).unwrap_or(usize::MAX))? as u64;
                if missing > 0 {
                    return Ok(cut(offset, hole - missing, missing + size));
                }
                continue;
            }
            if offset > at.saturating_add(self.read) {
                break;
            }
            if self.read == size {
                self.checked = self.frames == entries && self.read_hash == self.hash;
                break;
            }
            if !window.want(1)? {
                return Ok(cut(at, self.read, size - self.read));
            }
            let left = usize::try_from(size - self.read).unwrap_or(usize::MAX);
            let part = window.take(left);
            self.read += part.len() as u64;
            self.read_hash = hashed(self.read_hash, window.lent(part));
        }
        if !self.checked {
            let text = "the table of frames has others than those that stand one after another, \
                        which were read";
            tally.problem("file.frame-table", None, text);
            self.checked = true;
        }
        Ok(Outcome::End)
    }
}

fn hashed(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(HASH_PRIME))
}

/// The file ends in what begins at `offset`: `found` bytes are there, `missing` are not.
pub(super) fn cut(offset: u64, found: u64, missing: u64) -> Outcome {
    Outcome::Cut(Cut { offset, found, missing, exact: true })
}
