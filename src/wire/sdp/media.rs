//! `m=` sections (RFC 8866 section 5.14) with their attributes.

use super::Connection;
use super::attribute::{Candidate, Crypto, Direction, Fingerprint, Rtcp, RtpMap};
use crate::base::codec::{Codec, static_payload};
use crate::wire::bytes::{decimal, split_once, trim};

/// Lines of one kind that are kept in a section; real ones have a few dozen.
const MAX_LINES: usize = 128;

/// What a section carries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Kind {
    /// `audio`
    Audio,
    /// `video`
    Video,
    /// `image`: fax
    Image,
    /// `text`: real-time text
    Text,
    /// `application`
    Application,
    /// `message`: MSRP
    Message,
    /// Another word.
    Other,
}

impl Kind {
    /// The word in descriptions; `other` for one that siplens does not know.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
            Self::Image => "image",
            Self::Text => "text",
            Self::Application => "application",
            Self::Message => "message",
            Self::Other => "other",
        }
    }
}

/// A media section.
#[derive(Clone, PartialEq, Debug)]
pub struct Media<'a> {
    /// What it carries.
    pub kind: Kind,
    /// The port; 0 rejects the section (RFC 3264 section 6).
    pub port: u16,
    /// How many ports, two apart, are used.
    pub port_count: u16,
    /// The transport as sent: `RTP/AVP`, `UDP/TLS/RTP/SAVPF`, `udptl`.
    pub protocol: &'a [u8],
    /// The formats as sent: payload types of RTP.
    pub formats: Vec<&'a [u8]>,
    /// `c=` lines of the section.
    pub connections: Vec<Connection<'a>>,
    /// The section's own direction.
    pub direction: Option<Direction>,
    /// `a=rtpmap`
    pub rtpmaps: Vec<RtpMap<'a>>,
    /// `a=fmtp`: payload type as sent, and its parameters.
    pub fmtps: Vec<(&'a [u8], &'a [u8])>,
    /// `a=ptime` in milliseconds.
    pub ptime_ms: Option<u32>,
    /// `a=maxptime` in milliseconds.
    pub max_ptime_ms: Option<u32>,
    /// `a=rtcp` (RFC 3605).
    pub rtcp: Option<Rtcp>,
    /// Whether `a=rtcp-mux` (RFC 5761) or `a=rtcp-mux-only` (RFC 8858) was sent.
    pub rtcp_mux: bool,
    /// `a=candidate` (RFC 8839).
    pub candidates: Vec<Candidate<'a>>,
    /// `a=crypto` (RFC 4568).
    pub crypto: Vec<Crypto<'a>>,
    /// `a=fingerprint` (RFC 8122).
    pub fingerprint: Option<Fingerprint<'a>>,
    /// `a=setup` (RFC 4145).
    pub setup: Option<&'a [u8]>,
    /// `a=mid` (RFC 5888).
    pub mid: Option<&'a [u8]>,
    /// `a=extmap` (RFC 8285 section 5): identifier and URI.
    pub extensions: Vec<(u8, &'a [u8])>,
    /// The sources that `a=ssrc` lines (RFC 5576) announce.
    pub ssrcs: Vec<u32>,
}

/// What a payload type means in a section.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Format<'a> {
    /// The encoding name as sent, or the registered one of a static type.
    pub name: &'a [u8],
    /// The codec, if siplens knows it.
    pub codec: Option<Codec>,
    /// RTP clock in Hz: the format's fixed one, else the one announced.
    pub clock_hz: u32,
    /// Channels.
    pub channels: u8,
}

