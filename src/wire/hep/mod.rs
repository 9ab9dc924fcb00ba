//! HEP, the Homer Encapsulation Protocol (versions 1, 2 and 3, the last also
//! called EEP): packets that a server mirrors, with their own addresses and times.

pub mod media_report;
pub mod rtcp_json;
pub mod write;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::bytes::{be16, be32, from};
use crate::base::flow::{Endpoint, Flow};
use crate::base::time::Timestamp;

/// A mirrored packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Hep<'a> {
    /// The version, 1 to 3.
    pub version: u8,
    /// From whom to whom the mirrored packet went.
    pub flow: Flow,
    /// When, if the packet says (version 1 does not).
    pub at: Option<Timestamp>,
    /// Its IP protocol: 17 UDP, 6 TCP, 132 SCTP; [`TLS`] over TCP.
    pub protocol: u8,
    /// What the payload is, a number of [`kind`]; versions before 3 mirror SIP only.
    pub kind: u8,
    /// The payload.
    pub payload: &'a [u8],
    /// Whether the payload is compressed (zlib).
    pub compressed: bool,
    /// The id by which the mirroring server relates packets of other protocols to a call.
    pub correlation: Option<&'a [u8]>,
    /// The number of the capturing agent.
    pub agent: Option<u32>,
    /// The key by which the agent is known to the collector.
    pub key: Option<&'a [u8]>,
    /// The octet of differentiated services of the packet's IP header.
    pub traffic_class: Option<u8>,
}

/// Payload kinds that are read; others (SDP, MGCP, logs, call detail records and
/// so on) are counted.
pub mod kind {
    /// SIP.
    pub const SIP: u8 = 1;
    /// RTP.
    pub const RTP: u8 = 4;
    /// RTCP: as it was sent, or its meaning as JSON.
    pub const RTCP: u8 = 5;
    /// An agent's report of a stream, as JSON.
    pub const RTP_REPORT: u8 = 34;
    /// The same in short, as JSON.
    pub const SHORT_RTP_REPORT: u8 = 35;
}

/// Chunk types of version 3, of the generic vendor 0.
mod chunk {
    pub(super) const FAMILY: u16 = 1;
    pub(super) const PROTOCOL: u16 = 2;
    pub(super) const SRC_V4: u16 = 3;
    pub(super) const DST_V4: u16 = 4;
    pub(super) const SRC_V6: u16 = 5;
    pub(super) const DST_V6: u16 = 6;
    pub(super) const SRC_PORT: u16 = 7;
    pub(super) const DST_PORT: u16 = 8;
    pub(super) const SECONDS: u16 = 9;
    pub(super) const MICROS: u16 = 10;
    pub(super) const KIND: u16 = 11;
    pub(super) const AGENT: u16 = 12;
    pub(super) const KEY: u16 = 14;
    pub(super) const PAYLOAD: u16 = 15;
    pub(super) const COMPRESSED: u16 = 16;
    pub(super) const CORRELATION: u16 = 17;
    pub(super) const TRAFFIC_CLASS: u16 = 24;
}

/// With what a packet of version 3 begins.
pub const MAGIC: &[u8; 4] = b"HEP3";
/// A chunk's vendor, type and length; a packet's magic and length are as long.
pub const HEADER: usize = 6;
const CHUNK_HEADER: usize = HEADER;

/// The length of the packet of version 3 that `bytes` begin with, as its header
/// says; `None` while there are too few bytes or when this is no such packet. On a
/// connection packets follow each other without anything between them.
pub fn length(bytes: &[u8]) -> Option<usize> {
    let length = usize::from(be16(bytes, 4)?);
    (bytes.starts_with(MAGIC) && length >= HEADER).then_some(length)
}

/// Reads a datagram's payload; `None` when it is no HEP.
pub fn parse(bytes: &[u8]) -> Option<Hep<'_>> {
    match bytes.first()? {
        b'H' => version_3(bytes),
        1 | 2 => version_1_or_2(bytes),
        _ => None,
    }
}

