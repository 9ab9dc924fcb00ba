//! Parsers of packets: links and tunnels, RTP, RTCP, DTMF, HEP, ICMP.

use siplens::base::frame::{Frame, Link};
use siplens::base::id::FrameNo;
use siplens::base::time::Timestamp;
use siplens::engine::collecting::Packets;
use siplens::wire::frame::{Decoded, decode};
use siplens::wire::hep as mirror;
use siplens::wire::rtcp::{self as control, Packet, xr};
use siplens::wire::rtp::Rtp;
use siplens::wire::sniff::classify;
use siplens::wire::{dtmf as event, dtmf_info};

/// The numbers of all links that are read, and one that is not.
const LINKS: [u16; 11] = [1, 0, 101, 113, 276, 9, 51, 104, 105, 127, 147];

pub(crate) fn framed(link: Link, bytes: &[u8]) -> Frame<'_> {
    let wire_len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    Frame { no: FrameNo::new(0, 1), at: Timestamp::default(), link, wire_len, bytes }
}

fn look(link: Link, bytes: &[u8]) {
    match decode(&framed(link, bytes)) {
        Ok(Decoded::Udp(datagram)) => {
            assert!(datagram.payload.len() <= bytes.len());
            let _ = classify(datagram.payload, datagram.missing);
        }
        Ok(Decoded::Tcp(segment)) => assert!(segment.payload.len() <= bytes.len()),
        Ok(Decoded::Icmp(error)) => {
            let _ = classify(error.quoted, u32::MAX);
        }
        Ok(Decoded::Sctp(_) | Decoded::Fragment(_) | Decoded::Foreign) | Err(_) => {}
    }
}

/// A frame behind a byte that chooses its link.
pub fn frame(bytes: &[u8]) {
    let [choice, bytes @ ..] = bytes else { return };
    let link = LINKS.get(usize::from(*choice) % LINKS.len()).copied().unwrap_or(1);
    look(Link::from_number(link), bytes);
}

/// The UDP payload of a tunnel, or an IP payload, behind a byte that chooses it.
pub fn tunnel(bytes: &[u8]) {
    const PORTS: [u16; 8] = [4789, 8472, 6081, 2152, 3544, 1701, 37008, 6635];
    const PROTOCOLS: [u8; 8] = [4, 41, 47, 50, 97, 115, 132, 137];
    let [choice, bytes @ ..] = bytes else { return };
    let choice = usize::from(*choice) % (PORTS.len() + PROTOCOLS.len());
    let (protocol, payload) = match PORTS.get(choice) {
        Some(port) => {
            let length = u16::try_from(bytes.len() + 8).unwrap_or(u16::MAX).to_be_bytes();
            (17, [&[0x13, 0xc4], &port.to_be_bytes()[..], &length, &[0, 0], bytes].concat())
        }
        None => (PROTOCOLS[choice - PORTS.len()], bytes.to_vec()),
    };
    look(Link::RawIp, &ipv4(protocol, &payload));
}

/// An ICMP message, of version 4 or 6 as its first byte says.
pub fn icmp(bytes: &[u8]) {
    let [choice, bytes @ ..] = bytes else { return };
    look(Link::RawIp, &ipv4(if choice & 1 == 0 { 1 } else { 58 }, bytes));
}

fn ipv4(protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len() + 20).unwrap_or(u16::MAX).to_be_bytes();
    let header = [0x45, 0, length[0], length[1], 0, 1, 0, 0, 64, protocol, 0, 0];
    [&header[..], &[192, 0, 2, 1, 192, 0, 2, 2], payload].concat()
}

/// An RTP packet.
pub fn rtp(bytes: &[u8]) {
    for missing in [0, 4, 1_000] {
        if let Some(rtp) = Rtp::parse(bytes, missing) {
            assert!(rtp.payload.len() <= bytes.len());
        }
        let _ = classify(bytes, missing);
    }
}

/// An RTCP compound packet with all blocks of its packets.
pub fn rtcp(bytes: &[u8]) {
    let _ = (control::is_rtcp(bytes, 0), control::ends_encrypted(bytes));
    let mut packets = 0;
    for packet in control::packets(bytes) {
        packets += 1;
        match packet {
            Ok(Packet::Sender(report)) => {
                assert!(report.blocks().count() <= 31);
                let _ = report.ntp_middle();
            }
            Ok(Packet::Receiver(report)) => assert!(report.blocks().count() <= 31),
            Ok(Packet::Sdes(body)) => assert!(control::sdes_items(body).count() <= bytes.len()),
            Ok(Packet::Bye(bye)) => assert!(bye.sources().count() <= 31),
            Ok(Packet::Extended { blocks, .. }) => extended(blocks),
            Ok(_) | Err(_) => {}
        }
    }
    assert!(packets <= bytes.len() / 4 + 1);
}

fn extended(blocks: &[u8]) {
    for block in xr::blocks(blocks) {
        match block {
            xr::Block::LossRuns(runs) | xr::Block::DuplicateRuns(runs) => {
                let (ones, total) = runs.ones_and_total();
                assert!(ones <= total && total <= u32::from(runs.end.wrapping_sub(runs.begin)));
            }
            xr::Block::Delays(delays) => assert!(delays.iter().count() <= blocks.len() / 12),
            _ => {}
        }
    }
}

/// A telephone event, and the bodies of INFO that carry digits.
pub fn dtmf(bytes: &[u8]) {
    if let Some(event) = event::TelephoneEvent::parse(bytes) {
        let _ = event.digit();
    }
    for media_type in [&b"application/dtmf-relay"[..], b"application/dtmf", b"text/plain"] {
        let _ = dtmf_info::parse(media_type, bytes);
    }
}

/// A HEP packet of any version.
pub fn hep(bytes: &[u8]) {
    let mut whole = 0;
    let mut packets = Packets::default();
    for chunk in bytes.chunks(11) {
        if packets.push(chunk, &mut |packet| whole += packet.len()).is_err() {
            break;
        }
    }
    assert!(whole <= bytes.len());
    if let Some(rtcp) = mirror::rtcp_json::to_rtcp(bytes) {
        assert!(control::packets(&rtcp).all(|packet| packet.is_ok()));
    }
    let _ = mirror::media_report::parse(bytes);
    let Some(hep) = mirror::parse(bytes) else { return };
    assert!(hep.payload.len() <= bytes.len());
    let _ = classify(hep.payload, 0);
}
