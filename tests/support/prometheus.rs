//! A strict reader of Prometheus' text format 0.0.4: what a lenient one would let
//! pass is a panic.

use std::collections::{BTreeMap, BTreeSet};

/// Labels and their values.
type Labels = Vec<(String, String)>;
/// A sample's name, its labels in their order, and its value.
type Sample = (String, Labels, f64);

/// A family of samples.
#[derive(Clone, PartialEq, Debug)]
pub(crate) struct Family {
    pub(crate) kind: String,
    pub(crate) help: String,
    pub(crate) samples: Vec<Sample>,
}

/// Reads a page.
#[track_caller]
pub(crate) fn parse(page: &str) -> BTreeMap<String, Family> {
    assert!(page.ends_with('\n') && !page.contains('\r'), "lines end with line feeds");
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let (mut current, mut help) = (String::new(), None::<(String, String)>);
    let mut seen = BTreeSet::new();
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            let (name, text) = rest.split_once(' ').unwrap_or_else(|| panic!("no text: {line}"));
            help = Some((name.to_owned(), text.to_owned()));
        } else if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            let (of, text) = help.take().unwrap_or_else(|| panic!("no HELP before {line}"));
            assert_eq!(of, name, "HELP and TYPE of one family stand together");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert_eq!(
                kind == "counter",
                name.ends_with("_total"),
                "counters end with _total: {line}"
            );
            name.clone_into(&mut current);
            let family = Family { kind: kind.to_owned(), help: text, samples: Vec::new() };
            assert!(families.insert(current.clone(), family).is_none(), "twice: {line}");
        } else {
            assert!(!line.starts_with('#') && !line.is_empty(), "{line:?}");
            let family = families.get_mut(&current).unwrap_or_else(|| panic!("no TYPE: {line}"));
            let (name, labels, value) = sample(line);
            let suffix =
                name.strip_prefix(&*current).unwrap_or_else(|| panic!("not of {current}: {line}"));
            let fits = match &*family.kind {
                "histogram" => ["_bucket", "_sum", "_count"].contains(&suffix),
                _ => suffix.is_empty(),
            };
            assert!(fits, "{line}");
            assert!(family.kind != "counter" || value >= 0.0, "{line}");
            assert!(seen.insert((name.clone(), labels.clone())), "twice: {line}");
            family.samples.push((name, labels, value));
        }
    }
    families.iter().filter(|(_, family)| family.kind == "histogram").for_each(|(name, family)| {
        histogram(name, family);
    });
    families
}

/// `name{label="value"} 1`
fn sample(line: &str) -> (String, Vec<(String, String)>, f64) {
    let end = line.find(['{', ' ']).unwrap();
    let (name, mut rest) = line.split_at(end);
    assert!(is_name(name, true), "{line}");
    let mut labels = Vec::new();
    if let Some(inner) = rest.strip_prefix('{') {
        rest = inner;
        loop {
            let (key, after) = rest.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
            assert!(is_name(key, false) && !key.starts_with("__"), "{line}");
            let (mut value, mut chars) = (String::new(), after.char_indices());
            let end = loop {
                match chars.next().unwrap_or_else(|| panic!("not closed: {line}")) {
                    (at, '"') => break at,
                    (_, '\\') => value.push(match chars.next().unwrap().1 {
                        'n' => '\n',
                        c @ ('\\' | '"') => c,
                        c => panic!("\\{c}: {line}"),
                    }),
                    (_, c) => value.push(c),
                }
            };
            assert!(labels.iter().all(|(known, _)| known != key), "{line}");
            labels.push((key.to_owned(), value));
            rest = &after[end + 1..];
            match rest.as_bytes()[0] {
                b',' => rest = &rest[1..],
                b'}' => break,
                _ => panic!("{line}"),
            }
        }
        rest = &rest[1..];
    }
    let value = rest.strip_prefix(' ').unwrap_or_else(|| panic!("{line}"));
    (name.to_owned(), labels, value.parse().unwrap_or_else(|_| panic!("no number: {line}")))
}

fn is_name(name: &str, colons: bool) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || c == '_' || colons && c == ':';
    !name.is_empty() && name.chars().all(fits) && !name.starts_with(|c: char| c.is_ascii_digit())
}

/// Buckets ascend, are cumulative, and end with all.
#[track_caller]
fn histogram(name: &str, family: &Family) {
    let mut series: BTreeMap<Labels, Vec<(f64, f64)>> = BTreeMap::new();
    let mut counts = BTreeMap::new();
    for (sample, labels, value) in &family.samples {
        let mut labels = labels.clone();
        if sample.ends_with("_bucket") {
            let le = labels.pop().unwrap();
            assert_eq!(le.0, "le", "{name}");
            series.entry(labels).or_default().push((le.1.parse().unwrap_or(f64::NAN), *value));
        } else if sample.ends_with("_count") {
            counts.insert(labels, *value);
        }
    }
    assert_eq!(series.len(), counts.len(), "{name}");
    for (labels, buckets) in series {
        assert!(
            buckets.windows(2).all(|pair| pair[0].0 < pair[1].0 && pair[0].1 <= pair[1].1),
            "{name}"
        );
        let (last, all) = buckets[buckets.len() - 1];
        assert!(last.is_infinite() && Some(&all) == counts.get(&labels), "{name}");
    }
}

/// The value of a sample with these labels.
#[track_caller]
pub(crate) fn value(page: &str, name: &str, labels: &[(&str, &str)]) -> Option<f64> {
    let families = parse(page);
    let samples = families.values().flat_map(|family| &family.samples);
    let is_it = |found: &Vec<(String, String)>| {
        labels.iter().all(|(key, value)| found.iter().any(|(k, v)| k == key && v == value))
    };
    samples.into_iter().find(|(n, found, _)| n == name && is_it(found)).map(|(.., value)| *value)
}
