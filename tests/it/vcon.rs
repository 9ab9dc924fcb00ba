//! `siplens vcon`: calls in the container of draft-ietf-vcon-vcon-core-04. What
//! that draft and its schema demand is checked of every sample.

use std::collections::BTreeSet;
use std::path::PathBuf;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::Value;

use crate::program::{output, run};

/// When every document of these tests says that it was made.
const MADE: &str = "2026-01-31T08:00:00Z";

fn documents(arguments: &[&str]) -> Vec<Value> {
    let all = [&["vcon", "--created-at", MADE], arguments].concat();
    output(&all).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn one(arguments: &[&str]) -> Value {
    let mut documents = documents(arguments);
    assert_eq!(documents.len(), 1, "{arguments:?}");
    documents.remove(0)
}

fn keys(value: &Value) -> BTreeSet<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

fn is_moment(value: &Value) -> bool {
    let text = value.as_str().unwrap();
    text.len() >= 20 && text.as_bytes()[10] == b'T' && text.ends_with('Z')
}

/// What the draft demands, by its sections.
fn check(document: &Value, with_sound: bool) {
    assert_eq!(document["vcon"], "0.4.0");
    let uuid = document["uuid"].as_str().unwrap();
    let lengths: Vec<_> = uuid.split('-').map(str::len).collect();
    assert_eq!(lengths, [8, 4, 4, 4, 12], "{uuid}");
    assert_eq!(&uuid[14..15], "8", "section uuid: version 8");
    assert!(is_moment(&document["created_at"]));
    let parties = document["parties"].as_array().unwrap();
    for party in parties {
        let known = ["tel", "sip", "name", "validation"].into();
        assert!(keys(party).is_subset(&known), "{party}");
        assert_eq!(party.get("name").is_some(), party.get("validation").is_some());
    }
    let place = |value: &Value| {
        let place = usize::try_from(value.as_u64().unwrap()).unwrap();
        assert!(place < parties.len());
    };
    let dialogs = document["dialog"].as_array().unwrap();
    for dialog in dialogs {
        assert!(is_moment(&dialog["start"]));
        match dialog["type"].as_str().unwrap() {
            "recording" => {
                assert_eq!(dialog["parties"], serde_json::json!([0, 1]), "one for each channel");
                assert!(dialog.get("disposition").is_none());
                if let Some(body) = dialog.get("body") {
                    assert!(with_sound);
                    assert_eq!(dialog["mediatype"], "audio/x-wav");
                    assert_eq!(dialog["encoding"], "base64url");
                    let wav = Base64UrlUnpadded::decode_vec(body.as_str().unwrap()).unwrap();
                    let reader = hound::WavReader::new(&*wav).unwrap();
                    assert_eq!(reader.spec().channels, 2);
                    let seconds =
                        f64::from(reader.duration()) / f64::from(reader.spec().sample_rate);
                    assert!((seconds - dialog["duration"].as_f64().unwrap()).abs() < 1e-6);
                }
            }
            "incomplete" => {
                let dispositions = ["no-answer", "congestion", "failed", "busy", "hung-up"];
                assert!(dispositions.contains(&dialog["disposition"].as_str().unwrap()));
                for forbidden in ["body", "url", "mediatype", "filename"] {
                    assert!(dialog.get(forbidden).is_none(), "{forbidden}");
                }
            }
            "transfer" => {
                for role in ["transferee", "transferor", "transfer_target"] {
                    place(&dialog[role]);
                }
                for forbidden in ["parties", "originator", "mediatype", "filename", "body"] {
                    assert!(dialog.get(forbidden).is_none(), "{forbidden}");
                }
            }
            other => panic!("no such type: {other}"),
        }
        let mut last = "";
        for event in dialog.get("party_history").and_then(Value::as_array).into_iter().flatten() {
            place(&event["party"]);
            assert!(is_moment(&event["time"]));
            let kinds = ["join", "drop", "hold", "unhold", "keydown", "keyup"];
            let kind = event["event"].as_str().unwrap();
            assert!(kinds.contains(&kind));
            assert_eq!(kind.starts_with("key"), event.get("button").is_some());
            let time = event["time"].as_str().unwrap();
            assert!(last <= time);
            last = time;
        }
    }
    let analysis = &document["analysis"][0];
    assert_eq!((&analysis["type"], &analysis["vendor"]), (&"report".into(), &"siplens".into()));
    for of in analysis.get("dialog").and_then(Value::as_array).into_iter().flatten() {
        assert!(of.as_u64().unwrap() < dialogs.len() as u64);
    }
}

fn samples() -> Vec<String> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.contains(".pcap"))
        .map(|name| format!("samples/{name}"))
        .collect();
    names.sort();
    assert!(names.len() > 30);
    names
}

