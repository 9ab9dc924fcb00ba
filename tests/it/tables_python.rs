//! Exported Parquet and Arrow open unchanged in DuckDB, pandas, ClickHouse (chdb)
//! and pyarrow, and answer as the JSON report says. `tests/tables/install.sh`
//! installs them; without them the test says that it was skipped, unless
//! `SIPLENS_TABLES_REQUIRED` is set.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::program::output;
use crate::tables_folder::{Folder, samples};

/// The answers of `tests/tables/ask.py`; `None` where its modules are not there.
fn answers(parquet: &Folder, arrow: &Folder) -> Option<Value> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let required = std::env::var_os("SIPLENS_TABLES_REQUIRED").is_some();
    let python = root.join("target/tables-python/bin/python");
    if !python.exists() {
        assert!(!required, "{} is not there: run tests/tables/install.sh", python.display());
        // Straight to standard error, so that it is seen although the test passes.
        let _ = std::io::Write::write_all(
            &mut std::io::stderr(),
            b"checks of exported tables skipped: tests/tables/install.sh installs what they need\n",
        );
        return None;
    }
    let run = Command::new(python)
        .arg(root.join("tests/tables/ask.py"))
        .args([parquet.path(), arrow.path()])
        .output()
        .unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    Some(serde_json::from_slice(&run.stdout).unwrap())
}

/// Rows as they are compared: numbers as floats to nine digits.
fn plain(rows: &Value) -> Vec<Vec<String>> {
    let cell = |value: &Value| match value {
        Value::Number(number) => format!("{:.9}", number.as_f64().unwrap()),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let row = |row: &Value| row.as_array().unwrap().iter().map(cell).collect();
    rows.as_array().unwrap().iter().map(row).collect()
}

/// Microseconds since the epoch of a moment of a report.
fn micros(text: &str) -> i64 {
    siplens::query::tables::nanos(text).unwrap() / 1_000
}

#[test]
fn others_read_the_tables_as_they_are() {
    let (parquet, arrow) = (Folder::new("python"), Folder::new("python-arrow"));
    let samples = samples();
    parquet.export(&[&["--partition", "hour"], &samples[..]].concat());
    arrow.export(&[&["--format", "arrow"], &samples[..]].concat());
    let Some(answers) = answers(&parquet, &arrow) else { return };
    let report: Value =
        serde_json::from_str(&output(&[&["analyze", "--json"], &samples[..]].concat())).unwrap();
    let calls = report["calls"].as_array().unwrap();

    let mut by_state: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    let mut by_hour: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    let mut callee: BTreeMap<&str, &str> = BTreeMap::new();
    for call in calls {
        let start = call["start_time"].as_str().unwrap();
        by_state.entry(call["state"].as_str().unwrap()).or_default().push(call);
        *by_hour.entry((&start[..10], &start[11..13])).or_default() += 1;
        callee.insert(
            call["id"].as_str().unwrap(),
            call["callee"]["address"]["ip"].as_str().unwrap(),
        );
    }
    let states: Vec<Value> = by_state
        .iter()
        .map(|(state, calls)| {
            let numbers = |path: &str| -> Vec<f64> {
                calls.iter().filter_map(|call| call.pointer(path).and_then(Value::as_f64)).collect()
            };
            let (mos, statuses) = (numbers("/mos/worst"), numbers("/final_status/code"));
            let mean = (!mos.is_empty()).then(|| mos.iter().sum::<f64>() / mos.len() as f64);
            let last = calls.iter().map(|call| micros(call["start_time"].as_str().unwrap())).max();
            json!([
                state,
                calls.len(),
                mean,
                (!statuses.is_empty()).then(|| statuses.iter().sum::<f64>()),
                last
            ])
        })
        .collect();
    let mut packets: BTreeMap<&str, (u64, u64)> = BTreeMap::new();
    for stream in report["streams"].as_array().unwrap() {
        if let Some(ip) = stream["call"].as_str().and_then(|call| callee.get(call)) {
            let group = packets.entry(ip).or_default();
            group.0 += 1;
            group.1 += stream["packets"].as_u64().unwrap();
        }
    }
    let packets: Vec<_> =
        packets.iter().map(|(ip, (streams, packets))| json!([ip, streams, packets])).collect();
    let hours: Vec<_> =
        by_hour.iter().map(|((date, hour), calls)| json!([date, hour, calls])).collect();
    let expected = json!({"states": states, "packets": packets, "hours": hours});
    for engine in ["duckdb", "pandas", "chdb"] {
        for question in ["states", "packets", "hours"] {
            let mut found = plain(&answers[engine][question]);
            let mut expected = plain(&expected[question]);
            // pandas sums nothing to 0.
            for row in found.iter_mut().chain(&mut expected) {
                for cell in row {
                    *cell = cell.replace("0.000000000", "null");
                }
            }
            assert_eq!(found, expected, "{engine}: {question}");
        }
    }
    let types = |of: &str| answers[of]["types"].clone();
    assert_eq!(types("duckdb"), json!(["TIMESTAMP WITH TIME ZONE", "DOUBLE", "BIGINT"]));
    assert_eq!(types("pandas"), json!(["datetime64[us, UTC]", "float64", "int64", "category"]));
    let dictionary = "dictionary<values=large_string, indices=uint8, ordered=1>";
    assert_eq!(types("arrow"), json!(["timestamp[us, tz=UTC]", "double", "int64", dictionary]));
    assert_eq!(answers["arrow"]["spark"], json!([]), "types that Spark does not read");
    let mut of_arrow: Vec<_> = calls.iter().map(|call| call["state"].as_str().unwrap()).collect();
    of_arrow.sort_unstable();
    assert_eq!(answers["arrow"]["states"], json!(of_arrow));
    for table in ["calls", "streams", "findings"] {
        let count = report[table].as_array().unwrap().len();
        assert_eq!(answers["arrow"]["rows"][table], count, "{table}");
    }
}
