//! Reference vectors of call and registration timing (RFC 6076, METRICS M4),
//! through the engine to the report.

use serde_json::Value;

use crate::check::report_of;
use crate::scenario::Scenario;
use crate::vectors::{EXACT, MS, cases, close, list, text};

/// The messages of a case as a ladder. A request that nobody has finally answered
/// yet is sent again, and so is a response to the same request.
fn ladder(case: &Value) -> String {
    let (mut lines, mut open, mut answered) = (Vec::new(), Vec::new(), Vec::new());
    for message in list(case, "messages") {
        let (time, of) = (&message["t"], text(message, "cseq_method"));
        lines.push(match (message["method"].as_str(), message["status"].as_u64()) {
            (Some("ACK"), _) => format!("{time} A>B ACK"),
            (Some(method), _) if open.contains(&method) => format!("{time} A>B {method} again"),
            (Some(method), _) => {
                open.push(method);
                answered.retain(|(known, _)| *known != method);
                format!("{time} A>B {method}")
            }
            (None, Some(status)) if answered.contains(&(of, status)) => {
                format!("{time} B>A {status} {of} again")
            }
            (None, Some(status)) => {
                answered.push((of, status));
                if status >= 200 {
                    open.retain(|known| *known != of);
                }
                format!("{time} B>A {status} {of}")
            }
            (None, None) => panic!("{message} is neither request nor response"),
        });
    }
    lines.join("\n")
}

/// A report's value in the unit of the vectors.
fn seconds(row: &Value, key: &str) -> Option<f64> {
    row[key].as_f64().map(|value| if key.ends_with("_ms") { value / 1e3 } else { value })
}

fn check_call(case: &Value) {
    let (ladder, expect) = (ladder(case), &case["expect"]);
    let what = format!("{}\n{ladder}\n", text(case, "title"));
    let report = report_of(&Scenario::parse(&ladder));
    let [call] = list(&report, "calls") else { panic!("{what}: not one call") };
    close(seconds(call, "post_dial_delay_ms"), &expect["pdd"], EXACT, &what);
    close(seconds(call, "duration_s"), &expect["sdt"], EXACT, &what);
    close(seconds(call, "disconnect_ms"), &expect["sdd"], EXACT, &what);
    assert_eq!(call["final_status"]["code"], expect["final"], "{what}");
    let state = text(call, "state");
    let states: &[&str] = match text(expect, "outcome") {
        "answered" => &["answered", "completed"],
        "failed" => &["rejected", "failed", "timed_out", "cancelled", "redirected"],
        "no-response" => &["trying", "timed_out"],
        other => panic!("{other}"),
    };
    assert!(states.contains(&state), "{what}: {state}");
    // Never mixed: what is not of the kind expected is nothing of the other.
    let service = &report["summary"]["service"];
    for kind in ["success", "failure"] {
        let delay = seconds(&service[format!("srd_{kind}_ms")], "mean").map(|ms| ms / 1e3);
        let is_of_kind = expect["srd_kind"] == kind;
        let expected = if is_of_kind { &expect["srd"] } else { &Value::Null };
        close(delay, expected, EXACT, &what);
    }
    assert_eq!(expect["srd"].is_null(), expect["srd_kind"].is_null(), "{what}");
    let redirected = list(call, "messages").iter().any(|message| message["status"] == 302);
    assert_eq!(expect["redirected"], redirected, "{what}");
}

fn check_registration(case: &Value) {
    let (ladder, expect) = (ladder(case), &case["expect"]);
    let what = format!("{}\n{ladder}\n", text(case, "title"));
    let ladder = format!("{ladder}\n33 A>B keepalive");
    let report = report_of(&Scenario::parse(&ladder));
    let [row] = list(&report, "registrations") else { panic!("{what}: not one registration") };
    close(row["delay_ms"].as_f64(), &expect["rrd_ms"], MS, &what);
    assert_eq!(row["failed"], u64::from(expect["ineffective"].as_bool().unwrap()), "{what}");
}

#[test]
fn timing_of_calls_and_registrations() {
    let Some(cases) = cases("sip_metrics.json") else { return };
    let (mut calls, mut registrations) = (0, 0);
    for case in &cases {
        match text(case, "kind") {
            "call" => {
                check_call(case);
                calls += 1;
            }
            "register" => {
                check_registration(case);
                registrations += 1;
            }
            kind => assert_eq!(kind, "ratios"),
        }
    }
    assert_eq!((calls, registrations), (12, 4));
}
