//! What ends of a stream report: loss before and behind the capture point,
//! feedback, extended reports, their own account by SIP (RFC 6035).

use std::fmt::Write as _;

use crate::check::check;

const TALK: &str = "0   A>B INVITE sdp(A:4000 PCMU)
                    1   B>A 200 sdp(B:5000 PCMU)
                    1.1 A>B ACK";

#[track_caller]
fn talk(lines: &str, facts: &str) {
    check(&format!("{TALK}\n{lines}"), &format!("call-1 state=answered {facts}"));
}

/// A datagram of RTCP from B to A about A's stream: packet types and bodies.
fn rtcp(at: &str, packets: &[(u8, u8, String)]) -> String {
    let mut hex = String::new();
    for (count, kind, body) in packets {
        write!(hex, "{:02x}{kind:02x}{:04x}{body}", 0x80 | count, body.len() / 8).unwrap();
    }
    format!("{at} B>A from=B:5001 to=A:4001 hex={hex}")
}

/// The SSRC that the scenario gives to A's stream from port 4000, and B's.
const A: &str = "10000fa0";
const B: &str = "20001388";

fn receiver_report() -> (u8, u8, String) {
    (0, 201, B.to_owned())
}

#[test]
fn loss_is_before_or_behind_the_capture_point() {
    // 10 are missing here; B says that it lost 35.
    talk(
        "2    A>B rtp 500 lose 100..110
         2    B>A rtp 500
         11.9 A>B rtcp sr
         12.1 B>A rtcp rr lost=35",
        "findings=media.loss,media.loss-after-capture
         stream-1 lost=10 rtcp.loss.reported_lost=35 rtcp.loss.lost_before_capture=10 \
                  rtcp.loss.lost_after_capture=25 rtcp.loss.expected=500 rtcp.loss.from_beginning=true \
                  findings=media.loss,media.loss-after-capture
         stream-2 rtcp.sender_reports=0
         finding-2 severity=fault stream=stream-1",
    );
}

#[test]
fn a_receiver_that_lost_what_was_missing_here_lost_nothing_behind() {
    talk(
        "2    A>B rtp 500 lose 100..105
         2    B>A rtp 500
         6    A>B rtcp sr
         7.1  B>A rtcp rr lost=5
         11.9 A>B rtcp sr
         12.1 B>A rtcp rr lost=5",
        "\nstream-1 lost=5 rtcp.loss.lost_before_capture=5 rtcp.loss.lost_after_capture=0 \
                   rtcp.sent.packets=295 rtcp.sent.seen=295
         stream-2 rtcp.sender_reports=0",
    );
}

#[test]
fn feedback_is_counted_at_the_stream_that_it_is_about() {
    let about_a = format!("{B}{A}");
    let feedback =
        |format: u8, kind: u8, control: &str| (format, kind, format!("{about_a}{control}"));
    let remb = format!("{B}0000000052454d420108{}{A}", "03e8");
    let lines = [
        "2 A>B rtp 100".to_owned(),
        "2 B>A rtp 100".to_owned(),
        // A compound packet, then reduced-size ones.
        rtcp("3.00", &[receiver_report(), feedback(1, 205, "03e80003")]),
        rtcp("3.01", &[feedback(1, 206, "")]),
        rtcp("3.02", &[(4, 206, format!("{B}00000000{A}01000000"))]),
        rtcp("3.03", &[(15, 206, remb)]),
        rtcp("3.04", &[feedback(15, 205, "0001000100000000")]),
    ];
    talk(
        &lines.join("\n"),
        "\nstream-1 rtcp.feedback.nacks=1 rtcp.feedback.nacked_packets=3 rtcp.feedback.picture_losses=1 \
                   rtcp.feedback.full_intra_requests=1 rtcp.feedback.maximum_bit_rates=1 \
                   rtcp.feedback.maximum_bit_rate_bps=4000 rtcp.feedback.transport_wide=1 rtcp.reduced_size=4
         stream-2 rtcp=-",
    );
}

