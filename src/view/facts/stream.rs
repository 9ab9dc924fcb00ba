//! What a stream has to do with others.

use super::{Fact, fact};
use crate::report::stream::StreamRow;

/// The streams that it is the same media as or that it continues, and where it was
/// captured. What shares its SSRC is a finding.
pub fn of_stream(row: &StreamRow) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(same) = &row.same_media_as {
        facts.push(fact("same as", format!("{same}, captured before a relay or NAT")));
    }
    if let Some(before) = &row.continues {
        facts.push(fact("continues", format!("{} ({})", before.stream, super::words(before.why))));
    }
    if row.vantage_points.len() > 1 {
        let points: Vec<_> = row
            .vantage_points
            .iter()
            .map(|point| {
                let tunnel = point.tunnel.map(|name| format!(" in {name}")).unwrap_or_default();
                format!("{} packets with TTL {}{tunnel}", point.packets, point.ttl)
            })
            .collect();
        facts.push(fact("seen at", points.join("; ")));
    }
    facts
}
