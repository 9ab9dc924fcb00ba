//! Tables as files: whole or not at all, once for the same inputs, in the folders
//! that are asked for.

use std::fs;

use serde_json::Value;

use crate::program::{output, run, run_with, siplens};
use crate::scenario::Scenario;
use crate::tables_folder::{Folder, samples};
use crate::traffic::{Format, Plan, SECOND, write};

/// Two calls, one of them in the last minute of an hour, the other an hour later.
const TWO_HOURS: &str = "
    0      A>B INVITE call=1
    0.1    B>A 486 call=1
    7200   A>B INVITE call=2
    7200.1 B>A 486 call=2";

fn report(arguments: &[&str]) -> Value {
    serde_json::from_str(&output(&[&["analyze", "--json"], arguments].concat())).unwrap()
}

#[test]
fn rows_are_those_of_the_report() {
    let folder = Folder::new("report");
    let samples = samples();
    let told = folder.export(&[&["--format", "ndjson"], &samples[..]].concat());
    let report = report(&samples);
    for (table, list) in [
        ("calls", "calls"),
        ("streams", "streams"),
        ("findings", "findings"),
        ("peers", "endpoints"),
    ] {
        let count = report[list].as_array().unwrap().len();
        assert_eq!(folder.rows(table).len(), count, "{table}");
        assert!(told.lines().any(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            words.starts_with(&[table, &count.to_string(), "1"])
        }));
    }
    let calls = folder.rows("calls");
    let numbers: Vec<_> = calls.iter().map(|row| row["call"].as_u64().unwrap()).collect();
    assert!(numbers.is_sorted_by(|a, b| a < b), "in the order in which they began: {numbers:?}");
    for (row, call) in calls.iter().zip(report["calls"].as_array().unwrap()) {
        let number = row["call"].as_u64().unwrap();
        assert_eq!(row["call_id"], call["legs"][0]["call_id"], "call-{number}");
        let of_call = |table: &str| {
            folder.rows(table).iter().filter(|one| one["call"].as_u64() == Some(number)).count()
        };
        assert_eq!(of_call("messages"), call["messages"].as_array().unwrap().len());
        assert_eq!(of_call("streams"), call["streams"].as_array().unwrap().len());
        assert_eq!(of_call("findings"), call["findings"].as_array().unwrap().len());
        for (column, path) in [
            ("state", "/state"),
            ("caller_user", "/caller/user"),
            ("callee_ip", "/callee/address/ip"),
            ("callee_port", "/callee/address/port"),
            ("start_time", "/start_time"),
            ("answer_time", "/answer_time"),
            ("post_dial_delay_ms", "/post_dial_delay_ms"),
            ("duration_s", "/duration_s"),
            ("status", "/final_status/code"),
            ("attempts", "/attempts/count"),
            ("mos", "/mos/worst"),
        ] {
            let expected = call.pointer(path).unwrap_or(&Value::Null);
            assert_eq!(row[column].as_f64(), expected.as_f64(), "call-{number} {column}");
            assert_eq!(row[column].as_str(), expected.as_str(), "call-{number} {column}");
        }
        assert_eq!(row["messages"], call["messages"].as_array().unwrap().len());
        let source = &call["messages"][0]["frame"]["source"];
        let name = format!("/capture/sources/{source}/name");
        assert_eq!(Some(&row["source"]), report.pointer(&name));
    }
    let messages: usize = ["calls", "registrations", "dialogs"]
        .into_iter()
        .flat_map(|list| report[list].as_array().unwrap())
        .map(|one| one["messages"].as_array().unwrap().len())
        .sum();
    assert_eq!(folder.rows("messages").len(), messages);
    let intervals = report["streams"].as_array().unwrap().iter();
    let intervals: usize =
        intervals.map(|stream| stream["intervals"].as_array().unwrap().len()).sum();
    assert_eq!(folder.rows("intervals").len(), intervals);
}

/// Legs that are put together are a call, and each has had a number.
#[test]
fn numbers_of_calls_are_those_of_their_legs() {
    let folder = Folder::new("legs");
    let export = |more: &[&str]| -> Vec<u64> {
        folder.export(&[&["--format", "ndjson", "samples/b2bua.pcap"], more].concat());
        folder.rows("calls").iter().map(|row| row["call"].as_u64().unwrap()).collect()
    };
    let (together, apart) = (export(&[]), export(&["--no-join"]));
    assert!(together.len() < apart.len());
    assert!(together.iter().all(|number| apart.contains(number)), "{together:?} {apart:?}");
    assert_eq!(apart, (1..=apart.len() as u64).collect::<Vec<_>>());
}

