//! A frame's way through link, IP and transport to the bytes that a peer sent.

use super::bytes::{be16, be32};
use super::ip;
use super::link::{self, Next};
use super::malformed::Malformed;
use crate::base::flow::{Endpoint, Flow};
use crate::base::frame::{Frame, Link};

/// What the IP header says beside the addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IpFacts {
    /// IPv4 identification, or the flow label of IPv6.
    pub id: u32,
    /// Time to live, or the hop limit of IPv6.
    pub ttl: u8,
    /// The octet of differentiated services and congestion notification.
    pub traffic_class: u8,
    /// Length of the IP packet in bytes, its header included, as the header
    /// says; where it says nothing (segmentation offload), as captured.
    pub len: u32,
}

impl IpFacts {
    /// The differentiated services code point (RFC 2474), 0..63.
    pub const fn dscp(self) -> u8 {
        self.traffic_class >> 2
    }
}

/// A UDP datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Datagram<'a> {
    /// From whom to whom.
    pub flow: Flow,
    /// What was captured of the payload.
    pub payload: &'a [u8],
    /// Bytes of payload that the capture cut off.
    pub missing: u32,
    /// Facts of the IP header.
    pub ip: IpFacts,
}

/// The TCP flags that reassembly needs.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct TcpFlags {
    /// Synchronise: the sequence number is the one before the first byte.
    pub syn: bool,
    /// Finish: no bytes after these.
    pub fin: bool,
    /// Reset: the connection is over.
    pub rst: bool,
}

/// A TCP segment.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Segment<'a> {
    /// From whom to whom.
    pub flow: Flow,
    /// Sequence number of the payload's first byte (of the SYN when set).
    pub seq: u32,
    /// Flags.
    pub flags: TcpFlags,
    /// What was captured of the payload.
    pub payload: &'a [u8],
    /// Bytes of payload that the capture cut off.
    pub missing: u32,
    /// Facts of the IP header.
    pub ip: IpFacts,
}

/// What a frame holds, still borrowing it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decoded<'a> {
    /// A UDP datagram.
    Udp(Datagram<'a>),
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// A protocol that carries no calls.
    Foreign,
}

/// Reads a frame down to its transport payload.
///
/// # Errors
/// Why it cannot be read.
pub fn decode<'a>(frame: &Frame<'a>) -> Result<Decoded<'a>, Malformed> {
    if frame.link == Link::Ethernet
        && let Some(datagram) = plain_ipv4_udp(frame.bytes)
    {
        return Ok(Decoded::Udp(datagram));
    }
    decode_any(frame)
}

/// The general path, which reads every link and header form.
fn decode_any<'a>(frame: &Frame<'a>) -> Result<Decoded<'a>, Malformed> {
    let (next, at) = link::strip(frame.link, frame.bytes)?;
    match next {
        Next::Ip => ip::decode(frame.bytes.get(at..).unwrap_or_default(), at),
        Next::Foreign => Ok(Decoded::Foreign),
    }
}

const ETHERNET: usize = 14;
const IPV4: usize = 20;
const UDP_AT: usize = ETHERNET + IPV4;
const PAYLOAD_AT: usize = UDP_AT + ip::UDP_HEADER;

