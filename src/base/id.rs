//! Numbers that name things: frames, synchronisation sources, sequence
//! numbers, RTP timestamps.

use std::fmt;

/// A frame of the capture: Wireshark's number (1-based) within its source.
///
/// Kept in eight bytes because every SIP message and every stream holds some.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct FrameNo(u64);

impl FrameNo {
    const NUMBER_BITS: u32 = 48;

    /// Frame `number` (1-based) of input `source` (0-based).
    pub const fn new(source: u16, number: u64) -> Self {
        Self(((source as u64) << Self::NUMBER_BITS) | (number & ((1 << Self::NUMBER_BITS) - 1)))
    }

    /// The input that the frame came from, 0-based.
    pub const fn source(self) -> u16 {
        (self.0 >> Self::NUMBER_BITS) as u16
    }

    /// The frame's number within its source, 1-based.
    pub const fn number(self) -> u64 {
        self.0 & ((1 << Self::NUMBER_BITS) - 1)
    }
}

/// A synchronisation source (RFC 3550 section 5.1); shown as `0x27b0a585`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub struct Ssrc(pub u32);

impl fmt::Display for Ssrc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0x{:08x}", self.0)
    }
}

/// An RTP sequence number, which wraps at 2^16 (RFC 3550 section 5.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Seq(pub u16);

impl Seq {
    /// How far ahead of `earlier` this number is, modulo 2^16 (`udelta` of RFC 3550 A.1).
    pub const fn ahead_of(self, earlier: Self) -> u16 {
        self.0.wrapping_sub(earlier.0)
    }
}

/// An RTP timestamp in clock ticks, which wraps at 2^32 (RFC 3550 section 5.1).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct RtpTime(pub u32);

impl RtpTime {
    /// Signed ticks from `earlier` to this timestamp: the difference modulo
    /// 2^32, read as a signed number.
    pub const fn since(self, earlier: Self) -> i32 {
        self.0.wrapping_sub(earlier.0).cast_signed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_number_keeps_both_parts() {
        let frame = FrameNo::new(7, 123_456_789_012);
        assert_eq!((frame.source(), frame.number()), (7, 123_456_789_012));
        assert!(FrameNo::new(0, 9) < FrameNo::new(0, 10));
        assert!(FrameNo::new(0, 9) < FrameNo::new(1, 1));
    }

    #[test]
    fn numbers_wrap() {
        assert_eq!(Seq(2).ahead_of(Seq(65_534)), 4);
        assert_eq!(RtpTime(100).since(RtpTime(u32::MAX - 59)), 160);
        assert_eq!(RtpTime(0).since(RtpTime(160)), -160);
        assert_eq!(Ssrc(0x27b0_a585).to_string(), "0x27b0a585");
    }
}
