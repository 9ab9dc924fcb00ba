//! What each kind of HEP sender puts on the wire, byte by byte, and that it is understood.
//!
//! The layouts are facts of the senders' own sources, named at each test; the packets are
//! made here.

use std::io::Write;
use std::net::SocketAddr;

use serde_json::{Value, json};
use siplens::base::frame::{Frame, Link};
use siplens::base::id::FrameNo;
use siplens::base::time::Timestamp;
use siplens::engine::{Engine, Settings, collecting};

use crate::check::json_of;

const CALLER: [u8; 4] = [192, 0, 2, 10];
const CALLEE: [u8; 4] = [198, 51, 100, 20];
/// 2026-01-01T00:00:00Z.
const SECONDS: u32 = 1_767_225_600;

/// A packet to be mirrored: from the caller or to it, so many milliseconds on.
struct Packet<'p> {
    from_caller: bool,
    ports: (u16, u16),
    at_ms: u32,
    payload: &'p [u8],
}

impl Packet<'_> {
    fn ends(&self) -> [[u8; 4]; 2] {
        if self.from_caller { [CALLER, CALLEE] } else { [CALLEE, CALLER] }
    }

    fn seconds(&self) -> u32 {
        SECONDS + self.at_ms / 1_000
    }

    fn micros(&self) -> u32 {
        self.at_ms % 1_000 * 1_000
    }
}

fn chunk(number: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len() + 6).unwrap();
    [&[0, 0][..], &number.to_be_bytes(), &length.to_be_bytes(), value].concat()
}

fn version_3(chunks: &[Vec<u8>]) -> Vec<u8> {
    let chunks = chunks.concat();
    let length = u16::try_from(chunks.len() + 6).unwrap();
    [&b"HEP3"[..], &length.to_be_bytes(), &chunks].concat()
}

/// The fixed part that Asterisk, captagent and sofia-sip have in one structure
/// (`struct hep_generic`): family, protocol, ports, time, kind, agent, in this order.
fn generic(packet: &Packet<'_>, protocol: u8, kind: u8, agent: [u8; 4]) -> Vec<u8> {
    [
        chunk(1, &[2]),
        chunk(2, &[protocol]),
        chunk(7, &packet.ports.0.to_be_bytes()),
        chunk(8, &packet.ports.1.to_be_bytes()),
        chunk(9, &packet.seconds().to_be_bytes()),
        chunk(10, &packet.micros().to_be_bytes()),
        chunk(11, &[kind]),
        chunk(12, &agent),
    ]
    .concat()
}

fn addresses(packet: &Packet<'_>) -> Vec<u8> {
    let [src, dst] = packet.ends();
    [chunk(3, &src), chunk(4, &dst)].concat()
}

