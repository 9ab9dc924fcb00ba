//! The terminal interface over calls that a real caller places meanwhile.

use std::process::Stdio;

use crate::lab::{Cable, Folder, can_capture_for_long};
use crate::tui_tmux::Terminal;

use super::sipp::{Ended, audio};

#[test]
fn calls_show_up_while_they_are_placed() {
    let Some(_alone) = can_capture_for_long(&["ip", "sipp", "tmux"]) else { return };
    let (folder, cable) = (Folder::new("screen"), Cable::new());
    let Some(terminal) = Terminal::open(140, 36) else { return };
    audio(&folder.file("audio.pcap"));
    let scenario = |name: &str| {
        let from = format!("{}/tests/it/live/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::copy(from, folder.path().join(name)).unwrap();
        folder.file(name)
    };
    let (caller, callee) = (scenario("caller.xml"), scenario("callee.xml"));
    let program = env!("CARGO_BIN_EXE_siplens");
    terminal.shell(&format!("ip netns exec {} {program} live -i far; echo status $?", cable.far));
    terminal.wait("live, 0 packets");
    let words = ["-i", "10.77.0.2", "-p", "5060", "-mp", "30000", "-rtp_echo", "-nostdin"];
    let _answering = Ended::start(&cable.far, &[&["sipp", "-sf", &callee][..], &words].concat());
    std::thread::sleep(std::time::Duration::from_secs(1));
    let words = ["-i", "10.77.0.1", "-p", "5060", "-mp", "20000", "-m", "12", "-r", "2"];
    let mut placing = Cable::at(
        &cable.near,
        &[&["sipp", "10.77.0.2:5060", "-sf", &caller][..], &words, &["-nostdin"]].concat(),
    );
    let mut placing = placing.current_dir(folder.path()).stderr(Stdio::null()).spawn().unwrap();

    // While they are placed: one that talks, and more later.
    terminal.until("a call that is answered", |screen| {
        screen.contains("alice") && screen.contains("answered")
    });
    terminal.until("all of them, ended", |screen| {
        screen.lines().filter(|line| line.contains("completed")).count() == 12
    });
    assert!(placing.wait().unwrap().success());

    // The ladder, with a message that is kept in memory alone.
    terminal.keys(&["g", "Enter"]);
    terminal.until("the ladder", |screen| {
        ["INVITE sip:bob@10.77.0.2", "10.77.0.1", "200 OK"].iter().all(|text| screen.contains(text))
    });
    terminal.wait("a=rtpmap:8 PCMA/8000");
    terminal.keys(&["q"]);
    terminal.wait("completed");

    terminal.keys(&["q"]);
    terminal.wait("status 0");
    terminal.is_given_back();
}
