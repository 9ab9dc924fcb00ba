//! The whole way of a capture file: source, engine, diagnosis, report, views.

use std::io::{Cursor, Read, sink};
use std::num::NonZeroUsize;
use std::sync::Arc;

use siplens::base::limits::Limits;
use siplens::engine::{Engine, Retirement, Settings};
use siplens::report::{Context, Options, Totals, build};
use siplens::source::{FileSource, Source, Step};
use siplens::view::json;
use siplens::view::terminal::Palette;
use siplens::view::text::{self, Style};

/// Frames of one input that are looked at.
const MOST_FRAMES: u64 = 3_000;
/// Frames after which memory is short.
const OFTEN: u64 = 64;

/// Caps small enough for an input to reach them.
fn limits() -> Limits {
    Limits {
        conversations: 20,
        messages: 200,
        messages_per_conversation: 20,
        announcements: 50,
        streams: 20,
        candidates: 20,
        held_packets: 100,
        fragmented_packets: 4,
        fragment_bytes: 10_000,
        tcp_connections: 8,
        tcp_waiting: 4_000,
        tcp_total: 20_000,
        sip_message: 20_000,
        vq_reports: 8,
        mirrored: 8,
        digits: 10,
        identity: 4,
        bodies: 4,
        bindings: 4,
        endpoints: 6,
        links: 8,
        remnant_bytes: 1_000,
        evidence: 2,
        drops: 4,
    }
}

/// A capture file through everything; its report counts every frame.
pub fn capture_file(bytes: &[u8]) {
    let input = Cursor::new(bytes.to_vec()).take(16 << 20);
    let Ok(mut source) = FileSource::from_reader("-", Box::new(input), 0) else { return };
    let mut engine = Engine::new(Settings { limits: limits(), ..Settings::default() });
    let mut totals = Totals::default();
    let mut frames = 0;
    while frames < MOST_FRAMES {
        match source.next_frame() {
            Ok(Step::Frame(frame)) => {
                frames += 1;
                engine.handle_frame(&frame);
                if frames.is_multiple_of(OFTEN)
                    && let Some(left) = engine.evict(engine.bytes() / 2, &Retirement::default())
                {
                    totals.add(&Context::new(&left, &Options::default()));
                }
            }
            Ok(Step::End) => break,
            Ok(Step::Idle) | Err(_) => {}
        }
    }
    let snapshot = engine.finish();
    assert_eq!(snapshot.counters.packets, frames);
    assert!(snapshot.conversations.len() <= 20 && snapshot.streams.len() <= 20);
    let options = Options { totals: Some(Arc::new(totals)), ..Options::default() };
    let context = Context::new(&snapshot, &options);
    let report = build(&context);
    json::write(&report, false, NonZeroUsize::MIN, &mut sink()).expect("a sink takes everything");
    let palette = Palette { colour: false };
    let style = Style { palette, most_rows: 50, voices: true, width: 100 };
    text::write(&report, style, &mut sink()).expect("a sink takes everything");
}
