//! What siplens says of every capture in `samples/`, kept to the letter.
//!
//! For each sample `tests/golden` holds the report (`NAME.json`), the summary
//! for a person (`NAME.txt`) and all ladders (`NAME.ladder`). After a change
//! that means to change them, `UPDATE_EXPECT=1 cargo test golden` rewrites them.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::output;
use crate::schema::assert_valid;

/// File name endings of the kept outputs, and the arguments that print each.
const KEPT: [(&str, &[&str]); 3] = [
    ("json", &["analyze", "--json", "--pretty"]),
    ("txt", &["analyze"]),
    ("ladder", &["ladder", "--all", "--width", "140"]),
];

fn package(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The captures in `samples/`, as paths from the package's folder.
pub(crate) fn samples() -> Vec<String> {
    let mut samples: Vec<_> = fs::read_dir(package("samples"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| Path::new(name).extension().is_some_and(|e| e == "pcap" || e == "pcapng"))
        .map(|name| format!("samples/{name}"))
        .collect();
    samples.sort();
    samples
}

fn stem(sample: &str) -> &str {
    Path::new(sample).file_stem().unwrap().to_str().unwrap()
}

/// The first line that differs, with both its forms.
fn first_difference(kept: &str, printed: &str) -> String {
    let mut lines = kept.lines().zip(printed.lines()).enumerate();
    match lines.find(|(_, (kept, printed))| kept != printed) {
        Some((at, (kept, printed))) => {
            format!("line {}\n    kept    {kept}\n    printed {printed}", at + 1)
        }
        None => format!("{} lines kept, {} printed", kept.lines().count(), printed.lines().count()),
    }
}

#[test]
fn golden_outputs_of_every_sample() {
    let update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut differences = Vec::new();
    for sample in samples() {
        for (ending, arguments) in KEPT {
            let printed = output(&[arguments, &[&*sample]].concat());
            let path = package("tests/golden").join(format!("{}.{ending}", stem(&sample)));
            if update {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, &printed).unwrap();
                continue;
            }
            let kept = fs::read_to_string(&path).unwrap_or_default();
            if kept != printed {
                let difference = first_difference(&kept, &printed);
                differences.push(format!("{sample} ({ending}): {difference}"));
            }
        }
    }
    assert!(
        differences.is_empty(),
        "UPDATE_EXPECT=1 rewrites tests/golden where these are meant:\n{}",
        differences.join("\n")
    );
}

#[test]
fn golden_reports_are_as_the_schema_says() {
    for sample in samples() {
        let report: Value = serde_json::from_str(&output(&["analyze", "--json", &sample])).unwrap();
        assert_valid(&report);
    }
}

#[test]
fn golden_files_are_of_samples_that_exist() {
    let samples = samples();
    let known: BTreeSet<_> = samples.iter().map(|sample| stem(sample)).collect();
    for entry in fs::read_dir(package("tests/golden")).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        // Folders hold what other tests keep.
        let is_folder = entry.path().is_dir();
        assert!(is_folder || known.contains(stem(&name)), "tests/golden/{name} has no sample");
    }
}
