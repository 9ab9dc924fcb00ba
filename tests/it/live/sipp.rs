//! Calls of a real caller through a real interface: what siplens counts is what
//! sipp says it did, and what tcpdump saw beside it.

use std::process::{Child, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::lab::{Cable, Folder, Live, can_capture_for_long};
use crate::program::output;

const CALLS: u64 = 300;
/// A second.
const RATE: u64 = 50;
/// RTP packets of a call, each way.
const PACKETS: u64 = 100;

/// The packets that the caller plays: PCMA, 20 ms each.
pub(super) fn audio(file: &str) {
    let mut capture = Vec::new();
    for word in [0xa1b2_c3d4_u32, 0x0004_0002, 0, 0, 65_535, 1] {
        capture.extend(word.to_le_bytes());
    }
    for number in 0..u32::try_from(PACKETS).unwrap() {
        let mut frame = vec![0; 12];
        frame.extend([8, 0, 0x45, 0, 0, 200, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]);
        frame.extend([0x0f, 0xa0, 0x0f, 0xa2, 0, 180, 0, 0, 0x80, 8]);
        frame.extend(u16::try_from(number).unwrap().to_be_bytes());
        frame.extend((number * 160).to_be_bytes());
        frame.extend([0, 0, 0x12, 0x34]);
        frame.extend([0xd5; 160]);
        let micros = number * 20_000;
        let length = u32::try_from(frame.len()).unwrap();
        for word in [micros / 1_000_000, micros % 1_000_000, length, length] {
            capture.extend(word.to_le_bytes());
        }
        capture.extend(frame);
    }
    std::fs::write(file, capture).unwrap();
}

/// A process that is ended with the test.
pub(super) struct Ended(Child);

impl Ended {
    pub(super) fn start(namespace: &str, words: &[&str]) -> Self {
        Self(Cable::at(namespace, words).spawn().unwrap())
    }

    fn end(&mut self) {
        let _ = kill_process(Pid::from_child(&self.0), Signal::INT);
        let _ = self.0.wait();
    }
}

impl Drop for Ended {
    fn drop(&mut self) {
        self.end();
    }
}

/// The last line of sipp's statistics, by the names of its columns.
fn statistics(file: &str) -> impl Fn(&str) -> u64 {
    let text = std::fs::read_to_string(file).unwrap();
    let (names, last) = (text.lines().next().unwrap(), text.lines().last().unwrap());
    let columns: Vec<_> =
        names.split(';').zip(last.split(';')).map(|(a, b)| (a.to_owned(), b.to_owned())).collect();
    move |name| {
        let column = columns.iter().find(|(known, _)| known == name).unwrap();
        column.1.parse().unwrap()
    }
}

#[test]
fn counts_are_those_of_the_caller_and_of_a_capture_beside() {
    let Some(_alone) = can_capture_for_long(&["ip", "sipp", "tcpdump"]) else { return };
    let (folder, cable) = (Folder::new("sipp"), Cable::new());
    audio(&folder.file("audio.pcap"));
    let scenario = |name: &str| {
        let from = format!("{}/tests/it/live/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(from, folder.path().join(name)).unwrap();
        folder.file(name)
    };
    let (caller, callee) = (scenario("caller.xml"), scenario("callee.xml"));
    let (ring, calls) = (folder.file("ring"), folder.file("calls"));
    let live = Live::start_in(
        &cable.far,
        &folder,
        &["-i", "far", "--json", "--record", &ring, "--record-calls", &calls],
    );
    let beside = folder.file("beside.pcap");
    let mut tcpdump = Ended::start(
        &cable.far,
        &["tcpdump", "-i", "far", "-B", "65536", "-s", "0", "-U", "-w", &beside, "udp"],
    );
    let mut answering = Ended::start(
        &cable.far,
        &[
            "sipp",
            "-sf",
            &callee,
            "-i",
            "10.77.0.2",
            "-p",
            "5060",
            "-mp",
            "30000",
            "-rtp_echo",
            "-nostdin",
        ],
    );
    std::thread::sleep(Duration::from_secs(1));
    let csv = folder.file("caller.csv");
    let placed = Cable::at(
        &cable.near,
        &[
            "sipp",
            "10.77.0.2:5060",
            "-sf",
            &caller,
            "-i",
            "10.77.0.1",
            "-p",
            "5060",
            "-mp",
            "20000",
            "-m",
            &CALLS.to_string(),
            "-r",
            &RATE.to_string(),
            "-nostdin",
            "-trace_stat",
            "-stf",
            &csv,
            "-fd",
            "1",
            "-timeout",
            "60s",
        ],
    )
    .current_dir(folder.path())
    .stderr(Stdio::null())
    .status()
    .unwrap();
    assert!(placed.success(), "sipp: {placed}");
    std::thread::sleep(Duration::from_millis(500));
    answering.end();
    let report: serde_json::Value = serde_json::from_str(&live.end()).unwrap();
    tcpdump.end();

    let counts = &report["capture"]["counts"];
    are_those_of_sipp(&report, &statistics(&csv));
    // The same as a capture taken beside it, and as the recorded ring.
    let other: serde_json::Value =
        serde_json::from_str(&output(&["analyze", "--json", &beside])).unwrap();
    for count in ["sip_messages", "rtp_packets", "rtcp_packets"] {
        assert_eq!(counts[count], other["capture"]["counts"][count], "{count}");
    }
    let recorded: serde_json::Value =
        serde_json::from_str(&output(&["analyze", "--json", &ring])).unwrap();
    assert_eq!(counts, &recorded["capture"]["counts"]);
    let mut files = folder.names("calls");
    files.retain(|name| name != ".siplens-calls");
    assert_eq!(files.len() as u64, CALLS);
    let one: serde_json::Value =
        serde_json::from_str(&output(&["analyze", "--json", &format!("{calls}/{}", files[0])]))
            .unwrap();
    assert_eq!(one["capture"]["counts"]["sip_messages"], 6);
    assert_eq!(one["capture"]["counts"]["rtp_packets"], 2 * PACKETS);
}

/// What siplens counted is what sipp says it did.
fn are_those_of_sipp(report: &serde_json::Value, said: &impl Fn(&str) -> u64) {
    assert_eq!((said("TotalCallCreated"), said("SuccessfulCall(C)")), (CALLS, CALLS));
    let counts = &report["capture"]["counts"];
    assert_eq!(report["capture"]["sources"][0]["dropped_packets"], 0);
    assert_eq!(report["summary"]["calls"], said("TotalCallCreated"));
    assert_eq!(report["summary"]["answered"], said("SuccessfulCall(C)"));
    // INVITE, 180, 200, ACK, BYE, 200, and what sipp sent again.
    assert_eq!(counts["sip_messages"], 6 * CALLS + said("Retransmissions(C)"));
    // The callee echoes each, but for the few that it misses itself on a busy machine; that
    // none of those on the wire is missed here, the capture beside says.
    let rtp = counts["rtp_packets"].as_u64().unwrap();
    let sent = PACKETS * CALLS;
    assert!((2 * sent - sent / 50..=2 * sent).contains(&rtp), "{rtp} of {}", 2 * sent);
    let streams = report["streams"].as_array().unwrap();
    let from_caller = streams.iter().filter(|stream| stream["src"]["ip"] == "10.77.0.1");
    let packets: u64 = from_caller.map(|stream| stream["packets"].as_u64().unwrap()).sum();
    assert_eq!(packets, sent, "every packet that the caller sent");
    let calls = report["calls"].as_array().unwrap();
    assert!(calls.iter().all(|call| call["state"] == "completed"));
    // All calls share the callee's media port, so that it is the number of all that is certain.
    assert_eq!(streams.len() as u64, 2 * CALLS);
}
