//! Link headers: what they announce, and where the network packet begins.

use super::bytes::be16;
use super::malformed::{Malformed, Reason};
use crate::base::frame::Link;

/// What follows a link header.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Next {
    /// An IP packet, whose version its first nibble tells.
    Ip,
    /// A protocol that carries no calls (ARP, spanning tree, LLDP ...).
    Foreign,
}

const ETHERTYPE_IPV4: u16 = 0x0800;
const ETHERTYPE_IPV6: u16 = 0x86dd;
/// VLAN tags: 802.1Q, 802.1ad (QinQ), and the older QinQ types of Cisco and others.
const VLAN_TAGS: [u16; 4] = [0x8100, 0x88a8, 0x9100, 0x9200];

const ETHERNET_HEADER: usize = 14;
const VLAN_TAG: usize = 4;
const SLL_HEADER: usize = 16;
const SLL2_HEADER: usize = 20;
const NULL_HEADER: usize = 4;

/// VLAN tags one after another that are followed; real stacks have two or three.
const MAX_VLAN_TAGS: usize = 8;

/// Reads the link header of `bytes`: what follows, and at which offset.
///
/// # Errors
/// Why it cannot be read.
pub fn strip(link: Link, bytes: &[u8]) -> Result<(Next, usize), Malformed> {
    let truncated = || Malformed::at(Reason::LinkTruncated, bytes.len());
    match link {
        Link::RawIp => Ok((Next::Ip, 0)),
        Link::Ethernet => {
            let ethertype = be16(bytes, ETHERNET_HEADER - 2).ok_or_else(truncated)?;
            after_ethertype(ethertype, bytes, ETHERNET_HEADER)
        }
        Link::LinuxSll => {
            let protocol = be16(bytes, SLL_HEADER - 2).ok_or_else(truncated)?;
            after_ethertype(protocol, bytes, SLL_HEADER)
        }
        Link::LinuxSll2 => {
            let protocol = be16(bytes, 0).ok_or_else(truncated)?;
            if bytes.len() < SLL2_HEADER {
                return Err(truncated());
            }
            after_ethertype(protocol, bytes, SLL2_HEADER)
        }
        Link::Null => {
            // The family is in the byte order of the machine that captured, and
            // AF_INET6 differs between systems; the IP header says it better.
            let family = bytes.first_chunk::<NULL_HEADER>().ok_or_else(truncated)?;
            let small = u32::from_le_bytes(*family).min(u32::from_be_bytes(*family));
            let next =
                if matches!(small, 2 | 10 | 23 | 24 | 28 | 30) { Next::Ip } else { Next::Foreign };
            Ok((next, NULL_HEADER))
        }
        Link::Other(_) => Err(Malformed::at(Reason::LinkUnsupported, 0)),
    }
}

/// Follows VLAN tags from an EtherType whose payload begins at `at`.
fn after_ethertype(ethertype: u16, bytes: &[u8], at: usize) -> Result<(Next, usize), Malformed> {
    let (mut ethertype, mut at) = (ethertype, at);
    for _ in 0..=MAX_VLAN_TAGS {
        match ethertype {
            ETHERTYPE_IPV4 | ETHERTYPE_IPV6 => return Ok((Next::Ip, at)),
            tag if VLAN_TAGS.contains(&tag) => {
                ethertype = be16(bytes, at + 2)
                    .ok_or_else(|| Malformed::at(Reason::LinkTruncated, bytes.len()))?;
                at += VLAN_TAG;
            }
            _ => return Ok((Next::Foreign, at)),
        }
    }
    Err(Malformed::at(Reason::LinkTooDeep, at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ethernet(rest: &[u8]) -> Vec<u8> {
        [&[0_u8; 12][..], rest].concat()
    }

    #[test]
    fn vlan_tags_are_followed() {
        let plain = ethernet(&[0x08, 0x00]);
        assert_eq!(strip(Link::Ethernet, &plain), Ok((Next::Ip, 14)));
        let qinq = ethernet(&[0x88, 0xa8, 0, 1, 0x81, 0x00, 0, 2, 0x86, 0xdd]);
        assert_eq!(strip(Link::Ethernet, &qinq), Ok((Next::Ip, 22)));
        let arp = ethernet(&[0x08, 0x06]);
        assert_eq!(strip(Link::Ethernet, &arp), Ok((Next::Foreign, 14)));
        let cut = ethernet(&[0x81, 0x00, 0]);
        assert_eq!(strip(Link::Ethernet, &cut).map_err(|m| m.reason), Err(Reason::LinkTruncated));
        let endless = ethernet(&[0x81, 0x00, 0, 0].repeat(40));
        assert_eq!(strip(Link::Ethernet, &endless).map_err(|m| m.reason), Err(Reason::LinkTooDeep));
    }

    #[test]
    fn cooked_and_null_headers_are_read() {
        let mut sll = [0_u8; 16];
        sll[14] = 0x08;
        assert_eq!(strip(Link::LinuxSll, &sll), Ok((Next::Ip, 16)));
        let mut sll2 = [0_u8; 20];
        (sll2[0], sll2[1]) = (0x86, 0xdd);
        assert_eq!(strip(Link::LinuxSll2, &sll2), Ok((Next::Ip, 20)));
        assert!(strip(Link::LinuxSll2, &sll2[..19]).is_err());
        assert_eq!(strip(Link::Null, &[2, 0, 0, 0]), Ok((Next::Ip, 4)));
        assert_eq!(strip(Link::Null, &[0, 0, 0, 30]), Ok((Next::Ip, 4)));
        assert_eq!(strip(Link::Null, &[7, 0, 0, 0]), Ok((Next::Foreign, 4)));
        assert_eq!(
            strip(Link::Other(147), &[]).map_err(|m| m.reason),
            Err(Reason::LinkUnsupported)
        );
    }
}
