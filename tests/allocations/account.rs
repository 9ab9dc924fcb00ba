//! The engine's own account of the memory that it uses, held against the allocator's.

use allocation_counter::measure;
use siplens::base::frame::{Frame, Link};
use siplens::base::id::FrameNo;
use siplens::base::time::Timestamp;
use siplens::engine::{Engine, Retirement, Snapshot};
use siplens::track::call::CallState;

use crate::flood::{sip, udp};
use crate::traffic::{EPOCH, Held, Plan, SECOND, Ways};

/// How far the account may be off, either way.
const FACTOR: f64 = 1.25;

/// What the allocator and the engine say of the memory in use, and what each of
/// `count` takes.
#[track_caller]
fn is_accounted(frames: &Held, count: u64, what: &str) -> u64 {
    let mut engine = Engine::default();
    let counted = measure(|| {
        for frame in frames.iter() {
            engine.handle_frame(&frame);
        }
    });
    let (allocated, accounted) = (counted.bytes_current as f64, engine.bytes() as f64);
    let factor = (accounted / allocated).max(allocated / accounted);
    let each = counted.bytes_current.unsigned_abs() / count;
    assert!(factor < FACTOR, "{what}: {allocated} bytes allocated, {accounted} accounted");
    each
}

fn plan(calls: u64) -> Plan {
    Plan { calls, rate: 100.0, talk: 20 * SECOND, media: false, ..Plan::default() }
}

#[test]
fn calls_and_streams_are_accounted_for() {
    let calls = 1_500;
    let bare = Held::new(&plan(calls));
    let of_call = is_accounted(&bare, calls, "calls");
    assert!((3_000..5_500).contains(&of_call), "{of_call} bytes a call");
    let hops = Ways { two_hops: 1.0, tcp: 0.3, ..Ways::default() };
    is_accounted(&Held::new(&Plan { ways: hops, ..plan(calls) }), calls, "calls over two hops");
    let mixed = [60, 15, 10, 8, 4, 3];
    is_accounted(&Held::new(&Plan { mix: mixed, ..plan(calls) }), calls, "calls of every outcome");
    let calls = 150;
    let talking = Plan { media: true, talk: 8 * SECOND, ..plan(calls) };
    let of_media = is_accounted(&Held::new(&talking), 2 * calls, "streams");
    let of_stream = of_media - of_call / 2;
    assert!((3_000..6_000).contains(&of_stream), "{of_stream} bytes a stream");
}

/// Bytes that the engine may use in a flood, and the allocator while some leave.
const ALLOWED: usize = 12 << 20;
const MOST: u64 = 24 << 20;

#[test]
fn a_flood_of_spoofed_calls_stays_under_the_memory_allowed() {
    let plan = Plan { calls: 60, rate: 2.0, talk: 10 * SECOND, media: false, ..Plan::default() };
    let real = Held::new(&plan);
    let (count, apart) = (100_000_u32, 42 * SECOND / 100_000);
    let (mut completed, mut spoofed, mut left, mut most_alive) = (0, 0, 0, 0);
    let mut not_sent = 0;
    let mut tell = |snapshot: &Snapshot| {
        for call in snapshot.conversations.iter().filter_map(|one| one.call()) {
            // The spoofed ones have a To tag, so that no attempt begins with them.
            if call.attempts.is_empty() {
                spoofed += 1;
            } else {
                assert_eq!(call.state(snapshot.now()), CallState::Completed);
                completed += 1;
            }
        }
    };
    let counted = measure(|| {
        let (mut engine, mut next) = (Engine::default(), 0);
        let mut look = |engine: &mut Engine| {
            most_alive = most_alive.max(engine.bytes());
            while let Some(snapshot) = engine.evict(ALLOWED, &Retirement::default()) {
                left += 1;
                tell(&snapshot);
            }
        };
        for (index, frame) in real.iter().enumerate() {
            while next < count && u64::from(next) * apart < real.at(index) {
                let nanos = EPOCH * SECOND + u64::from(next) * apart;
                let [_, a, b, c] = next.wrapping_mul(0x9e37_79b1).to_be_bytes();
                let bytes = udp([10, a, b, c], 5060, 5060, &sip("INVITE", 1 << 24 | next, 1, ""));
                engine.handle_frame(&Frame {
                    no: FrameNo::new(0, u64::from(next) + 1),
                    at: Timestamp::from_nanos(i64::try_from(nanos).unwrap()),
                    link: Link::RawIp,
                    wire_len: u32::try_from(bytes.len()).unwrap(),
                    bytes: &bytes,
                });
                next += 1;
                if next.is_multiple_of(1_000) {
                    look(&mut engine);
                }
            }
            engine.handle_frame(&frame);
        }
        tell(&engine.finish());
        not_sent = count - next;
    });
    assert_eq!((completed, spoofed), (60, count - not_sent));
    assert!(left > 5 && most_alive > ALLOWED, "{left} parts, {most_alive} bytes");
    assert!(counted.bytes_max < MOST, "{} bytes", counted.bytes_max);
}
