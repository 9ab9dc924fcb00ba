//! Tunnels: headers of IP and UDP payloads with another packet behind them.

use super::bytes::{be16, be32};
use super::frame::Tunnel;
use super::layer::Next;
use super::link::is_ethernet;

/// A packet inside: what it begins with, and at which offset of the payload.
pub(super) type Inner = Option<(Next, usize)>;

const ETHERTYPE_PPP: u16 = 0x880b;
const ETHERTYPE_ERSPAN: u16 = 0x88be;
const ETHERTYPE_ERSPAN_III: u16 = 0x22eb;
const ETHERNET: u16 = 0x6558;

/// GRE (RFC 2784, RFC 2890), PPTP's variant of it (RFC 2637), and the mirror
/// formats that ride on it: ERSPAN I, II and III.
pub(super) fn gre(payload: &[u8]) -> Inner {
    let (flags, protocol) = (be16(payload, 0)?, be16(payload, 2)?);
    let (checksum, key, sequence) = (flags & 0x8000, flags & 0x2000, flags & 0x1000);
    let word = |flag: u16| if flag == 0 { 0 } else { 4 };
    let mut at = 4 + word(checksum) + word(key) + word(sequence);
    match flags & 7 {
        0 => {}
        1 => at += word(flags & 0x0080),
        _ => return None,
    }
    let next = match protocol {
        ETHERTYPE_PPP => Next::Ppp,
        // Without a sequence number it is type I, which has no header of its own.
        ETHERTYPE_ERSPAN if sequence == 0 => Next::Ethernet,
        ETHERTYPE_ERSPAN => {
            at += 8;
            Next::Ethernet
        }
        ETHERTYPE_ERSPAN_III => {
            // The O bit announces a platform-specific subheader.
            let subheader = payload.get(at + 11).is_some_and(|last| last & 1 == 1);
            at += if subheader { 20 } else { 12 };
            Next::Ethernet
        }
        other => Next::EtherType(other),
    };
    Some((next, at))
}

/// L2TPv3 over IP (RFC 3931): a session id, a cookie of 0, 4 or 8 octets and
/// perhaps a sublayer, none of which the packet announces. The Ethernet frame
/// behind them shows by its type.
pub(super) fn l2tp_v3(payload: &[u8]) -> Inner {
    if be32(payload, 0)? == 0 {
        return None;
    }
    [4, 8, 12, 16]
        .into_iter()
        .find(|at| is_ethernet(payload.get(*at..).unwrap_or_default()))
        .map(|at| (Next::Ethernet, at))
}

/// Whether UDP on one of the ports may be a tunnel, so that [`udp`] is to look.
#[inline]
pub(super) fn may_be_tunnel(sport: u16, dport: u16) -> bool {
    const PORTS: [u16; 8] = [VXLAN, VXLAN_LINUX, GENEVE, GTP_U, TEREDO, L2TP, TZSP, MPLS];
    PORTS.contains(&dport) || PORTS.contains(&sport)
}

const VXLAN: u16 = 4789;
/// The port that Linux used before one was assigned.
const VXLAN_LINUX: u16 = 8472;
const GENEVE: u16 = 6081;
const GTP_U: u16 = 2152;
const TEREDO: u16 = 3544;
const L2TP: u16 = 1701;
const TZSP: u16 = 37008;
const MPLS: u16 = 6635;

/// The packet inside a UDP payload on a tunnel's port, if its header is one.
pub(super) fn udp(sport: u16, dport: u16, payload: &[u8]) -> Option<(Tunnel, (Next, usize))> {
    let (kind, inner) = match (sport, dport) {
        (_, VXLAN | VXLAN_LINUX) => (Tunnel::Vxlan, vxlan(payload)),
        (_, GENEVE) => (Tunnel::Geneve, geneve(payload)),
        (_, TZSP) => (Tunnel::Tzsp, tzsp(payload)),
        (_, MPLS) => (Tunnel::Mpls, Some((Next::Mpls, 0))),
        (GTP_U, _) | (_, GTP_U) => (Tunnel::GtpU, gtp_u(payload)),
        (L2TP, _) | (_, L2TP) => (Tunnel::L2tp, l2tp_v2(payload)),
        (TEREDO, _) | (_, TEREDO) => (Tunnel::Teredo, teredo(payload)),
        _ => return None,
    };
    inner.map(|inner| (kind, inner))
}

/// VXLAN (RFC 7348): the I flag and reserved bits of zero.
fn vxlan(payload: &[u8]) -> Inner {
    let flags = be32(payload, 0)?;
    (flags & 0xff00_0000 == 0x0800_0000 && payload.get(7) == Some(&0))
        .then_some((Next::Ethernet, 8))
}

/// GENEVE (RFC 8926): version 0, options in words of four octets.
fn geneve(payload: &[u8]) -> Inner {
    let [first, _] = *payload.first_chunk()?;
    let options = 4 * usize::from(first & 0x3f);
    let next = match be16(payload, 2)? {
        ETHERNET => Next::Ethernet,
        other => Next::EtherType(other),
    };
    (first >> 6 == 0).then_some((next, 8 + options))
}

/// GTP-U (3GPP TS 29.281): a G-PDU of version 1 carries the user's IP packet.
fn gtp_u(payload: &[u8]) -> Inner {
    let [flags, kind] = *payload.first_chunk()?;
    if flags >> 4 != 3 || kind != 255 {
        return None;
    }
    let mut at = 8;
    if flags & 7 != 0 {
        at += 4;
        // Extension headers: a length in words, content, the next one's type.
        let mut next_type = *payload.get(at - 1)?;
        for _ in 0..8 {
            if flags & 4 == 0 || next_type == 0 {
                break;
            }
            let length = 4 * usize::from(*payload.get(at)?).max(1);
            next_type = *payload.get(at + length - 1)?;
            at += length;
        }
    }
    let version = payload.get(at)? >> 4;
    matches!(version, 4 | 6).then_some((Next::Ip, at))
}

