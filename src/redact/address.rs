//! Addresses: pseudonyms that keep subnets.
//!
//! The construction is Crypto-PAn's (J. Xu, J. Fan, M. Ammar, S. Moon:
//! "Prefix-Preserving IP Address Anonymization", ICNP 2002) with HMAC-SHA-256
//! for its cipher: each bit is flipped or not by what precedes it, so that two
//! addresses share as many leading bits as their originals. Where a block has a
//! meaning of its own (private, loopback, link-local, shared, multicast), the
//! bits on the way to it are not flipped: an address is private exactly if its
//! original is.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::key::Key;

/// Blocks that stay themselves: their first bits, as the start of an address,
/// and how many. From the IANA registries of special-purpose addresses (RFC 6890).
const V4: &[([u8; 4], usize)] = &[
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 168, 0, 0], 16),
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
];
const V6: &[(u16, usize)] = &[(0x2000, 3), (0xfc00, 7), (0xfe80, 10), (0xff00, 8)];

/// The pseudonym of an address. The unspecified address, broadcast and IPv6's
/// loopback stay: they are nobody's.
pub(super) fn pseudonym(key: &Key, ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(ip) => v4(key, ip).into(),
        IpAddr::V6(ip) => v6(key, ip).into(),
    }
}

fn v4(key: &Key, ip: Ipv4Addr) -> Ipv4Addr {
    if ip.is_unspecified() || ip.is_broadcast() {
        return ip;
    }
    let blocks: Vec<_> = V4
        .iter()
        .map(|(start, bits)| (u128::from(u32::from_be_bytes(*start)) << 96, *bits))
        .collect();
    let moved = flipped(key, "ipv4", u128::from(ip.to_bits()) << 96, 32, &blocks);
    Ipv4Addr::from_bits(u32::try_from(moved >> 96).unwrap_or(0))
}

fn v6(key: &Key, ip: Ipv6Addr) -> Ipv6Addr {
    if ip.is_unspecified() || ip.is_loopback() {
        return ip;
    }
    if let Some(inner) = ip.to_ipv4_mapped() {
        return v4(key, inner).to_ipv6_mapped();
    }
    if let [0x64, 0xff9b, 0, 0, 0, 0, ..] = ip.segments() {
        // The address of an IPv4 host behind NAT64 (RFC 6052).
        let [.., a, b, c, d] = ip.octets();
        let inner = v4(key, Ipv4Addr::new(a, b, c, d)).to_bits();
        return Ipv6Addr::from_bits(ip.to_bits() >> 32 << 32 | u128::from(inner));
    }
    let blocks: Vec<_> =
        V6.iter().map(|(start, bits)| (u128::from(*start) << 112, *bits)).collect();
    Ipv6Addr::from_bits(flipped(key, "ipv6", ip.to_bits(), 128, &blocks))
}

/// Flips each of the leading `length` bits, or not, as the bits before it say;
/// none of those on the way to a block.
fn flipped(key: &Key, purpose: &str, bits: u128, length: usize, blocks: &[(u128, usize)]) -> u128 {
    let before = |bits: u128, count: usize| match count {
        0 => 0,
        count => bits >> (128 - count) << (128 - count),
    };
    let mut out = bits;
    for at in 0..length {
        let prefix = before(bits, at);
        let leads_to_block =
            blocks.iter().any(|(start, size)| at < *size && before(*start, at) == prefix);
        if leads_to_block {
            continue;
        }
        let place = [u8::try_from(at).unwrap_or(0)];
        let draw = key.draw(purpose, &[&place, &prefix.to_be_bytes()]);
        out ^= u128::from(draw[0] & 1) << (127 - at);
    }
    out
}

/// The pseudonym of a station: broadcast and groups stay, others become
/// locally administered ones (IEEE 802).
pub(super) fn station(key: &Key, mac: [u8; 6]) -> [u8; 6] {
    if mac[0] & 1 == 1 || mac == [0; 6] {
        return mac;
    }
    let draw = key.draw("station", &[&mac]);
    [0x02, draw[1], draw[2], draw[3], draw[4], draw[5]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn of(text: &str) -> IpAddr {
        pseudonym(&Key::new(b"k"), text.parse().unwrap())
    }

    fn shared(a: IpAddr, b: IpAddr) -> u32 {
        match (a, b) {
            (IpAddr::V4(a), IpAddr::V4(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            (IpAddr::V6(a), IpAddr::V6(b)) => (a.to_bits() ^ b.to_bits()).leading_zeros(),
            _ => 0,
        }
    }

    fn kind(ip: Ipv4Addr) -> [bool; 6] {
        let shared = matches!(ip.octets(), [100, 64..=127, ..]);
        let reserved = ip.octets()[0] >= 240;
        [ip.is_private(), ip.is_loopback(), ip.is_link_local(), ip.is_multicast(), shared, reserved]
    }

    #[test]
    fn addresses_of_nobody_stay() {
        for text in ["0.0.0.0", "255.255.255.255", "::", "::1"] {
            assert_eq!(of(text).to_string(), text);
        }
        let IpAddr::V6(mapped) = of("::ffff:192.0.2.1") else { panic!("not IPv6") };
        assert_eq!(mapped.to_ipv4_mapped().map(IpAddr::V4), Some(of("192.0.2.1")));
    }

    #[test]
    fn stations_are_locally_administered() {
        let key = Key::new(b"k");
        assert_eq!(station(&key, [0xff; 6]), [0xff; 6]);
        let other = station(&key, [0, 4, 0xf2, 1, 2, 3]);
        assert_eq!((other[0], other == station(&key, [0, 4, 0xf2, 1, 2, 3])), (2, true));
    }

    proptest! {
        #[test]
        fn subnets_and_meanings_stay(a in any::<u32>(), b in any::<u32>(), bits in 0_u32..32) {
            let (a, b) = (Ipv4Addr::from_bits(a), Ipv4Addr::from_bits(a & !(u32::MAX >> bits) | b & (u32::MAX >> bits)));
            let key = Key::new(b"k");
            let (c, d) = (v4(&key, a), v4(&key, b));
            if !a.is_broadcast() && !b.is_broadcast() && !a.is_unspecified() && !b.is_unspecified() {
                prop_assert_eq!(shared(a.into(), b.into()), shared(c.into(), d.into()));
            }
            prop_assert_eq!(kind(a), kind(c));
        }

        #[test]
        fn so_it_is_with_ipv6(a in any::<u128>(), b in any::<u128>(), bits in 0_u32..128) {
            let (a, b) = (Ipv6Addr::from_bits(a), Ipv6Addr::from_bits(a & !(u128::MAX >> bits) | b & (u128::MAX >> bits)));
            let key = Key::new(b"k");
            prop_assert_eq!(shared(a.into(), b.into()), shared(v6(&key, a).into(), v6(&key, b).into()));
            prop_assert_eq!(a.is_unique_local(), v6(&key, a).is_unique_local());
        }
    }
}
