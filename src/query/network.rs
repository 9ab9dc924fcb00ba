//! Addresses in expressions: `10.0.0.1`, `10.0.0.0/8`, `10.0.0.1:5060`, `:5060`.

use std::net::IpAddr;

use crate::base::flow::Endpoint;

/// What an address may be.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Network {
    /// The first address and how many of its bits count; any without.
    prefix: Option<(IpAddr, u8)>,
    /// The port, if one is asked for.
    pub(super) port: Option<u16>,
}

impl Network {
    /// Reads an address, a network, an address and a port, or a port.
    pub(super) fn parse(text: &str) -> Option<Self> {
        if let Some(port) = text.strip_prefix(':')
            && let Ok(port) = port.parse()
        {
            return Some(Self { prefix: None, port: Some(port) });
        }
        if let Ok(address) = text.parse::<std::net::SocketAddr>() {
            let prefix = Some((address.ip(), bits(address.ip())));
            return Some(Self { prefix, port: Some(address.port()) });
        }
        let (address, length) = match text.split_once('/') {
            Some((address, length)) => (address, Some(length.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let address =
            address.strip_prefix('[').and_then(|a| a.strip_suffix(']')).unwrap_or(address);
        let ip: IpAddr = address.parse().ok()?;
        let length = length.unwrap_or(bits(ip));
        (length <= bits(ip)).then_some(Self { prefix: Some((ip, length)), port: None })
    }

    /// Whether an address is one of it.
    pub(super) fn has(&self, ip: IpAddr) -> bool {
        let Some((first, length)) = self.prefix else { return true };
        match (first, ip) {
            (IpAddr::V4(first), IpAddr::V4(ip)) => {
                let differ = first.to_bits() ^ ip.to_bits();
                differ.leading_zeros() >= u32::from(length)
            }
            (IpAddr::V6(first), IpAddr::V6(ip)) => {
                let differ = first.to_bits() ^ ip.to_bits();
                differ.leading_zeros() >= u32::from(length)
            }
            _ => false,
        }
    }

    /// Whether an endpoint is one of it.
    pub(super) fn has_endpoint(&self, endpoint: Endpoint) -> bool {
        self.port.is_none_or(|port| port == endpoint.port) && self.has(endpoint.ip)
    }
}

const fn bits(ip: IpAddr) -> u8 {
    if ip.is_ipv4() { 32 } else { 128 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn networks_hold_their_addresses() {
        let has =
            |network: &str, ip: &str| Network::parse(network).unwrap().has(ip.parse().unwrap());
        assert!(has("10.0.0.0/8", "10.255.1.2") && !has("10.0.0.0/8", "11.0.0.1"));
        assert!(has("10.1.2.3", "10.1.2.3") && !has("10.1.2.3", "10.1.2.4"));
        assert!(has("0.0.0.0/0", "203.0.113.1") && !has("0.0.0.0/0", "::1"));
        assert!(has("2001:db8::/32", "2001:db8:1::1") && !has("2001:db8::/32", "2001:db9::"));
        assert!(has("[::1]", "::1"));
        let endpoint = |text: &str| {
            let address: std::net::SocketAddr = text.parse().unwrap();
            Endpoint::new(address.ip(), address.port())
        };
        let has =
            |network: &str, at: &str| Network::parse(network).unwrap().has_endpoint(endpoint(at));
        assert!(has(":5060", "10.0.0.1:5060") && !has(":5060", "10.0.0.1:5061"));
        assert!(has("[::1]:5060", "[::1]:5060") && !has("10.0.0.1:5060", "10.0.0.2:5060"));
        for wrong in ["", "10.0.0.0/33", "10.0.0", "x", "::/129", ":x", "10.0.0.0/"] {
            assert_eq!(Network::parse(wrong), None, "{wrong}");
        }
    }
}
