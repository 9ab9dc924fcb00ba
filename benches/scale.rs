//! How the cost of a packet grows with the calls under way, and with the calls
//! in a file: `cargo bench --bench scale`, or with the most calls to try:
//! `cargo bench --bench scale -- 10000`. Of 2,000,000 it takes 10 GB of memory.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a bench stops where a test would fail"
)]
#![allow(clippy::print_stdout, reason = "a bench prints what it measures")]

#[path = "../tests/support/capture_file.rs"]
mod capture_file;
#[path = "support/chunks.rs"]
mod chunks;
#[path = "support/meter.rs"]
mod meter;
#[path = "support/streams.rs"]
mod streams;
#[path = "../tests/support/traffic/mod.rs"]
mod traffic;

use std::io::{self, Write};

use chunks::Chunks;
use meter::Meter;
use siplens::base::frame::{Frame, Link};
use siplens::base::id::FrameNo;
use siplens::base::time::Timestamp;
use siplens::engine::Engine;

use siplens::report::endpoints::topology;
use siplens::report::{Context, Options, build};
use siplens::view::json;
use streams::{Follows, Streams};
use traffic::{EPOCH, Frames, Nanos, Plan, SECOND, Ways};

/// Packets measured of each number of streams, at least.
const PACKETS: u32 = 2_000_000;
/// Packets measured of each stream, at least: a stream takes in at once what came of it
/// between two that its sampler looks at.
const ROUNDS: u32 = 32;
/// Frames made at once and then measured: as many bytes as a source reads at once.
const BATCH: usize = 500;

fn main() {
    let most = std::env::args().find_map(|argument| argument.parse().ok());
    let most: u32 = most.unwrap_or(200_000);
    media_under_way(most);
    signalling_under_way(most);
    at_one_port(most);
    calls_in_a_file(most);
}

/// A bar of 40 marks for `full`, of 80 at most.
fn bar(value: f64, full: f64) -> String {
    let marks = (40.0 * value / full).clamp(1.0, 80.0);
    (0..80).take_while(|mark| f64::from(*mark) < marks).map(|_| '#').collect()
}

/// How many packets of so many calls are measured.
fn measured(calls: u32) -> u32 {
    PACKETS.max(ROUNDS * 2 * calls)
}

/// What packets of the streams of so many calls cost, and what followed them.
fn packets<T: Follows + Default>(calls: u32) -> (Meter, Streams<T>) {
    let mut streams = Streams::new(calls, Ways::default());
    // So often round that each stream has taken in what was kept of it, before and within
    // what is measured.
    (0..ROUNDS * 2 * calls).for_each(|_| streams.packet());
    let (mut meter, count) = (Meter::default(), measured(calls));
    meter.add(|| (0..count).for_each(|_| streams.packet()));
    (meter, streams)
}

fn media_under_way(most: u32) {
    println!("\nRTP: cost of a packet by calls under way (two streams each, packets in turn)");
    println!(
        "{:>9} {:>9} {:>8} {:>14} {:>13} {:>13}",
        "calls", "streams", "ns", "ns one by one", "bytes/packet", "bytes/stream"
    );
    for calls in [10, 100, 1_000, 2_000, 10_000, 100_000].into_iter().filter(|calls| *calls <= most)
    {
        let count = measured(calls);
        let (one_by_one, _) = packets::<Engine>(calls);
        let (meter, streams) = packets::<Chunks>(calls);
        let snapshot = streams.engine.finish();
        assert_eq!(snapshot.streams.len(), 2 * calls as usize);
        let mut copied = Meter::default();
        let copy = copied.add(|| snapshot.streams.clone());
        println!(
            "{calls:>9} {:>9} {:>8.1} {:>14.1} {:>13.3} {:>13} {}",
            2 * calls,
            meter.nanos(count.into()),
            one_by_one.nanos(count.into()),
            meter.allocated as f64 / f64::from(count),
            copied.live / i64::from(2 * calls),
            bar(meter.nanos(count.into()), 200.0)
        );
        drop(copy);
    }
}

/// Frames that are made in batches and handled with the meter running.
struct Run {
    engine: Engine,
    frames: Frames,
    bytes: Vec<u8>,
    ends: Vec<(Nanos, usize)>,
    taken: u64,
    meter: Meter,
}

impl Run {
    fn new(plan: Plan) -> Self {
        Self {
            engine: Engine::default(),
            frames: Frames::new(plan),
            bytes: Vec::new(),
            ends: Vec::new(),
            taken: 0,
            meter: Meter::default(),
        }
    }

