//! Reference vectors of the E-models, term by term.

use serde_json::Value;
use siplens::metrics::emodel::{DelayClass, Parameters, Terms};
use siplens::metrics::emodel_simplified::{cole_rosenbluth_r, without_echo_r};
use siplens::metrics::mos::{
    good_or_better_percent, mos, mos_unclamped, poor_or_worse_percent, r_of_mos,
};
use siplens::metrics::{emodel_fb, emodel_wb};

use crate::vectors::{EXACT, cases, close, document, float, text};

/// Parameters by the names of the Recommendation.
fn parameters(set: &Value, into: &mut Parameters) {
    // One delay stands for all three, unless they are given.
    if let Some(t) = set["T"].as_f64() {
        *into = into.with_delay(t);
    }
    for (name, value) in set.as_object().unwrap() {
        let field = match name.as_str() {
            "SLR" => &mut into.slr,
            "RLR" => &mut into.rlr,
            "STMR" => &mut into.stmr,
            "Ds" => &mut into.ds,
            "Dr" => &mut into.dr,
            "TELR" => &mut into.telr,
            "WEPL" => &mut into.wepl,
            "T" => &mut into.echo_delay_ms,
            "Ta" => &mut into.absolute_delay_ms,
            "Tr" => &mut into.round_trip_ms,
            "qdu" => &mut into.qdu,
            "Ie" => &mut into.ie,
            "Bpl" => &mut into.bpl,
            "Ppl" => &mut into.ppl,
            "BurstR" => &mut into.burst_r,
            "Nc" => &mut into.nc,
            "Nfor" => &mut into.nfor,
            "Ps" => &mut into.ps,
            "Pr" => &mut into.pr,
            "A" => &mut into.advantage,
            "sT" => &mut into.delay_class.sensitivity,
            "mT" => &mut into.delay_class.perceivable_ms,
            other => panic!("parameter {other}"),
        };
        *field = value.as_f64().unwrap();
    }
}

fn term(terms: &Terms, name: &str) -> f64 {
    match name {
        "No" => terms.no,
        "Ro" => terms.ro,
        "Iolr" => terms.iolr,
        "Ist" => terms.ist,
        "Iq" => terms.iq,
        "Is" => terms.is,
        "Idte" => terms.idte,
        "Idle" => terms.idle,
        "Idd" => terms.idd,
        "Id" => terms.id,
        "Ie_eff" => terms.ie_eff,
        "R" => terms.r,
        "MOS" => terms.mos(),
        other => panic!("term {other}"),
    }
}

#[test]
fn terms() {
    let Some(document) = document("emodel_terms.json") else { return };
    let mut defaults = Parameters { slr: f64::NAN, ..Parameters::default() };
    parameters(&document["defaults"], &mut defaults);
    assert_eq!(defaults, Parameters::default());
    assert_eq!(defaults.delay_class, DelayClass::DEFAULT);
    let cases = document["cases"].as_array().filter(|cases| !cases.is_empty()).unwrap();
    for case in cases {
        let mut set = Parameters::default();
        parameters(&case["set"], &mut set);
        let terms = set.terms();
        let expect = case["expect"].as_object().unwrap();
        assert_eq!(expect.len(), 13, "every term");
        for (name, value) in expect {
            close(term(&terms, name), value, EXACT, &format!("{name} of {}", case["set"]));
        }
    }
}

#[test]
fn grid() {
    let Some(cases) = cases("emodel_grid.json") else { return };
    for case in &cases {
        let listening = Parameters {
            ie: float(case, "ie"),
            bpl: float(case, "bpl"),
            ppl: float(case, "loss_pct"),
            burst_r: float(case, "burst_r"),
            ..Parameters::default()
        };
        let delay_ms = float(case, "delay_ms");
        let terms = listening.with_delay(delay_ms).terms();
        let what = case.to_string();
        for (got, name) in [
            (terms.id, "Id"),
            (terms.idte, "Idte"),
            (terms.idle, "Idle"),
            (terms.idd, "Idd"),
            (terms.ie_eff, "ie_eff"),
            (terms.r, "r"),
            // The grid has the curve as printed, which dips below 1.
            (mos_unclamped(terms.r), "mos"),
            (listening.terms().r, "r_lq"),
            (cole_rosenbluth_r(delay_ms, terms.ie_eff), "r_cole_rosenbluth"),
            (without_echo_r(terms.idd, terms.ie_eff), "r_simple_93_2"),
        ] {
            close(got, &case[name], EXACT, &format!("{name} of {what}"));
        }
    }
}

fn wideband(case: &Value, what: &str) {
    let parameters = emodel_wb::Parameters {
        ie: float(case, "ie"),
        bpl: case["bpl"].as_f64().unwrap_or(1.0),
        ppl: float(case, "loss_pct"),
        ..emodel_wb::Parameters::default()
    };
    let terms = parameters.with_delay(float(case, "delay_ms")).terms();
    let codec_only = emodel_wb::mos_of_r(emodel_wb::BEST_R - terms.ie_eff);
    for (got, name) in [
        (terms.idte, "Idte"),
        (terms.idle, "Idle"),
        (terms.idd, "Idd"),
        (terms.ie_eff, "Ie_eff"),
        (terms.r, "R"),
        (terms.mos(), "MOS"),
        (codec_only, "mos_codec_only"),
    ] {
        close(got, &case[name], EXACT, &format!("{name} of {what}"));
    }
}

fn fullband(case: &Value, what: &str) {
    let parameters = emodel_fb::Parameters {
        absolute_delay_ms: float(case, "delay_ms"),
        ie: float(case, "ie"),
        bpl: float(case, "bpl"),
        ppl: float(case, "loss_pct"),
        ..emodel_fb::Parameters::default()
    };
    let terms = parameters.terms();
    for (got, name) in
        [(terms.idd, "Idd"), (terms.ie_eff, "Ie_eff"), (terms.r, "R"), (terms.mos(), "MOS")]
    {
        close(got, &case[name], EXACT, &format!("{name} of {what}"));
    }
}

#[test]
fn wideband_and_fullband() {
    let Some(cases) = cases("emodel_wb_fb.json") else { return };
    for case in &cases {
        // Without a Bpl there is nothing to say of loss.
        assert!(!case["bpl"].is_null() || float(case, "loss_pct") == 0.0, "{case}");
        let what = case.to_string();
        match text(case, "model") {
            "G.107.1" => wideband(case, &what),
            "G.107.2" => fullband(case, &what),
            other => panic!("model {other}"),
        }
    }
}

#[test]
fn opinion() {
    let Some(cases) = cases("r_mos.json") else { return };
    for case in &cases {
        let what = case.to_string();
        let Some(r) = case["r"].as_f64() else {
            close(r_of_mos(float(case, "mos")), &case["r_back"], EXACT, &what);
            continue;
        };
        close(mos_unclamped(r), &case["mos"], EXACT, &what);
        close(mos(r), &case["mos_clamped"], EXACT, &what);
        close(good_or_better_percent(r), &case["gob"], EXACT, &what);
        close(poor_or_worse_percent(r), &case["pow"], EXACT, &what);
    }
}
