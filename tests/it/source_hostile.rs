//! Captures that are cut, corrupt or slow to come: never a panic, always an
//! end, and every frame that is whole.
#![allow(clippy::unwrap_used, reason = "helpers of tests fail as tests do")]

use std::io::Cursor;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use siplens::base::chunk::STRETCH;
use siplens::source::{FileSource, SourceErrorKind, limits};

use crate::capture_file::{
    ETHERNET, ISB_IFDROP, LINUX_SLL, MICROS, MODIFIED, NANOS, Order, block, enhanced_packet,
    interface, modified_record, netmon, netmon_record_1, netmon_record_2, netmon_table,
    number_option, obsolete_packet, option, pcap_header, pcap_record, section, simple_packet,
    statistics,
};
use crate::source_reading::{Drip, Reading, drain_in_chunks, read, read_from};

/// A small capture: its pieces, and how many frames are whole after each.
struct Pieces {
    /// The header, without which there is no capture.
    header: usize,
    /// Whether the last piece is a table that tells what should be before it.
    has_table: bool,
    parts: Vec<(Vec<u8>, usize)>,
}

impl Pieces {
    /// `header` and then pieces, which add a frame each if they say so.
    fn new(header: Vec<u8>, records: Vec<(Vec<u8>, bool)>) -> Self {
        let mut parts = vec![(header, 0)];
        let mut frames = 0;
        for (bytes, is_frame) in records {
            frames += usize::from(is_frame);
            parts.push((bytes, frames));
        }
        Self { header: parts[0].0.len(), has_table: false, parts }
    }

    fn bytes(&self) -> Vec<u8> {
        self.parts.iter().flat_map(|(bytes, _)| bytes.clone()).collect()
    }

    /// Frames whole in the first `length` bytes, and the piece that is cut there.
    fn expected(&self, length: usize) -> (usize, Option<std::ops::Range<usize>>) {
        let (mut start, mut whole) = (0, 0);
        for (bytes, frames) in &self.parts {
            let end = start + bytes.len();
            if end > length && start == length && self.has_table {
                return (whole, Some(start..self.bytes().len()));
            }
            if end > length {
                return (whole, (start < length).then_some(start..end));
            }
            (start, whole) = (end, *frames);
        }
        (whole, None)
    }
}

fn pcap(order: Order, magic: u32) -> Pieces {
    let record = if magic == MODIFIED { modified_record } else { pcap_record };
    let payloads = [&b"INVITE"[..], b"", b"200 OK", b"ACK."];
    let records = payloads.map(|bytes| (record(order, 1_700_000_000, 20, bytes), true));
    Pieces::new(pcap_header(order, magic, ETHERNET), records.to_vec())
}

fn pcapng(order: Order) -> Pieces {
    let other = if order == Order::Big { Order::Little } else { Order::Big };
    let drops = number_option(order, ISB_IFDROP, 4);
    let blocks = vec![
        (interface(order, ETHERNET, 96, &option(order, 9, &[9])), false),
        (enhanced_packet(order, 0, 1_700_000_000_000_000_000, b"INVITE"), true),
        (block(order, 10, b"CLIENT_RANDOM 00 11"), false),
        (simple_packet(order, 3, b"100"), true),
        (obsolete_packet(order, 0, 1_700_000_000_000_000_001, b"200 OK"), true),
        (statistics(order, 0, &drops), false),
        (section(other), false),
        (interface(other, LINUX_SLL, 0, &[]), false),
        (enhanced_packet(other, 0, 1_700_000_000_000_000, b"ACK"), true),
        (block(other, 4, b""), false),
    ];
    Pieces::new(section(order), blocks)
}

