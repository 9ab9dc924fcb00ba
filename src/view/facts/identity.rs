//! Identity and routing: who the network says is calling, by which way the call
//! came, who signed for it, whether it is an emergency.

use std::fmt::Write as _;

use super::{Fact, fact, words};
use crate::report::identity::{
    DiversionRow, HistoryRow, IdentityRow, IsupRow, NamedRow, NumberRow,
};
use crate::report::stir::{PartiesRow, PassportRow};
use crate::view::terminal::Tone;

/// Adds the facts of a row.
pub(super) fn add(row: &IdentityRow, facts: &mut Vec<Fact>) {
    if let Some(emergency) = &row.emergency {
        let place = emergency.location.as_ref().map(|place| format!(", at {place}"));
        let text = format!(
            "{}{} (frame {})",
            emergency.service,
            place.unwrap_or_default(),
            emergency.frame
        );
        facts.push(Fact { tone: Tone::Bad, ..fact("emergency", text) });
    }
    facts.extend(row.geolocation.iter().map(|place| fact("location", place)));
    facts.extend(row.resource_priority.iter().map(|value| fact("priority", value)));
    facts.extend(row.p_asserted_identity.iter().map(|row| fact("asserted", named(row))));
    facts.extend(row.p_preferred_identity.iter().map(|row| fact("preferred", named(row))));
    facts.extend(row.remote_party_id.iter().map(|row| fact("party ID", remote(row))));
    if !row.privacy.is_empty() {
        facts.push(fact("privacy", row.privacy.join(", ")));
    }
    facts.extend(row.diversion.iter().map(|row| fact("diverted", diversion(row))));
    facts.extend(row.history_info.iter().map(|row| fact("history", history(row))));
    facts.extend(row.stir.iter().map(stir));
    for frame in &row.stir_unreadable {
        let text = format!("an Identity header that cannot be read (frame {frame})");
        facts.push(Fact { tone: Tone::Warning, ..fact("STIR", text) });
    }
    facts.extend(row.isup.iter().map(|row| fact("ISUP", isup(row))));
    if row.dropped > 0 {
        facts.push(fact("identity", format!("{} more facts are not kept", row.dropped)));
    }
}

/// `"Alice" sip:+4930@example.com is the caller (frame 1)`
fn named(row: &NamedRow) -> String {
    let name = row.display_name.as_ref().map(|name| format!("\"{name}\" "));
    format!("{}{} is the {} (frame {})", name.unwrap_or_default(), row.uri, row.of, row.frame)
}

