//! Ladders as SVG, Mermaid and JSON, and the files they are written to.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use crate::program::{Run, output, run, run_with, siplens};
use crate::scenario::Scenario;
use crate::schema;

/// Names, a Call-ID and a reason that try to be markup, or to end a statement.
const HOSTILE: &str = r#"
    0   A>B INVITE call-id='--><script>alert(1)</script>%%{init: {}}%%' from='"<b>&amp;" <sip:%3Cscript%3E@example.com>' sdp(A:4000 PCMU)
    0.1 B>A 486 'x; h0->>h1: style: #f00; </text><script>alert(2)</script> end "&<>\u{202e}'
    0.2 A>B ACK"#;

fn drawn(arguments: &[&str], scenario: &str) -> String {
    let run = run_with(siplens(arguments), &Scenario::parse(scenario).pcap());
    assert_eq!((run.code, &*run.err), (0, ""), "{arguments:?}");
    run.out
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("siplens-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).unwrap();
        let mut names: Vec<_> =
            entries.map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

#[test]
fn a_picture_tells_what_the_text_tells() {
    let svg = output(&["ladder", "samples/lost-ack.pcap", "--format", "svg"]);
    for told in [
        "<title id=\"call-1-title\">call-1: alice → bob, completed (200)</title>",
        ">200 Answering ×5</text>",
        ">SDP 198.51.100.20:4000 PCMU telephone-event</text>",
        ">again at +1.505 +2.505 +4.504 +8.504 s</text>",
        "class=\"row media good\"",
        "<title>fault: The answer was never acknowledged</title>",
        "prefers-color-scheme: dark",
    ] {
        assert!(svg.contains(told), "no {told} in\n{svg}");
    }
    for foreign in ["http://www.w3.org/2000/svg\"", "xmlns="] {
        assert_eq!(svg.matches(foreign).count(), 1, "{foreign}");
    }
    assert_eq!(svg.matches("http").count(), 1, "a picture fetches nothing");
}

#[test]
fn foreign_text_is_no_markup_in_a_picture() {
    let svg = drawn(&["ladder", "-", "--format", "svg"], HOSTILE);
    assert!(!svg.contains("<script") && !svg.contains("<b>"), "{svg}");
    assert!(svg.contains("&lt;/text&gt;&lt;script&gt;alert(2)"), "{svg}");
    assert!(!svg.contains('\u{202e}'), "{svg}");
}

#[test]
fn a_sequence_diagram_keeps_one_statement_a_line() {
    let diagram = drawn(&["ladder", "-", "--format", "mermaid"], HOSTILE);
    let mut lines = diagram.lines();
    assert_eq!(lines.next(), Some("sequenceDiagram"));
    for line in lines {
        let line = line.trim_start();
        let start = ["%% ", "title ", "participant ", "Note over ", "h0", "h1"];
        assert!(start.iter().any(|start| line.starts_with(start)), "{line}");
        let text = line.split_once(": ").map_or("", |(_, text)| text);
        let text = text.replace("<br/>", "");
        assert!(line.starts_with("%%") || !text.contains(['<', '>', '{', '&', '"']), "{line}");
    }
    assert!(!diagram.contains("{init"), "{diagram}");
}

#[test]
fn json_is_as_its_schema_says() {
    let schema: Value = serde_json::from_str(&output(&["schema", "ladder"])).unwrap();
    for sample in ["one-way-audio.pcap", "two-calls-of-many.pcap", "rtpengine-relay.pcap"] {
        let path = format!("samples/{sample}");
        let json = output(&["ladder", &path, "--all", "--format", "json"]);
        let ladders: Value = serde_json::from_str(&json).unwrap();
        let faults = schema::faults(&schema, &ladders);
        assert!(faults.is_empty(), "{sample}:\n{faults}");
    }
    let json = output(&["ladder", "samples/lost-ack.pcap", "--format", "json"]);
    let ladders: Value = serde_json::from_str(&json).unwrap();
    let answer = &ladders["ladders"][0]["rows"][2];
    assert_eq!(answer["frame"], 4);
    assert_eq!(answer["repeated"].as_array().unwrap().len(), 4);
    assert_eq!(answer["findings"], serde_json::json!(["finding-1"]));
    assert_eq!(ladders["ladders"][0]["rows"][3]["grade"], "good");
}

#[test]
fn several_pictures_go_to_a_folder() {
    let sample = "samples/two-calls-of-many.pcap";
    let refused = run(&["ladder", sample, "--format", "svg"]);
    assert_eq!((refused.code, &*refused.out), (1, ""));
    assert!(refused.err.contains("5 ladders, and this format holds one"), "{refused:?}");
    let folder = Folder::new("pictures");
    output(&["ladder", sample, "--format", "svg", "-o", &folder.file("")]);
    let expected = ["call-1.svg", "call-2.svg", "call-3.svg", "call-4.svg", "call-5.svg"];
    assert_eq!(folder.names(), expected);
    let one = folder.file("one.mmd");
    output(&["ladder", sample, "--call", "2", "--format", "mermaid", "--output", &one]);
    assert!(fs::read_to_string(one).unwrap().starts_with("sequenceDiagram\n"));
}

#[test]
fn a_capture_is_not_written_over() {
    let folder = Folder::new("captures");
    let capture = folder.file("call.pcap");
    fs::copy("samples/busy.pcap", &capture).unwrap();
    let before = fs::read(&capture).unwrap();
    let Run { code, err, .. } = run(&["ladder", &capture, "-o", &capture]);
    assert_eq!(code, 1);
    assert!(err.contains("is a capture, and is not written over"), "{err}");
    assert_eq!(fs::read(&capture).unwrap(), before);
    assert_eq!(folder.names(), ["call.pcap"]);
}

#[test]
fn a_file_takes_no_colours_unless_asked() {
    let folder = Folder::new("colours");
    let file = folder.file("call.txt");
    let mut command = siplens(&["ladder", "samples/busy.pcap", "-o", &file]);
    command.env("CLICOLOR_FORCE", "1");
    assert_eq!(run_with(command, &[]).code, 0);
    assert!(!fs::read_to_string(&file).unwrap().contains('\u{1b}'));
    output(&["ladder", "samples/busy.pcap", "-o", &file, "--color", "always"]);
    assert!(fs::read_to_string(&file).unwrap().contains('\u{1b}'));
}
