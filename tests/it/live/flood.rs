//! A flood of calls that nobody means: memory stays within its bound, and real
//! calls are served.

use std::net::UdpSocket;
use std::time::Duration;

use crate::lab::{Folder, Live, Phones, can_capture_for_long, wait_long};

const FLOOD: u32 = 100_000;
const BOUND: &str = "64M";
/// The bound, and what is not bounded by it: the program, packets that wait, and
/// pieces of memory that are free and not given back.
const MOST_KB: u64 = 3 * (64 << 10);

#[test]
fn a_hundred_thousand_random_call_ids_stay_within_the_memory_and_calls_go_on() {
    let Some(_alone) = can_capture_for_long(&[]) else { return };
    let (folder, mut phones) = (Folder::new("flood"), Phones::new());
    let from = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = to.local_addr().unwrap().port();
    let filter = format!("{} or udp dst port {port}", phones.filter());
    let live = Live::start(
        &folder,
        &[
            "-i",
            "lo",
            "--headless",
            "--every",
            "1",
            "--linger",
            "2",
            "--max-memory",
            BOUND,
            &filter,
        ],
    );
    let mut random = 0x9e37_79b9_7f4a_7c15_u64;
    let mut most = 0;
    for number in 0..FLOOD {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        let text = format!(
            "INVITE sip:{random:x}@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK{random:x}\r\n\
             From: <sip:{number}@127.0.0.1>;tag={random:x}\r\nTo: <sip:{random:x}@127.0.0.1>\r\n\
             Call-ID: {random:x}@{number}\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
        );
        from.send_to(text.as_bytes(), to.local_addr().unwrap()).unwrap();
        if number % 2_000 == 0 {
            most = most.max(live.anonymous_kb());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    phones.call("real", 20);
    wait_long("the real call", Duration::from_secs(180), || {
        live.out().contains("\"call_id\":\"real\"")
    });
    most = most.max(live.anonymous_kb());
    let text = live.end();
    assert!(most < MOST_KB, "{most} kB in use");
    let real = text
        .lines()
        .find(|line| line.contains("\"event\":\"call\"") && line.contains("\"call_id\":\"real\""));
    let real: serde_json::Value = serde_json::from_str(real.unwrap()).unwrap();
    assert_eq!((&real["call"]["state"], &real["over"]), (&"completed".into(), &true.into()));
    assert_eq!(real["streams"][0]["packets"], 20);
    let end: serde_json::Value = serde_json::from_str(text.lines().last().unwrap()).unwrap();
    let problems = end["capture"]["problems"].as_array().unwrap();
    let count = |code: &str| {
        let found = problems.iter().find(|problem| problem["code"] == code);
        found.map_or(0, |problem| problem["count"].as_u64().unwrap())
    };
    assert!(
        count("track.conversation-evicted") > 0,
        "what went for lack of memory is counted: {problems:?}"
    );
    let calls = end["summary"]["calls"].as_u64().unwrap();
    let dropped = end["capture"]["sources"][0]["dropped_packets"].as_u64().unwrap();
    assert!(
        calls + count("live.unreported") + dropped > u64::from(FLOOD),
        "{calls} calls, {dropped} packets dropped: {problems:?}"
    );
}