#[test]
fn every_call_of_every_sample_is_as_the_draft_has_it() {
    let mut kinds = BTreeSet::new();
    for sample in samples() {
        let report: Value = serde_json::from_str(&output(&["analyze", "--json", &sample])).unwrap();
        let documents = documents(&["--no-audio", &sample]);
        let calls = report["calls"].as_array().unwrap();
        assert_eq!(documents.len(), calls.len(), "{sample}");
        for (document, call) in documents.iter().zip(calls) {
            check(document, false);
            let told = &document["analysis"][0]["body"];
            assert_eq!(&told["call"], call, "{sample}");
            let streams = told["streams"].as_array().unwrap();
            let all = report["streams"].as_array().unwrap();
            let of_call: Vec<_> = all.iter().filter(|row| row["call"] == call["id"]).collect();
            assert_eq!(streams.iter().collect::<Vec<_>>(), of_call, "{sample}");
            let dialogs = document["dialog"].as_array().unwrap();
            kinds.extend(dialogs.iter().map(|dialog| dialog["type"].to_string()));
        }
    }
    assert_eq!(kinds.len(), 3, "{kinds:?}");
}

#[test]
fn what_was_said_is_the_sound_file_of_the_call() {
    let document = one(&["samples/answered-call.pcap"]);
    check(&document, true);
    let folder = std::env::temp_dir().join(format!("siplens-vcon-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let wav = folder.join("call.wav");
    output(&["audio", "samples/answered-call.pcap", "-o", wav.to_str().unwrap()]);
    let dialog = &document["dialog"][0];
    let body = Base64UrlUnpadded::decode_vec(dialog["body"].as_str().unwrap()).unwrap();
    assert_eq!(body, std::fs::read(&wav).unwrap());
    let _ = std::fs::remove_dir_all(&folder);
    // The sound begins with the first packet of the two streams.
    let first = document["analysis"][0]["body"]["streams"].as_array().unwrap();
    let first = first.iter().map(|row| row["first_time"].as_str().unwrap()).min().unwrap();
    assert_eq!(dialog["start"], first);
}

#[test]
fn a_call_that_did_not_come_about_says_why() {
    for (sample, why) in [
        ("samples/busy.pcap", "busy"),
        ("samples/no-answer-cancel.pcap", "hung-up"),
        ("samples/no-response.pcap", "no-answer"),
    ] {
        let document = one(&["--no-audio", sample, "--call", "1"]);
        assert_eq!(document["dialog"][0]["disposition"], why, "{sample}");
    }
}

#[test]
fn a_transfer_names_its_three_parties() {
    let documents = documents(&["--no-audio", "samples/blind-transfer.pcap"]);
    let (parties, dialogs) = (&documents[0]["parties"], &documents[0]["dialog"]);
    let transfer = &dialogs[1];
    assert_eq!(transfer["type"], "transfer");
    let sip = |role: &str| {
        let place = usize::try_from(transfer[role].as_u64().unwrap()).unwrap();
        parties[place]["sip"].as_str().unwrap()
    };
    // REFER from bob: alice goes to carol (RFC 5589 section 6.1).
    assert_eq!(
        [sip("transferor"), sip("transferee"), sip("transfer_target")],
        ["sip:bob@198.51.100.20", "sip:alice@192.0.2.10", "sip:carol@203.0.113.30"]
    );
}

#[test]
fn holds_and_digits_are_in_the_history() {
    let events = |sample: &str| {
        let document = one(&["--no-audio", sample]);
        let history = document["dialog"][0]["party_history"].as_array().unwrap().clone();
        let told = history.iter().map(|event| {
            let button = event.get("button").map_or("", |button| button.as_str().unwrap());
            format!("{} {}{button}", event["party"], event["event"].as_str().unwrap())
        });
        told.collect::<Vec<_>>()
    };
    assert_eq!(
        events("samples/hold-resume.pcap"),
        ["0 join", "1 join", "1 hold", "1 unhold", "0 drop", "1 drop"]
    );
    let pressed: Vec<_> =
        events("samples/dtmf.pcap").into_iter().filter(|event| event.contains("keydown")).collect();
    assert_eq!(pressed, ["0 keydown1", "0 keydown2", "0 keydown3", "0 keydown#", "1 keydown5"]);
}

#[test]
fn the_same_call_has_the_same_document_and_a_redacted_one_another_name() {
    let words = ["vcon", "--created-at", MADE, "samples/two-calls-of-many.pcap"];
    assert_eq!(output(&words), output(&words));
    let key = std::env::temp_dir().join(format!("siplens-vcon-key-{}", std::process::id()));
    std::fs::write(&key, "0123456789abcdef").unwrap();
    let words = [&words[..], &["--redact", "all", "--key", key.to_str().unwrap()]].concat();
    let redacted = run(&words);
    let _ = std::fs::remove_file(&key);
    assert_eq!(redacted.code, 0, "{}", redacted.err);
    assert!(redacted.err.contains("what was said is left out"), "{}", redacted.err);
    let originals = documents(&["--no-audio", "samples/two-calls-of-many.pcap"]);
    let lines: Vec<_> = redacted.out.lines().collect();
    assert_eq!(lines.len(), originals.len());
    for (line, original) in lines.iter().zip(&originals) {
        let document: Value = serde_json::from_str(line).unwrap();
        check(&document, false);
        assert!(document["redacted"]["type"].as_str().unwrap().contains("all that names people"));
        assert_ne!(document["uuid"], original["uuid"]);
        for name in ["alice", ":bob@", "carol", ":erin@", "192.0.2.", "198.51.100.", "-26280@"] {
            assert!(!line.contains(name), "{name}");
        }
    }
}

#[test]
fn files_are_written_whole_and_not_over_others() {
    let folder = std::env::temp_dir().join(format!("siplens-vcon-files-{}", std::process::id()));
    let path = |name: &str| format!("{}/{name}", folder.to_str().unwrap());
    let many = "samples/two-calls-of-many.pcap";
    let written = run(&["vcon", many, "-o", &path("")]);
    assert_eq!(written.code, 0, "{}", written.err);
    assert_eq!(written.out.lines().count(), 5);
    let document = std::fs::read_to_string(path("call-2.vcon")).unwrap();
    check(&serde_json::from_str(&document).unwrap(), true);
    let again = run(&["vcon", many, "-o", &path("")]);
    assert_eq!(again.code, 1);
    assert!(again.err.contains("exists; --force writes over it"), "{}", again.err);
    assert_eq!(run(&["vcon", many, "--force", "-o", &path("")]).code, 0);
    let one_file = run(&["vcon", many, "-o", &path("all.vcon")]);
    assert_eq!(one_file.code, 2);
    assert!(one_file.err.contains("there are 5 calls to write"), "{}", one_file.err);
    let chosen = run(&["vcon", many, "--call", "3", "--pretty", "-o", &path("third.vcon")]);
    assert_eq!(chosen.code, 0, "{}", chosen.err);
    assert!(std::fs::read_to_string(path("third.vcon")).unwrap().contains("\n  \"uuid\""));
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().collect();
    assert_eq!(left.len(), 6, "nothing unfinished stays");
    let _ = std::fs::remove_dir_all(&folder);
}

#[test]
fn what_cannot_be_is_said() {
    let standard_input = run(&["vcon", "-"]);
    assert_eq!(standard_input.code, 2);
    assert!(standard_input.err.contains("reads its input twice"), "{}", standard_input.err);
    let none = run(&["vcon", "--no-audio", "--call", "nobody", "samples/busy.pcap"]);
    assert_eq!((none.code, none.out.as_str()), (1, ""));
    let moment = run(&["vcon", "--created-at", "+3", "samples/busy.pcap"]);
    assert_eq!(moment.code, 2);
    assert!(moment.err.contains("expected 2026-01-31T08:00:00Z"), "{}", moment.err);
}
