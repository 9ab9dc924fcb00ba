//! One-way audio, no media, loss, jitter: found, and not found where all is well.

use crate::check::check;

const ANSWERED: &str = "0   A>B INVITE sdp(A:4000 PCMU)
                        1   B>A 200 sdp(B:5000 PCMU)
                        1.1 A>B ACK";

fn with(lines: &str, facts: &str) {
    check(&format!("{ANSWERED}\n{lines}"), facts);
}

#[test]
fn nothing_reaches_the_caller() {
    with(
        "2 A>B rtp 5s
         9 A>B BYE
         9.1 B>A 200",
        "call-1 state=completed findings=media.one-way mos.caller_hears=-
         stream-1 from=A:4000 findings=media.one-way
         finding-1 severity=fault title='One-way audio: nothing reached the caller' evidence[].frame=2,4 stream=stream-1",
    );
}

#[test]
fn nothing_reaches_the_callee() {
    with(
        "2 B>A rtp 5s",
        "call-1 state=answered findings=media.one-way
         stream-1 from=B:5000 findings=media.one-way
         finding-1 title='One-way audio: nothing reached the callee'",
    );
}

#[test]
fn an_announcement_before_the_answer_is_not_the_other_direction() {
    check(
        "0    A>B INVITE sdp(A:4000 PCMU)
         0.2  B>A 183 sdp(B:5000 PCMU)
         0.3  B>A rtp 2s
         3    B>A 200 sdp(B:5000 PCMU)
         3.1  A>B ACK
         3.2  A>B rtp 6s",
        "call-1 state=answered findings=media.one-way
         stream-1 from=B:5000
         stream-2 from=A:4000 findings=media.one-way
         finding-1 title='One-way audio: nothing reached the caller'",
    );
}

#[test]
fn a_call_too_short_to_tell() {
    with(
        "1.2 A>B rtp 1s
         2.5 A>B BYE
         2.6 B>A 200",
        "call-1 state=completed\n stream-1 packets=50",
    );
}

#[test]
fn who_holds_may_be_silent() {
    // RFC 3264 section 8.4: the holder sends (music), the other side only listens.
    check(
        "0   A>B INVITE sdp(A:4000 PCMU sendonly)
         1   B>A 200 sdp(B:5000 PCMU recvonly)
         1.1 A>B ACK
         2   A>B rtp 6s",
        "call-1 state=answered\n stream-1 from=A:4000",
    );
    check(
        "0   A>B INVITE sdp(A:4000 PCMU)
         1   B>A 200 sdp(B:5000 PCMU)
         1.1 A>B ACK
         1.5 B>A INVITE sdp(B:5000 PCMU sendonly)
         1.6 A>B 200 sdp(A:4000 PCMU recvonly)
         1.7 B>A ACK
         2   B>A rtp 6s",
        "call-1 state=answered\n stream-1 from=B:5000",
    );
}

#[test]
fn both_were_heard_before_the_hold() {
    with(
        "2   A>B rtp 4s
         2   B>A rtp 4s
         6   A>B INVITE sdp(A:4000 PCMU sendonly)
         6.1 B>A 200 sdp(B:5000 PCMU recvonly)
         6.2 A>B ACK
         7   A>B rtp 5s
         20  A>B BYE
         20.1 B>A 200",
        "call-1 state=completed
         stream-1 from=A:4000 lost=0 packets=450
         stream-2 from=B:5000 packets=200",
    );
}

#[test]
fn no_media_in_a_capture_that_has_media() {
    let silent = "0   A>B INVITE sdp(A:4000 PCMU)
                  1   B>A 200 sdp(B:5000 PCMU)
                  1.1 A>B ACK
                  9   A>B BYE
                  9.1 B>A 200";
    let others = "0   A>C INVITE call=2 sdp(A:4010 PCMU)
                  1   C>A 200 call=2 sdp(C:6000 PCMU)
                  1.1 A>C ACK call=2
                  2   A>C rtp 5s call=2
                  2   C>A rtp 5s call=2";
    check(
        &format!("{silent}\n{others}"),
        "call-1 state=completed findings=media.none
         call-2 state=answered
         stream-1 call=call-2
         stream-2 call=call-2
         finding-1 severity=warning",
    );
    // Without any media in the capture their absence says nothing.
    check(silent, "call-1 state=completed");
}

#[test]
fn loss_that_can_be_heard() {
    with(
        "2 A>B rtp 1000 lose 100..103,200..203,300..303,400..403,500..503,600..603,700..703,800..804
         2 B>A rtp 1000",
        "call-1 state=answered findings=media.loss
         stream-1 lost=25 findings=media.loss
         stream-2 lost=0
         finding-1 severity=warning stream=stream-1",
    );
    with(
        "2 A>B rtp 1000 lose 100..160
         2 B>A rtp 1000",
        "call-1 state=answered findings=media.loss
         stream-1 lost=60 findings=media.loss
         stream-2 lost=0
         finding-1 severity=fault",
    );
    with(
        "2 A>B rtp 1000 lose 100,300,500
         2 B>A rtp 1000",
        "call-1 state=answered\n stream-1 lost=3\n stream-2 lost=0",
    );
}

#[test]
fn packets_too_late_to_be_played() {
    with(
        "2 A>B rtp 1000 late 100..180 150ms
         2 B>A rtp 1000 late 100..180 30ms",
        "call-1 state=answered findings=media.jitter
         stream-1 lost=0 findings=media.jitter
         stream-2 lost=0",
    );
}

#[test]
fn held_from_the_beginning_to_the_end() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU inactive)
         1   B>A 200 sdp(B:5000 PCMU inactive)
         1.1 A>B ACK
         9   A>B BYE
         9.1 B>A 200
         0   A>C rtp 100 from=A:4010 to=C:6000",
        "call-1 state=completed\n stream-1 call=-",
    );
}
