//! The start of a pcapng block: what it is, how long, and whether it can be.

use crate::source::error::SourceErrorKind;
use crate::source::limits::{MAX_BUFFERED_BLOCK, MAX_FRAME};
use crate::source::record::Fault;

/// Type and length before a block's content, the length again after it.
pub(super) const FRAMING: u32 = 12;
/// Type and length.
pub(super) const LEADING: usize = 8;

/// Block types (section 11.1).
pub(super) mod kind {
    pub(in crate::source::pcapng) const SECTION: u32 = 0x0a0d_0d0a;
    pub(in crate::source::pcapng) const INTERFACE: u32 = 1;
    /// The obsolete Packet Block (appendix A).
    pub(in crate::source::pcapng) const PACKET: u32 = 2;
    pub(in crate::source::pcapng) const SIMPLE_PACKET: u32 = 3;
    pub(in crate::source::pcapng) const STATISTICS: u32 = 5;
    pub(in crate::source::pcapng) const ENHANCED_PACKET: u32 = 6;
    /// Blocks without packets that Wireshark 4.0 gives a frame number all the
    /// same: systemd journal entries, sysdig events, custom blocks.
    pub(in crate::source::pcapng) const NUMBERED: [u32; 6] =
        [9, 0x204, 0x216, 0x221, 0xbad, 0x4000_0bad];
}

/// The start of a block, at `offset` in the file.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) offset: u64,
    pub(super) kind: u32,
    /// Its length as it states it.
    pub(super) stated: u32,
}

impl Head {
    /// Its length in the file, where a writer that does not count the padding
    /// pads all the same.
    pub(super) fn size(self, most: u32) -> Result<usize, Fault> {
        if !(FRAMING..=most).contains(&self.stated) {
            return Err(self.bad_length(FRAMING, most));
        }
        Ok(self.stated.next_multiple_of(4) as usize)
    }

    /// It is of a kind that is read whole, and too short for the `least`
    /// content that its kind has.
    pub(super) fn short_of(self, least: u32) -> Fault {
        self.bad_length(FRAMING + least, MAX_BUFFERED_BLOCK)
    }

    fn bad_length(self, least: u32, most: u32) -> Fault {
        let Self { offset, kind: block, stated: length } = self;
        Fault { offset, kind: SourceErrorKind::BlockLength { block, length, least, most } }
    }

    /// The length after the content repeats the one before it, padding counted or not.
    pub(super) fn check_trailer(self, trailing: u32) -> Result<(), Fault> {
        let Self { offset, kind: block, stated: leading } = self;
        if trailing == leading || trailing == leading.next_multiple_of(4) {
            return Ok(());
        }
        Err(Fault { offset, kind: SourceErrorKind::BlockTrailer { block, leading, trailing } })
    }

    /// The captured length is one that a packet may have, and its block has `room` for it.
    pub(super) fn check_captured(self, captured: u32, room: usize) -> Result<(), Fault> {
        let kind = if captured > MAX_FRAME {
            SourceErrorKind::FrameLength { captured, most: MAX_FRAME }
        } else if captured as usize > room {
            SourceErrorKind::PacketLength { captured, room }
        } else {
            return Ok(());
        };
        Err(Fault { offset: self.offset, kind })
    }
}
