//! RTCP told as JSON, as Homer's agents tell it (HEP payload kind 5), back to RTCP, and
//! RTCP told so.
//!
//! rtpengine, captagent, heplify and Asterisk send one object for a compound packet:
//! `ssrc`, `type` (200 to 207), `sender_information`, `report_blocks`,
//! `report_blocks_xr` (VoIP metrics, RFC 3611 section 4.7) and `sdes_information`. Numbers
//! may be in quotes (Asterisk). `ntp_timestamp_usec` is the fraction of RFC 3550 section
//! 6.4.1, whatever its name.

use serde_json::{Value, json};

use crate::wire::rtcp::{self, Packet, sdes_items};

/// Blocks of a report (RFC 3550 section 6.4.1 counts them in five bits).
const MOST_BLOCKS: usize = 31;
/// Items of a description that are taken.
const MOST_ITEMS: usize = 16;
const SENDER: u64 = 200;
const EXTENDED: u8 = 207;
/// What stands for "not known" in octets of VoIP metrics (RFC 3611 section 4.7).
const UNAVAILABLE: u8 = 127;
/// VoIP metrics, the only extended block that is told.
const VOIP_METRICS: u8 = 7;

/// The compound packet that `json` tells; `None` when it tells none.
pub fn to_rtcp(json: &[u8]) -> Option<Vec<u8>> {
    let told: Value = serde_json::from_slice(json).ok()?;
    let ssrc = number(&told, "ssrc");
    let mut out = Vec::with_capacity(128);
    if let Some(ssrc) = ssrc {
        report(&told, ssrc, &mut out);
        extended(&told, ssrc, &mut out);
    }
    description(&told, ssrc, &mut out);
    (!out.is_empty()).then_some(out)
}

/// A sender's or a receiver's report.
fn report(told: &Value, ssrc: u32, out: &mut Vec<u8>) {
    let sender = told.get("sender_information").filter(|sender| {
        // Some tell an empty one with the reports of receivers.
        told.get("type").and_then(whole).map_or(sender.is_object(), |kind| kind == SENDER)
    });
    let blocks = told.get("report_blocks").and_then(Value::as_array);
    let blocks = blocks.map(Vec::as_slice).unwrap_or_default();
    let blocks: Vec<_> =
        blocks.iter().filter(|block| block.is_object()).take(MOST_BLOCKS).collect();
    let mut body = ssrc.to_be_bytes().to_vec();
    if let Some(sender) = sender {
        for key in ["ntp_timestamp_sec", "ntp_timestamp_usec", "rtp_timestamp", "packets", "octets"]
        {
            body.extend(number(sender, key).unwrap_or(0).to_be_bytes());
        }
    }
    for block in &blocks {
        let field = |key| number(block, key).unwrap_or(0);
        body.extend(field("source_ssrc").to_be_bytes());
        let lost = field("fraction_lost").min(255) << 24 | field("packets_lost") & 0x00ff_ffff;
        body.extend(lost.to_be_bytes());
        for key in ["highest_seq_no", "ia_jitter", "lsr", "dlsr"] {
            body.extend(field(key).to_be_bytes());
        }
    }
    let count = u8::try_from(blocks.len()).unwrap_or(0);
    packet(if sender.is_some() { 200 } else { 201 }, count, &body, out);
}

/// VoIP metrics, of which the first fields are told.
fn extended(told: &Value, ssrc: u32, out: &mut Vec<u8>) {
    let Some(block) = told.get("report_blocks_xr") else { return };
    let about = number(block, "id").filter(|id| *id != 0);
    let (Some(about), Some(kind)) = (about, number(block, "type")) else { return };
    if kind != u32::from(VOIP_METRICS) {
        return;
    }
    let octet = |key| u8::try_from(number(block, key).unwrap_or(0)).unwrap_or(u8::MAX);
    let pair = |key| u16::try_from(number(block, key).unwrap_or(0)).unwrap_or(u16::MAX);
    let mut body = ssrc.to_be_bytes().to_vec();
    body.extend([VOIP_METRICS, 0, 0, 8]);
    body.extend(about.to_be_bytes());
    body.extend(["fraction_lost", "fraction_discard", "burst_density", "gap_density"].map(octet));
    for key in ["burst_duration", "gap_duration", "round_trip_delay", "end_system_delay"] {
        body.extend(pair(key).to_be_bytes());
    }
    body.extend([UNAVAILABLE; 3]);
    // Sixteen packets part two bursts unless said otherwise (RFC 3611 section 4.7.2).
    body.push(16);
    body.extend([UNAVAILABLE; 4]);
    body.extend([0; 8]);
    packet(EXTENDED, 0, &body, out);
}