#[test]
fn sources_describe_themselves_and_say_goodbye() {
    let lines = [
        "2 A>B rtp 100".to_owned(),
        "2 B>A rtp 100".to_owned(),
        rtcp(
            "3",
            &[
                receiver_report(),
                // CNAME b@h, TOOL x1.
                (1, 202, format!("{B}010362406806027831000000")),
                (0, 204, format!("{B}50494e4700000000")),
                (1, 203, format!("{B}03656e64")),
            ],
        ),
    ];
    talk(
        &lines.join("\n"),
        "\nstream-1 rtcp=-
         stream-2 rtcp.source.cname=b@h rtcp.source.tool=x1 rtcp.source.name=- rtcp.applications=1 \
                  rtcp.application=PING rtcp.bye_reason=end rtcp.bye_time=2026-01-01T00:00:03.000000Z \
                  rtcp.feedback=- rtcp.xr=-",
    );
}

/// Blocks of extended reports about A's stream, as RFC 3611 and the later RFCs
/// have them.
fn xr_blocks() -> String {
    // VoIP metrics: loss 26/256, discards 13, densities, durations, delays, levels, Gmin 16, R 80,
    // MOS 4.1 and 3.9, standard concealment and an adaptive buffer, 60/120/200 ms.
    [
        format!("07000008{A}1a0d553c007801040050002 8f0ba7f105 07f2927f500003c007800c8")
            .replace(' ', ""),
        // Statistics: lost 7, duplicates 2, no jitter announced.
        format!("06c00009{A}006401f4{:08x}{:08x}{}", 7, 2, "00".repeat(20)),
        // Burst loss (RFC 6958): threshold 16, 400 ms, 8 of 20 in 2 bursts.
        format!("14000005{A}10000190000008000014002000000000"),
        // Loss rates (RFC 7004): half of bursts, a quarter of gaps.
        format!("11000003{A}400020000000 0000").replace(' ', ""),
        // De-jitter buffer (RFC 7005), adaptive.
        format!("17200003{A}003c0078006e0032"),
        // Concealment and concealed seconds (RFC 7294).
        format!("1e000006{A}{:08x}{:08x}{:08x}0000000000000000", 9_000, 300, 20),
        format!("1f000004{A}{:08x}{:08x}00010000", 8, 2),
        // Packets discarded (RFC 7002), and a block that is not known.
        format!("18000002{A}{:08x}", 5),
        format!("63000001{A}"),
    ]
    .concat()
}

#[test]
fn extended_reports_are_read() {
    let lines = [
        "2 A>B rtp 100".to_owned(),
        "2 B>A rtp 100".to_owned(),
        rtcp("3", &[receiver_report(), (0, 207, format!("{B}{}", xr_blocks()))]),
    ];
    talk(
        &lines.join("\n"),
        "\nstream-1 rtcp.xr.blocks=8 rtcp.xr.voip.loss_percent=10.15625 rtcp.xr.voip.discard_percent=5.078125 \
                   rtcp.xr.voip.burst_duration_ms=120 rtcp.xr.voip.gap_duration_ms=260 rtcp.xr.voip.round_trip_ms=80 \
                   rtcp.xr.voip.end_system_delay_ms=40 rtcp.xr.voip.signal_level_dbm=-16 \
                   rtcp.xr.voip.noise_level_dbm=-70 rtcp.xr.voip.echo_return_loss_db=- rtcp.xr.voip.gmin=16 \
                   rtcp.xr.voip.r_factor=80 rtcp.xr.voip.external_r_factor=- rtcp.xr.voip.mos_lq=4.1 \
                   rtcp.xr.voip.mos_cq=3.9 rtcp.xr.voip.concealment=standard rtcp.xr.voip.jitter_buffer=adaptive \
                   rtcp.xr.voip.jitter_buffer_nominal_ms=60 rtcp.xr.statistics.lost=7 \
                   rtcp.xr.statistics.duplicates=2 rtcp.xr.statistics.mean_jitter=- rtcp.xr.burst_loss.lost=8 \
                   rtcp.xr.burst_loss.density_percent=40.0 rtcp.xr.loss_summary.burst_percent=50.0 \
                   rtcp.xr.loss_summary.gap_percent=25.0 rtcp.xr.jitter_buffer.adaptive=true \
                   rtcp.xr.jitter_buffer.high_ms=110 rtcp.xr.concealment.concealed_ms=300 \
                   rtcp.xr.concealed_seconds.concealed_s=2 rtcp.xr.discarded=5 rtcp.xr.burst_discard=-
         stream-2 rtcp=-",
    );
}

