//! What RTCP says of streams (RFC 3550 section 6).

use crate::check::check;

const TALK: &str = "0   A>B INVITE sdp(A:4000 PCMU)
                    1   B>A 200 sdp(B:5000 PCMU)
                    1.1 A>B ACK
                    2   A>B rtp 500
                    2   B>A rtp 500";

fn talk(lines: &str, facts: &str) {
    check(&format!("{TALK}\n{lines}"), &format!("call-1 state=answered\n{facts}"));
}

#[test]
fn the_round_trip_is_the_sum_of_both_legs() {
    // METRICS M1.8: what passes the capture point measures both sides of it without their clocks.
    talk(
        "5    A>B rtcp sr
         5.01 B>A rtcp sr
         7    B>A rtcp rr leg=40ms
         7.5  A>B rtcp rr leg=25ms",
        "stream-1 from=A:4000 rtcp.reports=2 rtcp.sender_reports=1 leg=40.0 round_trip=65.0
         stream-2 from=B:5000 rtcp.reports=2 rtcp.sender_reports=1 leg=25.0 round_trip=65.0
         counts rtcp_packets=4",
    );
}

#[test]
fn one_side_alone_is_no_round_trip() {
    talk(
        "5 A>B rtcp sr
         7 B>A rtcp rr leg=40ms",
        "stream-1 leg=40.0 round_trip=- rtcp.sender_reports=1 rtcp.reports=1
         stream-2 leg=- round_trip=- rtcp.sender_reports=0 rtcp.reports=1",
    );
}

#[test]
fn what_the_receiver_lost_and_its_jitter() {
    talk(
        "12.1 B>A rtcp rr lost=25 jitter=80",
        "stream-1 rtcp.reports=1 rtcp.sender_reports=0 rtcp.remote_lost_percent=5 rtcp.remote_jitter_ms=10 leg=- lost=0
         stream-2 rtcp=-",
    );
}

#[test]
fn on_the_port_of_the_media() {
    check(
        "0    A>B INVITE sdp(A:4000 PCMU mux)
         1    B>A 200 sdp(B:5000 PCMU mux)
         1.1  A>B ACK
         2    A>B rtp 500
         2    B>A rtp 500
         5.01 A>B rtcp sr mux
         5.02 B>A rtcp sr mux leg=10ms
         6.01 A>B rtcp sr mux leg=5ms
         6.02 B>A rtcp bye mux",
        "call-1 state=answered
         stream-1 packets=500 lost=0 jitter=0 leg=10.0 round_trip=15.0 rtcp.sender_reports=2
         stream-2 packets=500 lost=0 leg=5.0 round_trip=15.0
         counts rtp_packets=1000 rtcp_packets=4",
    );
}

#[test]
fn of_two_streams_of_one_source_the_nearest_ports_count() {
    // Senders that give all their streams one SSRC exist (sipp).
    check(
        "0   A>B INVITE sdp(A:4000 PCMU)
         0   A>B INVITE call=2 sdp(A:4010 PCMU)
         1   B>A 200 sdp(B:5000 PCMU)
         1   B>A 200 call=2 sdp(B:5010 PCMU)
         1.1 A>B ACK
         1.1 A>B ACK call=2
         2   A>B rtp 200 ssrc=7
         2   A>B rtp 200 call=2 ssrc=7
         2   B>A rtp 200 ssrc=8
         2   B>A rtp 200 call=2 ssrc=9
         4   B>A rtcp rr call=2 ssrc=9 lost=10",
        "call-1 state=answered
         call-2 state=answered
         stream-1 from=A:4000 rtcp=-
         stream-2 from=A:4010 rtcp.reports=1
         stream-3 from=B:5000 rtcp=-
         stream-4 from=B:5010 rtcp=-",
    );
}

#[test]
fn reports_of_a_call_that_was_not_captured_belong_to_nobody() {
    check(
        "1 A>B rtcp sr from=A:4000 to=B:5000
         2 B>A rtcp rr from=B:5000 to=A:4000",
        "counts rtcp_packets=2 rtp_packets=0",
    );
}

#[test]
fn reports_of_a_later_call_on_the_same_ports_are_its_own() {
    check(
        "0    A>B INVITE sdp(A:4000 PCMU)
         1    B>A 200 sdp(B:5000 PCMU)
         1.1  A>B ACK
         2    A>B rtp 150
         2    B>A rtp 150
         5    A>B BYE
         5.1  B>A 200
         6    A>B INVITE call=2 sdp(A:4000 PCMU)
         6.1  B>A 200 call=2 sdp(B:5000 PCMU)
         6.2  A>B ACK call=2
         7    A>B rtp 150 call=2
         7    B>A rtp 150 call=2
         9    B>A rtcp rr call=2 lost=3",
        "call-1 state=completed
         call-2 state=answered
         stream-1 call=call-1 from=A:4000 rtcp=-
         stream-2 call=call-1 rtcp=-
         stream-3 call=call-2 from=A:4000 rtcp.reports=1
         stream-4 call=call-2 rtcp=-",
    );
}

#[test]
fn a_round_trip_is_never_below_nothing() {
    // What a reporter says of its own delay is not exact; on a bridge the rest is less than that.
    talk(
        "5    A>B rtcp sr
         5.01 B>A rtcp sr
         7    B>A rtcp rr leg=0.3ms
         7.5  A>B rtcp rr leg=-0.7ms",
        "stream-1 leg=0.3 round_trip=0
         stream-2 leg=0 round_trip=0",
    );
}
