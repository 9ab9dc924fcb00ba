//! Captures that hold packets several times: of several interfaces, of a
//! router, a NAT, a tunnel. Copies are counted and hide nothing; another point
//! of view is kept, and named.

use serde_json::Value;

use crate::capture_file::{MICROS, Order, pcap_header, pcap_record};
use crate::program::{run_with, siplens};

/// `LINKTYPE_RAW`.
const RAW: u16 = 101;
const PHONE: [u8; 4] = [10, 0, 0, 2];
const OUTSIDE: [u8; 4] = [192, 0, 2, 1];
const SERVER: [u8; 4] = [198, 51, 100, 9];

/// A capture that is written packet by packet.
struct Writer {
    file: Vec<u8>,
    micros: u32,
    id: u16,
}

/// A datagram on its way.
#[derive(Clone)]
struct Packet {
    src: [u8; 4],
    dst: [u8; 4],
    ports: (u16, u16),
    ttl: u8,
    id: u16,
    payload: Vec<u8>,
}

impl Writer {
    fn new() -> Self {
        Self { file: pcap_header(Order::Little, MICROS, RAW), micros: 0, id: 0 }
    }

    fn packet(&mut self, src: [u8; 4], dst: [u8; 4], port: u16, payload: &[u8]) -> Packet {
        self.id += 1;
        Packet { src, dst, ports: (port, port), ttl: 64, id: self.id, payload: payload.to_vec() }
    }

    /// Writes a packet, some microseconds after the one before.
    fn write(&mut self, after: u32, packet: &Packet) {
        self.micros += after;
        let length = u16::try_from(packet.payload.len() + 8).unwrap();
        let mut header = etherparse::Ipv4Header::new(
            length,
            packet.ttl,
            etherparse::IpNumber::UDP,
            packet.src,
            packet.dst,
        )
        .unwrap();
        header.identification = packet.id;
        let ports = [packet.ports.0.to_be_bytes(), packet.ports.1.to_be_bytes()].concat();
        let udp = [&ports[..], &length.to_be_bytes(), &[0, 0], &packet.payload].concat();
        let bytes = [&header.to_bytes()[..], &udp].concat();
        let (seconds, micros) = (1_000 + self.micros / 1_000_000, self.micros % 1_000_000);
        self.file.extend(pcap_record(Order::Little, seconds, micros, &bytes));
    }

    fn report(&self) -> Value {
        let run = run_with(siplens(&["analyze", "--json", "-"]), &self.file);
        assert_eq!((run.code, &*run.err), (0, ""));
        serde_json::from_str(&run.out).unwrap()
    }
}

fn message(start: &str, cseq: &str, to_tag: &str, media: &str) -> Vec<u8> {
    let kind = if media.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{start}\r\nVia: SIP/2.0/UDP 10.0.0.2;branch=z9hG4bK{}\r\nFrom: <sip:a@10.0.0.2>;tag=1\r\n\
         To: <sip:b@198.51.100.9>{to_tag}\r\nCall-ID: twice\r\nCSeq: {cseq}\r\n{kind}Content-Length: {}\r\n\r\n{media}",
        cseq.replace(' ', ""),
        media.len()
    )
    .into_bytes()
}

fn audio(ip: [u8; 4]) -> String {
    let [a, b, c, d] = ip;
    format!(
        "v=0\r\no=- 1 1 IN IP4 {a}.{b}.{c}.{d}\r\ns=-\r\nc=IN IP4 {a}.{b}.{c}.{d}\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n"
    )
}

fn rtp(number: u8) -> Vec<u8> {
    let stamp = (u32::from(number) * 160).to_be_bytes();
    [&[0x80, 0, 0, number][..], &stamp, &[0, 0, 0, 7], &[0xff; 160]].concat()
}

