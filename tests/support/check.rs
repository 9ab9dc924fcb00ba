//! `check(scenario, expected)`: a ladder, and facts of the report that it leads to.
//!
//! An expected line is a row of the report and facts of it:
//!
//! ```text
//! call-1 state=completed released_by=caller pdd=120 duration=9.87 final=200
//! stream-1 from=A:4000 to=B:5000 lost=10
//! counts sip_messages=7
//! problems sip.no-cseq=1
//! ```
//!
//! A fact's key is a path of REPORT.md's keys (`jitter_ms.mean`, `payloads[].codec`)
//! or one of the short words in [`SHORT`]; `-` is null or nothing, lists are joined
//! by commas, endpoints are written as scenarios write them. A number has as many
//! decimals as it is compared to.
//!
//! Not mentioned is expected to be absent: calls, registrations, dialogs, streams,
//! problems, and the `findings` of a row.

use std::fmt::Write as _;

use serde_json::Value;
use siplens::engine::{Engine, Settings, Snapshot};
use siplens::report::build::Input;
use siplens::report::capture::SourceRow;
use siplens::report::time::Resolution;
use siplens::report::{Context, Options, build};

use crate::scenario::{Hosts, Scenario};
use crate::schema;

/// Short words for keys, by kind of row.
const SHORT: &[(&str, &str, &str)] = &[
    ("call", "pdd", "post_dial_delay_ms"),
    ("call", "setup", "setup_ms"),
    ("call", "ring", "ring_ms"),
    ("call", "duration", "duration_s"),
    ("call", "disconnect", "disconnect_ms"),
    ("call", "final", "final_status.code"),
    ("call", "reason", "final_status.reason"),
    ("call", "cause", "release_cause.cause"),
    ("call", "caller", "caller.user"),
    ("call", "callee", "callee.user"),
    ("call", "caller_at", "caller.address"),
    ("call", "callee_at", "callee.address"),
    ("call", "call_id", "legs[].call_id"),
    ("call", "tags", "legs[].to_tags[]"),
    ("call", "digits", "dtmf[].digit"),
    ("dialog", "from", "from.user"),
    ("dialog", "to", "to.user"),
    ("dialog", "final", "final_status.code"),
    ("stream", "from", "src"),
    ("stream", "to", "dst"),
    ("stream", "bound", "bound_by"),
    ("stream", "pts", "payloads[].payload_type"),
    ("stream", "codecs", "payloads[].codec"),
    ("stream", "clocks", "payloads[].clock_hz"),
    ("stream", "restarts", "ssrc_restarts"),
    ("stream", "jitter", "jitter_ms.mean"),
    ("stream", "max_jitter", "jitter_ms.max"),
    ("stream", "mos", "quality.mos_lq"),
    ("stream", "round_trip", "rtcp.round_trip_ms"),
    ("stream", "leg", "rtcp.receiver_leg_ms"),
];

/// Checks what a scenario leads to.
#[track_caller]
pub(crate) fn check(ladder: &str, expected: &str) {
    let scenario = Scenario::parse(ladder);
    let report = report_of(&scenario);
    let differences = Facts { report: &report, hosts: &scenario.hosts }.differences(expected);
    assert!(differences.is_empty(), "\nscenario:\n{ladder}\nfacts that differ:\n{differences}");
}

/// What the engine learns of a scenario.
pub(crate) fn snapshot_of(scenario: &Scenario) -> Snapshot {
    let mut engine = Engine::new(Settings::default());
    scenario.frames().for_each(|frame| engine.handle_frame(&frame));
    engine.finish()
}

/// The report of a scenario, as JSON that the schema accepts.
pub(crate) fn report_of(scenario: &Scenario) -> Value {
    json_of(&snapshot_of(scenario))
}

/// The report of a snapshot, as JSON that the schema accepts.
pub(crate) fn json_of(snapshot: &Snapshot) -> Value {
    let options = options();
    let context = Context::new(snapshot, &options);
    let report = serde_json::to_value(build(&context)).unwrap();
    schema::assert_valid(&report);
    report
}

