//! A frame's way through links, tunnels, IP and transport to the bytes that a
//! peer sent.

use super::bytes::{be16, be32};
use super::icmp::IcmpError;
use super::ip::{self, IpHeader};
use super::layer::{self, Inside, Next};
use super::malformed::Malformed;
use super::tunnel;
use crate::base::flow::{Endpoint, Flow};
use crate::base::frame::{Frame, Link};

/// What an IP packet came wrapped in, innermost.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Tunnel {
    /// Nothing: it is the frame's own packet.
    #[default]
    None,
    /// IP in IP, of either version (RFC 2003, RFC 4213).
    Ip,
    /// GRE, ERSPAN and PPTP included.
    Gre,
    /// MPLS.
    Mpls,
    /// PPPoE, or PPP of another kind.
    Ppp,
    /// VXLAN.
    Vxlan,
    /// GENEVE.
    Geneve,
    /// GTP-U.
    GtpU,
    /// Teredo.
    Teredo,
    /// L2TP, version 2 or 3.
    L2tp,
    /// TZSP.
    Tzsp,
    /// ESP with the null cipher.
    Esp,
    /// HEP.
    Hep,
}

impl Tunnel {
    /// The name in reports; `None` for no tunnel.
    pub const fn name(self) -> Option<&'static str> {
        match self {
            Self::None => None,
            Self::Ip => Some("ip-in-ip"),
            Self::Gre => Some("gre"),
            Self::Mpls => Some("mpls"),
            Self::Ppp => Some("ppp"),
            Self::Vxlan => Some("vxlan"),
            Self::Geneve => Some("geneve"),
            Self::GtpU => Some("gtp-u"),
            Self::Teredo => Some("teredo"),
            Self::L2tp => Some("l2tp"),
            Self::Tzsp => Some("tzsp"),
            Self::Esp => Some("esp-null"),
            Self::Hep => Some("hep"),
        }
    }
}

/// What the IP header says beside the addresses.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
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
    /// What the packet came wrapped in.
    pub tunnel: Tunnel,
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

/// An SCTP packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SctpPacket<'a> {
    /// From whom to whom.
    pub flow: Flow,
    /// The chunks, for [`super::sctp::data`].
    pub chunks: &'a [u8],
    /// Facts of the IP header.
    pub ip: IpFacts,
}

/// A fragment of an IP packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fragment<'a> {
    /// The packet's header, as the fragment repeats it.
    pub header: IpHeader,
    /// What all fragments of the packet have in common.
    pub id: u32,
    /// Where in the packet's payload the fragment begins.
    pub offset: u32,
    /// Whether others follow it.
    pub more: bool,
    /// Its bytes.
    pub payload: &'a [u8],
}

/// What a frame holds, still borrowing it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Decoded<'a> {
    /// A UDP datagram.
    Udp(Datagram<'a>),
    /// A TCP segment.
    Tcp(Segment<'a>),
    /// An SCTP packet.
    Sctp(SctpPacket<'a>),
    /// A fragment of an IP packet.
    Fragment(Fragment<'a>),
    /// A report that a packet was not delivered.
    Icmp(IcmpError<'a>),
    /// A protocol that carries no calls.
    Foreign,
}

/// Reads a frame down to its transport payload.
///
/// # Errors
/// Why it cannot be read.
#[inline]
pub fn decode<'a>(frame: &Frame<'a>) -> Result<Decoded<'a>, Malformed> {
    plain(frame).map_or_else(|| decode_any(frame), |datagram| Ok(Decoded::Udp(datagram)))
}

/// The datagram of a frame that has nothing but Ethernet, IPv4 and UDP around it, as most
/// have: what [`decode`] finds in it too.
#[inline]
pub fn plain<'a>(frame: &Frame<'a>) -> Option<Datagram<'a>> {
    if frame.link == Link::Ethernet { plain_ipv4_udp(frame.bytes) } else { None }
}

/// The general path, which reads every link, tunnel and header form.
fn decode_any<'a>(frame: &Frame<'a>) -> Result<Decoded<'a>, Malformed> {
    layer::walk(Next::Link(frame.link), frame.bytes, 0, Tunnel::None)
}

