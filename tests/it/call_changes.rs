//! What changes within a call: hold, resume, codec, address; glare; session timers.

use crate::check::check;
use crate::preamble::answered;

fn within(lines: &str, facts: &str) {
    let call = answered("sdp(A:4000 PCMU PCMA)", "sdp(B:5000 PCMU)");
    let ladder = format!("{call}{lines}\n50 A>B BYE\n50.1 B>A 200 BYE");
    check(&ladder, &format!("call-1 state=completed released_by=caller {facts}"));
}

#[test]
fn hold_and_resume() {
    within(
        "3   A>B INVITE sdp(A:4000 PCMU PCMA sendonly)
         3.1 B>A 200 sdp(B:5000 PCMU recvonly)
         3.2 A>B ACK
         6   A>B INVITE sdp(A:4000 PCMU PCMA)
         6.1 B>A 200 sdp(B:5000 PCMU)
         6.2 A>B ACK",
        "changes[].kinds=hold,resume changes[].by=caller,caller changes[].verdict=accepted,accepted changes[].method=INVITE,INVITE \
         changes[].before='audio 192.0.2.10:4000 sendrecv PCMU PCMA,audio 192.0.2.10:4000 sendonly PCMU PCMA' \
         changes[].answer='audio 198.51.100.20:5000 recvonly PCMU,audio 198.51.100.20:5000 sendrecv PCMU' \
         changes[].offset_s=3,6 changes[].final_status=200,200",
    );
}

#[test]
fn hold_of_old_by_the_callee_with_an_update() {
    within(
        "3   B>A UPDATE sdp(0.0.0.0:5000 PCMU)
         3.1 A>B 200 sdp(A:4000 PCMU)",
        "changes[].kinds=hold changes[].by=callee changes[].method=UPDATE",
    );
}

#[test]
fn codec_address_and_media() {
    within(
        "3   A>B INVITE sdp(A:4002 PCMA)
         3.1 B>A 200 sdp(B:5000 PCMA)
         3.2 A>B ACK",
        "changes[].kinds=address,codec",
    );
    within(
        "3   A>B INVITE sdp(A:4000 PCMU PCMA; video A:4004 H264/97)
         3.1 B>A 200 sdp(B:5000 PCMU; video B:5004 H264/97)
         3.2 A>B ACK",
        "changes[].kinds=media_added",
    );
    within(
        "3   A>B INVITE
         3.1 B>A 200 sdp(B:5000 PCMU)
         3.2 A>B ACK sdp(A:4000 PCMU PCMA)
         9   A>B UPDATE
         9.1 B>A 200",
        "changes[].kinds=refresh,refresh changes[].after='audio 192.0.2.10:4000 sendrecv PCMU PCMA,-'",
    );
}

#[test]
fn direction_and_media_taken_away() {
    within(
        "3   A>B INVITE sdp(A:4000 PCMU PCMA; video A:4004 H264/97)
         3.1 B>A 200 sdp(B:5000 PCMU; video B:5004 H264/97)
         3.2 A>B ACK
         5   A>B INVITE sdp(A:4000 PCMU PCMA; video A:0 H264/97)
         5.1 B>A 200 sdp(B:5000 PCMU; video B:0 H264/97)
         5.2 A>B ACK
         7   A>B UPDATE sdp(A:4000 PCMU PCMA recvonly; video A:0 H264/97)
         7.1 B>A 200 sdp(B:5000 PCMU sendonly; video B:0 H264/97)",
        "changes[].kinds=media_added,media_removed,direction changes[].verdict=accepted,accepted,accepted",
    );
    within(
        "3   A>B UPDATE sdp(A:4000 PCMU PCMA sendonly)",
        "changes[].kinds=hold changes[].verdict=unanswered changes[].final_status=- findings=sip.request-timeout",
    );
}