/// Teredo (RFC 4380 section 5.1.1): an IPv6 packet, behind an authentication or
/// an origin indication or both.
fn teredo(payload: &[u8]) -> Inner {
    let mut at = 0;
    if be16(payload, at)? == 1 {
        let (client, authentication) = (payload.get(at + 2)?, payload.get(at + 3)?);
        at += 13 + usize::from(*client) + usize::from(*authentication);
    }
    if be16(payload, at)? == 0 {
        at += 8;
    }
    (payload.get(at)? >> 4 == 6).then_some((Next::Ip, at))
}

/// L2TPv2 (RFC 2661): a data message carries a PPP frame.
fn l2tp_v2(payload: &[u8]) -> Inner {
    let flags = be16(payload, 0)?;
    let (control, length, sequence, offset) =
        (flags & 0x8000, flags & 0x4000, flags & 0x0800, flags & 0x0200);
    if control != 0 || flags & 0x000f != 2 {
        return None;
    }
    let mut at = 6 + if length == 0 { 0 } else { 2 } + if sequence == 0 { 0 } else { 4 };
    if offset != 0 {
        at += 2 + usize::from(be16(payload, at)?);
    }
    Some((Next::Ppp, at))
}

/// TZSP: a received packet of Ethernet, behind tags that end with tag 1.
fn tzsp(payload: &[u8]) -> Inner {
    let [version, kind, _, encapsulation] = *payload.first_chunk()?;
    if version != 1 || kind > 1 || encapsulation != 1 {
        return None;
    }
    let mut at = 4;
    for _ in 0..64 {
        match payload.get(at)? {
            0 => at += 1,
            1 => return Some((Next::Ethernet, at + 1)),
            _ => at += 2 + usize::from(*payload.get(at + 1)?),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn gre_and_its_mirrors() {
        assert_eq!(gre(&[0, 0, 0x08, 0]), Some((Next::EtherType(0x0800), 4)));
        assert_eq!(gre(&[0xb0, 0, 0x65, 0x58]), Some((Next::EtherType(ETHERNET), 16)));
        assert_eq!(gre(&[0x30, 0x81, 0x88, 0x0b]), Some((Next::Ppp, 16)), "PPTP");
        assert_eq!(gre(&[0, 0, 0x88, 0xbe]), Some((Next::Ethernet, 4)), "ERSPAN I");
        assert_eq!(gre(&[0x10, 0, 0x88, 0xbe]), Some((Next::Ethernet, 16)), "ERSPAN II");
        let mut third = vec![0x10, 0, 0x22, 0xeb];
        third.extend([0; 16]);
        assert_eq!(gre(&third), Some((Next::Ethernet, 20)), "ERSPAN III");
        third[19] = 1;
        assert_eq!(gre(&third), Some((Next::Ethernet, 28)), "ERSPAN III with a subheader");
        assert_eq!(gre(&[0, 2, 0x08, 0]), None);
    }

    #[test]
    fn udp_tunnels_are_known_by_port_and_header() {
        let inner =
            |sport, dport, payload: &[u8]| udp(sport, dport, payload).map(|(_, inner)| inner);
        assert_eq!(inner(9, VXLAN, &[8, 0, 0, 0, 0, 0, 7, 0]), Some((Next::Ethernet, 8)));
        assert_eq!(inner(9, VXLAN, &[0x80, 0, 0, 0, 0, 0, 7, 0]), None, "RTP on the port");
        assert_eq!(inner(9, GENEVE, &[1, 0, 0x65, 0x58, 0, 0, 0, 0]), Some((Next::Ethernet, 12)));
        assert_eq!(inner(GTP_U, GTP_U, &[0x30, 255, 0, 1, 0, 0, 0, 1, 0x45]), Some((Next::Ip, 8)));
        let extended = [0x34, 255, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0x85, 1, 0, 9, 0, 0x60];
        assert_eq!(inner(GTP_U, GTP_U, &extended), Some((Next::Ip, 16)));
        assert_eq!(inner(GTP_U, GTP_U, &[0x32, 1, 0, 4]), None, "an echo request");
        assert_eq!(inner(1, TEREDO, &[0x60, 0]), Some((Next::Ip, 0)));
        assert_eq!(inner(1, TEREDO, &[0, 0, 1, 2, 3, 4, 5, 6, 0x60]), Some((Next::Ip, 8)));
        assert_eq!(inner(L2TP, 9, &[0x40, 2, 0, 8, 0, 1, 0, 2]), Some((Next::Ppp, 8)));
        assert_eq!(inner(L2TP, 9, &[0xc8, 2, 0, 8]), None, "a control message");
        assert_eq!(inner(1, TZSP, &[1, 0, 0, 1, 0, 10, 1, 5, 1]), Some((Next::Ethernet, 9)));
        let mut session = vec![0, 0, 0, 5, 1, 2, 3, 4];
        session.extend([0; 12]);
        session.extend([0x08, 0]);
        assert_eq!(l2tp_v3(&session), Some((Next::Ethernet, 8)));
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(port in 0_usize..8, payload in proptest::collection::vec(any::<u8>(), 0..80)) {
            let ports = [VXLAN, VXLAN_LINUX, GENEVE, GTP_U, TEREDO, L2TP, TZSP, MPLS];
            let _ = (udp(9, ports[port], &payload), gre(&payload), l2tp_v3(&payload));
        }
    }
}