fn network_monitor(major: u8) -> Pieces {
    let trailer = [&[1, 0, 0, 0, 0, 0][..], &134_000_000_000_000_000_u64.to_le_bytes(), &[0]];
    let trailer = trailer.concat();
    let record = |n: u32, bytes: &[u8]| match major {
        1 => netmon_record_1(n, bytes),
        _ => netmon_record_2(n.into(), bytes, &trailer),
    };
    let records = [record(0, b"INVITE"), record(20, b""), record(40, b"200 OK")];
    let whole = netmon(major, 3, &records);
    let frames = records.iter().map(|record| (record.clone(), true));
    let table = (netmon_table(&records), false);
    let all = Pieces::new(whole[..128].to_vec(), frames.chain([table]).collect());
    Pieces { has_table: true, ..all }
}

fn captures() -> Vec<Pieces> {
    let mut captures = vec![network_monitor(1), network_monitor(2)];
    for order in [Order::Little, Order::Big] {
        captures.extend([MICROS, NANOS, MODIFIED].map(|magic| pcap(order, magic)));
        captures.push(pcapng(order));
    }
    captures
}

#[test]
fn a_capture_cut_anywhere_gives_what_is_whole() {
    for capture in captures() {
        let bytes = capture.bytes();
        let whole = read(&bytes).unwrap().sound();
        for length in 0..=bytes.len() {
            let read = read(&bytes[..length]);
            if length < capture.header {
                let kind = read.unwrap_err().kind;
                let expected = match length {
                    0 => matches!(kind, SourceErrorKind::Empty),
                    1..4 => matches!(kind, SourceErrorKind::NotACapture { .. }),
                    _ => matches!(kind, SourceErrorKind::HeaderCut { .. }),
                };
                assert!(expected, "{length} bytes: {kind:?}");
                continue;
            }
            let reading = read.unwrap().sound();
            let (frames, cut) = capture.expected(length);
            assert_eq!(reading.frames, whole.frames[..frames], "{length} bytes");
            assert_eq!(reading.info.packets, frames as u64);
            assert_eq!(reading.info.truncated, cut.is_some(), "{length} bytes");
            let mut problems = reading.info.problems.iter();
            let told = problems.find(|problem| problem.code == "file.truncated");
            assert_eq!(told.is_some(), cut.is_some(), "{length} bytes");
            let (Some(told), Some(cut)) = (told, cut) else { continue };
            let place = format!("offset {}: ", cut.start);
            let (_, missing) = told.text.split_once(&place).unwrap();
            let missing = missing.strip_suffix(" bytes missing").unwrap();
            let (least, missing) =
                missing.strip_prefix("at least ").map_or((false, missing), |n| (true, n));
            let missing: usize = missing.parse().unwrap();
            let expected = cut.end - length;
            assert!(missing == expected || (least && missing < expected), "{}", told.text);
            assert!(!least || length - cut.start < 16, "the record's header tells its length");
        }
    }
}

#[test]
fn a_capture_that_comes_byte_by_byte_is_the_same() {
    for capture in captures() {
        let bytes = capture.bytes();
        let whole = read(&bytes).unwrap().sound();
        for step in [1, 2, 3, 7, 64] {
            let drip = Drip { bytes: bytes.clone(), step };
            assert_eq!(read_from(drip).unwrap(), whole);
        }
    }
}

#[test]
fn frames_across_the_ends_of_reads_are_whole() {
    let order = Order::Little;
    let payload = |n: u32| vec![u8::try_from(n % 251).unwrap(); 900 + n as usize % 400];
    let many = 2_000;
    for pcapng in [false, true] {
        let mut bytes = if pcapng {
            [section(order), interface(order, ETHERNET, 0, &[])].concat()
        } else {
            pcap_header(order, MICROS, ETHERNET)
        };
        for n in 0..many {
            bytes.extend(if pcapng {
                enhanced_packet(order, 0, u64::from(n), &payload(n))
            } else {
                pcap_record(order, 0, n, &payload(n))
            });
        }
        assert!(bytes.len() > 6 * limits::READ_BYTES);
        let reading = read(&bytes).unwrap().sound();
        assert_eq!(reading.info.packets, u64::from(many));
        for (n, frame) in (0..).zip(&reading.frames) {
            assert_eq!(
                (frame.nanos, &frame.bytes),
                (i64::from(n) * 1_000, &payload(n)),
                "frame {n}"
            );
        }
        assert_eq!(read_from(Drip { bytes, step: 60_000 }).unwrap(), reading);
    }
}

