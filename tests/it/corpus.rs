//! Captures by others, held against what tshark 4.0.17 counted in them: SIP
//! messages, Call-IDs, RTP streams. Where siplens differs, a verdict says who
//! is right and which clause or rule says so; a verdict that no longer differs
//! fails too.

mod tshark;
mod verdicts;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use self::tshark::Counted;
use self::verdicts::VERDICTS;

/// The folder of captures, where there is one.
pub(crate) fn folder() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus");
    let folder = std::env::var_os("SIPLENS_CORPUS").map_or_else(|| beside.into(), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    assert!(
        std::env::var_os("SIPLENS_CORPUS_REQUIRED").is_none(),
        "no corpus at {}",
        folder.display()
    );
    tshark::skipped(&folder);
    None
}

/// The captures of the folder, by name.
pub(crate) fn captures(folder: &Path) -> Vec<PathBuf> {
    let is_capture =
        |path: &PathBuf| path.extension().is_some_and(|e| e == "pcap" || e == "pcapng");
    let mut captures: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(is_capture)
        .collect();
    captures.sort();
    captures
}

/// The report of a capture, from the real program.
pub(crate) fn report(capture: &Path) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_siplens"))
        .arg("analyze")
        .arg("--json")
        .arg(capture)
        .output();
    let output = output.unwrap();
    assert!(
        output.status.success(),
        "{}: {}",
        capture.display(),
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// A stream's ends and source, as both are named here.
pub(crate) fn stream_name(stream: &Value) -> String {
    let end =
        |key: &str| format!("{}:{}", stream[key]["ip"].as_str().unwrap(), stream[key]["port"]);
    format!("{} > {} {}", end("src"), end("dst"), stream["ssrc"].as_str().unwrap())
}

/// What a report counts, in tshark's terms.
fn counted(report: &Value) -> Counted {
    let mut call_ids = BTreeSet::new();
    let mut kinds = BTreeMap::new();
    for list in ["calls", "registrations", "dialogs"] {
        for conversation in report[list].as_array().unwrap() {
            for message in conversation["messages"].as_array().unwrap() {
                call_ids.insert(message["call_id"].as_str().unwrap().to_owned());
                let status = message["status"].as_u64().map(|status| status.to_string());
                let kind = status.unwrap_or_else(|| message["method"].as_str().unwrap().to_owned());
                let kind = tshark::shortened(&kind);
                *kinds.entry(kind).or_default() += 1;
            }
        }
    }
    let streams = report["streams"].as_array().unwrap().iter().map(|stream| {
        (
            stream_name(stream),
            (stream["packets"].as_i64().unwrap(), stream["lost"].as_i64().unwrap()),
        )
    });
    Counted {
        sip: report["capture"]["counts"]["sip_messages"].as_u64().unwrap(),
        call_ids,
        kinds,
        streams: streams.collect(),
    }
}

/// The differences between what tshark counted and what the report counts.
fn differences(tshark: &Counted, ours: &Counted) -> BTreeMap<String, String> {
    let mut differences = BTreeMap::new();
    let mut differ = |what: String, theirs: String, ours: String| {
        if theirs != ours {
            differences.insert(what, format!("{theirs} -> {ours}"));
        }
    };
    differ("sip".to_owned(), tshark.sip.to_string(), ours.sip.to_string());
    let count = |ids: &BTreeSet<String>| ids.len().to_string();
    differ("call-ids".to_owned(), count(&tshark.call_ids), count(&ours.call_ids));
    // As many are the same ones when none of tshark's is missing.
    let missing = tshark.call_ids.difference(&ours.call_ids).cloned().collect::<Vec<_>>();
    differ("call-ids missing".to_owned(), String::new(), missing.join(" "));
    let kinds: BTreeSet<_> = tshark.kinds.keys().chain(ours.kinds.keys()).collect();
    for kind in kinds {
        let count = |counted: &Counted| counted.kinds.get(kind).copied().unwrap_or(0).to_string();
        differ(kind.clone(), count(tshark), count(ours));
    }
    let names: BTreeSet<_> = tshark.streams.keys().chain(ours.streams.keys()).collect();
    for name in names {
        let text = |stream: Option<&(i64, i64)>| {
            stream.map_or_else(
                || "none".to_owned(),
                |(packets, lost)| format!("{packets} packets, {lost} lost"),
            )
        };
        differ(name.clone(), text(tshark.streams.get(name)), text(ours.streams.get(name)));
    }
    differences
}

#[test]
fn every_difference_from_tshark_has_a_verdict() {
    let Some(folder) = folder() else { return };
    let captures = captures(&folder);
    assert!(captures.len() >= 40, "{} captures", captures.len());
    let mut wrong = Vec::new();
    for capture in &captures {
        let name = capture.file_name().unwrap().to_string_lossy().into_owned();
        let found = differences(&tshark::counted(&folder, &name), &counted(&report(capture)));
        let known: BTreeMap<_, _> = VERDICTS
            .iter()
            .filter(|verdict| verdict.file == name)
            .map(|verdict| (verdict.what.to_owned(), verdict.difference.to_owned()))
            .collect();
        for (what, difference) in &found {
            if known.get(what) != Some(difference) {
                wrong.push(format!("{name}: {what}: {difference}: no verdict"));
            }
        }
        for (what, difference) in &known {
            if found.get(what) != Some(difference) {
                wrong.push(format!("{name}: {what}: {difference}: has a verdict, and is not so"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn every_verdict_is_of_a_capture_and_says_why() {
    for verdict in VERDICTS {
        assert!(verdict.why.len() > 20, "{}: {}", verdict.file, verdict.what);
    }
}
