//! Readers of capture files and what decompresses them.

use std::io::{Cursor, Read};

use siplens::base::chunk::Chunk;
use siplens::base::frame::Frame;
use siplens::base::id::FrameNo;
use siplens::base::time::Timestamp;
use siplens::source::limits::MAX_FRAME;
use siplens::source::{FileSource, Source, Step};

/// Frames of a capture that are looked at.
const MOST: usize = 10_000;

/// What is held of a frame, to know it again.
type Seen = (FrameNo, Timestamp, u32, u64);

fn seen(frame: &Frame<'_>) -> Seen {
    let sum = frame.bytes.iter().fold(0_u64, |sum, byte| sum.rotate_left(5) ^ u64::from(*byte));
    (frame.no, frame.at, frame.wire_len, sum)
}

fn open(bytes: &[u8]) -> Option<FileSource> {
    // More than any record: what decompresses to more is cut here.
    let input = Cursor::new(bytes.to_vec()).take(16 << 20);
    FileSource::from_reader("-", Box::new(input), 0).ok()
}

/// Reads all frames, one by one and in chunks, which gives the same.
fn read(bytes: &[u8]) -> u64 {
    let (Some(mut source), Some(mut chunked)) = (open(bytes), open(bytes)) else { return 0 };
    let frames = one_by_one(&mut source);
    let (mut chunk, mut in_chunks) = (Chunk::default(), Vec::new());
    chunk.begin(0);
    while in_chunks.len() < MOST {
        let Some(filled) = chunked.fill(&mut chunk) else { break };
        in_chunks.extend(chunk.frames().map(|frame| seen(&frame)));
        if filled.is_ok() && chunk.is_empty() {
            break;
        }
        chunk.begin(chunk.turn() + chunk.len() as u64);
    }
    in_chunks.truncate(MOST);
    assert_eq!(frames, in_chunks, "one by one and in chunks");
    frames.len() as u64
}

/// Reads all frames; a source ends, and lends no longer frames than its limit.
fn one_by_one(source: &mut FileSource) -> Vec<Seen> {
    let (mut frames, mut last) = (Vec::new(), 0);
    while frames.len() < MOST {
        match source.next_frame() {
            Ok(Step::Frame(frame)) => {
                frames.push(seen(&frame));
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
        read(bytes);
    } else {
        read(&behind(&MAGICS[choice % MAGICS.len()], bytes));
    }
}

/// A pcapng file.
pub fn pcapng(bytes: &[u8]) {
    read(&behind(&[0x0a, 0x0d, 0x0d, 0x0a], bytes));
}

/// A Microsoft Network Monitor file.
pub fn netmon(bytes: &[u8]) {
    let magic = if bytes.first().is_some_and(|b| b & 1 == 1) { b"RTSS" } else { b"GMBU" };
    read(&behind(magic, bytes));
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
        read(bytes);
        return;
    }
    let choice = bytes.first().map_or(0, |first| usize::from(*first));
    read(&behind(MAGICS[choice % MAGICS.len()], bytes));
}
