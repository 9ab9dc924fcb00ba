//! One request in every link and tunnel that is read, through the real program:
//! it is found, with the tunnel's name and the inner addresses.

use serde_json::Value;

use crate::capture_file::{MICROS, Order, pcap_header, pcap_record};
use crate::program::{run_with, siplens};

const REQUEST: &str = "OPTIONS sip:b@198.51.100.2 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK1\r\n\
    From: <sip:a@198.51.100.1>;tag=1\r\nTo: <sip:b@198.51.100.2>\r\nCall-ID: inside\r\nCSeq: 1 OPTIONS\r\n\
    Content-Length: 0\r\n\r\n";

fn join(parts: &[&[u8]]) -> Vec<u8> {
    parts.concat()
}

fn be(number: usize) -> [u8; 2] {
    u16::try_from(number).unwrap().to_be_bytes()
}

fn udp(sport: u16, dport: u16, payload: &[u8]) -> Vec<u8> {
    let ports = [sport.to_be_bytes(), dport.to_be_bytes()].concat();
    join(&[&ports, &be(payload.len() + 8), &[0, 0], payload])
}

fn ipv4_between(last: [u8; 2], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let header = etherparse::Ipv4Header::new(
        u16::try_from(payload.len()).unwrap(),
        64,
        etherparse::IpNumber(protocol),
        [198, 51, 100, last[0]],
        [198, 51, 100, last[1]],
    );
    join(&[&header.unwrap().to_bytes(), payload])
}

/// An IPv4 packet of the tunnel's ends.
fn outer(protocol: u8, payload: &[u8]) -> Vec<u8> {
    ipv4_between([101, 102], protocol, payload)
}

fn outer_udp(dport: u16, payload: &[u8]) -> Vec<u8> {
    outer(17, &udp(40_000, dport, payload))
}

/// The request in its own IPv4 packet.
fn packet() -> Vec<u8> {
    ipv4_between([1, 2], 17, &udp(5060, 5060, REQUEST.as_bytes()))
}

/// The request in an IPv6 packet.
fn packet_v6() -> Vec<u8> {
    let mut bytes = Vec::new();
    etherparse::PacketBuilder::ipv6([0x20; 16], [0x21; 16], 64)
        .udp(5060, 5060)
        .write(&mut bytes, REQUEST.as_bytes())
        .unwrap();
    bytes
}

fn ethernet(ethertype: u16, payload: &[u8]) -> Vec<u8> {
    join(&[&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], &ethertype.to_be_bytes(), payload])
}

fn frame() -> Vec<u8> {
    ethernet(0x0800, &packet())
}

/// What a frame looks like: link type, bytes, and the name of the tunnel.
type Form = (&'static str, u16, Vec<u8>, Option<&'static str>);

const ETHERNET: u16 = 1;
const RAW: u16 = 101;