/// Endless, repeating `pattern`; counts what is taken and the longest read.
struct Endless {
    pattern: Vec<u8>,
    at: usize,
    taken: Arc<AtomicUsize>,
    longest: Arc<AtomicUsize>,
}

impl std::io::Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        for byte in &mut *into {
            *byte = self.pattern.get(self.at).copied().unwrap_or(0);
            self.at += 1;
        }
        self.taken.fetch_add(into.len(), Ordering::Relaxed);
        self.longest.fetch_max(into.len(), Ordering::Relaxed);
        Ok(into.len())
    }
}

/// Reads from an input that goes on for ever after `bytes`; the bytes taken
/// and the longest read.
fn read_endless(bytes: Vec<u8>) -> (Reading, usize, usize) {
    let (taken, longest) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let input =
        Endless { pattern: bytes, at: 0, taken: Arc::clone(&taken), longest: Arc::clone(&longest) };
    let reading = read_from(input).unwrap();
    (reading, taken.load(Ordering::Relaxed), longest.load(Ordering::Relaxed))
}

#[test]
fn a_long_record_is_not_believed_before_it_is_bounded() {
    let order = Order::Little;
    let mut frame = pcap_record(order, 0, 0, b"");
    frame[8..12].fill(0xff);
    let bytes = [pcap_header(order, MICROS, ETHERNET), frame].concat();
    let (reading, taken, longest) = read_endless(bytes);
    assert!(matches!(reading.error.unwrap().kind, SourceErrorKind::FrameLength { .. }));
    assert!(taken <= limits::READ_BYTES && longest <= limits::READ_BYTES);

    let mut secrets = block(order, 10, b"");
    let size = limits::MAX_SKIPPED_BLOCK;
    secrets[4..8].copy_from_slice(&size.to_le_bytes());
    let bytes = [section(order), secrets].concat();
    let (reading, taken, longest) = read_endless(bytes);
    assert!(matches!(reading.error.unwrap().kind, SourceErrorKind::BlockTrailer { .. }));
    assert!(taken <= size as usize + 2 * limits::READ_BYTES);
    assert!(longest <= limits::READ_BYTES, "a block passed over is not held");

    let mut longest_block = enhanced_packet(order, 0, 0, b"");
    longest_block[4..8].copy_from_slice(&limits::MAX_BUFFERED_BLOCK.to_le_bytes());
    let bytes = [section(order), interface(order, ETHERNET, 0, &[]), longest_block].concat();
    let (_, _, longest) = read_endless(bytes);
    assert!(longest <= limits::MAX_BUFFERED_BLOCK as usize);
}

#[test]
fn a_frame_beyond_the_limit_is_refused_though_it_is_held_already() {
    let order = Order::Big;
    let most = limits::MAX_FRAME as usize;
    let packet = |length| enhanced_packet(order, 0, 0, &vec![0x55; length]);
    // The longest frame makes the buffer grow, and the block passed over ends
    // in a read that brings the frame after it.
    let bytes = [
        section(order),
        interface(order, ETHERNET, 0, &[]),
        packet(most),
        block(order, 0x1234, &vec![0; 3 * most + 100]),
        packet(most + 1),
    ];
    let reading = read(&bytes.concat()).unwrap();
    assert_eq!(reading.info.packets, 1);
    let kind = reading.error.map(|error| error.kind);
    let (captured, most) = (limits::MAX_FRAME + 1, limits::MAX_FRAME);
    assert_eq!(kind, Some(SourceErrorKind::FrameLength { captured, most }));
}