/// The signalling of a call, each message with its direction and time.
fn messages() -> Vec<(bool, u32, String)> {
    let head = |start: &str, method: &str, to_tag: &str, body: &str| {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{start}\r\nVia: SIP/2.0/UDP 192.0.2.10;branch=z9hG4bK-{method}\r\nFrom: <sip:alice@192.0.2.10>;tag=a\r\n\
             To: <sip:bob@198.51.100.20>{to_tag}\r\nCall-ID: mirrored-call\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:x@192.0.2.10>\r\n{kind}Content-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let sdp = |ip: &str, port: u16| {
        format!(
            "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 0\r\n"
        )
    };
    let (offer, answer) = (sdp("192.0.2.10", 4000), sdp("198.51.100.20", 5000));
    let request = |method: &str| format!("{method} sip:bob@198.51.100.20 SIP/2.0");
    vec![
        (true, 0, head(&request("INVITE"), "INVITE", "", &offer)),
        (false, 500, head("SIP/2.0 200 OK", "INVITE", ";tag=b", &answer)),
        (true, 510, head(&request("ACK"), "ACK", ";tag=b", "")),
        (true, 9_000, head(&request("BYE"), "BYE", ";tag=b", "")),
        (false, 9_010, head("SIP/2.0 200 OK", "BYE", ";tag=b", "")),
    ]
}

/// The same, put on the wire by a sender.
fn signalling(sender: impl Fn(&Packet<'_>) -> Vec<u8>) -> Vec<Vec<u8>> {
    let each = messages();
    let packets = each.iter().map(|(from_caller, at_ms, text)| {
        let packet = Packet {
            from_caller: *from_caller,
            ports: (5060, 5060),
            at_ms: *at_ms,
            payload: text.as_bytes(),
        };
        sender(&packet)
    });
    packets.collect()
}

/// The report of a collector that receives these.
fn report(packets: &[Vec<u8>]) -> Value {
    let ends: [SocketAddr; 2] =
        ["192.0.2.77:40000", "192.0.2.99:9060"].map(|end| end.parse().unwrap());
    let mut engine = Engine::new(Settings::default());
    for (number, packet) in (1..).zip(packets) {
        let mut bytes = Vec::new();
        assert!(collecting::frame(packet, ends[0], ends[1], &mut bytes));
        // It came much later than it was captured.
        let at = Timestamp::from_micros(i64::from(SECONDS + 100) * 1_000_000 + number);
        let wire_len = u32::try_from(bytes.len()).unwrap();
        let no = FrameNo::new(0, u64::try_from(number).unwrap());
        engine.handle_frame(&Frame { no, at, link: Link::RawIp, wire_len, bytes: &bytes });
    }
    json_of(&engine.finish())
}

#[track_caller]
fn is_the_call(report: &Value, agents: &Value) {
    let call = &report["calls"][0];
    assert_eq!(
        (report["calls"].as_array().unwrap().len(), &call["state"]),
        (1, &json!("completed"))
    );
    assert_eq!(call["start_time"], "2026-01-01T00:00:00.000000Z");
    assert_eq!(call["duration_s"], 8.5);
    assert_eq!(call["caller"]["address"]["ip"], "192.0.2.10");
    assert_eq!(call["hep"]["agents"], *agents);
    assert_eq!(report["capture"]["problems"], json!([]));
}

/// sofia-sip, with which FreeSWITCH mirrors (`sofia_capture`, `capture-server` with `hep=1`
/// to `3`): libsofia-sip-ua/tport/tport_logging.c.
mod freeswitch {
    use super::*;

    /// `tport_capt_msg_hepv2`: the header's length counts the time too (28), the time is in
    /// the sender's byte order and padded to 12 octets, TLS has the number of XNS IDP (22).
    fn old(version: u8, protocol: u8) -> impl Fn(&Packet<'_>) -> Vec<u8> {
        move |packet| {
            let length = if version == 2 { 28 } else { 16 };
            let mut out = vec![version, length, 2, protocol];
            out.extend(packet.ports.0.to_be_bytes());
            out.extend(packet.ports.1.to_be_bytes());
            out.extend(packet.ends().concat());
            if version == 2 {
                out.extend(packet.seconds().to_le_bytes());
                out.extend(packet.micros().to_le_bytes());
                out.extend(100_u16.to_le_bytes());
                out.extend([0, 0]);
            }
            out.extend(packet.payload);
            out
        }
    }

    #[test]
    fn version_2_counts_its_time_among_its_header() {
        is_the_call(&report(&signalling(old(2, 17))), &json!([100]));
    }

    #[test]
    fn version_1_has_no_time() {
        let report = report(&signalling(old(1, 17)));
        assert_eq!(report["calls"][0]["state"], "completed");
        assert_eq!(report["calls"][0]["start_time"], "2026-01-01T00:01:40.000001Z", "when it came");
    }

    #[test]
    fn tls_has_a_number_of_its_own() {
        let report = report(&signalling(old(2, 22)));
        is_the_call(&report, &json!([100]));
        assert_eq!(report["calls"][0]["messages"][0]["transport"], "tls");
    }

    /// `tport_capt_msg_hepv3`: the generic part, addresses behind it, the payload; no key.
    #[test]
    fn version_3_has_addresses_behind_the_rest() {
        let sender = |packet: &Packet<'_>| {
            let generic = generic(packet, 22, 1, 100_u32.to_be_bytes());
            version_3(&[generic, addresses(packet), chunk(15, packet.payload)])
        };
        let report = report(&signalling(sender));
        is_the_call(&report, &json!([100]));
        assert_eq!(report["calls"][0]["messages"][0]["transport"], "tls");
    }
}

/// OpenSIPS (proto_hep) and Kamailio (siptrace) before version 3: modules/proto_hep/hep.c,
/// `unpack_hepv12`, which refuses any other length than that of header and addresses (16).
#[test]
fn opensips_version_2_leaves_its_time_out_of_its_length() {
    let sender = |packet: &Packet<'_>| {
        let mut out = vec![2, 16, 2, 17];
        out.extend(packet.ports.0.to_be_bytes());
        out.extend(packet.ports.1.to_be_bytes());
        out.extend(packet.ends().concat());
        out.extend(packet.seconds().to_le_bytes());
        out.extend(packet.micros().to_le_bytes());
        out.extend(206_u16.to_le_bytes());
        out.extend([0, 0]);
        out.extend(packet.payload);
        out
    };
    is_the_call(&report(&signalling(sender)), &json!([206]));
}