fn links() -> Vec<Form> {
    let ip = packet();
    let vlan = |tag: u16, inner: u16, rest: &[u8]| {
        ethernet(tag, &join(&[&[0, 7], &inner.to_be_bytes(), rest]))
    };
    let sll = join(&[&[0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0, 8, 0], &ip]);
    let sll2 = join(&[&[8, 0, 0, 0, 0, 0, 0, 3, 0, 1, 0, 6, 2, 0, 0, 0, 0, 1, 0, 0], &ip]);
    let snap = [0xaa, 0xaa, 3, 0, 0, 0, 8, 0];
    let to_access_point = [8, 1, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 0, 0];
    let qos = [0x88, 1, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 0, 0, 0, 0];
    let llc = join(&[&be(ip.len() + 8), &snap, &ip]);
    let deep = (0..8).fold(join(&[&[8, 0], &ip]), |inner, _| join(&[&[0x81, 0, 0, 7], &inner]));
    vec![
        ("Ethernet", ETHERNET, frame(), None),
        ("VLAN", ETHERNET, vlan(0x8100, 0x0800, &ip), None),
        ("QinQ", ETHERNET, vlan(0x88a8, 0x8100, &join(&[&[0, 9, 8, 0], &ip])), None),
        ("nine VLANs", ETHERNET, ethernet(0x9100, &join(&[&[0, 1], &deep])), None),
        ("802.3 with SNAP", ETHERNET, join(&[&[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1], &llc]), None),
        (
            "MACsec in clear",
            ETHERNET,
            ethernet(0x88e5, &join(&[&[0, 0, 0, 0, 0, 1, 8, 0], &ip])),
            None,
        ),
        ("cooked", 113, sll, None),
        ("cooked, version 2", 276, sll2, None),
        ("raw IP", RAW, ip.clone(), None),
        ("raw IPv6", RAW, packet_v6(), None),
        ("loopback, little-endian", 0, join(&[&[2, 0, 0, 0], &ip]), None),
        ("loopback, big-endian", 108, join(&[&[0, 0, 0, 2], &ip]), None),
        ("PPP", 9, join(&[&[0xff, 3, 0, 0x21], &ip]), Some("ppp")),
        ("PPP, compressed", 9, join(&[&[0x21], &ip]), Some("ppp")),
        ("Cisco HDLC", 104, join(&[&[0x0f, 0, 8, 0], &ip]), None),
        ("802.11", 105, join(&[&to_access_point, &snap, &ip]), None),
        ("802.11 QoS, radiotap", 127, join(&[&[0, 0, 8, 0, 0, 0, 0, 0], &qos, &snap, &ip]), None),
        (
            "PPPoE",
            ETHERNET,
            ethernet(0x8864, &join(&[&[0x11, 0, 0, 1], &be(ip.len() + 2), &[0, 0x21], &ip])),
            Some("ppp"),
        ),
        (
            "MPLS",
            ETHERNET,
            ethernet(0x8847, &join(&[&[0, 1, 0, 64, 0, 2, 1, 64], &ip])),
            Some("mpls"),
        ),
        (
            "Ethernet over MPLS",
            ETHERNET,
            ethernet(0x8847, &join(&[&[0, 1, 1, 64, 0, 0, 0, 0], &frame()])),
            Some("mpls"),
        ),
    ]
}

