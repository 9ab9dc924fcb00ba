//! The payload types of a stream, and what they turned out to mean.

use std::num::NonZeroU32;

use super::offer::{MediaSection, PayloadMap};
use crate::base::codec::{Codec, static_payload};
use crate::metrics::sample::PayloadKind;

/// What a payload type of a stream means.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Meaning {
    /// The codec, if siplens knows it.
    pub codec: Option<Codec>,
    /// The name that SDP gave to a codec that siplens does not know.
    pub name: Option<Box<str>>,
    /// RTP clock.
    pub clock_hz: Option<NonZeroU32>,
    /// Channels.
    pub channels: Option<u8>,
    /// Whether AMR's fields are octet-aligned (RFC 4867 section 8.1).
    pub octet_aligned: bool,
    /// The only mode that AMR may use, if SDP names just one.
    pub only_mode: Option<u8>,
    /// The payload type that retransmissions repeat (`apt`, RFC 4588 section 8.6).
    pub apt: Option<u8>,
    /// Whether EVS has only payloads with a table of contents (`hf-only=1`).
    pub header_full: bool,
    /// Whether EVS is in super-wideband only (`bw=swb`).
    pub super_wideband: bool,
}

/// A payload type of a stream.
#[derive(Clone, Debug)]
pub struct Payload {
    /// Payload type, 0..127.
    pub payload_type: u8,
    /// What it means now.
    pub meaning: Meaning,
    /// Packets of the type.
    pub packets: u64,
    /// Octets of their payloads.
    pub octets: u64,
}

impl Meaning {
    /// What a payload type means between two endpoints: what the receiver's
    /// description says, else the sender's, else RFC 3551.
    pub fn between(
        receiver: Option<&MediaSection>,
        sender: Option<&MediaSection>,
        payload_type: u8,
    ) -> Self {
        let announced =
            |section: Option<&MediaSection>| section?.payload(payload_type).map(Self::announced);
        announced(receiver)
            .or_else(|| announced(sender))
            .or_else(|| Self::assigned(payload_type))
            .unwrap_or_default()
    }

    fn announced(map: &PayloadMap) -> Self {
        Self {
            codec: map.codec,
            name: map.codec.is_none().then(|| map.name.clone()),
            clock_hz: NonZeroU32::new(map.clock_hz),
            channels: Some(map.channels),
            octet_aligned: map.parameter("octet-align") == Some("1"),
            only_mode: map.parameter("mode-set").and_then(|set| set.parse().ok()),
            apt: map.parameter("apt").and_then(|apt| apt.parse().ok()),
            header_full: map.parameter("hf-only") == Some("1"),
            super_wideband: ["bw", "bw-recv"]
                .iter()
                .any(|name| map.parameter(name).is_some_and(|bw| bw.eq_ignore_ascii_case("swb"))),
        }
    }

    fn assigned(payload_type: u8) -> Option<Self> {
        let format = static_payload(payload_type)?;
        Some(Self {
            codec: Some(format.codec),
            name: None,
            clock_hz: NonZeroU32::new(format.clock_hz),
            channels: Some(format.channels),
            ..Self::default()
        })
    }

    /// What the payload is to the timing measurements.
    pub const fn kind(&self) -> PayloadKind {
        match self.codec {
            Some(Codec::ComfortNoise) => PayloadKind::ComfortNoise,
            Some(Codec::TelephoneEvent) => PayloadKind::Event,
            _ => PayloadKind::Media,
        }
    }

    /// The codec's name; `None` when neither SDP nor RFC 3551 says.
    pub fn name(&self) -> Option<&str> {
        self.codec.map(Codec::name).or(self.name.as_deref())
    }
}
