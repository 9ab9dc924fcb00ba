//! What happened within a call: its legs, forks, changes, timers, transfers.

use super::{number, who};
use crate::report::call::CallRow;
use crate::report::dialogs::{ChangeRow, TransferRow};
use crate::report::legs::LegRow;

/// Changes of one call that are told one by one.
const MOST_CHANGES: usize = 8;

/// The lines of a call; none for a plain one.
pub(super) fn of_call(call: &CallRow<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    if call.legs.len() > 1 {
        lines.extend(call.legs.iter().map(leg));
    }
    // What little speaks for is left to the JSON report.
    let near = call.leg_candidates.iter().filter(|candidate| !candidate.is_weak);
    lines.extend(near.map(|candidate| {
        let other = candidate.call.as_deref().unwrap_or(&candidate.call_id);
        let basis: Vec<_> = candidate.basis.iter().map(|basis| words(basis.basis)).collect();
        format!("may be one with {} by {}; {}", other, basis.join(", "), candidate.why_apart)
    }));
    if let Some(fork) = &call.forking {
        let kind = match fork.kind {
            "parallel" => "in parallel",
            "serial" => "one after another",
            _ => "in parallel and one after another",
        };
        lines.push(format!(
            "forked {kind} to {} branches, {} answered",
            fork.branches, fork.answered
        ));
    }
    lines.extend(elements(call));
    lines.extend(changes(&call.changes));
    if let Some(timer) = &call.session_timer {
        let by = timer.refresher.map_or_else(String::new, |by| format!(" by the {by}"));
        lines.push(format!(
            "session timer of {} s, refreshed {}{by}, {}",
            timer.interval_s,
            super::times(timer.refresh_frames.len() as u64, "time"),
            timer.state
        ));
    }
    lines.extend(call.redirections.iter().map(|redirection| {
        let contacts = redirection.contacts.join(", ");
        let followed =
            if redirection.followed_frame.is_some() { "followed" } else { "not followed" };
        format!("{} to {}, {followed}", redirection.status, contacts)
    }));
    if !call.overlap.is_empty() {
        let numbers: Vec<_> = call.overlap.iter().map(|dialled| dialled.number.as_str()).collect();
        lines.push(format!("dialled {}", numbers.join(", ")));
    }
    lines.extend(call.transfers.iter().map(transfer));
    if let Some(from) = &call.transferred_from {
        lines.push(format!("came of a transfer of {from}"));
    }
    lines.extend(call.names.iter().map(|naming| {
        let other = naming.dialog.call.as_deref().unwrap_or(&naming.dialog.call_id);
        format!("{} {}", naming.how, other)
    }));
    lines
}

/// `192.0.2.5 took up to 3.5 ms`: how long the elements between took to pass messages on.
fn elements(call: &CallRow<'_>) -> Option<String> {
    let mut elements: Vec<(std::net::IpAddr, f64)> = Vec::new();
    for hop in &call.hops {
        let both = [hop.request_delay_ms.max, hop.response_delay_ms.max];
        let Some(most) = both.into_iter().flatten().reduce(f64::max) else { continue };
        match elements.iter_mut().find(|(ip, _)| *ip == hop.client.ip) {
            Some((_, known)) => *known = known.max(most),
            None => elements.push((hop.client.ip, most)),
        }
    }
    let texts: Vec<_> =
        elements.iter().map(|(ip, most)| format!("{ip} took up to {most:.1} ms")).collect();
    (!texts.is_empty()).then(|| texts.join(", "))
}

fn leg(leg: &LegRow) -> String {
    let status = leg.final_status.as_ref().map_or_else(String::new, |s| format!(" ({})", s.code));
    let basis: Vec<_> = leg.linked_by.iter().map(|basis| words(basis.basis)).collect();
    let link =
        leg.confidence.map_or_else(String::new, |sure| format!(", {sure} by {}", basis.join(", ")));
    let (from, to) = (who(&leg.caller), who(&leg.callee));
    format!("leg {} {}: {from} to {to}, {}{status}{link}", leg.role, leg.call_id, leg.state)
}

/// `hold by the caller at 3.0 s, resume by the caller at 6.0 s`
fn changes(changes: &[ChangeRow]) -> Option<String> {
    let told: Vec<_> = changes
        .iter()
        .filter(|change| change.kinds != ["refresh"] || change.verdict != "accepted")
        .collect();
    let mut texts: Vec<_> = told
        .iter()
        .take(MOST_CHANGES)
        .map(|change| {
            let kinds: Vec<_> = change.kinds.iter().map(|kind| words(kind)).collect();
            let by = change.by.map_or_else(String::new, |by| format!(" by the {by}"));
            let verdict = match change.verdict {
                "accepted" => String::new(),
                verdict => format!(" ({verdict})"),
            };
            format!("{}{by} at {:.1} s{verdict}", kinds.join(" and "), change.offset_s)
        })
        .collect();
    if told.len() > MOST_CHANGES {
        texts.push(format!("and {} more", told.len() - MOST_CHANGES));
    }
    (!texts.is_empty()).then(|| texts.join(", "))
}

fn transfer(transfer: &TransferRow) -> String {
    let by = transfer.by.map_or_else(String::new, |by| format!(" by the {by}"));
    let call = transfer
        .new_call
        .as_deref()
        .map_or_else(String::new, |call| format!(", call {}", number(call)));
    format!("{} transfer{by} to {}: {}{call}", transfer.kind, transfer.target, transfer.result)
}

/// `session_id` to `session id`
fn words(name: &str) -> String {
    name.replace('_', " ")
}
