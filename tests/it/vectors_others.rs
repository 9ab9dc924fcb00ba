//! What other programs make of the same losses and delays, as the vectors have
//! it: what siplens does instead, and how far they are apart.

use siplens::base::codec::Codec;
use siplens::metrics::emodel::Parameters;
use siplens::metrics::emodel_simplified::{asterisk_mos, cole_rosenbluth_id, voipmonitor_mos};
use siplens::metrics::impairment::{CodecMode, impairment};
use siplens::metrics::quality::{Conditions, quality};

use crate::vectors::{EXACT, cases, close, count, float, text};

#[test]
fn other_programs() {
    let Some(cases) = cases("other_tools.json") else { return };
    let mut seen = [0; 3];
    for case in &cases {
        let what = case.to_string();
        match text(case, "tool") {
            "VoIPmonitor" => {
                seen[0] += 1;
                let runs = case["runs"].as_object().unwrap();
                let length = |run: &str| run.parse::<u64>().unwrap();
                let lost = runs.iter().map(|(run, n)| length(run) * n.as_u64().unwrap()).sum();
                let bursts = runs.values().map(|n| n.as_u64().unwrap()).sum();
                let theirs = voipmonitor_mos(lost, bursts, count(case, "received"));
                close(theirs.mos, &case["mos"], EXACT, &what);
                close(theirs.burst_ratio, &case["burstr"], EXACT, &what);
                close(theirs.loss_ratio, &case["lossr"], EXACT, &what);
                // Ours of the same losses: of what was expected, by the table's Bpl.
                let figures = impairment(Codec::Pcmu, CodecMode::default()).unwrap();
                let conditions = Conditions {
                    loss_percent: 100.0 * theirs.loss_ratio,
                    burst_ratio: theirs.burst_ratio.max(1.0),
                    delay_ms: None,
                };
                let score = quality(&figures, &conditions).unwrap();
                close(score.mos, &case["g107_plc"], EXACT, &what);
            }
            "Cole-Rosenbluth" => {
                seen[1] += 1;
                let delay_ms = float(case, "delay_ms");
                close(cole_rosenbluth_id(delay_ms), &case["Id"], EXACT, &what);
                let terms = Parameters::default().with_delay(delay_ms).terms();
                close(terms.id, &case["g107_Id"], EXACT, &what);
                close(terms.idd, &case["g107_Idd"], EXACT, &what);
            }
            "Asterisk pseudo-MOS (MES/20)" => {
                seen[2] += 1;
                let theirs = asterisk_mos(
                    float(case, "rtt_s"),
                    float(case, "jitter"),
                    float(case, "jitter_stdev"),
                    float(case, "lost"),
                );
                close(theirs, &case["mos"], EXACT, &what);
            }
            other => panic!("tool {other}"),
        }
    }
    assert_eq!(seen, [6, 9, 3]);
}
