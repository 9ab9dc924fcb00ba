//! HEP as a collector receives it, before the engine: connections cut into
//! packets, the agent's key, and packets put into frames, so that they are recorded,
//! counted and read as those of an interface are.

use std::net::{IpAddr, SocketAddr};

use crate::wire::hep;

/// Bytes of IPv4 and UDP headers, and of IPv6 and UDP headers.
const V4_HEADERS: usize = 28;
const IPV6: usize = 40;
const UDP: usize = 8;
const UDP_PROTOCOL: u8 = 17;

/// Why a connection is closed: what it carries is no HEP version 3.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NotHep;

/// The bytes of a connection, cut into HEP packets. It holds less than the 65,535 bytes
/// of one.
#[derive(Clone, Debug, Default)]
pub struct Packets {
    buffer: Vec<u8>,
}

impl Packets {
    /// Takes the next bytes; the packets that are whole go to `out`.
    ///
    /// # Errors
    /// When what comes next is no packet; nothing after that can be read.
    pub fn push(&mut self, bytes: &[u8], out: &mut dyn FnMut(&[u8])) -> Result<(), NotHep> {
        if self.buffer.is_empty() {
            let rest = cut(bytes, out)?;
            self.buffer.extend_from_slice(rest);
        } else {
            self.buffer.extend_from_slice(bytes);
            let left = cut(&self.buffer, out)?.len();
            self.buffer.drain(..self.buffer.len() - left);
        }
        Ok(())
    }

    /// Whether a packet has begun and is not whole.
    pub fn is_waiting(&self) -> bool {
        !self.buffer.is_empty()
    }
}

fn cut<'a>(bytes: &'a [u8], out: &mut dyn FnMut(&[u8])) -> Result<&'a [u8], NotHep> {
    let mut rest = bytes;
    loop {
        let seen = rest.len().min(hep::MAGIC.len());
        if rest.get(..seen) != hep::MAGIC.get(..seen) {
            return Err(NotHep);
        }
        if rest.len() < hep::HEADER {
            return Ok(rest);
        }
        let length = hep::length(rest).ok_or(NotHep)?;
        let Some((packet, after)) = rest.split_at_checked(length) else { return Ok(rest) };
        out(packet);
        rest = after;
    }
}

/// The key that a packet names; `None` when this is no HEP.
pub fn key(packet: &[u8]) -> Option<&[u8]> {
    hep::parse(packet).map(|hep| hep.key.unwrap_or_default())
}

/// Writes an IP packet with the datagram in which `hep` comes from `from` to `to` into
/// `out`; `false` when it is longer than a datagram can be.
pub fn frame(hep: &[u8], from: SocketAddr, to: SocketAddr, out: &mut Vec<u8>) -> bool {
    out.clear();
    let udp_length = u16::try_from(hep.len() + UDP);
    let ips = match (from.ip().to_canonical(), to.ip().to_canonical()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            let Ok(length) = u16::try_from(hep.len() + V4_HEADERS) else { return false };
            out.extend([0x45, 0]);
            out.extend(length.to_be_bytes());
            out.extend([0, 0, 0x40, 0, 64, UDP_PROTOCOL, 0, 0]);
            out.extend(from.octets());
            out.extend(to.octets());
            let sum = !folded(sum(out));
            if let Some(place) = out.get_mut(10..12) {
                place.copy_from_slice(&sum.to_be_bytes());
            }
            None
        }
        (from, to) => {
            let octets = |ip| match ip {
                IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                IpAddr::V6(ip) => ip.octets(),
            };
            out.extend([0x60, 0, 0, 0]);
            out.extend(udp_length.unwrap_or_default().to_be_bytes());
            out.extend([UDP_PROTOCOL, 64]);
            out.extend(octets(from));
            out.extend(octets(to));
            Some(sum(&octets(from)) + sum(&octets(to)))
        }
    };
    let Ok(length) = udp_length else { return false };
    out.extend(from.port().to_be_bytes());
    out.extend(to.port().to_be_bytes());
    out.extend(length.to_be_bytes());
    // Over IPv4 no checksum is needed (RFC 768); over IPv6 one is (RFC 8200 section 8.1).
    out.extend([0, 0]);
    out.extend_from_slice(hep);
    if let Some(ips) = ips {
        let datagram = sum(out.get(IPV6..).unwrap_or_default());
        let all = ips + u64::from(length) + u64::from(UDP_PROTOCOL) + datagram;
        let checksum = match !folded(all) {
            0 => u16::MAX,
            checksum => checksum,
        };
        if let Some(place) = out.get_mut(IPV6 + 6..IPV6 + UDP) {
            place.copy_from_slice(&checksum.to_be_bytes());
        }
    }
    true
}