#[test]
fn refused_and_glare() {
    // RFC 3261 section 14.1: both ask at once, both refuse with 491, one tries again.
    within(
        "3    A>B INVITE sdp(A:4000 PCMU PCMA sendonly)
         3.01 B>A INVITE sdp(B:5000 PCMU sendonly)
         3.05 B>A 491 INVITE
         3.06 A>B ACK
         3.07 A>B 491 INVITE
         3.08 B>A ACK
         5.2  A>B INVITE sdp(A:4000 PCMU PCMA sendonly)
         5.3  B>A 200 sdp(B:5000 PCMU recvonly)
         5.4  A>B ACK",
        "changes[].verdict=glare,glare,accepted changes[].by=caller,callee,caller changes[].kinds=hold,hold,hold \
         changes[].final_status=491,491,200",
    );
    within(
        "3    A>B INVITE sdp(A:4000 G729)
         3.1  B>A 488
         3.2  A>B ACK
         4    A>B INVITE sdp(A:4000 PCMU PCMA)
         4.1  B>A 200 sdp(B:5000 PCMU)
         4.2  A>B ACK",
        "changes[].verdict=refused,accepted changes[].kinds=refresh,refresh",
    );
}

#[test]
fn changes_over_a_proxy_are_told_once() {
    check(
        "0    A>P INVITE sdp(A:4000 PCMU)
         0.01 P>B INVITE via+1 sdp(A:4000 PCMU)
         1    B>P 200 sdp(B:5000 PCMU)
         1.01 P>A 200 sdp(B:5000 PCMU)
         1.1  A>P ACK
         1.11 P>B ACK via+1
         3    B>P INVITE sdp(B:5000 PCMU sendonly)
         3.01 P>A INVITE via+1 sdp(B:5000 PCMU sendonly)
         3.1  A>P 200 sdp(A:4000 PCMU recvonly)
         3.11 P>B 200 sdp(A:4000 PCMU recvonly)
         3.2  B>P ACK
         3.21 P>A ACK via+1",
        "call-1 state=answered changes[].kinds=hold changes[].by=callee changes[].frame=7",
    );
}

/// A call whose caller is to refresh it every 100 s.
fn timed(lines: &str) -> String {
    let answer = "h('Session-Expires: 100;refresher=uac') h('Min-SE: 90')";
    answered("h('Session-Expires: 100')", answer) + lines
}

#[test]
fn a_session_timer_that_is_refreshed() {
    check(
        &timed(
            "50   A>B UPDATE h('Session-Expires: 100;refresher=uac')
             50.1 B>A 200 h('Session-Expires: 100;refresher=uac')
             95   A>B INVITE h('Session-Expires: 100;refresher=uac')
             95.1 B>A 200 h('Session-Expires: 100;refresher=uac')
             95.2 A>B ACK
             120  A>B BYE
             121  B>A 200",
        ),
        "call-1 state=completed released_by=caller session_timer.interval_s=100 session_timer.min_se_s=90 \
                session_timer.refresher=caller session_timer.refresh_frames=5,7 session_timer.state=running \
                session_timer.expires_time=2026-01-01T00:03:15.100000Z session_timer.refused=0 changes[].kinds=refresh,refresh",
    );
}

#[test]
fn a_refresh_that_is_missed() {
    check(
        &timed("69 B>A BYE\n69.1 A>B 200"),
        "call-1 state=completed released_by=callee session_timer.state=expired session_timer.refresher=caller findings=sip.session-expired",
    );
    check(&timed("60 A>B keepalive"), "call-1 state=answered session_timer.state=overdue");
    check(&timed("40 A>B keepalive"), "call-1 state=answered session_timer.state=running");
}

#[test]
fn an_interval_that_is_too_small() {
    check(
        "0   A>B INVITE h('Session-Expires: 60')
         0.1 B>A 422 h('Min-SE: 120')
         0.2 A>B ACK
         0.3 A>B INVITE h('Session-Expires: 120') h('Min-SE: 120')
         1   B>A 200 h('Session-Expires: 120;refresher=uas')
         1.1 A>B ACK",
        "call-1 state=answered session_timer.refused=1 session_timer.interval_s=120 session_timer.refresher=callee session_timer.min_se_s=120",
    );
}

#[test]
fn without_an_agreement_there_is_no_timer() {
    check(
        "0   A>B INVITE h('Session-Expires: 1800')
         1   B>A 200
         1.1 A>B ACK",
        "call-1 state=answered session_timer=-",
    );
}
