//! Reads the reference vectors: JSON files that an independent program computed
//! from the same definitions.
//!
//! They are not part of the package. `SIPLENS_VECTORS` names their folder; where
//! it is absent, each test that needs it says on standard error that it was skipped.

use std::io::Write;
use std::num::NonZeroU32;
use std::path::PathBuf;

use serde_json::Value;
use siplens::base::id::{RtpTime, Seq};
use siplens::base::time::Timestamp;
use siplens::metrics::gaps::{LossFigures, LossPattern};
use siplens::metrics::sample::{PayloadKind, Sample};

fn folder() -> PathBuf {
    std::env::var_os("SIPLENS_VECTORS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/vectors")),
        PathBuf::from,
    )
}

/// The cases of one vector file, or `None` without the folder. A file that is
/// missing from the folder, or is empty, is an error.
pub(crate) fn cases(file: &str) -> Option<Vec<Value>> {
    Some(document(file)?["cases"].as_array().filter(|cases| !cases.is_empty()).unwrap().clone())
}

/// A whole vector file, or `None` without the folder.
pub(crate) fn document(file: &str) -> Option<Value> {
    let folder = folder();
    if !folder.is_dir() {
        // Written past the test harness, which hides what passing tests print.
        let text = format!("skipped: {file}: no test vectors in {}\n", folder.display());
        std::io::stderr().write_all(text.as_bytes()).unwrap();
        return None;
    }
    let path = folder.join(file);
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    Some(serde_json::from_str(&text).unwrap())
}

/// How far figures of milliseconds may be from the vectors'.
pub(crate) const MS: f64 = 0.001;
/// How far R, MOS and everything that is printed to nine decimals may be.
pub(crate) const EXACT: f64 = 1e-6;

/// Asserts that `got` is `expected`: both absent, or within `tolerance`.
#[track_caller]
pub(crate) fn close(got: impl Into<Option<f64>>, expected: &Value, tolerance: f64, what: &str) {
    match (got.into(), expected.as_f64()) {
        (Some(got), Some(expected)) => {
            assert!((got - expected).abs() <= tolerance, "{what}: {got}, expected {expected}");
        }
        (None, None) => assert!(expected.is_null(), "{what}: no expectation"),
        (got, _) => panic!("{what}: {got:?}, expected {expected}"),
    }
}

#[track_caller]
pub(crate) fn float(case: &Value, key: &str) -> f64 {
    case[key].as_f64().unwrap_or_else(|| panic!("{key} in {case}"))
}

#[track_caller]
pub(crate) fn count(case: &Value, key: &str) -> u64 {
    case[key].as_u64().unwrap_or_else(|| panic!("{key} in {case}"))
}

#[track_caller]
pub(crate) fn text<'a>(case: &'a Value, key: &str) -> &'a str {
    case[key].as_str().unwrap_or_else(|| panic!("{key} in {case}"))
}

#[track_caller]
pub(crate) fn list<'a>(case: &'a Value, key: &str) -> &'a [Value] {
    case[key].as_array().unwrap_or_else(|| panic!("{key} in {case}"))
}

/// Hexadecimal digits as bytes.
pub(crate) fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
}

/// The packets of a case, whose `columns` name what each row holds. Without a
/// clock column the clock is 8000.
pub(crate) fn packets(case: &Value) -> Vec<(Seq, Sample)> {
    let columns: Vec<&str> =
        list(case, "columns").iter().map(|column| column.as_str().unwrap()).collect();
    let column = |name: &str| columns.iter().position(|column| *column == name);
    let (at, seq, ts, marker, name) = (
        column("t_us").unwrap(),
        column("seq").unwrap(),
        column("ts").unwrap(),
        column("marker").unwrap(),
        column("name").unwrap(),
    );
    let clock = column("clock");
    let number = |value: &Value| u32::try_from(value.as_u64().unwrap()).unwrap();
    list(case, "packets")
        .iter()
        .map(|row| {
            let sample = Sample {
                at: Timestamp::from_micros(row[at].as_i64().unwrap()),
                time: RtpTime(number(&row[ts])),
                clock_hz: NonZeroU32::new(clock.map_or(8_000, |clock| number(&row[clock]))),
                marker: row[marker] == 1,
                kind: match row[name].as_str().unwrap() {
                    "telephone-event" => PayloadKind::Event,
                    "CN" => PayloadKind::ComfortNoise,
                    _ => PayloadKind::Media,
                },
            };
            (Seq(u16::try_from(row[seq].as_u64().unwrap()).unwrap()), sample)
        })
        .collect()
}

/// The figures of a string of R (received), L (lost) and D (discarded).
pub(crate) fn figures_of(events: &str, gmin: u8) -> LossFigures {
    let mut pattern = LossPattern::new(gmin);
    for (index, event) in (0..).zip(events.chars()) {
        match event {
            'R' => {}
            'L' | 'D' => pattern.lost_at(index),
            other => panic!("{other} in {events}"),
        }
    }
    pattern.figures(events.len() as u64)
}
