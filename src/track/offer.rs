//! What SDP announces: where media will come, and what its payload types mean
//! (RFC 3264, RFC 8866).

use std::sync::Arc;

use super::{ConversationId, Side};
use crate::base::codec::{Codec, Media, PayloadFormat};
use crate::base::flow::Endpoint;
use crate::base::id::FrameNo;
use crate::base::time::Timestamp;
pub use crate::wire::sdp::Direction;
use crate::wire::sdp::{self, Description, Kind};

/// Why an endpoint is expected to receive media.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Basis {
    /// It is the address and port of a media section.
    Connection,
    /// It is an ICE candidate of one.
    Candidate,
}

/// What a media section carries.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Profile {
    /// RTP in clear.
    Rtp,
    /// RTP encrypted (RFC 3711): by profile, or by keys in the description.
    Srtp,
    /// Something else on UDP, such as T.38's UDPTL.
    Other,
}

/// What a payload type means.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct PayloadMap {
    /// The payload type.
    pub payload_type: u8,
    /// Its format; `None` for a codec that siplens does not know.
    pub codec: Option<Codec>,
    /// The encoding name as announced.
    pub name: Box<str>,
    /// RTP clock in Hz.
    pub clock_hz: u32,
    /// Channels.
    pub channels: u8,
    /// Its `a=fmtp`, empty when there is none.
    pub parameters: Box<str>,
}

/// A media section, as far as its streams need it.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct MediaSection {
    /// What it carries, by the section's own word.
    pub kind: Kind,
    /// The transport, as sent.
    pub protocol: Box<str>,
    /// How it is carried.
    pub profile: Profile,
    /// Who may send.
    pub direction: Direction,
    /// Its payload types.
    pub payloads: Vec<PayloadMap>,
    /// `a=ptime`.
    pub ptime_ms: Option<u32>,
    /// `a=maxptime`.
    pub max_ptime_ms: Option<u32>,
    /// `a=extmap`: what the elements of header extensions mean, by identifier.
    pub extensions: Vec<(u8, Box<str>)>,
    /// Whether RTCP comes on the same port.
    pub rtcp_mux: bool,
}

/// The endpoints of one media section of one message: what the signalling plane
/// tells the media plane.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Announcement<'a> {
    /// Whose call.
    pub call: ConversationId,
    /// Who sent the description, and so receives at these endpoints.
    pub side: Side,
    /// When.
    pub at: Timestamp,
    /// In which frame.
    pub frame: FrameNo,
    /// Where media will be received.
    pub endpoints: &'a [(Endpoint, Basis)],
    /// The section.
    pub section: &'a Arc<MediaSection>,
}

/// Appends the endpoints at which a section's media are received; none when its
/// address is a name.
pub(super) fn endpoints(
    description: &Description<'_>,
    media: &sdp::Media<'_>,
    endpoints: &mut Vec<(Endpoint, Basis)>,
) {
    let first = endpoints.len();
    let mut add = |endpoint: Endpoint, basis| {
        let known = endpoints.get(first..).unwrap_or_default();
        if !endpoint.ip.is_unspecified() && !known.iter().any(|(known, _)| *known == endpoint) {
            endpoints.push((endpoint, basis));
        }
    };
    let connections = if media.connections.is_empty() {
        description.connection.as_slice()
    } else {
        &media.connections
    };
    for ip in connections.iter().filter_map(|connection| connection.ip) {
        for step in 0..media.port_count.min(16) {
            add(Endpoint::new(ip, media.port.wrapping_add(2 * step)), Basis::Connection);
        }
    }
    for candidate in media.candidates.iter().filter(|candidate| candidate.component == 1) {
        if candidate.transport.eq_ignore_ascii_case(b"udp")
            && let Some(endpoint) = candidate.endpoint()
        {
            add(endpoint, Basis::Candidate);
        }
    }
}

