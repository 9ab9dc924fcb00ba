//! Reference vectors of the ratios of RFC 6076.

use serde_json::Value;
use siplens::metrics::signalling::{Attempt, CallRatios, RegistrationRatios, registration_failed};

use crate::vectors::{EXACT, cases, close, count, list, text};

fn status(value: &Value) -> Option<u16> {
    match value {
        Value::Null => None,
        Value::String(word) if word == "redirect" => Some(302),
        number => Some(u16::try_from(number.as_u64().unwrap()).unwrap()),
    }
}

fn check_ratios(case: &Value) {
    let mut ratios = CallRatios::default();
    for end in list(case, "finals") {
        // The vectors say nothing of ringing; calls are taken to have rung.
        ratios.push(&Attempt { status: status(end), rang: true, ..Attempt::default() });
    }
    let (expect, what) = (&case["expect"], case.to_string());
    assert_eq!(ratios.attempts(), count(expect, "attempts"), "{what}");
    assert_eq!(expect.as_object().unwrap().len(), 6, "{what}");
    close(ratios.ser(), &expect["SER"], EXACT, &what);
    close(ratios.seer(), &expect["SEER"], EXACT, &what);
    close(ratios.isa(), &expect["ISA"], EXACT, &what);
    close(ratios.asr(), &expect["ASR"], EXACT, &what);
    close(ratios.ner(), &expect["NER"], EXACT, &what);
}

#[test]
fn ratios() {
    let Some(cases) = cases("sip_metrics.json") else { return };
    let (mut registrations, mut failed, mut checked) = (RegistrationRatios::default(), 0, 0);
    for case in &cases {
        match text(case, "kind") {
            "ratios" => {
                check_ratios(case);
                checked += 1;
            }
            "register" => {
                let answers = list(case, "messages").iter().rev();
                let last = answers.map(|message| &message["status"]).next().unwrap();
                let ineffective = case["expect"]["ineffective"].as_bool().unwrap();
                assert_eq!(registration_failed(status(last)), ineffective, "{case}");
                registrations.push(status(last));
                failed += u64::from(ineffective);
            }
            // The times of a call are taken where its messages are.
            kind => assert_eq!(kind, "call"),
        }
    }
    assert!(checked > 0);
    assert_eq!((registrations.attempts(), registrations.failed()), (4, failed));
}