/// A source description, one chunk an item.
fn description(told: &Value, ssrc: Option<u32>, out: &mut Vec<u8>) {
    let items = told.get("sdes_information").and_then(Value::as_array);
    let items = items.map(Vec::as_slice).unwrap_or_default();
    let common = number(told, "sdes_ssrc").filter(|ssrc| *ssrc != 0).or(ssrc);
    let (mut body, mut count) = (Vec::new(), 0);
    for item in items.iter().take(MOST_ITEMS) {
        let of = number(item, "sdes_chunk_ssrc").or(common);
        let kind = number(item, "type").and_then(|kind| u8::try_from(kind).ok());
        let text = item.get("text").and_then(Value::as_str).unwrap_or_default().as_bytes();
        let (Some(of), Some(kind @ 1..), Ok(length)) = (of, kind, u8::try_from(text.len())) else {
            continue;
        };
        body.extend(of.to_be_bytes());
        body.extend([kind, length]);
        body.extend(text);
        body.push(0);
        body.resize(body.len().next_multiple_of(4), 0);
        count += 1;
    }
    if count > 0 {
        packet(202, count, &body, out);
    }
}

/// A packet's header and body, whose length is a multiple of four.
fn packet(kind: u8, count: u8, body: &[u8], out: &mut Vec<u8>) {
    let words = u16::try_from(body.len() / 4).unwrap_or(u16::MAX);
    out.extend([2 << 6 | count, kind]);
    out.extend(words.to_be_bytes());
    out.extend(body);
}

/// A compound packet told as JSON, for collectors that take it so: the first report in it,
/// its blocks and its description. `None` when there is no report in it.
pub fn from_rtcp(bytes: &[u8]) -> Option<String> {
    let (mut told, mut items) = (None, Vec::new());
    for packet in rtcp::packets(bytes).flatten() {
        match packet {
            Packet::Sender(report) if told.is_none() => {
                let sender = json!({
                    "ntp_timestamp_sec": report.ntp >> 32, "ntp_timestamp_usec": report.ntp & 0xffff_ffff,
                    "rtp_timestamp": report.rtp_time.0, "packets": report.packets, "octets": report.octets,
                });
                let blocks: Vec<_> = report.blocks().map(|block| told_block(&block)).collect();
                told = Some((report.ssrc.0, 200, Some(sender), blocks));
            }
            Packet::Receiver(report) if told.is_none() => {
                let blocks: Vec<_> = report.blocks().map(|block| told_block(&block)).collect();
                told = Some((report.ssrc.0, 201, None, blocks));
            }
            Packet::Sdes(body) => items.extend(sdes_items(body).take(MOST_ITEMS).map(|item| {
                let text = String::from_utf8_lossy(item.text);
                json!({"sdes_chunk_ssrc": item.ssrc.0, "type": item.kind, "text": text})
            })),
            _ => {}
        }
    }
    let (ssrc, kind, sender, blocks) = told?;
    let mut json = json!({
        "ssrc": ssrc, "type": kind, "report_count": blocks.len(), "report_blocks": blocks,
    });
    if let Some(sender) = sender {
        json["sender_information"] = sender;
    }
    if !items.is_empty() {
        json["sdes_information"] = items.into();
    }
    Some(json.to_string())
}

fn told_block(block: &rtcp::ReportBlock) -> Value {
    json!({
        "source_ssrc": block.ssrc.0, "fraction_lost": block.fraction_lost,
        "packets_lost": block.cumulative_lost, "highest_seq_no": block.highest_seq,
        "ia_jitter": block.jitter, "lsr": block.last_sr, "dlsr": block.delay_since_last_sr,
    })
}

/// A 32-bit number, in quotes or not; negative ones by their two's complement.
fn number(object: &Value, key: &str) -> Option<u32> {
    let value = object.get(key)?;
    let value = whole(value)
        .and_then(|value| i64::try_from(value).ok())
        .or_else(|| value.as_i64().or_else(|| value.as_str()?.trim().parse().ok()))?;
    u32::try_from(value).ok().or_else(|| i32::try_from(value).ok().map(i32::cast_unsigned))
}