/// Reads the payload of an IP packet that was put together from fragments.
///
/// # Errors
/// Why it cannot be read.
pub fn decode_payload<'a>(header: &IpHeader, payload: &'a [u8]) -> Result<Decoded<'a>, Malformed> {
    match ip::transport(header, payload, 0, 0)? {
        Inside::Decoded(decoded) => Ok(decoded),
        Inside::Tunnel(tunnel, next, bytes, at) => layer::walk(next, bytes, at, tunnel),
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
    let (sport, dport) = (be16(headers, UDP_AT)?, be16(headers, UDP_AT + 2)?);
    // No tunnel's payload begins as RTP does.
    if !matches!(payload.first(), Some(128..=191)) && tunnel::may_be_tunnel(sport, dport) {
        return None;
    }
    Some(Datagram {
        flow: Flow::new(
            Endpoint::new(be32(ip, 12)?.to_be_bytes().into(), sport),
            Endpoint::new(be32(ip, 16)?.to_be_bytes().into(), dport),
        ),
        payload,
        missing: 0,
        ip: IpFacts {
            id: u32::from(be16(ip, 4)?),
            ttl: ip[8],
            traffic_class: ip[1],
            len: u32::from(total),
            tunnel: Tunnel::None,
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

    pub(super) fn frame(link: Link, bytes: &[u8]) -> Frame<'_> {
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

    /// An IPv4 header of a protocol before a payload.
    fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
        let header = etherparse::Ipv4Header::new(
            u16::try_from(payload.len()).unwrap(),
            64,
            etherparse::IpNumber(protocol),
            [198, 51, 100, 1],
            [198, 51, 100, 2],
        );
        [&header.unwrap().to_bytes()[..], payload].concat()
    }

    fn udp(sport: u16, dport: u16, payload: &[u8]) -> Vec<u8> {
        let length = u16::try_from(payload.len() + 8).unwrap();
        [sport.to_be_bytes(), dport.to_be_bytes(), length.to_be_bytes(), [0, 0]]
            .concat()
            .into_iter()
            .chain(payload.iter().copied())
            .collect()
    }

    #[test]
    fn tunnels_lead_to_the_datagram_inside() {
        let inner_frame = ethernet_ipv4_udp(b"hello");
        let inner_ip = &inner_frame[14..];
        let ethernet =
            |ethertype: u16, rest: &[u8]| [&[0; 12][..], &ethertype.to_be_bytes(), rest].concat();
        let pppoe = [&[0x11, 0, 0, 1, 0, 0, 0, 0x21][..], inner_ip].concat();
        let mpls = [&[0, 0, 0x10, 64, 0, 0, 0x21, 64][..], inner_ip].concat();
        let pseudowire = [&[0, 0, 0x11, 64, 0, 0, 0, 0][..], &inner_frame].concat();
        let snap = [&[0, 45, 0xaa, 0xaa, 3, 0, 0, 0, 8, 0][..], inner_ip].concat();
        let gtp = [&[0x30, 255, 0, 0, 0, 0, 0, 1][..], inner_ip].concat();
        let vxlan = [&[8, 0, 0, 0, 0, 0, 1, 0][..], &inner_frame].concat();
        let esp_body =
            [&[0, 0, 0, 1, 0, 0, 0, 1][..], &udp(4000, 5000, b"hello"), &[1, 2, 2, 17], &[9; 12]]
                .concat();
        let frames: Vec<(Link, Vec<u8>)> = vec![
            (Link::Ethernet, ethernet(0x8864, &pppoe)),
            (Link::Ethernet, ethernet(0x8847, &mpls)),
            (Link::Ethernet, ethernet(0x8847, &pseudowire)),
            (Link::Ethernet, [&[0; 12][..], &snap].concat()),
            (
                Link::Ethernet,
                ethernet(0x88e5, &[&[0x00, 0, 0, 0, 0, 1, 8, 0][..], inner_ip].concat()),
            ),
            (Link::RawIp, ipv4(4, inner_ip)),
            (Link::RawIp, ipv4(47, &[&[0, 0, 8, 0][..], inner_ip].concat())),
            (Link::RawIp, ipv4(17, &udp(2152, 2152, &gtp))),
            (Link::RawIp, ipv4(17, &udp(9, 4789, &vxlan))),
            (Link::Ethernet, ethernet(0x0800, &ipv4(17, &udp(9, 4789, &vxlan)))),
            (Link::RawIp, ipv4(50, &esp_body)),
            (Link::Ppp, [&[0xff, 3, 0, 0x21][..], inner_ip].concat()),
            (Link::PppEther, pppoe.clone()),
            (Link::CiscoHdlc, [&[0x0f, 0, 8, 0][..], inner_ip].concat()),
        ];
        for (link, bytes) in &frames {
            let decoded = decode(&frame(*link, bytes));
            let Ok(Decoded::Udp(datagram)) = decoded else {
                panic!("{link:?} {bytes:02x?}: {decoded:?}")
            };
            assert_eq!(
                (datagram.flow.src.port, datagram.payload),
                (4000, &b"hello"[..]),
                "{link:?}"
            );
        }
    }

    #[test]
    fn nesting_ends() {
        let mut bytes = vec![0x45; 1];
        for _ in 0..200 {
            bytes = ipv4(4, &bytes);
        }
        assert_eq!(
            decode(&frame(Link::RawIp, &bytes)).map_err(|m| m.reason),
            Err(Reason::LinkTooDeep)
        );
    }

    #[test]
    fn icmp_errors_quote_their_packet() {
        let quoted = ipv4(17, &udp(5060, 5061, b"INVITE"));
        let icmp = [&[3, 3, 0, 0, 0, 0, 0, 0][..], &quoted[..quoted.len() - 2]].concat();
        let bytes = ipv4(1, &icmp);
        let Ok(Decoded::Icmp(error)) = decode(&frame(Link::RawIp, &bytes)) else {
            panic!("no error")
        };
        assert_eq!((error.why.text(), error.quoted), ("port unreachable", &b"INVI"[..]));
        assert_eq!((error.flow.src.port, error.flow.dst.port), (5060, 5061));
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
        assert_eq!(reason(Link::Ethernet, &fragment), Ok(()));
        assert!(
            matches!(decode(&frame(Link::Ethernet, &fragment)), Ok(Decoded::Fragment(f)) if f.more)
        );
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