/// Calls of every outcome, of which a quarter is alive or lingers at any time.
#[test]
fn rows_are_the_same_whatever_left_early() {
    let (whole, parts) = (Folder::new("whole"), Folder::new("parts"));
    fs::create_dir_all(whole.path()).unwrap();
    let path = whole.join("calls.pcap");
    let plan = Plan {
        calls: 1_600,
        rate: 12.0,
        talk: 6 * SECOND,
        media: false,
        mix: [60, 15, 10, 8, 4, 3],
        ..Plan::default()
    };
    write(&plan, Format::Pcap, &mut fs::File::create(&path).unwrap(), &mut |_| Ok(())).unwrap();
    let path = path.to_str().unwrap();
    for partition in ["none", "hour"] {
        let arguments = ["--format", "ndjson", "--partition", partition, path];
        let told = whole.export(&arguments);
        let in_parts = parts.export(&[&arguments[..], &["--max-memory", "64M"]].concat());
        let rows = |told: &str| -> Vec<String> {
            let words = told.lines().map(|line| line.split_whitespace());
            words.map(|words| words.take(2).collect::<Vec<_>>().join(" ")).collect()
        };
        assert_eq!(rows(&told), rows(&in_parts));
        let mut left_early = false;
        for (table, keys) in [
            ("calls", &["call"][..]),
            ("messages", &["source", "frame"]),
            ("registrations", &["registration"]),
            ("findings", &["call", "code", "frame"]),
            ("peers", &["ip", "port"]),
        ] {
            let sorted = |folder: &Folder| {
                let key = |row: &Value| -> Vec<(Option<u64>, String)> {
                    let of = |key: &&str| (row[*key].as_u64(), row[*key].to_string());
                    keys.iter().map(of).collect()
                };
                let mut rows = folder.rows(table);
                let as_written = rows.clone();
                rows.sort_by_cached_key(key);
                (rows != as_written, rows)
            };
            let ((_, mut expected), (moved, mut found)) = (sorted(&whole), sorted(&parts));
            left_early |= moved;
            // They are numbered as they are found.
            for row in expected.iter_mut().chain(&mut found) {
                row.as_object_mut().unwrap().retain(|key, _| key != "finding" && key != "peer");
            }
            assert_eq!(expected.len(), found.len(), "{table}");
            for (expected, found) in expected.iter().zip(&found) {
                assert_eq!(expected, found, "{table}");
            }
        }
        assert!(left_early, "calls are written as they leave");
    }
}

#[test]
fn the_same_inputs_are_exported_once() {
    let folder = Folder::new("again");
    let arguments = ["--format", "ndjson", "samples/busy.pcap", "samples/dtmf.pcap"];
    folder.export(&arguments);
    let (files, rows) = (folder.files(), folder.rows("calls"));
    assert_eq!(rows.len(), 2);
    // In any order, from anywhere.
    let copy = Folder::new("again-copy");
    fs::create_dir_all(copy.path()).unwrap();
    let moved = copy.join("dtmf.pcap");
    fs::copy("samples/dtmf.pcap", &moved).unwrap();
    folder.export(&["--format", "ndjson", moved.to_str().unwrap(), "samples/busy.pcap"]);
    assert_eq!(folder.files(), files);
    assert_eq!(folder.rows("calls").len(), 2);
    // Others are added.
    folder.export(&["--format", "ndjson", "samples/fork.pcap"]);
    assert_eq!(folder.files_of("calls").len(), 2);
    assert_eq!(folder.rows("calls").len(), 3);
    // What holds all that an export had takes its place.
    folder.export(&[&arguments[..], &["samples/glare.pcap"]].concat());
    assert_eq!(folder.files_of("calls").len(), 2);
    assert_eq!(folder.rows("calls").len(), 4);
}

#[test]
fn an_input_is_not_exported_twice_in_different_company() {
    let folder = Folder::new("company");
    folder.export(&["--format", "csv", "samples/busy.pcap", "samples/dtmf.pcap"]);
    let before = folder.files();
    let run = run(&["export", "--format", "csv", "samples/busy.pcap", "-o", folder.path()]);
    assert_eq!((run.code, &*run.out), (2, ""));
    assert!(
        run.err.contains("holds busy.pcap in an export together with dtmf.pcap"),
        "{}",
        run.err
    );
    assert_eq!(folder.files(), before);
}

