//! ICMP errors about packets that could not be delivered (RFC 792, RFC 4443).

use std::net::IpAddr;

use etherparse::LaxIpSlice;

use super::bytes::{be16, from};
use super::ip::{IpHeader, protocol};
use crate::base::flow::{Endpoint, Flow};

/// Why a packet was not delivered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Undelivered {
    /// No route to the network.
    NetworkUnreachable,
    /// The host does not answer.
    HostUnreachable,
    /// Nothing listens on the port.
    PortUnreachable,
    /// Too big, and it must not be fragmented.
    TooBig,
    /// Forbidden by a rule.
    Prohibited,
    /// Its time to live ran out: a loop, or fragments that never came.
    TimeExceeded,
    /// Another reason.
    Other,
}

impl Undelivered {
    /// The reason in words.
    pub const fn text(self) -> &'static str {
        match self {
            Self::NetworkUnreachable => "network unreachable",
            Self::HostUnreachable => "host unreachable",
            Self::PortUnreachable => "port unreachable",
            Self::TooBig => "packet too big",
            Self::Prohibited => "administratively prohibited",
            Self::TimeExceeded => "time exceeded",
            Self::Other => "undeliverable",
        }
    }
}

/// An ICMP error, and what it quotes of the packet that it is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct IcmpError<'a> {
    /// Who reports.
    pub from: IpAddr,
    /// Why the packet was not delivered.
    pub why: Undelivered,
    /// The flow of the packet.
    pub flow: Flow,
    /// Whether it was UDP rather than TCP or SCTP.
    pub is_udp: bool,
    /// What is quoted of its transport payload; for TCP and SCTP nothing.
    pub quoted: &'a [u8],
}

const HEADER: usize = 8;

/// Reads an error; `None` for other messages and for quotes without ports.
pub(super) fn error<'a>(ip: &IpHeader, payload: &'a [u8]) -> Option<IcmpError<'a>> {
    let [kind, code] = *payload.first_chunk()?;
    let why =
        if ip.protocol == protocol::ICMPV6 { why_v6(kind, code)? } else { why_v4(kind, code)? };
    let (quoted, _) = LaxIpSlice::from_slice(from(payload, HEADER)?).ok()?;
    let inner = quoted.payload();
    let is_udp = inner.ip_number.0 == protocol::UDP;
    if !is_udp && !matches!(inner.ip_number.0, protocol::TCP | protocol::SCTP) {
        return None;
    }
    let (sport, dport) = (be16(inner.payload, 0)?, be16(inner.payload, 2)?);
    let flow = Flow::new(
        Endpoint::new(quoted.source_addr(), sport),
        Endpoint::new(quoted.destination_addr(), dport),
    );
    let quoted = if is_udp { from(inner.payload, 8).unwrap_or_default() } else { &[] };
    Some(IcmpError { from: ip.src, why, flow, is_udp, quoted })
}

fn why_v4(kind: u8, code: u8) -> Option<Undelivered> {
    Some(match (kind, code) {
        (3, 0 | 6 | 11) => Undelivered::NetworkUnreachable,
        (3, 1 | 7 | 12) => Undelivered::HostUnreachable,
        (3, 3) => Undelivered::PortUnreachable,
        (3, 4) => Undelivered::TooBig,
        (3, 9 | 10 | 13) => Undelivered::Prohibited,
        (11, _) => Undelivered::TimeExceeded,
        (3 | 4 | 12, _) => Undelivered::Other,
        _ => return None,
    })
}

fn why_v6(kind: u8, code: u8) -> Option<Undelivered> {
    Some(match (kind, code) {
        (1, 0) => Undelivered::NetworkUnreachable,
        (1, 1 | 5 | 6) => Undelivered::Prohibited,
        (1, 3) => Undelivered::HostUnreachable,
        (1, 4) => Undelivered::PortUnreachable,
        (2, _) => Undelivered::TooBig,
        (3, _) => Undelivered::TimeExceeded,
        (1 | 4, _) => Undelivered::Other,
        _ => return None,
    })
}
