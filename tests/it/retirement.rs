//! What is over leaves the engine; what is told of it, and of all, is the same
//! as if it had stayed.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;
use siplens::base::frame::Frame;
use siplens::base::limits::Limits;
use siplens::base::time::{Span, Timestamp};
use siplens::engine::{Engine, Retirement, Settings, Snapshot};
use siplens::report::{Context, Options, Totals, build};
use siplens::source::{FileSource, Source, Step};

use crate::check::options;
use crate::traffic::{Held, MS, Network, Plan, SECOND, Ways};

/// What was told of a capture: the lists of all parts together, by the name of
/// each row, and the summary and counts in the end.
struct Told {
    lists: BTreeMap<String, BTreeMap<String, Value>>,
    summary: Value,
    capture: Value,
    /// Parts with rows before the last.
    parts: usize,
    /// The most calls that were alive at a time, looked at now and then.
    most_alive: usize,
}

/// Frames, in the order of a capture.
type Feed<'f> = &'f dyn Fn(&mut dyn FnMut(&Frame<'_>));

fn none() -> Totals {
    Totals::new(&Limits::default())
}

fn settings() -> Settings {
    Settings { retires: true, ..Settings::default() }
}

/// As soon as it may.
fn at_once() -> Retirement {
    Retirement { gather: Span::ZERO, ..Retirement::default() }
}

/// Findings are numbered as they are found, which differs: named by what they are.
fn findings_by_code(row: &mut Value, codes: &BTreeMap<String, String>) {
    if let Some(names) = row.get_mut("findings").and_then(Value::as_array_mut) {
        let code = |name: &Value| Value::from(codes[name.as_str().unwrap()].clone());
        let mut found: Vec<Value> = names.iter().map(code).collect();
        found.sort_by_key(Value::to_string);
        *names = found;
    }
}

impl Told {
    fn new() -> Self {
        let (summary, capture) = (Value::Null, Value::Null);
        Self { lists: BTreeMap::new(), summary, capture, parts: 0, most_alive: 0 }
    }

    /// Takes a part, which `totals` then includes.
    fn part(&mut self, snapshot: &Snapshot, options: &mut Options, is_last: bool) {
        let context = Context::new(snapshot, options);
        let report = serde_json::to_value(build(&context)).unwrap();
        let mut totals = options.totals.as_deref().cloned().unwrap_or_else(none);
        totals.add(&context);
        if is_last {
            self.summary = report["summary"].clone();
            self.capture = report["capture"].clone();
            assert_eq!(serde_json::to_value(totals.summary()).unwrap(), self.summary);
        } else {
            self.parts += 1;
        }
        let rows = |list: &str| report[list].as_array().unwrap().clone();
        let code = |row: &Value| {
            let text = |key: &str| row[key].as_str().unwrap_or_default().to_owned();
            (text("id"), format!("{} {}", text("code"), text("stream")))
        };
        let codes: BTreeMap<_, _> = rows("findings").iter().map(code).collect();
        for list in ["calls", "registrations", "dialogs", "streams"] {
            for mut row in rows(list) {
                findings_by_code(&mut row, &codes);
                let name = row["id"].as_str().unwrap().to_owned();
                let known = self.lists.entry(list.to_owned()).or_default().insert(name, row);
                assert!(known.is_none(), "twice: {}", known.unwrap()["id"]);
            }
        }
        for row in rows("findings") {
            let name = format!("{} {} {}", row["call"], row["code"], row["stream"]);
            let mut row = row;
            row["id"] = Value::Null;
            self.lists.entry("findings".to_owned()).or_default().insert(name, row);
        }
        drop(context);
        let findings = totals.findings();
        *options = Options {
            totals: Some(Arc::new(totals)),
            findings_before: findings,
            ..options.clone()
        };
    }
}

/// Reads frames, and lets leave what may whenever `every` more have come.
fn told(feed: Feed<'_>, every: Option<usize>, retirement: &Retirement) -> Told {
    let (mut engine, mut options) = (Engine::new(settings()), options());
    let mut told = Told::new();
    let (mut count, mut last) = (0_usize, Timestamp::default());
    let mut alive = 0;
    feed(&mut |frame| {
        engine.handle_frame(frame);
        (count, last) = (count + 1, frame.at.max(last));
        if every.is_some_and(|every| count.is_multiple_of(every))
            && let Some(left) = engine.retire(retirement)
        {
            told.part(&left, &mut options, false);
        }
        if count.is_multiple_of(1_000) {
            alive = alive.max(engine.bytes());
        }
    });
    // A long silence, after which everything is over.
    engine.handle_time(last + Span::from_secs(4 * 3_600));
    if every.is_some() {
        while let Some(left) = engine.retire(retirement) {
            told.part(&left, &mut options, false);
        }
    }
    told.most_alive = alive;
    told.part(&engine.finish(), &mut options, true);
    told
}

#[track_caller]
fn assert_same(told: &Told, whole: &Told, name: &str) {
    for (list, rows) in &whole.lists {
        let empty = BTreeMap::new();
        let got = told.lists.get(list).unwrap_or(&empty);
        for (id, row) in rows {
            let other = got.get(id).unwrap_or_else(|| panic!("{name}: {list} has no {id}"));
            assert!(other == row, "{name}: {id}\nwhole {row}\nparts {other}");
        }
        assert_eq!(got.len(), rows.len(), "{name}: {list}");
    }
    assert!(told.summary == whole.summary, "{name}\n{}\n{}", whole.summary, told.summary);
    assert!(told.capture == whole.capture, "{name}\n{}\n{}", whole.capture, told.capture);
}

fn sample(path: &std::path::Path, take: &mut dyn FnMut(&Frame<'_>)) {
    let mut source = FileSource::open(path, 0).unwrap();
    loop {
        match source.next_frame() {
            Ok(Step::Frame(frame)) => take(&frame),
            Ok(Step::Idle) => {}
            Ok(Step::End) | Err(_) => return,
        }
    }
}

#[test]
fn samples_are_told_alike_whatever_leaves_when() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut parts = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let extension = path.extension().and_then(|extension| extension.to_str());
        if !matches!(extension, Some("pcap" | "pcapng")) {
            continue;
        }
        let name = path.display().to_string();
        let feed = |take: &mut dyn FnMut(&Frame<'_>)| sample(&path, take);
        let whole = told(&feed, None, &at_once());
        let in_parts = told(&feed, Some(1), &at_once());
        assert_same(&in_parts, &whole, &name);
        parts += in_parts.parts;
    }
    assert!(parts > 20, "{parts} parts");
}

/// Calls of every outcome over five minutes.
fn plan(calls: u64, media: bool) -> Plan {
    Plan {
        calls,
        rate: calls as f64 / 300.0,
        talk: 6 * SECOND,
        media,
        mix: [60, 15, 10, 8, 4, 3],
        network: Network { loss: 0.02, duplicate: 0.01, reorder: 0.01, jitter: 8 * MS },
        ways: Ways { tcp: 0.2, ipv6: 0.2, two_hops: 0.3, ..Ways::default() },
        ..Plan::default()
    }
}

#[test]
fn generated_calls_are_told_alike_whatever_leaves_when() {
    let signalling = Held::new(&plan(1_200, false));
    let media = Held::new(&plan(60, true));
    for (held, every) in [(&signalling, 397), (&media, 2_001)] {
        let feed = |take: &mut dyn FnMut(&Frame<'_>)| held.iter().for_each(|frame| take(&frame));
        let whole = told(&feed, None, &at_once());
        let in_parts = told(&feed, Some(every), &at_once());
        assert_same(&in_parts, &whole, "generated");
        assert!(in_parts.parts > 10, "{} parts", in_parts.parts);
        let (few, all) = (in_parts.most_alive, whole.most_alive);
        assert!(few * 2 < all, "{few} of {all} bytes");
    }
}

#[test]
fn totals_add_up_in_any_parts() {
    let held = Held::new(&plan(300, false));
    let feed = |take: &mut dyn FnMut(&Frame<'_>)| held.iter().for_each(|frame| take(&frame));
    let mut engine = Engine::new(settings());
    let (options, mut one, mut other) = (options(), none(), none());
    let mut count = 0_usize;
    feed(&mut |frame| {
        engine.handle_frame(frame);
        count += 1;
        if count.is_multiple_of(500)
            && let Some(left) = engine.retire(&at_once())
        {
            let into = if count.is_multiple_of(1_000) { &mut one } else { &mut other };
            into.add(&Context::new(&left, &options));
        }
    });
    other.add(&Context::new(&engine.finish(), &options));
    let mut merged = one.clone();
    merged.merge(&other);
    other.merge(&one);
    assert_eq!(merged.summary(), other.summary());
    let mut whole = Engine::new(settings());
    feed(&mut |frame| whole.handle_frame(frame));
    let whole = whole.finish();
    let context = Context::new(&whole, &options);
    assert_eq!(merged.summary(), build(&context).summary);
}