/// The form of nearly every media packet: Ethernet, IPv4 without options or
/// fragmentation, UDP, wholly captured. Anything else is `None` and left to
/// [`decode_any`]; a property test holds both equal.
#[inline]
fn plain_ipv4_udp(bytes: &[u8]) -> Option<Datagram<'_>> {
    let headers: &[u8; PAYLOAD_AT] = bytes.first_chunk()?;
    let [.., 0x08, 0x00] = headers[..ETHERNET] else { return None };
    let ip = headers.get(ETHERNET..UDP_AT)?;
    // Version 4 with a header of 20 bytes; protocol 17; neither offset nor
    // "more fragments".
    if ip[0] != 0x45 || ip[9] != 17 || be16(ip, 6)? & 0x3fff != 0 {
        return None;
    }
    let total = be16(ip, 2)?;
    let length = be16(headers, UDP_AT + 4)?;
    let (total_end, payload_end) = (ETHERNET + usize::from(total), UDP_AT + usize::from(length));
    if usize::from(length) < ip::UDP_HEADER || payload_end > total_end || total_end > bytes.len() {
        return None;
    }
    let payload = bytes.get(PAYLOAD_AT..payload_end)?;
    Some(Datagram {
        flow: Flow::new(
            Endpoint::new(be32(ip, 12)?.to_be_bytes().into(), be16(headers, UDP_AT)?),
            Endpoint::new(be32(ip, 16)?.to_be_bytes().into(), be16(headers, UDP_AT + 2)?),
        ),
        payload,
        missing: 0,
        ip: IpFacts {
            id: u32::from(be16(ip, 4)?),
            ttl: ip[8],
            traffic_class: ip[1],
            len: u32::from(total),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::FrameNo;
    use crate::base::time::Timestamp;
    use crate::wire::malformed::Reason;
    use proptest::prelude::*;

    fn frame(link: Link, bytes: &[u8]) -> Frame<'_> {
        Frame {
            no: FrameNo::new(0, 1),
            at: Timestamp::default(),
            link,
            wire_len: u32::try_from(bytes.len()).unwrap(),
            bytes,
        }
    }

    fn ethernet_ipv4_udp(payload: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        etherparse::PacketBuilder::ethernet2([1; 6], [2; 6])
            .ipv4([192, 0, 2, 1], [192, 0, 2, 2], 64)
            .udp(4000, 5000)
            .write(&mut bytes, payload)
            .unwrap();
        bytes
    }

    #[test]
    fn a_plain_datagram_takes_the_fast_path() {
        let mut bytes = ethernet_ipv4_udp(b"hello");
        bytes[15] = 0xb8;
        bytes.extend([0; 7]); // Ethernet padding is not payload
        let fast = plain_ipv4_udp(&bytes).unwrap();
        assert_eq!(fast.payload, b"hello");
        assert_eq!(fast.flow.src.to_string(), "192.0.2.1:4000");
        assert_eq!((fast.ip.dscp(), fast.ip.ttl, fast.ip.len), (46, 64, 33));
        assert_eq!(decode_any(&frame(Link::Ethernet, &bytes)), Ok(Decoded::Udp(fast)));
    }

    #[test]
    fn a_cut_datagram_says_how_much_is_missing() {
        let bytes = ethernet_ipv4_udp(&[7; 100]);
        let cut = frame(Link::Ethernet, &bytes[..bytes.len() - 60]);
        let Ok(Decoded::Udp(datagram)) = decode(&cut) else { panic!("not a datagram") };
        assert_eq!((datagram.payload.len(), datagram.missing), (40, 60));
    }

    #[test]
    fn tcp_and_ipv6_are_read_without_ethernet() {
        let mut bytes = Vec::new();
        etherparse::PacketBuilder::ipv6([1; 16], [2; 16], 9)
            .tcp(5060, 5061, 77, 1024)
            .syn()
            .write(&mut bytes, b"abc")
            .unwrap();
        let Ok(Decoded::Tcp(segment)) = decode(&frame(Link::RawIp, &bytes)) else {
            panic!("not TCP")
        };
        assert_eq!((segment.seq, segment.payload, segment.missing), (77, &b"abc"[..], 0));
        assert_eq!(segment.flags, TcpFlags { syn: true, ..TcpFlags::default() });
        let Ok(Decoded::Tcp(cut)) = decode(&frame(Link::RawIp, &bytes[..bytes.len() - 2])) else {
            panic!("not TCP")
        };
        assert_eq!((cut.payload, cut.missing), (&b"a"[..], 2));
    }

    #[test]
    fn what_cannot_be_read_has_its_reason() {
        let reason =
            |link, bytes: &[u8]| decode(&frame(link, bytes)).map(|_| ()).map_err(|m| m.reason);
        assert_eq!(reason(Link::RawIp, &[]), Err(Reason::IpTruncated));
        assert_eq!(reason(Link::RawIp, &[0x45; 10]), Err(Reason::IpTruncated));
        assert_eq!(reason(Link::RawIp, &[0x10; 40]), Err(Reason::IpBadHeader));
        let bytes = ethernet_ipv4_udp(b"x");
        let mut fragment = bytes.clone();
        fragment[20] = 0x20; // more fragments
        assert_eq!(reason(Link::Ethernet, &fragment), Err(Reason::IpFragment));
        let mut short = bytes.clone();
        short[39] = 3; // UDP length below its header
        assert_eq!(reason(Link::Ethernet, &short), Err(Reason::UdpBadHeader));
        assert_eq!(reason(Link::Ethernet, &bytes[..38]), Err(Reason::UdpBadHeader));
    }

    proptest! {
        /// The fast path never says anything that the general path does not.
        #[test]
        fn the_fast_path_equals_the_general_one(
            payload in proptest::collection::vec(any::<u8>(), 0..60),
            flips in proptest::collection::vec((0_usize..60, any::<u8>()), 0..6),
            cut in 0_usize..20,
        ) {
            let mut bytes = ethernet_ipv4_udp(&payload);
            for (at, value) in flips {
                if let Some(byte) = bytes.get_mut(at) { *byte = value; }
            }
            bytes.truncate(bytes.len().saturating_sub(cut / 2));
            if let Some(fast) = plain_ipv4_udp(&bytes) {
                prop_assert_eq!(decode_any(&frame(Link::Ethernet, &bytes)), Ok(Decoded::Udp(fast)));
            }
        }

        /// Any bytes on any link are read or refused, never a panic.
        #[test]
        fn any_bytes_are_survived(link in 0_u16..300, bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = decode(&frame(Link::from_number(link), &bytes));
        }
    }
}
