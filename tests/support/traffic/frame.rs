//! Ethernet frames of IP packets with UDP or TCP, their lengths and checksums
//! right, plain or wrapped in VLAN tags or a tunnel.

use std::net::{IpAddr, SocketAddr};

/// What a packet of the calls is wrapped in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) enum Wrapping {
    #[default]
    Plain,
    /// One tag (802.1Q).
    Vlan,
    /// Two tags (802.1ad).
    QinQ,
    /// GRE over IPv4 without options (RFC 2784).
    Gre,
    /// VXLAN over UDP and IPv4 (RFC 7348).
    Vxlan,
}

/// An IP packet with its transport.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Packet<'a> {
    pub(crate) src: SocketAddr,
    pub(crate) dst: SocketAddr,
    /// Differentiated services code point, 0..63.
    pub(crate) dscp: u8,
    /// IPv4 identification.
    pub(crate) id: u16,
    pub(crate) transport: Transport,
    pub(crate) payload: &'a [u8],
}

/// The transport of a packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Transport {
    Udp,
    Tcp { flags: u8, seq: u32, ack: u32 },
}

pub(crate) const FIN: u8 = 0x01;
pub(crate) const SYN: u8 = 0x02;
pub(crate) const PSH: u8 = 0x08;
pub(crate) const ACK: u8 = 0x10;

/// Payload of one TCP segment at most: the default of RFC 9293 section 3.7.1,
/// so that an INVITE takes two.
pub(crate) const SEGMENT: u16 = 536;

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const VLAN_TAG: u16 = 0x8100;
const SERVICE_TAG: u16 = 0x88a8;
const UDP: u8 = 17;
const TCP: u8 = 6;
const GRE: u8 = 47;
const TTL: u8 = 64;
const VXLAN_PORT: u16 = 4789;
/// Ends of the tunnels, in the addresses for benchmarks (RFC 2544) as all others.
const TUNNEL: [[u8; 4]; 2] = [[198, 19, 254, 1], [198, 19, 254, 2]];

/// Puts a frame in the place of what `frame` holds.
pub(crate) fn build(wrapping: Wrapping, packet: &Packet<'_>, frame: &mut Vec<u8>) {
    frame.clear();
    let ethertype = if packet.src.is_ipv4() { IPV4 } else { IPV6 };
    match wrapping {
        Wrapping::Plain => ethernet(frame, packet, &[], ethertype),
        Wrapping::Vlan => ethernet(frame, packet, &[(VLAN_TAG, 100)], ethertype),
        Wrapping::QinQ => {
            ethernet(frame, packet, &[(SERVICE_TAG, 7), (VLAN_TAG, 100)], ethertype);
        }
        Wrapping::Gre => {
            let length = 4 + ip_length(packet);
            ethernet(frame, packet, &[], IPV4);
            ipv4_header(frame, TUNNEL, GRE, 0, packet.id, length);
            frame.extend([0, 0]);
            put(frame, ethertype);
        }
        Wrapping::Vxlan => {
            let length = 8 + 8 + 14 + ip_length(packet);
            ethernet(frame, packet, &[], IPV4);
            ipv4_header(frame, TUNNEL, UDP, 0, packet.id, length);
            // Source port of the flow's entropy; no checksum (RFC 7348 section 5).
            for field in [0xc000 | packet.src.port(), VXLAN_PORT, length, 0] {
                put(frame, field);
            }
            frame.extend([0x08, 0, 0, 0, 0, 0, 42, 0]);
            ethernet(frame, packet, &[], ethertype);
        }
    }
    ip(frame, packet);
}

fn ethernet(frame: &mut Vec<u8>, packet: &Packet<'_>, tags: &[(u16, u16)], ethertype: u16) {
    frame.extend(mac(packet.dst.ip()));
    frame.extend(mac(packet.src.ip()));
    for (kind, id) in tags {
        put(frame, *kind);
        put(frame, *id);
    }
    put(frame, ethertype);
}

/// A locally administered address that ends as the IP address does.
fn mac(ip: IpAddr) -> [u8; 6] {
    let [a, b, c, d] = match ip {
        IpAddr::V4(ip) => ip.octets(),
        IpAddr::V6(ip) => {
            let [.., a, b, c, d] = ip.octets();
            [a, b, c, d]
        }
    };
    [2, 0, a, b, c, d]
}

fn put(frame: &mut Vec<u8>, number: u16) {
    frame.extend(number.to_be_bytes());
}

/// Length of an IPv4 header without options; of IPv6's.
const IPV4_HEADER: u16 = 20;
const IPV6_HEADER: u16 = 40;

fn length(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap_or(u16::MAX)
}

fn transport_length(packet: &Packet<'_>) -> u16 {
    let header = match packet.transport {
        Transport::Udp => 8,
        Transport::Tcp { flags, .. } if flags & SYN != 0 => 24,
        Transport::Tcp { .. } => 20,
    };
    header + length(packet.payload)
}

