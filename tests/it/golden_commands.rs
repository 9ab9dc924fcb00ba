//! What commands print of themselves and of samples, kept to the letter: help
//! texts, fields, and lists in every format, in `tests/golden/commands`.
//! `UPDATE_EXPECT=1 cargo test golden` rewrites them.

use std::fs;
use std::path::Path;

use crate::program::{output, run};

/// Commands whose help is kept.
const COMMANDS: &[&str] = &[
    "calls",
    "streams",
    "registrations",
    "dialogs",
    "findings",
    "endpoints",
    "stats",
    "show",
    "extract",
    "live",
    "export",
    "sql",
    "anonymize",
    "cdr",
    "vcon",
    "where",
    "completions",
    "man",
];

/// What is printed, by the name of the file that keeps it.
const PRINTED: &[(&str, &[&str])] = &[
    ("where.txt", &["where"]),
    ("where-calls.txt", &["where", "calls"]),
    ("where-streams.txt", &["where", "streams"]),
    ("where-registrations.txt", &["where", "registrations"]),
    ("where-dialogs.txt", &["where", "dialogs"]),
    ("where-findings.txt", &["where", "findings"]),
    ("where-endpoints.txt", &["where", "endpoints"]),
    ("calls.txt", &["calls", "samples/two-calls-of-many.pcap"]),
    ("calls.csv", &["calls", "--format", "csv", "samples/two-calls-of-many.pcap"]),
    ("calls.md", &["calls", "--format", "markdown", "samples/two-calls-of-many.pcap"]),
    ("calls.json", &["calls", "--format", "json", "samples/two-calls-of-many.pcap"]),
    ("calls.ndjson", &["calls", "--columns", "all", "--format", "ndjson", "samples/fork.pcap"]),
    ("streams.txt", &["streams", "--sort", "mos", "samples/lossy-audio.pcap"]),
    ("streams.csv", &["streams", "--columns", "all", "--format", "csv", "samples/dtmf.pcap"]),
    ("registrations.txt", &["registrations", "samples/registration.pcap"]),
    ("dialogs.txt", &["dialogs", "samples/message-subscribe.pcap"]),
    ("findings.txt", &["findings", "samples/one-way-audio.pcap"]),
    ("endpoints.txt", &["endpoints", "samples/proxy-record-route.pcap"]),
    ("stats.txt", &["stats", "samples/two-calls-of-many.pcap"]),
    ("stats.csv", &["stats", "--format", "csv", "samples/two-calls-of-many.pcap"]),
    ("stats-by.txt", &["stats", "--by", "peer", "--of", "pdd", "samples/two-calls-of-many.pcap"]),
    (
        "stats-by.md",
        &[
            "stats",
            "--by",
            "codec",
            "--of",
            "jitter",
            "--format",
            "markdown",
            "samples/lossy-audio.pcap",
            "samples/dtmf.pcap",
            "samples/busy.pcap",
        ],
    ),
    ("stats-by.csv", &["stats", "--by", "ua", "--format", "csv", "samples/lossy-audio.pcap"]),
    ("stats-compare.txt", &["stats", "--compare", "samples/fork.pcap", "samples/busy.pcap"]),
    ("cdr.csv", &["cdr", "samples/two-calls-of-many.pcap"]),
    ("cdr-fields.txt", &["cdr", "--fields"]),
    ("schema-tables.json", &["schema", "tables"]),
    ("show-frame.txt", &["show", "1", "samples/one-way-audio.pcap"]),
    ("show-call.txt", &["show", "call-1", "samples/busy.pcap"]),
    ("show-hex.txt", &["show", "1", "--hex", "samples/busy.pcap"]),
    ("show-media.txt", &["show", "7", "samples/one-way-audio.pcap"]),
];

fn check(name: &str, printed: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/commands").join(name);
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, printed).unwrap();
        return None;
    }
    let kept = fs::read_to_string(path).unwrap_or_default();
    let differs = kept.lines().zip(printed.lines()).position(|(kept, printed)| kept != printed);
    (kept != printed).then(|| format!("{name}: line {}", differs.map_or(0, |line| line + 1)))
}

#[test]
fn golden_outputs_of_commands() {
    let mut differences = Vec::new();
    for command in COMMANDS {
        let help = run(&[command, "--help"]);
        assert_eq!((help.code, &*help.err), (0, ""), "{command}");
        differences.extend(check(&format!("help-{command}.txt"), &help.out));
    }
    differences.extend(check("help.txt", &output(&["--help"])));
    for (name, arguments) in PRINTED {
        differences.extend(check(name, &output(arguments)));
    }
    assert!(differences.is_empty(), "UPDATE_EXPECT=1 rewrites them:\n{}", differences.join("\n"));
}
