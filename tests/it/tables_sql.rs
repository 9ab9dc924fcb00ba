//! Questions in SQL: to captures and to exported Parquet alike, and the shipped
//! ones against what the JSON report says.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::program::{output, run};
use crate::scenario::Scenario;
use crate::source_reading::Scratch;
use crate::tables_folder::{Folder, samples};

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// The rows of an answer.
#[track_caller]
fn asked(arguments: &[&str]) -> Vec<Value> {
    let all = [&["sql", "--format", "json"], arguments].concat();
    json(&output(&all)).as_array().unwrap().clone()
}

/// The rows of a shipped question about all samples.
#[track_caller]
fn view(name: &str) -> Vec<Value> {
    asked(&[&["--view", name], &samples()[..]].concat())
}

#[test]
fn a_capture_is_asked_alike_within_an_amount_of_memory() {
    for name in ["worst_peers", "failures_by_route"] {
        let all = [&["--view", name, "--max-memory", "128M"], &samples()[..]].concat();
        assert_eq!(asked(&all), view(name), "{name}");
    }
    let question = "select state, count(*) as calls from calls group by state order by state";
    let sample = "samples/fork.pcap";
    let little = run(&["sql", question, "--max-memory", "64M", sample]);
    assert!(little.code == 2 && little.err.contains("SQL, which take 128"), "{}", little.err);
    // Nothing stays behind.
    let scratch = Scratch::new("sql-memory");
    let mut siplens = std::process::Command::new(env!("CARGO_BIN_EXE_siplens"));
    siplens.args(["sql", "--format", "json", question, "--max-memory", "128M", sample]);
    let answer = siplens.env("TMPDIR", &scratch.0).output().unwrap();
    assert_eq!(json(&String::from_utf8(answer.stdout).unwrap()), json_of(&[question, sample]));
    assert_eq!(std::fs::read_dir(&scratch.0).unwrap().count(), 0);
}

fn json_of(arguments: &[&str]) -> Value {
    Value::Array(asked(arguments))
}

fn report() -> Value {
    json(&output(&[&["analyze", "--json"], &samples()[..]].concat()))
}

fn list<'a>(report: &'a Value, name: &str) -> &'a Vec<Value> {
    report[name].as_array().unwrap()
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

fn number(value: &Value, path: &str) -> Option<f64> {
    value.pointer(path).and_then(Value::as_f64)
}

#[track_caller]
fn close(found: &Value, expected: Option<f64>) {
    match (found.as_f64(), expected) {
        (None, None) => {}
        (Some(found), Some(expected)) => {
            assert!(
                (found - expected).abs() <= 1e-9 * expected.abs().max(1.0),
                "{found} {expected}"
            );
        }
        other => panic!("{other:?}"),
    }
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// The nearest-rank percentile.
fn percentile(values: &[f64], percent: usize) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let rank = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(rank - 1).copied()
}

#[test]
fn a_folder_answers_as_its_captures_do() {
    let folder = Folder::new("sql-both");
    let samples = samples();
    folder.export(&[&["--partition", "hour"], &samples[..]].concat());
    let columns = json(&output(&["schema", "tables"]));
    let tables: BTreeSet<_> =
        columns.as_array().unwrap().iter().map(|column| text(column, "/table")).collect();
    for table in tables {
        // Findings and hosts are numbered as they are found, which differs when what is
        // over has left.
        let columns = columns.as_array().unwrap().iter();
        let names: Vec<_> = columns
            .filter(|column| text(column, "/table") == table)
            .map(|column| text(column, "/column"))
            .filter(|name| {
                !["findings.finding", "peers.peer"].contains(&&*format!("{table}.{name}"))
            })
            .collect();
        let order = match table {
            "messages" => "source, frame, call_id",
            "intervals" => "stream, time",
            "peers" => "ip",
            "calls" => "call",
            "streams" => "stream",
            "registrations" => "registration",
            _ => "call, registration, code, stream, frame, title",
        };
        let question = format!("select {} from {table} order by {order}", names.join(", "));
        let of_captures = asked(&[&[&*question], &samples[..]].concat());
        let of_folder = asked(&[&question, folder.path()]);
        assert!(!of_captures.is_empty(), "{table}");
        assert_eq!(of_folder, of_captures, "{table}");
    }
}

