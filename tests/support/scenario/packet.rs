//! Payloads in Ethernet, IP, UDP and TCP, with right lengths and checksums.

use std::collections::BTreeMap;
use std::net::SocketAddr;

const UDP: u8 = 17;
const TCP: u8 = 6;

/// A frame with a UDP datagram.
pub(crate) fn udp(src: SocketAddr, dst: SocketAddr, dscp: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(8 + payload.len()).unwrap();
    let ports = [src.port().to_be_bytes(), dst.port().to_be_bytes()].concat();
    let datagram = [&ports[..], &length.to_be_bytes(), &[0, 0], payload].concat();
    frame(src, dst, dscp, UDP, datagram, 6)
}

/// The same frame with other values in its IP header: identification and time to
/// live (IPv4), or hop limit (IPv6).
pub(crate) fn with_ip(mut frame: Vec<u8>, id: Option<u16>, ttl: Option<u8>) -> Vec<u8> {
    const IP: usize = 14;
    if frame[12..14] == [0x86, 0xdd] {
        frame[IP + 7] = ttl.unwrap_or(frame[IP + 7]);
        return frame;
    }
    if let Some(id) = id {
        frame[IP + 4..IP + 6].copy_from_slice(&id.to_be_bytes());
    }
    frame[IP + 8] = ttl.unwrap_or(frame[IP + 8]);
    frame[IP + 10..IP + 12].fill(0);
    let sum = checksum(&frame[IP..IP + 20]).to_be_bytes();
    frame[IP + 10..IP + 12].copy_from_slice(&sum);
    frame
}

/// A frame with a TCP segment; `flags` are the header's low byte.
pub(crate) fn tcp(
    src: SocketAddr,
    dst: SocketAddr,
    seq: u32,
    flags: u8,
    payload: &[u8],
) -> Vec<u8> {
    let ports = [src.port().to_be_bytes(), dst.port().to_be_bytes()].concat();
    let window = [0xff, 0xff, 0, 0, 0, 0];
    let header = [&ports[..], &seq.to_be_bytes(), &[0; 4], &[0x50, flags], &window].concat();
    frame(src, dst, 0, TCP, [&header, payload].concat(), 16)
}

/// A frame around a transport packet whose checksum goes to offset `checksum_at`.
fn frame(
    src: SocketAddr,
    dst: SocketAddr,
    dscp: u8,
    protocol: u8,
    mut packet: Vec<u8>,
    checksum_at: usize,
) -> Vec<u8> {
    let length = u16::try_from(packet.len()).unwrap();
    let (addresses, ethertype) = match (src, dst) {
        (SocketAddr::V4(src), SocketAddr::V4(dst)) => {
            ([src.ip().octets(), dst.ip().octets()].concat(), [0x08, 0x00])
        }
        (SocketAddr::V6(src), SocketAddr::V6(dst)) => {
            ([src.ip().octets(), dst.ip().octets()].concat(), [0x86, 0xdd])
        }
        _ => panic!("{src} and {dst} are of different families"),
    };
    let pseudo = [&addresses[..], &[0, protocol], &length.to_be_bytes(), &packet].concat();
    // A sum of 0 is sent as its complement (RFC 768).
    let sum = Some(checksum(&pseudo)).filter(|sum| *sum != 0).unwrap_or(0xffff);
    packet[checksum_at..checksum_at + 2].copy_from_slice(&sum.to_be_bytes());
    let ip = if src.is_ipv4() {
        let total = (20 + length).to_be_bytes();
        let fixed = [0x45, dscp << 2, total[0], total[1], 0, 0, 0x40, 0, 64, protocol, 0, 0];
        let mut header = [&fixed[..], &addresses].concat();
        let sum = checksum(&header).to_be_bytes();
        header[10..12].copy_from_slice(&sum);
        header
    } else {
        let class = [0x60 | dscp >> 2, dscp << 6, 0, 0];
        [&class[..], &length.to_be_bytes(), &[protocol, 64], &addresses].concat()
    };
    let ethernet = [&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1][..], &ethertype].concat();
    [ethernet, ip, packet].concat()
}

/// The Internet checksum (RFC 1071).
fn checksum(bytes: &[u8]) -> u16 {
    let words = bytes
        .chunks(2)
        .map(|pair| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or_default()));
    let mut sum: u32 = words.sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !u16::try_from(sum).unwrap()
}

/// The TCP connections of a scenario, each direction's next sequence number.
#[derive(Default)]
pub(crate) struct Tcp {
    next: BTreeMap<(SocketAddr, SocketAddr), u32>,
}

const SYN: u8 = 0x02;
const ACK: u8 = 0x10;

impl Tcp {
    /// The segments of a message, the opening of the direction before its first.
    pub(crate) fn send(
        &mut self,
        src: SocketAddr,
        dst: SocketAddr,
        segments: usize,
        bytes: &[u8],
    ) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        let next = self.next.entry((src, dst)).or_insert_with(|| {
            frames.push(tcp(src, dst, 999, SYN, &[]));
            1_000
        });
        for part in bytes.chunks(bytes.len().div_ceil(segments.max(1)).max(1)) {
            frames.push(tcp(src, dst, *next, ACK, part));
            *next = next.wrapping_add(u32::try_from(part.len()).unwrap());
        }
        frames
    }
}
