//! Calls that a server mirrors (HEP): the same report as where they were captured,
//! whatever way the mirrored packets came; and what agents tell beside packets.

use std::net::SocketAddr;

use serde_json::{Value, json};
use siplens::base::flow::{Endpoint, Flow};
use siplens::base::frame::{Frame, Link};
use siplens::base::id::FrameNo;
use siplens::base::limits::Limits;
use siplens::base::time::Timestamp;
use siplens::engine::collecting;
use siplens::engine::mirroring::{Mirroring, RtcpForm, Setting};
use siplens::engine::{Engine, Settings};
use siplens::wire::hep::kind;
use siplens::wire::hep::write::{Agent, Mirror, append};

use crate::check::{json_of, report_of};
use crate::scenario::Scenario;

pub(crate) const CALL: &str = "0    A>P INVITE sdp(A:4000 PCMU)
                    0.01 P>B INVITE via+1 sdp(A:4000 PCMU)
                    0.02 P>A 100
                    0.5  B>P 180
                    0.51 P>A 180
                    1    B>P 200 sdp(B:5000 PCMU) tcp segments=3
                    1.01 P>A 200 sdp(B:5000 PCMU)
                    1.1  A>B ACK
                    2    A>B rtp 500 lose 100..110 dscp=46
                    2    B>A rtp 500 jitter 5ms
                    5    A>B rtcp sr
                    5.01 B>A rtcp sr
                    7    B>A rtcp rr leg=40ms lost=10
                    7.5  A>B rtcp rr leg=25ms
                    13   A>B BYE
                    13.1 B>A 200";

/// How mirrored packets come.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Way {
    Udp,
    /// Over one connection, captured in segments of so many bytes.
    Tcp(usize),
}

pub(crate) fn all() -> Setting {
    let (agent, key) = (2001, Some("secret".to_owned()));
    let limits = Limits::default();
    Setting { agent, key, sip: true, rtcp: Some(RtcpForm::Packet), rtp: true, limits }
}

fn frame(number: u64, at: Timestamp, bytes: &[u8]) -> Frame<'_> {
    let wire_len = u32::try_from(bytes.len()).unwrap();
    Frame { no: FrameNo::new(0, number), at, link: Link::RawIp, wire_len, bytes }
}

/// An IPv4 packet with a segment of the agent's connection.
fn segment(seq: u32, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(40 + payload.len()).unwrap();
    let ip = [&[0x45, 0][..], &length.to_be_bytes(), &[0, 0, 0x40, 0, 64, 6, 0, 0]].concat();
    let ends = [192, 0, 2, 77, 192, 0, 2, 99, 0x9c, 0x40, 0x23, 0x64];
    let tcp = [&seq.to_be_bytes()[..], &[0, 0, 0, 0, 0x50, 0x10, 0xff, 0xff, 0, 0, 0, 0]].concat();
    [&ip[..], &ends, &tcp, payload].concat()
}

/// The report of a collector to which `packets` come.
fn collected(packets: &[(Timestamp, Vec<u8>)], way: Way) -> Value {
    let mut engine = Engine::new(Settings::default());
    match way {
        Way::Udp => {
            let ends: [SocketAddr; 2] =
                ["192.0.2.77:40000", "192.0.2.99:9060"].map(|end| end.parse().unwrap());
            let mut bytes = Vec::new();
            for (number, (at, packet)) in (1..).zip(packets) {
                assert!(collecting::frame(packet, ends[0], ends[1], &mut bytes));
                engine.handle_frame(&frame(number, *at, &bytes));
            }
        }
        Way::Tcp(size) => {
            let stream: Vec<u8> = packets.iter().flat_map(|(_, packet)| packet.clone()).collect();
            let mut seq = 1_000;
            for (number, chunk) in (1..).zip(stream.chunks(size)) {
                let at = packets.last().unwrap().0;
                engine.handle_frame(&frame(number, at, &segment(seq, chunk)));
                seq += u32::try_from(chunk.len()).unwrap();
            }
        }
    }
    json_of(&engine.finish())
}

pub(crate) fn mirrored(scenario: &Scenario, setting: Setting) -> Vec<(Timestamp, Vec<u8>)> {
    let (mut mirroring, mut packets) = (Mirroring::new(setting), Vec::new());
    for frame in scenario.frames() {
        mirroring.push(&frame, &mut |packet| packets.push((frame.at, packet.to_vec())));
    }
    packets
}

/// Without what differs by nature: frames, and how the packets came here.
pub(crate) fn without_carriage(value: &mut Value) {
    const CARRIAGE: &[&str] = &[
        "frame",
        "frames",
        "hop_of",
        "evidence",
        "ttl",
        "tunnel",
        "vantage_points",
        "capture",
        "hep",
    ];
    match value {
        Value::Object(fields) => {
            fields.retain(|key, _| !CARRIAGE.contains(&&**key) && !key.ends_with("_frame"));
            fields.values_mut().for_each(without_carriage);
        }
        Value::Array(items) => items.iter_mut().for_each(without_carriage),
        _ => {}
    }
}