/// OpenSIPS version 3: payloads may be compressed by zlib (chunk 16), the correlation id is
/// chunk 17, and log lines (kind 0x56), management commands (0x57), REST queries (0x58) and
/// others come beside SIP (modules/proto_hep/hep.c, `hep_ids`, `hep_chunks`).
#[test]
fn opensips_version_3_compresses_and_tells_other_things_too() {
    let sender = |packet: &Packet<'_>| {
        let level = flate2::Compression::default();
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), level);
        zlib.write_all(packet.payload).unwrap();
        let generic = generic(packet, 17, 1, 206_u32.to_be_bytes());
        let correlation = chunk(17, b"mirrored-call");
        version_3(&[generic, addresses(packet), chunk(16, &zlib.finish().unwrap()), correlation])
    };
    let mut packets = signalling(sender);
    let log = Packet { from_caller: true, ports: (0, 0), at_ms: 600, payload: b"{\"text\":\"x\"}" };
    for kind in [0x56, 0x57, 0x58, 0x59, 0x60] {
        let generic = generic(&log, 17, kind, 206_u32.to_be_bytes());
        let correlation = chunk(17, b"mirrored-call");
        packets.push(version_3(&[generic, addresses(&log), chunk(15, log.payload), correlation]));
    }
    let report = report(&packets);
    assert_eq!(report["calls"][0]["state"], "completed");
    assert_eq!(report["calls"][0]["messages"].as_array().unwrap().len(), 5);
    let problems = report["capture"]["problems"].as_array().unwrap();
    let foreign: Vec<_> = problems.iter().map(|problem| &problem["count"]).collect();
    assert_eq!(foreign, [&json!(5)], "what is not read is counted: {problems:?}");
}

/// Asterisk (res/res_hep.c `hep_queue_cb`, res_hep_rtcp.c): the generic part, addresses, key,
/// the id of the call or channel (chunk 17), payload. RTCP is JSON of kind 5, in which the
/// time of NTP is text.
#[test]
fn asterisk_has_its_key_and_the_call_before_the_payload_and_rtcp_as_json() {
    let with = |packet: &Packet<'_>, kind| {
        let generic = generic(packet, 17, kind, 1_234_u32.to_be_bytes());
        let (key, call) = (chunk(14, b"secret"), chunk(17, b"mirrored-call"));
        version_3(&[generic, addresses(packet), key, call, chunk(15, packet.payload)])
    };
    let mut packets = signalling(|packet| with(packet, 1));
    let told = json!({
        "ssrc": 7, "type": 200, "report_count": 1,
        "sender_information": {
            "ntp_timestamp_sec": "3976214405", "ntp_timestamp_usec": "0",
            "rtp_timestamp": 40_000, "packets": 250, "octets": 40_000,
        },
        "report_blocks": [{
            "source_ssrc": 9, "fraction_lost": 0, "packets_lost": 12, "highest_seq_no": 300,
            "ia_jitter": 16, "lsr": 0, "dlsr": "0.0000(sec)",
        }],
    });
    let payload = told.to_string();
    let rtcp = Packet {
        from_caller: true,
        ports: (4001, 5001),
        at_ms: 5_000,
        payload: payload.as_bytes(),
    };
    packets.insert(3, with(&rtcp, 5));
    let report = report(&packets);
    is_the_call(&report, &json!([1_234]));
    assert_eq!(report["capture"]["counts"]["rtcp_packets"], 1);
    let media = &report["calls"][0]["hep"]["media"];
    let sent = json!([media[0]["source"], media[0]["packets"], media[0]["ssrc"]]);
    assert_eq!(sent, json!(["rtcp", 250, "0x00000007"]));
    let received = json!([media[1]["ssrc"], media[1]["lost"], media[1]["jitter_ms"]]);
    assert_eq!(received, json!(["0x00000009", 12, 2.0]));
}

