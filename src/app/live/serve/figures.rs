//! A session's figures as metrics have them.

use crate::app::live::observe::Tick;
use crate::base::time::Timestamp;
use crate::report::time::Resolution;
use crate::view::prometheus::{Extra, Session, Source};

/// A moment to the millisecond; the epoch before the first packet.
pub(super) fn time(at: Option<Timestamp>) -> String {
    Resolution(3).format(at.unwrap_or_default())
}

/// How the session is.
pub(super) fn session(tick: &Tick, extra: Vec<Extra>) -> Session {
    let sources = tick.sources.iter().map(|source| Source {
        name: source.about.name.clone(),
        format: source.about.format,
        packets: source.packets,
        bytes: source.bytes,
        dropped: source.health.dropped,
        dropped_by_interface: source.health.dropped_by_interface,
        is_up: source.health.down.is_none(),
        reopened: source.health.reopened,
    });
    let problems = tick.counters.occurred();
    Session {
        running_s: tick.running.as_secs_f64(),
        lag_s: tick.lag.as_secs_f64(),
        packets: tick.counters.packets,
        sip_messages: tick.counters.sip_messages,
        rtcp_packets: tick.counters.rtcp_packets,
        late: tick.late,
        clock_steps: tick.clock_steps,
        unlisted: tick.unlisted,
        sources: sources.collect(),
        problems: problems.map(|(reason, problem)| (reason.code(), problem.count)).collect(),
        extra,
    }
}
