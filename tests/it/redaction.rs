//! Pseudonyms: no original is left in what any command prints or writes, and
//! what is told is the same up to the names.

mod facts;
mod fields;
mod tokens;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use self::facts::differences;
use self::tokens::Tokens;
use crate::corpus;
use crate::golden::samples;
use crate::program::{Run, run, run_with, siplens};

/// A folder of this test, gone with it, with a key in it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    pub(crate) fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("siplens-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        fs::write(path.join("key"), b"the key of the tests of redaction").unwrap();
        Self(path)
    }

    pub(crate) fn path(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// All samples, and the corpus where there is one.
fn captures() -> Vec<String> {
    let mut captures = samples();
    if let Some(folder) = corpus::folder() {
        let found = corpus::captures(&folder).into_iter();
        captures.extend(found.map(|path| path.to_str().unwrap().to_owned()));
    }
    captures
}

/// Each capture with `of`, on two threads.
fn each(captures: &[String], of: impl Fn(&str) -> Vec<String> + Sync) {
    let faults: Vec<String> = std::thread::scope(|scope| {
        let halves: Vec<_> = (0..2)
            .map(|half| {
                let mine: Vec<_> = captures.iter().skip(half).step_by(2).collect();
                let of = &of;
                scope.spawn(move || mine.into_iter().flat_map(|name| of(name)).collect::<Vec<_>>())
            })
            .collect();
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

fn json(arguments: &[&str]) -> Value {
    let run = run(arguments);
    assert_eq!(run.code, 0, "siplens {}: {}", arguments.join(" "), run.err);
    serde_json::from_str(&run.out).unwrap()
}

/// The proof: what siplens tells of a capture with pseudonyms, what it tells of
/// the anonymised capture, and what it tells of the capture are the same up to
/// the names; and no name is left in the anonymised capture's bytes.
#[test]
fn an_anonymised_capture_gives_the_same_report_up_to_the_names() {
    let folder = Folder::new("redaction-same");
    let key = folder.path("key");
    each(&captures(), |capture| {
        let name = Path::new(capture).file_name().unwrap().to_str().unwrap();
        let anonymous = folder.path(name);
        let written = run(&["anonymize", capture, "-o", &anonymous, "--key", &key, "--force"]);
        assert_eq!(written.code, 0, "{capture}: {}", written.err);
        let plain = json(&["analyze", "--json", capture]);
        let redacted = json(&["analyze", "--json", "--redact", "all", "--key", &key, capture]);
        let moved = json(&["analyze", "--json", &anonymous]);
        let mut faults = Vec::new();
        for fault in differences(&redacted, &moved, facts::Of::Anonymised) {
            faults.push(format!("{name}: redacted and anonymised: {fault}"));
        }
        for fault in differences(&plain, &redacted, facts::Of::Redacted) {
            faults.push(format!("{name}: plain and redacted: {fault}"));
        }
        let tokens = Tokens::of(Path::new(env!("CARGO_MANIFEST_DIR")).join(capture).as_path());
        let bytes = fs::read(&anonymous).unwrap();
        let left = tokens.left_in(&bytes).chain(tokens.addresses_in(&bytes));
        faults.extend(left.map(|token| format!("{name}: {token:?} is left in its bytes")));
        faults
    });
}

/// Captures of the corpus that every command is tried on are no longer than this.
const MOST_OF_CORPUS: u64 = 100_000;

/// What a command prints and writes to a folder.
fn everything(arguments: &[&str], folder: &Path) -> Vec<u8> {
    let Run { out, err, .. } = run(arguments);
    let mut all = [out, err].concat().into_bytes();
    let mut files: Vec<_> =
        fs::read_dir(folder).into_iter().flatten().map(|f| f.unwrap().path()).collect();
    files.sort();
    for file in files {
        // Names of files are of calls.
        all.extend(file.file_name().unwrap().to_str().unwrap().bytes());
        all.extend(fs::read(&file).unwrap());
    }
    all
}

/// Every command that writes report data, on all samples at once, each with what
/// it takes to write all that it can; those that tell most, on the corpus too.
#[test]
fn no_command_prints_an_original() {
    let folder = Folder::new("redaction-commands");
    let (key, out) = (folder.path("key"), folder.path("out/"));
    let out = out.as_str();
    let commands: Vec<Vec<&str>> = vec![
        vec!["analyze"],
        vec!["analyze", "--json"],
        vec!["analyze", "--json-lines"],
        vec!["calls", "--columns", "all", "--format", "csv"],
        vec!["streams", "--columns", "all", "--format", "json"],
        vec!["registrations", "--columns", "all"],
        vec!["dialogs", "--columns", "all", "--format", "markdown"],
        vec!["findings", "--columns", "all", "--format", "ndjson"],
        vec!["endpoints", "--columns", "all"],
        vec!["ladder", "--all"],
        vec!["ladder", "--all", "--format", "json"],
        vec!["ladder", "--all", "--format", "svg", "-o", out],
        vec!["ladder", "--all", "--format", "mermaid", "-o", out],
        vec!["report", "-o", "-"],
        vec!["stats"],
        vec!["stats", "--format", "csv"],
        vec!["topology"],
        vec!["topology", "--format", "json"],
        vec!["topology", "--format", "dot"],
        vec!["topology", "--format", "mermaid"],
        vec!["show", "call-1"],
        vec!["show", "0:1"],
        vec!["extract", "--split", "--force", "-o", out],
    ];
    let few = |name: &String| fs::metadata(name).is_ok_and(|meta| meta.len() < MOST_OF_CORPUS);
    let corpus: Vec<_> =
        captures().into_iter().filter(|name| !name.starts_with("samples/") && few(name)).collect();
    for files in [samples(), corpus].iter().filter(|files| !files.is_empty()) {
        let mut tokens = Tokens::default();
        for file in files {
            tokens.add(Path::new(env!("CARGO_MANIFEST_DIR")).join(file).as_path());
        }
        // The corpus is asked by those that tell most.
        let few = [
            "analyze --json",
            "ladder --all --format json",
            "report -o -",
            "topology",
            "show call-1",
        ];
        let all = commands.iter().map(|command| command.join(" "));
        let mine = files.iter().all(|file| file.starts_with("samples/"));
        let asked: Vec<_> = all.filter(|command| mine || few.contains(&&**command)).collect();
        each(&asked, |command| {
            let mine = command.replace(out, &format!("{out}{}", command.replace([' ', '/'], "_")));
            let mut arguments: Vec<_> = mine.split(' ').collect();
            let folder = arguments
                .last()
                .filter(|last| last.starts_with(out))
                .map(|last| format!("{last}/"));
            if let Some(folder) = &folder {
                arguments.pop();
                arguments.push(folder);
            }
            arguments.extend(["--no-progress", "--redact", "all", "--key", &key]);
            arguments.extend(files.iter().map(String::as_str));
            let printed =
                everything(&arguments, Path::new(folder.as_deref().unwrap_or("/nonexistent")));
            assert!(
                printed.len() > 100,
                "siplens {command}: {}",
                String::from_utf8_lossy(&printed)
            );
            let left = tokens.left_in(&printed);
            left.map(|token| format!("siplens {command}: {token:?}")).collect()
        });
    }
}

#[test]
fn calls_are_chosen_by_what_is_in_the_capture() {
    let folder = Folder::new("redaction-choice");
    let key = folder.path("key");
    let sample = "samples/proxy-record-route.pcap";
    let redact = ["--redact", "all", "--key", &key];
    let chosen = |more: &[&str]| {
        let run = run(&[&["calls", "--no-header", sample], &redact[..], more].concat());
        assert_eq!(run.code, 0, "{}", run.err);
        run.out.lines().count()
    };
    assert_eq!((chosen(&["--number", "alice"]), chosen(&["--number", "nobody"])), (1, 0));
    assert_eq!(chosen(&["--ip", "192.0.2.5"]), 1);
    let ladder = run(&[&["ladder", "--call", "alice", sample], &redact[..]].concat());
    assert!(ladder.code == 0 && ladder.out.contains("INVITE") && !ladder.out.contains("alice"));
}

#[test]
fn a_key_makes_the_pseudonyms_the_same_and_none_other_ones_each_time() {
    let folder = Folder::new("redaction-key");
    let key = folder.path("key");
    let sample = "samples/answered-call.pcap";
    let with = |more: &[&str]| {
        run(&[&["calls", "--format", "csv", "--redact", "all", sample], more].concat())
    };
    assert_eq!(with(&["--key", &key]), with(&["--key", &key]));
    let (one, other) = (with(&[]), with(&[]));
    assert!(one.code == 0 && one.out != other.out);
    assert!(one.err.contains("of this run alone"), "{}", one.err);
    let numbers = with(&["--key", &key]).out;
    assert!(!numbers.contains("alice"));
    fs::write(folder.path("short"), b"short").unwrap();
    let short = with(&["--key", &folder.path("short")]);
    assert!(short.code == 1 && short.err.contains("too short"), "{}", short.err);
    let alone = run(&["calls", "--key", &key, sample]);
    assert!(alone.code == 2 && alone.err.contains("--redact"), "{}", alone.err);
}

#[test]
fn only_what_is_asked_for_is_replaced() {
    let folder = Folder::new("redaction-scope");
    let key = folder.path("key");
    let of = |what: &str| {
        json(&["analyze", "--json", "--redact", what, "--key", &key, "samples/answered-call.pcap"])
    };
    let (plain, addresses) =
        (json(&["analyze", "--json", "samples/answered-call.pcap"]), of("addresses"));
    assert_eq!(
        plain["calls"][0]["caller"]["display_name"],
        addresses["calls"][0]["caller"]["display_name"]
    );
    assert_eq!(
        plain["calls"][0]["legs"][0]["from_tag"],
        addresses["calls"][0]["legs"][0]["from_tag"]
    );
    assert_ne!(plain["calls"][0]["caller"]["address"], addresses["calls"][0]["caller"]["address"]);
    let uri = addresses["calls"][0]["caller"]["uri"].as_str().unwrap().to_owned();
    assert!(uri.starts_with("sip:alice@") && !uri.contains("192.0.2.10"), "{uri}");
    let numbers = of("numbers");
    assert_eq!(plain["calls"][0]["caller"], numbers["calls"][0]["caller"], "names are no numbers");
}

#[test]
fn silence_is_all_that_is_heard() {
    let folder = Folder::new("redaction-silence");
    let (key, out) = (folder.path("key"), folder.path("out.pcap"));
    let sample = "samples/answered-call.pcap";
    let written = run(&["anonymize", "--silence", "--key", &key, "-o", &out, sample]);
    assert!(
        written.code == 0 && written.out.contains("silenced"),
        "{}{}",
        written.out,
        written.err
    );
    let report = json(&["analyze", "--json", "--audio-analysis", &out]);
    let plain = json(&["analyze", "--json", "--redact", "all", "--key", &key, sample]);
    for (stream, was) in
        report["streams"].as_array().unwrap().iter().zip(plain["streams"].as_array().unwrap())
    {
        for field in ["packets", "lost", "jitter_ms", "bytes", "quality"] {
            assert_eq!(stream[field], was[field], "{field}");
        }
        let silent = stream["audio"]["silence_percent"].as_f64();
        assert!(silent.is_none_or(|percent| percent > 99.0), "{}", stream["audio"]);
    }
}

/// The other end of the proof: Wireshark reads the capture, finds no wrong sum
/// or length, and no name that it found in the original.
#[test]
fn wireshark_reads_anonymised_captures() {
    let Some(folder_of_corpus) = corpus::folder() else { return };
    if Command::new("tshark").arg("--version").output().is_err() {
        eprintln!("no tshark: the check of checksums was skipped");
        return;
    }
    let folder = Folder::new("redaction-tshark");
    let key = folder.path("key");
    let mut captures: Vec<_> =
        ["tcp-call.pcap", "fragmented-invite.pcap", "ipv6-call.pcapng", "dtmf.pcap"]
            .map(|name| format!("samples/{name}"))
            .to_vec();
    let more = [
        "dtmf-sip-info-pppoe.pcap",
        "gre-ppp-vlan-sip.pcapng",
        "gtpu-volte-ipv6-tcp.pcap",
        "sip-large-body-tcp.pcap",
        "volte-ipsec-call-any.pcapng",
        "sip-tcp-sll.pcap",
    ];
    captures.extend(more.map(|name| folder_of_corpus.join(name).to_str().unwrap().to_owned()));
    each(&captures, |capture| {
        let name = Path::new(capture).file_name().unwrap().to_str().unwrap();
        let out = folder.path(name);
        assert_eq!(run(&["anonymize", capture, "-o", &out, "--key", &key]).code, 0);
        let checked = ["ip", "udp", "tcp", "sctp"].map(|layer| {
            let rule = if layer == "sctp" { "sctp.checksum:TRUE" } else { "" };
            let option = format!("{layer}.check_checksum:TRUE");
            if rule.is_empty() { option } else { rule.to_owned() }
        });
        let mut arguments = vec!["-r", &out];
        for option in &checked[..3] {
            arguments.extend(["-o", option]);
        }
        let wrong = "ip.checksum.status==0 || udp.checksum.status==0 || tcp.checksum.status==0 || \
            tcp.analysis.lost_segment || tcp.analysis.retransmission || _ws.malformed";
        arguments.extend(["-Y", wrong]);
        let mut command = Command::new("tshark");
        command.args(&arguments);
        let found = run_with(command, &[]);
        let lines: Vec<_> = found.out.lines().filter(|line| !line.is_empty()).collect();
        lines.iter().take(3).map(|line| format!("{name}: {line}")).collect()
    });
}

#[test]
fn standard_input_is_anonymised_too() {
    let folder = Folder::new("redaction-stdin");
    let (key, out) = (folder.path("key"), folder.path("out.pcap"));
    let bytes = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/busy.pcap")).unwrap();
    let command = siplens(&["anonymize", "-", "-o", &out, "--key", &key]);
    assert_eq!(run_with(command, &bytes).code, 0);
    let other = folder.path("other.pcap");
    assert_eq!(run(&["anonymize", "samples/busy.pcap", "-o", &other, "--key", &key]).code, 0);
    assert!(fs::read(&out).unwrap() == fs::read(&other).unwrap());
    let again = run(&["anonymize", "samples/busy.pcap", "-o", &other, "--key", &key]);
    assert!(again.code == 1 && again.err.contains("not written over"), "{}", again.err);
}
