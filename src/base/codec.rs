//! Codecs by their RTP names: static payload types (RFC 3551), clock rates,
//! and what each payload is.

/// A payload format that siplens knows by name.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Codec {
    /// G.711 mu-law.
    Pcmu,
    /// G.711 A-law.
    Pcma,
    /// G.722, whose RTP clock is 8000 although it samples at 16 kHz (RFC 3551 section 4.5.2).
    G722,
    /// G.722.1 (RFC 5577).
    G7221,
    /// G.723.1.
    G723,
    /// G.726 of this many kbit/s, its code words packed as RFC 3551 section 4.5.4 has them.
    G726(u8),
    /// The same, packed as for AAL2 (ITU-T I.366.2 annex E).
    Aal2G726(u8),
    /// G.728.
    G728,
    /// G.729 and G.729A, annex B included.
    G729,
    /// G.729 annex D or E.
    G729De,
    /// GSM 06.10 full rate.
    Gsm,
    /// GSM enhanced full rate.
    GsmEfr,
    /// GSM half rate.
    GsmHr,
    /// iLBC (RFC 3952).
    Ilbc,
    /// Speex (RFC 5574).
    Speex,
    /// SILK.
    Silk,
    /// AMR narrowband (RFC 4867).
    Amr,
    /// AMR wideband (RFC 4867).
    AmrWb,
    /// EVS (3GPP TS 26.445).
    Evs,
    /// Opus (RFC 7587): the clock is 48000 whatever the coded bandwidth.
    Opus,
    /// Linear 16 bit.
    L16,
    /// DVI4 (RFC 3551 section 4.5.1).
    Dvi4,
    /// LPC.
    Lpc,
    /// QCELP.
    Qcelp,
    /// MPEG audio.
    Mpa,
    /// Comfort noise (RFC 3389).
    ComfortNoise,
    /// Telephone events: DTMF and tones (RFC 4733).
    TelephoneEvent,
    /// Redundant data (RFC 2198).
    Red,
    /// Generic forward error correction (RFC 5109).
    Ulpfec,
    /// Flexible forward error correction (RFC 8627).
    Flexfec,
    /// Retransmission (RFC 4588).
    Rtx,
    /// T.38 fax over RTP (RFC 4612).
    T38,
    /// H.261 video.
    H261,
    /// H.263 video, every profile.
    H263,
    /// H.264 video.
    H264,
    /// H.265 video.
    H265,
    /// VP8 video.
    Vp8,
    /// VP9 video.
    Vp9,
    /// AV1 video.
    Av1,
    /// JPEG video.
    Jpeg,
    /// Another video payload of RFC 3551's tables.
    OtherVideo,
}

/// What a stream carries, by its codec or its media line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Media {
    /// Speech or other sound.
    Audio,
    /// Moving pictures.
    Video,
    /// Anything else that SDP names.
    Other,
}

/// A payload format with its clock: what an `a=rtpmap` or a static type says.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct PayloadFormat {
    /// The codec.
    pub codec: Codec,
    /// RTP timestamp ticks a second.
    pub clock_hz: u32,
    /// Channels.
    pub channels: u8,
}

/// The static payload type's format (RFC 3551 tables 4 and 5), `None` for
/// unassigned, reserved and dynamic types.
pub const fn static_payload(payload_type: u8) -> Option<PayloadFormat> {
    use Codec::{
        ComfortNoise, Dvi4, G722, G723, G728, G729, Gsm, H261, H263, Jpeg, L16, Lpc, Mpa,
        OtherVideo, Pcma, Pcmu, Qcelp,
    };
    let (codec, clock_hz, channels) = match payload_type {
        0 => (Pcmu, 8_000, 1),
        3 => (Gsm, 8_000, 1),
        4 => (G723, 8_000, 1),
        5 => (Dvi4, 8_000, 1),
        6 => (Dvi4, 16_000, 1),
        7 => (Lpc, 8_000, 1),
        8 => (Pcma, 8_000, 1),
        9 => (G722, 8_000, 1),
        10 => (L16, 44_100, 2),
        11 => (L16, 44_100, 1),
        12 => (Qcelp, 8_000, 1),
        13 => (ComfortNoise, 8_000, 1),
        14 => (Mpa, 90_000, 1),
        15 => (G728, 8_000, 1),
        16 => (Dvi4, 11_025, 1),
        17 => (Dvi4, 22_050, 1),
        18 => (G729, 8_000, 1),
        25 | 28 | 32 | 33 => (OtherVideo, 90_000, 1),
        26 => (Jpeg, 90_000, 1),
        31 => (H261, 90_000, 1),
        34 => (H263, 90_000, 1),
        _ => return None,
    };
    Some(PayloadFormat { codec, clock_hz, channels })
}

