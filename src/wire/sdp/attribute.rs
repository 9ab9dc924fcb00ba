//! Values of `a=` lines.

use std::net::IpAddr;

use nom::bytes::complete::{is_not, take_while1};
use nom::character::complete::{space0, space1};
use nom::combinator::{map_opt, opt};
use nom::sequence::preceded;
use nom::{IResult, Parser};

use super::ip;
use crate::base::flow::Endpoint;
use crate::wire::bytes::decimal;

fn number<T: TryFrom<u64>>(input: &[u8]) -> IResult<&[u8], T> {
    map_opt(take_while1(|b: u8| b.is_ascii_digit()), |digits| T::try_from(decimal(digits)?).ok())
        .parse(input)
}

fn word(input: &[u8]) -> IResult<&[u8], &[u8]> {
    is_not(" \t").parse(input)
}

/// Who may send (RFC 8866 section 6.7).
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// Both.
    SendRecv,
    /// The writer of the description only.
    SendOnly,
    /// The reader of the description only.
    RecvOnly,
    /// Nobody.
    Inactive,
}

impl Direction {
    /// The direction of an attribute's name.
    pub fn of(name: &[u8]) -> Option<Self> {
        match name {
            b"sendrecv" => Some(Self::SendRecv),
            b"sendonly" => Some(Self::SendOnly),
            b"recvonly" => Some(Self::RecvOnly),
            b"inactive" => Some(Self::Inactive),
            _ => None,
        }
    }

    /// The attribute's name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }

    /// Whether the writer of the description sends.
    pub const fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }
}

/// `a=rtpmap:97 iLBC/8000/1` (RFC 8866 section 6.6).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct RtpMap<'a> {
    /// Payload type, 0..127.
    pub payload_type: u8,
    /// Encoding name as sent.
    pub name: &'a [u8],
    /// RTP clock in Hz, above 0.
    pub clock_hz: u32,
    /// Channels; 1 if not said.
    pub channels: u8,
}

impl<'a> RtpMap<'a> {
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let digits = |bytes: &'a [u8]| {
            let end = bytes.iter().position(|b| !b.is_ascii_digit()).unwrap_or(bytes.len());
            bytes.split_at(end)
        };
        let (payload_type, rest) = digits(value);
        let payload_type = u8::try_from(decimal(payload_type)?).ok()?;
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
        let rest = rest.get(blanks..).filter(|_| blanks > 0)?;
        let (name, rest) = rest.split_at(memchr::memchr2(b'/', b' ', rest)?);
        let (clock, rest) = digits(rest.strip_prefix(b"/").filter(|_| !name.is_empty())?);
        let clock_hz = u32::try_from(decimal(clock)?).ok()?;
        let channels = rest.strip_prefix(b"/").and_then(|rest| decimal(digits(rest).0));
        let channels = channels.and_then(|channels| u8::try_from(channels).ok());
        (payload_type < 128 && clock_hz > 0).then_some(Self {
            payload_type,
            name,
            clock_hz,
            channels: channels.unwrap_or(1),
        })
    }
}

/// `a=rtcp:53020 IN IP4 126.16.64.4` (RFC 3605).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Rtcp {
    /// The port of RTCP.
    pub port: u16,
    /// Its address, if it is said and is a literal.
    pub ip: Option<IpAddr>,
}

impl Rtcp {
    pub(super) fn parse(value: &[u8]) -> Option<Self> {
        let address = (preceded(space1, word), preceded(space1, word), preceded(space1, word));
        let parsed: IResult<&[u8], _> = (number::<u16>, opt(address)).parse(value);
        let (_, (port, address)) = parsed.ok()?;
        Some(Self { port, ip: address.and_then(|(_, _, text)| ip(text)) })
    }
}

/// `a=candidate:1 1 UDP 2130706431 10.0.1.1 8998 typ host` (RFC 8839 section 5.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Candidate<'a> {
    /// 1 is RTP, 2 RTCP.
    pub component: u16,
    /// `UDP` or `TCP`, as sent.
    pub transport: &'a [u8],
    /// The address as sent: a literal, or an mDNS name.
    pub address: &'a [u8],
    /// The port.
    pub port: u16,
    /// `host`, `srflx`, `prflx` or `relay`, as sent.
    pub kind: &'a [u8],
}

impl<'a> Candidate<'a> {
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let parsed: IResult<&[u8], _> = (
            word,
            preceded(space1, number::<u16>),
            preceded(space1, word),
            preceded(space1, number::<u64>),
            preceded(space1, word),
            preceded(space1, number::<u16>),
            preceded((space1, nom::bytes::complete::tag("typ"), space1), word),
            space0,
        )
            .parse(value);
        let (_, (_, component, transport, _, address, port, kind, _)) = parsed.ok()?;
        Some(Self { component, transport, address, port, kind })
    }

    /// The address and port, if the address is a literal.
    pub fn endpoint(&self) -> Option<Endpoint> {
        ip(self.address).map(|ip| Endpoint::new(ip, self.port))
    }
}

/// `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:...` (RFC 4568 section 9.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Crypto<'a> {
    /// The tag by which an answer refers to the offer.
    pub tag: u32,
    /// The crypto suite.
    pub suite: &'a [u8],
    /// The key parameters.
    pub keys: &'a [u8],
}

impl<'a> Crypto<'a> {
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let parsed: IResult<&[u8], _> =
            (number::<u32>, preceded(space1, word), preceded(space1, nom::combinator::rest))
                .parse(value);
        let (_, (tag, suite, keys)) = parsed.ok()?;
        Some(Self { tag, suite, keys })
    }
}

/// `a=fingerprint:sha-256 12:DF:...` (RFC 8122 section 5).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fingerprint<'a> {
    /// The hash function.
    pub hash: &'a [u8],
    /// The fingerprint in hexadecimal with colons.
    pub value: &'a [u8],
}

impl<'a> Fingerprint<'a> {
    pub(super) fn parse(value: &'a [u8]) -> Option<Self> {
        let parsed: IResult<&[u8], _> = (word, preceded(space1, word)).parse(value);
        let (_, (hash, value)) = parsed.ok()?;
        Some(Self { hash, value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn maps_are_read_or_refused() {
        let map = RtpMap::parse(b"96 opus/48000/2").unwrap();
        assert_eq!(
            (map.payload_type, map.name, map.clock_hz, map.channels),
            (96, &b"opus"[..], 48_000, 2)
        );
        assert_eq!(RtpMap::parse(b"0 PCMU/8000 ").unwrap().channels, 1);
        for bad in [
            &b"96"[..],
            b"96 opus",
            b"96 opus/0",
            b"300 opus/8000",
            b"x opus/8000",
            b"96 opus/99999999999",
        ] {
            assert_eq!(RtpMap::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn candidates_of_every_type_are_read() {
        let host =
            Candidate::parse(b"1 2 udp 1 2001:db8::1 9 typ srflx raddr 10.0.0.1 rport 8").unwrap();
        assert_eq!((host.component, host.kind, host.port), (2, &b"srflx"[..], 9));
        assert_eq!(host.endpoint().unwrap().to_string(), "[2001:db8::1]:9");
        let hidden = Candidate::parse(b"1 1 UDP 1 4f3c.local 9 typ host").unwrap();
        assert_eq!(hidden.endpoint(), None);
        assert_eq!(Candidate::parse(b"1 1 UDP 1 10.0.0.1"), None);
    }
}
