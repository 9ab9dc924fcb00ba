//! The tables' description holds for every value that is exported.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::program::{output, run};
use crate::tables_folder::{Folder, samples};

/// The columns of `siplens schema tables`, by table.
fn described() -> BTreeMap<String, Vec<Value>> {
    let columns: Vec<Value> = serde_json::from_str(&output(&["schema", "tables"])).unwrap();
    let mut tables: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for column in columns {
        tables.entry(column["table"].as_str().unwrap().to_owned()).or_default().push(column);
    }
    tables
}

#[test]
fn every_value_is_as_the_schema_says() {
    let folder = Folder::new("schema");
    let samples = samples();
    folder.export(&[&["--format", "ndjson"], &samples[..]].concat());
    let described = described();
    let names: Vec<_> = described.keys().map(String::as_str).collect();
    let all = ["calls", "findings", "intervals", "messages", "peers", "registrations", "streams"];
    assert_eq!(names, all);
    let mut with_values = BTreeSet::new();
    for (table, columns) in &described {
        let rows = folder.rows(table);
        assert!(!rows.is_empty(), "{table}");
        for row in &rows {
            let keys: BTreeSet<_> = row.as_object().unwrap().keys().map(String::as_str).collect();
            let names = columns.iter().map(|column| column["column"].as_str().unwrap());
            assert_eq!(keys, names.collect(), "{table}");
            for column in columns {
                let name = column["column"].as_str().unwrap();
                let value = &row[name];
                let place = format!("{table}.{name}: {value}");
                if value.is_null() {
                    assert!(column["null"].is_string(), "{place} is null, and nothing says why");
                    continue;
                }
                with_values.insert(format!("{table}.{name}"));
                let fits = match column["type"].as_str().unwrap() {
                    "text" => value.is_string(),
                    "dictionary of text" => column["values"].as_array().unwrap().contains(value),
                    "boolean" => value.is_boolean(),
                    "int64" => value.is_u64(),
                    "float64" => value.is_number(),
                    "timestamp[us, UTC]" => value.as_str().is_some_and(|text| text.ends_with('Z')),
                    other => panic!("{place}: unknown type {other}"),
                };
                assert!(fits, "{place} is no {}", column["type"]);
                let unit = column["unit"].as_str().unwrap_or_default();
                let number = value.as_f64().unwrap_or_default();
                match unit {
                    "%, 0 to 100" => assert!((0.0..=100.0).contains(&number), "{place}"),
                    "MOS, 1 to 5" => assert!((1.0..=5.0).contains(&number), "{place}"),
                    _ => {}
                }
            }
        }
    }
    // What no sample has a value of would be checked by nothing above.
    let without: Vec<_> = described
        .iter()
        .flat_map(|(table, columns)| {
            columns
                .iter()
                .map(move |column| format!("{table}.{}", column["column"].as_str().unwrap()))
        })
        .filter(|name| !with_values.contains(name))
        .collect();
    assert_eq!(without, ["peers.port", "peers.name"]);
}

#[test]
fn names_of_columns_end_with_their_units() {
    for column in described().values().flatten() {
        let (name, unit) = (column["column"].as_str().unwrap(), column["unit"].as_str());
        let ending = match unit {
            Some("ms") => "_ms",
            Some("s") => "_s",
            Some("%, 0 to 100") => "_percent",
            Some("bytes") => "_bytes",
            Some("Hz") => "_hz",
            Some("ppm") => "_ppm",
            Some("UTC") => "time",
            _ => "",
        };
        assert!(name.ends_with(ending), "{name} is in {unit:?}");
    }
}

#[test]
fn the_fields_of_csv_are_those_of_the_schema() {
    let folder = Folder::new("csv");
    folder.export(&["--format", "csv", "samples/busy.pcap"]);
    for (table, columns) in described() {
        let names: Vec<_> =
            columns.iter().map(|column| column["column"].as_str().unwrap()).collect();
        let text = folder.text(&table);
        assert_eq!(text.lines().next().unwrap(), names.join(","), "{table}");
    }
}

#[test]
fn a_build_without_the_feature_says_which_it_needs() {
    if cfg!(feature = "tables") {
        return;
    }
    let folder = Folder::new("without");
    for arguments in [
        vec!["export", "samples/busy.pcap", "-o", folder.path()],
        vec!["sql", "select 1 from calls", "samples/busy.pcap"],
        vec!["sql", "--list"],
    ] {
        let run = run(&arguments);
        assert_eq!((run.code, &*run.out), (2, ""), "{arguments:?}");
        assert!(run.err.contains("--features tables"), "{}", run.err);
    }
}
