//! IP packets and their transports, made anew: lengths and checksums are right,
//! options and extension headers, which may name routes, are left out.

use std::net::IpAddr;

use crate::wire::bytes::{be16, be32, from};
use crate::wire::frame::IpFacts;

pub(super) const UDP: u8 = 17;
pub(super) const TCP: u8 = 6;
pub(super) const SCTP: u8 = 132;
pub(super) const ICMP: u8 = 1;
pub(super) const ICMPV6: u8 = 58;
pub(super) const ESP: u8 = 50;
/// For experiments (RFC 3692): what is behind it nobody reads.
pub(super) const NOTHING: u8 = 253;

/// Header of an IP packet: its length with all extensions, and the protocol of
/// what follows.
pub(super) fn ip_header(bytes: &[u8]) -> Option<(usize, u8)> {
    match bytes.first()? >> 4 {
        4 => Some((4 * usize::from(bytes.first()? & 0x0f), *bytes.get(9)?)),
        6 => {
            let (mut at, mut next) = (40, *bytes.get(6)?);
            for _ in 0..16 {
                let length = match next {
                    0 | 43 | 60 => 8 * (usize::from(*bytes.get(at + 1)?) + 1),
                    44 => 8,
                    51 => 4 * (usize::from(*bytes.get(at + 1)?) + 2),
                    _ => break,
                };
                next = *bytes.get(at)?;
                at += length;
            }
            Some((at, next))
        }
        _ => None,
    }
}

/// The addresses of an IP packet.
pub(super) fn ends(bytes: &[u8]) -> Option<(IpAddr, IpAddr)> {
    let v4 = |at| Some(IpAddr::from(be32(bytes, at)?.to_be_bytes()));
    let v6 = |at| from(bytes, at)?.first_chunk::<16>().map(|ip| IpAddr::from(*ip));
    match bytes.first()? >> 4 {
        4 => Some((v4(12)?, v4(16)?)),
        6 => Some((v6(8)?, v6(24)?)),
        _ => None,
    }
}

/// The beginning of a header with the marks of a packet.
pub(super) fn like(facts: IpFacts, ip: IpAddr) -> Vec<u8> {
    let class = facts.traffic_class;
    match ip {
        IpAddr::V4(_) => {
            let id = u16::try_from(facts.id & 0xffff).unwrap_or(0).to_be_bytes();
            vec![0x45, class, 0, 0, id[0], id[1], 0, 0, facts.ttl]
        }
        IpAddr::V6(_) => {
            let first = 0x6000_0000 | u32::from(class) << 20 | facts.id & 0x000f_ffff;
            [&first.to_be_bytes()[..], &[0, 0, 0, facts.ttl]].concat()
        }
    }
}

/// An IP packet between two addresses, with the marks, the identification and
/// the lifetime of another. `missing` bytes of its end were not captured.
pub(super) fn packet(
    like: &[u8],
    (src, dst): (IpAddr, IpAddr),
    protocol: u8,
    payload: &[u8],
    missing: u32,
) -> Vec<u8> {
    let missing = usize::try_from(missing).unwrap_or(0);
    // What is too long for the field is said to have no length, as packets of
    // segmentation offload are.
    let length = |length: usize| u16::try_from(length + missing).unwrap_or(0).to_be_bytes();
    let version = like.first().map(|first| first >> 4);
    let mut out = Vec::with_capacity(40 + payload.len());
    match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            let (class, id, fragment, lifetime) = match version {
                Some(4) => (byte(like, 1), be16(like, 4), byte(like, 6) & 0x40, byte(like, 8)),
                _ => (0, None, 0, 64),
            };
            out.extend([0x45, class]);
            out.extend(length(20 + payload.len()));
            out.extend(id.unwrap_or(0).to_be_bytes());
            out.extend([fragment, 0, lifetime, protocol, 0, 0]);
            out.extend(src.octets());
            out.extend(dst.octets());
            let sum = checksum(0, &out).to_be_bytes();
            out.splice(10..12, sum);
        }
        (src, dst) => {
            let (first, lifetime) = match version {
                Some(6) => (be32(like, 0).unwrap_or(0x6000_0000), byte(like, 7)),
                _ => (0x6000_0000, 64),
            };
            out.extend(first.to_be_bytes());
            out.extend(length(payload.len()));
            out.extend([protocol, lifetime]);
            for ip in [src, dst] {
                out.extend(match ip {
                    IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                    IpAddr::V6(ip) => ip.octets(),
                });
            }
        }
    }
    out.extend_from_slice(payload);
    out
}

fn byte(bytes: &[u8], at: usize) -> u8 {
    bytes.get(at).copied().unwrap_or(0)
}

/// A UDP datagram without its checksum.
pub(super) fn udp(ports: (u16, u16), payload: &[u8], missing: u32) -> Vec<u8> {
    let missing = usize::try_from(missing).unwrap_or(0);
    let length = u16::try_from(8 + payload.len() + missing).unwrap_or(0);
    let header = [ports.0, ports.1, length, 0].map(u16::to_be_bytes).concat();
    [header.as_slice(), payload].concat()
}

