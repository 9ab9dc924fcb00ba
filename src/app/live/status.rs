//! How a session is, in a few lines on standard error.

use std::fmt::Write as _;
use std::io::{self, Write as _};

use super::observe::Tick;
use crate::view::terminal::safe;

/// Says how the session is.
pub(super) fn say(tick: &Tick) {
    // Nothing is left to do when standard error is gone.
    let _ = io::stderr().write_all(text(tick).as_bytes());
}

/// `siplens: 61 s, 12,204 packets, 600 SIP messages` and a line for each source.
pub(super) fn text(tick: &Tick) -> String {
    let counters = &tick.counters;
    let mut text = String::new();
    let _ = writeln!(
        text,
        "siplens: running {} s, {} packets, {} SIP messages, {} RTCP; {} ms behind",
        tick.running.as_secs(),
        counters.packets,
        counters.sip_messages,
        counters.rtcp_packets,
        tick.lag.as_millis()
    );
    for source in &tick.sources {
        let health = &source.health;
        let drops =
            |known: Option<u64>| known.map_or("unknown".to_owned(), |count| count.to_string());
        let _ = writeln!(
            text,
            "siplens: {} {}: {} packets, {} bytes, dropped {} by us, {} by the interface, reopened {} times{}",
            source.about.format,
            safe(&source.about.name),
            source.packets,
            source.bytes,
            drops(health.dropped),
            drops(health.dropped_by_interface),
            health.reopened,
            health.down.as_ref().map_or(String::new(), |why| format!("; down: {}", safe(why))),
        );
    }
    text
}
