//! Extracted captures: each call is what it was, and nothing else is there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::golden::samples;
use crate::program::{Run, output, run, run_with, siplens};
use crate::scenario::Scenario;

/// A folder of its own for a test, empty.
fn folder(name: &str) -> PathBuf {
    let folder =
        std::env::temp_dir().join(format!("siplens-extract-{}-{name}", std::process::id()));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder
}

fn report(path: &str) -> Value {
    let run = run(&["analyze", "--json", path]);
    serde_json::from_str(&run.out).unwrap_or_else(|error| panic!("{path}: {error}: {}", run.err))
}

/// Keys whose values are numbers of frames, or names within one report.
const NUMBERS: &[&str] =
    &["id", "call", "stream", "streams", "findings", "retransmission_of", "copy_of", "hop_of"];

/// A row without what depends on the other frames of its capture.
fn plain(mut value: Value) -> Value {
    match &mut value {
        Value::Object(map) => {
            for (key, value) in map.iter_mut() {
                let is_number =
                    NUMBERS.contains(&&**key) || key.ends_with("frame") || key.ends_with("frames");
                *value = match value.take() {
                    // Their codes are compared.
                    _ if key == "findings" => Value::Null,
                    // They are other calls.
                    _ if key == "leg_candidates" => Value::Null,
                    // Whether there is one, or how many, is of the call.
                    Value::Array(list) if is_number => list.len().into(),
                    number if is_number => Value::Bool(!number.is_null()),
                    value => plain(value),
                };
            }
        }
        // The name of another row, which a capture of one call does not have.
        Value::String(text) if is_name(text) => value = Value::Null,
        Value::Array(values) => values.iter_mut().for_each(|value| *value = plain(value.take())),
        _ => {}
    }
    value
}

/// `call-1`, `stream-12`
fn is_name(text: &str) -> bool {
    let kinds = ["call", "stream", "finding", "registration", "dialog"];
    text.split_once('-')
        .is_some_and(|(kind, number)| kinds.contains(&kind) && number.parse::<u32>().is_ok())
}

/// Everything that a report says of a call: its row, its streams, its findings.
fn of_call(report: &Value, call: &Value) -> BTreeMap<String, Value> {
    let rows = |list: &str| -> Vec<Value> {
        let all = report[list].as_array().unwrap();
        all.iter().filter(|row| row["call"] == call["id"]).cloned().collect()
    };
    let mut streams: Vec<_> = rows("streams").into_iter().map(plain).collect();
    streams.sort_by_key(ToString::to_string);
    let codes: Vec<_> = rows("findings").iter().map(|row| row["code"].clone()).collect();
    BTreeMap::from([
        ("call".to_owned(), plain(call.clone())),
        ("streams".to_owned(), Value::Array(streams)),
        ("findings".to_owned(), Value::Array(codes)),
    ])
}

/// Where two values differ, by path.
fn differences(path: &str, a: &Value, b: &Value, out: &mut Vec<String>) {
    match (a, b) {
        (Value::Object(a), Value::Object(b)) if a.len() == b.len() => {
            for (key, a) in a {
                differences(&format!("{path}.{key}"), a, b.get(key).unwrap_or(&Value::Null), out);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}[{index}]"), a, b, out);
            }
        }
        _ if a != b => {
            let short = |value: &Value| value.to_string().chars().take(120).collect::<String>();
            out.push(format!("{path}: {} became {}", short(a), short(b)));
        }
        _ => {}
    }
}

/// A call without media is only strange where other calls have some: whether the
/// capture would have shown them cannot be seen of the call alone. The dialog that
/// Replaces names is of another call, which is not extracted with it.
fn is_meant(difference: &str) -> bool {
    let other_call = [".replaces.call: true became false", ".dialog.call: true became false"];
    difference == r#"findings: ["media.none"] became []"#
        || other_call.iter().any(|end| difference.ends_with(end))
}

/// Extracts every call of a capture, and compares what is said of each.
fn compare(path: &str, found: &mut Vec<String>) -> usize {
    let whole = report(path);
    let calls = whole["calls"].as_array().unwrap();
    if calls.is_empty() {
        return 0;
    }
    let name = Path::new(path).file_name().unwrap().to_str().unwrap();
    let folder = folder(name);
    let target = format!("{}/", folder.display());
    let run = run(&["extract", "--split", "-o", &target, path]);
    assert!(run.err.is_empty() || run.code == 1, "{path}: {}", run.err);
    for call in calls {
        let id = call["id"].as_str().unwrap();
        let extracted = report(folder.join(format!("{id}.pcapng")).to_str().unwrap());
        let here = &extracted["calls"];
        if here.as_array().is_none_or(|calls| calls.len() != 1) {
            found.push(format!("{name} {id}: {} calls", here.as_array().map_or(0, Vec::len)));
            continue;
        }
        let (a, b) = (of_call(&whole, call), of_call(&extracted, &here[0]));
        let mut differ = Vec::new();
        for (part, a) in &a {
            differences(part, a, &b[part], &mut differ);
        }
        differ.retain(|line| !is_meant(line));
        found.extend(differ.into_iter().map(|line| format!("{name} {id} {line}")));
    }
    fs::remove_dir_all(folder).unwrap();
    calls.len()
}