/// One input with times of microseconds.
pub(crate) fn options() -> Options {
    let row = SourceRow {
        name: "scenario".to_owned(),
        format: "pcap".to_owned(),
        link_types: Vec::new(),
        packets: 0,
        bytes: 0,
        first_time: None,
        last_time: None,
        truncated: false,
        compression: None,
        duration_s: None,
        interface_drops: None,
        dropped_packets: None,
    };
    Options {
        resolution: Resolution(6),
        inputs: vec![Input { row, span: None, problems: Vec::new() }],
        ..Options::default()
    }
}

/// A report to look facts up in.
struct Facts<'a> {
    report: &'a Value,
    hosts: &'a Hosts,
}

/// Rows that are named, by the list that has them.
const KINDS: &[(&str, &str)] = &[
    ("call", "calls"),
    ("registration", "registrations"),
    ("dialog", "dialogs"),
    ("stream", "streams"),
    ("finding", "findings"),
];

impl Facts<'_> {
    fn differences(&self, expected: &str) -> String {
        let mut differences = String::new();
        let mut mentioned = Vec::new();
        let lines = expected.lines().map(str::trim);
        for line in lines.filter(|line| !line.is_empty() && !line.starts_with('#')) {
            let mut words = words(line);
            let name = words.remove(0);
            let mut facts: Vec<(&str, &str)> = words
                .iter()
                .map(|word| word.split_once('=').unwrap_or_else(|| panic!("no fact: {word}")))
                .collect();
            let kind = name.split('-').next().unwrap_or(&name).to_owned();
            let has_findings = ["call", "registration", "stream"].contains(&&*kind);
            if has_findings && facts.iter().all(|(key, _)| *key != "findings") {
                facts.push(("findings", "-"));
            }
            let Some(row) = self.row(&name) else {
                writeln!(differences, "  {name}: expected, is not there").unwrap();
                continue;
            };
            for (key, wanted) in &facts {
                let got = self.fact(&kind, &row, key, wanted);
                if got != *wanted {
                    writeln!(differences, "  {name} {key}={got}, expected {wanted}").unwrap();
                }
            }
            if kind == "problems" {
                mentioned.extend(facts.iter().map(|(key, _)| (*key).to_owned()));
            }
            mentioned.push(name);
        }
        for row in self.rows().filter(|row| !mentioned.contains(row)) {
            writeln!(differences, "  {row}: there, not expected: {}", self.brief(&row)).unwrap();
        }
        differences
    }

    /// The names of the rows that must be mentioned, and the codes of problems.
    fn rows(&self) -> impl Iterator<Item = String> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let lists = KINDS.iter().filter(|(kind, _)| *kind != "finding");
        let rows = lists.flat_map(|(_, list)| self.report[*list].as_array().unwrap());
        let problems = self.report["capture"]["problems"].as_array().unwrap().iter();
        rows.map(move |row| text(&row["id"])).chain(problems.map(move |row| text(&row["code"])))
    }

    fn row(&self, name: &str) -> Option<Value> {
        match name {
            "summary" => return Some(self.report["summary"].clone()),
            "capture" => return Some(self.report["capture"].clone()),
            "counts" => return Some(self.report["capture"]["counts"].clone()),
            "problems" => {
                let problems = self.report["capture"]["problems"].as_array().unwrap().iter();
                let pair =
                    |row: &Value| (row["code"].as_str().unwrap().into(), row["count"].clone());
                return Some(Value::Object(problems.map(pair).collect()));
            }
            _ => {}
        }
        let (_, list) = KINDS.iter().find(|(kind, _)| name.split('-').next() == Some(kind))?;
        let mut rows = self.report[*list].as_array().unwrap().iter();
        rows.find(|row| row["id"] == name).cloned()
    }

    fn fact(&self, kind: &str, row: &Value, key: &str, wanted: &str) -> String {
        let value = match (kind, key) {
            ("problems", code) => row[code].clone(),
            (_, "messages") => row["messages"].as_array().unwrap().len().into(),
            (_, "again") => retransmissions(row),
            (_, "findings") => self.codes(&row["findings"]),
            _ => {
                let short = SHORT.iter().find(|(of, short, _)| *of == kind && *short == key);
                follow(row, short.map_or(key, |(.., path)| path))
            }
        };
        self.text(&value, wanted)
    }

    /// The codes of findings that are named.
    fn codes(&self, names: &Value) -> Value {
        let findings = self.report["findings"].as_array().unwrap();
        let code = |name: &Value| {
            findings.iter().find(|finding| finding["id"] == *name).unwrap()["code"].clone()
        };
        names.as_array().unwrap().iter().map(code).collect()
    }

    fn text(&self, value: &Value, wanted: &str) -> String {
        match value {
            Value::Null => "-".to_owned(),
            Value::String(text) => text.clone(),
            Value::Bool(flag) => flag.to_string(),
            Value::Array(list) if list.is_empty() => "-".to_owned(),
            Value::Array(list) => {
                let wanted = wanted.split(',').next().unwrap_or_default();
                list.iter().map(|value| self.text(value, wanted)).collect::<Vec<_>>().join(",")
            }
            Value::Object(object) => match (object.get("ip"), object.get("port")) {
                (Some(ip), Some(port)) => {
                    let port = u16::try_from(port.as_u64().unwrap()).unwrap();
                    self.hosts.name_of(ip.as_str().unwrap().parse().unwrap(), port)
                }
                _ => value.to_string(),
            },
            Value::Number(number) => match number.as_f64().filter(|_| !number.is_u64()) {
                Some(float) => {
                    let decimals = wanted.split_once('.').map_or(0, |(_, decimals)| decimals.len());
                    // Nothing is rounded to a whole number: 119.6 is not 120.
                    if decimals == 0 { float.to_string() } else { format!("{float:.decimals$}") }
                }
                None => number.to_string(),
            },
        }
    }

    /// A row in short, for a message.
    fn brief(&self, name: &str) -> String {
        let keys = ["state", "method", "final_status", "src", "dst", "ssrc", "findings"];
        let row = self.row(name).unwrap_or_default();
        let known = keys.iter().filter(|key| row.get(**key).is_some());
        let known = known.map(|key| format!("{key}={}", self.text(&row[*key], "")));
        known.collect::<Vec<_>>().join(" ")
    }
}

