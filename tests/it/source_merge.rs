//! Several inputs as one capture: their order, and which files they are.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use siplens::source::{
    Folders, Merged, PassedOver, Source, SourceError, SourceErrorKind, Step, Why, limits,
};

use crate::capture_file::{
    ETHERNET, MICROS, Order, enhanced_packet, interface, pcap_header, pcap_record, section,
};
use crate::compressed::compressed;
use crate::source_reading::{Scratch, drain_all};

/// A capture of frames at these seconds, each of its name and number.
fn capture(name: &str, seconds: &[u32]) -> Vec<u8> {
    let order = Order::Little;
    let frames = (1..).zip(seconds);
    let frames =
        frames.flat_map(|(n, at)| pcap_record(order, *at, 0, format!("{name}{n}").as_bytes()));
    [pcap_header(order, MICROS, ETHERNET), frames.collect()].concat()
}

impl Scratch {
    /// A capture in this folder, or in a folder of it.
    fn capture(&self, name: &str, seconds: &[u32]) -> PathBuf {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let stem = path.file_stem().unwrap().to_str().unwrap();
        fs::write(&path, capture(stem, seconds)).unwrap();
        path
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

#[track_caller]
fn merged(paths: &[PathBuf]) -> Merged {
    Merged::open(paths, Folders::Flat).unwrap()
}

fn refused(paths: &[PathBuf]) -> SourceError {
    match Merged::open(paths, Folders::Flat) {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}

/// The payloads of all frames, which have no faults among them.
#[track_caller]
fn payloads(mut source: Merged) -> String {
    let (frames, errors) = drain_all(&mut source);
    assert_eq!(errors, []);
    let texts = frames.iter().map(|(_, frame)| String::from_utf8_lossy(&frame.bytes));
    texts.collect::<Vec<_>>().join(" ")
}

fn names(source: &Merged) -> Vec<&str> {
    source.inputs().iter().map(|info| info.name.as_str()).collect()
}

fn problems(source: &Merged) -> Vec<(&'static str, u64)> {
    source.problems().iter().map(|problem| (problem.code, problem.count)).collect()
}

#[test]
fn frames_come_by_time_then_input_then_number() {
    let scratch = Scratch::new("merge-order");
    let paths = [
        scratch.capture("a.pcap", &[10, 20, 20, 30]),
        scratch.capture("b.pcap", &[5, 20, 40]),
        scratch.capture("c.pcap", &[20, 20]),
    ];
    assert_eq!(payloads(merged(&paths)), "b1 a1 a2 a3 b2 c1 c2 a4 b3");

    let mut source = merged(&paths);
    let (frames, _) = drain_all(&mut source);
    let numbers: Vec<_> = frames.iter().map(|(input, frame)| (*input, frame.number)).collect();
    assert_eq!(numbers, [(1, 1), (0, 1), (0, 2), (0, 3), (1, 2), (2, 1), (2, 2), (0, 4), (1, 3)]);
    let packets: Vec<_> = source.inputs().iter().map(|info| info.packets).collect();
    assert_eq!((names(&source), packets), (vec!["a.pcap", "b.pcap", "c.pcap"], vec![4, 3, 2]));
    assert_eq!((source.problems(), source.passed_over()), (vec![], &[][..]));
    assert!(matches!(source.next_frame(), Ok(Step::End)));

    let reversed: Vec<_> = paths.into_iter().rev().collect();
    assert_eq!(payloads(merged(&reversed)), "b1 a1 c1 c2 b2 a2 a3 a4 b3");
}

#[test]
fn times_that_step_back_stay_in_the_order_of_their_file() {
    let scratch = Scratch::new("merge-steps");
    let paths =
        [scratch.capture("a.pcap", &[10, 30, 5, 20]), scratch.capture("b.pcap", &[1, 15, 25])];
    assert_eq!(payloads(merged(&paths)), "b1 a1 b2 b3 a2 a3 a4");
}

#[test]
fn inputs_may_be_of_any_kind() {
    let scratch = Scratch::new("merge-kinds");
    let order = Order::Big;
    let packet = |micros, bytes| enhanced_packet(order, 0, micros, bytes);
    let pcapng = [
        section(order),
        interface(order, ETHERNET, 0, &[]),
        packet(15_000_000, b"n1"),
        packet(25_000_000, b"n2"),
    ];
    let paths = [
        scratch.file("a", &compressed("zstd", &capture("a", &[10, 20]))),
        scratch.file("n", &pcapng.concat()),
        scratch.file("empty", &pcap_header(order, MICROS, ETHERNET)),
    ];
    let mut source = merged(&paths);
    let (frames, errors) = drain_all(&mut source);
    let texts: Vec<_> = frames.iter().map(|(_, frame)| frame.bytes.as_slice()).collect();
    assert_eq!((texts, errors), (vec![&b"a1"[..], b"n1", b"a2", b"n2"], vec![]));
    let infos = source.inputs();
    assert_eq!(infos[0].compression, Some("zstd"));
    let formats: Vec<_> = infos.iter().map(|info| info.format.name()).collect();
    assert_eq!(formats, ["pcap", "pcapng", "pcap"]);
    assert_eq!(infos[2].packets, 0);
}

#[test]
fn a_folder_is_read_in_natural_order_without_what_is_no_capture() {
    let scratch = Scratch::new("merge-folder");
    for n in [10, 9, 100, 1] {
        scratch.capture(&format!("call-{n}.pcap"), &[7]);
    }
    scratch.file("README", b"What these captures are.");
    scratch.file("notes.txt.gz", &compressed("gzip", b"Some notes."));
    scratch.file("nothing", b"");
    scratch.file("cut.pcap", &capture("", &[])[..20]);
    scratch.file(".hidden.pcap", &capture("hidden", &[1]));
    scratch.capture("more/call-2.pcap", &[7]);
    let folder = [scratch.0.clone()];
    let source = merged(&folder);
    assert_eq!(names(&source), ["call-1.pcap", "call-9.pcap", "call-10.pcap", "call-100.pcap"]);
    let over: Vec<_> = source.passed_over().iter().map(|over| &over.file).collect();
    let expected: Vec<_> = ["README", "cut.pcap", "notes.txt.gz", "nothing"]
        .map(|name| scratch.path(name).to_str().unwrap().to_owned())
        .into();
    assert_eq!(over, expected.iter().collect::<Vec<_>>());
    assert!(matches!(
        source.passed_over(),
        [
            PassedOver { why: Why::NoCapture(SourceErrorKind::NotACapture { .. }), .. },
            PassedOver { why: Why::NoCapture(SourceErrorKind::HeaderCut { .. }), .. },
            PassedOver { why: Why::NoCapture(SourceErrorKind::NotACapture { .. }), .. },
            PassedOver { why: Why::NoCapture(SourceErrorKind::Empty), .. },
        ]
    ));
    let problem = source.problems().remove(0);
    assert_eq!((problem.code, problem.count), ("file.skipped", 4));
    assert!(problem.text.contains("README"), "{}", problem.text);
    assert_eq!(payloads(source), "call-11 call-91 call-101 call-1001");

    let source = Merged::open(&folder, Folders::Recursive).unwrap();
    assert_eq!(names(&source)[4..], ["call-2.pcap"], "{:?}", names(&source));
    assert_eq!(source.inputs().len(), 5);
}

#[test]
fn a_folder_without_a_capture_is_refused() {
    let scratch = Scratch::new("merge-none");
    scratch.file("README", b"text");
    scratch.capture("deeper/a.pcap", &[1]);
    let folder = [scratch.0.clone()];
    let error = refused(&folder);
    assert_eq!(error.kind, SourceErrorKind::NoCapture { files: 1 });
    let line = error.to_string();
    assert!(line.ends_with(": no capture among the 1 files of the folder"), "{line}");
    assert!(Merged::open(&folder, Folders::Recursive).is_ok());
}

#[test]
fn what_is_named_must_be_a_capture() {
    let scratch = Scratch::new("merge-named");
    let good = scratch.capture("a.pcap", &[1]);
    let text = scratch.file("a.txt", b"text, and no capture");
    let error = refused(&[good.clone(), text.clone()]);
    assert_eq!((error.file.as_str(), error.input), (text.to_str().unwrap(), 1));
    assert!(matches!(error.kind, SourceErrorKind::NotACapture { .. }));
    let error = refused(&[good.clone(), scratch.path("absent.pcap")]);
    assert!(matches!(error.kind, SourceErrorKind::Unreadable { .. }));
    let error = refused(&[scratch.path("*.txt"), good.clone()]);
    assert!(matches!(error.kind, SourceErrorKind::NotACapture { .. }), "as the shell's pattern");
    let pattern = scratch.path("*.pcapng");
    let error = refused(&[good, pattern.clone()]);
    assert_eq!(error.kind, SourceErrorKind::NoMatch);
    assert_eq!(error.to_string(), format!("{}: matches no file", pattern.display()));
}

#[test]
fn patterns_are_expanded_in_natural_order() {
    let scratch = Scratch::new("merge-pattern");
    for name in ["x1/a10.pcap", "x1/a9.pcap", "x2/a1.pcap", "x10/a1.pcap", "y1/a1.pcap"] {
        scratch.capture(name, &[7]);
    }
    scratch.file("x1/.a0.pcap", b"hidden, and no capture");
    let found = |pattern: &str| {
        let source = merged(&[scratch.path(pattern)]);
        names(&source).into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(found("x1/a*.pcap"), ["a9.pcap", "a10.pcap"]);
    assert_eq!(found("x1/a?.pcap"), ["a9.pcap"]);
    assert_eq!(found("x[!1]/*"), ["a1.pcap"]);
    assert_eq!(found("x*/*.pcap"), ["a9.pcap", "a10.pcap", "a1.pcap", "a1.pcap"]);
    assert_eq!(found("x1"), ["a9.pcap", "a10.pcap"]);
    assert_eq!(found("[xy]1"), ["a9.pcap", "a10.pcap", "a1.pcap"], "folders may match");
    scratch.capture("x1/a[9].pcap", &[7]);
    assert_eq!(found("x1/a[9].pcap"), ["a[9].pcap"], "a file of the very name comes first");
}

#[test]
fn a_file_is_read_once_however_often_it_is_named() {
    let scratch = Scratch::new("merge-twice");
    let a = scratch.capture("a.pcap", &[1, 2]);
    let b = scratch.capture("b.pcap", &[3]);
    let dotted = scratch.0.join(".").join("a.pcap");
    let source = merged(&[a.clone(), b.clone(), dotted.clone(), scratch.0.clone()]);
    assert_eq!(problems(&source), [("file.duplicate", 3)]);
    let first = &source.passed_over()[0];
    assert_eq!(first.file, dotted.to_str().unwrap());
    assert_eq!(first.why, Why::Duplicate(a.to_str().unwrap().to_owned()));
    assert_eq!(payloads(source), "a1 a2 b1");
}

#[cfg(unix)]
#[test]
fn links_lead_to_the_same_file() {
    let scratch = Scratch::new("merge-links");
    let a = scratch.capture("d/a.pcap", &[1, 2]);
    std::os::unix::fs::symlink(&a, scratch.path("d/soft.pcap")).unwrap();
    fs::hard_link(&a, scratch.path("d/hard.pcap")).unwrap();
    std::os::unix::fs::symlink(scratch.path("d"), scratch.path("d/round")).unwrap();
    std::os::unix::fs::symlink(scratch.path("nowhere"), scratch.path("d/broken")).unwrap();
    let source = Merged::open(&[scratch.path("d")], Folders::Recursive).unwrap();
    assert_eq!(problems(&source), [("file.skipped", 1), ("file.duplicate", 2)]);
    assert_eq!(payloads(source), "a1 a2");
}

#[cfg(unix)]
#[test]
fn what_can_be_read_only_once_is_merged_too() {
    let scratch = Scratch::new("merge-pipe");
    let pipe = scratch.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    if !made.is_ok_and(|status| status.success()) {
        return;
    }
    let a = scratch.capture("a.pcap", &[10, 20]);
    let writer = {
        let pipe = pipe.clone();
        std::thread::spawn(move || fs::write(pipe, capture("p", &[5, 15, 25])).unwrap())
    };
    let source = merged(&[a, pipe]);
    assert_eq!(payloads(source), "p1 a1 p2 a2 p3");
    writer.join().unwrap();
    let folder = [scratch.0.clone()];
    assert_eq!(
        problems(&merged(&folder)),
        [("file.skipped", 1)],
        "a pipe in a folder is not waited for"
    );
}

#[test]
fn a_fault_ends_its_input_and_no_other() {
    let scratch = Scratch::new("merge-fault");
    let mut corrupt = capture("c", &[10, 20, 30]);
    let at = corrupt.len() - 10;
    corrupt[at..at + 4].fill(0xff);
    let mut at_once = capture("d", &[1]);
    at_once[24 + 8..24 + 12].fill(0xff);
    let cut = capture("e", &[15, 35]);
    let paths = [
        scratch.capture("a.pcap", &[10, 40]),
        scratch.file("c.pcap", &corrupt),
        scratch.file("d.pcap", &at_once),
        scratch.file("e.pcap", &cut[..cut.len() - 1]),
    ];
    let mut source = merged(&paths);
    let (frames, errors) = drain_all(&mut source);
    let texts: Vec<_> = frames.iter().map(|(_, frame)| frame.bytes.as_slice()).collect();
    assert_eq!(texts, [b"a1", b"c1", b"e1", b"c2", b"a2"]);
    let told: Vec<_> = errors.iter().map(|error| (error.input, error.offset)).collect();
    assert_eq!(told, [(2, Some(24)), (1, Some(24 + 2 * 18))]);
    let truncated: Vec<_> = source.inputs().iter().map(|info| info.truncated).collect();
    assert_eq!(truncated, [false, false, false, true]);
    assert!(matches!(source.next_frame(), Ok(Step::End)));
}

#[test]
fn a_file_that_is_gone_when_its_time_comes_is_told_of() {
    let scratch = Scratch::new("merge-gone");
    let paths = [scratch.capture("a.pcap", &[10, 20]), scratch.capture("b.pcap", &[15])];
    let mut source = merged(&paths);
    fs::remove_file(&paths[1]).unwrap();
    let (frames, errors) = drain_all(&mut source);
    assert_eq!(frames.len(), 2);
    assert!(matches!(errors[..], [SourceError { input: 1, .. }]), "{errors:?}");
}

/// Files of this folder that this process has open.
#[cfg(target_os = "linux")]
fn open_in(folder: &Path) -> usize {
    let handles = fs::read_dir("/proc/self/fd").unwrap();
    let files = handles.flatten().filter_map(|handle| fs::read_link(handle.path()).ok());
    files.filter(|file| file.starts_with(folder)).count()
}

#[cfg(target_os = "linux")]
#[test]
fn only_files_that_overlap_are_open_together() {
    let scratch = Scratch::new("merge-rotated");
    for n in 0..400 {
        scratch.capture(&format!("night-{n}.pcap"), &[10 * n, 10 * n + 4, 10 * n + 12]);
    }
    let folder = [scratch.0.clone()];
    let mut source = merged(&folder);
    assert_eq!(open_in(&scratch.0), 0);
    let (mut frames, mut most, mut latest) = (0, 0, 0);
    while let Step::Frame(frame) = source.next_frame().unwrap() {
        assert!(frame.at.nanos() >= latest);
        latest = frame.at.nanos();
        frames += 1;
        most = most.max(open_in(&scratch.0));
    }
    assert_eq!((frames, most, open_in(&scratch.0)), (1_200, 2, 0));
}

#[test]
fn more_files_of_one_time_than_may_be_open_are_told_of() {
    let scratch = Scratch::new("merge-open");
    let most = u32::try_from(limits::MAX_OPEN).unwrap();
    for n in 0..most + 2 {
        scratch.capture(&format!("{n}.pcap"), &[n, 1_000]);
    }
    let folder = [scratch.0.clone()];
    let mut source = merged(&folder);
    let (frames, errors) = drain_all(&mut source);
    assert_eq!(frames.len(), 2 * limits::MAX_OPEN);
    let told: Vec<_> = errors.iter().map(|error| (u32::from(error.input), &error.kind)).collect();
    let kind = &SourceErrorKind::TooManyOpen { most: limits::MAX_OPEN };
    assert_eq!(told, [(most, kind), (most + 1, kind)]);
}

#[test]
#[ignore = "makes 65,536 files"]
fn more_inputs_than_can_be_numbered_are_refused() {
    let scratch = Scratch::new("merge-many");
    let bytes = capture("x", &[7]);
    for n in 0..limits::MAX_INPUTS {
        scratch.file(&format!("{n}.pcap"), &bytes);
    }
    let folder = [scratch.0.clone()];
    let mut source = merged(&folder);
    let (frames, errors) = drain_all(&mut source);
    assert_eq!((frames.len(), errors.len()), (limits::MAX_INPUTS, 0));
    assert_eq!(frames.last().map(|(input, _)| *input), Some(u16::MAX - 1));
    scratch.file("one-more.pcap", &bytes);
    let error = refused(&folder);
    assert_eq!(error.kind, SourceErrorKind::TooManyInputs { most: limits::MAX_INPUTS });
}

/// What the order should be: each time the input whose next frame is earliest.
fn model(files: &[Vec<u32>]) -> Vec<(u16, u64)> {
    let mut at = vec![0; files.len()];
    let mut order = Vec::new();
    loop {
        let next = files.iter().zip(&at).enumerate();
        let next = next.filter_map(|(input, (times, at))| Some((*times.get(*at)?, input)));
        let Some((_, input)) = next.min() else { return order };
        at[input] += 1;
        order.push((u16::try_from(input).unwrap(), at[input] as u64));
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: 100,
        failure_persistence: Some(Box::new(FileFailurePersistence::Off) as Box<_>),
        ..ProptestConfig::default()
    })]

    #[test]
    fn the_earliest_next_frame_comes_next(
        files in prop::collection::vec(prop::collection::vec(0..20_u32, 0..8), 1..6),
    ) {
        let scratch = Scratch::new("merge-any");
        let names = (0..).zip(&files);
        let paths: Vec<_> = names.map(|(n, times)| scratch.capture(&format!("{n}.pcap"), times)).collect();
        let (frames, errors) = drain_all(&mut merged(&paths));
        prop_assert_eq!(errors, []);
        let order: Vec<_> = frames.iter().map(|(input, frame)| (*input, frame.number)).collect();
        prop_assert_eq!(order, model(&files));
    }
}