fn remote(row: &NamedRow) -> String {
    let parts = [
        row.party.as_ref().map(|party| format!("party {party}")),
        row.screen.as_ref().map(|screen| format!("screened {screen}")),
        row.privacy.as_ref().map(|privacy| format!("privacy {privacy}")),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    match parts.as_slice() {
        [] => named(row),
        parts => format!("{}; {}", named(row), parts.join(", ")),
    }
}

/// `by sip:bob@example.com, user-busy, 2 times (frame 1)`
fn diversion(row: &DiversionRow) -> String {
    let parts = [
        Some(format!("by {}", row.uri)),
        row.reason.clone(),
        row.counter.map(|counter| super::times(counter.into(), "time")),
        row.privacy.as_ref().map(|privacy| format!("privacy {privacy}")),
        row.screen.as_ref().map(|screen| format!("screened {screen}")),
    ];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    format!("{} (frame {})", parts.join(", "), row.frame)
}

/// `1.1 sip:carol@example.com, because of SIP 486 "Busy Here", mapped from 1 (frame 1)`
fn history(row: &HistoryRow) -> String {
    let mut text = match &row.index {
        Some(index) => format!("{index} {}", row.uri),
        None => row.uri.clone(),
    };
    if row.protocol.is_some() || row.cause.is_some() {
        text.push_str(", left because of");
        let parts = [row.protocol.clone(), row.cause.map(|cause| cause.to_string())];
        for part in parts.into_iter().flatten() {
            let _ = write!(text, " {part}");
        }
    }
    if let Some(reason) = &row.text {
        let _ = write!(text, " \"{reason}\"");
    }
    if let Some(target) = row.target {
        let how = match target {
            "rc" => "found by registration",
            "mp" => "mapped to another user",
            _ => "not changed",
        };
        let from = row.target_from.as_ref().map(|from| format!(" from {from}"));
        let _ = write!(text, ", {how}{}", from.unwrap_or_default());
    }
    if row.private {
        text.push_str(", private");
    }
    let _ = write!(text, " (frame {})", row.frame);
    text
}

fn parties(parties: &PartiesRow) -> String {
    let all: Vec<_> = parties.tn.iter().chain(&parties.uri).map(String::as_str).collect();
    if all.is_empty() { "-".to_owned() } else { all.join(", ") }
}

/// `attest A, +4930 to +4989, signature valid (by CN=...), fresh (frame 1)`
fn stir(row: &PassportRow) -> Fact {
    let mut parts = Vec::new();
    let mut tone = Tone::Plain;
    if let Some(attest) = &row.attest {
        let meaning = match attest.as_str() {
            "A" => ", full",
            "B" => ", partial",
            "C" => ", gateway",
            _ => "",
        };
        parts.push(format!("attestation {attest}{meaning}"));
    }
    parts.push(format!("{} to {}", parties(&row.orig), parties(&row.dest)));
    if let Some(div) = &row.div {
        parts.push(format!("diverted from {}", parties(div)));
    }
    let certificate = row.certificate.as_ref().map(|by| format!(" by {}", by.subject));
    parts.push(format!("signature {}{}", row.signature, certificate.unwrap_or_default()));
    match row.signature {
        "valid" => tone = Tone::Good,
        "invalid" | "malformed" => tone = Tone::Bad,
        _ => {}
    }
    let mut doubt = |text: &str| {
        parts.push(text.to_owned());
        if tone != Tone::Bad {
            tone = Tone::Warning;
        }
    };
    if row.certificate.as_ref().is_some_and(|by| by.valid_then == Some(false)) {
        doubt("its certificate was not valid then");
    }
    match (row.fresh, row.age_s) {
        (Some(false), Some(age)) => doubt(&format!("not fresh: {age:.0} s old")),
        (Some(true), Some(age)) => parts.push(format!("fresh, {age:.0} s old")),
        _ => {}
    }
    let mut doubt = |text: &str| {
        parts.push(text.to_owned());
        if tone != Tone::Bad {
            tone = Tone::Warning;
        }
    };
    if row.orig_matches == Some(false) {
        doubt("it signs another caller than the call names");
    }
    if row.dest_matches == Some(false) {
        doubt("it signs another callee than the call names");
    }
    parts.push(format!("frame {}", row.frame));
    Fact { tone, ..fact("STIR", parts.join("; ")) }
}

/// `IAM by the caller, +4930... to 4989... (frame 1)`
fn isup(row: &IsupRow) -> String {
    let number = |row: &NumberRow| {
        let presentation = match row.presentation {
            Some("allowed") | None => String::new(),
            Some(other) => format!(", presentation {other}"),
        };
        format!("{} ({}{presentation})", row.digits, words(row.nature))
    };
    let mut parts = vec![format!("{} by the {}", row.message, row.from)];
    parts.extend(row.calling.as_ref().map(|row| format!("calling {}", number(row))));
    parts.extend(row.called.as_ref().map(|row| format!("called {}", number(row))));
    parts.extend(row.redirected_from.iter().map(|row| format!("redirected by {}", number(row))));
    if let Some(cause) = row.cause {
        let text = row.cause_text.map(|text| format!(" {text}")).unwrap_or_default();
        let place = row.cause_location.map(|place| format!(" at {place}")).unwrap_or_default();
        parts.push(format!("Q.850 cause {cause}{text}{place}"));
    }
    format!("{} (frame {})", parts.join(", "), row.frame)
}
