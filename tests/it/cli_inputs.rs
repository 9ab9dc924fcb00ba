//! What the program reads: several files, folders, patterns, files that grow,
//! and which frames of them.

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{output, run, siplens};
use crate::source_reading::Scratch;

/// Bytes of a pcap file's header, and of a record's.
const HEADER: usize = 24;
const RECORD: usize = 16;

/// A sample of the repository.
fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("samples").join(name)
}

/// The header of a little-endian pcap file, and its records.
fn records(file: &[u8]) -> (&[u8], Vec<&[u8]>) {
    let (header, mut rest) = file.split_at(HEADER);
    let mut records = Vec::new();
    while !rest.is_empty() {
        let length = u32::from_le_bytes(rest[8..12].try_into().unwrap()) as usize;
        let (record, after) = rest.split_at(RECORD + length);
        records.push(record);
        rest = after;
    }
    (header, records)
}

/// The report of what `arguments` name.
fn report(arguments: &[&str]) -> Value {
    serde_json::from_str(&output(&[&["analyze", "--json"], arguments].concat())).unwrap()
}

/// The parts of a report that do not name its inputs or frames.
fn essence(report: &Value) -> Value {
    let of = |list: &str, keys: &[&str]| -> Value {
        let rows = report[list].as_array().unwrap().iter();
        let mut rows: Vec<Value> =
            rows.map(|row| keys.iter().map(|key| row[key].clone()).collect()).collect();
        // Frames of one time in several files have no order among them.
        rows.sort_by_key(Value::to_string);
        rows.into()
    };
    json!({
        "counts": report["capture"]["counts"],
        "duration": report["capture"]["duration_s"],
        "summary": report["summary"],
        "calls": of("calls", &["state", "start_time", "answer_time", "end_time", "mos", "streams"]),
        "streams": of("streams", &["ssrc", "packets", "lost", "jitter_ms", "quality", "intervals"]),
    })
}

/// A capture dealt out to three files, frame by frame, one of them compressed.
fn dealt(scratch: &Scratch, name: &str) -> Vec<String> {
    let file = fs::read(sample(name)).unwrap();
    let (header, records) = records(&file);
    let part = |of: usize| {
        let records = records.iter().skip(of).step_by(3).flat_map(|record| record.iter());
        header.iter().chain(records).copied().collect::<Vec<u8>>()
    };
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(&part(1)).unwrap();
    let files = [
        scratch.file("part-1.pcap", &part(0)),
        scratch.file("part-2.pcap.gz", &packed.finish().unwrap()),
        scratch.file("part-3.pcap", &part(2)),
    ];
    files.iter().map(|path| path.to_str().unwrap().to_owned()).collect()
}

#[test]
fn a_call_dealt_out_to_three_files_is_one_call() {
    let scratch = Scratch::new("dealt");
    let files = dealt(&scratch, "lossy-audio.pcap");
    let whole = report(&[sample("lossy-audio.pcap").to_str().unwrap()]);
    let files: Vec<_> = files.iter().map(String::as_str).collect();
    let parts = report(&files);
    assert_eq!(essence(&parts), essence(&whole));
    let names = ["part-1.pcap", "part-2.pcap.gz", "part-3.pcap"];
    for (source, name) in parts["capture"]["sources"].as_array().unwrap().iter().zip(names) {
        assert_eq!(source["name"], name);
    }
    assert_eq!(parts["capture"]["sources"][1]["compression"], "gzip");
    // With several inputs a frame says in which it is.
    let frame = |message: usize| &parts["calls"][0]["messages"][message]["frame"];
    assert_eq!(*frame(0), json!({"source": 0, "frame": 1}));
    assert_eq!(*frame(1), json!({"source": 1, "frame": 1}));
}

#[test]
fn folders_and_patterns_are_their_captures() {
    let scratch = Scratch::new("folders");
    dealt(&scratch, "answered-call.pcap");
    scratch.file("notes.txt", b"no capture");
    let folder = scratch.0.to_str().unwrap();
    let whole = report(&[sample("answered-call.pcap").to_str().unwrap()]);
    let read = report(&[folder]);
    assert_eq!(essence(&read), essence(&whole));
    let problem = &read["capture"]["problems"][0];
    assert_eq!((&problem["code"], &problem["count"]), (&json!("file.skipped"), &json!(1)));
    assert_eq!(essence(&report(&[&format!("{folder}/part-*")])), essence(&whole));

    fs::create_dir(scratch.0.join("deeper")).unwrap();
    fs::rename(scratch.0.join("part-2.pcap.gz"), scratch.0.join("deeper/part-2.pcap.gz")).unwrap();
    assert_ne!(essence(&report(&[folder])), essence(&whole));
    assert_eq!(essence(&report(&[folder, "--recursive"])), essence(&whole));
    // A file that is named twice is read once.
    let twice = report(&[folder, "--recursive", &format!("{folder}/part-1.pcap")]);
    assert_eq!(essence(&twice), essence(&whole));
}

#[test]
fn what_has_no_capture_is_one_line() {
    let scratch = Scratch::new("no-capture");
    let folder = scratch.0.to_str().unwrap();
    for (argument, says) in [
        (folder.to_owned(), "no capture"),
        (format!("{folder}/*.pcap"), "matches no file"),
        (format!("{folder}/absent.pcap"), "No such file"),
    ] {
        let run = run(&["analyze", &argument]);
        assert_eq!((run.code, run.out.as_str()), (1, ""), "{argument}");
        assert_eq!(run.err.lines().count(), 1, "{}", run.err);
        assert!(run.err.contains(&argument) && run.err.contains(says), "{}", run.err);
    }
}

