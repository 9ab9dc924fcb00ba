//! HEP, the Homer Encapsulation Protocol (versions 1, 2 and 3, the last also
//! called EEP): packets that a server mirrors, with their own addresses and times.

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
    /// Its IP protocol: 17 UDP, 6 TCP, 132 SCTP.
    pub protocol: u8,
    /// What the payload is: 1 SIP, 4 RTP, 5 RTCP, 34 an RTP report, 35 ... ;
    /// versions before 3 mirror SIP only.
    pub kind: u8,
    /// The payload.
    pub payload: &'a [u8],
    /// Whether the payload is compressed (zlib).
    pub compressed: bool,
    /// The id by which the mirroring server relates packets of other protocols to a call.
    pub correlation: Option<&'a [u8]>,
    /// The number of the capturing agent.
    pub agent: Option<u32>,
}

/// Payload kinds that are read.
pub mod kind {
    /// SIP
    pub const SIP: u8 = 1;
    /// RTP
    pub const RTP: u8 = 4;
    /// RTCP
    pub const RTCP: u8 = 5;
}

const MAGIC: &[u8; 4] = b"HEP3";
const CHUNK_HEADER: usize = 6;

/// Reads a datagram's payload; `None` when it is no HEP.
pub fn parse(bytes: &[u8]) -> Option<Hep<'_>> {
    match bytes.first()? {
        b'H' => version_3(bytes),
        1 | 2 => version_1_or_2(bytes),
        _ => None,
    }
}

fn version_3(bytes: &[u8]) -> Option<Hep<'_>> {
    let length = usize::from(be16(bytes, 4)?);
    if !bytes.starts_with(MAGIC) || length < CHUNK_HEADER {
        return None;
    }
    let mut chunks = bytes.get(CHUNK_HEADER..length).unwrap_or(from(bytes, CHUNK_HEADER)?);
    let (mut src, mut dst, mut ports) = (None, None, (0, 0));
    let (mut seconds, mut micros) = (None, 0);
    let (mut protocol, mut kind, mut payload, mut compressed) = (17, 0, None, false);
    let (mut correlation, mut agent) = (None, None);
    while let (Some(vendor), Some(chunk), Some(length)) =
        (be16(chunks, 0), be16(chunks, 2), be16(chunks, 4))
    {
        let length = usize::from(length).max(CHUNK_HEADER);
        let value = chunks.get(CHUNK_HEADER..length).unwrap_or_default();
        // Chunks of other vendors are theirs to know.
        match if vendor == 0 { chunk } else { 0 } {
            2 => protocol = *value.first()?,
            3 => src = ipv4(value),
            4 => dst = ipv4(value),
            5 => src = ipv6(value),
            6 => dst = ipv6(value),
            7 => ports.0 = be16(value, 0)?,
            8 => ports.1 = be16(value, 0)?,
            9 => seconds = be32(value, 0),
            10 => micros = be32(value, 0)?,
            11 => kind = *value.first()?,
            12 => agent = be32(value, 0),
            15 => payload = Some(value),
            16 => (payload, compressed) = (Some(value), true),
            17 => correlation = Some(value),
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
    })
}

/// Versions 1 and 2: a fixed header, whose second octet is its length, then the
/// addresses, and in version 2 the time and the agent in the sender's byte
/// order, which in practice is little-endian.
fn version_1_or_2(bytes: &[u8]) -> Option<Hep<'_>> {
    let [version, length, family, protocol] = *bytes.first_chunk()?;
    let ports = (be16(bytes, 4)?, be16(bytes, 6)?);
    let addresses = from(bytes, 8)?;
    let (src, dst, size) = match family {
        2 => (ipv4(addresses)?, ipv4(from(addresses, 4)?)?, 8),
        10 => (ipv6(addresses)?, ipv6(from(addresses, 16)?)?, 32),
        _ => return None,
    };
    if usize::from(length) != 8 + size || !matches!(protocol, 6 | 17 | 132) {
        return None;
    }
    let mut at = usize::from(length);
    let (mut time, mut agent) = (None, None);
    if version == 2 {
        let little = |at| bytes.get(at..)?.first_chunk().map(|b| u32::from_le_bytes(*b));
        time = Some(moment(little(at)?, little(at + 4)?));
        agent = bytes.get(at + 8..)?.first_chunk().map(|b| u32::from(u16::from_le_bytes(*b)));
        at += 12;
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