fn ip_length(packet: &Packet<'_>) -> u16 {
    let header = if packet.src.is_ipv4() { IPV4_HEADER } else { IPV6_HEADER };
    header + transport_length(packet)
}

fn ip(frame: &mut Vec<u8>, packet: &Packet<'_>) {
    let protocol = if packet.transport == Transport::Udp { UDP } else { TCP };
    let length = transport_length(packet);
    let sums = match (packet.src.ip(), packet.dst.ip()) {
        (IpAddr::V6(src), IpAddr::V6(dst)) => {
            frame.extend((0x6000_0000 | u32::from(packet.dscp) << 22).to_be_bytes());
            put(frame, length);
            frame.extend([protocol, TTL]);
            frame.extend(src.octets());
            frame.extend(dst.octets());
            sum(&src.octets()) + sum(&dst.octets())
        }
        (src, dst) => {
            let ends = [src, dst].map(v4);
            ipv4_header(frame, ends, protocol, packet.dscp, packet.id, length);
            sum(&ends[0]) + sum(&ends[1])
        }
    };
    // The pseudo-header, that is the same sum for both versions.
    let pseudo = sums + u32::from(protocol) + u32::from(length);
    transport(frame, packet, length, pseudo);
}

fn v4(ip: IpAddr) -> [u8; 4] {
    match ip {
        IpAddr::V4(ip) => ip.octets(),
        IpAddr::V6(_) => [0; 4],
    }
}

fn ipv4_header(
    frame: &mut Vec<u8>,
    [src, dst]: [[u8; 4]; 2],
    protocol: u8,
    dscp: u8,
    id: u16,
    payload: u16,
) {
    let at = frame.len();
    frame.extend([0x45, dscp << 2]);
    put(frame, IPV4_HEADER + payload);
    put(frame, id);
    // Don't fragment.
    frame.extend([0x40, 0, TTL, protocol, 0, 0]);
    frame.extend(src);
    frame.extend(dst);
    let checksum = folded(sum(&frame[at..]));
    frame[at + 10..at + 12].copy_from_slice(&checksum.to_be_bytes());
}

fn transport(frame: &mut Vec<u8>, packet: &Packet<'_>, length: u16, pseudo: u32) {
    let at = frame.len();
    put(frame, packet.src.port());
    put(frame, packet.dst.port());
    let checksum_at = match packet.transport {
        Transport::Udp => {
            put(frame, length);
            put(frame, 0);
            at + 6
        }
        Transport::Tcp { flags, seq, ack } => {
            frame.extend(seq.to_be_bytes());
            frame.extend(ack.to_be_bytes());
            let words = if flags & SYN == 0 { 5 } else { 6 };
            frame.extend([words << 4, flags, 0xff, 0xff, 0, 0, 0, 0]);
            if flags & SYN != 0 {
                // Maximum segment size (RFC 9293 section 3.2).
                frame.extend([2, 4]);
                put(frame, SEGMENT);
            }
            at + 16
        }
    };
    frame.extend(packet.payload);
    let checksum = match folded(pseudo + sum(&frame[at..])) {
        // 0 would mean none (RFC 768).
        0 if packet.transport == Transport::Udp => 0xffff,
        checksum => checksum,
    };
    frame[checksum_at..checksum_at + 2].copy_from_slice(&checksum.to_be_bytes());
}

/// The sum of 16-bit words, an odd byte filled with 0 (RFC 1071). A frame's
/// sum does not reach 32 bits.
fn sum(bytes: &[u8]) -> u32 {
    let (words, rest) = bytes.as_chunks::<2>();
    let odd = rest.first().map_or(0, |byte| u32::from(*byte) << 8);
    odd + words.iter().map(|word| u32::from(u16::from_be_bytes(*word))).sum::<u32>()
}

/// The checksum of a sum.
fn folded(sum: u32) -> u16 {
    let sum = (sum & 0xffff) + (sum >> 16);
    let sum = (sum & 0xffff) + (sum >> 16);
    !u16::try_from(sum).unwrap_or(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_that_of_the_example_of_rfc_1071() {
        assert_eq!(sum(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7]), 0x2_ddf0);
        assert_eq!(folded(0x2_ddf0), !0xddf2);
    }

    #[test]
    fn headers_sum_to_nothing_with_their_checksums() {
        let (src, dst) = ("198.18.0.1:5060", "198.19.0.2:5062");
        for transport in [Transport::Udp, Transport::Tcp { flags: SYN, seq: 7, ack: 0 }] {
            let (src, dst) = (src.parse().unwrap(), dst.parse().unwrap());
            let packet = Packet { src, dst, dscp: 46, id: 9, transport, payload: b"odd" };
            let mut frame = Vec::new();
            build(Wrapping::Vlan, &packet, &mut frame);
            let (ip, transport) = frame[18..].split_at(20);
            assert_eq!(folded(sum(ip)), 0);
            let pseudo = sum(&ip[12..20]) + u32::from(ip[9]) + u32::from(length(transport));
            assert_eq!(folded(pseudo + sum(transport)), 0);
        }
    }
}
