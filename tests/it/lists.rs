//! Commands that list rows: what is chosen, in which order, in which form.

use serde_json::Value;

use crate::program::{output, run, run_with, siplens};
use crate::scenario::Scenario;

/// What the program prints of a scenario on standard input.
#[track_caller]
fn printed(arguments: &[&str], scenario: &str) -> String {
    let run = run_with(siplens(arguments), &Scenario::parse(scenario).pcap());
    assert_eq!((run.code, &*run.err), (0, ""), "{arguments:?}");
    run.out
}

const CALLS: &str = "
    0   A>B INVITE call=1 from=<sip:carol@example.com>
    0.3 B>A 486 call=1
    1   A>B INVITE call=2 from=<sip:alice@example.com>
    1.1 B>A 180 call=2
    1.5 B>A 603 call=2
    2   A>B INVITE call=3 from=<sip:bob@example.com>
    2.4 B>A 180 call=3
    2.5 B>A 404 call=3";

fn column(arguments: &[&str]) -> Vec<String> {
    let all = [&["calls", "-", "--no-header", "--columns", "from"], arguments].concat();
    printed(&all, CALLS).lines().map(str::to_owned).collect()
}

#[test]
fn rows_are_chosen_sorted_and_limited() {
    assert_eq!(column(&[]), ["carol", "alice", "bob"]);
    assert_eq!(column(&["--sort", "from"]), ["alice", "bob", "carol"]);
    assert_eq!(column(&["--sort", "-status"]), ["alice", "carol", "bob"]);
    assert_eq!(column(&["--sort", "pdd"]), ["alice", "bob", "carol"], "what is not known is last");
    assert_eq!(column(&["--sort", "-pdd"]), ["bob", "alice", "carol"], "either way");
    assert_eq!(column(&["--limit", "2"]), ["carol", "alice"]);
    assert_eq!(column(&["--sort", "-call", "--limit", "1"]), ["bob"]);
    assert_eq!(column(&["--where", "status in (400..499)"]), ["carol", "bob"]);
    assert_eq!(column(&["-w", "status == 486", "-s", "from"]), ["carol"]);
    assert_eq!(column(&["--number", "bob", "--where", "call == 3"]), ["bob"], "numbers stay");
}

#[test]
fn nothing_is_said_as_nothing() {
    let none = &["calls", "-", "--where", "call == 9"];
    assert_eq!(printed(none, CALLS), "No calls.\n");
    let form = |format| {
        printed(&[&none[..], &["--columns", "call,from", "--format", format]].concat(), CALLS)
    };
    assert_eq!(form("csv"), "call,from\r\n");
    assert_eq!(form("json"), "[]\n");
    assert_eq!(form("ndjson"), "");
    assert_eq!(form("markdown"), "| \\# | From |\n| ---: | --- |\n");
}

#[test]
fn json_and_ndjson_have_the_same_rows() {
    let rows = |format| printed(&["calls", "-", "--columns", "all", "--format", format], CALLS);
    let json: Vec<Value> = serde_json::from_str(&rows("json")).unwrap();
    let lines: Vec<Value> =
        rows("ndjson").lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(json, lines);
    assert_eq!(json[1]["pdd_ms"], 100.0);
    assert_eq!(json[0]["pdd_ms"], Value::Null);
    assert_eq!((&json[0]["call"], &json[0]["status"]), (&1.into(), &486.into()));
    assert_eq!(json[0]["methods"], serde_json::json!(["INVITE"]));
}

#[test]
fn wrong_words_are_told_with_the_nearest_right_ones() {
    for (arguments, said) in [
        (&["--columns", "frm"][..], "did you mean from?"),
        (&["--sort", "-durtion"], "did you mean duration?"),
        (&["--where", "stat == x"], "did you mean state?"),
        (&["--format", "xml"], "possible values: table, csv, json, markdown, ndjson"),
    ] {
        let run = run(&[&["calls", "samples/busy.pcap"], arguments].concat());
        assert_eq!((run.code, run.out.is_empty()), (2, true), "{arguments:?}");
        assert!(run.err.contains(said), "{}", run.err);
    }
}

#[test]
fn columns_are_told_without_a_file() {
    assert_eq!(output(&["calls", "--columns", "help"]), output(&["where", "calls"]));
    assert_eq!(output(&["streams", "-c", "help"]), output(&["where", "streams"]));
}

