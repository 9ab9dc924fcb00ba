//! Session descriptions (RFC 8866): lines to media sections, tolerantly.

mod attribute;
mod media;

pub use attribute::{Candidate, Crypto, Direction, Fingerprint, Rtcp, RtpMap};
pub use media::{Format, Kind, Media};

use std::net::IpAddr;

use super::bytes::{split_once, trim};

/// Media sections of one description that are read; real ones have a handful.
const MAX_MEDIA: usize = 64;

/// A `c=` line.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Connection<'a> {
    /// The address as sent: a literal, perhaps with a TTL, or a domain name.
    pub text: &'a [u8],
    /// The address, if it is a literal.
    pub ip: Option<IpAddr>,
}

/// A session description.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Description<'a> {
    /// The `o=` line: user, session id, version, network, address.
    pub origin: Option<&'a [u8]>,
    /// The `s=` line.
    pub name: Option<&'a [u8]>,
    /// The session's `c=` line, for media without their own.
    pub connection: Option<Connection<'a>>,
    /// The session's direction, for media without their own.
    pub direction: Option<Direction>,
    /// The session's `a=fingerprint`, for media without their own.
    pub fingerprint: Option<Fingerprint<'a>>,
    /// Whether `a=ice-lite` was sent.
    pub ice_lite: bool,
    /// The media sections, in order.
    pub media: Vec<Media<'a>>,
    /// Lines that could not be read.
    pub bad_lines: u32,
}

/// Reads a description. Lines in an order that the grammar forbids are read
/// where they stand; lines that mean nothing are counted.
///
/// `None` when no line has the form `letter=value`.
pub fn parse(bytes: &[u8]) -> Option<Description<'_>> {
    let mut description = Description::default();
    let mut any = false;
    for line in
        bytes.split(|b| matches!(b, b'\n' | b'\r')).map(trim).filter(|line| !line.is_empty())
    {
        let [kind, b'=', value @ ..] = line else {
            description.bad_lines += 1;
            continue;
        };
        any = true;
        description.line(*kind, value);
    }
    any.then_some(description)
}

impl<'a> Description<'a> {
    fn line(&mut self, kind: u8, value: &'a [u8]) {
        match (kind, self.media.last_mut()) {
            (b'm', _) => match Media::parse(value) {
                Some(media) if self.media.len() < MAX_MEDIA => self.media.push(media),
                _ => self.bad_lines += 1,
            },
            (b'c', media) => match (connection(value), media) {
                (Some(connection), Some(media)) => media.connections.push(connection),
                (Some(connection), None) => self.connection = Some(connection),
                (None, _) => self.bad_lines += 1,
            },
            (b'a', Some(media)) => self.bad_lines += u32::from(!media.attribute(value)),
            (b'a', None) => self.attribute(value),
            (b'o', _) => self.origin = Some(value),
            (b's', _) => self.name = Some(value),
            _ => {}
        }
    }

    fn attribute(&mut self, text: &'a [u8]) {
        let (name, value) = split_once(text, b':');
        if let Some(direction) = Direction::of(name) {
            self.direction = Some(direction);
        } else if name.eq_ignore_ascii_case(b"fingerprint") {
            self.fingerprint = value.and_then(Fingerprint::parse);
        } else if name.eq_ignore_ascii_case(b"ice-lite") {
            self.ice_lite = true;
        }
    }

    /// The connection of a media section: its own first `c=` line, else the session's.
    pub fn connection_of(&self, media: &Media<'a>) -> Option<Connection<'a>> {
        media.connections.first().copied().or(self.connection)
    }

    /// The direction of a media section: its own, else the session's, else `sendrecv`
    /// (RFC 8866 section 6.7). A zero address (RFC 2543's hold) sends nothing here.
    pub fn direction_of(&self, media: &Media<'a>) -> Direction {
        media.direction.or(self.direction).unwrap_or(Direction::SendRecv)
    }
}

/// `IN IP4 192.0.2.1/127`, `IN IP6 2001:db8::1`, `IN IP4 host.example.com`
fn connection(value: &[u8]) -> Option<Connection<'_>> {
    let mut words = value.split(|b| *b == b' ').filter(|word| !word.is_empty());
    let (_network, _kind, text) = (words.next()?, words.next()?, words.next()?);
    Some(Connection { text, ip: ip(split_once(text, b'/').0) })
}