impl<'a> Media<'a> {
    /// Reads `audio 49170/2 RTP/AVP 0 8`.
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let mut words = value.split(|b| matches!(b, b' ' | b'\t')).filter(|word| !word.is_empty());
        let (kind, ports, protocol) = (words.next()?, words.next()?, words.next()?);
        let (port, count) = split_once(ports, b'/');
        Some(Self {
            kind: match kind {
                b"audio" => Kind::Audio,
                b"video" => Kind::Video,
                b"image" => Kind::Image,
                b"text" => Kind::Text,
                b"application" => Kind::Application,
                b"message" => Kind::Message,
                _ => Kind::Other,
            },
            port: u16::try_from(decimal(port)?).ok()?,
            port_count: count
                .and_then(decimal)
                .and_then(|count| u16::try_from(count).ok())
                .unwrap_or(1),
            protocol,
            formats: words.take(MAX_LINES).collect(),
            connections: Vec::new(),
            direction: None,
            rtpmaps: Vec::new(),
            fmtps: Vec::new(),
            ptime_ms: None,
            max_ptime_ms: None,
            rtcp: None,
            rtcp_mux: false,
            candidates: Vec::new(),
            crypto: Vec::new(),
            fingerprint: None,
            setup: None,
            mid: None,
            extensions: Vec::new(),
            ssrcs: Vec::new(),
        })
    }

    /// Takes an `a=` line of the section; `false` when a known attribute cannot be read.
    pub(super) fn attribute(&mut self, text: &'a [u8]) -> bool {
        fn keep<T>(lines: &mut Vec<T>, line: Option<T>) -> bool {
            match line {
                Some(line) if lines.len() < MAX_LINES => lines.push(line),
                _ => return false,
            }
            true
        }
        let (name, value) = split_once(text, b':');
        let value = trim(value.unwrap_or_default());
        if let Some(direction) = Direction::of(name) {
            self.direction = Some(direction);
            return true;
        }
        let millis = || decimal(split_once(value, b'.').0).and_then(|ms| u32::try_from(ms).ok());
        match name {
            b"rtpmap" => return keep(&mut self.rtpmaps, RtpMap::parse(value)),
            b"fmtp" => {
                let (format, params) = split_once(value, b' ');
                return keep(&mut self.fmtps, params.map(|params| (format, trim(params))));
            }
            b"candidate" => return keep(&mut self.candidates, Candidate::parse(value)),
            b"extmap" => return keep(&mut self.extensions, extension(value)),
            b"crypto" => return keep(&mut self.crypto, Crypto::parse(value)),
            b"ssrc" => {
                // One source has a line for each of its attributes.
                let ssrc =
                    decimal(split_once(value, b' ').0).and_then(|ssrc| u32::try_from(ssrc).ok());
                return ssrc.is_some_and(|ssrc| self.ssrcs.contains(&ssrc))
                    || keep(&mut self.ssrcs, ssrc);
            }
            b"ptime" => self.ptime_ms = millis(),
            b"maxptime" => self.max_ptime_ms = millis(),
            b"rtcp" => {
                self.rtcp = Rtcp::parse(value);
                return self.rtcp.is_some();
            }
            b"rtcp-mux" | b"rtcp-mux-only" => self.rtcp_mux = true,
            b"fingerprint" => self.fingerprint = Fingerprint::parse(value),
            b"setup" => self.setup = Some(value),
            b"mid" => self.mid = Some(value),
            _ => {}
        }
        true
    }

    /// Whether the section was refused, or is only there to keep its place.
    pub const fn is_rejected(&self) -> bool {
        self.port == 0
    }

    /// Whether the transport is RTP of any profile.
    pub fn is_rtp(&self) -> bool {
        memchr::memmem::find(&self.protocol.to_ascii_uppercase(), b"RTP/").is_some()
    }

    /// Whether the profile encrypts: SAVP or SAVPF (RFC 3711, RFC 5764).
    pub fn is_secure(&self) -> bool {
        memchr::memmem::find(&self.protocol.to_ascii_uppercase(), b"/SAVP").is_some()
    }

    /// What a payload type of this section means; `None` when neither the
    /// section nor RFC 3551 says.
    pub fn format(&self, payload_type: u8) -> Option<Format<'a>> {
        if let Some(map) = self.rtpmaps.iter().find(|map| map.payload_type == payload_type) {
            let codec = std::str::from_utf8(map.name).ok().and_then(Codec::from_name);
            let clock_hz = codec.and_then(Codec::fixed_clock_hz).unwrap_or(map.clock_hz);
            return Some(Format { name: map.name, codec, clock_hz, channels: map.channels });
        }
        let announced = |format: &&[u8]| decimal(format) == Some(u64::from(payload_type));
        self.formats.iter().any(announced).then_some(())?;
        let format = static_payload(payload_type)?;
        Some(Format {
            name: format.codec.name().as_bytes(),
            codec: Some(format.codec),
            clock_hz: format.clock_hz,
            channels: format.channels,
        })
    }

    /// Payload types of the section, in the order of preference.
    pub fn payload_types(&self) -> impl Iterator<Item = u8> {
        self.formats
            .iter()
            .filter_map(|format| decimal(format))
            .filter_map(|pt| u8::try_from(pt).ok())
            .filter(|pt| *pt < 128)
    }

    /// The parameters of a payload type.
    pub fn fmtp(&self, payload_type: u8) -> Option<&'a [u8]> {
        self.fmtps
            .iter()
            .find(|(format, _)| decimal(format) == Some(u64::from(payload_type)))
            .map(|(_, params)| *params)
    }
}

/// `1/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=on`
fn extension(value: &[u8]) -> Option<(u8, &[u8])> {
    let mut words = value.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let id = decimal(split_once(words.next()?, b'/').0)?;
    Some((u8::try_from(id).ok()?, words.next()?))
}
