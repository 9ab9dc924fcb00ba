//! `--max-memory`: what is told is the same, and what had to be let go is said.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::Value;

use crate::capture_file::{ETHERNET, MICROS, Order, pcap_header, pcap_record};
use crate::program::{output, run};
use crate::source_reading::Scratch;
use crate::traffic::{EPOCH, Format, Held, Plan, SECOND, write};

/// Calls of every outcome, of which a quarter is alive or lingers at any time.
fn plan() -> Plan {
    Plan {
        calls: 1_600,
        rate: 12.0,
        talk: 6 * SECOND,
        media: false,
        mix: [60, 15, 10, 8, 4, 3],
        ..Plan::default()
    }
}

/// Without what depends on when a row was written.
fn by_call_id(report: &Value) -> BTreeMap<String, Value> {
    let code = |row: &Value| (row["id"].clone(), row["code"].clone());
    let findings: Vec<_> = report["findings"].as_array().unwrap().iter().map(code).collect();
    let calls = report["calls"].as_array().unwrap().iter().map(|row| {
        let mut row = row.clone();
        row["id"] = Value::Null;
        for name in row["findings"].as_array_mut().unwrap() {
            *name = findings.iter().find(|(id, _)| id == name).unwrap().1.clone();
        }
        (row["legs"][0]["call_id"].as_str().unwrap().to_owned(), row)
    });
    calls.collect()
}

#[test]
fn what_leaves_does_not_depend_on_the_threads() {
    let scratch = Scratch::new("max-memory-threads");
    let media = Plan { calls: 300, rate: 10.0, talk: 2 * SECOND, ..Plan::default() };
    let many = Plan { calls: 8_000, rate: 60.0, ..plan() };
    // 64M is for one thread, whatever is asked for; 128M is for two.
    for (name, memory, plan) in
        [("calls", "64M", plan()), ("media", "64M", media), ("many", "128M", many)]
    {
        let path = scratch.0.join(format!("{name}.pcap"));
        let mut file = std::fs::File::create(&path).unwrap();
        write(&plan, Format::Pcap, &mut file, &mut |_| Ok(())).unwrap();
        let path = path.to_str().unwrap();
        for form in ["--json", "--json-lines"] {
            let with = |threads| {
                let bound = ["--max-memory", memory, "--threads", threads];
                output(&[&["analyze", form, path][..], &bound].concat())
            };
            let alone = with("1");
            assert!(alone == with("2") && alone == with("7"), "{name} {form}");
        }
    }
}

/// What the kernel says a process took at most, in KB, looked at until it ends.
#[cfg(target_os = "linux")]
fn peak_of(command: &mut std::process::Command) -> u64 {
    let mut child = command.stdout(std::process::Stdio::null()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    while child.try_wait().unwrap().is_none() {
        let status = std::fs::read_to_string(&status).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse().ok());
        peak = peak.max(kilobytes.unwrap_or(0));
        std::thread::sleep(std::time::Duration::from_micros(500));
    }
    assert!(child.wait().unwrap().success());
    peak
}

#[cfg(target_os = "linux")]
#[test]
fn the_least_memory_is_enough() {
    // A program built for tests is larger than one for use, whose 30 MB leave 34 of 64.
    const LEFT: u64 = 34 << 10;
    let scratch = Scratch::new("max-memory-peak");
    let peak = |path: &std::path::Path| {
        let mut siplens = std::process::Command::new(env!("CARGO_BIN_EXE_siplens"));
        siplens.args(["analyze", "--json", "--no-progress", "--max-memory", "64M"]).arg(path);
        peak_of(&mut siplens)
    };
    let sample = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/busy.pcap");
    let least = peak(&sample);
    let many = Plan { calls: 12_000, rate: 200.0, talk: 20 * SECOND, ..plan() };
    let media = Plan { calls: 400, rate: 40.0, talk: 8 * SECOND, ..Plan::default() };
    for (name, plan) in [("calls", many), ("media", media)] {
        let path = scratch.0.join(format!("{name}.pcap"));
        let mut file = std::fs::File::create(&path).unwrap();
        write(&plan, Format::Pcap, &mut file, &mut |_| Ok(())).unwrap();
        let peak = peak(&path);
        assert!((least..least + LEFT).contains(&peak), "{name}: {peak} KB, {least} for one call");
    }
}