/// Names of `a=rtpmap` (compared without case) and their codecs.
const NAMES: &[(&str, Codec)] = &[
    ("PCMU", Codec::Pcmu),
    ("PCMA", Codec::Pcma),
    ("G722", Codec::G722),
    ("G7221", Codec::G7221),
    ("G723", Codec::G723),
    ("G726-16", Codec::G726(16)),
    ("G726-24", Codec::G726(24)),
    ("G726-32", Codec::G726(32)),
    ("G726-40", Codec::G726(40)),
    ("AAL2-G726-16", Codec::Aal2G726(16)),
    ("AAL2-G726-24", Codec::Aal2G726(24)),
    ("AAL2-G726-32", Codec::Aal2G726(32)),
    ("AAL2-G726-40", Codec::Aal2G726(40)),
    ("G728", Codec::G728),
    ("G729", Codec::G729),
    ("G729A", Codec::G729),
    ("G729D", Codec::G729De),
    ("G729E", Codec::G729De),
    ("GSM", Codec::Gsm),
    ("GSM-EFR", Codec::GsmEfr),
    ("GSM-HR-08", Codec::GsmHr),
    ("ILBC", Codec::Ilbc),
    ("SPEEX", Codec::Speex),
    ("SILK", Codec::Silk),
    ("AMR", Codec::Amr),
    ("AMR-WB", Codec::AmrWb),
    ("EVS", Codec::Evs),
    ("OPUS", Codec::Opus),
    ("L16", Codec::L16),
    ("DVI4", Codec::Dvi4),
    ("LPC", Codec::Lpc),
    ("QCELP", Codec::Qcelp),
    ("MPA", Codec::Mpa),
    ("CN", Codec::ComfortNoise),
    ("TELEPHONE-EVENT", Codec::TelephoneEvent),
    ("RED", Codec::Red),
    ("ULPFEC", Codec::Ulpfec),
    ("FLEXFEC", Codec::Flexfec),
    ("FLEXFEC-03", Codec::Flexfec),
    ("RTX", Codec::Rtx),
    ("T38", Codec::T38),
    ("H261", Codec::H261),
    ("H263", Codec::H263),
    ("H263-1998", Codec::H263),
    ("H263-2000", Codec::H263),
    ("H264", Codec::H264),
    ("H265", Codec::H265),
    ("VP8", Codec::Vp8),
    ("VP9", Codec::Vp9),
    ("AV1", Codec::Av1),
    ("JPEG", Codec::Jpeg),
];

impl Codec {
    /// The codec of an `a=rtpmap` encoding name, compared without case.
    pub fn from_name(name: &str) -> Option<Self> {
        // Deployed gateways write the dot of the ITU's own name ("G.729").
        let plain = |s: &str| {
            s.bytes().filter(|b| *b != b'.').map(|b| b.to_ascii_uppercase()).collect::<Vec<_>>()
        };
        let wanted = plain(name);
        NAMES.iter().find(|(known, _)| known.as_bytes() == wanted).map(|(_, codec)| *codec)
    }

