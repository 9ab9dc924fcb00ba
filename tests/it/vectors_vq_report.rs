//! Voice quality reports of the vectors (RFC 6035), read.

use serde_json::json;
use siplens::wire::vq_report::{End, Kind, parse};

use crate::vectors::{cases, text};

#[test]
fn reports_are_read() {
    let Some(cases) = cases("vq_rtcpxr.json") else { return };
    let mut compared = 0;
    for case in cases.iter().filter(|case| case["body"].is_string()) {
        let (report, expect) = (parse(text(case, "body").as_bytes()).unwrap(), &case["expect"]);
        assert_eq!(expect["report"], "VQSessionReport");
        assert_eq!(json!(report.kind == Kind::Session { ends_call: true }), expect["callterm"]);
        assert_eq!(json!(report.call_id), expect["call_id"]);
        let end = |end: Option<End>| {
            let end = end.unwrap();
            json!({"ip": end.endpoint.ip, "port": end.endpoint.port, "ssrc": end.ssrc.unwrap().to_string()})
        };
        assert_eq!(end(report.local), expect["local"]);
        assert_eq!(end(report.remote), expect["remote"]);
        for (name, value) in expect["local_metrics"].as_object().unwrap() {
            assert_eq!(report.local_metrics.text(name), value.as_str(), "{name}");
        }
        // START and STOP come beside the metrics.
        assert_eq!(
            report.local_metrics.iter().count(),
            expect["local_metrics"].as_object().unwrap().len() + 2
        );
        compared += 1;
    }
    assert_eq!(compared, 1);
}
