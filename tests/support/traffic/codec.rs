//! The codecs of generated media: how SDP names them, and their packets of 20 ms.

use super::plan::{MS, Nanos};
use super::random::Random;

/// A codec.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Codec {
    Pcmu,
    Pcma,
    G722,
    Opus,
}

/// From a packet of a stream to the next.
pub(crate) const PACKET_TIME: Nanos = 20 * MS;
/// The payload type of telephone events.
pub(crate) const EVENT_TYPE: u8 = 101;

impl Codec {
    /// Every codec.
    pub(crate) const ALL: [Self; 4] = [Self::Pcmu, Self::Pcma, Self::G722, Self::Opus];

    /// The name in arguments.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::Opus => "opus",
        }
    }

    /// The encoding name, clock and channels of `a=rtpmap` (RFC 3551, RFC 7587).
    pub(crate) const fn rtpmap(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU/8000",
            Self::Pcma => "PCMA/8000",
            Self::G722 => "G722/8000",
            Self::Opus => "opus/48000/2",
        }
    }

    /// The payload type (RFC 3551 table 4; a dynamic one for Opus).
    pub(crate) const fn payload_type(self) -> u8 {
        match self {
            Self::Pcmu => 0,
            Self::Pcma => 8,
            Self::G722 => 9,
            Self::Opus => 111,
        }
    }

    /// Ticks of the RTP clock in a second; G.722's is 8000 (RFC 3551 section 4.5.2).
    pub(crate) const fn clock_hz(self) -> u32 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 8_000,
            Self::Opus => 48_000,
        }
    }

    /// Ticks of the RTP clock in a packet.
    pub(crate) const fn ticks(self) -> u32 {
        self.clock_hz() / 50
    }

    /// Bytes of a packet's payload: 64 kbit/s, or about 24 kbit/s of varying rate.
    pub(crate) fn payload_bytes(self, random: &mut Random) -> u64 {
        match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 160,
            Self::Opus => 40 + random.below(40),
        }
    }
}