fn version_3(bytes: &[u8]) -> Option<Hep<'_>> {
    let length = length(bytes)?;
    let mut chunks = bytes.get(CHUNK_HEADER..length).unwrap_or(from(bytes, CHUNK_HEADER)?);
    let (mut src, mut dst, mut ports) = (None, None, (0, 0));
    let (mut seconds, mut micros) = (None, 0);
    let (mut protocol, mut kind, mut payload, mut compressed) = (17, 0, None, false);
    let (mut correlation, mut agent, mut key, mut traffic_class) = (None, None, None, None);
    while let (Some(vendor), Some(number), Some(length)) =
        (be16(chunks, 0), be16(chunks, 2), be16(chunks, 4))
    {
        let length = usize::from(length).max(CHUNK_HEADER);
        let value = chunks.get(CHUNK_HEADER..length).unwrap_or_default();
        // Chunks of other vendors are theirs to know.
        match if vendor == 0 { number } else { 0 } {
            chunk::PROTOCOL => protocol = *value.first()?,
            chunk::SRC_V4 => src = ipv4(value),
            chunk::DST_V4 => dst = ipv4(value),
            chunk::SRC_V6 => src = ipv6(value),
            chunk::DST_V6 => dst = ipv6(value),
            chunk::SRC_PORT => ports.0 = be16(value, 0)?,
            chunk::DST_PORT => ports.1 = be16(value, 0)?,
            chunk::SECONDS => seconds = be32(value, 0),
            chunk::MICROS => micros = be32(value, 0)?,
            chunk::KIND => kind = *value.first()?,
            chunk::AGENT => agent = be32(value, 0),
            chunk::KEY => key = Some(value),
            chunk::PAYLOAD => payload = Some(value),
            chunk::COMPRESSED => (payload, compressed) = (Some(value), true),
            chunk::CORRELATION => correlation = Some(value),
            chunk::TRAFFIC_CLASS => traffic_class = value.first().copied(),
            _ => {}
        }
        chunks = from(chunks, length).unwrap_or_default();
    }
    Some(Hep {
        version: 3,
        flow: Flow::new(Endpoint::new(src?, ports.0), Endpoint::new(dst?, ports.1)),
        at: seconds.map(|seconds| moment(seconds, micros)),
        protocol,
        kind,
        payload: payload?,
        compressed,
        correlation,
        agent,
        key,
        traffic_class,
    })
}

/// The number that FreeSWITCH gives to TLS: that of XNS IDP.
pub const TLS: u8 = 22;
/// Time and agent of version 2, padded to a multiple of four octets.
const TIME: usize = 12;

/// Versions 1 and 2: a fixed header, whose second octet is its length, then the
/// addresses, and in version 2 the time and the agent in the sender's byte
/// order, which in practice is little-endian. FreeSWITCH counts these among the
/// header's length, others do not.
fn version_1_or_2(bytes: &[u8]) -> Option<Hep<'_>> {
    let [version, length, family, protocol] = *bytes.first_chunk()?;
    let ports = (be16(bytes, 4)?, be16(bytes, 6)?);
    let addresses = from(bytes, 8)?;
    let (src, dst, size) = match family {
        2 => (ipv4(addresses)?, ipv4(from(addresses, 4)?)?, 8),
        // AF_INET6 of Linux, FreeBSD and macOS.
        10 | 28 | 30 => (ipv6(addresses)?, ipv6(from(addresses, 16)?)?, 32),
        _ => return None,
    };
    let mut at = 8 + size;
    let length = usize::from(length);
    let fits = length == at || version == 2 && length == at + TIME;
    if !fits || !matches!(protocol, 6 | 17 | TLS | 132) {
        return None;
    }
    let (mut time, mut agent) = (None, None);
    if version == 2 {
        let little = |at| bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b));
        time = Some(moment(little(at)?, little(at + 4)?));
        agent = bytes.get(at + 8..)?.first_chunk().map(|b| u32::from(u16::from_le_bytes(*b)));
        at += TIME;
    }
    Some(Hep {
        version,
        flow: Flow::new(Endpoint::new(src, ports.0), Endpoint::new(dst, ports.1)),
        at: time,
        protocol,
        kind: kind::SIP,
        payload: from(bytes, at)?,
        compressed: false,
        correlation: None,
        agent,
        key: None,
        traffic_class: None,
    })
}