    /// Handles the next frames; how many there were.
    fn batch(&mut self) -> usize {
        self.bytes.clear();
        self.ends.clear();
        let mut frame = Vec::new();
        while self.ends.len() < BATCH {
            let Some(at) = self.frames.next_frame(&mut frame) else { break };
            self.bytes.extend_from_slice(&frame);
            self.ends.push((at, self.bytes.len()));
        }
        let Self { engine, bytes, ends, taken, meter, .. } = self;
        meter.add(|| {
            let mut start = 0;
            for (at, end) in ends.iter() {
                *taken += 1;
                engine.handle_frame(&Frame {
                    no: FrameNo::new(0, *taken),
                    at: Timestamp::from_nanos(i64::try_from(EPOCH * SECOND + at).unwrap()),
                    link: Link::Ethernet,
                    wire_len: u32::try_from(end - start).unwrap(),
                    bytes: &bytes[start..*end],
                });
                start = *end;
            }
        });
        self.ends.len()
    }
}

/// Calls of every outcome without media.
fn signalling(calls: u32) -> Plan {
    Plan { calls: calls.into(), talk: 10 * SECOND, ring: 2 * SECOND, ..Plan::signalling() }
}

fn signalling_under_way(most: u32) {
    println!("\nSIP: cost of a message by calls under way");
    println!("{:>9} {:>9} {:>8} {:>13}", "calls", "messages", "ns", "bytes");
    for calls in [10, 100, 1_000, 10_000, 100_000].into_iter().filter(|calls| *calls <= most) {
        // As many again come and go, and no fewer than make a measurement.
        let plan = signalling((2 * calls).max(10_000)).with_concurrent(calls.into());
        let mut run = Run::new(plan);
        while run.batch() > 0 {}
        let (meter, messages) = (run.meter, run.taken);
        println!(
            "{calls:>9} {messages:>9} {:>8.0} {:>13.0} {}",
            meter.nanos(messages),
            meter.allocated as f64 / messages as f64,
            bar(meter.nanos(messages), 8_000.0)
        );
    }
}

/// What a frame costs where the callees of all calls receive media at one address and port.
fn at_one_port(most: u32) {
    println!("\nSIP and RTP: cost of a frame by calls under way whose callees share a media port");
    println!("{:>9} {:>9} {:>8} {:>13}", "calls", "frames", "ns", "bytes");
    for calls in [10, 100, 1_000, 10_000].into_iter().filter(|calls| *calls <= most) {
        // As many again come and go, each with 100 packets.
        let plan =
            Plan { calls: (2 * calls).max(2_000).into(), ring: 0, talk: SECOND, ..Plan::default() };
        let plan = Plan { one_port: true, ..plan }.with_concurrent(calls.into());
        let mut run = Run::new(plan);
        while run.batch() > 0 {}
        let (meter, frames) = (run.meter, run.taken);
        println!(
            "{calls:>9} {frames:>9} {:>8.0} {:>13.0} {}",
            meter.nanos(frames),
            meter.allocated as f64 / frames as f64,
            bar(meter.nanos(frames), 2_000.0)
        );
    }
}

/// Counts what is written to it.
struct Count(u64);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len() as u64;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn calls_in_a_file(most: u32) {
    println!("\nSIP: cost and memory by calls in a file, and of their report as JSON");
    println!(
        "{:>9} {:>9} {:>10} {:>11} {:>14} {:>12} {:>12} {:>12} {:>12} {:>12}",
        "calls",
        "messages",
        "ns/message",
        "bytes/call",
        "bytes/message",
        "finish ns",
        "diagnosis ns",
        "survey ns",
        "JSON ns",
        "JSON bytes"
    );
    let numbers = [1_000, 10_000, 50_000, 100_000, 200_000, 500_000, 2_000_000];
    for calls in numbers.into_iter().filter(|calls| *calls <= most) {
        let mut run = Run::new(Plan { rate: 1_000.0, ..signalling(calls) });
        while run.batch() > 0 {}
        let Run { engine, taken, mut meter, .. } = run;
        let nanos = meter.nanos(taken);
        let mut ended = Meter::default();
        let snapshot = ended.add(|| engine.finish());
        meter.live += ended.live;
        let options = Options::default();
        let mut diagnosed = Meter::default();
        let context = diagnosed.add(|| Context::new(&snapshot, &options));
        // Who does what and who talks to whom; the report has it ready then.
        let mut surveyed = Meter::default();
        surveyed.add(|| drop(topology(&context)));
        let (mut written, mut count) = (Meter::default(), Count(0));
        written.add(|| {
            json::write(&build(&context), false, std::num::NonZeroUsize::MIN, &mut count).unwrap();
        });
        let of_call = u64::from(calls);
        println!(
            "{calls:>9} {taken:>9} {nanos:>10.0} {:>11} {:>14.0} {:>12.0} {:>12.0} {:>12.0} {:>12.0} {:>12}",
            meter.live / i64::from(calls),
            meter.live as f64 / taken as f64,
            ended.nanos(of_call),
            diagnosed.nanos(of_call),
            surveyed.nanos(of_call),
            written.nanos(of_call),
            count.0 / of_call
        );
    }
}
