//! Packets written as HEP version 3, for a collector.

use std::net::IpAddr;

use super::{HEADER, MAGIC, chunk};
use crate::base::flow::Flow;
use crate::base::time::Timestamp;

/// A packet to mirror.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Mirror<'a> {
    /// From whom to whom it went.
    pub flow: Flow,
    /// When, of which HEP has microseconds.
    pub at: Timestamp,
    /// Its IP protocol: 17 UDP, 6 TCP, 132 SCTP.
    pub protocol: u8,
    /// What the payload is, a number of [`kind`](super::kind).
    pub kind: u8,
    /// The octet of differentiated services of its IP header.
    pub traffic_class: u8,
    /// The id that relates it to a call, if there is one.
    pub correlation: Option<&'a [u8]>,
    /// The payload.
    pub payload: &'a [u8],
}

/// Who mirrors.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Agent {
    /// Its number.
    pub id: u32,
    /// The key by which the collector knows it.
    pub key: Option<String>,
}

/// Appends the packet to `out`; `false`, with nothing appended, when it is longer
/// than the 65,535 bytes that HEP can say.
pub fn append(mirror: &Mirror<'_>, agent: &Agent, out: &mut Vec<u8>) -> bool {
    let start = out.len();
    out.extend_from_slice(MAGIC);
    out.extend_from_slice(&[0, 0]);
    let fits = chunks(mirror, agent, out).is_some();
    let length = u16::try_from(out.len() - start).ok().filter(|_| fits);
    let place = out.get_mut(start + MAGIC.len()..).and_then(|rest| rest.first_chunk_mut());
    if let (Some(length), Some(place)) = (length, place) {
        *place = length.to_be_bytes();
        return true;
    }
    out.truncate(start);
    false
}

fn chunks(mirror: &Mirror<'_>, agent: &Agent, out: &mut Vec<u8>) -> Option<()> {
    let (src, dst) = (mirror.flow.src, mirror.flow.dst);
    match (src.ip, dst.ip) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            put(out, chunk::FAMILY, &[2])?;
            put(out, chunk::PROTOCOL, &[mirror.protocol])?;
            put(out, chunk::SRC_V4, &src.octets())?;
            put(out, chunk::DST_V4, &dst.octets())?;
        }
        (src, dst) => {
            let octets = |ip| match ip {
                IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
                IpAddr::V6(ip) => ip.octets(),
            };
            put(out, chunk::FAMILY, &[10])?;
            put(out, chunk::PROTOCOL, &[mirror.protocol])?;
            put(out, chunk::SRC_V6, &octets(src))?;
            put(out, chunk::DST_V6, &octets(dst))?;
        }
    }
    put(out, chunk::SRC_PORT, &src.port.to_be_bytes())?;
    put(out, chunk::DST_PORT, &dst.port.to_be_bytes())?;
    let micros = mirror.at.nanos().div_euclid(1_000);
    // Times beyond 2106 do not fit, and are not of packets.
    let seconds = u32::try_from(micros.div_euclid(1_000_000)).unwrap_or(0);
    let micros = u32::try_from(micros.rem_euclid(1_000_000)).unwrap_or(0);
    put(out, chunk::SECONDS, &seconds.to_be_bytes())?;
    put(out, chunk::MICROS, &micros.to_be_bytes())?;
    put(out, chunk::KIND, &[mirror.kind])?;
    put(out, chunk::AGENT, &agent.id.to_be_bytes())?;
    if let Some(key) = &agent.key {
        put(out, chunk::KEY, key.as_bytes())?;
    }
    put(out, chunk::TRAFFIC_CLASS, &[mirror.traffic_class])?;
    if let Some(correlation) = mirror.correlation {
        put(out, chunk::CORRELATION, correlation)?;
    }
    put(out, chunk::PAYLOAD, mirror.payload)
}

fn put(out: &mut Vec<u8>, number: u16, value: &[u8]) -> Option<()> {
    let length = u16::try_from(HEADER + value.len()).ok()?;
    out.extend_from_slice(&[0, 0]);
    out.extend_from_slice(&number.to_be_bytes());
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(value);
    Some(())
}

#[cfg(test)]
mod tests {
    use super::super::{kind, parse};
    use super::*;
    use crate::base::flow::Endpoint;
    use proptest::prelude::*;

    fn agent() -> Agent {
        Agent { id: 2001, key: Some("secret".to_owned()) }
    }

    proptest! {
        /// What is written is read, for either family.
        #[test]
        fn what_is_written_is_read(
            payload in proptest::collection::vec(any::<u8>(), 0..300),
            micros in 0_i64..4_000_000_000_000_000,
            (src, dst) in prop_oneof![
                (any::<[u8; 4]>(), any::<[u8; 4]>()).prop_map(|(a, b)| (IpAddr::from(a), IpAddr::from(b))),
                (any::<[u8; 16]>(), any::<[u8; 16]>()).prop_map(|(a, b)| (IpAddr::from(a), IpAddr::from(b))),
            ],
            ports in any::<(u16, u16)>(),
            class in any::<u8>(),
        ) {
            let mirror = Mirror {
                flow: Flow::new(Endpoint::new(src, ports.0), Endpoint::new(dst, ports.1)),
                at: Timestamp::from_micros(micros),
                protocol: 6,
                kind: kind::RTCP,
                traffic_class: class,
                correlation: Some(b"a84b4c76e66710"),
                payload: &payload,
            };
            let mut bytes = b"before".to_vec();
            prop_assert!(append(&mirror, &agent(), &mut bytes));
            let hep = parse(&bytes[6..]).unwrap();
            prop_assert_eq!((hep.flow, hep.at, hep.payload), (mirror.flow, Some(mirror.at), mirror.payload));
            prop_assert_eq!((hep.kind, hep.protocol, hep.traffic_class), (kind::RTCP, 6, Some(class)));
            prop_assert_eq!((hep.agent, hep.key, hep.correlation), (Some(2001), Some(&b"secret"[..]), mirror.correlation));
            prop_assert_eq!(super::super::length(&bytes[6..]), Some(bytes.len() - 6));
        }
    }

    #[test]
    fn what_is_too_long_is_not_written() {
        let payload = vec![b'x'; 65_500];
        let end = Endpoint::new(IpAddr::from([192, 0, 2, 1]), 5060);
        let mirror = Mirror {
            flow: Flow::new(end, end),
            at: Timestamp::default(),
            protocol: 17,
            kind: kind::SIP,
            traffic_class: 0,
            correlation: None,
            payload: &payload,
        };
        let mut bytes = vec![7];
        assert!(!append(&mirror, &agent(), &mut bytes));
        assert!(append(&Mirror { payload: &payload[..60_000], ..mirror }, &agent(), &mut bytes));
    }
}