#[test]
fn a_fault_ends_its_input_and_no_other() {
    let scratch = Scratch::new("fault");
    let mut broken = fs::read(sample("busy.pcap")).unwrap();
    broken.extend_from_slice(&[0xff; 64]);
    let broken = scratch.file("broken.pcap", &broken);
    let good = sample("answered-call.pcap");
    let run = run(&["analyze", "--json", broken.to_str().unwrap(), good.to_str().unwrap()]);
    assert_eq!(run.code, 1, "{}", run.err);
    assert!(run.err.contains("broken.pcap") && run.err.lines().count() == 1, "{}", run.err);
    let report: Value = serde_json::from_str(&run.out).unwrap();
    assert_eq!(report["summary"]["calls"], 2);
    assert_eq!(report["capture"]["problems"][0]["code"], "file.corrupt");
}

#[test]
fn frames_are_chosen_by_filter_and_time() {
    if !has_libpcap() {
        return;
    }
    let file = sample("answered-call.pcap");
    let file = file.to_str().unwrap();
    let whole = report(&[file]);
    let signalling = report(&[file, "--filter", "udp port 5060"]);
    let counts = |report: &Value, key: &str| report["capture"]["counts"][key].as_u64().unwrap();
    assert_eq!(counts(&signalling, "sip_messages"), counts(&whole, "sip_messages"));
    assert_eq!(counts(&signalling, "rtp_packets"), 0);
    assert_eq!(
        counts(&signalling, "packets") + counts(&signalling, "left_out_packets"),
        counts(&whole, "packets")
    );
    let run = run(&["analyze", "--filter", "udp prot 5060", file]);
    assert_eq!((run.code, run.out.as_str()), (2, ""));
    assert!(run.err.contains("udp prot 5060") && run.err.contains("syntax error"), "{}", run.err);
    let later = report(&[file, "--from", "+2", "--to", "+3"]);
    assert_eq!(counts(&later, "packets"), 100);
}

/// Whether filters can be used on this machine; says so where they cannot.
fn has_libpcap() -> bool {
    let there = cfg!(feature = "live") && siplens::source::Filters::new("udp").is_ok();
    if !there {
        let mut err = std::io::stderr();
        writeln!(err, "libpcap is not installed: the filter's test was skipped").unwrap();
    }
    there
}

/// The program reading, with its output kept.
fn reading(arguments: &[&str]) -> Child {
    let mut command = siplens(arguments);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// What a program has written when it has ended, which it must soon.
fn ended(mut child: Child) -> (i32, String) {
    let until = Instant::now() + Duration::from_secs(30);
    let status = loop {
        match child.try_wait().unwrap() {
            Some(status) => break status,
            None if Instant::now() > until => {
                child.kill().unwrap();
                panic!("it does not end");
            }
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    (status.code().unwrap(), out)
}

#[test]
fn a_file_that_grows_is_followed() {
    let scratch = Scratch::new("grows");
    let file = fs::read(sample("challenge.pcap")).unwrap();
    let (first, second) = file.split_at(file.len() / 2);
    let path = scratch.file("growing.pcap", first);
    let path_text = path.to_str().unwrap();
    let child = reading(&["analyze", "--json", "--follow", "--idle-limit", "2", path_text]);
    std::thread::sleep(Duration::from_millis(500));
    OpenOptions::new().append(true).open(&path).unwrap().write_all(second).unwrap();
    let (code, out) = ended(child);
    let followed: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(code, 0);
    assert_eq!(essence(&followed), essence(&report(&[sample("challenge.pcap").to_str().unwrap()])));
    assert_eq!(run(&["analyze", "--follow", path_text, path_text]).code, 2);
    assert_eq!(run(&["analyze", "--idle-limit", "1", path_text]).code, 2);
}

#[cfg(unix)]
mod interrupted {
    use rustix::process::{Pid, Signal, kill_process};

    use super::*;

    fn interrupt(child: &Child) {
        std::thread::sleep(Duration::from_millis(500));
        let id = i32::try_from(child.id()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), Signal::INT).unwrap();
    }

    #[test]
    fn the_first_signal_ends_with_the_report_of_what_was_read() {
        let scratch = Scratch::new("followed");
        let path = scratch.file("busy.pcap", &fs::read(sample("busy.pcap")).unwrap());
        let child = reading(&["analyze", "--json", "--follow", path.to_str().unwrap()]);
        interrupt(&child);
        let (code, out) = ended(child);
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((code, &report["summary"]["calls"]), (0, &json!(1)));
        assert_eq!(report["capture"]["problems"][0]["code"], "file.interrupted");
    }

    #[test]
    fn standard_input_that_is_silent_can_be_interrupted() {
        let mut child = reading(&["analyze", "--json", "-"]);
        let mut input = child.stdin.take().unwrap();
        input.write_all(&fs::read(sample("busy.pcap")).unwrap()).unwrap();
        interrupt(&child);
        let (code, out) = ended(child);
        drop(input);
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!((code, &report["summary"]["calls"]), (130, &json!(1)));
    }
}
