//! Files that grow while they are read, and that other files replace.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use siplens::source::{FileSource, Format, Source, SourceErrorKind, Step};

use crate::capture_file::{
    ETHERNET, LINUX_SLL, MICROS, NANOS, Order, block, enhanced_packet, interface, netmon_header,
    netmon_record_1, pcap_header, pcap_record, section,
};
use crate::compressed::{COMPRESSIONS, compressed};
use crate::source_reading::{Scratch, Seen, read};

/// A file that is written while it is followed.
struct Written {
    _scratch: Scratch,
    path: PathBuf,
    file: File,
}

impl Written {
    fn new(name: &str) -> Self {
        let scratch = Scratch::new(name);
        let path = scratch.file("growing.pcap", b"");
        let file = OpenOptions::new().append(true).open(&path).unwrap();
        Self { _scratch: scratch, path, file }
    }

    fn write(&mut self, bytes: &[u8]) {
        self.file.write_all(bytes).unwrap();
    }

    /// Moves the file away and begins another at its path.
    fn rotate(&mut self) -> File {
        fs::rename(&self.path, self.path.with_extension("old")).unwrap();
        let new = OpenOptions::new().create(true).append(true).open(&self.path).unwrap();
        std::mem::replace(&mut self.file, new)
    }

    fn follow(&self) -> FileSource {
        FileSource::follow(&self.path, 3).unwrap()
    }
}

/// The frames until there is nothing more for now.
fn until_idle(source: &mut FileSource) -> Vec<Seen> {
    let mut frames = Vec::new();
    loop {
        match source.next_frame().unwrap() {
            Step::Frame(frame) => frames.push(Seen::of(&frame)),
            Step::Idle => return frames,
            Step::End => panic!("a file that is followed does not end"),
        }
    }
}

fn payloads(frames: &[Seen]) -> Vec<&[u8]> {
    frames.iter().map(|frame| frame.bytes.as_slice()).collect()
}

fn problems(source: &FileSource) -> Vec<(&'static str, u64)> {
    source.info().problems.iter().map(|problem| (problem.code, problem.count)).collect()
}

fn record(n: u32, bytes: &[u8]) -> Vec<u8> {
    pcap_record(Order::Little, n, 0, bytes)
}

fn header() -> Vec<u8> {
    pcap_header(Order::Little, MICROS, ETHERNET)
}

/// Writes `bytes` one by one and follows: frames come as soon as they are
/// whole, and in the end it is the capture that it is when read at once.
fn follow_byte_by_byte(name: &str, bytes: &[u8]) {
    let mut written = Written::new(name);
    let mut source = written.follow();
    let mut frames = until_idle(&mut source);
    for (length, byte) in (1..).zip(bytes) {
        written.write(&[*byte]);
        frames.extend(until_idle(&mut source));
        if length % 16 == 0
            && let Ok(whole) = read(&bytes[..length])
        {
            assert_eq!(frames, whole.frames, "{name}: {length} bytes");
        }
    }
    let whole = read(bytes).unwrap().sound();
    assert_eq!(frames, whole.frames, "{name}");
    assert!(!frames.is_empty());
    assert_eq!(problems(&source), whole.problems(), "{name}");
    let info = source.info();
    assert_eq!(
        (info.packets, info.format, info.truncated),
        (whole.info.packets, whole.info.format, false)
    );
    assert_eq!((&info.link_types, info.interface_drops), (&whole.info.link_types, None));
    assert_eq!(info.compression, whole.info.compression);
}

#[test]
fn half_a_record_is_waited_for() {
    let pcap = [header(), record(1, b"INVITE"), record(2, b""), record(3, b"BYE")].concat();
    follow_byte_by_byte("follow-pcap", &pcap);
    let order = Order::Big;
    let pcapng = [
        section(order),
        interface(order, ETHERNET, 0, &[]),
        enhanced_packet(order, 0, 7, b"INVITE"),
        block(order, 10, b"CLIENT_RANDOM 00 11"),
        block(order, 0xbad, &[0x55; 50]),
        enhanced_packet(order, 0, 8, b"BYE"),
    ];
    follow_byte_by_byte("follow-pcapng", &pcapng.concat());
    let netmon =
        [netmon_header(1, 1, 0, 0), netmon_record_1(1, b"INVITE"), netmon_record_1(2, b"")];
    follow_byte_by_byte("follow-netmon", &netmon.concat());
    for with in COMPRESSIONS {
        follow_byte_by_byte(&format!("follow-{with}"), &compressed(with, &pcap));
    }
}

#[test]
fn a_long_block_that_is_passed_over_may_come_in_parts() {
    let order = Order::Little;
    let mut written = Written::new("follow-long");
    let mut source = written.follow();
    written.write(&[section(order), interface(order, ETHERNET, 0, &[])].concat());
    let long = block(order, 0x1234, &vec![6; 3_000_000]);
    for part in long.chunks(700_000) {
        written.write(part);
        assert_eq!(until_idle(&mut source), []);
    }
    written.write(&enhanced_packet(order, 0, 8, b"BYE"));
    assert_eq!(payloads(&until_idle(&mut source)), [b"BYE"]);
}

