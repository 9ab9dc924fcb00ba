//! Reference vectors of round trips.

use serde_json::Value;
use siplens::base::id::Ssrc;
use siplens::base::time::{Span, Timestamp};
use siplens::metrics::rtt::{
    BlockTiming, Legs, SenderReports, Side, round_trip, round_trip_units, symmetric_one_way,
};

use crate::vectors::{MS, bytes, cases, close, count, float, list, text};

fn word(bytes: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap())
}

/// What one SR or RR says of round trips: its sender, the middle of its NTP
/// time if it is an SR, and its blocks.
fn report(bytes: &[u8]) -> (Ssrc, Option<u32>, Vec<BlockTiming>) {
    let (middle_ntp, blocks_at) = match bytes[1] {
        200 => (Some(word(bytes, 10)), 28),
        201 => (None, 8),
        other => panic!("packet type {other}"),
    };
    let blocks = (0..usize::from(bytes[0] & 0x1f)).map(|i| {
        let at = blocks_at + 24 * i;
        BlockTiming {
            about: Ssrc(word(bytes, at)),
            lsr: word(bytes, at + 16),
            dlsr: word(bytes, at + 20),
        }
    });
    (Ssrc(word(bytes, 4)), middle_ntp, blocks.collect())
}

fn check_end_point(case: &Value) {
    let field = |key| u32::try_from(count(case, key)).unwrap();
    let (received, lsr, dlsr) = (field("a_mid"), field("lsr"), field("dlsr"));
    let units = round_trip_units(received, lsr, dlsr);
    let what = case.to_string();
    close(units.map(|units| f64::from(units) / 65_536.0), &case["rtt_s"], 1e-9, &what);
    let believed = case["rtt_s"].as_f64().filter(|seconds| *seconds < 32_768.0);
    close(
        round_trip(received, lsr, dlsr).map(Span::as_secs),
        &believed.map_or(Value::Null, Value::from),
        1e-9,
        &what,
    );
}

fn check_passive(case: &Value) {
    let (mut reports, mut legs, mut found) = (SenderReports::new(), Legs::new(), Vec::new());
    for event in list(case, "events") {
        let at = Timestamp::from_nanos(event["t_ms"].as_i64().unwrap() * 1_000_000);
        let side = if text(event, "sender") == "A" { Side::A } else { Side::B };
        let (sender, middle_ntp, blocks) = report(&bytes(text(event, "hex")));
        for block in blocks {
            if let Some(leg) = reports.leg(sender, block, at) {
                found.push((sender, block.about, leg, legs.push(side, leg)));
            }
        }
        if let Some(middle_ntp) = middle_ntp {
            reports.remember(sender, middle_ntp, at);
        }
    }
    let expected = list(case, "expect");
    assert_eq!(found.len(), expected.len(), "{found:?}");
    for ((reporter, about, leg, round_trip), expect) in found.into_iter().zip(expected) {
        let what = expect.to_string();
        assert_eq!(u64::from(reporter.0), count(expect, "reporter"), "{what}");
        assert_eq!(u64::from(about.0), count(expect, "about"), "{what}");
        close(leg.as_ms(), &expect["leg_ms"], MS, &what);
        close(round_trip.map(Span::as_ms), &expect["rtt_ms"], MS, &what);
    }
}

fn check_one_way(case: &Value) {
    let [rtd, a, b] = ["rtd_ms", "esd_a", "esd_b"]
        .map(|key| Span::from_millis(i64::try_from(count(case, key)).unwrap()));
    let one_way = symmetric_one_way(rtd, a, b);
    close(one_way.as_ms(), &case["symmetric_one_way_ms"], MS, "one way");
    assert!(float(case, "symmetric_one_way_ms") > 0.0);
}

#[test]
fn round_trips() {
    let Some(cases) = cases("rtcp.json") else { return };
    let (mut end_point, mut passive, mut one_way) = (0, 0, 0);
    for case in &cases {
        if case.get("a_mid").is_some() {
            check_end_point(case);
            end_point += 1;
        } else if case.get("events").is_some() {
            check_passive(case);
            passive += 1;
        } else if case.get("rtd_ms").is_some() {
            check_one_way(case);
            one_way += 1;
        } else {
            // How RTCP is read is not this layer's.
            assert!(case.get("hex").is_some(), "{case}");
        }
    }
    assert!(end_point > 0 && passive > 0 && one_way > 0);
}