/// An address literal.
fn ip(text: &[u8]) -> Option<IpAddr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::codec::Codec;
    use proptest::prelude::*;

    const OFFER: &str = "v=0\r\no=jdoe 3724394400 3724394405 IN IP4 198.51.100.1\r\ns=Call\r\n\
        c=IN IP4 198.51.100.1\r\nt=0 0\r\na=sendonly\r\n\
        m=audio 49170 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\n\
        a=ptime:30\r\na=rtcp:53020 IN IP4 126.16.64.4\r\n\
        m=video 51372/2 RTP/SAVPF 99\r\nc=IN IP6 2001:db8::2\r\na=rtpmap:99 h263-1998/90000\r\na=recvonly\r\n\
        a=rtcp-mux\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc|2^20\r\n\
        a=candidate:1 1 UDP 2130706431 10.0.1.1 8998 typ host\r\na=setup:actpass\r\n\
        a=extmap:1/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level vad=on\r\n\
        m=image 0 udptl t38\r\n";

    #[test]
    fn every_media_section_is_read() {
        let sdp = parse(OFFER.as_bytes()).unwrap();
        assert_eq!((sdp.media.len(), sdp.bad_lines), (3, 0));
        let [audio, video, fax] = &sdp.media[..] else { panic!("three sections") };
        assert_eq!((audio.kind, audio.port), (Kind::Audio, 49170));
        assert_eq!(sdp.connection_of(audio).unwrap().ip, Some("198.51.100.1".parse().unwrap()));
        assert_eq!(sdp.direction_of(audio), Direction::SendOnly, "the session's");
        assert_eq!(audio.ptime_ms, Some(30));
        let rtcp = audio.rtcp.unwrap();
        assert_eq!((rtcp.port, rtcp.ip), (53020, Some("126.16.64.4".parse().unwrap())));
        let event = audio.format(101).unwrap();
        assert_eq!((event.codec, event.clock_hz), (Some(Codec::TelephoneEvent), 8000));
        assert_eq!(
            audio.format(0).unwrap().codec,
            Some(Codec::Pcmu),
            "static types need no rtpmap"
        );
        assert!(audio.format(96).is_none());

        assert_eq!((video.kind, video.port, video.port_count), (Kind::Video, 51372, 2));
        assert_eq!(sdp.connection_of(video).unwrap().ip, Some("2001:db8::2".parse().unwrap()));
        assert_eq!(sdp.direction_of(video), Direction::RecvOnly);
        assert!(video.rtcp_mux && video.is_secure());
        assert_eq!(video.extensions, [(1, &b"urn:ietf:params:rtp-hdrext:ssrc-audio-level"[..])]);
        assert_eq!(video.crypto[0].suite, b"AES_CM_128_HMAC_SHA1_80");
        assert_eq!(video.candidates[0].endpoint().unwrap().to_string(), "10.0.1.1:8998");

        assert!(fax.is_rejected() && !fax.is_rtp());
        assert_eq!(fax.kind, Kind::Image);
    }

    #[test]
    fn descriptions_out_of_order_or_broken_are_read_as_far_as_they_go() {
        let sdp = parse(b"m=audio 4000 RTP/AVP 0\nnonsense\nm=\nc=IN\nv=0").unwrap();
        assert_eq!((sdp.media.len(), sdp.bad_lines), (1, 3));
        assert_eq!(sdp.connection_of(&sdp.media[0]), None);
        assert_eq!(parse(b""), None);
        assert_eq!(parse(b"no description at all"), None);
    }

    #[test]
    fn a_domain_name_is_kept_as_text() {
        let sdp = parse(b"c=IN IP4 media.example.com\r\nm=audio 4000 RTP/AVP 0\r\n").unwrap();
        let connection = sdp.connection.unwrap();
        assert_eq!((connection.text, connection.ip), (&b"media.example.com"[..], None));
        let multicast = parse(b"c=IN IP4 224.2.1.1/127/3\r\n").unwrap().connection.unwrap();
        assert_eq!(multicast.ip, Some("224.2.1.1".parse().unwrap()));
    }

    #[test]
    fn the_number_of_sections_is_bounded() {
        let many = "m=audio 4000 RTP/AVP 0\r\n".repeat(1000);
        let sdp = parse(many.as_bytes()).unwrap();
        assert_eq!((sdp.media.len(), sdp.bad_lines), (MAX_MEDIA, 1000 - 64));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn mutated_descriptions_are_survived(flips in proptest::collection::vec((0_usize..700, any::<u8>()), 0..12)) {
            let mut bytes = OFFER.as_bytes().to_vec();
            for (at, value) in flips {
                if let Some(byte) = bytes.get_mut(at) { *byte = value; }
            }
            if let Some(sdp) = parse(&bytes) {
                for media in &sdp.media {
                    let _ = (media.format(0), media.is_secure(), sdp.connection_of(media));
                }
            }
        }
    }
}