fn config(cases: u32) -> ProptestConfig {
    let failure_persistence = Some(Box::new(FileFailurePersistence::Off) as Box<_>);
    ProptestConfig { cases, failure_persistence, ..ProptestConfig::default() }
}

/// What holds of any input.
fn check_any(bytes: Vec<u8>) -> Result<(), TestCaseError> {
    let length = bytes.len() as u64;
    let straight = read(&bytes);
    let drip = read_from(Drip { bytes, step: 5 });
    prop_assert_eq!(&straight, &drip, "reads do not matter");
    let Ok(reading) = straight else { return Ok(()) };
    prop_assert_eq!(reading.frames.len() as u64, reading.info.packets);
    let captured: usize = reading.frames.iter().map(|frame| frame.bytes.len()).sum();
    prop_assert_eq!(captured as u64, reading.info.bytes);
    prop_assert!(reading.info.bytes < length);
    for pair in reading.frames.windows(2) {
        prop_assert!(pair[0].number < pair[1].number);
    }
    for frame in &reading.frames {
        prop_assert!(frame.wire_len as usize >= frame.bytes.len());
    }
    if let Some(error) = reading.error {
        prop_assert!(error.offset.is_some_and(|offset| offset < length));
        prop_assert!(!reading.info.truncated);
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(2_000))]

    #[test]
    fn mutated_captures_end(
        which in 0..10_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = captures()[which].bytes();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let length = bytes.len();
        bytes.truncate(length - cut.index(length) / 4);
        check_any(bytes)?;
    }

    #[test]
    fn any_bytes_after_a_header_end(
        which in 0..10_usize,
        rest in prop::collection::vec(prop_oneof![Just(0_u8), 0..8_u8, any::<u8>()], 0..300),
    ) {
        let capture = &captures()[which];
        let mut bytes = capture.bytes();
        bytes.truncate(capture.header);
        bytes.extend(rest);
        check_any(bytes)?;
    }

    #[test]
    fn any_bytes_end(bytes in prop::collection::vec(any::<u8>(), 0..100)) {
        check_any(bytes)?;
    }
}

/// Frames that go on from one buffer of the source into the next, a frame and a block
/// larger than it, and reads that fill it in part: chunks have what frames one by one are.
#[test]
fn chunks_have_the_frames_of_a_capture_larger_than_a_buffer() {
    let mut bytes = section(Order::Little);
    bytes.extend(interface(Order::Little, ETHERNET, 0, &[]));
    for number in 0..3_000_usize {
        let payload = vec![u8::try_from(number % 251).unwrap(); number % 700];
        bytes.extend(enhanced_packet(Order::Little, 0, number as u64, &payload));
        match number {
            700 => bytes.extend(block(Order::Little, 10, &vec![7; 3 * limits::READ_BYTES])),
            1_500 => {
                let large = vec![9; limits::READ_BYTES + limits::READ_BYTES / 2];
                bytes.extend(enhanced_packet(Order::Little, 0, 1, &large));
            }
            _ => {}
        }
    }
    assert!(bytes.len() > 6 * limits::READ_BYTES);
    let reading = read(&bytes).unwrap();
    assert_eq!((reading.frames.len(), &reading.error), (3_001, &None));
    for step in [1_000, 70_001] {
        let input = Drip { bytes: bytes.clone(), step };
        let source = FileSource::from_reader("test.pcap", Box::new(input), 7).unwrap();
        assert_eq!(drain_in_chunks(source, 0), reading);
    }
    // A chunk ends where those who read it on other threads meet.
    let source = FileSource::from_reader("test.pcap", Box::new(Cursor::new(bytes)), 7).unwrap();
    let turn = usize::try_from(STRETCH).unwrap() - 100;
    assert_eq!(drain_in_chunks(source, turn), reading);
}