/// Names that try to be more than text.
const HOSTILE: &str = r#"
    0   A>B INVITE call=1 from='"=cmd|calc" <sip:=1+1@example.com>' to='<sip:a%22%2Cb@example.com>'
    0.1 B>A 486 '\e[2J|<b>' call=1
    0.2 A>B ACK call=1"#;

#[test]
fn texts_are_nothing_but_text_in_every_format() {
    let form = |format: &str, more: &[&str]| {
        let all = [&["calls", "-", "-c", "from,to,reason", "--format", format], more];
        printed(&all.concat(), HOSTILE)
    };
    for format in ["table", "csv", "json", "markdown", "ndjson"] {
        let text = form(format, &[]);
        assert!(!text.contains(|c: char| c.is_control() && !"\r\n".contains(c)), "{text:?}");
    }
    assert!(
        form("csv", &[]).contains("\n=1+1,\"a\"\",b\",\\u{1b}[2J|<b>\r\n"),
        "{}",
        form("csv", &[])
    );
    assert!(form("csv", &["--spreadsheet"]).contains("\n'=1+1,"));
    assert!(form("markdown", &[]).contains("\\[2J\\|&lt;b&gt; |"), "{}", form("markdown", &[]));
}

#[test]
fn text_is_fitted_to_a_width_and_whole_in_a_pipe() {
    let long = format!("0 A>B INVITE from=<sip:{}@example.com>\n1 B>A 486", "x".repeat(150));
    let wide = printed(&["calls", "-"], &long);
    assert!(wide.contains(&"x".repeat(150)));
    let fitted = printed(&["calls", "-", "--width", "100"], &long);
    assert!(fitted.lines().all(|line| line.chars().count() <= 130), "{fitted}");
    assert!(fitted.contains("xxx\u{2026}"), "{fitted}");
}

#[test]
fn colours_are_for_tables_on_terminals() {
    let with = |arguments: &[&str]| output(&[&["calls", "samples/busy.pcap"], arguments].concat());
    assert!(with(&["--color", "always"]).contains('\u{1b}'));
    assert!(!with(&[]).contains('\u{1b}'));
    assert!(!with(&["--color", "always", "--format", "csv"]).contains('\u{1b}'));
}

#[test]
fn reports_and_ladders_take_expressions_too() {
    let report = printed(&["analyze", "--json", "--where", "from == bob", "-"], CALLS);
    let report: Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["summary"]["calls"], 1);
    assert_eq!(report["calls"][0]["id"], "call-3", "the number is that of the whole capture");
    let ladder = printed(&["ladder", "--where", "status == 603", "-"], CALLS);
    assert!(ladder.starts_with("call-2 ") && !ladder.contains("call-1"), "{ladder}");
    assert!(printed(&["stats", "--where", "call == 2", "-"], CALLS).contains("603 Decline"));
}

#[test]
fn a_frame_or_a_call_is_shown_as_it_was_sent() {
    let scenario = "0 A>B INVITE call=1 sdp(A:4000 PCMU)\n1 B>A 486 call=1\n2 A>B OPTIONS call=2";
    let frame = printed(&["show", "2", "-"], scenario);
    assert!(
        frame.contains("\nSIP/2.0 486 Busy Here\n") && !frame.contains("INVITE sip:"),
        "{frame}"
    );
    let raw = printed(&["show", "1", "--raw", "-"], scenario);
    assert!(raw.starts_with("INVITE sip:") && raw.contains("\r\nm=audio 4000 "), "{raw:?}");
    let missing = run(&["show", "9999", "samples/busy.pcap"]);
    assert!(missing.code == 1 && missing.err.contains("there is no frame 9999"), "{}", missing.err);
    let call = output(&["show", "call-1", "samples/tcp-call.pcap"]);
    assert!(
        call.contains("INVITE sip:") && call.contains("BYE sip:") && call.contains("  tcp, "),
        "{call}"
    );
}

#[test]
fn shells_and_manuals_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = output(&["completions", shell]);
        assert!(script.contains("extract") && script.contains("--where"), "{shell}");
    }
    let page = output(&["man", "calls"]);
    assert!(page.contains(".TH siplens-calls 1") && page.contains("\\-\\-where"), "{page}");
    assert!(output(&["man"]).contains("siplens\\-extract(1)"));
    assert_eq!(run(&["man", "nothing"]).code, 2);
    let folder = std::env::temp_dir().join(format!("siplens-man-{}", std::process::id()));
    output(&["man", "--output", folder.to_str().unwrap()]);
    assert!(folder.join("siplens.1").is_file() && folder.join("siplens-extract.1").is_file());
    std::fs::remove_dir_all(folder).unwrap();
}