#[test]
fn types_survive_parquet_and_come_back() {
    let ndjson = Folder::new("sql-ndjson");
    ndjson.export(&["--format", "ndjson", "samples/answered-call.pcap"]);
    for table in ["calls", "messages", "streams", "intervals"] {
        let rows = asked(&[&format!("select * from {table}"), "samples/answered-call.pcap"]);
        let exported = ndjson.rows(table);
        assert_eq!(rows.len(), exported.len());
        for (row, exported) in rows.iter().zip(&exported) {
            for (key, value) in exported.as_object().unwrap() {
                let is_time = key.ends_with("time") && key != "packet_time";
                let trimmed = |value: &Value| {
                    value
                        .as_str()
                        .map(|text| text.trim_end_matches('Z').trim_end_matches('0').to_owned())
                };
                if is_time {
                    assert_eq!(trimmed(&row[key]), trimmed(value), "{table}.{key}");
                } else {
                    assert_eq!(row[key].as_f64(), value.as_f64(), "{table}.{key}");
                    assert_eq!(row[key].as_str(), value.as_str(), "{table}.{key}");
                }
            }
        }
    }
}

#[test]
fn a_condition_keeps_row_groups_from_being_read() {
    let folder = Folder::new("sql-groups");
    let samples = samples();
    folder.export(&[&["--partition", "hour"], &samples[..]].concat());
    let all = folder.files_of("calls").len();
    assert!(all > 1, "the samples are of several hours");
    let explained = |condition: &str| {
        let question = format!("select call from calls where {condition}");
        output(&["sql", "--explain", &question, folder.path()])
    };
    let read = |condition: &str| explained(condition).lines().last().unwrap().to_owned();
    assert_eq!(read("start_time < '2001-01-01'"), format!("row groups read: 0 of {all}"));
    assert_eq!(
        read("start_time > '2001-01-01T00:00:00Z'"),
        format!("row groups read: {all} of {all}")
    );
    let first = asked(&["select min(start_time) as first from calls", folder.path()]);
    let first = text(&first[0], "/first").to_owned();
    let only_first = format!("start_time <= '{first}'");
    assert_eq!(read(&only_first), format!("row groups read: 1 of {all}"));
    assert_eq!(read("mos < 1.1"), format!("row groups read: 0 of {all}"), "no MOS is that bad");
    assert_eq!(read("caller_user = 'zzz'"), format!("row groups read: 0 of {all}"));
    let plan = explained("mos < 2");
    assert!(plan.contains("SELECTION") && plan.contains("PROJECT 2/"), "{plan}");
}

#[test]
fn groups_that_are_not_read_would_have_had_no_row() {
    let folder = Folder::new("sql-pruned");
    let samples = samples();
    folder.export(&[&["--partition", "hour"], &samples[..]].concat());
    for condition in [
        "start_time > '2026-11-23T06:25:00Z'",
        "mos < 4.0",
        "mos >= 4.4 and callee_ip = '198.51.100.20'",
        "mos is null",
        "status is not null and status between 400 and 499",
        "not (duration_s > 3)",
        "caller_user in ('alice', 'bob')",
        "state = 'cancelled' or ring_ms > 1000",
        "call_id like '%a%'",
        "date_part('minute', start_time) = 23",
        "call > 3 and call < 9 and encrypted",
    ] {
        let question = format!("select call from calls where {condition} order by call");
        let of_captures = asked(&[&[&*question], &samples[..]].concat());
        assert_eq!(asked(&[&question, folder.path()]), of_captures, "{condition}");
    }
}

#[test]
fn several_folders_and_captures_are_asked_together() {
    let folder = Folder::new("sql-several");
    folder.export(&["samples/busy.pcap"]);
    let rows = asked(&[
        "select source, state from calls order by source",
        folder.path(),
        "samples/dtmf.pcap",
        "samples/no-response.pcap",
    ]);
    let states: Vec<_> =
        rows.iter().map(|row| (text(row, "/source"), text(row, "/state"))).collect();
    let expected =
        [("busy.pcap", "rejected"), ("dtmf.pcap", "completed"), ("no-response.pcap", "timed_out")];
    assert_eq!(states, expected);
}

#[test]
fn answers_have_the_forms_of_lists() {
    let question = "select state, mos, start_time is null as unknown from calls";
    let printed = |format| output(&["sql", "--format", format, question, "samples/busy.pcap"]);
    assert_eq!(printed("table"), "state     mos  unknown\nrejected    -  no\n");
    assert_eq!(printed("csv"), "state,mos,unknown\r\nrejected,,false\r\n");
    assert_eq!(printed("json"), "[\n{\"state\":\"rejected\",\"mos\":null,\"unknown\":false}\n]\n");
    assert_eq!(printed("markdown").lines().nth(2), Some("| rejected | - | no |"));
}

