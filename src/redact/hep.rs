//! Packets that a server mirrors by HEP, made anew as version 3.

use std::net::IpAddr;

use super::blanked::What;
use super::media::Media;
use super::names::Pseudonyms;
use crate::reassembly::inflate::inflate_zlib;
use crate::wire::hep::{Hep, kind, rtcp_json};
use crate::wire::sniff::{Content, classify};

/// Longest payload that is inflated.
const LONGEST: usize = 1 << 20;

/// The mirrored packet with its addresses and its message replaced. What else
/// the server tells, such as its name and its key, is left out.
pub(super) fn mirrored(names: &mut Pseudonyms, media: &Media, hep: &Hep<'_>) -> Vec<u8> {
    let inflated = hep.compressed.then(|| inflate_zlib(hep.payload, LONGEST));
    let payload = match &inflated {
        Some(inflated) => inflated.as_deref().unwrap_or_default(),
        None => hep.payload,
    };
    let moved = match (hep.kind, classify(payload, 0)) {
        (kind::SIP, Content::Sip(bytes)) => names.message(bytes, true),
        (kind::RTP | kind::RTCP, Content::Rtcp(bytes)) => Some(names.rtcp(bytes)),
        (kind::RTP, Content::Rtp(_)) => media.mirrored(names, hep.flow, payload),
        (kind::RTCP, _) => rtcp_json::to_rtcp(payload).map(|bytes| names.rtcp(&bytes)),
        _ => None,
    };
    let moved = moved.unwrap_or_else(|| {
        names.blank(What::Datagram);
        vec![0; payload.len()]
    });
    let (src, dst) = (names.ip(hep.flow.src.ip), names.ip(hep.flow.dst.ip));
    let (family, addresses) = match (src, dst) {
        (IpAddr::V4(src), IpAddr::V4(dst)) => {
            (2, [(3, src.octets().to_vec()), (4, dst.octets().to_vec())])
        }
        (src, dst) => (10, [(5, octets(src)), (6, octets(dst))]),
    };
    let mut chunks = vec![(1, vec![family]), (2, vec![hep.protocol])];
    chunks.extend(addresses);
    chunks.push((7, hep.flow.src.port.to_be_bytes().to_vec()));
    chunks.push((8, hep.flow.dst.port.to_be_bytes().to_vec()));
    if let Some(at) = hep.at {
        let seconds = u32::try_from(at.nanos().div_euclid(1_000_000_000)).unwrap_or(0);
        let micros = u32::try_from(at.nanos().rem_euclid(1_000_000_000) / 1_000).unwrap_or(0);
        chunks.push((9, seconds.to_be_bytes().to_vec()));
        chunks.push((10, micros.to_be_bytes().to_vec()));
    }
    chunks.push((11, vec![hep.kind]));
    if let Some(agent) = hep.agent {
        chunks.push((12, agent.to_be_bytes().to_vec()));
    }
    if let Some(call_id) = hep.correlation {
        chunks.push((17, names.token(call_id)));
    }
    chunks.push((15, moved));
    let mut out = b"HEP3\0\0".to_vec();
    for (kind, value) in chunks {
        let length = u16::try_from(value.len() + 6).unwrap_or(u16::MAX);
        out.extend([0, 0, 0, kind]);
        out.extend(length.to_be_bytes());
        out.extend(value);
    }
    let length = u16::try_from(out.len()).unwrap_or(u16::MAX).to_be_bytes();
    out.splice(4..6, length);
    out
}

fn octets(ip: IpAddr) -> Vec<u8> {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};
    use crate::wire::hep::parse;

    #[test]
    fn a_mirrored_message_stays_one() {
        let text = b"OPTIONS sip:alice@acme.com SIP/2.0\r\nCall-ID: abc\r\n\r\n";
        let mut bytes = vec![1, 16, 2, 17, 0x13, 0xc4, 0x13, 0xc5, 192, 0, 2, 1, 192, 0, 2, 2];
        bytes.extend(text);
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        let out = mirrored(&mut all, &Media::default(), &parse(&bytes).unwrap());
        let moved = parse(&out).unwrap();
        assert_eq!((moved.version, moved.flow.src.port, moved.kind), (3, 5060, kind::SIP));
        assert_eq!(moved.flow.src.ip, all.ip([192, 0, 2, 1].into()));
        assert!(
            moved.payload.starts_with(b"OPTIONS sip:") && !moved.payload.ends_with(b"abc\r\n\r\n")
        );
    }
}