#[test]
fn a_mere_receiver_measures_by_reference_times() {
    // B sends nothing; A answers its reference time after 100 ms, 30 ms having
    // passed beyond the capture point (RFC 3611 sections 4.4 and 4.5).
    let ask = rtcp(
        "3",
        &[receiver_report(), (0, 207, format!("{B}04000002e8a10000 80000000").replace(' ', ""))],
    );
    let dlrr = format!("{A}05000003{B}00008000{:08x}", 65_536 / 10);
    let answer =
        format!("3.13 A>B from=A:4001 to=B:5001 hex=80c90001{A}80cf{:04x}{dlrr}", dlrr.len() / 8);
    check(
        &format!(
            "0   A>B INVITE sdp(A:4000 PCMU)
             1   B>A 200 sdp(B:5000 PCMU recvonly)
             1.1 A>B ACK
             2   A>B rtp 100
             2.5 A>B rtcp sr
             {ask}
             {answer}"
        ),
        "call-1 state=answered
         stream-1 rtcp.sender_leg_ms=30.0",
    );
}

/// The body of RFC 6035's example, about this call.
const REPORT: &str = "VQSessionReport: CallTerm\\r\\nCallID: CALL\\r\\nLocalAddr: IP=192.0.2.1 PORT=4000 SSRC=0x1\\r\\n\
    RemoteAddr: IP=192.0.2.2 PORT=5000 SSRC=0x20001388\\r\\nLocalMetrics:\\r\\n\
    PacketLoss: NLR=0.78 JDR=1.5\\r\\nDelay: RTD=200 IAJ=3\\r\\nQualityEst: MOSLQ=4.1 MOSCQ=3.9\\r\\n";

#[test]
fn what_an_end_point_reports_by_sip_is_tied_to_its_call() {
    let scenario =
        crate::scenario::Scenario::parse(&format!("{TALK}\n2 A>B rtp 100\n2 B>A rtp 100"));
    let before = crate::check::report_of(&scenario);
    let call_id = before["calls"][0]["legs"][0]["call_id"].as_str().unwrap().to_owned();
    let (local, remote) = (&before["streams"][1]["dst"]["ip"], &before["streams"][1]["src"]["ip"]);
    let body = REPORT
        .replace("CALL", &call_id)
        .replace("192.0.2.1 ", &format!("{} ", local.as_str().unwrap()))
        .replace("192.0.2.2 ", &format!("{} ", remote.as_str().unwrap()));
    check(
        &format!(
            "{TALK}
             2 A>B rtp 100
             2 B>A rtp 100
             9 A>P PUBLISH call=2 h('Event: vq-rtcpxr') body('application/vq-rtcpxr', '{body}')
             9.1 P>A 200 call=2"
        ),
        "call-1 state=answered voice_quality_reports[].kind=session voice_quality_reports[].ends_call=true \
                voice_quality_reports[].stream=stream-2 voice_quality_reports[].mos_lq=4.1 \
                voice_quality_reports[].lost_percent=0.78 voice_quality_reports[].round_trip_ms=200 \
                voice_quality_reports[].frame=204
         dialog-1 method=PUBLISH voice_quality_reports[].mos_cq=3.9
         stream-1 lost=0
         stream-2 lost=0",
    );
}
