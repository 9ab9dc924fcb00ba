//! The answer does not depend on the number of threads.

use std::num::NonZeroUsize;

use serde_json::Value;
use siplens::base::chunk::Chunk;
use siplens::engine::{Engine, Notices, Settings, Snapshot, finish, parts};
use siplens::report::{Context, Options, build};
use siplens::view::json;

use crate::compressed::{COMPRESSIONS, compressed};
use crate::program::{output, run_with, siplens};
use crate::traffic::{Format, Held, MS, Nanos, Network, Plan, SECOND, Ways, write};

/// The captures of the repository.
fn samples() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let captures = files.filter(|path| {
        path.extension().is_some_and(|extension| extension == "pcap" || extension == "pcapng")
    });
    captures.map(|path| path.to_str().unwrap().to_owned()).collect()
}

/// Ways to look at a capture with everything on that changes what is learned.
const FEATURES: [&[&str]; 5] = [
    &[
        "analyze",
        "--json",
        "--interval",
        "1",
        "--correlate",
        "X-Call",
        "--jitter-buffer",
        "fixed-40",
        "--emodel",
        "TELR=50",
    ],
    &["analyze", "--json", "--no-join", "--interval", "0.5"],
    &["report", "--output", "-", "--messages", "all"],
    &["ladder"],
    &["streams", "--format", "json"],
];
/// Such as read the capture twice.
const TWICE: &[&str] =
    &["analyze", "--json", "--audio-analysis", "--inband-dtmf", "--interval", "1"];

/// Runs the program with several numbers of threads; what it prints is the same.
#[track_caller]
fn one_answer(arguments: &[&str], input: &[u8]) {
    let with = |threads| {
        let (command, rest) = arguments.split_first().unwrap();
        let arguments = [&[command, "--threads", threads], rest].concat();
        run_with(siplens(&arguments), input)
    };
    let alone = with("1");
    assert_eq!((alone.code, &*alone.err), (0, ""), "{arguments:?}");
    for threads in ["2", "7"] {
        assert!(with(threads) == alone, "{threads} threads: {arguments:?}");
    }
}

#[test]
fn samples_have_one_answer_with_every_feature_on() {
    for sample in samples() {
        for feature in FEATURES.into_iter().chain([TWICE]) {
            one_answer(&[feature, &[&*sample]].concat(), &[]);
        }
    }
}

#[test]
fn packed_and_piped_samples_have_one_answer_with_every_feature_on() {
    for (sample, packing) in samples().iter().zip(COMPRESSIONS.iter().cycle()) {
        let bytes = std::fs::read(sample).unwrap();
        one_answer(&[FEATURES[0], &["-"]].concat(), &bytes);
        one_answer(&[FEATURES[0], &["-"]].concat(), &compressed(packing, &bytes));
        let path = std::env::temp_dir().join(format!("siplens-packed-{}", std::process::id()));
        std::fs::write(&path, compressed(packing, &bytes)).unwrap();
        one_answer(&[TWICE, &[path.to_str().unwrap()]].concat(), &[]);
        std::fs::remove_file(&path).unwrap();
    }
}

#[test]
fn all_samples_as_one_capture_have_one_answer() {
    for feature in FEATURES.into_iter().chain([TWICE]) {
        one_answer(&[feature, &["samples"]].concat(), &[]);
    }
}

#[test]
fn samples_have_one_report_with_any_number_of_threads() {
    for sample in samples() {
        for form in ["--json", "--json-lines"] {
            let report =
                |threads| output(&["analyze", form, "--threads", threads, sample.as_str()]);
            let alone = report("1");
            assert!(alone == report("2") && alone == report("7"), "{sample} {form}");
        }
        let indented = output(&["analyze", "--json", "--pretty", &sample]);
        let alone = output(&["analyze", "--json", "--threads", "1", &sample]);
        let value = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert!(value(&indented) == value(&alone), "{sample} --pretty");
    }
}