/// `5>1`: the message of frame 5 repeats that of frame 1.
fn retransmissions(row: &Value) -> Value {
    let messages = row["messages"].as_array().unwrap().iter();
    let copies = messages.filter(|message| !message["retransmission_of"].is_null());
    copies.map(|copy| format!("{}>{}", copy["frame"], copy["retransmission_of"])).collect()
}

/// The value at a path such as `payloads[].codec`.
fn follow(value: &Value, path: &str) -> Value {
    let (key, rest) = path.split_once('.').map_or((path, None), |(key, rest)| (key, Some(rest)));
    let (key, each) = key.strip_suffix("[]").map_or((key, false), |key| (key, true));
    if value.is_null() {
        return Value::Null;
    }
    let found = value.get(key).unwrap_or_else(|| panic!("the report has no key {key} in {value}"));
    match (each, rest) {
        (false, None) => found.clone(),
        (false, Some(rest)) => follow(found, rest),
        (true, rest) => {
            let list = found.as_array().unwrap_or_else(|| panic!("{key} is no list"));
            let deeper = list.iter().map(|one| rest.map_or(one.clone(), |rest| follow(one, rest)));
            // Lists of lists are one list.
            deeper.flat_map(|one| one.as_array().cloned().unwrap_or_else(|| vec![one])).collect()
        }
    }
}

/// Words separated by spaces, of which `key='...'` may hold some.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    for c in line.chars() {
        match c {
            '\'' => quoted = !quoted,
            ' ' if !quoted => words.push(std::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words.retain(|word| !word.is_empty());
    words
}