#[test]
fn what_cannot_be_asked_is_said_in_a_line() {
    for (arguments, code, why) in [
        (vec!["selec", "samples/busy.pcap"], 2, "SQL"),
        (vec!["select nosuch from calls", "samples/busy.pcap"], 1, "nosuch"),
        (vec!["select 1 from nosuch", "samples/busy.pcap"], 1, "nosuch"),
        (vec!["select * from read_csv('/etc/passwd')", "samples/busy.pcap"], 1, "read_csv"),
        (vec!["select 1 from calls"], 2, "what is asked?"),
        (vec![], 2, "what is the question?"),
        (vec!["--view", "nosuch", "samples/busy.pcap"], 2, "worst_peers"),
        (vec!["select 1 from calls", "/nonexistent"], 1, "/nonexistent"),
    ] {
        let run = run(&[&["sql"], &arguments[..]].concat());
        assert_eq!((run.code, &*run.out), (code, ""), "{arguments:?}: {}", run.err);
        assert!(run.err.contains(why) && run.err.lines().count() == 1, "{}", run.err);
    }
}

#[test]
fn a_folder_of_csv_is_not_asked() {
    let folder = Folder::new("sql-csv");
    folder.export(&["--format", "csv", "samples/busy.pcap"]);
    let run = run(&["sql", "select 1 from calls", folder.path()]);
    assert_eq!(run.code, 2);
    assert!(run.err.contains("--format parquet"), "{}", run.err);
}

#[test]
fn every_shipped_question_is_listed_and_can_be_named_in_sql() {
    let listed = json(&output(&["sql", "--list", "--format", "json"]));
    let names: Vec<_> = listed.as_array().unwrap().iter().map(|one| text(one, "/name")).collect();
    assert_eq!(names.len(), 8);
    for name in names {
        let question = format!("select count(*) as n from {name}");
        let rows = asked(&[&[&*question], &samples()[..]].concat());
        assert_eq!(rows[0]["n"], view(name).len(), "{name}");
    }
}

#[test]
fn peers_by_hour_are_those_of_the_report() {
    let report = report();
    let mut groups: BTreeMap<(String, String), Vec<&Value>> = BTreeMap::new();
    for call in list(&report, "calls") {
        let hour = format!("{}:00Z", &text(call, "/start_time")[..13]);
        let peer = text(call, "/callee/address/ip").to_owned();
        groups.entry((peer, hour)).or_default().push(call);
    }
    let rows = view("peers_by_hour");
    assert_eq!(rows.len(), groups.len());
    for (row, ((peer, hour), calls)) in rows.iter().zip(groups) {
        assert_eq!((text(row, "/peer"), text(row, "/hour")), (&*peer, &*hour));
        let sum = |path: &str| calls.iter().filter_map(|call| number(call, path)).sum::<f64>();
        let values =
            |path: &str| calls.iter().filter_map(|call| number(call, path)).collect::<Vec<_>>();
        let attempts = sum("/attempts/count");
        assert_eq!(row["calls"], calls.len());
        close(&row["attempts"], Some(attempts));
        close(&row["asr_percent"], Some(100.0 * sum("/attempts/answered") / attempts));
        close(&row["ner_percent"], Some(100.0 * sum("/attempts/reached") / attempts));
        close(&row["acd_s"], mean(&values("/duration_s")));
        close(&row["pdd_p50_ms"], percentile(&values("/post_dial_delay_ms"), 50));
        close(&row["pdd_p95_ms"], percentile(&values("/post_dial_delay_ms"), 95));
    }
}

#[test]
fn all_peers_together_have_the_ratios_of_the_summary() {
    let report = report();
    let rows = asked(
        &[
            &["select 100.0 * sum(attempts_answered) / sum(attempts) as asr_percent, \
               100.0 * sum(attempts_reached) / sum(attempts) as ner_percent, \
               avg(duration_s) as acd_s from calls"],
            &samples()[..],
        ]
        .concat(),
    );
    for name in ["asr_percent", "ner_percent", "acd_s"] {
        let (found, summary) =
            (rows[0][name].as_f64().unwrap(), number(&report["summary"], &format!("/{name}")));
        assert!((found - summary.unwrap()).abs() < 1e-5, "{name}: {found} {summary:?}");
    }
}