/// Calls of every kind at once, over every way that is generated, and over a bad
/// network: `calls` of them under way at a time.
fn crowd(calls: u32, talk: Nanos) -> Plan {
    let plan = Plan {
        calls: u64::from(calls) * 6 / 5,
        ring: SECOND / 5,
        talk,
        digits: 1,
        mix: [20, 3, 2, 2, 2, 1],
        network: Network { loss: 0.02, duplicate: 0.01, reorder: 0.02, jitter: 10 * MS },
        ways: Ways {
            tcp: 0.2,
            ipv6: 0.2,
            two_hops: 0.2,
            vlan: 0.1,
            qinq: 0.1,
            gre: 0.1,
            vxlan: 0.1,
        },
        ..Plan::default()
    };
    plan.with_concurrent(calls.into())
}

/// The bytes of a generated capture.
fn capture(plan: &Plan) -> Vec<u8> {
    let mut file = Vec::new();
    write(plan, Format::Pcap, &mut file, &mut |_| Ok(())).unwrap();
    file
}

/// The report of a capture given on standard input.
fn report(capture: &[u8], threads: &str, more: &[&str]) -> String {
    let arguments = [&["analyze", "--json", "--threads", threads][..], more, &["-"]].concat();
    let run = run_with(siplens(&arguments), capture);
    assert_eq!((run.code, &*run.err), (0, ""), "{arguments:?}");
    run.out
}

#[test]
fn five_thousand_concurrent_calls_have_one_report_with_any_number_of_threads() {
    let capture = capture(&crowd(5_000, 200 * MS));
    let alone = report(&capture, "1", &[]);
    let counts = serde_json::from_str::<Value>(&alone).unwrap()["capture"]["counts"].clone();
    assert!(counts["rtp_packets"].as_u64() > Some(50_000), "{counts}");
    for threads in ["2", "7"] {
        assert!(report(&capture, threads, &[]) == alone, "{threads} threads");
    }
}

#[test]
fn compressed_input_caps_and_filters_have_one_report_with_any_number_of_threads() {
    let capture = capture(&crowd(150, 2 * SECOND));
    let packed = compressed("zstd", &capture);
    let filter = ["--from", "+0.1", "--to", "+2"];
    // Caps that are met: what is turned away is the same, too.
    let caps = ["--cap", "streams=100", "--cap", "candidates=50", "--cap", "conversations=100"];
    let whole = report(&capture, "1", &[]);
    assert!(report(&packed, "7", &[]).len() > whole.len() / 2);
    for more in [&filter[..], &caps] {
        for input in [&capture, &packed] {
            let alone = report(input, "1", more);
            for threads in ["2", "7"] {
                assert!(report(input, threads, more) == alone, "{threads} threads, {more:?}");
            }
        }
    }
}

fn json_of(snapshot: &Snapshot) -> Vec<u8> {
    let (options, mut json) = (Options::default(), Vec::new());
    let context = Context::new(snapshot, &options);
    json::write(&build(&context), false, NonZeroUsize::MIN, &mut json).unwrap();
    json
}

/// Whoever drives the parts of an engine over chunks learns what the engine
/// learns frame by frame, however the frames are cut into chunks.
#[test]
fn chunks_of_any_size_teach_what_frames_teach() {
    let held = Held::new(&crowd(60, SECOND));
    let mut engine = Engine::default();
    held.iter().for_each(|frame| engine.handle_frame(&frame));
    let expected = json_of(&engine.finish());
    for most in [1, 2, 3, 17, 1_000, usize::MAX] {
        let (mut fold, mut shards) = parts(Settings::default());
        let (mut chunk, mut notices) = (Chunk::default(), Notices::default());
        let (mut sorted, mut turn) = (fold.sorted(), 0);
        let mut frames = held.iter().peekable();
        while frames.peek().is_some() {
            chunk.begin(turn);
            frames.by_ref().take(most).for_each(|frame| chunk.push(&frame));
            turn += chunk.len() as u64;
            sorted.sort(&chunk);
            fold.take(&chunk, &sorted, &mut notices);
            for shard in &mut shards {
                shard.take(&chunk, &sorted, &notices, fold.announced());
            }
        }
        assert!(json_of(&finish(fold, shards)) == expected, "chunks of {most}");
    }
}