    /// The registered encoding name, for payloads that no `a=rtpmap` names.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pcmu => "PCMU",
            Self::Pcma => "PCMA",
            Self::G722 => "G722",
            Self::G7221 => "G7221",
            Self::G723 => "G723",
            Self::G726(16) => "G726-16",
            Self::G726(24) => "G726-24",
            Self::G726(40) => "G726-40",
            Self::G726(_) => "G726-32",
            Self::Aal2G726(16) => "AAL2-G726-16",
            Self::Aal2G726(24) => "AAL2-G726-24",
            Self::Aal2G726(40) => "AAL2-G726-40",
            Self::Aal2G726(_) => "AAL2-G726-32",
            Self::G728 => "G728",
            Self::G729 => "G729",
            Self::G729De => "G729E",
            Self::Gsm => "GSM",
            Self::GsmEfr => "GSM-EFR",
            Self::GsmHr => "GSM-HR-08",
            Self::Ilbc => "iLBC",
            Self::Speex => "speex",
            Self::Silk => "SILK",
            Self::Amr => "AMR",
            Self::AmrWb => "AMR-WB",
            Self::Evs => "EVS",
            Self::Opus => "opus",
            Self::L16 => "L16",
            Self::Dvi4 => "DVI4",
            Self::Lpc => "LPC",
            Self::Qcelp => "QCELP",
            Self::Mpa => "MPA",
            Self::ComfortNoise => "CN",
            Self::TelephoneEvent => "telephone-event",
            Self::Red => "red",
            Self::Ulpfec => "ulpfec",
            Self::Flexfec => "flexfec",
            Self::Rtx => "rtx",
            Self::T38 => "t38",
            Self::H261 => "H261",
            Self::H263 => "H263",
            Self::H264 => "H264",
            Self::H265 => "H265",
            Self::Vp8 => "VP8",
            Self::Vp9 => "VP9",
            Self::Av1 => "AV1",
            Self::Jpeg => "JPEG",
            Self::OtherVideo => "video",
        }
    }

    /// The RTP clock, where the format fixes it whatever `a=rtpmap` says:
    /// G.722 8000 (RFC 3551 section 4.5.2), Opus 48000 (RFC 7587 section 4.1).
    pub const fn fixed_clock_hz(self) -> Option<u32> {
        match self {
            Self::G722 => Some(8_000),
            Self::Opus => Some(48_000),
            _ => None,
        }
    }

    /// Bits a second of a codec that has one rate (RFC 3551 table 1 and the
    /// codecs' own specifications).
    pub const fn fixed_bit_rate(self) -> Option<u32> {
        Some(match self {
            Self::Pcmu | Self::Pcma | Self::G722 => 64_000,
            Self::G726(kilobits) => kilobits as u32 * 1_000,
            Self::G728 => 16_000,
            Self::Gsm => 13_200,
            Self::GsmEfr => 12_200,
            Self::GsmHr => 5_600,
            _ => return None,
        })
    }

    /// Whether packets of it repair others.
    pub const fn repairs(self) -> bool {
        matches!(self, Self::Red | Self::Ulpfec | Self::Flexfec | Self::Rtx)
    }

    /// Whether its payloads show which pictures need no other.
    pub const fn tells_key_pictures(self) -> bool {
        matches!(self, Self::H264 | Self::H265 | Self::Vp8 | Self::Vp9)
    }

    /// What the codec carries.
    pub const fn media(self) -> Media {
        match self {
            Self::H261
            | Self::H263
            | Self::H264
            | Self::H265
            | Self::Vp8
            | Self::Vp9
            | Self::Av1
            | Self::Jpeg
            | Self::OtherVideo => Media::Video,
            Self::Ulpfec | Self::Flexfec | Self::Rtx | Self::T38 => Media::Other,
            _ => Media::Audio,
        }
    }

    /// Whether the payload is sound that a quality model scores, as against
    /// events, noise descriptions and repair data in the same stream.
    pub const fn is_speech(self) -> bool {
        matches!(self.media(), Media::Audio)
            && !matches!(self, Self::ComfortNoise | Self::TelephoneEvent | Self::Red)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn static_types_follow_rfc_3551() {
        let clock = |pt| static_payload(pt).map(|format| format.clock_hz);
        assert_eq!(clock(0), Some(8_000));
        assert_eq!(clock(9), Some(8_000), "G.722 keeps the erroneously assigned clock");
        assert_eq!(clock(10), Some(44_100));
        assert_eq!(clock(14), Some(90_000));
        assert_eq!(clock(17), Some(22_050));
        assert_eq!(clock(34), Some(90_000));
        for reserved in [1, 2, 19, 20, 24, 72, 96, 127] {
            assert_eq!(clock(reserved), None, "payload type {reserved}");
        }
    }

    #[test]
    fn names_are_found_without_case_and_dots() {
        assert_eq!(Codec::from_name("pcmu"), Some(Codec::Pcmu));
        assert_eq!(Codec::from_name("G.729"), Some(Codec::G729));
        assert_eq!(Codec::from_name("g729a"), Some(Codec::G729));
        assert_eq!(Codec::from_name("Telephone-Event"), Some(Codec::TelephoneEvent));
        assert_eq!(Codec::from_name("x-nothing"), None);
        for (_, codec) in NAMES {
            assert_eq!(Codec::from_name(codec.name()), Some(*codec), "{codec:?}");
        }
    }
}
