//! RTCP packets of the vectors, decoded.

use serde_json::{Value, json};
use siplens::wire::malformed::Malformed;
use siplens::wire::rtcp::xr::{Block, VoipMetrics, blocks};
use siplens::wire::rtcp::{Packet, ReportBlock, packets};

use crate::vectors::{bytes, cases};

fn report_block(block: ReportBlock) -> Value {
    json!({
        "ssrc": block.ssrc.0, "fraction_lost": block.fraction_lost, "cum_lost": block.cumulative_lost,
        "ext_high_seq": block.highest_seq, "jitter": block.jitter, "lsr": block.last_sr,
        "dlsr": block.delay_since_last_sr,
    })
}

/// The decoded packet in the vectors' words.
fn decoded(packet: &Packet<'_>) -> Value {
    match packet {
        Packet::Sender(report) => json!({
            "type": "SR", "ssrc": report.ssrc.0, "blocks": report.blocks().map(report_block).collect::<Vec<_>>(),
            "ntp_mid": report.ntp_middle(), "ntp_hi": report.ntp >> 32, "ntp_lo": report.ntp & 0xffff_ffff,
            "rtp_ts": report.rtp_time.0, "packets": report.packets, "octets": report.octets,
        }),
        Packet::Receiver(report) => json!({
            "type": "RR", "ssrc": report.ssrc.0, "blocks": report.blocks().map(report_block).collect::<Vec<_>>(),
        }),
        Packet::Sdes(_) => json!({"type": "SDES"}),
        Packet::Bye(bye) => {
            json!({"type": "BYE", "ssrcs": bye.sources().map(|ssrc| ssrc.0).collect::<Vec<_>>()})
        }
        Packet::Extended { ssrc, blocks: body } => {
            let voip = blocks(body).map(|block| match block {
                Block::Voip(metrics) => voip(&metrics),
                other => panic!("{other:?}"),
            });
            json!({"type": "XR", "ssrc": ssrc.0, "xr": voip.collect::<Vec<_>>()})
        }
        other => panic!("{other:?}"),
    }
}

fn voip(metrics: &VoipMetrics) -> Value {
    json!({
        "ssrc": metrics.ssrc.0,
        "loss_pct": metrics.loss_percent, "discard_pct": metrics.discard_percent,
        "burst_density_pct": metrics.burst_density_percent, "gap_density_pct": metrics.gap_density_percent,
        "burst_duration_ms": metrics.burst_duration_ms, "gap_duration_ms": metrics.gap_duration_ms,
        "round_trip_delay_ms": metrics.round_trip_ms.unwrap_or(0),
        "end_system_delay_ms": metrics.end_system_delay_ms.unwrap_or(0),
        "signal_level_dbm": metrics.signal_dbm, "noise_level_dbm": metrics.noise_dbm,
        "rerl_db": metrics.echo_return_loss_db, "gmin": metrics.gmin, "r_factor": metrics.r_factor,
        "ext_r_factor": metrics.external_r_factor, "mos_lq": metrics.mos_lq, "mos_cq": metrics.mos_cq,
        "plc": metrics.concealment.name(), "jba": metrics.buffer.name(), "jb_rate": metrics.buffer_rate,
        "jb_nominal_ms": metrics.buffer_nominal_ms, "jb_max_ms": metrics.buffer_maximum_ms,
        "jb_abs_max_ms": metrics.buffer_absolute_ms,
    })
}

/// The vector without the raw octets beside the values that they mean.
fn without_octets(mut expected: Value) -> Value {
    for block in expected.pointer_mut("/xr").and_then(Value::as_array_mut).into_iter().flatten() {
        let block = block.as_object_mut().unwrap();
        for octet in
            ["loss_rate", "discard_rate", "burst_density", "gap_density", "rx_config", "bt"]
        {
            block.remove(octet);
        }
    }
    expected
}

#[test]
fn packets_are_decoded() {
    let Some(cases) = cases("rtcp.json") else { return };
    let mut compared = 0;
    for case in cases.iter().filter(|case| case["hex"].is_string()) {
        let title = case["title"].as_str().unwrap();
        let bytes = bytes(case["hex"].as_str().unwrap());
        let read: Vec<Result<Packet<'_>, Malformed>> = packets(&bytes).collect();
        let ours: Vec<_> = read.iter().flatten().map(decoded).collect();
        let expected: Vec<_> =
            case["decoded"].as_array().unwrap().iter().cloned().map(without_octets).collect();
        assert_eq!(json!(ours), json!(expected), "{title}");
        compared += 1;
    }
    assert_eq!(compared, 8);
}
