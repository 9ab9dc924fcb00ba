//! Values that others printed, and the table of codecs against the vectors.

use std::collections::HashMap;

use serde_json::json;
use siplens::base::codec::Codec;
use siplens::metrics::emodel::{Parameters, Terms, effective_equipment};
use siplens::metrics::emodel_simplified::cole_rosenbluth_id;
use siplens::metrics::impairment::{Basis, CodecMode, Impairment, Model, impairment};
use siplens::metrics::mos::{good_or_better_percent, mos, poor_or_worse_percent, r_of_mos};
use siplens::metrics::quality::{Conditions, quality};
use siplens::metrics::{emodel_fb, emodel_wb};

use crate::vectors::{EXACT, cases, close, float, text};

/// A codec by the name that the vectors give it.
fn codec(name: &str) -> Impairment {
    let plain = CodecMode::default();
    let rate = |bit_rate| CodecMode { bit_rate: Some(bit_rate), ..plain };
    let both_ears = |bit_rate| CodecMode { both_ears: true, ..rate(bit_rate) };
    let evs = |bit_rate| CodecMode { super_wideband: true, ..rate(bit_rate) };
    let vad = CodecMode { vad: true, ..plain };
    let (codec, mode) = match name {
        "PCMU" | "G.711" => (Codec::Pcmu, CodecMode { concealment: false, ..plain }),
        "PCMU+PLC" | "G.711+PLC" => (Codec::Pcmu, plain),
        "G729" => (Codec::G729, plain),
        "G729+VAD" | "G.729A+VAD" => (Codec::G729, vad),
        "G723" => (Codec::G723, vad),
        "G723-5.3" => (Codec::G723, rate(5_300)),
        "GSM" => (Codec::Gsm, plain),
        "GSM-EFR" => (Codec::GsmEfr, plain),
        "G726-32" => (Codec::G726(32), plain),
        "G722" => (Codec::G722, plain),
        "AMR-WB 6.6 monotic" => (Codec::AmrWb, rate(6_600)),
        "AMR-WB 12.65 monotic" => (Codec::AmrWb, rate(12_650)),
        "AMR-WB 12.65 diotic" => (Codec::AmrWb, both_ears(12_650)),
        "AMR-WB 23.05 diotic" => (Codec::AmrWb, both_ears(23_050)),
        "AMR-WB 23.85 diotic" => (Codec::AmrWb, both_ears(23_850)),
        "EVS 13.2" => (Codec::Evs, evs(13_200)),
        "EVS 24.4" => (Codec::Evs, evs(24_400)),
        "EVS 48" => (Codec::Evs, evs(48_000)),
        "opus as rtpengine" => (Codec::Opus, plain),
        other => panic!("codec {other}"),
    };
    impairment(codec, mode).unwrap()
}

#[test]
fn the_table_of_codecs() {
    let (Some(grid), Some(others)) = (cases("emodel_grid.json"), cases("emodel_wb_fb.json")) else {
        return;
    };
    let mut seen = HashMap::new();
    for case in grid.iter().chain(&others) {
        let name = text(case, "codec");
        if name == "G.711 on WB scale" {
            close(emodel_wb::NARROWBAND_OFFSET, &case["ie"], EXACT, name);
            continue;
        }
        let row = codec(name);
        *seen.entry(name).or_insert(0) += 1;
        close(row.ie, &case["ie"], EXACT, name);
        close(row.bpl, &case["bpl"], EXACT, name);
        assert_eq!(row.model.name(), case["model"].as_str().unwrap_or("G.107"), "{name}");
        if let Some(basis) = case["basis"].as_str() {
            let expected = match basis {
                "std" => Basis::Published,
                "mix" => Basis::Mixed,
                other => panic!("basis {other}"),
            };
            assert_eq!(row.basis, expected, "{name}");
        }
        let conditions = Conditions {
            loss_percent: float(case, "loss_pct"),
            burst_ratio: case["burst_r"].as_f64().unwrap_or(1.0),
            delay_ms: Some(float(case, "delay_ms")),
        };
        let score = quality(&row, &conditions).unwrap();
        let [r, mos] = if row.model == Model::Narrowband { ["r", "mos"] } else { ["R", "MOS"] };
        close(score.r, &case[r], EXACT, name);
        // The vectors have the curve as printed, which dips below 1.
        close(score.mos, &json!(float(case, mos).max(1.0)), EXACT, name);
    }
    assert_eq!(seen.len(), 19, "{seen:?}");
}

