//! The least that reading a capture can cost: 1 MiB reads, every record header
//! read and the first cache line of every frame touched, nothing kept.
//!
//! `cargo run --release --example floor -- calls.pcap`; reads pcap of
//! microseconds in little-endian order and pcapng of one such section, which is
//! what `generate` writes.

use std::env;
use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;

const READ: usize = 1 << 20;
const PCAP: [u8; 4] = [0xd4, 0xc3, 0xb2, 0xa1];
const PCAP_HEADER: usize = 24;
const PCAP_RECORD: usize = 16;
const SECTION: [u8; 4] = [0x0a, 0x0d, 0x0d, 0x0a];
const ENHANCED_PACKET: u32 = 6;
/// Where an Enhanced Packet Block has its packet.
const ENHANCED_HEADER: usize = 28;
/// How far into a frame its first cache line may end.
const TOUCHED: usize = 63;

/// What was seen; the sum keeps the reading from being left out as useless.
#[derive(Debug, Default)]
struct Seen {
    records: u64,
    bytes: u64,
    sum: u64,
}

fn word(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|word| u32::from_le_bytes(*word))
}

impl Seen {
    fn frame(&mut self, frame: &[u8]) {
        let touched = frame.get(TOUCHED.min(frame.len().saturating_sub(1)));
        self.sum += touched.map_or(0, |byte| u64::from(*byte));
        self.records += 1;
        self.bytes += frame.len() as u64;
    }

    /// Takes a record or block at the beginning of `bytes`; how long it is, or
    /// `None` when it is not all there.
    fn record(&mut self, bytes: &[u8], blocks: bool) -> Option<usize> {
        let (header, length) = if blocks {
            (ENHANCED_HEADER, usize::try_from(word(bytes, 4)?).ok()?.max(12))
        } else {
            (PCAP_RECORD, PCAP_RECORD + usize::try_from(word(bytes, 8)?).ok()?)
        };
        let record = bytes.get(..length)?;
        if !blocks {
            self.sum += u64::from(word(record, 0)?);
            self.frame(record.get(header..)?);
        } else if word(record, 0)? == ENHANCED_PACKET {
            self.sum += u64::from(word(record, 16)?);
            let captured = usize::try_from(word(record, 20)?).ok()?;
            self.frame(record.get(header..header + captured)?);
        }
        Some(length)
    }
}

fn read(path: &str) -> io::Result<Seen> {
    let mut file = File::open(path)?;
    let (mut buffer, mut held) = (vec![0; READ], 0);
    let (mut seen, mut blocks, mut begun) = (Seen::default(), false, false);
    loop {
        if held == buffer.len() {
            return Err(io::Error::other("a record longer than is read at once"));
        }
        let count = file.read(buffer.get_mut(held..).unwrap_or_default())?;
        if count == 0 {
            return Ok(seen);
        }
        held += count;
        let mut at = 0;
        if !begun && held >= PCAP_HEADER {
            begun = true;
            match buffer.first_chunk() {
                Some(&PCAP) => at = PCAP_HEADER,
                Some(&SECTION) => blocks = true,
                _ => return Err(io::Error::other("not a capture that generate writes")),
            }
        }
        while let Some(length) = buffer.get(at..held).and_then(|rest| seen.record(rest, blocks)) {
            at += length;
        }
        buffer.copy_within(at..held, 0);
        held -= at;
    }
}

fn main() -> ExitCode {
    let Some(path) = env::args().nth(1) else {
        let _ = writeln!(io::stderr(), "usage: floor FILE");
        return ExitCode::from(2);
    };
    // Nothing is left to do when standard output or error is gone.
    match read(&path) {
        Ok(Seen { records, bytes, sum }) => {
            let _ = writeln!(io::stdout(), "{records} records, {bytes} bytes, sum {sum}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            let _ = writeln!(io::stderr(), "floor: {path}: {error}");
            ExitCode::FAILURE
        }
    }
}
