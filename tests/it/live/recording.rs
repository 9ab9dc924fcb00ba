//! Recorded packets: the ring, files of calls, and what a kill leaves of them.

use std::time::Duration;

use crate::lab::{Folder, Live, Phones, can_capture, wait};
use crate::program::output;

fn counts(file: &str) -> serde_json::Value {
    let report: serde_json::Value =
        serde_json::from_str(&output(&["analyze", "--json", file])).unwrap();
    report["capture"]["counts"].clone()
}

/// Files of calls, without the list of them that the recorder keeps.
fn recorded(folder: &Folder) -> Vec<String> {
    folder.names("calls").into_iter().filter(|name| name != ".siplens-calls").collect()
}

#[test]
fn a_ring_keeps_the_last_packets_within_its_bounds() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("ring"), Phones::new());
    let ring = folder.file("ring");
    let live = Live::start(
        &folder,
        &[
            "-i",
            "lo",
            "--record",
            &ring,
            "--ring-size",
            "64K",
            "--ring-total",
            "256K",
            &phones.filter(),
        ],
    );
    for _ in 0..20 {
        phones.talk(200, None);
        std::thread::sleep(Duration::from_millis(30));
    }
    live.end();
    let names = folder.names("ring");
    let size =
        |name: &String| std::fs::metadata(folder.path().join("ring").join(name)).unwrap().len();
    let total: u64 = names.iter().map(size).sum();
    // 8,000 packets are 2 MB.
    assert!((128 << 10..=(256 << 10) + 8_192).contains(&total), "{total} bytes in {names:?}");
    assert!(names.len() >= 3 && names.iter().all(|name| size(name) < 80 << 10), "{names:?}");
    let last = counts(&folder.file(&format!("ring/{}", names.last().unwrap())));
    assert!(last["packets"].as_u64().unwrap() > 0);
    assert_eq!(last["packets"], last["rtp_packets"]);
}

#[test]
fn each_call_has_a_file_with_its_signalling_and_media_from_before_the_answer_on() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones, mut others) = (Folder::new("calls"), Phones::new(), Phones::new());
    let filter = format!("{} or {}", phones.filter(), others.filter());
    let calls = folder.file("calls");
    let live = Live::start(
        &folder,
        &["-i", "lo", "--record-calls", &format!("{calls}/{{call_id}}.pcapng"), &filter],
    );
    // Media come before the answer, and before the invitation that announces them.
    phones.talk(10, Some(Duration::from_millis(1)));
    phones.call("early", 100);
    others.call("other", 50);
    std::thread::sleep(Duration::from_millis(300));
    live.end();
    assert_eq!(recorded(&folder), ["early.pcapng", "other.pcapng"]);
    let early = counts(&format!("{calls}/early.pcapng"));
    assert_eq!(
        (&early["sip_messages"], &early["rtp_packets"]),
        (&6.into(), &220.into()),
        "{early}"
    );
    let other = counts(&format!("{calls}/other.pcapng"));
    assert_eq!(
        (&other["sip_messages"], &other["rtp_packets"]),
        (&6.into(), &100.into()),
        "{other}"
    );
}

#[test]
fn only_calls_that_are_wanted_at_their_end_have_files_even_those_longer_than_the_memory() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("chosen"), Phones::new());
    let others = Phones::new();
    let filter = format!("{} or {}", phones.filter(), others.filter());
    let pattern = folder.file("calls/{call_id}.pcapng");
    // Room for some 400 packets.
    let live = Live::start(
        &folder,
        &[
            "-i",
            "lo",
            "--lookback",
            "100K",
            "--record-calls",
            &pattern,
            "--where",
            "state == completed",
            &filter,
        ],
    );
    phones.request("INVITE", 1, "long", true);
    phones.response("200 OK", ("INVITE", 1), "long", true);
    phones.request("ACK", 1, "long", false);
    others.request("INVITE", 1, "refused", true);
    others.response("486 Busy Here", ("INVITE", 1), "refused", false);
    others.request("ACK", 1, "refused", false);
    // It takes until the next publication that the call is known.
    phones.talk(30, Some(Duration::from_millis(50)));
    phones.talk(1_500, Some(Duration::from_millis(2)));
    wait("packets to move to a file", || {
        folder.names("calls").iter().any(|name| name.contains(".part"))
    });
    phones.request("BYE", 2, "long", false);
    phones.response("200 OK", ("BYE", 2), "long", false);
    std::thread::sleep(Duration::from_millis(300));
    live.end();
    assert_eq!(recorded(&folder), ["long.pcapng"]);
    let long = counts(&folder.file("calls/long.pcapng"));
    assert_eq!((&long["sip_messages"], &long["rtp_packets"]), (&5.into(), &3_060.into()), "{long}");
}