fn tunnels() -> Vec<Form> {
    let (ip, ethernet_frame) = (packet(), frame());
    let gre = |header: &[u8], inner: &[u8]| outer(47, &join(&[header, inner]));
    let ip_type = [8, 0];
    let pptp =
        join(&[&[0x30, 0x81, 0x88, 0x0b], &be(ip.len() + 4), &[0, 1, 0, 0, 0, 1, 0, 0, 0, 1]]);
    let pptp = join(&[&pptp, &[0xff, 3, 0, 0x21]]);
    let gtp = |flags: u8, more: &[u8]| {
        outer_udp(
            2152,
            &join(&[&[flags, 255], &be(ip.len() + more.len()), &[0, 0, 0, 1], more, &ip]),
        )
    };
    let erspan_3 = |last: u8, sub: &[u8]| {
        let header = [0x10, 0, 0x22, 0xeb, 0, 0, 0, 1, 0x20, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, last];
        gre(&join(&[&header, sub]), &ethernet_frame)
    };
    let esp = join(&[
        &[0, 0, 0, 1, 0, 0, 0, 1],
        &udp(5060, 5060, REQUEST.as_bytes()),
        &[1, 2, 2, 17],
        &[9; 12],
    ]);
    let l2tp = join(&[&[0x40, 2], &be(12 + ip.len()), &[0, 1, 0, 2, 0xff, 3, 0, 0x21], &ip]);
    let double =
        outer_udp(4789, &join(&[&[8, 0, 0, 0, 0, 0, 1, 0], &ethernet(0x0800, &gtp(0x30, &[]))]));
    vec![
        ("IP in IP", RAW, outer(4, &ip), Some("ip-in-ip")),
        ("6in4", RAW, outer(41, &packet_v6()), Some("ip-in-ip")),
        ("GRE", RAW, gre(&join(&[&[0, 0], &ip_type]), &ip), Some("gre")),
        (
            "GRE with checksum, key and number",
            RAW,
            gre(&join(&[&[0xb0, 0], &ip_type, &[0; 12]]), &ip),
            Some("gre"),
        ),
        ("NVGRE", RAW, gre(&[0x20, 0, 0x65, 0x58, 0, 0, 1, 0], &ethernet_frame), Some("gre")),
        ("PPTP", RAW, gre(&pptp, &ip), Some("ppp")),
        ("ERSPAN I", RAW, gre(&[0, 0, 0x88, 0xbe], &ethernet_frame), Some("gre")),
        (
            "ERSPAN II",
            RAW,
            gre(&[0x10, 0, 0x88, 0xbe, 0, 0, 0, 1, 0x10, 0, 0, 0, 0, 0, 0, 0], &ethernet_frame),
            Some("gre"),
        ),
        ("ERSPAN III", RAW, erspan_3(0, &[]), Some("gre")),
        ("ERSPAN III with a subheader", RAW, erspan_3(1, &[0; 8]), Some("gre")),
        (
            "VXLAN",
            RAW,
            outer_udp(4789, &join(&[&[8, 0, 0, 0, 0, 0, 1, 0], &ethernet_frame])),
            Some("vxlan"),
        ),
        (
            "GENEVE with an option",
            RAW,
            outer_udp(6081, &join(&[&[1, 0, 0x65, 0x58, 0, 0, 1, 0, 0, 0, 0, 0], &ethernet_frame])),
            Some("geneve"),
        ),
        ("GTP-U", RAW, gtp(0x30, &[]), Some("gtp-u")),
        ("GTP-U, extended", RAW, gtp(0x34, &[0, 0, 0, 0x85, 1, 0, 9, 0]), Some("gtp-u")),
        ("Teredo", RAW, outer_udp(3544, &packet_v6()), Some("teredo")),
        (
            "Teredo with an origin",
            RAW,
            outer_udp(3544, &join(&[&[0, 0, 1, 2, 3, 4, 5, 6], &packet_v6()])),
            Some("teredo"),
        ),
        ("L2TPv2", RAW, outer_udp(1701, &l2tp), Some("ppp")),
        (
            "L2TPv3 over IP",
            RAW,
            outer(115, &join(&[&[0, 0, 0, 5, 1, 2, 3, 4], &ethernet_frame])),
            Some("l2tp"),
        ),
        (
            "TZSP",
            RAW,
            outer_udp(37_008, &join(&[&[1, 0, 0, 1, 10, 1, 5, 1], &ethernet_frame])),
            Some("tzsp"),
        ),
        ("MPLS over UDP", RAW, outer_udp(6635, &join(&[&[0, 0, 0x11, 64], &ip])), Some("mpls")),
        ("ESP without encryption", RAW, ipv4_between([1, 2], 50, &esp), Some("esp-null")),
        ("GTP-U in VXLAN", RAW, double, Some("gtp-u")),
        ("HEP3", RAW, outer_udp(9060, &hep3()), Some("hep")),
        ("HEP1", RAW, outer_udp(9060, &hep_old(1)), Some("hep")),
        ("HEP2", RAW, outer_udp(9060, &hep_old(2)), Some("hep")),
    ]
}

fn hep3() -> Vec<u8> {
    let chunk = |kind: u8, value: &[u8]| join(&[&[0, 0, 0, kind], &be(value.len() + 6), value]);
    let chunks = [
        chunk(1, &[2]),
        chunk(2, &[17]),
        chunk(3, &[198, 51, 100, 1]),
        chunk(4, &[198, 51, 100, 2]),
        chunk(7, &be(5060)),
        chunk(8, &be(5060)),
        chunk(9, &5_000_u32.to_be_bytes()),
        chunk(10, &[0, 0, 0, 0]),
        chunk(11, &[1]),
        chunk(15, REQUEST.as_bytes()),
    ]
    .concat();
    join(&[b"HEP3", &be(chunks.len() + 6), &chunks])
}

