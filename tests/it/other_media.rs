//! Media that are not RTP belong to the call that announced them: fax over
//! UDPTL (T.38), messages over MSRP.

use serde_json::Value;

use crate::capture_file::{MICROS, Order, pcap_header, pcap_record};
use crate::program::{run_with, siplens};

/// `LINKTYPE_RAW`.
const RAW: u16 = 101;
const CALLER: [u8; 4] = [192, 0, 2, 1];
const CALLEE: [u8; 4] = [192, 0, 2, 2];

fn udp(src: [u8; 4], dst: [u8; 4], port: u16, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let builder = etherparse::PacketBuilder::ipv4(src, dst, 64).udp(port, port);
    builder.write(&mut bytes, payload).unwrap();
    bytes
}

fn tcp(src: [u8; 4], dst: [u8; 4], seq: usize, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let seq = u32::try_from(seq).unwrap();
    let builder = etherparse::PacketBuilder::ipv4(src, dst, 64).tcp(2855, 2855, seq, 1_024);
    builder.write(&mut bytes, payload).unwrap();
    bytes
}

fn sip(start: &str, to_tag: &str, ip: [u8; 4], media: &str) -> Vec<u8> {
    let [a, b, c, d] = ip;
    let body = format!(
        "v=0\r\no=- 1 1 IN IP4 {a}.{b}.{c}.{d}\r\ns=-\r\nc=IN IP4 {a}.{b}.{c}.{d}\r\nt=0 0\r\n{media}\r\n"
    );
    format!(
        "{start}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a@192.0.2.1>;tag=1\r\n\
         To: <sip:b@192.0.2.2>{to_tag}\r\nCall-ID: other\r\nCSeq: 1 INVITE\r\nContent-Type: application/sdp\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The report of a call that announces `media`, followed by packets.
fn report(media: &str, packets: impl Iterator<Item = Vec<u8>>) -> Value {
    let invite = sip("INVITE sip:b@192.0.2.2 SIP/2.0", "", CALLER, media);
    let ok = sip("SIP/2.0 200 OK", ";tag=2", CALLEE, media);
    let signalling = [udp(CALLER, CALLEE, 5060, &invite), udp(CALLEE, CALLER, 5060, &ok)];
    let mut file = pcap_header(Order::Little, MICROS, RAW);
    for (seconds, packet) in (1_000..).zip(signalling.into_iter().chain(packets)) {
        file.extend(pcap_record(Order::Little, seconds, 0, &packet));
    }
    let run = run_with(siplens(&["analyze", "--json", "-"]), &file);
    assert_eq!((run.code, &*run.err), (0, ""));
    serde_json::from_str(&run.out).unwrap()
}

#[track_caller]
fn is_of_the_call(report: &Value, protocol: &str, packets: u64) {
    assert_eq!(report["streams"].as_array().unwrap().len(), 0);
    let media = &report["calls"][0]["other_media"][0];
    assert_eq!(
        (media["protocol"].as_str(), media["packets"].as_u64()),
        (Some(protocol), Some(packets)),
        "{media}"
    );
}

#[test]
fn fax_over_udptl() {
    let fax = (0..30).map(|number| udp(CALLER, CALLEE, 4002, &[0, number, 6, 0xc0, 1, 0x80, 0, 0]));
    is_of_the_call(&report("m=image 4002 udptl t38", fax), "udptl", 30);
}

#[test]
fn messages_over_msrp() {
    let send = b"MSRP d93kswow SEND\r\nTo-Path: msrp://192.0.2.2:2855/j;tcp\r\nFrom-Path: msrp://192.0.2.1:2855/k;tcp\r\n\
        Message-ID: 1\r\nByte-Range: 1-2/2\r\nContent-Type: text/plain\r\n\r\nhi\r\n-------d93kswow$\r\n";
    let segments = (0..5).map(|number| tcp(CALLER, CALLEE, 1 + number * send.len(), send));
    is_of_the_call(&report("m=message 2855 TCP/MSRP *", segments), "TCP/MSRP", 5);
}
