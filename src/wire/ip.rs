//! IP packets by etherparse, and the transports inside them: the general path,
//! which reads every header form, and the oracle of the fast path in
//! [`super::frame`].

use std::net::IpAddr;

use etherparse::{Ipv6ExtensionSlice, LaxIpSlice, TcpHeaderSlice};

use super::bytes::{be16, from};
use super::esp;
use super::frame::{Datagram, Decoded, Fragment, IpFacts, SctpPacket, Segment, TcpFlags, Tunnel};
use super::icmp;
use super::layer::{Inside, Next};
use super::malformed::{Malformed, Reason};
use super::tunnel;
use crate::base::flow::{Endpoint, Flow};

pub(super) const UDP_HEADER: usize = 8;
const SCTP_HEADER: usize = 12;

/// Protocol numbers of IP payloads that are read.
pub(super) mod protocol {
    pub(crate) const ICMP: u8 = 1;
    pub(crate) const IPV4: u8 = 4;
    pub(crate) const TCP: u8 = 6;
    pub(crate) const UDP: u8 = 17;
    pub(crate) const IPV6: u8 = 41;
    pub(crate) const GRE: u8 = 47;
    pub(crate) const ESP: u8 = 50;
    pub(crate) const ICMPV6: u8 = 58;
    pub(crate) const ETHERIP: u8 = 97;
    pub(crate) const L2TP_V3: u8 = 115;
    pub(crate) const SCTP: u8 = 132;
    pub(crate) const MPLS: u8 = 137;
}

/// What an IP header says of the packet.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IpHeader {
    /// The sender.
    pub src: IpAddr,
    /// The receiver.
    pub dst: IpAddr,
    /// Protocol number of the payload, behind all extension headers.
    pub protocol: u8,
    /// The rest.
    pub facts: IpFacts,
}

/// Reads an IP packet of either version and the transport inside it.
///
/// `at` is where the packet begins in its frame, for the offsets of errors.
pub(super) fn packet(bytes: &[u8], at: usize, tunnel: Tunnel) -> Result<Inside<'_>, Malformed> {
    let bad = |reason| Malformed::at(reason, at);
    let minimum = match bytes.first().map(|b| b >> 4) {
        Some(4) => 20,
        Some(6) => 40,
        Some(_) => return Err(bad(Reason::IpBadHeader)),
        None => return Err(bad(Reason::IpTruncated)),
    };
    if bytes.len() < minimum {
        return Err(bad(Reason::IpTruncated));
    }
    let (ip, stopped) = LaxIpSlice::from_slice(bytes).map_err(|_| bad(Reason::IpBadHeader))?;
    let payload = ip.payload();
    let header = IpHeader {
        src: ip.source_addr(),
        dst: ip.destination_addr(),
        protocol: payload.ip_number.0,
        facts: IpFacts { tunnel, ..facts(&ip, bytes.len()) },
    };
    if payload.fragmented {
        let fragment = fragment(&ip, header, payload.payload);
        return fragment
            .map(|fragment| Inside::Decoded(Decoded::Fragment(fragment)))
            .ok_or(bad(Reason::IpTruncated));
    }
    if stopped.is_some() {
        return Err(bad(Reason::IpTruncated));
    }
    let headers = payload.payload.as_ptr() as usize - bytes.as_ptr() as usize;
    let captured = u32::try_from(headers + payload.payload.len()).unwrap_or(u32::MAX);
    let missing = header.facts.len.saturating_sub(captured);
    transport(&header, payload.payload, missing, at + headers)
}

/// Reads the payload of an IP packet, of which the capture cut `missing` bytes.
pub(super) fn transport<'a>(
    ip: &IpHeader,
    payload: &'a [u8],
    missing: u32,
    at: usize,
) -> Result<Inside<'a>, Malformed> {
    let flow = |sport, dport| Flow::new(Endpoint::new(ip.src, sport), Endpoint::new(ip.dst, dport));
    let tunnel = |kind: Tunnel, inner: tunnel::Inner| {
        let inner = inner.and_then(|(next, offset)| Some((next, offset, from(payload, offset)?)));
        inner.map_or(Inside::Decoded(Decoded::Foreign), |(next, offset, rest)| {
            Inside::Tunnel(kind, next, rest, at + offset)
        })
    };
    Ok(match ip.protocol {
        protocol::UDP => {
            let datagram = udp(payload, at, ip.facts, flow)?;
            let ports = (datagram.flow.src.port, datagram.flow.dst.port);
            if tunnel::may_be_tunnel(ports.0, ports.1)
                && let Some((kind, (next, offset))) =
                    tunnel::udp(ports.0, ports.1, datagram.payload)
                && let Some(rest) = from(datagram.payload, offset)
            {
                return Ok(Inside::Tunnel(kind, next, rest, at + UDP_HEADER + offset));
            }
            Inside::Decoded(Decoded::Udp(datagram))
        }
        protocol::TCP => Inside::Decoded(Decoded::Tcp(tcp(payload, at, missing, ip.facts, flow)?)),
        protocol::SCTP => Inside::Decoded(Decoded::Sctp(sctp(payload, at, ip.facts, flow)?)),
        protocol::ICMP | protocol::ICMPV6 => {
            let error = icmp::error(ip, payload);
            Inside::Decoded(error.map_or(Decoded::Foreign, Decoded::Icmp))
        }
        protocol::IPV4 | protocol::IPV6 => Inside::Tunnel(Tunnel::Ip, Next::Ip, payload, at),
        protocol::GRE => tunnel(Tunnel::Gre, tunnel::gre(payload)),
        protocol::L2TP_V3 => tunnel(Tunnel::L2tp, tunnel::l2tp_v3(payload)),
        protocol::MPLS => Inside::Tunnel(Tunnel::Mpls, Next::Mpls, payload, at),
        protocol::ETHERIP => tunnel(Tunnel::Ip, Some((Next::Ethernet, 2))),
        protocol::ESP => {
            let (inner, rest) =
                esp::unencrypted(payload).ok_or(Malformed::at(Reason::IpEncrypted, at))?;
            let facts = IpFacts { tunnel: Tunnel::Esp, ..ip.facts };
            return transport(
                &IpHeader { protocol: inner, facts, ..*ip },
                rest,
                0,
                at + esp::HEADER,
            );
        }
        _ => Inside::Decoded(Decoded::Foreign),
    })
}