fn lossy(codec: Impairment, ppl: f64, delay_ms: f64) -> Terms {
    let (ie, bpl) = (codec.ie, codec.bpl.unwrap());
    Parameters { ie, bpl, ppl, ..Parameters::default() }.with_delay(delay_ms).terms()
}

/// `Ie-eff G.711+PLC 2 % BurstR 2` and the like.
fn printed_ie_eff(what: &str) -> f64 {
    let mut words = what.split(' ').skip(1);
    let codec = codec(words.next().unwrap());
    let loss: f64 = words.next().unwrap().parse().unwrap();
    assert_eq!(words.next(), Some("%"));
    let burst_r = match words.next() {
        None | Some("random") => 1.0,
        Some("BurstR") => words.next().unwrap().parse().unwrap(),
        Some(other) => panic!("{other} in {what}"),
    };
    effective_equipment(95.0, codec.ie, codec.bpl.unwrap(), loss, burst_r)
}

/// What the package makes of something that somebody printed.
fn computed(what: &str) -> f64 {
    let defaults = Parameters::default().terms();
    let number = |prefix: &str| what.strip_prefix(prefix).and_then(|n| n.parse::<f64>().ok());
    if let Some(r) = number("MOS at R=").or(number("MOS at R = ")) {
        return mos(r);
    }
    if let Some(r) = number("GoB % at R=") {
        return good_or_better_percent(r);
    }
    if let Some(r) = number("PoW % at R=") {
        return poor_or_worse_percent(r);
    }
    if let Some(ie) = number("MOS_CQEW at Ie,WB=") {
        return emodel_wb::mos_of_r(emodel_wb::BEST_R - ie);
    }
    if what.starts_with("Ie-eff ") {
        return printed_ie_eff(what);
    }
    let diotic = codec("AMR-WB 12.65 diotic");
    let wideband_loss = effective_equipment(95.0, diotic.ie, diotic.bpl.unwrap(), 2.0, 1.0);
    match what {
        "R at all defaults" | "R at all defaults, 10 digits" => defaults.r,
        "Ro at defaults" => defaults.ro,
        "Is at defaults" => defaults.is,
        "Id at defaults" => defaults.id,
        "Id at T=150, TELR 65" => Parameters::default().with_delay(150.0).terms().id,
        "R, G.729A+VAD 2 % loss 150 ms" => lossy(codec("G.729A+VAD"), 2.0, 150.0).r,
        "MOS, G.729A+VAD 2 % loss 150 ms" => lossy(codec("G.729A+VAD"), 2.0, 150.0).mos(),
        "R, G.711+PLC 2 % loss 150 ms" => lossy(codec("G.711+PLC"), 2.0, 150.0).r,
        "MOS, G.711+PLC 2 % loss 150 ms" => lossy(codec("G.711+PLC"), 2.0, 150.0).mos(),
        "Id Cole-Rosenbluth 150 ms" => cole_rosenbluth_id(150.0),
        "lowest R with MOS 1" => r_of_mos(1.0).unwrap(),
        "Ie,eff,WB AMR-WB 12.65 diotic 2 % loss" => wideband_loss,
        "MOS_CQEW AMR-WB 12.65 diotic 2 % loss" => {
            emodel_wb::mos_of_r(emodel_wb::BEST_R - wideband_loss)
        }
        other => panic!("{other}"),
    }
}

#[test]
fn printed_by_others() {
    let Some(cases) = cases("published.json") else { return };
    for case in &cases {
        let what = text(case, "what");
        let got = computed(what);
        close(got, &case["expect"], float(case, "tol"), what);
        close(got, &case["got"], EXACT, what);
    }
}

#[test]
fn the_best_of_each_scale_is_the_same_opinion() {
    let tops = [mos(100.0), emodel_wb::mos_of_r(129.0), emodel_fb::mos_of_r(148.0)];
    assert!(tops.iter().all(|top| (top - 4.5).abs() < EXACT), "{tops:?}");
}