#[test]
fn worst_peers_are_ordered_by_what_is_heard_of_them() {
    let report = report();
    let mut groups: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for stream in list(&report, "streams") {
        if number(stream, "/quality/mos_lq").is_some() && stream["call"].is_string() {
            groups.entry(text(stream, "/src/ip")).or_default().push(stream);
        }
    }
    let calls = |streams: &[&Value]| {
        streams.iter().map(|stream| text(stream, "/call")).collect::<BTreeSet<_>>().len()
    };
    let enough = groups.values().map(|streams| calls(streams)).max().unwrap().min(10);
    groups.retain(|_, streams| calls(streams) >= enough);
    let rows = view("worst_peers");
    assert_eq!(rows.len(), groups.len());
    assert!(rows.is_sorted_by(|a, b| a["mos_mean"].as_f64() <= b["mos_mean"].as_f64()));
    for row in &rows {
        let streams = &groups[text(row, "/peer")];
        let values =
            |path: &str| streams.iter().filter_map(|one| number(one, path)).collect::<Vec<_>>();
        let mos = values("/quality/mos_lq");
        assert_eq!(
            (&row["calls"], &row["streams"]),
            (&calls(streams).into(), &streams.len().into())
        );
        close(&row["mos_mean"], mean(&mos));
        close(&row["mos_p5"], percentile(&mos, 5));
        let bad = mos.iter().filter(|mos| **mos < 3.6).count() as f64;
        close(&row["bad_percent"], Some(100.0 * bad / mos.len() as f64));
        close(&row["lost_percent"], mean(&values("/lost_percent")));
        close(&row["jitter_ms"], mean(&values("/jitter_ms/mean")));
    }
}

#[test]
fn failures_by_route_are_the_refusals_of_the_report() {
    let report = report();
    let mut groups: BTreeMap<(&str, &str, u64), u64> = BTreeMap::new();
    for call in list(&report, "calls") {
        let Some(status) = call.pointer("/final_status/code").and_then(Value::as_u64) else {
            continue;
        };
        if status >= 400 {
            let route =
                (text(call, "/caller/address/ip"), text(call, "/callee/address/ip"), status);
            *groups.entry(route).or_default() += 1;
        }
    }
    let rows = view("failures_by_route");
    let found: BTreeMap<_, _> = rows
        .iter()
        .map(|row| {
            let route =
                (text(row, "/caller_ip"), text(row, "/callee_ip"), row["status"].as_u64().unwrap());
            (route, row["calls"].as_u64().unwrap())
        })
        .collect();
    assert_eq!((found, rows.len()), (groups.clone(), groups.len()));
}

#[test]
fn codecs_share_all_streams() {
    let report = report();
    let mut groups: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for stream in list(&report, "streams") {
        let payloads = stream["payloads"].as_array().unwrap().iter();
        let most = payloads.rev().max_by_key(|payload| payload["packets"].as_u64()).unwrap();
        let codec = most["codec"]
            .as_str()
            .map_or_else(|| format!("payload type {}", most["payload_type"]), str::to_owned);
        let group = groups.entry(codec).or_default();
        group.0 += 1;
        group.1 += stream["packets"].as_u64().unwrap();
    }
    let (streams, packets) =
        groups.values().fold((0, 0), |(a, b), (streams, packets)| (a + streams, b + packets));
    let rows = view("codec_share");
    assert_eq!(rows.len(), groups.len());
    for row in &rows {
        let (of_streams, of_packets) = groups[text(row, "/codec")];
        assert_eq!((&row["streams"], &row["packets"]), (&of_streams.into(), &of_packets.into()));
        close(&row["streams_percent"], Some(100.0 * of_streams as f64 / streams as f64));
        close(&row["packets_percent"], Some(100.0 * of_packets as f64 / packets as f64));
    }
}

#[test]
fn the_busiest_minute_comes_first() {
    let report = report();
    let mut groups: BTreeMap<String, (u64, u64)> = BTreeMap::new();
    for call in list(&report, "calls") {
        let group = groups.entry(format!("{}Z", &text(call, "/start_time")[..16])).or_default();
        group.0 += 1;
        group.1 += call["attempts"]["answered"].as_u64().unwrap();
    }
    let rows = view("busiest_minutes");
    assert!(rows.is_sorted_by_key(|row| std::cmp::Reverse(row["calls"].as_u64())));
    let found: BTreeMap<_, _> = rows
        .iter()
        .map(|row| {
            let counts = (row["calls"].as_u64().unwrap(), row["answered"].as_u64().unwrap());
            (text(row, "/minute").to_owned(), counts)
        })
        .collect();
    assert_eq!(found, groups);
}

