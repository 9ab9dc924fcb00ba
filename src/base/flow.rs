//! Who sends to whom: endpoints, flows and the compact keys of tables.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr};

use super::id::Ssrc;

/// An IP address and a port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Endpoint {
    /// The address.
    pub ip: IpAddr,
    /// The UDP, TCP or SCTP port.
    pub port: u16,
}

impl Endpoint {
    /// An endpoint of its two parts.
    pub const fn new(ip: IpAddr, port: u16) -> Self {
        Self { ip, port }
    }

    /// Whether its address means something else, or nothing, in another network (RFC 1918,
    /// RFC 3927, RFC 4193, RFC 4291 section 2.5.6, RFC 6598).
    pub const fn is_private(self) -> bool {
        match self.ip {
            IpAddr::V4(ip) => {
                ip.is_private() || ip.is_link_local() || matches!(ip.octets(), [100, 64..=127, ..])
            }
            IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
        }
    }

    /// The same address with another port.
    #[must_use]
    pub const fn with_port(self, port: u16) -> Self {
        Self { ip: self.ip, port }
    }
}

impl fmt::Display for Endpoint {
    /// `10.0.0.1:5060`, `[2001:db8::1]:5060`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.ip {
            IpAddr::V4(ip) => write!(f, "{ip}:{}", self.port),
            IpAddr::V6(ip) => write!(f, "[{ip}]:{}", self.port),
        }
    }
}

/// One direction between two endpoints.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Flow {
    /// The sender.
    pub src: Endpoint,
    /// The receiver.
    pub dst: Endpoint,
}

impl Flow {
    /// The flow from `src` to `dst`.
    pub const fn new(src: Endpoint, dst: Endpoint) -> Self {
        Self { src, dst }
    }

    /// The other direction.
    #[must_use]
    pub const fn reversed(self) -> Self {
        Self { src: self.dst, dst: self.src }
    }

    /// A number that is the same for all flows between two hosts, whichever way
    /// they go and on whichever ports, and spread over all its upper bits.
    #[inline]
    pub fn hosts(&self) -> u64 {
        // Odd factors of many bits; a sum is the same both ways round.
        let number = |ip| match ip {
            IpAddr::V4(ip) => u64::from(Ipv4Addr::to_bits(ip)),
            IpAddr::V6(ip) => ip.segments().into_iter().fold(0, |number: u64, segment| {
                number.wrapping_mul(0xd6e8_feb8_6659_fd93) ^ u64::from(segment)
            }),
        };
        let spread = |ip| {
            let product = u64::wrapping_mul(number(ip), 0x9e37_79b9_7f4a_7c15);
            product ^ product >> 29
        };
        let both = u64::wrapping_add(spread(self.src.ip), spread(self.dst.ip));
        both.wrapping_mul(0xbf58_476d_1ce4_e5b9)
    }

    /// The 16 bytes that name an RTP stream between IPv4 endpoints, or `None`
    /// when either address is IPv6. A short key is what makes the lookup per
    /// media packet cheap.
    pub fn v4_stream_key(&self, ssrc: Ssrc) -> Option<u128> {
        let (IpAddr::V4(src), IpAddr::V4(dst)) = (self.src.ip, self.dst.ip) else { return None };
        Some(v4_stream_key(src, self.src.port, dst, self.dst.port, ssrc))
    }
}

/// What carries SIP (RFC 3261 section 18, RFC 4168, RFC 7118).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum Transport {
    /// UDP
    Udp,
    /// TCP
    Tcp,
    /// TLS over TCP
    Tls,
    /// WebSocket
    Ws,
    /// WebSocket over TLS
    Wss,
    /// SCTP
    Sctp,
}

impl Transport {
    /// The name in reports: `udp`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Udp => "udp",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Ws => "ws",
            Self::Wss => "wss",
            Self::Sctp => "sctp",
        }
    }
}

/// The 16 bytes that name an RTP stream: addresses, ports and SSRC.
pub fn v4_stream_key(src: Ipv4Addr, sport: u16, dst: Ipv4Addr, dport: u16, ssrc: Ssrc) -> u128 {
    u128::from(src.to_bits()) << 96
        | u128::from(dst.to_bits()) << 64
        | u128::from(sport) << 48
        | u128::from(dport) << 32
        | u128::from(ssrc.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_read_as_engineers_write_them() {
        let v4 = Endpoint::new("10.0.0.1".parse().unwrap(), 5060);
        let v6 = Endpoint::new("2001:db8::1".parse().unwrap(), 5061);
        assert_eq!(v4.to_string(), "10.0.0.1:5060");
        assert_eq!(v6.to_string(), "[2001:db8::1]:5061");
    }

    #[test]
    fn flows_between_two_hosts_have_their_number() {
        let endpoint = |ip: &str, port| Endpoint::new(ip.parse().unwrap(), port);
        for (a, b, other) in
            [("10.0.0.1", "10.0.0.4", "10.0.0.2"), ("2001:db8::1", "fe80::2", "fe80::3")]
        {
            let flow = Flow::new(endpoint(a, 4000), endpoint(b, 5000));
            let rtcp = Flow::new(endpoint(a, 4001), endpoint(b, 5001));
            assert_eq!(flow.hosts(), flow.reversed().hosts());
            assert_eq!(flow.hosts(), rtcp.hosts());
            assert_ne!(flow.hosts(), Flow::new(flow.src, endpoint(other, 5000)).hosts());
        }
        let eighths = |last| {
            let flow = Flow::new(endpoint("10.0.0.1", 1), endpoint(&format!("10.0.1.{last}"), 1));
            flow.hosts() >> 61
        };
        let mut counts = [0; 8];
        (0..=255).for_each(|last| counts[usize::try_from(eighths(last)).unwrap()] += 1);
        assert!(counts.iter().all(|count| (16..=48).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_stream_key_tells_every_part_apart() {
        let a = Endpoint::new("10.0.0.1".parse().unwrap(), 4000);
        let b = Endpoint::new("10.0.0.2".parse().unwrap(), 4002);
        let flow = Flow::new(a, b);
        let keys = [
            flow.v4_stream_key(Ssrc(1)),
            flow.v4_stream_key(Ssrc(2)),
            flow.reversed().v4_stream_key(Ssrc(1)),
            Flow::new(a.with_port(4001), b).v4_stream_key(Ssrc(1)),
            Flow::new(a, b.with_port(4001)).v4_stream_key(Ssrc(1)),
        ];
        for (i, left) in keys.iter().enumerate() {
            assert!(left.is_some());
            assert!(keys.iter().skip(i + 1).all(|right| right != left));
        }
        let v6 = Endpoint::new("::1".parse().unwrap(), 4000);
        assert_eq!(Flow::new(v6, b).v4_stream_key(Ssrc(1)), None);
    }
}
