//! Voice quality reports of the vectors (RFC 6035), read.

use serde_json::json;
use siplens::wire::vq_report::{End, Kind, parse};

use siplens::wire::rtcp::xr::{self, Block, VoipMetrics};

use crate::vectors::{EXACT, cases, close, count, text};

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

/// A VoIP metrics block of an extended report with one octet set, decoded.
fn voip(at: usize, octet: u8) -> VoipMetrics {
    let mut block = vec![0; 36];
    (block[0], block[3], block[at]) = (7, 8, octet);
    match xr::blocks(&block).next() {
        Some(Block::Voip(metrics)) => metrics,
        other => panic!("{other:?}"),
    }
}

#[test]
fn octets_of_extended_reports_mean_what_reports_by_sip_say() {
    let Some(cases) = cases("vq_rtcpxr.json") else { return };
    let mut compared = [0; 2];
    for case in cases.iter().filter(|case| case["octet"].is_u64()) {
        let octet = u8::try_from(count(case, "octet")).unwrap();
        let what = case.to_string();
        if case.get("percent").is_some() {
            compared[0] += 1;
            close(voip(8, octet).loss_percent, &case["percent"], EXACT, &what);
        } else {
            compared[1] += 1;
            close(voip(26, octet).mos_lq, &case["mos"], EXACT, &what);
            close(voip(27, octet).mos_cq, &case["mos"], EXACT, &what);
        }
    }
    assert_eq!(compared, [7, 7]);
}