/// heplify (publish/hep.go `newHEPChuncks`): addresses before ports, agent, key, payload, and
/// the correlation id behind it where there is one.
#[test]
fn heplify_has_the_correlation_behind_the_payload() {
    let sender = |packet: &Packet<'_>| {
        let [src, dst] = packet.ends();
        version_3(&[
            chunk(1, &[2]),
            chunk(2, &[17]),
            chunk(3, &src),
            chunk(4, &dst),
            chunk(7, &packet.ports.0.to_be_bytes()),
            chunk(8, &packet.ports.1.to_be_bytes()),
            chunk(9, &packet.seconds().to_be_bytes()),
            chunk(10, &packet.micros().to_be_bytes()),
            chunk(11, &[1]),
            chunk(12, &2_002_u32.to_be_bytes()),
            chunk(14, b"myhep"),
            chunk(15, packet.payload),
            chunk(17, b"mirrored-call"),
        ])
    };
    is_the_call(&report(&signalling(sender)), &json!([2_002]));
}

/// captagent (src/modules/transport/hep/transport_hep.c `send_hepv3`): key, correlation, two
/// figures (chunks 32 and 33) before the payload, which may be compressed by zlib. Its number
/// is of 16 bits in network order in a field of 32 of its own order, so that a number n
/// arrives as n times 65,536 from little-endian machines. Reports of streams are JSON of
/// kind 34 or 35.
#[test]
fn captagent_tells_streams_and_writes_its_number_in_the_upper_half() {
    let agent = [0, 100, 0, 0];
    let with = |packet: &Packet<'_>, kind| {
        let generic = generic(packet, 17, kind, agent);
        let (key, call) = (chunk(14, b"myhep"), chunk(17, b"mirrored-call"));
        let figures = [chunk(32, &[0x1a, 0xb0]), chunk(33, &[0, 0])].concat();
        version_3(&[generic, addresses(packet), key, call, figures, chunk(15, packet.payload)])
    };
    let mut packets = signalling(|packet| with(packet, 1));
    let payload = br#"{"CORRELATION_ID":"mirrored-call","RTP_SIP_CALL_ID":"mirrored-call","DELTA":19.983,"JITTER":0.017,
        "REPORT_TS":1767225609.5,"TL_BYTE":0,"SKEW":0.000,"TOTAL_PK":425,"EXPECTED_PK":430,"PACKET_LOSS":5,"SEQ":0,
        "MAX_JITTER":2.5,"MAX_DELTA":40.0,"MAX_SKEW":0.1,"MEAN_JITTER":0.5,"MIN_MOS":3.9,"MEAN_MOS":4.03,"MOS":4.03,
        "RFACTOR":80.2,"MIN_RFACTOR":80.2,"MEAN_RFACTOR":80.2,"SRC_IP":"192.0.2.10","SRC_PORT":4000,
        "DST_IP":"198.51.100.20","DST_PORT":5000,"OUT_ORDER":0,"SSRC_CHG":0,"CODEC_PT":0,"CLOCK":8000,
        "CODEC_NAME":"PCMU","DIR":0,"REPORT_NAME":"192.0.2.10:4000","PARTY":0,"TYPE":"HANGUP"}"#;
    let told = Packet { from_caller: true, ports: (4000, 5000), at_ms: 9_020, payload };
    packets.push(with(&told, 34));
    let report = report(&packets);
    is_the_call(&report, &json!([100 << 16]));
    let text = report["calls"][0]["hep"].to_string();
    assert!(text.contains("\"lost\":5") && text.contains("4.03"), "{text}");
}
