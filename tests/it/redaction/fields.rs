//! The classes of the report's texts: `src/redact/fields.md` lists them, and
//! each behaves as it says on every sample.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Folder, json};
use crate::golden::samples;
use crate::program::output;

const TABLE: &str = include_str!("../../../src/redact/fields.md");

/// The class of each field.
fn classes() -> BTreeMap<&'static str, &'static str> {
    let mut classes = BTreeMap::new();
    for row in TABLE.lines().filter(|line| line.starts_with("| ")).skip(1) {
        let cells: Vec<_> = row.split('|').map(str::trim).collect();
        for field in cells[3].split(' ') {
            assert!(classes.insert(field, cells[1]).is_none(), "{field} has two classes");
        }
    }
    classes
}

/// Whether a schema admits a text that is not one of a list.
fn is_text(schema: &Value) -> bool {
    if schema.get("const").is_some() || schema.get("enum").is_some() {
        return false;
    }
    let is = |name: &str| match &schema["type"] {
        Value::String(one) => one == name,
        Value::Array(many) => many.iter().any(|one| one == name),
        _ => false,
    };
    let any = ["anyOf", "oneOf"].iter().filter_map(|key| schema[key].as_array()).flatten();
    is("string") || is("array") && is_text(&schema["items"]) || any.into_iter().any(is_text)
}

fn schema(of: &str) -> Value {
    serde_json::from_str(&output(&["schema", of])).unwrap()
}

#[test]
fn every_text_of_a_report_has_a_class() {
    let mut fields = BTreeSet::new();
    for schema in [schema("report"), schema("ladder")] {
        let root = (schema["title"].as_str().unwrap_or("Report").to_owned(), schema.clone());
        let types = schema["$defs"].as_object().unwrap().clone().into_iter();
        for (name, kind) in types.chain([root]) {
            let properties = kind["properties"].as_object().cloned().unwrap_or_default();
            let texts = properties.into_iter().filter(|(_, schema)| is_text(schema));
            fields.extend(texts.map(|(field, _)| format!("{name}.{field}")));
        }
    }
    let classes = classes();
    let missing: Vec<_> =
        fields.iter().filter(|field| !classes.contains_key(field.as_str())).collect();
    assert!(
        missing.is_empty(),
        "{missing:?}: what does --redact all do to it? src/redact/fields.md wants its class"
    );
}

/// Calls `f` with each text of two reports of the same form, and its field.
fn texts<'v>(
    all: &Value,
    schema: &Value,
    field: &str,
    (a, b): (&'v Value, &'v Value),
    f: &mut impl FnMut(&str, &'v str, &'v str),
) {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")) {
        return texts(all, &all["$defs"][name], name, (a, b), f);
    }
    for one in ["anyOf", "oneOf"].iter().filter_map(|key| schema[key].as_array()).flatten() {
        if one["$ref"].is_string() {
            texts(all, one, field, (a, b), f);
        }
    }
    match (a, b) {
        (Value::String(a), Value::String(b)) => f(field, a, b),
        (Value::Array(a), Value::Array(b)) => {
            for (a, b) in a.iter().zip(b) {
                texts(all, &schema["items"], field, (a, b), f);
            }
        }
        (Value::Object(a), Value::Object(b)) => {
            let kind = field.split('.').next().unwrap_or_default();
            for (name, property) in schema["properties"].as_object().into_iter().flatten() {
                if let (Some(a), Some(b)) = (a.get(name), b.get(name)) {
                    texts(all, property, &format!("{kind}.{name}"), (a, b), f);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn texts_are_replaced_as_their_class_says() {
    let (folder, schema, classes) = (Folder::new("redaction-fields"), schema("report"), classes());
    let key = folder.path("key");
    let mut pairs: BTreeMap<(String, String), String> = BTreeMap::new();
    let mut met = BTreeSet::new();
    for sample in samples() {
        let plain = json(&["analyze", "--json", &sample]);
        let redacted = json(&["analyze", "--json", "--redact", "all", "--key", &key, &sample]);
        texts(&schema, &schema, "Report", (&plain, &redacted), &mut |field, plain, redacted| {
            let Some(class) = classes.get(field) else { return };
            met.insert(*class);
            let same = plain == redacted;
            match *class {
                "own" => assert!(
                    same || field == "SourceRow.format",
                    "{sample} {field}: {plain} {redacted}"
                ),
                "address" | "identifier" | "uri" => {
                    let nobody = ["0.0.0.0", "z9hG4bK"].contains(&plain) || plain.len() < 4;
                    let nobody = nobody || plain.starts_with("urn:service:");
                    assert!(!same || nobody, "{sample} {field}: {plain} stays");
                }
                "digit" => {
                    assert!(redacted == "0" || redacted == "!", "{sample} {field}: {redacted}");
                }
                "file" if field == "SourceRow.name" => assert_eq!(redacted, "capture-1"),
                _ => {}
            }
            // The same has the same pseudonym, in every file.
            // Groups of equal size are in the order of their names, another's.
            let grouped = field.starts_with("PeerRow.") || field.starts_with("AgentRow.");
            if !["text", "file", "digit"].contains(class) && !grouped {
                let known = pairs.entry(((*class).to_owned(), plain.to_owned()));
                let known = known.or_insert_with(|| redacted.to_owned());
                assert_eq!(known, redacted, "{sample} {field}: {plain}");
            }
        });
    }
    for class in [
        "own",
        "word",
        "user",
        "address",
        "uri",
        "identifier",
        "host",
        "phrase",
        "agent",
        "digit",
        "text",
    ] {
        assert!(met.contains(class), "no sample has a text of the class {class}");
    }
}