fn moment(seconds: u32, micros: u32) -> Timestamp {
    Timestamp::from_micros(i64::from(seconds) * 1_000_000 + i64::from(micros))
}

fn ipv4(bytes: &[u8]) -> Option<IpAddr> {
    be32(bytes, 0).map(|address| Ipv4Addr::from_bits(address).into())
}

fn ipv6(bytes: &[u8]) -> Option<IpAddr> {
    bytes.first_chunk::<16>().map(|address| Ipv6Addr::from(*address).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chunk(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(value.len() + CHUNK_HEADER).unwrap();
        [&[0, 0][..], &kind.to_be_bytes(), &length.to_be_bytes(), value].concat()
    }

    fn version_3_packet() -> Vec<u8> {
        let chunks = [
            chunk(1, &[2]),
            chunk(2, &[6]),
            chunk(3, &[192, 0, 2, 1]),
            chunk(4, &[192, 0, 2, 2]),
            chunk(7, &[0x13, 0xc4]),
            chunk(8, &[0x13, 0xc5]),
            chunk(9, &[0x58, 0x4d, 0x3c, 0x58]),
            chunk(10, &[0, 0, 0, 100]),
            chunk(11, &[1]),
            chunk(12, &[0, 0, 0, 7]),
            chunk(17, b"call-1"),
            chunk(15, b"OPTIONS sip:a SIP/2.0\r\n\r\n"),
        ]
        .concat();
        let length = u16::try_from(chunks.len() + CHUNK_HEADER).unwrap();
        [&MAGIC[..], &length.to_be_bytes(), &chunks].concat()
    }

    #[test]
    fn version_3_is_read() {
        let bytes = version_3_packet();
        let hep = parse(&bytes).unwrap();
        assert_eq!(hep.flow.src.to_string(), "192.0.2.1:5060");
        assert_eq!(hep.flow.dst.to_string(), "192.0.2.2:5061");
        assert_eq!(hep.at, Some(Timestamp::from_micros(1_481_456_728_000_100)));
        assert_eq!((hep.protocol, hep.kind, hep.agent), (6, kind::SIP, Some(7)));
        assert_eq!(hep.correlation, Some(&b"call-1"[..]));
        assert!(hep.payload.starts_with(b"OPTIONS"));
    }

    #[test]
    fn versions_1_and_2_are_read() {
        let mut bytes = vec![1, 16, 2, 17, 0x13, 0xc4, 0x13, 0xc5, 192, 0, 2, 1, 192, 0, 2, 2];
        bytes.extend(b"SIP/2.0 200 OK");
        let hep = parse(&bytes).unwrap();
        assert_eq!((hep.version, hep.at, hep.payload), (1, None, &b"SIP/2.0 200 OK"[..]));
        bytes[0] = 2;
        bytes.splice(16..16, [1, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0]);
        let hep = parse(&bytes).unwrap();
        assert_eq!((hep.at, hep.agent), (Some(Timestamp::from_micros(1_000_002)), Some(9)));
        assert_eq!(hep.payload, b"SIP/2.0 200 OK");
        bytes[1] = 17;
        assert_eq!(parse(&bytes), None);
    }

    proptest! {
        #[test]
        fn mutated_packets_are_survived(flips in proptest::collection::vec((0_usize..200, any::<u8>()), 0..8), cut in 0_usize..200) {
            let mut bytes = version_3_packet();
            for (at, value) in flips {
                if let Some(byte) = bytes.get_mut(at) { *byte = value; }
            }
            bytes.truncate(cut);
            let _ = parse(&bytes);
        }
    }
}
