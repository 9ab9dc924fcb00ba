//! `siplens cdr`: call detail records, column by column.

use crate::program::{output, run, run_with, siplens};

/// The records as lists of fields, the headings first where there are some.
fn records(arguments: &[&str]) -> Vec<Vec<String>> {
    let text = output(&[&["cdr"], arguments].concat());
    assert!(text.ends_with("\r\n"));
    text.split_terminator("\r\n").map(fields).collect()
}

/// The fields of a record (RFC 4180 section 2).
fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut quoted = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' if quoted && letters.peek() == Some(&'"') => {
                fields.last_mut().unwrap().push('"');
                letters.next();
            }
            '"' => quoted = !quoted,
            ',' if !quoted => fields.push(String::new()),
            other => fields.last_mut().unwrap().push(other),
        }
    }
    fields
}

/// The named columns of each record.
fn columns<'a>(records: &'a [Vec<String>], names: &[&str]) -> Vec<Vec<&'a str>> {
    let (headings, rows) = records.split_first().unwrap();
    let place = |name: &&str| headings.iter().position(|heading| heading == name).unwrap();
    let places: Vec<_> = names.iter().map(place).collect();
    rows.iter().map(|row| places.iter().map(|place| &*row[*place]).collect()).collect()
}

#[test]
fn a_record_says_what_is_billed() {
    let all = records(&["samples/two-calls-of-many.pcap"]);
    let names = ["from", "to", "disposition", "talk_s", "billed_s", "status", "q850", "q850_by"];
    assert_eq!(
        columns(&all, &names),
        [
            ["alice", "bob", "ANSWERED", "4.007512", "5", "200", "16", "release"],
            ["erin", "dave", "ANSWERED", "2.507398", "3", "200", "16", "release"],
            ["erin", "carol", "BUSY", "", "0", "486", "17", "status"],
            ["alice", "dave", "NO ANSWER", "", "0", "487", "", ""],
            ["erin", "bob", "ANSWERED", "3.007877", "4", "200", "16", "release"],
        ]
    );
    let minutes = records(&["--increment", "60/6", "samples/two-calls-of-many.pcap"]);
    let billed: Vec<_> = columns(&minutes, &["billed_s"]).concat();
    assert_eq!(billed, ["60", "60", "0", "0", "60"]);
}

#[test]
fn the_charged_party_is_who_the_network_says() {
    let all = records(&["samples/identity.pcap"]);
    let report = output(&["analyze", "--json", "samples/identity.pcap"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let identity = &report["calls"][0]["identity"];
    let asserted = identity["p_asserted_identity"][0]["user"].as_str().unwrap();
    let diverting = identity["diversion"][0]["user"].as_str().unwrap();
    assert_eq!(
        columns(&all, &["asserted", "diverted_by", "charged"]),
        [[asserted, diverting, diverting]]
    );
}

#[test]
fn a_call_without_its_end_is_not_billed() {
    // Without its BYE: the first four bytes behind UDP's header.
    let part = ["--filter", "not (udp[8:4] == 0x42594520)", "samples/answered-call.pcap"];
    let all = records(&part);
    let row = columns(&all, &["disposition", "complete", "talk_s", "billed_s", "end"]).concat();
    assert_eq!(row, ["ANSWERED", "false", "", "", ""]);
}

#[test]
fn asterisk_and_freeswitch_find_their_columns() {
    let asterisk = records(&["--layout", "asterisk", "samples/answered-call.pcap"]);
    assert_eq!(
        asterisk,
        [[
            "",
            "alice",
            "bob",
            "",
            "\"Alice\" <alice>",
            "192.0.2.10:5060",
            "198.51.100.20:5060",
            "",
            "",
            "2026-11-23 06:22:50",
            "2026-11-23 06:22:51",
            "2026-11-23 06:22:57",
            "7",
            "7",
            "ANSWERED",
            "DOCUMENTATION",
            "d0899a9f0d1dce40",
            ""
        ]]
    );
    let freeswitch = records(&["--layout", "freeswitch", "samples/busy.pcap"]);
    assert_eq!(freeswitch[0][..3], ["Alice", "alice", "bob"]);
    assert_eq!(freeswitch[0][7..11], ["0", "0", "USER_BUSY", "941857ca1ac44c62"]);
}

#[test]
fn a_layout_of_ones_own_is_a_file() {
    let path = std::env::temp_dir().join(format!("siplens-cdr-{}.map", std::process::id()));
    let text = "# ours\n\"A number\" = from | upper\nwhen = start | unix\ntrunk = \"north, 1\"\n";
    std::fs::write(&path, text).unwrap();
    let file = path.to_str().unwrap();
    let written = records(&["--layout", file, "samples/busy.pcap"]);
    assert_eq!(written, [["A number", "when", "trunk"], ["ALICE", "1795414980", "north, 1"]]);
    std::fs::write(&path, "from = form\n").unwrap();
    let wrong = run(&["cdr", "--layout", file, "samples/busy.pcap"]);
    let _ = std::fs::remove_file(&path);
    assert_eq!(wrong.code, 2);
    assert!(wrong.err.contains("line 1: form: no such field; did you mean from?"), "{}", wrong.err);
    // What is printed to begin with is a layout itself.
    let own = output(&["cdr", "--show-layout", "siplens"]);
    std::fs::write(&path, own).unwrap();
    let own = records(&["--layout", file, "samples/busy.pcap"]);
    let _ = std::fs::remove_file(&path);
    assert_eq!(own, records(&["samples/busy.pcap"]));
}

#[test]
fn calls_are_chosen_and_read_from_standard_input() {
    let chosen =
        records(&["-w", "state == completed", "--no-header", "samples/two-calls-of-many.pcap"]);
    assert_eq!(chosen.len(), 3);
    let bytes =
        std::fs::read(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples/busy.pcap"));
    let read = run_with(siplens(&["cdr", "-"]), &bytes.unwrap());
    assert_eq!((read.code, read.out), (0, output(&["cdr", "samples/busy.pcap"])));
}

#[test]
fn legs_are_one_record_unless_they_stay_apart() {
    let joined = records(&["samples/b2bua.pcap", "--no-header"]).len();
    let apart = records(&["samples/b2bua.pcap", "--no-header", "--no-join"]).len();
    assert_eq!((joined, apart), (1, 2));
}
