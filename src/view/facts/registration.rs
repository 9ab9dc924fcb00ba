//! What a registration bound, and who used it.

use std::fmt::Write as _;

use super::{Fact, fact, number, times};
use crate::report::registration::{BindingRow, RegistrationRow};
use crate::view::terminal::Tone;

/// Calls of one registration that are named.
const MOST_CALLS: usize = 12;

/// The contacts that it bound, the way to them, and the calls that used them.
pub fn of_registration(row: &RegistrationRow<'_>) -> Vec<Fact> {
    let mut facts: Vec<_> = row.bindings.iter().map(binding).collect();
    if row.bindings_dropped > 0 {
        facts.push(fact("binding", format!("{} more are not kept", row.bindings_dropped)));
    }
    facts.push(fact("attempts", attempts(row)));
    if let Some(challenge) = &row.challenge {
        let realm = challenge.realm.as_ref().map(|realm| format!(", realm {realm}"));
        let algorithm = challenge.algorithm.as_ref().map(|name| format!(", {name}"));
        let text = format!(
            "{}{}{}",
            challenge.scheme,
            realm.unwrap_or_default(),
            algorithm.unwrap_or_default()
        );
        facts.push(fact("challenge", text));
    }
    if row.flapping {
        let text = format!("lost and bound again {}", times(row.returns.into(), "time"));
        facts.push(Fact { tone: Tone::Warning, ..fact("flapping", text) });
    }
    let list = |label: &'static str, values: &[String]| {
        (!values.is_empty()).then(|| fact(label, values.join(", ")))
    };
    facts.extend(list("path", &row.path));
    facts.extend(list("route", &row.service_route));
    facts.extend(list("associated", &row.associated_uris));
    if row.outbound {
        let timer = row.flow_timer_s.map(|seconds| format!(", heard from within {seconds} s"));
        facts.push(fact("outbound", format!("flows are kept{}", timer.unwrap_or_default())));
    }
    if row.calls > 0 {
        let named: Vec<_> = row
            .used_by
            .iter()
            .filter_map(|one| one.call.as_deref())
            .take(MOST_CALLS)
            .map(number)
            .collect();
        let numbers =
            if named.is_empty() { String::new() } else { format!(": {}", named.join(", ")) };
        facts.push(fact("used by", format!("{}{numbers}", times(row.calls, "call"))));
    }
    facts
}

fn attempts(row: &RegistrationRow<'_>) -> String {
    let mut parts = vec![times(row.attempts.into(), "attempt")];
    for (count, what) in [
        (row.succeeded, "succeeded"),
        (row.failed, "failed"),
        (row.challenges, "challenged"),
        (row.refreshes, "to refresh"),
        (row.removals, "to remove"),
    ] {
        if count > 0 {
            parts.push(format!("{count} {what}"));
        }
    }
    parts.join(", ")
}

/// `sip:alice@192.0.2.10:5060, bound, 06:26:10 to 07:26:10, refreshed 2 times (frame 4)`
fn binding(row: &BindingRow) -> Fact {
    let clock = |time: &str| time.get(11..19).unwrap_or(time).to_owned();
    let mut text = format!("{}, {}, {}", row.contact, row.state, clock(&row.bound_time));
    if let Some(until) = row.removed_time.as_ref().or(row.end_time.as_ref()) {
        let _ = write!(text, " to {}", clock(until));
    }
    if let Some(seconds) = row.expires_s {
        let _ = write!(text, ", granted {seconds} s");
    }
    for (count, what) in [(row.refreshes, "refreshed"), (row.lapses, "lost")] {
        if count > 0 {
            let _ = write!(text, ", {what} {}", times(count.into(), "time"));
        }
    }
    if !row.own {
        text.push_str(", another client's");
    }
    for (what, value) in [
        ("q", row.q.clone()),
        ("instance", row.instance.clone()),
        ("flow", row.reg_id.map(|id| id.to_string())),
        ("GRUU", row.public_gruu.clone()),
        ("temporary GRUU", row.temporary_gruu.clone()),
    ] {
        if let Some(value) = value {
            let _ = write!(text, ", {what} {value}");
        }
    }
    let _ = write!(text, " (frame {})", row.frame);
    let tone = match row.state {
        "bound" => Tone::Good,
        "expired" => Tone::Warning,
        _ => Tone::Plain,
    };
    Fact { tone, ..fact("binding", text) }
}
