//! An agent's report of an RTP stream as JSON (HEP payload kinds 34 and 35), with
//! the names that captagent gave its fields and others took over.

use std::net::IpAddr;

use serde_json::Value;

use crate::base::flow::{Endpoint, Flow};
use crate::base::id::Ssrc;

/// What an agent measured of a stream, by its own account. Units are those in
/// which agents send: jitter in ms, MOS 1 to 5.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct MediaReport {
    /// `RTP_SIP_CALL_ID` or `CORRELATION_ID`.
    pub call_id: Option<String>,
    /// From whom to whom the stream goes, where it says so (`SRC_IP` and so on).
    pub flow: Option<Flow>,
    /// `SSRC`.
    pub ssrc: Option<Ssrc>,
    /// `CODEC_NAME`.
    pub codec: Option<String>,
    /// Whether it is the stream's last (`TYPE` is `HANGUP`, `FINAL` or `FINALE`).
    pub ends: bool,
    /// `TOTAL_PK`.
    pub packets: Option<u64>,
    /// `EXPECTED_PK`.
    pub expected: Option<u64>,
    /// `PACKET_LOSS`, in packets.
    pub lost: Option<u64>,
    /// `MEAN_JITTER`, else `JITTER`, ms.
    pub jitter_ms: Option<f64>,
    /// `MAX_JITTER`, ms.
    pub max_jitter_ms: Option<f64>,
    /// `MEAN_MOS`, else `MOS`.
    pub mos: Option<f64>,
    /// `MIN_MOS`.
    pub min_mos: Option<f64>,
    /// `MEAN_RFACTOR`, else `RFACTOR`.
    pub r_factor: Option<f64>,
}

/// Longest text that is kept of a field.
const LONGEST: usize = 256;

/// Reads a report; `None` when it is no JSON object, or says nothing that is known.
pub fn parse(json: &[u8]) -> Option<MediaReport> {
    let told: Value = serde_json::from_slice(json).ok()?;
    let text = |key: &str| {
        let value = told.get(key)?.as_str()?.trim();
        (!value.is_empty() && value.len() <= LONGEST).then(|| value.to_owned())
    };
    let figure = |key: &str| {
        let value = told.get(key)?;
        let figure = value.as_f64().or_else(|| value.as_str()?.trim().parse().ok())?;
        (figure.is_finite() && figure >= 0.0).then_some(figure)
    };
    let count = |key: &str| {
        let value = told.get(key)?;
        value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
    };
    let end = |ip: &str, port: &str| {
        let ip: IpAddr = text(ip)?.parse().ok()?;
        Some(Endpoint::new(ip, u16::try_from(count(port)?).ok()?))
    };
    // A figure of 0 is what agents send of what they did not measure.
    let rating = |key: &str, range: std::ops::RangeInclusive<f64>| {
        figure(key).filter(|figure| range.contains(figure))
    };
    let mos = |key| rating(key, 1.0..=5.0);
    let r_factor = |key| rating(key, 1.0..=129.0);
    let ssrc = told.get("SSRC").and_then(|value| {
        let text = || value.as_str().map(|text| text.trim().trim_start_matches("0x"));
        let from_text = || u32::from_str_radix(text()?, 16).ok();
        value.as_u64().and_then(|ssrc| u32::try_from(ssrc).ok()).or_else(from_text)
    });
    let report = MediaReport {
        call_id: text("RTP_SIP_CALL_ID").or_else(|| text("CORRELATION_ID")),
        flow: end("SRC_IP", "SRC_PORT")
            .zip(end("DST_IP", "DST_PORT"))
            .map(|(src, dst)| Flow::new(src, dst)),
        ssrc: ssrc.map(Ssrc),
        codec: text("CODEC_NAME"),
        ends: text("TYPE").is_some_and(|kind| ["HANGUP", "FINAL", "FINALE"].contains(&&*kind)),
        packets: count("TOTAL_PK"),
        expected: count("EXPECTED_PK"),
        lost: count("PACKET_LOSS"),
        jitter_ms: figure("MEAN_JITTER").or_else(|| figure("JITTER")),
        max_jitter_ms: figure("MAX_JITTER"),
        mos: mos("MEAN_MOS").or_else(|| mos("MOS")),
        min_mos: mos("MIN_MOS"),
        r_factor: r_factor("MEAN_RFACTOR").or_else(|| r_factor("RFACTOR")),
    };
    (report != MediaReport::default()).then_some(report)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_report_with_captagents_names() {
        let report = parse(
            br#"{"CORRELATION_ID":"other","RTP_SIP_CALL_ID":"call-1","JITTER":0.017,"TOTAL_PK":1512,"EXPECTED_PK":1520,
                "PACKET_LOSS":8,"MAX_JITTER":2.5,"MEAN_JITTER":0.5,"MIN_MOS":3.9,"MEAN_MOS":4.032,"MOS":4.1,"RFACTOR":0,
                "SRC_IP":"192.0.2.1","SRC_PORT":26872,"DST_IP":"192.0.2.2","DST_PORT":"51354","CODEC_NAME":"g722","TYPE":"HANGUP",
                "SSRC":"0xDEAD"}"#,
        )
        .unwrap();
        assert_eq!(report.call_id.as_deref(), Some("call-1"));
        assert_eq!(report.flow.unwrap().dst.to_string(), "192.0.2.2:51354");
        assert_eq!(
            (report.packets, report.expected, report.lost),
            (Some(1512), Some(1520), Some(8))
        );
        assert_eq!((report.mos, report.min_mos, report.r_factor), (Some(4.032), Some(3.9), None));
        assert_eq!((report.jitter_ms, report.max_jitter_ms), (Some(0.5), Some(2.5)));
        assert_eq!((report.ssrc, report.ends), (Some(Ssrc(0xdead)), true));
    }

    #[test]
    fn what_says_nothing_is_none() {
        for json in ["", "[1]", "{}", r#"{"MOS":409,"TYPE":"PERIODIC"}"#, "\"x\""] {
            assert_eq!(parse(json.as_bytes()), None, "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC{0,80}", n: f64) {
            let _ = parse(text.as_bytes());
            let _ = parse(format!("{{\"MOS\":{n},\"TOTAL_PK\":{n},\"SSRC\":{n}}}").as_bytes());
        }
    }
}
