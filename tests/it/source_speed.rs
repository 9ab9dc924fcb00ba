//! Records a second out of the page cache; run with
//! `cargo test --release --test it -- --ignored --nocapture source_speed`.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "helpers of tests do as tests do")]

use std::time::Instant;

use siplens::source::{FileSource, Folders, Merged, Source, Step};

use crate::capture_file::{
    ETHERNET, MICROS, Order, enhanced_packet, interface, pcap_header, pcap_record, section,
};
use crate::compressed::{COMPRESSIONS, compressed};
use crate::source_reading::Scratch;

const RECORDS: u32 = 2_000_000;
/// Readings, of which the fastest counts.
const ROUNDS: u32 = 5;
/// A G.711 packet of 20 ms on Ethernet.
const FRAME: [u8; 214] = [0x55; 214];

/// Seconds that the fastest of several readings takes.
fn fastest<S: Source>(open: impl Fn() -> S) -> f64 {
    let reading = || {
        let start = Instant::now();
        let mut source = open();
        let (mut frames, mut sum) = (0_u32, 0_u64);
        while let Step::Frame(frame) = source.next_frame().unwrap() {
            frames += 1;
            sum += frame.at.nanos().cast_unsigned() & 1;
            sum += u64::from(frame.bytes.first().copied().unwrap_or(0));
        }
        let taken = start.elapsed().as_secs_f64();
        assert_eq!(frames, RECORDS);
        assert!(std::hint::black_box(sum) > 0);
        taken
    };
    (0..ROUNDS).map(|_| reading()).fold(f64::MAX, f64::min)
}

#[test]
#[ignore = "measures, and means something in release mode only"]
fn source_speed() {
    let order = Order::Little;
    let pcap = pcap_header(order, MICROS, ETHERNET);
    let pcapng = [section(order), interface(order, ETHERNET, 0, &[])].concat();
    let record = |n| pcap_record(order, 1_700_000_000, n, &FRAME);
    let packet = |n| enhanced_packet(order, 0, 1_700_000_000_000_000 + u64::from(n), &FRAME);
    let files = [
        ("pcap", [pcap, (0..RECORDS).flat_map(record).collect()].concat()),
        ("pcapng", [pcapng, (0..RECORDS).flat_map(packet).collect()].concat()),
    ];
    for (name, bytes) in files {
        measure(name, &bytes, bytes.len());
    }
}

/// Measures reading a file of `bytes`, of a capture of `length` bytes.
fn measure(name: &str, bytes: &[u8], length: usize) {
    let path = std::env::temp_dir().join(format!("siplens-{}.{name}", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    let seconds = fastest(|| FileSource::open(&path, 0).unwrap());
    std::fs::remove_file(&path).unwrap();
    let (records, length, ratio) =
        (f64::from(RECORDS) / 1e6, length as f64 / 1e9, length as f64 / bytes.len() as f64);
    println!(
        "{name}: {:.2} M records/s, {:.3} GB/s, compressed {ratio:.1} times",
        records / seconds,
        length / seconds
    );
}

#[test]
#[ignore = "measures, and means something in release mode only"]
fn source_speed_compressed() {
    let order = Order::Little;
    let mut noise = 1_u32;
    // Half of each payload is noise, as coded speech is.
    let mut record = |n| {
        let mut frame = FRAME;
        for byte in &mut frame[100..] {
            noise ^= noise << 13;
            noise ^= noise >> 17;
            noise ^= noise << 5;
            *byte = noise.to_le_bytes()[0];
        }
        pcap_record(order, 1_700_000_000, n, &frame)
    };
    let records = (0..RECORDS).flat_map(&mut record).collect();
    let bytes = [pcap_header(order, MICROS, ETHERNET), records].concat();
    measure("plain", &bytes, bytes.len());
    for with in COMPRESSIONS {
        measure(with, &compressed(with, &bytes), bytes.len());
    }
}

#[test]
#[ignore = "measures, and means something in release mode only"]
fn source_speed_merged() {
    let order = Order::Little;
    let scratch = Scratch::new("speed-merged");
    for inputs in [1, 2, 8, 64, 250] {
        let paths: Vec<_> = (0..inputs)
            .map(|input| {
                let times = (0..RECORDS).filter(|n| n % inputs == input);
                let records =
                    times.flat_map(|n| pcap_record(order, n / 1_000_000, n % 1_000_000, &FRAME));
                let bytes = [pcap_header(order, MICROS, ETHERNET), records.collect()].concat();
                scratch.file(&format!("{inputs}-{input}.pcap"), &bytes)
            })
            .collect();
        let seconds = fastest(|| Merged::open(&paths, Folders::Flat).unwrap());
        println!("{inputs} inputs, in turn: {:.1} M records/s", f64::from(RECORDS) / 1e6 / seconds);
    }
}
