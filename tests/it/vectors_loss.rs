//! Reference vectors of loss patterns and playout buffers.

use serde_json::{Value, json};
use siplens::base::time::Span;
use siplens::metrics::gaps::{GMIN, Gilbert, LossFigures, VoipOctets};
use siplens::metrics::reception::Reception;

use crate::vectors::{EXACT, MS, cases, close, count, figures_of, float, packets, text};

fn octets(octets: VoipOctets) -> Value {
    json!({
        "loss_rate": octets.loss_rate,
        "discard_rate": octets.discard_rate,
        "burst_density": octets.burst_density,
        "gap_density": octets.gap_density,
        "burst_duration": octets.burst_duration_ms,
        "gap_duration": octets.gap_duration_ms,
    })
}

fn milliseconds(ms: &Value) -> Span {
    let whole = ms.as_f64().unwrap().round();
    assert!((whole - ms.as_f64().unwrap()).abs() < EXACT, "{ms} ms");
    #[expect(clippy::cast_possible_truncation)]
    Span::from_millis(whole as i64)
}

fn check_bursts(case: &Value, figures: &LossFigures, discarded: u64, title: &str) {
    let (expect, packet_time) = (&case["expect"], milliseconds(&case["packet_ms"]));
    assert_eq!(figures.bursts, count(expect, "bursts"), "{title}");
    assert_eq!(figures.burst_packets, count(expect, "burst_packets"), "{title}");
    assert_eq!(figures.burst_lost, count(expect, "burst_lost"), "{title}");
    assert_eq!(figures.gaps, count(expect, "gaps"), "{title}");
    assert_eq!(figures.gap_packets(), count(expect, "gap_packets"), "{title}");
    assert_eq!(figures.gap_lost(), count(expect, "gap_lost"), "{title}");
    close(figures.burst_density(), &expect["burst_density"], EXACT, title);
    close(figures.gap_density(), &expect["gap_density"], EXACT, title);
    close(figures.burst_duration_ms(packet_time), &expect["burst_duration_ms"], MS, title);
    close(figures.gap_duration_ms(packet_time), &expect["gap_duration_ms"], MS, title);
    assert_eq!(octets(figures.octets(discarded, packet_time)), expect["xr"], "{title}");
}

fn check_gilbert(case: &Value, figures: &LossFigures, title: &str) {
    let expect = &case["gilbert"];
    assert_eq!(figures.total, count(expect, "n"), "{title}");
    assert_eq!(figures.lost, count(expect, "lost"), "{title}");
    assert_eq!(figures.runs, count(expect, "loss_events"), "{title}");
    assert_eq!(figures.longest_run, count(expect, "max_loss_run"), "{title}");
    close(figures.loss_ratio(), &expect["loss_ratio"], EXACT, title);
    close(figures.mean_run(), &expect["mean_loss_run"], EXACT, title);
    close(figures.burst_ratio(), &expect["burst_r"], EXACT, title);
    let gilbert = figures.gilbert();
    close(gilbert.p, &expect["p"], EXACT, title);
    close(gilbert.q, &expect["q"], EXACT, title);
    close(gilbert.burst_ratio(), &expect["burst_r_pq"], EXACT, title);
}

#[test]
fn bursts_and_gaps() {
    let Some(cases) = cases("burst_gap.json") else { return };
    for case in &cases {
        let title = text(case, "title");
        if title == "Gilbert parameters -> loss and BurstR" {
            let gilbert = Gilbert { p: float(case, "p"), q: float(case, "q") };
            let loss = gilbert.loss_ratio().unwrap();
            close(100.0 * loss, &case["loss_pct"], EXACT, title);
            close(gilbert.burst_ratio(), &case["burst_r"], EXACT, title);
            close(loss / gilbert.p, &case["check_loss_over_p"], EXACT, title);
            close((1.0 - loss) / gilbert.q, &case["check_1_minus_loss_over_q"], EXACT, title);
            continue;
        }
        let events = text(case, "events");
        let figures = figures_of(events, u8::try_from(count(case, "gmin")).unwrap());
        let discarded = events.matches('D').count() as u64;
        check_bursts(case, &figures, discarded, title);
        check_gilbert(case, &figures, title);
    }
}

#[test]
fn playout_buffers() {
    const NOMINAL_MS: [u16; 5] = [20, 40, 60, 100, 200];
    let Some(cases) = cases("jitter_buffer.json") else { return };
    for case in &cases {
        let mut reception =
            Reception::<{ NOMINAL_MS.len() }, { NOMINAL_MS.len() + 1 }>::new(NOMINAL_MS);
        for (seq, sample) in packets(case) {
            reception.push(seq, &sample);
        }
        let loss = reception.loss();
        let expected = case["expect"].as_object().unwrap();
        assert_eq!(expected.len(), NOMINAL_MS.len());
        for (buffer, nominal_ms) in NOMINAL_MS.iter().enumerate() {
            let title = format!("{}, {nominal_ms} ms", text(case, "title"));
            let expect = &expected[&nominal_ms.to_string()];
            let (both, discarded) = (loss.buffers[buffer], loss.discarded(buffer));
            assert_eq!(discarded, count(expect, "discarded"), "{title}");
            assert_eq!(loss.network.lost, count(expect, "lost"), "{title}");
            assert_eq!(
                u64::from(reception.buffers().early()[buffer]),
                count(expect, "early"),
                "{title}"
            );
            assert_eq!(both, figures_of(text(expect, "map"), GMIN), "{title}");
            let packet_time = reception.packet_time().unwrap();
            assert_eq!(
                octets(both.octets(discarded, packet_time)),
                expect["burst_gap_xr"],
                "{title}"
            );
        }
    }
}
