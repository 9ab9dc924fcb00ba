//! How figures are spread over calls, and what became worse from one capture to
//! another.

use std::fmt::Write as _;
use std::fs;

use serde_json::Value;

use crate::program::{output, run};
use crate::scenario::Scenario;
use crate::tables_folder::{Folder, samples};
use crate::traffic::{Format, Plan, SECOND, write};

/// As many calls, of which some are answered and the others busy.
fn calls(count: u32, answered: u32) -> Vec<u8> {
    let mut text = String::new();
    for call in 0..count {
        let (id, at) = (call + 1, f64::from(call));
        let _ = writeln!(text, "{at:.1} A>B INVITE call={id}");
        if call < answered {
            let _ = writeln!(text, "{:.1} B>A 200 call={id}", at + 0.2);
            let _ = writeln!(text, "{:.1} A>B ACK call={id}", at + 0.3);
            let _ = writeln!(text, "{:.1} A>B BYE call={id}", at + 0.6);
            let _ = writeln!(text, "{:.1} B>A 200 call={id}", at + 0.7);
        } else {
            let _ = writeln!(text, "{:.1} B>A 486 call={id}", at + 0.2);
            let _ = writeln!(text, "{:.1} A>B ACK call={id}", at + 0.3);
        }
    }
    Scenario::parse(&text).pcap()
}

fn rows(arguments: &[&str]) -> Vec<Value> {
    let text = output(&[&["stats", "--format", "json"], arguments].concat());
    serde_json::from_str(&text).unwrap()
}

fn report() -> Value {
    let text = output(&[&["analyze", "--json"], &samples()[..]].concat());
    serde_json::from_str(&text).unwrap()
}