pub(crate) fn differences(path: &str, a: &Value, b: &Value, found: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                differences(&format!("{path}.{key}"), &a[key], &b[key], found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}[{index}]"), a, b, found);
            }
        }
        _ if a == b => {}
        _ => found.push(format!("{path}: {a} / {b}")),
    }
}

#[test]
fn a_mirrored_call_is_reported_as_where_it_was_captured() {
    let scenario = Scenario::parse(CALL);
    let mut here = report_of(&scenario);
    without_carriage(&mut here);
    for way in [Way::Udp, Way::Tcp(1_400), Way::Tcp(7)] {
        let mut there = collected(&mirrored(&scenario, all()), way);
        assert_eq!(there["capture"]["problems"], json!([]), "{way:?}");
        assert_eq!(there["capture"]["counts"]["rtp_packets"], 990, "{way:?}");
        assert_eq!(there["calls"][0]["hep"]["agents"], json!([2001]), "{way:?}");
        without_carriage(&mut there);
        let mut found = Vec::new();
        differences("", &here, &there, &mut found);
        assert_eq!(found, Vec::<String>::new(), "{way:?}");
    }
}

#[test]
fn without_media_the_ends_reports_tell_of_them() {
    let scenario = Scenario::parse(CALL);
    for form in [RtcpForm::Packet, RtcpForm::Json] {
        let setting = Setting { rtp: false, rtcp: Some(form), ..all() };
        let report = collected(&mirrored(&scenario, setting), Way::Udp);
        assert_eq!(report["streams"], json!([]));
        let media = report["calls"][0]["hep"]["media"].as_array().unwrap();
        assert_eq!(media.len(), 2, "{form:?}: {media:?}");
        let from_a = media.iter().find(|row| row["src"]["ip"] == "192.0.2.10").unwrap();
        assert_eq!(from_a["dst"]["port"], 5001, "{from_a}");
        assert_eq!((&from_a["lost"], &from_a["source"]), (&json!(10), &json!("rtcp")));
        assert!(from_a["packets"].as_u64().unwrap() > 100, "{from_a}");
        assert!(from_a["jitter_ms"].is_f64() && from_a["stream"].is_null(), "{from_a}");
    }
}

#[test]
fn only_what_is_asked_for_is_mirrored() {
    let scenario = Scenario::parse(CALL);
    let count = |sip, rtcp, rtp| {
        let rtcp = Some(RtcpForm::Packet).filter(|_| rtcp);
        mirrored(&scenario, Setting { sip, rtcp, rtp, ..all() }).len()
    };
    let (sip, rtcp, rtp) =
        (count(true, false, false), count(false, true, false), count(false, false, true));
    assert_eq!((sip, rtcp, rtp), (10, 4, 990));
    assert_eq!(count(true, true, true), sip + rtcp + rtp);
}

/// A packet of an agent that tells something of the call.
fn told(kind: u8, correlation: &str, payload: &str) -> (Timestamp, Vec<u8>) {
    let end = |host: u8, port| Endpoint::new([192, 0, 2, host].into(), port);
    let at = Timestamp::from_micros(1_769_846_410_000_000);
    let mirror = Mirror {
        flow: Flow::new(end(10, 4000), end(20, 5000)),
        at,
        protocol: 17,
        kind,
        traffic_class: 0,
        correlation: Some(correlation.as_bytes()),
        payload: payload.as_bytes(),
    };
    let mut packet = Vec::new();
    assert!(append(&mirror, &Agent { id: 7, key: None }, &mut packet));
    (at, packet)
}

#[test]
fn an_agents_report_of_a_stream_stands_with_its_call() {
    let scenario = Scenario::parse(CALL);
    let call_id = report_of(&scenario)["calls"][0]["legs"][0]["call_id"].clone();
    let call_id = call_id.as_str().unwrap();
    let json = format!(
        r#"{{"CORRELATION_ID":"{call_id}","MOS":4.1,"MEAN_MOS":4.0,"MIN_MOS":3.2,"TOTAL_PK":500,"PACKET_LOSS":10,
            "MEAN_JITTER":2.5,"CODEC_NAME":"PCMU","TYPE":"PERIODIC"}}"#
    );
    let mut packets = mirrored(&scenario, Setting { rtp: false, rtcp: None, ..all() });
    packets.push(told(kind::RTP_REPORT, "another", &json));
    packets.push(told(kind::SHORT_RTP_REPORT, call_id, r#"{"MOS":3.9}"#));
    packets.push(told(100, call_id, "a line of a log"));
    packets.push(told(kind::RTCP, call_id, "{\"not\": \"rtcp\"}"));
    let report = collected(&packets, Way::Udp);
    let [row] = &report["calls"][0]["hep"]["media"].as_array().unwrap()[..] else { panic!() };
    assert_eq!(
        (&row["source"], &row["agent"], &row["reports"]),
        (&json!("agent"), &json!(7), &json!(2))
    );
    assert_eq!((&row["mos"], &row["codec"]), (&json!(3.9), &json!(null)), "the last report counts");
    let problems: Vec<_> = report["capture"]["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| (problem["code"].as_str().unwrap(), problem["count"].as_u64().unwrap()))
        .collect();
    assert_eq!(problems, [("hep.bad-payload", 1), ("hep.other-kind", 1)]);
}