#[test]
fn another_partition_of_the_same_inputs_replaces_the_first() {
    let folder = Folder::new("partition");
    let export = |by: &str| {
        let arguments =
            ["export", "-", "--format", "ndjson", "--partition", by, "-o", folder.path()];
        let run = run_with(siplens(&arguments), &Scenario::parse(TWO_HOURS).pcap());
        assert_eq!((run.code, &*run.err), (0, ""));
        let calls = folder.files_of("calls");
        let place = |path: &std::path::PathBuf| {
            let inside = path.strip_prefix(folder.path()).unwrap().parent().unwrap();
            inside.to_str().unwrap().to_owned()
        };
        assert_eq!(folder.rows("calls").len(), 2);
        assert_eq!(folder.rows("messages").len(), 4);
        calls.iter().map(place).collect::<Vec<_>>()
    };
    assert_eq!(export("none"), ["calls"]);
    let hours = export("hour");
    let start = |row: usize| folder.rows("calls")[row]["start_time"].as_str().unwrap().to_owned();
    let expected: Vec<_> = [start(0), start(1)]
        .iter()
        .map(|time| format!("calls/date={}/hour={}", &time[..10], &time[11..13]))
        .collect();
    assert_eq!(hours, expected);
    assert_eq!(export("day"), [format!("calls/date={}", &start(0)[..10])]);
    // No empty folders of hours are left.
    assert!(!folder.join("calls").join(format!("date={}/hour=08", &start(0)[..10])).exists());
}

#[test]
fn only_the_tables_and_calls_that_are_wanted_are_written() {
    let folder = Folder::new("wanted");
    let samples = samples();
    let told = folder.export(
        &[
            &["--format", "csv", "--tables", "calls,findings", "--where", "state == cancelled"],
            &samples[..],
        ]
        .concat(),
    );
    let tables: Vec<_> =
        told.lines().skip(1).filter_map(|line| line.split_whitespace().next()).collect();
    assert_eq!(tables, ["calls", "findings"]);
    let calls = folder.text("calls");
    assert_eq!(calls.lines().count(), 3, "a heading and two calls");
    assert!(calls.lines().skip(1).all(|line| line.contains(",cancelled,")));
    assert!(folder.files_of("streams").is_empty());
}

#[test]
fn an_interrupted_export_leaves_what_was_there_and_is_cleaned_up() {
    let folder = Folder::new("interrupted");
    folder.export(&["--format", "csv", "samples/busy.pcap"]);
    let before = folder.files();
    // What a killed export leaves: an unfinished file.
    let left = folder.join("calls/.part-0123456789abcdef.csv.part");
    fs::write(&left, "half a li").unwrap();
    assert_eq!(folder.text("calls").lines().filter(|line| line.contains("half")).count(), 1);
    folder.export(&["--format", "csv", "samples/busy.pcap"]);
    assert_eq!(folder.files(), before);
    // A capture that ends in the middle of a frame is exported as far as it goes.
    let cut = folder.join("cut.pcap");
    let whole = fs::read("samples/dtmf.pcap").unwrap();
    fs::write(&cut, &whole[..whole.len() - 5]).unwrap();
    let run = run(&["export", "--format", "csv", cut.to_str().unwrap(), "-o", folder.path()]);
    assert!(run.out.contains("calls"), "{run:?}");
    assert_eq!(folder.files_of("calls").len(), 2);
}

#[test]
fn a_folder_that_cannot_be_written_is_a_fault_that_names_it() {
    let folder = Folder::new("file");
    fs::create_dir_all(folder.path()).unwrap();
    let file = folder.join("taken");
    fs::write(&file, "no folder").unwrap();
    let run =
        run(&["export", "--format", "csv", "samples/busy.pcap", "-o", file.to_str().unwrap()]);
    assert_eq!((run.code, &*run.out), (1, ""));
    assert!(run.err.contains("taken"), "{}", run.err);
}

#[test]
fn a_folder_of_another_version_is_left_alone() {
    let folder = Folder::new("version");
    fs::create_dir_all(folder.path()).unwrap();
    let manifest = folder.join("_siplens.json");
    for (text, why) in [
        (r#"{"schema": "siplens.export/2", "exports": []}"#, "siplens.export/2"),
        ("no JSON", "expected"),
    ] {
        fs::write(&manifest, text).unwrap();
        let run = run(&["export", "--format", "csv", "samples/busy.pcap", "-o", folder.path()]);
        assert_eq!((run.code, &*run.out), (1, ""));
        assert!(run.err.contains("_siplens.json") && run.err.contains(why), "{}", run.err);
        assert_eq!(fs::read_to_string(&manifest).unwrap(), text);
    }
}

#[test]
fn names_in_a_manifest_do_not_lead_out_of_its_folder() {
    let folder = Folder::new("outside");
    let inside = folder.join("tables");
    let path = inside.to_str().unwrap().to_owned();
    output(&["export", "--format", "csv", "samples/busy.pcap", "-o", &path]);
    let victim = folder.join("victim.csv");
    fs::write(&victim, "mine").unwrap();
    let manifest = inside.join("_siplens.json");
    let text = fs::read_to_string(&manifest).unwrap();
    let list = "\"parts\": [";
    let evil = text.replacen(list, &format!("{list}\"../victim.csv\", "), 1);
    assert_ne!(evil, text);
    fs::write(&manifest, evil).unwrap();
    output(&["export", "--format", "csv", "samples/busy.pcap", "-o", &path]);
    assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
}
