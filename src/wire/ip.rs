//! IP, UDP and TCP headers by etherparse: the general path, which reads every
//! header form, and the oracle of the fast path in [`super::frame`].

use etherparse::{IpNumber, LaxIpSlice, LaxIpv4Slice, TcpHeaderSlice};

use super::bytes::{be16, from};
use super::frame::{Datagram, Decoded, IpFacts, Segment, TcpFlags};
use super::malformed::{Malformed, Reason};
use crate::base::flow::{Endpoint, Flow};

pub(super) const UDP_HEADER: usize = 8;

/// Reads an IP packet of either version and the transport inside it.
///
/// `at` is where the packet begins in its frame, for the offsets of errors.
///
/// # Errors
/// Why it cannot be read.
pub fn decode(packet: &[u8], at: usize) -> Result<Decoded<'_>, Malformed> {
    let bad = |reason| Malformed::at(reason, at);
    let minimum = match packet.first().map(|b| b >> 4) {
        Some(4) => 20,
        Some(6) => 40,
        Some(_) => return Err(bad(Reason::IpBadHeader)),
        None => return Err(bad(Reason::IpTruncated)),
    };
    if packet.len() < minimum {
        return Err(bad(Reason::IpTruncated));
    }
    let (ip, stopped) = LaxIpSlice::from_slice(packet).map_err(|_| bad(Reason::IpBadHeader))?;
    let payload = ip.payload();
    if payload.fragmented {
        return Err(bad(Reason::IpFragment));
    }
    if stopped.is_some() {
        return Err(bad(Reason::IpTruncated));
    }
    let facts = facts(&ip, packet.len());
    let (src, dst) = (ip.source_addr(), ip.destination_addr());
    let headers = payload.payload.as_ptr() as usize - packet.as_ptr() as usize;
    let at = at + headers;
    let flow = |sport, dport| Flow::new(Endpoint::new(src, sport), Endpoint::new(dst, dport));
    match payload.ip_number {
        IpNumber::UDP => udp(payload.payload, at, facts, flow),
        IpNumber::TCP => tcp(payload.payload, at, headers, facts, flow),
        _ => Ok(Decoded::Foreign),
    }
}

fn facts(ip: &LaxIpSlice<'_>, captured: usize) -> IpFacts {
    let captured = u32::try_from(captured).unwrap_or(u32::MAX);
    match ip {
        LaxIpSlice::Ipv4(v4) => IpFacts {
            id: u32::from(v4.header().identification()),
            ttl: v4.header().ttl(),
            traffic_class: traffic_class_v4(v4),
            len: match v4.header().total_len() {
                0 => captured,
                len => u32::from(len),
            },
        },
        LaxIpSlice::Ipv6(v6) => IpFacts {
            id: v6.header().flow_label().value(),
            ttl: v6.header().hop_limit(),
            traffic_class: v6.header().traffic_class(),
            len: match v6.header().payload_length() {
                0 => captured,
                len => u32::from(len) + 40,
            },
        },
    }
}

fn traffic_class_v4(v4: &LaxIpv4Slice<'_>) -> u8 {
    v4.header().slice().get(1).copied().unwrap_or(0)
}

/// Reads a UDP header; the payload ends where the header says, or where the
/// capture cut it. A length of 0 (segmentation offload, jumbograms) means the
/// rest of the packet.
pub(super) fn udp(
    bytes: &[u8],
    at: usize,
    ip: IpFacts,
    flow: impl FnOnce(u16, u16) -> Flow,
) -> Result<Decoded<'_>, Malformed> {
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
    Ok(Decoded::Udp(Datagram { flow: flow(sport, dport), payload, missing, ip }))
}

/// Reads a TCP header; `ip_headers` is how much of the IP packet lies before it.
fn tcp(
    bytes: &[u8],
    at: usize,
    ip_headers: usize,
    ip: IpFacts,
    flow: impl FnOnce(u16, u16) -> Flow,
) -> Result<Decoded<'_>, Malformed> {
    let header =
        TcpHeaderSlice::from_slice(bytes).map_err(|_| Malformed::at(Reason::TcpBadHeader, at))?;
    let payload = from(bytes, header.slice().len()).unwrap_or_default();
    let captured = u32::try_from(ip_headers + bytes.len()).unwrap_or(u32::MAX);
    Ok(Decoded::Tcp(Segment {
        flow: flow(header.source_port(), header.destination_port()),
        seq: header.sequence_number(),
        flags: TcpFlags { syn: header.syn(), fin: header.fin(), rst: header.rst() },
        payload,
        missing: ip.len.saturating_sub(captured),
        ip,
    }))
}