/// A call with media from the phone, each packet of which `seen` writes as often
/// as the capture sees it.
fn call(seen: impl Fn(&mut Writer, Packet)) -> Value {
    let mut writer = Writer::new();
    let ok = "SIP/2.0 200 OK";
    let exchange = [
        (
            PHONE,
            SERVER,
            message("INVITE sip:b@198.51.100.9 SIP/2.0", "1 INVITE", "", &audio(PHONE)),
        ),
        (SERVER, PHONE, message(ok, "1 INVITE", ";tag=2", &audio(SERVER))),
        (PHONE, SERVER, message("ACK sip:b@198.51.100.9 SIP/2.0", "1 ACK", ";tag=2", "")),
    ];
    for (src, dst, bytes) in exchange {
        let packet = writer.packet(src, dst, 5060, &bytes);
        writer.micros += 10_000;
        seen(&mut writer, packet);
    }
    for number in 0..100 {
        // Every tenth is lost before the capture.
        if number % 10 != 9 {
            let packet = writer.packet(PHONE, SERVER, 4000, &rtp(number));
            seen(&mut writer, packet);
        }
        writer.micros += 20_000;
    }
    let bye = message("BYE sip:b@198.51.100.9 SIP/2.0", "2 BYE", ";tag=2", "");
    let bye = writer.packet(PHONE, SERVER, 5060, &bye);
    seen(&mut writer, bye);
    writer.report()
}

#[track_caller]
fn has_one_sound_stream(report: &Value, packets: u64, copies: u64) {
    let streams = report["streams"].as_array().unwrap();
    assert_eq!(streams.len(), 1);
    let stream = &streams[0];
    assert_eq!(
        (stream["packets"].as_u64(), stream["copies"].as_u64()),
        (Some(packets), Some(copies))
    );
    assert_eq!((stream["lost"].as_u64(), stream["out_of_order"].as_u64()), (Some(9), Some(0)));
}

/// Messages of the call that are retransmissions, and that are copies.
fn repeated(report: &Value) -> (usize, usize) {
    let messages = report["calls"][0]["messages"].as_array().unwrap();
    let with = |key: &str| messages.iter().filter(|message| !message[key].is_null()).count();
    (with("retransmission_of"), with("copy_of"))
}

#[test]
fn several_interfaces_hold_a_packet_several_times() {
    let report = call(|writer, packet| {
        for after in [5, 60, 70] {
            writer.write(after, &packet);
        }
    });
    has_one_sound_stream(&report, 270, 180);
    assert_eq!(repeated(&report), (0, 8));
    assert_eq!(report["streams"][0]["vantage_points"].as_array().unwrap().len(), 0, "all alike");
    assert_eq!(report["capture"]["counts"]["copied_packets"], 180 + 8);
}

#[test]
fn a_router_is_a_second_point_of_the_same_stream() {
    let report = call(|writer, packet| {
        writer.write(5, &packet);
        writer.write(40, &Packet { ttl: packet.ttl - 1, ..packet });
    });
    has_one_sound_stream(&report, 180, 90);
    assert_eq!(repeated(&report), (0, 4));
    let points = &report["streams"][0]["vantage_points"];
    let point = |index: usize| (points[index]["ttl"].as_u64(), points[index]["packets"].as_u64());
    assert_eq!([point(0), point(1)], [(Some(64), Some(90)), (Some(63), Some(90))]);
}

#[test]
fn behind_a_nat_it_is_the_same_media_seen_again() {
    let report = call(|writer, packet| {
        let translated = |ip: [u8; 4]| if ip == PHONE { OUTSIDE } else { ip };
        let outside = Packet {
            src: translated(packet.src),
            dst: translated(packet.dst),
            ttl: packet.ttl - 1,
            ..packet.clone()
        };
        // The NAT stands at the phone's side.
        let (first, second) =
            if packet.src == PHONE { (packet, outside) } else { (outside, packet) };
        writer.write(5, &first);
        writer.write(40, &second);
    });
    assert_eq!(repeated(&report), (0, 0), "the same messages on two hops");
    let streams = report["streams"].as_array().unwrap();
    assert_eq!(streams.len(), 2);
    assert!(streams.iter().all(|stream| stream["lost"] == 9 && stream["copies"] == 0));
    assert_eq!(
        (&streams[0]["same_media_as"], &streams[1]["same_media_as"]),
        (&Value::Null, &"stream-1".into())
    );
    assert_eq!(streams[1]["src"]["ip"], "192.0.2.1");
    assert_eq!(
        report["findings"].as_array().unwrap().iter().filter(|f| f["code"] == "media.loss").count(),
        0
    );
}

#[test]
fn a_message_sent_again_is_no_copy() {
    let mut writer = Writer::new();
    let invite = message("INVITE sip:b@198.51.100.9 SIP/2.0", "1 INVITE", "", "");
    for after in [0, 500_000, 1_000_000] {
        let packet = writer.packet(PHONE, SERVER, 5060, &invite);
        writer.write(after, &packet);
        writer.write(50, &packet);
    }
    assert_eq!(repeated(&writer.report()), (2, 3));
}