fn facts(ip: &LaxIpSlice<'_>, captured: usize) -> IpFacts {
    let captured = u32::try_from(captured).unwrap_or(u32::MAX);
    match ip {
        LaxIpSlice::Ipv4(v4) => IpFacts {
            id: u32::from(v4.header().identification()),
            ttl: v4.header().ttl(),
            traffic_class: v4.header().slice().get(1).copied().unwrap_or(0),
            len: match v4.header().total_len() {
                0 => captured,
                len => u32::from(len),
            },
            tunnel: Tunnel::None,
        },
        LaxIpSlice::Ipv6(v6) => IpFacts {
            id: v6.header().flow_label().value(),
            ttl: v6.header().hop_limit(),
            traffic_class: v6.header().traffic_class(),
            len: match v6.header().payload_length() {
                0 => captured,
                len => u32::from(len) + 40,
            },
            tunnel: Tunnel::None,
        },
    }
}

/// A fragment of an IP packet (RFC 791, RFC 8200 section 4.5).
fn fragment<'a>(ip: &LaxIpSlice<'a>, header: IpHeader, payload: &'a [u8]) -> Option<Fragment<'a>> {
    match ip {
        LaxIpSlice::Ipv4(v4) => Some(Fragment {
            header,
            id: header.facts.id,
            offset: u32::from(v4.header().fragments_offset().value()) * 8,
            more: v4.header().more_fragments(),
            payload,
        }),
        LaxIpSlice::Ipv6(v6) => {
            let found =
                v6.extensions().clone().into_iter().find_map(|extension| match extension {
                    Ipv6ExtensionSlice::Fragment(fragment) => Some(fragment),
                    _ => None,
                })?;
            Some(Fragment {
                header: IpHeader { protocol: found.next_header().0, ..header },
                id: found.identification(),
                offset: u32::from(found.fragment_offset().value()) * 8,
                more: found.more_fragments(),
                payload,
            })
        }
    }
}

/// Reads a UDP header; the payload ends where the header says, or where the
/// capture cut it. A length of 0 (segmentation offload, jumbograms) means the
/// rest of the packet.
fn udp(
    bytes: &[u8],
    at: usize,
    ip: IpFacts,
    flow: impl FnOnce(u16, u16) -> Flow,
) -> Result<Datagram<'_>, Malformed> {
    let bad = || Malformed::at(Reason::UdpBadHeader, at);
    let (Some(sport), Some(dport), Some(length)) = (be16(bytes, 0), be16(bytes, 2), be16(bytes, 4))
    else {
        return Err(bad());
    };
    let rest = from(bytes, UDP_HEADER).ok_or_else(bad)?;
    let said = match usize::from(length) {
        0 => rest.len(),
        length => length.checked_sub(UDP_HEADER).ok_or_else(bad)?,
    };
    let payload = rest.get(..said).unwrap_or(rest);
    let missing = u32::try_from(said - payload.len()).unwrap_or(u32::MAX);
    Ok(Datagram { flow: flow(sport, dport), payload, missing, ip })
}

fn tcp(
    bytes: &[u8],
    at: usize,
    missing: u32,
    ip: IpFacts,
    flow: impl FnOnce(u16, u16) -> Flow,
) -> Result<Segment<'_>, Malformed> {
    let header =
        TcpHeaderSlice::from_slice(bytes).map_err(|_| Malformed::at(Reason::TcpBadHeader, at))?;
    let payload = from(bytes, header.slice().len()).unwrap_or_default();
    Ok(Segment {
        flow: flow(header.source_port(), header.destination_port()),
        seq: header.sequence_number(),
        flags: TcpFlags { syn: header.syn(), fin: header.fin(), rst: header.rst() },
        payload,
        missing,
        ip,
    })
}

/// Reads SCTP's common header (RFC 9260 section 3.1).
fn sctp(
    bytes: &[u8],
    at: usize,
    ip: IpFacts,
    flow: impl FnOnce(u16, u16) -> Flow,
) -> Result<SctpPacket<'_>, Malformed> {
    let bad = || Malformed::at(Reason::SctpBadHeader, at);
    let (Some(sport), Some(dport)) = (be16(bytes, 0), be16(bytes, 2)) else { return Err(bad()) };
    let chunks = from(bytes, SCTP_HEADER).ok_or_else(bad)?;
    Ok(SctpPacket { flow: flow(sport, dport), chunks, ip })
}