#[test]
fn an_extracted_call_has_the_same_report() {
    let mut found = Vec::new();
    let count: usize = samples().iter().map(|sample| compare(sample, &mut found)).sum();
    assert!(count > 25, "{count} calls");
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn an_extracted_call_of_others_captures_has_the_same_report() {
    let Some(captures) = crate::corpus::folder() else { return };
    let mut found = Vec::new();
    for capture in crate::corpus::captures(&captures) {
        compare(capture.to_str().unwrap(), &mut found);
    }
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

/// Two calls and things of nobody, of which the first is extracted.
const CALLS: &str = "
    0    A>B INVITE sdp(A:4000 PCMU)
    0.1  B>A 180
    0.5  A>B INVITE call=2 sdp(A:4100 PCMU)
    1    B>A 200 sdp(B:5000 PCMU)
    1.1  A>B ACK
    1.2  A>B rtp 50
    1.2  B>A rtp 50
    1.3  B>A 200 call=2 sdp(B:5100 PCMU)
    1.4  A>B ACK call=2
    1.5  A>B rtp 50 from=A:4100 to=B:5100 ssrc=9
    1.6  A>C OPTIONS call=3
    9    B>A BYE
    9.1  A>B 200
    9.5  A>B BYE call=2
    9.6  B>A 200 call=2";

/// Writes the scenario, and extracts of it.
fn extract(name: &str, scenario: &str, arguments: &[&str]) -> (PathBuf, Run) {
    let folder = folder(name);
    let input = folder.join("in.pcap");
    fs::write(&input, Scenario::parse(scenario).pcap()).unwrap();
    let target = folder.join("out.pcapng");
    let all = [&["extract", input.to_str().unwrap(), "-o", target.to_str().unwrap()], arguments];
    let run = run(&all.concat());
    (folder, run)
}

#[test]
fn only_the_frames_of_the_call_are_there() {
    let (folder, run) = extract("only", CALLS, &["--call", "1"]);
    assert_eq!((run.code, &*run.err), (0, ""));
    assert!(run.out.ends_with("out.pcapng: 106 frames\n"), "{}", run.out);
    let report = report(folder.join("out.pcapng").to_str().unwrap());
    let counts = &report["capture"]["counts"];
    assert_eq!((&counts["sip_messages"], &counts["rtp_packets"]), (&6.into(), &100.into()));
    assert_eq!(report["calls"].as_array().unwrap().len(), 1);
    assert!(report["dialogs"].as_array().unwrap().is_empty());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 2, "nothing is left behind");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn calls_are_chosen_by_expression_finding_and_registration() {
    let (folder, run) = extract("where", CALLS, &["--where", "frame == 3"]);
    assert!(run.out.ends_with("out.pcapng: 55 frames\n"), "{} {}", run.out, run.err);
    fs::remove_dir_all(folder).unwrap();
    let registration =
        "0 A>P REGISTER\n0.1 P>A 403\n1 A>B INVITE call=2\n1.1 B>A 486 call=2\n1.2 A>B ACK call=2";
    for (choice, frames) in [
        (["--registration", "1"], 2),
        (["--finding", "sip.refused"], 3),
        (["--finding", "registration.refused"], 2),
    ] {
        let (folder, run) = extract("choice", registration, &choice);
        assert!(
            run.out.ends_with(&format!(": {frames} frames\n")),
            "{choice:?} {} {}",
            run.out,
            run.err
        );
        fs::remove_dir_all(folder).unwrap();
    }
    for (choice, said) in [
        (["--call", "7"], "no call matches 7"),
        (["--registration", "7"], "no registration matches 7"),
        (["--finding", "x"], "no finding matches x"),
        (["--where", "call == 7"], "no calls to extract"),
    ] {
        let (folder, run) = extract("nothing", CALLS, &choice);
        assert!(run.code == 1 && run.err.contains(said), "{}", run.err);
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "no file is made");
        fs::remove_dir_all(folder).unwrap();
    }
}

#[test]
fn bytes_and_times_are_the_original_ones() {
    let folder = folder("bytes");
    let bytes = |path: &Path| fs::read(path).unwrap();
    let (pcap, again) = (folder.join("a.pcap"), folder.join("b.pcap"));
    let sample = "samples/busy.pcap";
    output(&["extract", sample, "-o", pcap.to_str().unwrap()]);
    output(&["extract", pcap.to_str().unwrap(), "-o", again.to_str().unwrap()]);
    assert_eq!(bytes(&pcap), bytes(&again));
    // The sample holds one call and nothing else: from the first record on the same.
    let original = bytes(&Path::new(env!("CARGO_MANIFEST_DIR")).join(sample));
    assert_eq!(bytes(&pcap)[24..], original[24..]);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn captures_are_not_written_over_by_accident() {
    let (folder, run_first) = extract("over", CALLS, &[]);
    assert_eq!(run_first.code, 0);
    let (input, target) = (folder.join("in.pcap"), folder.join("out.pcapng"));
    let (input, target) = (input.to_str().unwrap(), target.to_str().unwrap());
    let before = fs::read(input).unwrap();
    let again = run(&["extract", input, "-o", target]);
    assert!(again.code == 1 && again.err.contains("is not written over"), "{}", again.err);
    assert_eq!(run(&["extract", input, "-o", target, "--force"]).code, 0);
    for (input, force) in [(input, "--force"), (folder.to_str().unwrap(), "--force")] {
        let run = run(&["extract", input, "-o", &format!("{}/in.pcap", folder.display()), force]);
        assert!(run.code == 1 && run.err.contains("is not written over"), "{}", run.err);
    }
    assert_eq!(fs::read(input).unwrap(), before);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn standard_input_is_kept_while_it_is_read() {
    let folder = folder("stdin");
    let target = folder.join("out.pcapng");
    let target = target.to_str().unwrap();
    let pcap = Scenario::parse(CALLS).pcap();
    let run = run_with(siplens(&["extract", "-", "--call", "1", "-o", target]), &pcap);
    assert_eq!((run.code, &*run.err), (0, ""));
    let less = run_with(siplens(&["extract", "-", "-o", "-", "--spool-limit", "100"]), &pcap);
    assert!(less.code == 1 && less.err.contains("--spool-limit"), "{}", less.err);
    assert!(less.out.is_empty());
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn split_files_have_the_names_asked_for() {
    let folder = folder("split");
    let input = folder.join("in.pcap");
    fs::write(&input, Scenario::parse(CALLS).pcap()).unwrap();
    let names = |output: &str| {
        let target = folder.join("out").join(output);
        let run =
            run(&["extract", "--split", "-o", target.to_str().unwrap(), input.to_str().unwrap()]);
        assert_eq!((run.code, &*run.err), (0, ""), "{output}");
        let names = fs::read_dir(folder.join("out")).unwrap();
        let mut names: Vec<_> =
            names.map(|name| name.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        fs::remove_dir_all(folder.join("out")).unwrap();
        names
    };
    assert_eq!(names("x/").len(), 1);
    assert_eq!(names("night.pcap"), ["night-call-1.pcap", "night-call-2.pcap"]);
    assert_eq!(
        names("{number}-{start}.pcapng"),
        ["1-20260101T000000Z.pcapng", "2-20260101T000000Z.pcapng"]
    );
    assert_eq!(names("{from}.pcapng").len(), 2, "the same name twice makes two files");
    let wrong = run(&["extract", "--split", "-o", "{what}", input.to_str().unwrap()]);
    assert!(wrong.code == 2 && wrong.err.contains("{call_id}"), "{}", wrong.err);
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_pcap_file_has_one_link_type() {
    let folder = folder("links");
    let (input, target) = (folder.join("in.pcap"), folder.join("out.pcap"));
    fs::write(&input, Scenario::parse("0 A>B INVITE\n1 B>A 486\n1.1 A>B ACK").pcap()).unwrap();
    let corpus = crate::corpus::folder().map(|folder| folder.join("sip-rawip.pcap"));
    let Some(raw) = corpus.filter(|path| path.is_file()) else { return };
    let run = run(&[
        "extract",
        input.to_str().unwrap(),
        raw.to_str().unwrap(),
        "-o",
        target.to_str().unwrap(),
    ]);
    assert!(run.code == 1 && run.err.contains("one link type"), "{} {}", run.out, run.err);
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing is left behind");
    fs::remove_dir_all(folder).unwrap();
}