/// How a section's media are carried.
fn profile(description: &Description<'_>, media: &sdp::Media<'_>) -> Profile {
    let encrypted = media.is_secure()
        || !media.crypto.is_empty()
        || media.fingerprint.is_some()
        || description.fingerprint.is_some();
    match (media.is_rtp(), encrypted) {
        (true, false) => Profile::Rtp,
        (true, true) => Profile::Srtp,
        (false, _) => Profile::Other,
    }
}

/// The payload types of a section that mean something, with their `a=fmtp`.
fn payloads<'m>(
    media: &'m sdp::Media<'m>,
) -> impl Iterator<Item = (u8, sdp::Format<'m>, &'m [u8])> {
    media.payload_types().filter_map(|payload_type| {
        let parameters = media.fmtp(payload_type).unwrap_or_default();
        Some((payload_type, media.format(payload_type)?, parameters))
    })
}

impl MediaSection {
    /// What a section of a description says.
    pub(super) fn of(description: &Description<'_>, media: &sdp::Media<'_>) -> Self {
        fn text(bytes: &[u8]) -> Box<str> {
            String::from_utf8_lossy(bytes).into()
        }
        let payload = |(payload_type, format, parameters): (u8, sdp::Format<'_>, _)| PayloadMap {
            payload_type,
            codec: format.codec,
            name: text(format.name),
            clock_hz: format.clock_hz,
            channels: format.channels,
            parameters: text(parameters),
        };
        Self {
            kind: media.kind,
            protocol: text(media.protocol),
            profile: profile(description, media),
            direction: description.direction_of(media),
            payloads: payloads(media).map(payload).collect(),
            ptime_ms: media.ptime_ms,
            max_ptime_ms: media.max_ptime_ms,
            extensions: media.extensions.iter().map(|(id, uri)| (*id, text(uri))).collect(),
            rtcp_mux: media.rtcp_mux,
        }
    }

    /// Whether this is what [`MediaSection::of`] would make; it may say no where
    /// texts are not UTF-8.
    pub(super) fn is_of(&self, description: &Description<'_>, media: &sdp::Media<'_>) -> bool {
        let same = |known: &str, text: &[u8]| known.as_bytes() == text;
        let is_payload = |(known, (payload_type, format, parameters)): (
            &PayloadMap,
            (u8, sdp::Format<'_>, &[u8]),
        )| {
            (known.payload_type, known.codec) == (payload_type, format.codec)
                && (known.clock_hz, known.channels) == (format.clock_hz, format.channels)
                && same(&known.name, format.name)
                && same(&known.parameters, parameters)
        };
        let mut theirs = payloads(media);
        let has_payloads = self
            .payloads
            .iter()
            .zip(theirs.by_ref())
            .filter(|both| is_payload((both.0, both.1)))
            .count();
        self.kind == media.kind
            && self.direction == description.direction_of(media)
            && (self.ptime_ms, self.max_ptime_ms) == (media.ptime_ms, media.max_ptime_ms)
            && self.rtcp_mux == media.rtcp_mux
            && self.profile == profile(description, media)
            && same(&self.protocol, media.protocol)
            && self.extensions.len() == media.extensions.len()
            && self
                .extensions
                .iter()
                .zip(&media.extensions)
                .all(|(known, (id, uri))| known.0 == *id && same(&known.1, uri))
            && has_payloads == self.payloads.len()
            && theirs.next().is_none()
    }

    /// What a payload type means here.
    pub fn payload(&self, payload_type: u8) -> Option<&PayloadMap> {
        self.payloads.iter().find(|payload| payload.payload_type == payload_type)
    }

    /// What the section carries.
    pub const fn media(&self) -> Media {
        match self.kind {
            Kind::Audio => Media::Audio,
            Kind::Video => Media::Video,
            _ => Media::Other,
        }
    }
}

impl PayloadMap {
    /// The value of a parameter of `a=fmtp`: `octet-align=1; mode-set=7`.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.split(';').find_map(|parameter| {
            let (key, value) = parameter.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }

    /// Codec, clock and channels, if the codec is known.
    pub fn format(&self) -> Option<PayloadFormat> {
        self.codec.map(|codec| PayloadFormat {
            codec,
            clock_hz: self.clock_hz,
            channels: self.channels,
        })
    }
}