#[test]
fn the_report_is_the_same_whatever_left_early() {
    let scratch = Scratch::new("max-memory");
    let path = scratch.0.join("calls.pcap");
    let mut file = std::fs::File::create(&path).unwrap();
    write(&plan(), Format::Pcap, &mut file, &mut |_| Ok(())).unwrap();
    let path = path.to_str().unwrap();
    let json = |more: &[&str]| -> Value {
        let report = output(&[&["analyze", "--json", path][..], more].concat());
        serde_json::from_str(&report).unwrap()
    };
    let (whole, bounded) = (json(&[]), json(&["--max-memory", "64M"]));
    crate::schema::assert_valid(&bounded);
    assert_eq!(whole["summary"], bounded["summary"]);
    assert_eq!(whole["capture"], bounded["capture"]);
    assert_eq!(by_call_id(&whole), by_call_id(&bounded));
    // Rows come as they left, with names that nothing else has.
    let ids = |report: &Value| -> Vec<String> {
        let ids = report["calls"].as_array().unwrap().iter();
        ids.map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    let (mut names, ordered) = (ids(&bounded), ids(&whole));
    assert_ne!(names, ordered, "nothing left early");
    let mut sorted = ordered;
    names.sort_unstable();
    sorted.sort_unstable();
    assert_eq!(names, sorted);
    let lines = output(&["analyze", "--json-lines", "--max-memory", "64M", path]);
    assert_eq!(lines.lines().count(), 1_600);
    // A list of calls has those that are left, and says so.
    let listed = run(&["calls", "--format", "csv", "--max-memory", "64M", path]);
    assert!((1..1_500).contains(&listed.out.lines().count()));
    assert!(listed.err.contains("calls that left to stay within 64 MiB"), "{}", listed.err);
}

#[test]
fn the_summary_is_the_same_where_calls_had_to_leave_before_they_were_over() {
    let scratch = Scratch::new("max-memory-short");
    let path = scratch.0.join("calls.pcap");
    let many = Plan { calls: 6_000, rate: 200.0, talk: 20 * SECOND, ..plan() };
    let mut file = std::fs::File::create(&path).unwrap();
    write(&many, Format::Pcap, &mut file, &mut |_| Ok(())).unwrap();
    let path = path.to_str().unwrap();
    let json = |more: &[&str]| -> Value {
        let report = output(&[&["analyze", "--json", path][..], more].concat());
        serde_json::from_str(&report).unwrap()
    };
    let (mut whole, mut bounded) = (json(&[]), json(&["--max-memory", "64M"]));
    let problems = bounded["capture"]["problems"].as_array().unwrap();
    let evicted = problems.iter().find(|row| row["code"] == "track.conversation-evicted");
    let evicted = evicted.unwrap()["count"].as_u64().unwrap();
    assert!(evicted > 2_000, "{evicted} evicted");
    for report in [&mut whole, &mut bounded] {
        // Which pairs of peers are listed when there are too many depends on who comes first.
        report["summary"]["by_peer"].take();
    }
    assert_eq!(whole["summary"], bounded["summary"]);
    assert_eq!(bounded["calls"].as_array().unwrap().len(), 6_000);
    // So are the counts of calls and what they have in common.
    let counted = |more: &[&str]| -> Vec<Value> {
        let all = run(&[&["stats", "--format", "json", path][..], more].concat()).out;
        serde_json::from_str(&all).unwrap()
    };
    let of_calls = |more: &[&str]| {
        let mut rows = counted(more);
        // Messages that came later are in none of these.
        let of_rows = ["responses", "requests", "transports", "findings"];
        rows.retain(|row| !of_rows.contains(&row["section"].as_str().unwrap()));
        rows
    };
    let bound = ["--max-memory", "64M"];
    assert_eq!(of_calls(&bound), of_calls(&[]));
    for by in ["hour", "ua", "prefix"] {
        let trend = ["--by", by, "--of", "duration"];
        assert_eq!(counted(&[&trend[..], &bound].concat()), counted(&trend));
    }
    // Tables have the rows as they left, and say so.
    let folder = scratch.0.join("tables");
    let to = ["export", "--format", "csv", "-o", folder.to_str().unwrap(), path];
    let torn = run(&[&to[..], &["--max-memory", "64M"]].concat());
    assert!(torn.code == 0 && torn.err.contains("before they were over"), "{}", torn.err);
}

#[test]
fn what_cannot_be_is_said() {
    let sample = "samples/answered-call.pcap";
    for (arguments, message) in [
        (&["stats", "--max-memory", "much"][..], "expected a size"),
        (&["stats", "--max-memory", "1M"], "not enough"),
        (&["analyze", "--json", "--pretty", "--max-memory", "100M"], "cannot be used with"),
        (&["analyze", "--audio-analysis", "--max-memory", "100M"], "leave --max-memory out"),
    ] {
        let run = run(&[arguments, &[sample]].concat());
        assert_eq!(run.code, 2, "{arguments:?}");
        assert!(run.err.contains(message), "{}", run.err);
    }
}

/// An INVITE of a Call-ID that nobody has.
fn spoofed(number: u32) -> Vec<u8> {
    let [_, a, b, c] = number.wrapping_mul(0x9e37_79b1).to_be_bytes();
    let text = format!(
        "INVITE sip:{number}@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.{a}.{b}.{c};branch=z9hG4bK{number}\r\n\
         From: <sip:x@10.{a}.{b}.{c}>;tag={number}\r\nTo: <sip:{number}@192.0.2.2>\r\n\
         Call-ID: {number:08x}-{a}{b}{c}@10.{a}.{b}.{c}\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
    );
    let udp = u16::try_from(text.len() + 8).unwrap().to_be_bytes();
    let ip = u16::try_from(text.len() + 28).unwrap().to_be_bytes();
    let ethernet = [2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0];
    let header = [0x45, 0, ip[0], ip[1], 0, 1, 0, 0, 64, 17, 0, 0, 10, a, b, c, 192, 0, 2, 2];
    let ports = [0x13, 0xc4, 0x13, 0xc4, udp[0], udp[1], 0, 0];
    [&ethernet[..], &header, &ports, text.as_bytes()].concat()
}

#[test]
fn calls_are_told_in_a_flood_of_spoofed_ones() {
    let plan = Plan { calls: 60, rate: 2.0, talk: 10 * SECOND, media: false, ..Plan::default() };
    let real = Held::new(&plan);
    let scratch = Scratch::new("spoofed");
    let path = scratch.0.join("flood.pcap");
    let mut file = std::io::BufWriter::new(std::fs::File::create(&path).unwrap());
    file.write_all(&pcap_header(Order::Little, MICROS, ETHERNET)).unwrap();
    let mut put = |at: u64, bytes: &[u8]| {
        let seconds = u32::try_from(EPOCH + at / SECOND).unwrap();
        let micros = u32::try_from(at % SECOND / 1_000).unwrap();
        file.write_all(&pcap_record(Order::Little, seconds, micros, bytes)).unwrap();
    };
    // 12,000 within the 42 seconds of the real calls.
    let (count, apart) = (12_000_u32, 42 * SECOND / 12_000);
    let mut next = 0;
    for (index, frame) in real.iter().enumerate() {
        while next < count && u64::from(next) * apart < real.at(index) {
            put(u64::from(next) * apart, &spoofed(next));
            next += 1;
        }
        put(real.at(index), frame.bytes);
    }
    drop(file);
    let text = output(&["analyze", "--max-memory", "64M", path.to_str().unwrap()]);
    let has = |what: &str| assert!(text.contains(what), "{what} is not in\n{text}");
    let calls = text.lines().find(|line| line.starts_with("Calls:")).unwrap().replace(',', "");
    assert!(calls.starts_with(&format!("Calls: {}  60 answered", next + 60)), "{calls}");
    has("reported before they were over, to stay within the memory allowed");
    has("left to stay within 64 MiB");
}