/// A TCP segment without its checksum: flags and window are those of another.
pub(super) fn tcp(like: &[u8], numbers: (u32, u32), payload: &[u8]) -> Vec<u8> {
    let mut out = like.get(..4).unwrap_or(&[0; 4]).to_vec();
    out.extend(numbers.0.to_be_bytes());
    out.extend(numbers.1.to_be_bytes());
    // Without urgent data there is no urgent flag.
    out.extend([0x50, byte(like, 13) & !0x20, byte(like, 14), byte(like, 15), 0, 0, 0, 0]);
    out.extend_from_slice(payload);
    out
}

/// An SCTP packet of whole messages, each a chunk of its own out of order (RFC
/// 9260 section 3.3.1), numbered from `tsn` on.
pub(super) fn sctp(like: &[u8], tsn: u32, messages: &[Vec<u8>]) -> Vec<u8> {
    let mut out = like.get(..8).unwrap_or(&[0; 8]).to_vec();
    out.extend([0; 4]);
    for (number, message) in (0..).zip(messages) {
        let length = u16::try_from(16 + message.len()).unwrap_or(u16::MAX);
        out.extend([0, 7]);
        out.extend(length.to_be_bytes());
        out.extend(tsn.wrapping_add(number).to_be_bytes());
        out.extend([0; 8]);
        out.extend_from_slice(message);
        out.resize(out.len().next_multiple_of(4), 0);
    }
    let sum = crc32c(&out).to_le_bytes();
    out.splice(8..12, sum);
    out
}

/// The checksum of SCTP (RFC 9260 appendix A).
fn crc32c(bytes: &[u8]) -> u32 {
    let step = |crc: u32, byte: &u8| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 }
        })
    };
    !bytes.iter().fold(!0, step)
}

/// Puts the checksum into a whole transport between two addresses.
pub(super) fn sum_up(transport: &mut [u8], (src, dst): (IpAddr, IpAddr), protocol: u8) {
    let at = match protocol {
        UDP => 6,
        TCP => 16,
        ICMP | ICMPV6 => 2,
        _ => return,
    };
    let mut pseudo = Vec::with_capacity(40);
    if protocol != ICMP {
        for ip in [src, dst] {
            match ip {
                IpAddr::V4(ip) => pseudo.extend(ip.octets()),
                IpAddr::V6(ip) => pseudo.extend(ip.octets()),
            }
        }
        pseudo.extend(u32::try_from(transport.len()).unwrap_or(0).to_be_bytes());
        pseudo.extend([0, 0, 0, protocol]);
    }
    let Some(place) = transport.get_mut(at..at + 2) else { return };
    place.fill(0);
    let sum = match checksum(!checksum(0, &pseudo), transport) {
        // To UDP a sum of 0 says that there is none (RFC 768).
        0 if protocol == UDP => 0xffff,
        sum => sum,
    };
    if let Some(place) = transport.get_mut(at..at + 2) {
        place.copy_from_slice(&sum.to_be_bytes());
    }
}

/// The Internet checksum (RFC 1071) of bytes behind others whose sum is known.
fn checksum(before: u16, bytes: &[u8]) -> u16 {
    let words =
        bytes.chunks(2).map(|pair| u32::from(byte(pair, 0)) << 8 | u32::from(byte(pair, 1)));
    let mut sum = words.fold(u32::from(before), |sum, word| {
        let sum = sum + word;
        (sum & 0xffff) + (sum >> 16)
    });
    sum = (sum & 0xffff) + (sum >> 16);
    !u16::try_from(sum & 0xffff).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_and_sums_are_as_etherparse_makes_them() {
        let ends = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let mut expected = Vec::new();
        etherparse::PacketBuilder::ipv4([192, 0, 2, 1], [192, 0, 2, 2], 64)
            .udp(4000, 5000)
            .write(&mut expected, b"hello")
            .unwrap();
        let mut transport = udp((4000, 5000), b"hello", 0);
        sum_up(&mut transport, ends, UDP);
        assert_eq!(packet(&expected, ends, UDP, &transport, 0), expected);
        let mut expected = Vec::new();
        etherparse::PacketBuilder::ipv6([1; 16], [2; 16], 64)
            .tcp(4000, 5000, 7, 0)
            .write(&mut expected, b"hello")
            .unwrap();
        let ends = (IpAddr::from([1; 16]), IpAddr::from([2; 16]));
        let mut transport = tcp(&expected[40..], (7, 0), b"hello");
        sum_up(&mut transport, ends, TCP);
        assert_eq!(packet(&expected, ends, TCP, &transport, 0), expected);
    }

    #[test]
    fn the_crc_is_castagnolis() {
        // RFC 3720 appendix B.4.
        assert_eq!(crc32c(&[0; 32]), 0x8a91_36aa);
        assert_eq!(crc32c(b"123456789"), 0xe306_9283);
    }

    #[test]
    fn extension_headers_are_passed_over() {
        let mut bytes = vec![0x60, 0, 0, 0, 0, 0, 0, 9];
        bytes.extend([1; 32]);
        bytes.extend([17, 0, 0, 0, 0, 0, 0, 0]);
        assert_eq!(ip_header(&bytes), Some((48, 17)));
        assert_eq!(ip_header(&[0x46; 24]), Some((24, 0x46)));
        assert_eq!(ip_header(&[0x60; 6]), None);
    }
}