#[test]
fn concurrent_calls_are_those_begun_and_not_over() {
    let report = report();
    let mut moments = BTreeSet::new();
    let calls: Vec<_> = list(&report, "calls")
        .iter()
        .map(|call| (text(call, "/start_time"), call["end_time"].as_str()))
        .collect();
    for (start, end) in &calls {
        moments.insert(*start);
        moments.extend(*end);
    }
    let rows = view("concurrent_calls");
    assert_eq!(rows.len(), moments.len());
    for (row, moment) in rows.iter().zip(moments) {
        let under_way = calls
            .iter()
            .filter(|(start, end)| *start <= moment && end.is_none_or(|end| end > moment))
            .count();
        assert_eq!(row["calls"], under_way, "{moment}");
    }
}

#[test]
fn registrations_are_counted_by_user_agent() {
    let report = report();
    let mut groups: BTreeMap<Option<&str>, Vec<&Value>> = BTreeMap::new();
    for registration in list(&report, "registrations") {
        groups.entry(registration["user_agent"].as_str()).or_default().push(registration);
    }
    let rows = view("registrations_by_agent");
    assert!(!groups.is_empty());
    assert_eq!(rows.len(), groups.len());
    for row in &rows {
        let group = &groups[&row["user_agent"].as_str()];
        let sum = |name: &str| group.iter().filter_map(|one| one[name].as_u64()).sum::<u64>();
        let delays: Vec<_> = group.iter().filter_map(|one| one["delay_ms"].as_f64()).collect();
        assert_eq!(row["registrations"], group.len());
        for name in ["attempts", "succeeded", "failed"] {
            assert_eq!(row[name], sum(name), "{name}");
        }
        close(
            &row["succeeded_percent"],
            Some(100.0 * sum("succeeded") as f64 / sum("attempts") as f64),
        );
        close(&row["delay_p50_ms"], percentile(&delays, 50));
    }
    // As the summary, which counts them by itself, has them.
    for group in report["summary"]["by_user_agent"]["groups"].as_array().unwrap() {
        let attempts = group["figures"]["registration_attempts"].as_u64().unwrap();
        if attempts > 0 {
            let row = rows.iter().find(|row| row["user_agent"] == group["user_agent"]).unwrap();
            assert_eq!(row["attempts"], attempts);
        }
    }
}

/// Two streams of different calls lose packets at the same time, a third does not.
const BAD_MINUTE: &str = "
    hosts: A 192.0.2.10:5060 alice, B 198.51.100.20:5060 bob, C 192.0.2.11:5060 carol
    0    A>B INVITE call=1 sdp(A:4000 PCMU)
    0.1  C>B INVITE call=2 sdp(C:4000 PCMU)
    0.5  B>A 200 call=1 sdp(B:5000 PCMU)
    0.5  B>C 200 call=2 sdp(B:5002 PCMU)
    0.6  A>B ACK call=1
    0.6  C>B ACK call=2
    1    A>B rtp 900 call=1 lose 20..80
    1    C>B rtp 900 call=2 lose 30..90
    1    B>A rtp 900 call=1";

#[test]
fn streams_that_share_a_bad_minute_are_those_whose_stretches_are_bad() {
    let folder = Folder::new("sql-minutes");
    std::fs::create_dir_all(folder.path()).unwrap();
    let path = folder.join("bad.pcap");
    std::fs::write(&path, Scenario::parse(BAD_MINUTE).pcap()).unwrap();
    let path = path.to_str().unwrap();
    let report = json(&output(&["analyze", "--json", path]));
    let mut minutes: BTreeMap<String, (BTreeSet<&str>, f64)> = BTreeMap::new();
    for stream in list(&report, "streams") {
        let begin = siplens::query::tables::nanos(text(stream, "/first_time")).unwrap();
        for interval in stream["intervals"].as_array().unwrap() {
            let Some(mos) = number(interval, "/mos").filter(|mos| *mos < 3.6) else { continue };
            // All of it is within the first minutes of an hour.
            let seconds = begin as f64 / 1e9 + number(interval, "/offset_s").unwrap();
            let minute = (seconds / 60.0).floor() % 60.0;
            let at = format!("{}:{minute:02.0}Z", &text(stream, "/first_time")[..13]);
            let (streams, least) = minutes.entry(at).or_insert((BTreeSet::new(), mos));
            streams.insert(text(stream, "/id"));
            *least = least.min(mos);
        }
    }
    minutes.retain(|_, (streams, _)| streams.len() > 1);
    let rows = asked(&["--view", "bad_minutes", path]);
    assert!(!minutes.is_empty());
    assert_eq!(rows.len(), minutes.len());
    for row in &rows {
        let (streams, least) = &minutes[text(row, "/minute")];
        assert_eq!((&row["streams"], &row["senders"]), (&streams.len().into(), &2.into()));
        assert_eq!(row["receivers"], 1);
        close(&row["mos_min"], Some(*least));
    }
}
