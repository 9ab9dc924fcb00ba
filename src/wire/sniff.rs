//! What a datagram holds, from its first bytes (RFC 7983), on any port.

use super::bytes::{be16, be32};
use super::hep::{self, Hep};
use super::malformed::Reason;
use super::rtcp;
use super::rtp::Rtp;
use super::sip::{self, Beginning};

/// What a datagram holds.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Content<'a> {
    /// A SIP message; line breaks before its start line are dropped (RFC 3261 section 7.5).
    Sip(&'a [u8]),
    /// Nearly a SIP message.
    NotQuiteSip(Reason),
    /// What passes RTP's header check.
    Rtp(Rtp<'a>),
    /// What passes RTCP's.
    Rtcp(&'a [u8]),
    /// STUN or TURN (RFC 8489, RFC 3489).
    Stun,
    /// DTLS (RFC 9147).
    Dtls,
    /// ZRTP (RFC 6189).
    Zrtp,
    /// A packet that a server mirrors to a Homer collector.
    Hep(Hep<'a>),
    /// Line breaks or null bytes that keep a NAT binding open (RFC 5626 section 4.4.1).
    KeepAlive,
    /// Anything else.
    Other,
}

const STUN_HEADER: usize = 20;
const STUN_COOKIE: u32 = 0x2112_a442;
const ZRTP_COOKIE: u32 = 0x5a52_5450;

/// Recognises a datagram's payload, of which the capture cut `missing` bytes.
#[inline]
pub fn classify(payload: &[u8], missing: u32) -> Content<'_> {
    let Some(first) = payload.first() else { return Content::Other };
    match first {
        128..=191 => {
            if rtcp::is_rtcp(payload, missing) {
                Content::Rtcp(payload)
            } else {
                Rtp::parse(payload, missing).map_or(Content::Other, Content::Rtp)
            }
        }
        _ => signalling(payload),
    }
}

/// The RTP packet in a datagram of which nothing is cut, if [`classify`] finds one.
#[inline]
pub fn whole_rtp(payload: &[u8]) -> Option<Rtp<'_>> {
    let is_rtp = matches!(payload.first(), Some(128..=191)) && !rtcp::is_rtcp(payload, 0);
    if is_rtp { Rtp::parse(payload, 0) } else { None }
}

fn signalling(payload: &[u8]) -> Content<'_> {
    let text = payload.trim_ascii_start();
    if text.is_empty() || payload.len() <= 8 && payload.iter().all(|b| *b == 0) {
        return Content::KeepAlive;
    }
    match payload.first() {
        Some(0..=3) if is_stun(payload) => return Content::Stun,
        Some(16) if be32(payload, 4) == Some(ZRTP_COOKIE) => return Content::Zrtp,
        Some(20..=63) if is_dtls(payload) => return Content::Dtls,
        _ => {}
    }
    if let Some(hep) = hep::parse(payload) {
        return Content::Hep(hep);
    }
    let message = payload.get(line_breaks(payload)..).unwrap_or_default();
    match sip::beginning(message) {
        Beginning::Message => Content::Sip(message),
        Beginning::BadMethod => Content::NotQuiteSip(Reason::SipBadMethod),
        Beginning::NotSip => Content::Other,
    }
}

fn line_breaks(payload: &[u8]) -> usize {
    payload.iter().take_while(|b| matches!(b, b'\r' | b'\n')).count()
}

/// STUN's cookie, or the exact length of a message that predates it (RFC 3489).
fn is_stun(payload: &[u8]) -> bool {
    let Some(length) = be16(payload, 2) else { return false };
    payload.len() >= STUN_HEADER
        && (be32(payload, 4) == Some(STUN_COOKIE)
            || payload.len() == STUN_HEADER + usize::from(length)
                && matches!(
                    be16(payload, 0),
                    Some(0x0001 | 0x0002 | 0x0101 | 0x0102 | 0x0111 | 0x0112)
                ))
}

/// A record header of DTLS: a known content type and version 1.0, 1.2 or 1.3's legacy value.
fn is_dtls(payload: &[u8]) -> bool {
    payload.len() >= 13
        && matches!(payload.first(), Some(20..=25))
        && matches!(be16(payload, 1), Some(0xfeff | 0xfefd | 0xfefc))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn signalling_is_found_by_its_first_line() {
        let sip = |text: &'static str| Content::Sip(text.as_bytes());
        assert_eq!(
            classify(b"OPTIONS sip:a SIP/2.0\r\n\r\n", 0),
            sip("OPTIONS sip:a SIP/2.0\r\n\r\n")
        );
        assert_eq!(classify(b"\r\n\r\nSIP/2.0 200 OK\r\n\r\n", 0), sip("SIP/2.0 200 OK\r\n\r\n"));
        assert_eq!(classify(b"GET / HTTP/1.1\r\n\r\n", 0), Content::Other);
        assert_eq!(classify(b"\r\n\r\n", 0), Content::KeepAlive);
        assert_eq!(classify(&[0; 4], 0), Content::KeepAlive);
        let bad = Content::NotQuiteSip(Reason::SipBadMethod);
        assert_eq!(classify(b" sip:tori@localhost SIP/2.0\r\nVia: x\r\n\r\n", 0), bad);
        assert_eq!(classify("\u{e5}\u{e4} sip:a SIP/2.0\r\n\r\n".as_bytes(), 0), bad);
    }

    #[test]
    fn media_and_its_neighbours_are_told_apart() {
        let rtp = [0x80, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0];
        assert!(matches!(classify(&rtp, 0), Content::Rtp(_)));
        let rtcp = [0x80, 201, 0, 1, 0, 0, 0, 1];
        assert_eq!(classify(&rtcp, 0), Content::Rtcp(&rtcp));
        let mut stun = vec![0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42];
        stun.extend([7; 12]);
        assert_eq!(classify(&stun, 0), Content::Stun);
        let mut classic = vec![1, 1, 0, 4];
        classic.extend([7; 20]);
        assert_eq!(classify(&classic, 0), Content::Stun);
        let dtls = [22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        assert_eq!(classify(&dtls, 0), Content::Dtls);
        assert_eq!(classify(b"\x10\0\0\x01ZRTP", 0), Content::Zrtp);
        assert_eq!(classify(&[], 0), Content::Other);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(bytes in proptest::collection::vec(any::<u8>(), 0..120), missing in 0_u32..50) {
            let _ = classify(&bytes, missing);
        }
    }
}