fn whole(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::Ssrc;
    use crate::wire::rtcp::xr;
    use proptest::prelude::*;

    fn read(json: &str) -> Vec<u8> {
        let bytes = to_rtcp(json.as_bytes()).unwrap();
        assert!(rtcp::packets(&bytes).all(|packet| packet.is_ok()), "{bytes:?}");
        bytes
    }

    #[test]
    fn a_senders_report_with_its_description() {
        let bytes = read(
            r#"{ "sender_information":{"ntp_timestamp_sec":3953771350,"ntp_timestamp_usec":2147483648,"octets":2880,
                "rtp_timestamp":2944384000, "packets":18},"ssrc":3571175962,"type":200,"report_count":1,"report_blocks":[
                {"source_ssrc":7,"highest_seq_no":65999,"fraction_lost":12,"ia_jitter":40,"packets_lost":16777215,"lsr":9,"dlsr":8}],
                "sdes_report_count":1,"sdes_information": [ {"sdes_chunk_ssrc":3571175962,"type":1,"text":"a@example"}] }"#,
        );
        let packets: Vec<_> = rtcp::packets(&bytes).map(Result::unwrap).collect();
        let [Packet::Sender(sender), Packet::Sdes(chunks)] = packets[..] else {
            panic!("{packets:?}")
        };
        assert_eq!((sender.ssrc, sender.packets, sender.octets), (Ssrc(3_571_175_962), 18, 2880));
        let block = sender.blocks().next().unwrap();
        assert_eq!((block.ssrc, block.cumulative_lost, block.jitter), (Ssrc(7), -1, 40));
        assert_eq!((block.highest_seq, block.last_sr, block.delay_since_last_sr), (65_999, 9, 8));
        let item = sdes_items(chunks).next().unwrap();
        assert_eq!((item.ssrc, item.kind, item.text), (sender.ssrc, 1, &b"a@example"[..]));
        // Told again, it is the same.
        assert_eq!(to_rtcp(from_rtcp(&bytes).unwrap().as_bytes()), Some(bytes));
    }

    #[test]
    fn a_receivers_report_with_numbers_in_quotes_and_metrics() {
        let bytes = read(
            r#"{"type":"201","ssrc":"5","report_blocks":[{"source_ssrc":"6","packets_lost":"-2","ia_jitter":"11"}],
                "report_blocks_xr":{"type":7,"id":6,"fraction_lost":64,"burst_duration":120,"round_trip_delay":80}}"#,
        );
        let packets: Vec<_> = rtcp::packets(&bytes).map(Result::unwrap).collect();
        let [Packet::Receiver(report), Packet::Extended { ssrc, blocks }] = packets[..] else {
            panic!("{packets:?}")
        };
        assert_eq!((report.ssrc, ssrc), (Ssrc(5), Ssrc(5)));
        assert_eq!(report.blocks().next().unwrap().cumulative_lost, -2);
        let Some(xr::Block::Voip(metrics)) = xr::blocks(blocks).next() else { panic!() };
        assert_eq!(
            (metrics.ssrc, metrics.round_trip_ms, metrics.mos_lq),
            (Ssrc(6), Some(80), None)
        );
        assert!((metrics.loss_percent - 25.0).abs() < 0.1);
    }

    #[test]
    fn what_tells_no_rtcp_is_none() {
        for json in ["", "{}", "[]", "{\"ssrc\":{}}", "null", "{\"sdes_information\":[{}]}"] {
            assert_eq!(to_rtcp(json.as_bytes()), None, "{json}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in "\\PC{0,80}", ssrc: i64, count in 0_usize..100) {
            let _ = to_rtcp(text.as_bytes());
            let blocks = vec![format!("{{\"source_ssrc\":{ssrc},\"fraction_lost\":{ssrc}}}"); count].join(",");
            let json = format!("{{\"ssrc\":1,\"report_blocks\":[{blocks}]}}");
            let bytes = to_rtcp(json.as_bytes()).unwrap();
            prop_assert!(rtcp::packets(&bytes).all(|packet| packet.is_ok()));
        }
    }
}
