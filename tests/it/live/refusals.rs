//! What is said where nothing can be captured.

use std::process::Command;

use crate::lab::can_capture;
use crate::program::{run, run_with, siplens};

#[test]
fn without_libpcap_it_says_what_to_install() {
    let mut command = siplens(&["live", "-i", "lo"]);
    command.env("SIPLENS_LIBPCAP", "/nowhere/libpcap.so");
    let run = run_with(command, &[]);
    assert_eq!(run.code, 1);
    assert_eq!(run.err, "siplens: libpcap is not installed (apt-get install libpcap0.8)\n");
}

#[test]
fn who_may_not_capture_is_told_how_to() {
    if !can_capture(&["setpriv"]) {
        return;
    }
    let mut command = Command::new("setpriv");
    command.args([
        "--reuid",
        "65534",
        "--clear-groups",
        env!("CARGO_BIN_EXE_siplens"),
        "live",
        "-i",
        "lo",
    ]);
    let run = run_with(command, &[]);
    assert_eq!(run.code, 1);
    assert!(run.err.contains("sudo setcap cap_net_raw+ep "), "{}", run.err);
    assert_eq!(run.err.lines().count(), 1, "{}", run.err);
}

#[test]
fn interfaces_and_filters_that_are_none_are_refused() {
    if !can_capture(&[]) {
        return;
    }
    let none = run(&["live", "-i", "nothing0"]);
    assert_eq!((none.code, none.out.as_str()), (1, ""));
    assert_eq!(
        none.err,
        "siplens: nothing0: there is no such interface (siplens live --list-interfaces lists them)\n"
    );
    let bad = run(&["live", "-i", "lo", "udp", "prot", "5060"]);
    assert_eq!(bad.code, 2);
    assert!(bad.err.starts_with("siplens: filter \"udp prot 5060\": "), "{}", bad.err);
    let small = run(&["live", "-i", "lo", "--buffer", "10"]);
    assert_eq!((small.code, &*small.err), (2, "siplens: --buffer: from 64K to 2047M\n"));
}

#[test]
fn interfaces_are_listed() {
    if !can_capture(&[]) {
        return;
    }
    let listed = run(&["interfaces"]);
    let line = listed.out.lines().find(|line| line.starts_with("lo "));
    assert!(line.is_some_and(|line| line.contains("127.0.0.1")), "{}", listed.out);
    assert_eq!(run(&["live", "-D"]).out, listed.out);
}
