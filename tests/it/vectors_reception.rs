//! Reference vectors of sequence numbers and timing.

use serde_json::{Value, json};
use siplens::base::id::Seq;
use siplens::base::time::Span;
use siplens::metrics::gaps::GMIN;
use siplens::metrics::jitter::IntegerJitter;
use siplens::metrics::reception::{NOMINAL_MS, Reception};
use siplens::metrics::rfc3550::{
    Receiver, clamp_cumulative_lost, cumulative_lost_from_wire, cumulative_lost_to_wire,
    fraction_lost,
};
use siplens::metrics::sample::Sample;
use siplens::metrics::sequence::{Arrival, Sequence, SequenceCounts};
use siplens::metrics::timeline::{Begins, Timeline};
use siplens::metrics::window::LossWindow;

use crate::vectors::{EXACT, cases, close, count, figures_of, list, packets, text};

fn check_counts(counts: &SequenceCounts, expected: &Value, title: &str) {
    let got = json!({
        "packets": counts.packets,
        "expected": counts.expected,
        "unique": counts.unique,
        "lost": counts.lost,
        "duplicates": counts.duplicates,
        "out_of_order": counts.out_of_order,
        "restarts": counts.restarts,
        "stray": counts.stray,
    });
    let mut wanted = expected.clone();
    let percent = wanted.as_object_mut().unwrap().remove("lost_pct").unwrap();
    assert_eq!(got, wanted, "{title}");
    close(counts.lost_percent(), &percent, EXACT, title);
}

fn check_receiver(receiver: &Receiver, expected: &Value, title: &str) {
    // Backwards on probation, the highest number is below the base.
    let got = json!({
        "base_seq": receiver.base_seq().0,
        "ext_max": receiver.extended_max(),
        "cycles": receiver.cycles(),
        "expected": receiver.expected(),
        "received": receiver.received(),
        "lost": receiver.lost(),
        "resets": receiver.resets(),
        "valid": receiver.is_valid(),
    });
    assert_eq!(&got, expected, "{title}");
}

fn check_sequence(case: &Value, title: &str) {
    let (mut sequence, mut window) = (Sequence::new(), LossWindow::<0>::new());
    let (mut open, mut careful) = (Receiver::new(0), Receiver::new(2));
    for seq in list(case, "seqs") {
        let seq = Seq(u16::try_from(seq.as_u64().unwrap()).unwrap());
        window.record(sequence.push(seq), 0);
        open.push(seq);
        careful.push(seq);
    }
    check_counts(&sequence.counts(), &case["expect"], title);
    check_receiver(&open, &case["rfc3550_probation0"], title);
    check_receiver(&careful, &case["rfc3550_probation2"], title);
    let figures = window.figures().network;
    assert_eq!(figures.total, count(&case["expect"], "expected"), "{title}");
    assert_eq!(figures.lost, count(&case["expect"], "lost"), "{title}");
    if let Some(map) = case["map"].as_str() {
        assert_eq!(figures, figures_of(map, GMIN), "{title}");
    }
}

#[test]
fn sequence() {
    let Some(cases) = cases("sequence.json") else { return };
    for case in &cases {
        match text(case, "title") {
            "fraction lost" => {
                let [expected, received] = ["expected_interval", "received_interval"];
                let got = fraction_lost(count(case, expected), count(case, received));
                assert_eq!(u64::from(got), count(case, "fraction"), "{case}");
            }
            "clamp of cumulative lost" => {
                let value = case["value"].as_i64().unwrap();
                assert_eq!(json!(clamp_cumulative_lost(value)), case["clamped"], "{case}");
                assert_eq!(json!(cumulative_lost_to_wire(value)), case["wire24"], "{case}");
            }
            "sign of cumulative lost" => {
                let wire = u32::try_from(count(case, "wire24")).unwrap();
                assert_eq!(json!(cumulative_lost_from_wire(wire)), case["value"], "{case}");
            }
            title => check_sequence(case, title),
        }
    }
}

/// Every D that the jitter is made of, in ms.
fn differences(packets: &[(Seq, Sample)]) -> Vec<f64> {
    let (mut sequence, mut line) = (Sequence::new(), Timeline::new());
    let (mut stray, mut differences) = (None, Vec::new());
    let mut advance = |line: &mut Timeline, sample: &Sample| {
        let step = line.advance(sample);
        differences.extend(
            step.filter(|step| matches!(step.begins, Begins::Nothing | Begins::Clock))
                .map(|step| step.difference_ns() / 1e6),
        );
    };
    for (seq, sample) in packets {
        match sequence.push(*seq) {
            Arrival::Stray => {
                stray = Some(*sample);
                continue;
            }
            Arrival::Restart => {
                line.begin_segment();
                advance(&mut line, &stray.take().unwrap());
            }
            _ => {}
        }
        advance(&mut line, sample);
    }
    differences
}

fn check_timing(case: &Value, title: &str) {
    let packets = packets(case);
    let mut reception =
        Reception::<{ NOMINAL_MS.len() }, { NOMINAL_MS.len() + 1 }>::new(NOMINAL_MS);
    let mut levels = Vec::new();
    for (seq, sample) in &packets {
        reception.push(*seq, sample);
        let jitter = reception.jitter();
        // A restart takes its two packets at once, the first without an update.
        if jitter.updates() > levels.len() as u64 {
            levels.push(jitter.last_ms().unwrap());
        }
    }
    for (got, expected) in
        [(&differences(&packets), list(case, "d_ms")), (&levels, list(case, "j_ms"))]
    {
        assert_eq!(got.len(), expected.len(), "{title}");
        for (got, expected) in got.iter().zip(expected) {
            close(*got, expected, EXACT, title);
        }
    }
    let (jitter, delta, expect) = (reception.jitter(), reception.delta(), &case["expect"]);
    assert_eq!(jitter.updates(), count(expect, "n"), "{title}");
    close(jitter.mean_ms(), &expect["mean"], EXACT, title);
    close(jitter.max_ms(), &expect["max"], EXACT, title);
    close(jitter.last_ms(), &expect["final"], EXACT, title);
    close(jitter.mean_abs_d_ms(), &expect["mean_abs_d"], EXACT, title);
    close(jitter.max_abs_d_ms(), &expect["max_abs_d"], EXACT, title);
    close(delta.max_all().map(Span::as_ms), &expect["max_delta_all"], EXACT, title);
    close(delta.max().map(Span::as_ms), &expect["max_delta"], EXACT, title);
    close(delta.mean_ms(), &expect["mean_delta"], EXACT, title);
    close(reception.skew().max_ms(), &expect["max_skew"], EXACT, title);
    let field = jitter.report_field(reception.clock_hz().unwrap());
    assert_eq!(field.map_or(Value::Null, Value::from), expect["rr_jitter_units"], "{title}");
    check_counts(&reception.counts(), &case["sequence"], title);
}

#[test]
fn jitter() {
    let Some(cases) = cases("jitter.json") else { return };
    for case in &cases {
        match text(case, "title") {
            "integer form of A.8" => {
                let mut jitter = IntegerJitter::default();
                let fields: Vec<u32> = list(case, "d_units")
                    .iter()
                    .map(|d| jitter.push(i32::try_from(d.as_i64().unwrap()).unwrap()))
                    .collect();
                assert_eq!(json!(fields), case["rr_jitter"]);
            }
            title => check_timing(case, title),
        }
    }
}
