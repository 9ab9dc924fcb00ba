//! Subscriptions and publications, and what bodies said.

use super::{Fact, fact, words};
use crate::report::event::{BodyRow, EventsRow, SubscriptionRow};
use crate::view::terminal::Tone;

/// Bodies of one conversation that are told one by one.
const MOST_BODIES: usize = 12;

/// Adds the facts of a row.
pub(super) fn add(row: &EventsRow, facts: &mut Vec<Fact>) {
    facts.extend(row.subscriptions.iter().map(subscription));
    facts.extend(row.bodies.iter().take(MOST_BODIES).map(body));
    let more = row.bodies.len().saturating_sub(MOST_BODIES) as u64 + row.bodies_dropped;
    if more > 0 {
        facts.push(fact("body", format!("and {more} more")));
    }
}

/// `presence by SUBSCRIBE of the caller: active, 3600 s, 2 NOTIFYs, refreshed 1 time`
fn subscription(row: &SubscriptionRow) -> Fact {
    let event = row.event.as_deref().unwrap_or("no package named");
    let id = row.event_id.as_ref().map(|id| format!(" (id {id})")).unwrap_or_default();
    let mut parts = vec![words(row.state)];
    parts.extend(row.reason.as_ref().map(|reason| format!("reason {reason}")));
    parts.extend(row.expires_s.map(|seconds| format!("{seconds} s")));
    parts.extend((row.notifies > 0).then(|| super::times(row.notifies.into(), "NOTIFY")));
    if row.refreshes > 0 {
        parts.push(format!("refreshed {}", super::times(row.refreshes.into(), "time")));
    }
    parts.extend(row.first_notify_ms.map(|ms| format!("first NOTIFY after {ms:.1} ms")));
    parts.extend(row.last_status.filter(|status| *status >= 300).map(|s| format!("status {s}")));
    let text =
        format!("{event}{id} by {} of the {}: {}", row.method, row.subscriber, parts.join(", "));
    let tone = match row.state {
        "failed" | "timed_out" => Tone::Bad,
        "active" | "accepted" => Tone::Good,
        _ => Tone::Plain,
    };
    let label = if row.method == "PUBLISH" { "publication" } else { "subscription" };
    Fact { tone, ..fact(label, text) }
}

/// `bob is open (NOTIFY of the callee, frame 3)`
fn body(row: &BodyRow) -> Fact {
    fact("body", format!("{} ({} of the {}, frame {})", row.text, row.method, row.from, row.frame))
}
