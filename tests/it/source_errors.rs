//! Inputs that are no captures, or cannot be read: one clear line each.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

use std::io::{self, Read};

use siplens::source::{FileSource, SourceError, SourceErrorKind};

use crate::capture_file::{ETHERNET, MICROS, Order, pcap_header, pcap_record, section};
use crate::source_reading::{Scratch, drain, read, read_from};

fn refused(result: Result<FileSource, SourceError>) -> SourceError {
    match result {
        Ok(_) => panic!("opened"),
        Err(error) => error,
    }
}

#[test]
fn a_file_is_known_by_its_name_and_its_errors_by_its_path() {
    let scratch = Scratch::new("names");
    let record = pcap_record(Order::Little, 1, 0, b"x");
    let bytes = [pcap_header(Order::Little, MICROS, ETHERNET), record].concat();
    let whole = scratch.file("a call.pcap", &bytes);
    let reading = drain(FileSource::open(&whole, 7).unwrap()).sound();
    assert_eq!((reading.info.name.as_str(), reading.info.packets), ("a call.pcap", 1));

    let mut absurd = bytes.clone();
    absurd[24 + 8..24 + 12].fill(0xff);
    let path = scratch.file("absurd.pcap", &absurd);
    let error = drain(FileSource::open(&path, 7).unwrap()).error.unwrap();
    assert_eq!((error.file.as_str(), error.offset), (path.to_str().unwrap(), Some(24)));
}

#[test]
fn what_cannot_be_opened_says_why() {
    let scratch = Scratch::new("open");
    let absent = scratch.0.join("absent.pcap");
    let error = refused(FileSource::open(&absent, 0));
    assert!(
        matches!(error.kind, SourceErrorKind::Unreadable { kind: io::ErrorKind::NotFound, .. }),
        "{error:?}"
    );
    let line = error.to_string();
    assert!(line.starts_with(absent.to_str().unwrap()), "{line}");
    assert!(line.contains("No such file"), "{line}");

    let error = refused(FileSource::open(&scratch.0, 0));
    assert_eq!(error.kind, SourceErrorKind::Directory);
    assert!(error.to_string().ends_with(": is a directory, not a capture file"));

    let error = refused(FileSource::open(scratch.file("empty.pcap", b""), 0));
    assert_eq!(error.kind, SourceErrorKind::Empty);
    assert!(error.to_string().ends_with("empty.pcap: is empty, not a capture file"));
}

#[test]
fn what_is_no_capture_is_described() {
    let line = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    assert_eq!(
        line(b"\x1f\x9d\x90rest"),
        "test.pcap: compressed with compress; decompress it first with `gzip -dc`"
    );
    assert_eq!(
        line(b"\x01\x02\x03\x04\x05\x06\x07\x08\x09"),
        "test.pcap: not a capture file: begins with 01 02 03 04 05 06 07 08, \
         as no pcap, pcapng or netmon does"
    );
    assert_eq!(
        line(b"snoop\0\0\0\0\0\0\x02\0\0\0\x04"),
        "test.pcap: not a capture file: begins with 73 6e 6f 6f 70 00 00 00, as no pcap, pcapng or \
         netmon does; looks like a snoop capture, which editcap converts"
    );
    assert_eq!(
        line(b"Frame 1: 60 bytes"),
        "test.pcap: not a capture file: begins with 46 72 61 6d 65 20 31 3a, as no pcap, pcapng or \
         netmon does; looks like text"
    );
}

#[test]
fn a_file_that_ends_in_its_header_has_nothing_to_give() {
    let header = pcap_header(Order::Little, MICROS, ETHERNET);
    let error = read(&header[..23]).unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::HeaderCut { expected: 24, found: 23 });
    assert_eq!(error.to_string(), "test.pcap: ends in its header: 23 bytes of at least 24");
    let error = read(&section(Order::Big)[..20]).unwrap_err();
    assert_eq!(error.kind, SourceErrorKind::HeaderCut { expected: 28, found: 20 });
}

/// Gives its bytes and then fails.
struct Failing(io::Cursor<Vec<u8>>, io::ErrorKind);

impl Read for Failing {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        match self.0.read(into) {
            Ok(0) => Err(self.1.into()),
            read => read,
        }
    }
}

#[test]
fn a_read_that_fails_comes_after_the_frames_before() {
    let record = pcap_record(Order::Little, 1, 0, b"x");
    let bytes = [pcap_header(Order::Little, MICROS, ETHERNET), record, vec![0; 5]].concat();
    let length = bytes.len() as u64;
    let failing = Failing(io::Cursor::new(bytes), io::ErrorKind::TimedOut);
    let reading = read_from(failing).unwrap();
    assert_eq!(reading.payloads(), [b"x"]);
    assert!(!reading.info.truncated, "nobody knows what would have come");
    let error = reading.error.unwrap();
    assert_eq!(error.offset, Some(length));
    let kind = io::ErrorKind::TimedOut;
    assert!(matches!(error.kind, SourceErrorKind::Unreadable { kind: found, .. } if found == kind));
    let failing = Failing(io::Cursor::new(Vec::new()), io::ErrorKind::IsADirectory);
    assert_eq!(read_from(failing).unwrap_err().kind, SourceErrorKind::Directory);
}
