//! What a stream is, and what becomes of its numbers.

use crate::check::check;

/// One direction of media without signalling: `stream-1` from A to B.
fn stream(lines: &str, facts: &str) {
    check(lines, facts);
}

#[test]
fn loss() {
    stream(
        "0 A>B rtp 500 from=A:4000 to=B:5000 lose 100..110,200,499",
        "stream-1 packets=488 expected=499 lost=11 lost_percent=2.204 duplicates=0 out_of_order=0 \
                  loss_pattern.longest_loss=10",
    );
}

#[test]
fn copies_and_latecomers_are_no_loss() {
    stream(
        "0 A>B rtp 200 from=A:4000 to=B:5000 dup 20,21 late 50 25ms",
        "stream-1 packets=202 expected=200 lost=0 duplicates=2 out_of_order=1",
    );
}

#[test]
fn jitter_as_rfc_3550_has_it() {
    // Every |D| is 5 ms, so the filter tends to 5 ms.
    stream(
        "0 A>B rtp 1000 from=A:4000 to=B:5000 jitter 5ms",
        "stream-1 jitter_ms.last=5.000 max_jitter=5.000 lost=0",
    );
    stream(
        "0 A>B rtp 1000 from=A:4000 to=B:5000",
        "stream-1 jitter_ms.last=0 max_jitter=0 delta_ms.max=20",
    );
}

#[test]
fn two_sources_on_one_port_are_two_streams() {
    stream(
        "0    A>B rtp 100 from=A:4000 to=B:5000 ssrc=1
         0.01 A>B rtp 100 from=A:4000 to=B:5000 ssrc=2 lose 5",
        "stream-1 ssrc=0x00000001 packets=100 lost=0
         stream-2 ssrc=0x00000002 packets=99 lost=1",
    );
}

#[test]
fn a_source_that_changes_its_ssrc() {
    stream(
        "0 A>B rtp 100 from=A:4000 to=B:5000 ssrc=1 seq=1000
         2 A>B rtp 100 from=A:4000 to=B:5000 ssrc=2 seq=50000 ts=9",
        "stream-1 ssrc=0x00000001 packets=100 lost=0 restarts=0
         stream-2 ssrc=0x00000002 packets=100 lost=0 restarts=0",
    );
}

#[test]
fn a_source_that_changes_its_codec() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU PCMA)
         1   B>A 200 sdp(B:5000 PCMU PCMA)
         1.1 A>B ACK
         2   A>B rtp 60
         3.2 A>B rtp 40 pt=8
         2   B>A rtp 100",
        "call-1 state=answered
         stream-1 pts=0,8 codecs=PCMU,PCMA payloads[].packets=60,40 lost=0 jitter=0
         stream-2 pts=0",
    );
}

#[test]
fn numbers_begun_anew() {
    // RFC 3550 A.1: a jump is accepted as a restart with its second packet; the hole is no loss.
    stream(
        "0 A>B rtp 100 from=A:4000 to=B:5000
         2 A>B rtp 100 from=A:4000 to=B:5000 seq=40000 ts=77",
        "stream-1 packets=200 expected=200 lost=0 restarts=1",
    );
}

#[test]
fn numbers_wrap() {
    stream(
        "0 A>B rtp 100 from=A:4000 to=B:5000 seq=65500 ts=4294960000 lose 35..37",
        "stream-1 packets=98 expected=100 lost=2 restarts=0 jitter=0",
    );
}

#[test]
fn a_pause_is_no_loss() {
    stream(
        "0  A>B rtp 100 from=A:4000 to=B:5000
         60 A>B rtp 100 from=A:4000 to=B:5000",
        "stream-1 packets=200 lost=0 jitter=0 intervals[].offset_s=0,60 intervals[].packets=100,100 duration_s=61.98",
    );
}

#[test]
fn a_payload_type_that_nobody_describes() {
    stream(
        "0 A>B rtp 100 from=A:4000 to=B:5000 pt=111 clock=48000",
        "stream-1 pts=111 codecs=- clocks=- jitter=- packets=100 lost=0 mos=- quality.model=-",
    );
}

#[test]
fn encrypted_media_are_marked() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU srtp)
         1   B>A 200 sdp(B:5000 PCMU srtp)
         1.1 A>B ACK
         2   A>B rtp 100
         2   B>A rtp 100",
        "call-1 state=answered
         stream-1 encryption=srtp codecs=PCMU
         stream-2 encryption=srtp",
    );
}

#[test]
fn encryption_offered_and_not_taken() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU srtp)
         1   B>A 200 sdp(B:5000 PCMU)
         1.1 A>B ACK
         2   A>B rtp 100
         2   B>A rtp 100",
        "call-1 state=answered
         stream-1 encryption=-
         stream-2 encryption=-",
    );
}

#[test]
fn packet_times_are_measured() {
    stream(
        "0 A>B rtp 100 from=A:4000 to=B:5000 ptime=30",
        "stream-1 payloads[].ptime_ms=30 delta_ms.mean=30 duration_s=2.97",
    );
}

#[test]
fn a_dynamic_payload_type_whose_description_comes_late() {
    check(
        "0    A>B INVITE
         0.5  A>B rtp 100 from=A:4000 to=B:5000 pt=111 clock=48000
         0.5  B>A rtp 100 from=B:5000 to=A:4000 pt=111 clock=48000 jitter 5ms
         4    B>A 200 sdp(B:5000 opus/111)
         4.1  A>B ACK sdp(A:4000 opus/111)
         5    A>B rtp 50 pt=111 clock=48000
         5    B>A rtp 50 pt=111 clock=48000 jitter 5ms",
        "call-1 state=answered
         stream-1 from=A:4000 codecs=opus clocks=48000 packets=150 jitter=0 max_jitter=0 bound=sdp
         stream-2 from=B:5000 codecs=opus clocks=48000 packets=150 jitter_ms.last=5.0 bound=sdp",
    );
}

#[test]
fn encryption_offered_and_not_taken_by_whom_is_heard_first() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU srtp)
         0.5 B>A rtp 300 from=B:5000
         1   B>A 200 sdp(B:5000 PCMU)
         1.1 A>B ACK
         3   A>B rtp 100",
        "call-1 state=answered
         stream-1 from=B:5000 encryption=- bound=sdp
         stream-2 from=A:4000 encryption=- bound=sdp",
    );
}
