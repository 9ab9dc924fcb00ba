//! Readers of capture files and what decompresses them.

use std::io::{Cursor, Read};

use siplens::source::limits::MAX_FRAME;
use siplens::source::{FileSource, Source, Step};

/// Reads all frames; a source ends, and lends no longer frames than its limit.
fn read(bytes: Vec<u8>) -> u64 {
    // More than any record: what decompresses to more is cut here.
    let input = Cursor::new(bytes).take(16 << 20);
    let Ok(mut source) = FileSource::from_reader("-", Box::new(input), 0) else { return 0 };
    let (mut frames, mut last) = (0, 0);
    while frames < 10_000 {
        match source.next_frame() {
            Ok(Step::Frame(frame)) => {
                frames += 1;
                assert!(frame.bytes.len() <= MAX_FRAME as usize);
                // Frames that could not be lent have numbers too.
                assert!(frame.no.number() > last, "numbers go up");
                last = frame.no.number();
            }
            Ok(Step::End) => {
                assert!(matches!(source.next_frame(), Ok(Step::End)), "the end is the end");
                break;
            }
            Ok(Step::Idle) | Err(_) => {}
        }
    }
    frames
}

fn behind(start: &[u8], bytes: &[u8]) -> Vec<u8> {
    let rest = bytes.get(start.len()..).unwrap_or_default();
    [start, rest].concat()
}

/// A pcap file: the first byte chooses the magic number.
pub fn pcap(bytes: &[u8]) {
    const MAGICS: [[u8; 4]; 6] = [
        [0xd4, 0xc3, 0xb2, 0xa1],
        [0xa1, 0xb2, 0xc3, 0xd4],
        [0x4d, 0x3c, 0xb2, 0xa1],
        [0xa1, 0xb2, 0x3c, 0x4d],
        [0x34, 0xcd, 0xb2, 0xa1],
        [0xa1, 0xb2, 0xcd, 0x34],
    ];
    let choice = bytes.first().map_or(0, |first| usize::from(*first));
    if MAGICS.iter().any(|magic| bytes.starts_with(magic)) {
        read(bytes.to_vec());
    } else {
        read(behind(&MAGICS[choice % MAGICS.len()], bytes));
    }
}

/// A pcapng file.
pub fn pcapng(bytes: &[u8]) {
    read(behind(&[0x0a, 0x0d, 0x0d, 0x0a], bytes));
}

/// A Microsoft Network Monitor file.
pub fn netmon(bytes: &[u8]) {
    let magic = if bytes.first().is_some_and(|b| b & 1 == 1) { b"RTSS" } else { b"GMBU" };
    read(behind(magic, bytes));
}

/// Compressed data of a kind that the first byte chooses.
pub fn unpack(bytes: &[u8]) {
    const MAGICS: [&[u8]; 6] = [
        b"\x1f\x8b\x08",
        b"\x28\xb5\x2f\xfd",
        b"\x04\x22\x4d\x18",
        b"\x02\x21\x4c\x18",
        b"\xfd7zXZ\0",
        b"BZh",
    ];
    if MAGICS.iter().any(|magic| bytes.starts_with(magic)) {
        read(bytes.to_vec());
        return;
    }
    let choice = bytes.first().map_or(0, |first| usize::from(*first));
    read(behind(MAGICS[choice % MAGICS.len()], bytes));
}