/// The nearest-rank percentile.
fn percentile(values: &[f64], percent: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[track_caller]
fn close(found: &Value, expected: Option<f64>) {
    let is_close = match (found.as_f64(), expected) {
        (Some(found), Some(expected)) => (found - expected).abs() < 1e-5,
        (found, expected) => found == expected,
    };
    assert!(is_close, "{found} {expected:?}");
}

#[test]
fn the_spread_of_each_group_is_that_of_its_calls() {
    let report = report();
    let calls = report["calls"].as_array().unwrap();
    for (by, path) in [("peer", "/callee/address/ip"), ("all", "")] {
        let found = rows(&[&["--by", by, "--of", "pdd"], &samples()[..]].concat());
        let counted: u64 = found.iter().map(|row| row["calls"].as_u64().unwrap()).sum();
        assert_eq!(counted, calls.len() as u64, "{by}");
        assert!(found.is_sorted_by(|a, b| a["calls"].as_u64() >= b["calls"].as_u64()));
        for row in &found {
            let group = row["group"].as_str().unwrap();
            let of_group = calls.iter().filter(|call| {
                path.is_empty() || call.pointer(path).and_then(Value::as_str) == Some(group)
            });
            let of_group: Vec<_> = of_group.collect();
            let values: Vec<_> =
                of_group.iter().filter_map(|call| call["post_dial_delay_ms"].as_f64()).collect();
            assert_eq!(row["count"], values.len(), "{group}");
            for (percent, name) in [(5, "p5"), (50, "p50"), (95, "p95")] {
                let found = &row[format!("post_dial_delay_ms_{name}")];
                assert_eq!(found.as_f64(), percentile(&values, percent), "{group} {name}");
            }
            let histogram = row["histogram"].as_array().unwrap();
            assert_eq!(histogram.len(), 16);
            let in_bars: u64 = histogram.iter().map(|bar| bar.as_u64().unwrap()).sum();
            assert_eq!(in_bars, values.len() as u64);
            let sum = |name: &str| -> f64 {
                of_group.iter().filter_map(|call| call["attempts"][name].as_f64()).sum()
            };
            // Of no attempts there is no ratio.
            let asr = (sum("count") > 0.0).then(|| 100.0 * sum("answered") / sum("count"));
            close(&row["asr_percent"], asr);
        }
    }
}

#[test]
fn calls_are_grouped_by_what_they_have_in_common() {
    let groups = |by: &str| -> Vec<String> {
        let found = rows(&[&["--by", by], &samples()[..]].concat());
        found.iter().map(|row| row["group"].as_str().unwrap().to_owned()).collect()
    };
    assert!(groups("codec").contains(&"PCMU".to_owned()));
    let hours = groups("hour");
    assert!(hours.iter().all(|hour| hour.len() == 5 && hour.ends_with(":00")));
    assert!(hours.len() > 1 && hours.is_sorted(), "{hours:?}");
    assert!(groups("ua").iter().any(|agent| agent.contains("baresip")));
    assert!(groups("prefix").contains(&"no number".to_owned()));
    assert_eq!(groups("all"), ["all"]);
}

#[test]
fn for_a_person_the_spread_is_drawn() {
    let text = output(&["stats", "--by", "codec", "samples/lossy-audio.pcap"]);
    assert!(text.contains("Histogram") && text.contains("Over time"), "{text}");
    assert!(text.contains('\u{2588}'), "{text}");
}

#[test]
fn what_became_worse_is_told_from_chance() {
    let folder = Folder::new("trends");
    fs::create_dir_all(folder.path()).unwrap();
    let capture = |name: &str, count, answered| {
        let path = folder.join(name);
        fs::write(&path, calls(count, answered)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let (good, bad) = (capture("good.pcap", 60, 54), capture("bad.pcap", 60, 20));
    let near = capture("near.pcap", 60, 52);
    let few = capture("few.pcap", 4, 1);
    let asr = |old: &str, new: &str| -> Value {
        let found = rows(&["--compare", old, new]);
        found.into_iter().find(|row| row["figure"] == "asr_percent").unwrap()
    };
    let worse = asr(&good, &bad);
    assert_eq!(worse["change"], "worse");
    assert_eq!(worse["test"], "two-proportion z");
    assert_eq!((&worse["old_count"], &worse["new_count"]), (&60.into(), &60.into()));
    assert_eq!(worse["old"].as_f64(), Some(90.0));
    // z = 6.336 of 54 and 20 of 60.
    let p = worse["p"].as_f64().unwrap();
    assert!((1e-11..1e-8).contains(&p), "{p}");
    assert!(worse["p_holm"].as_f64().unwrap() >= p);
    assert_eq!(asr(&bad, &good)["change"], "better");
    assert_eq!(asr(&good, &near)["change"], "chance");
    let exact = asr(&good, &few);
    assert_eq!(exact["test"], "Fisher exact", "few are expected");
    let text = output(&["stats", "--compare", &good, &bad]);
    let first = text.lines().nth(1).unwrap();
    assert!(first.starts_with("worse"), "{text}");
}

#[test]
fn trends_are_the_same_whatever_left_early() {
    let folder = Folder::new("trends-memory");
    fs::create_dir_all(folder.path()).unwrap();
    let path = folder.join("calls.pcap");
    let plan = Plan { calls: 1_600, rate: 12.0, talk: 6 * SECOND, media: false, ..Plan::default() };
    write(&plan, Format::Pcap, &mut fs::File::create(&path).unwrap(), &mut |_| Ok(())).unwrap();
    let path = path.to_str().unwrap();
    for by in ["all", "peer", "hour"] {
        let whole = rows(&["--by", by, "--of", "pdd", path]);
        assert_eq!(whole[0]["calls"].as_u64().map(|calls| calls > 100), Some(true), "{by}");
        let bounded = rows(&["--by", by, "--of", "pdd", "--max-memory", "64M", path]);
        assert_eq!(whole, bounded, "{by}");
    }
}

#[test]
fn a_missing_side_is_said() {
    let one = run(&["stats", "--compare", "samples/busy.pcap"]);
    assert_eq!(one.code, 2);
    let gone = run(&["stats", "--compare", "samples/busy.pcap", "/nonexistent.pcap"]);
    assert_eq!((gone.code, &*gone.out), (1, ""));
    let none = run(&["stats"]);
    assert_eq!((none.code, &*none.out), (2, ""));
}

#[cfg(feature = "tables")]
#[test]
fn exported_folders_are_compared_as_captures_are() {
    let (old, new) = (Folder::new("trends-old"), Folder::new("trends-new"));
    old.export(&["samples/answered-call.pcap", "samples/busy.pcap"]);
    new.export(&["samples/lossy-audio.pcap", "samples/dtmf.pcap"]);
    let of_folders = rows(&["--compare", old.path(), new.path(), "--by", "peer"]);
    assert!(of_folders.iter().all(|row| row["change"] == "too few" || row["change"] == "chance"));
    let samples = samples();
    let whole = Folder::new("trends-whole");
    whole.export(&samples);
    for by in ["all", "peer", "hour", "codec", "ua", "prefix"] {
        let of_captures = rows(&[&["--by", by], &samples[..]].concat());
        assert_eq!(rows(&["--by", by, whole.path()]), of_captures, "{by}");
    }
}
