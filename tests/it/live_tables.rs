//! `siplens live --export`: the folder that a session adds tables to.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;

use crate::hep_mirrored::{all, mirrored};
use crate::program::run;
use crate::scenario::Scenario;
use crate::session::{Live, until};
use crate::tables_folder::Folder;

const FIRST: &str = "0    A>B INVITE call=1 sdp(A:4000 PCMU)
                     0.5  B>A 200 call=1 sdp(B:5000 PCMU)
                     0.6  A>B ACK call=1
                     1    A>B rtp 100
                     3.2  A>B BYE call=1
                     3.3  B>A 200 call=1
                     4    A>B INVITE call=2
                     4.1  B>A 486 call=2
                     4.2  A>B ACK call=2";

const LATER: &str = "hosts: A 192.0.2.10:5060 alice, B 198.51.100.20:5060 bob, \
                            C 192.0.2.11:5060 carol, D 198.51.100.21:5060 dave
                     60   A>B INVITE call=3
                     60.1 B>A 486 call=3
                     60.2 A>B ACK call=3
                     61   C>D INVITE call=4
                     61.1 D>C 200 call=4
                     61.2 C>D ACK call=4";

/// Sends packets, all at once.
fn send(calls: &str, to: SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    for (index, (_, packet)) in mirrored(&Scenario::parse(calls), all()).iter().enumerate() {
        socket.send_to(packet, to).unwrap();
        if index % 20 == 19 {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
    }
}

fn session(folder: &Folder, more: &[&str]) -> (Live, SocketAddr) {
    let always = ["--hep", "127.0.0.1:0", "--export", folder.path(), "--export-format", "ndjson"];
    let mut live = Live::lingering("1", &[&always, more].concat());
    let collector = live.hep("udp");
    (live, collector)
}

fn is_unfinished(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "part")
}

/// The Call-IDs of the calls that can be read.
fn calls(folder: &Folder) -> Vec<String> {
    let files = folder.files_of("calls").into_iter().filter(|path| !is_unfinished(path));
    let texts: Vec<_> = files.map(|path| fs::read_to_string(path).unwrap()).collect();
    let mut ids: Vec<_> = texts
        .iter()
        .flat_map(|text| text.lines())
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|row| row["call_id"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

#[test]
fn files_appear_while_the_session_goes_on_and_hold_each_call_once() {
    let folder = Folder::new("live");
    let (live, collector) = session(&folder, &["--export-every", "1", "--idle", "2"]);
    send(FIRST, collector);
    let first = until("the first calls", || {
        let calls = calls(&folder);
        (calls.len() == 2).then_some(calls)
    });
    // Nobody else adds to it meanwhile, and everybody may read it.
    let other = run(&["export", "--format", "csv", "samples/busy.pcap", "-o", folder.path()]);
    assert_eq!((other.code, &*other.out), (1, ""));
    assert!(other.err.contains("another siplens writes to it"), "{}", other.err);
    send(LATER, collector);
    until("the later calls", || (calls(&folder).len() == 4).then_some(()));
    send("120 A>B INVITE call=5", collector);
    live.end();
    // What has not left by then is written at the end.
    let written = calls(&folder);
    assert_eq!(written.len(), 5, "{written:?}");
    assert!(first.iter().all(|id| written.contains(id)));
    assert!(written.windows(2).all(|two| two[0] != two[1]), "{written:?}");
    let files = folder.files();
    assert!(!files.iter().any(|name| is_unfinished(Path::new(name))), "{files:?}");
    assert!(folder.files_of("calls").len() >= 3, "{files:?}");
    for (table, rows) in [("streams", 1), ("messages", 15), ("peers", 4)] {
        assert_eq!(folder.rows(table).len(), rows, "{table}");
    }
    // The manifest names all of them, as one export.
    let manifest: serde_json::Value =
        serde_json::from_str(&fs::read_to_string(folder.join("_siplens.json")).unwrap()).unwrap();
    let exports = manifest["exports"].as_array().unwrap();
    assert_eq!(exports.len(), 1, "{manifest}");
    let mut parts: Vec<_> =
        exports[0]["parts"].as_array().unwrap().iter().map(|part| part.as_str().unwrap()).collect();
    parts.sort_unstable();
    let tables: Vec<_> = files.iter().filter(|name| name.contains('/')).collect();
    assert_eq!(parts, tables);
    // Numbers of findings are of one session.
    let mut findings: Vec<_> =
        folder.rows("findings").iter().map(|row| row["finding"].as_u64()).collect();
    let count = findings.len();
    findings.sort_unstable();
    findings.dedup();
    assert_eq!(findings.len(), count);
}

#[test]
fn a_session_adds_to_what_another_left_and_removes_what_a_killed_one_did_not_finish() {
    let folder = Folder::new("live-again");
    let (killed, collector) = session(&folder, &["--export-every", "1000"]);
    send(FIRST, collector);
    let is_unfinished = |name: &String| is_unfinished(Path::new(name));
    until("an unfinished file", || folder.files().iter().any(is_unfinished).then_some(()));
    drop(killed);
    for expected in [1, 2] {
        let (live, collector) = session(&folder, &["--export-tables", "calls"]);
        send("0 A>B INVITE call=1", collector);
        until("a packet", || {
            std::thread::sleep(std::time::Duration::from_millis(500));
            Some(())
        });
        live.end();
        assert!(!folder.files().iter().any(is_unfinished));
        assert_eq!(calls(&folder).len(), expected);
    }
}

#[test]
fn a_folder_that_cannot_be_written_ends_the_session_before_it_begins() {
    let folder = Folder::new("live-file");
    fs::create_dir_all(folder.path()).unwrap();
    let file = folder.join("taken");
    fs::write(&file, "no folder").unwrap();
    let run = run(&[
        "live",
        "--hep",
        "127.0.0.1:0",
        "--export-format",
        "csv",
        "--export",
        file.to_str().unwrap(),
    ]);
    assert_eq!((run.code, &*run.out), (1, ""));
    assert!(run.err.contains("taken"), "{}", run.err);
}