fn hep_old(version: u8) -> Vec<u8> {
    let header = [version, 16, 2, 17, 0x13, 0xc4, 0x13, 0xc4, 198, 51, 100, 1, 198, 51, 100, 2];
    let time = [&5_000_u32.to_le_bytes()[..], &[0; 8]].concat();
    join(&[&header, if version == 2 { &time } else { &[] }, REQUEST.as_bytes()])
}

fn report(link: u16, frame: &[u8]) -> Value {
    let file =
        [pcap_header(Order::Little, MICROS, link), pcap_record(Order::Little, 1_000, 0, frame)];
    let run = run_with(siplens(&["analyze", "--json", "-"]), &file.concat());
    assert_eq!((run.code, &*run.err), (0, ""));
    serde_json::from_str(&run.out).unwrap()
}

#[test]
fn a_request_is_found_in_every_link_and_tunnel() {
    for (name, link, bytes, _) in links().into_iter().chain(tunnels()) {
        let report = report(link, &bytes);
        assert_eq!(
            report["capture"]["problems"].as_array().unwrap().len(),
            0,
            "{name}: {}",
            report["capture"]
        );
        let message = &report["dialogs"][0]["messages"][0];
        assert_eq!(message["call_id"], "inside", "{name}");
        let inner = if bytes.windows(4).any(|window| window == [0x21; 4]) {
            "2121:2121:2121:2121:2121:2121:2121:2121"
        } else {
            "198.51.100.2"
        };
        assert_eq!(message["dst"]["ip"], inner, "{name}");
        if name == "HEP3" || name == "HEP2" {
            assert_eq!(
                message["time"], "1970-01-01T01:23:20.000000Z",
                "{name}: the time inside counts"
            );
        }
    }
}

#[test]
fn what_a_link_encrypts_is_counted_as_such() {
    let sealed = ethernet(0x88e5, &join(&[&[0x0c, 0, 0, 0, 0, 1], &[0x5a; 60]]));
    let wifi = [8, 0x41, 0, 0, 1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3, 0, 0];
    for (link, bytes) in [(ETHERNET, sealed), (105, join(&[&wifi, &[0x5a; 60]]))] {
        let report = report(link, &bytes);
        assert_eq!(report["capture"]["problems"][0]["code"], "link.encrypted");
    }
    let esp = report(RAW, &outer(50, &[0x5a; 80]));
    assert_eq!(esp["capture"]["problems"][0]["code"], "ip.encrypted");
}

#[test]
fn a_link_that_is_not_read_is_counted() {
    let report = report(147, &frame());
    assert_eq!(report["capture"]["problems"][0]["code"], "link.unsupported");
    assert_eq!(report["capture"]["counts"]["sip_messages"], 0);
}

/// Media in a tunnel name it, with the packets seen there.
#[test]
fn streams_name_the_tunnel_that_they_came_in() {
    let media: Vec<_> = (0..10_u8)
        .map(|number| {
            let rtp = join(&[&[0x80, 0, 0, number, 0, 0, number, 160, 0, 0, 0, 9], &[0xff; 160]]);
            let inner = ipv4_between([1, 2], 17, &udp(4000, 6000, &rtp));
            let gre = outer(47, &join(&[&[0, 0, 8, 0], &inner]));
            pcap_record(Order::Little, 1_000, u32::from(number) * 20_000, &gre)
        })
        .collect();
    let file = [vec![pcap_header(Order::Little, MICROS, RAW)], media].concat().concat();
    let run = run_with(siplens(&["analyze", "--json", "-"]), &file);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    let points = &report["streams"][0]["vantage_points"];
    assert_eq!((&points[0]["tunnel"], &points[0]["packets"]), (&"gre".into(), &10.into()));
}
