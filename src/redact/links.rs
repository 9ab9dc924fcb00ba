//! Link headers and tunnels around a packet: stations and addresses replaced,
//! lengths repaired. Identifiers of networks (VLANs, labels, VXLAN's and GRE's)
//! stay; what may name a place or a subscriber does not.

use super::names::Pseudonyms;
use super::network::{self, ip_header, packet, sum_up};
use crate::base::frame::Link;
use crate::wire::bytes::{be16, from};
use crate::wire::layer::Next;

/// One header of a frame: what it is, and its bytes up to the next.
pub(super) type Header<'a> = (Next, &'a [u8]);

/// Below this the field of an Ethernet header is a length (IEEE 802.3).
const SMALLEST_ETHERTYPE: u16 = 0x0600;

/// The frame that has `inner` behind the headers, outermost first. `missing`
/// bytes of its end were not captured.
pub(super) fn wrap(
    names: &mut Pseudonyms,
    headers: &[Header<'_>],
    inner: Vec<u8>,
    missing: u32,
) -> Vec<u8> {
    headers.iter().rev().fold(inner, |inner, (kind, bytes)| {
        if *kind == Next::Ip {
            return tunnel(names, bytes, &inner, missing);
        }
        let mut out = bytes.to_vec();
        let length = inner.len() + usize::try_from(missing).unwrap_or(0);
        header(names, *kind, &mut out, length);
        out.extend(inner);
        out
    })
}

fn header(names: &Pseudonyms, kind: Next, out: &mut [u8], length: usize) {
    match kind {
        Next::Ethernet => {
            stations(names, out, &[0, 6]);
            if be16(out, 12).is_some_and(|field| field < SMALLEST_ETHERTYPE) {
                let logical = out.len().saturating_sub(14);
                put16(out, 12, length + logical);
            }
        }
        Next::Link(Link::LinuxSll) => cooked(names, out, 4, 6),
        Next::Link(Link::LinuxSll2) => cooked(names, out, 11, 12),
        Next::Link(Link::Wifi) => wireless(names, out, 0),
        Next::Link(Link::WifiRadiotap) => {
            let at = out
                .get(2..4)
                .map_or(0, |length| usize::from(u16::from_le_bytes([length[0], length[1]])));
            wireless(names, out, at);
        }
        Next::EtherType(0x8864) => put16(out, 4, length),
        // A secure channel's identifier begins with a station's address.
        Next::EtherType(0x88e5) if out.len() >= 16 => stations(names, out, &[6]),
        _ => {}
    }
}

fn stations(names: &Pseudonyms, out: &mut [u8], places: &[usize]) {
    for at in places {
        if let Some(place) = out.get_mut(*at..at + 6)
            && let Some(station) = place.first_chunk_mut::<6>()
        {
            *station = names.station(*station);
        }
    }
}

/// Linux cooked captures have one address of a length that they say.
fn cooked(names: &Pseudonyms, out: &mut [u8], length_at: usize, at: usize) {
    if out.get(length_at..).and_then(|rest| rest.first()) == Some(&6)
        || length_at == 4 && be16(out, 4) == Some(6)
    {
        stations(names, out, &[at]);
    } else if names.addresses()
        && let Some(address) = out.get_mut(at..at + 8)
    {
        address.fill(0);
    }
}

fn wireless(names: &Pseudonyms, out: &mut [u8], at: usize) {
    let four = out.get(at + 1).is_some_and(|flags| flags & 3 == 3);
    stations(names, out, &[at + 4, at + 10, at + 16]);
    if four {
        stations(names, out, &[at + 24]);
    }
}

fn put16(out: &mut [u8], at: usize, value: usize) {
    if let Some(place) = out.get_mut(at..at + 2) {
        place.copy_from_slice(&u16::try_from(value).unwrap_or(0).to_be_bytes());
    }
}

/// An IP packet around another header: its own, and the tunnel's behind it.
fn tunnel(names: &mut Pseudonyms, bytes: &[u8], inner: &[u8], missing: u32) -> Vec<u8> {
    let parts = ip_header(bytes).zip(network::ends(bytes));
    let Some(((length, protocol), (src, dst))) = parts else { return inner.to_vec() };
    let ends = (names.ip(src), names.ip(dst));
    let head = from(bytes, length).unwrap_or_default();
    let rest = inner.len() + usize::try_from(missing).unwrap_or(0);
    let mut transport = match protocol {
        network::UDP => {
            let ports = (be16(head, 0).unwrap_or(0), be16(head, 2).unwrap_or(0));
            let head = udp_tunnel(ports, from(head, 8).unwrap_or_default(), rest);
            network::udp(ports, &[head.as_slice(), inner].concat(), missing)
        }
        network::ESP => unencrypted(head, bytes.get(length..).map_or(0, |_| 14), inner, 4),
        47 => {
            let mut head = head.to_vec();
            if head.first().is_some_and(|flags| flags & 0x80 != 0)
                && let Some(sum) = head.get_mut(4..6)
            {
                sum.fill(0);
            }
            [head.as_slice(), inner].concat()
        }
        _ => [head, inner].concat(),
    };
    if missing == 0 {
        sum_up(&mut transport, ends, protocol);
    }
    packet(bytes, ends, protocol, &transport, missing)
}

/// The header of a tunnel in UDP.
fn udp_tunnel(ports: (u16, u16), head: &[u8], inner: usize) -> Vec<u8> {
    match ports {
        // GENEVE: options are whatever somebody put there.
        (_, 6081) => {
            let mut head = head.to_vec();
            if let Some(options) = head.get_mut(8..) {
                options.fill(0);
            }
            head
        }
        // GTP-U without extensions, and without the number of a subscriber's bearer.
        (2152, _) | (_, 2152) => {
            let length = u16::try_from(inner).unwrap_or(0).to_be_bytes();
            vec![0x30, 255, length[0], length[1], 0, 0, 0, 0]
        }
        (1701, _) | (_, 1701) => vec![0, 2, 0, 0, 0, 0],
        // Teredo's indication of origin has the address of a client.
        (3544, _) | (_, 3544) => Vec::new(),
        (_, 37008) => vec![1, head.get(1).copied().unwrap_or(0), 0, 1, 1],
        _ => head.to_vec(),
    }
}

/// A payload of ESP with the null cipher, which its trailer shows (RFC 5879),
/// with as long a trailer as there was.
pub(super) fn unencrypted(head: &[u8], trailer: usize, body: &[u8], protocol: u8) -> Vec<u8> {
    let sequence = head.get(4..8).unwrap_or(&[0; 4]);
    let check = if trailer >= 14 { 12 } else { 0 };
    let padding = u8::try_from(trailer.saturating_sub(check + 2)).unwrap_or(0);
    let mut out = [&[0, 0, 0, 1], sequence, body].concat();
    out.extend(1..=padding);
    out.extend([padding, protocol]);
    out.resize(out.len() + check, 0);
    out
}
