//! Link headers: what they announce, and where the next header begins.

use super::bytes::{be16, be24, be32};
use super::layer::{Next, Step, truncated};
use super::malformed::{Malformed, Reason};
use super::wifi;
use crate::base::frame::Link;

const IPV4: u16 = 0x0800;
const IPV6: u16 = 0x86dd;
const TRANSPARENT_ETHERNET: u16 = 0x6558;
const MPLS: u16 = 0x8847;
const MPLS_MULTICAST: u16 = 0x8848;
const PPPOE_SESSION: u16 = 0x8864;
const MACSEC: u16 = 0x88e5;
/// VLAN tags: 802.1Q, 802.1ad (QinQ), and the older QinQ types of Cisco and others.
const VLANS: [u16; 4] = [0x8100, 0x88a8, 0x9100, 0x9200];
/// Below this the field of an Ethernet header is a length (IEEE 802.3).
const SMALLEST_ETHERTYPE: u16 = 0x0600;

const ETHERNET_HEADER: usize = 14;
const VLAN_TAG: usize = 4;
const SLL_HEADER: usize = 16;
const SLL2_HEADER: usize = 20;
const NULL_HEADER: usize = 4;
const PPPOE_HEADER: usize = 6;
const MPLS_LABEL: usize = 4;

/// Reads the link header that a frame begins with.
pub(super) fn link(link: Link, bytes: &[u8], at: usize) -> Result<Step, Malformed> {
    let cut = || truncated(bytes, at);
    match link {
        Link::RawIp => Ok(Step::to(Next::Ip, 0)),
        Link::Ethernet => Ok(Step::to(Next::Ethernet, 0)),
        Link::LinuxSll => {
            let protocol = be16(bytes, SLL_HEADER - 2).ok_or_else(cut)?;
            Ok(Step::to(Next::EtherType(protocol), SLL_HEADER))
        }
        Link::LinuxSll2 => {
            let protocol = be16(bytes, 0).filter(|_| bytes.len() >= SLL2_HEADER).ok_or_else(cut)?;
            Ok(Step::to(Next::EtherType(protocol), SLL2_HEADER))
        }
        Link::Null => {
            // The family is in the byte order of the machine that captured, and
            // AF_INET6 differs between systems; the IP header says it better.
            let family = bytes.first_chunk::<NULL_HEADER>().ok_or_else(cut)?;
            let small = u32::from_le_bytes(*family).min(u32::from_be_bytes(*family));
            let next =
                if matches!(small, 2 | 10 | 23 | 24 | 28 | 30) { Next::Ip } else { Next::Foreign };
            Ok(Step::to(next, NULL_HEADER))
        }
        Link::Ppp => Ok(Step::to(Next::Ppp, 0)),
        Link::PppEther => Ok(Step::to(Next::EtherType(PPPOE_SESSION), 0)),
        Link::CiscoHdlc => {
            let protocol = be16(bytes, 2).ok_or_else(cut)?;
            Ok(Step::to(Next::EtherType(protocol), 4))
        }
        Link::Wifi => wifi::data_frame(bytes, at),
        Link::WifiRadiotap => wifi::radiotap(bytes, at),
        Link::Other(_) => Err(Malformed::at(Reason::LinkUnsupported, at)),
    }
}

/// Reads an Ethernet header; a length in place of a type means a logical link
/// header (IEEE 802.2) with a type in its SNAP extension.
pub(super) fn ethernet(bytes: &[u8], at: usize) -> Result<Step, Malformed> {
    let ethertype = be16(bytes, ETHERNET_HEADER - 2).ok_or_else(|| truncated(bytes, at))?;
    if ethertype >= SMALLEST_ETHERTYPE {
        return Ok(Step::to(Next::EtherType(ethertype), ETHERNET_HEADER));
    }
    let llc = bytes.get(ETHERNET_HEADER..).unwrap_or_default();
    Ok(snap(llc).map_or(Step::to(Next::Foreign, ETHERNET_HEADER), |ethertype| {
        Step::to(Next::EtherType(ethertype), ETHERNET_HEADER + SNAP_HEADER)
    }))
}

/// Bytes of a logical link header with its SNAP extension.
pub(super) const SNAP_HEADER: usize = 8;