#[test]
fn a_file_that_replaces_another_is_read_from_its_beginning() {
    let mut written = Written::new("follow-rotated");
    written.write(&[header(), record(1, b"one")].concat());
    let mut source = written.follow();
    assert_eq!(payloads(&until_idle(&mut source)), [b"one"]);

    let mut old = written.rotate();
    assert_eq!(until_idle(&mut source), [], "the new file has nothing yet");
    old.write_all(&record(2, b"two")).unwrap();
    assert_eq!(payloads(&until_idle(&mut source)), [b"two"], "the old is still written to");
    old.write_all(&record(3, b"three")).unwrap();
    let sll = pcap_header(Order::Big, NANOS, LINUX_SLL);
    let fourth = pcap_record(Order::Big, 4, 0, b"four");
    written.write(&[sll, fourth].concat());
    let frames = until_idle(&mut source);
    assert_eq!(payloads(&frames), [&b"three"[..], b"four"]);
    assert_eq!(frames[1].number, 4, "the numbers go on");
    assert_eq!(problems(&source), [("file.replaced", 1)]);
    let info = source.info();
    assert_eq!((info.packets, info.truncated, info.fraction_digits), (4, false, 9));
    assert_eq!(info.link_types, [ETHERNET, LINUX_SLL]);
}

#[test]
fn a_replaced_file_may_end_in_a_record_and_its_successor_be_of_another_kind() {
    let mut written = Written::new("follow-other");
    written.write(&[header(), record(1, b"one"), vec![0; 7]].concat());
    let mut source = written.follow();
    assert_eq!(payloads(&until_idle(&mut source)), [b"one"]);
    written.rotate();
    let order = Order::Big;
    let packet = enhanced_packet(order, 0, 8, b"two");
    let pcapng = [section(order), interface(order, ETHERNET, 0, &[]), packet].concat();
    written.write(&compressed("zstd", &pcapng));
    assert_eq!(payloads(&until_idle(&mut source)), [b"two"]);
    assert_eq!(problems(&source), [("file.truncated", 1), ("file.replaced", 1)]);
    let info = source.info();
    assert_eq!((info.format, info.compression), (Format::PcapNg, Some("zstd")));
    assert!(info.truncated);
    written.rotate();
    written.write(&[header(), record(9, b"three")].concat());
    assert_eq!(payloads(&until_idle(&mut source)), [b"three"]);
    assert_eq!((source.info().format, source.info().compression), (Format::Pcap, None));
    assert_eq!(problems(&source), [("file.truncated", 1), ("file.replaced", 2)]);
}

#[test]
fn a_file_that_is_cut_short_is_read_from_its_beginning() {
    let mut written = Written::new("follow-short");
    written.write(&[header(), record(1, b"one"), record(2, b"two")].concat());
    let mut source = written.follow();
    assert_eq!(until_idle(&mut source).len(), 2);
    written.file.set_len(0).unwrap();
    assert_eq!(until_idle(&mut source), []);
    written.write(&[header(), record(3, b"three")].concat());
    assert_eq!(payloads(&until_idle(&mut source)), [b"three"]);
    assert_eq!(problems(&source), [("file.replaced", 1)]);
}

#[test]
fn a_file_that_is_gone_is_waited_for() {
    let mut written = Written::new("follow-gone");
    written.write(&[header(), record(1, b"one")].concat());
    let mut source = written.follow();
    fs::remove_file(&written.path).unwrap();
    assert_eq!(until_idle(&mut source).len(), 1);
    written.write(&record(2, b"two"));
    assert_eq!(payloads(&until_idle(&mut source)), [b"two"], "it is still written to");
    fs::write(&written.path, [header(), record(3, b"three")].concat()).unwrap();
    assert_eq!(payloads(&until_idle(&mut source)), [b"three"]);
}

fn refusal(path: &Path) -> SourceErrorKind {
    match FileSource::follow(path, 0) {
        Ok(_) => panic!("followed"),
        Err(error) => error.kind,
    }
}

#[test]
fn what_cannot_be_followed_is_refused_at_once() {
    let scratch = Scratch::new("follow-refused");
    let absent = refusal(&scratch.0.join("absent.pcap"));
    assert!(matches!(absent, SourceErrorKind::Unreadable { .. }), "{absent:?}");
    assert_eq!(refusal(&scratch.0), SourceErrorKind::Directory);
    let text = refusal(&scratch.file("text.txt", b"more than the 24 bytes of a header"));
    assert!(matches!(text, SourceErrorKind::NotACapture { .. }), "{text:?}");
}

#[test]
fn a_fault_ends_the_following() {
    let mut written = Written::new("follow-fault");
    written.write(&header());
    let mut source = written.follow();
    assert_eq!(until_idle(&mut source), []);
    written.write(&[0xff; 16]);
    let error = source.next_frame().unwrap_err();
    assert!(matches!(error.kind, SourceErrorKind::FrameLength { .. }));
    assert_eq!((error.offset, error.input), (Some(24), 3));
    assert!(matches!(source.next_frame(), Ok(Step::End)));
}