/// The sum of 16-bit words (RFC 1071).
fn sum(bytes: &[u8]) -> u64 {
    let words = bytes.chunks(2).map(|word| {
        let high = word.first().copied().unwrap_or(0);
        u64::from(u16::from_be_bytes([high, word.get(1).copied().unwrap_or(0)]))
    });
    words.sum()
}

fn folded(mut sum: u64) -> u16 {
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    u16::try_from(sum).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::flow::{Endpoint, Flow};
    use crate::base::frame::{Frame, Link};
    use crate::base::id::FrameNo;
    use crate::base::time::Timestamp;
    use crate::wire::frame::{Decoded, decode};
    use proptest::prelude::*;

    fn packet(length: u16) -> Vec<u8> {
        let mut packet = [&hep::MAGIC[..], &length.to_be_bytes()].concat();
        packet.resize(length.into(), b'x');
        packet
    }

    #[test]
    fn what_is_no_hep_closes_the_connection() {
        for bytes in [&b"GET / HTTP/1.1\r\n"[..], b"\x16\x03\x01", b"HEP2", b"HEP3\0\x05"] {
            assert_eq!(Packets::default().push(bytes, &mut |_| {}), Err(NotHep), "{bytes:?}");
        }
        let mut packets = Packets::default();
        assert_eq!(packets.push(&[&packet(9)[..], b"x"].concat(), &mut |_| {}), Err(NotHep));
    }

    #[test]
    fn what_is_too_long_for_a_datagram_is_not_framed() {
        let (from, to) = ("192.0.2.1:5".parse().unwrap(), "192.0.2.2:9060".parse().unwrap());
        let mut out = Vec::new();
        assert!(frame(&packet(65_507), from, to, &mut out));
        assert!(!frame(&packet(65_508), from, to, &mut out));
    }

    proptest! {
        /// However a connection's bytes are cut, the same packets come out.
        #[test]
        fn cuts_do_not_matter(lengths in proptest::collection::vec(6_u16..90, 1..6), cuts in proptest::collection::vec(1_usize..50, 0..20)) {
            let whole: Vec<_> = lengths.iter().map(|length| packet(*length)).collect();
            let bytes = whole.concat();
            let (mut rest, mut found, mut packets) = (&bytes[..], Vec::new(), Packets::default());
            for cut in cuts {
                let (chunk, after) = rest.split_at(cut.min(rest.len()));
                packets.push(chunk, &mut |packet| found.push(packet.to_vec())).unwrap();
                rest = after;
            }
            packets.push(rest, &mut |packet| found.push(packet.to_vec())).unwrap();
            prop_assert_eq!(found, whole);
            prop_assert!(!packets.is_waiting());
        }

        /// What is framed is decoded to the same flow and bytes, by either version of IP.
        #[test]
        fn frames_are_decoded(payload in proptest::collection::vec(any::<u8>(), 0..200), v6: bool) {
            let ends = if v6 { ["[2001:db8::1]:7", "[2001:db8::2]:9060"] } else { ["192.0.2.1:7", "192.0.2.2:9060"] };
            let [from, to] = ends.map(|end| end.parse::<SocketAddr>().unwrap());
            let mut bytes = Vec::new();
            prop_assert!(frame(&payload, from, to, &mut bytes));
            let length = u32::try_from(bytes.len()).unwrap();
            let frame = Frame { no: FrameNo::new(0, 1), at: Timestamp::default(), link: Link::RawIp, wire_len: length, bytes: &bytes };
            let Ok(Decoded::Udp(datagram)) = decode(&frame) else { panic!() };
            let end = |end: SocketAddr| Endpoint::new(end.ip(), end.port());
            prop_assert_eq!(datagram.flow, Flow::new(end(from), end(to)));
            prop_assert_eq!((datagram.payload, datagram.missing), (&payload[..], 0));
        }
    }
}