/// The type in a SNAP header of organisation 0 (RFC 1042).
pub(super) fn snap(llc: &[u8]) -> Option<u16> {
    (llc.starts_with(&[0xaa, 0xaa, 0x03]) && be24(llc, 3) == Some(0))
        .then(|| be16(llc, 6))
        .flatten()
}

/// Reads what follows an EtherType.
pub(super) fn ethertype(ethertype: u16, bytes: &[u8], at: usize) -> Result<Step, Malformed> {
    let cut = || truncated(bytes, at);
    match ethertype {
        IPV4 | IPV6 => Ok(Step::to(Next::Ip, 0)),
        TRANSPARENT_ETHERNET => Ok(Step::to(Next::Ethernet, 0)),
        MPLS | MPLS_MULTICAST => Ok(Step::to(Next::Mpls, 0)),
        PPPOE_SESSION => {
            if bytes.len() < PPPOE_HEADER {
                return Err(cut());
            }
            Ok(Step::to(Next::Ppp, PPPOE_HEADER))
        }
        MACSEC => {
            // The E and C bits of the tag say that the payload is changed; without
            // them it is only authenticated (IEEE 802.1AE clause 9.5).
            let tag = *bytes.first().ok_or_else(cut)?;
            if tag & 0x0c != 0 {
                return Err(Malformed::at(Reason::LinkEncrypted, at));
            }
            let length = if tag & 0x20 == 0 { 6 } else { 14 };
            let inner = be16(bytes, length).ok_or_else(cut)?;
            Ok(Step::to(Next::EtherType(inner), length + 2))
        }
        tag if VLANS.contains(&tag) => {
            let inner = be16(bytes, 2).ok_or_else(cut)?;
            Ok(Step::to(Next::EtherType(inner), VLAN_TAG))
        }
        _ => Ok(Step::to(Next::Foreign, 0)),
    }
}

/// Reads a PPP header (RFC 1661), with or without HDLC's address and control
/// and with a protocol field of one or two octets.
pub(super) fn ppp(bytes: &[u8], at: usize) -> Result<Step, Malformed> {
    let address = if bytes.starts_with(&[0xff, 0x03]) { 2 } else { 0 };
    let first = *bytes.get(address).ok_or_else(|| truncated(bytes, at))?;
    let (protocol, length) = if first & 1 == 1 {
        (u16::from(first), address + 1)
    } else {
        (be16(bytes, address).ok_or_else(|| truncated(bytes, at))?, address + 2)
    };
    let next = match protocol {
        0x0021 | 0x0057 => Next::Ip,
        0x0281 | 0x0283 => Next::Mpls,
        0x0031 => Next::Ethernet,
        0x0053 => return Err(Malformed::at(Reason::LinkEncrypted, at)),
        _ => Next::Foreign,
    };
    Ok(Step::to(next, length))
}

/// Reads one MPLS label (RFC 3032). What follows the last is not said; its
/// first nibble tells IP, and else a pseudowire's Ethernet frame is likely
/// (RFC 4928, RFC 4448).
pub(super) fn mpls(bytes: &[u8], at: usize) -> Result<Step, Malformed> {
    let label = be32(bytes, 0).ok_or_else(|| truncated(bytes, at))?;
    if label & 0x100 == 0 {
        return Ok(Step::to(Next::Mpls, MPLS_LABEL));
    }
    Ok(match bytes.get(MPLS_LABEL).map(|b| b >> 4) {
        Some(4 | 6) => Step::to(Next::Ip, MPLS_LABEL),
        // A control word begins with a zero nibble.
        Some(0) if is_ethernet(bytes.get(MPLS_LABEL + 4..).unwrap_or_default()) => {
            Step::to(Next::Ethernet, MPLS_LABEL + 4)
        }
        Some(_) if is_ethernet(bytes.get(MPLS_LABEL..).unwrap_or_default()) => {
            Step::to(Next::Ethernet, MPLS_LABEL)
        }
        _ => Step::to(Next::Foreign, MPLS_LABEL),
    })
}

/// Whether bytes that may be an Ethernet frame have a type that leads to IP.
pub(super) fn is_ethernet(bytes: &[u8]) -> bool {
    be16(bytes, ETHERNET_HEADER - 2).is_some_and(|ethertype| {
        matches!(ethertype, IPV4 | IPV6 | MPLS | PPPOE_SESSION) || VLANS.contains(&ethertype)
    })
}