#[test]
fn a_kill_leaves_whole_blocks() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("kill"), Phones::new());
    let ring = folder.file("ring");
    let live = Live::start(&folder, &["-i", "lo", "--record", &ring, &phones.filter()]);
    phones.call("before", 200);
    // 400 packets of 214 bytes and their blocks, and CSeq of the BYE and its 200, which come last.
    wait("the call in a file", || {
        let read = |name: &String| std::fs::read(format!("{ring}/{name}")).unwrap_or_default();
        let bytes: Vec<u8> = folder.names("ring").iter().flat_map(read).collect();
        let ends = bytes.windows(6).filter(|word| word == b" BYE\r\n").count();
        ends >= 2 && bytes.len() > 400 * 246
    });
    // In the middle of other packets.
    let talking = std::thread::spawn(move || phones.talk(1_000, Some(Duration::from_micros(200))));
    std::thread::sleep(Duration::from_millis(100));
    live.kill();
    talking.join().unwrap();
    let names = folder.names("ring");
    let [name] = names.as_slice() else { panic!("one file: {names:?}") };
    let report: serde_json::Value =
        serde_json::from_str(&output(&["analyze", "--json", &format!("{ring}/{name}")])).unwrap();
    assert_eq!(report["capture"]["sources"][0]["truncated"], false, "whole blocks");
    assert_eq!(report["calls"][0]["state"], "completed");
    let counts = &report["capture"]["counts"];
    assert_eq!(counts["sip_messages"], 6);
    assert!(counts["rtp_packets"].as_u64().unwrap() >= 400, "all until a second before: {counts}");
    if can_capture(&["tshark"]) {
        let read = std::process::Command::new("tshark")
            .args(["-r", &format!("{ring}/{name}"), "-Y", "sip.CSeq.method == BYE"])
            .output()
            .unwrap();
        assert!(read.status.success(), "{}", String::from_utf8_lossy(&read.stderr));
        assert_eq!(String::from_utf8_lossy(&read.stdout).lines().count(), 2);
    }
}

#[test]
fn files_of_calls_are_bounded_together_and_the_oldest_goes() {
    if !can_capture(&[]) {
        return;
    }
    let (folder, mut phones) = (Folder::new("total"), Phones::new());
    let calls = folder.file("calls");
    std::fs::create_dir(&calls).unwrap();
    std::fs::write(format!("{calls}/mine.pcapng"), vec![0; 100_000]).unwrap();
    let pattern = format!("{calls}/{{call_id}}.pcapng");
    let session = |phones: &mut Phones, ids: &[&str], total: &str| {
        let words = ["-i", "lo", "--headless", "--record-calls", &pattern];
        let live = Live::start(
            &folder,
            &[&words[..], &["--record-calls-total", total, &phones.filter()]].concat(),
        );
        for id in ids {
            phones.call(id, 50);
        }
        std::thread::sleep(Duration::from_millis(400));
        live.end();
    };
    // A call of 50 packets each way is some 26 KB.
    session(&mut phones, &["a", "b", "c", "d"], "70K");
    assert_eq!(recorded(&folder), ["c.pcapng", "d.pcapng", "mine.pcapng"]);
    // Those of an earlier session count, and what is nobody's call is left alone.
    session(&mut phones, &["e"], "70K");
    assert_eq!(recorded(&folder), ["d.pcapng", "e.pcapng", "mine.pcapng"]);
    assert_eq!(counts(&format!("{calls}/e.pcapng"))["rtp_packets"], 100);
}
