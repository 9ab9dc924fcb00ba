//! Real captures, held against what Wireshark's capinfos says of them.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stderr,
    reason = "helpers of tests fail as tests do"
)]

use std::fs;
use std::path::PathBuf;

use siplens::base::time::Span;
use siplens::source::{FileSource, Format};

use crate::compressed::{COMPRESSIONS, compressed};
use crate::source_reading::{drain, read};

/// The folder of captures, where there is one.
fn corpus() -> Option<PathBuf> {
    let beside = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus");
    let folder = std::env::var_os("SIPLENS_CORPUS").map_or_else(|| beside.into(), PathBuf::from);
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("skipped: no captures at {}; set SIPLENS_CORPUS", folder.display());
    None
}

#[test]
fn real_captures_are_the_same_compressed() {
    let Some(corpus) = corpus() else { return };
    for name in ["sip-malformed-protos.pcap", "sip-rawip.pcap", "dtls-srtp-webrtc.pcapng"] {
        let bytes = fs::read(corpus.join(name)).unwrap();
        let plain = read(&bytes).unwrap().sound();
        assert!(!plain.frames.is_empty());
        for with in COMPRESSIONS {
            let mut reading = read(&compressed(with, &bytes)).unwrap().sound();
            assert_eq!(reading.info.compression.take(), Some(with), "{name}");
            assert!(reading == plain, "{name} is not the same in {with}");
        }
    }
}

/// The value of a line of capinfos.
fn value<'a>(capinfos: &'a str, label: &str) -> Option<&'a str> {
    capinfos.lines().find_map(|line| line.strip_prefix(label)).map(str::trim)
}

/// Nanoseconds since 1970 of `2016-08-09 20:30:42.221387`, UTC.
fn nanos(time: &str) -> i64 {
    let time: jiff::civil::DateTime = time.parse().unwrap();
    let time = time.to_zoned(jiff::tz::TimeZone::UTC).unwrap().timestamp();
    i64::try_from(time.as_nanosecond()).unwrap()
}

#[test]
fn real_captures_agree_with_capinfos() {
    let Some(corpus) = corpus() else { return };
    let mut compared = 0;
    for entry in fs::read_dir(corpus.join("tshark")).unwrap() {
        let folder = entry.unwrap().path();
        let Ok(capinfos) = fs::read_to_string(folder.join("capinfos.txt")) else { continue };
        let name = folder.file_name().unwrap().to_str().unwrap();
        let kind = value(&capinfos, "File type:").unwrap();
        let reading = drain(FileSource::open(corpus.join(name), 0).unwrap()).sound();
        let info = &reading.info;
        assert_eq!(info.name, name);
        let (format, problems): (_, &[_]) = match kind {
            "Microsoft NetMon 2.x" => (Format::NetMon, &[("file.local-time", 1)]),
            kind if kind.ends_with("pcapng") => (Format::PcapNg, &[]),
            _ => (Format::Pcap, &[]),
        };
        assert_eq!(info.format, format, "{name}");
        assert!(!info.truncated, "{name}");
        assert_eq!(reading.problems(), problems, "{name}");

        let count: u64 = value(&capinfos, "Number of packets:").unwrap().parse().unwrap();
        assert_eq!(info.packets, count, "{name}");
        let first = info.first_time.unwrap();
        let last = info.last_time.unwrap();
        // capinfos orders times by 32 bits of their distance in seconds.
        if last.since(first) < Span::from_secs(1 << 31) {
            let time = |label| nanos(value(&capinfos, label).unwrap());
            assert_eq!(first.nanos(), time("First packet time:"), "{name}");
            assert_eq!(last.nanos(), time("Last packet time:"), "{name}");
        }
        let digits = value(&capinfos, "File timestamp precision:").unwrap();
        let ours = format!("({})", info.fraction_digits);
        // Wireshark 4.0 states nanoseconds for every Network Monitor capture.
        let stated = digits.ends_with(&ours) || digits == "per-packet (-1)";
        assert!(stated || info.format == Format::NetMon, "{name}: {digits}");

        // The data size is that on the wire; its average is given in hundredths.
        let on_wire: u64 = reading.frames.iter().map(|frame| u64::from(frame.wire_len)).sum();
        let average = value(&capinfos, "Average packet size:").unwrap();
        let ours = format!("{:.2} bytes", on_wire as f64 / count as f64);
        assert_eq!(ours, average, "{name}");
        compared += 1;
    }
    assert!(compared > 0, "no capture was compared");
}
