//! How calls end that were not answered, and the plain one that was.

use crate::check::check;

#[test]
fn answered_and_hung_up_by_the_caller() {
    check(
        "0      A>B  INVITE sdp(A:4000 PCMU)
         0.01   B>A  100
         0.12   B>A  180
         2.3    B>A  200 sdp(B:5000 PCMU)
         2.4    A>B  ACK
         12.17  A>B  BYE
         12.182 B>A  200",
        "call-1 state=completed released_by=caller final=200 reason=OK caller=alice callee=bob caller_at=A \
                callee_at=B pdd=120 setup=2300 ring=2180 duration=9.87 disconnect=12 messages=7 again=- tags=b1 \
                start_time=2026-01-01T00:00:00.000000Z ringing_time=2026-01-01T00:00:00.120000Z \
                answer_time=2026-01-01T00:00:02.300000Z end_time=2026-01-01T00:00:12.170000Z \
                began_before_capture=false cause=- challenges=0
         counts packets=7 sip_messages=7 other_packets=0
         summary calls=1 answered=1 failed=0 cancelled=0 in_progress=0 asr_percent=100 acd_s=9.87 scr_percent=100",
    );
}

#[test]
fn busy() {
    check(
        "0    A>B INVITE
         0.02 B>A 100
         0.5  B>A 486
         0.52 A>B ACK",
        "call-1 state=rejected released_by=callee final=486 reason='Busy Here' pdd=- setup=- duration=- \
                end_time=2026-01-01T00:00:00.500000Z findings=sip.refused
         finding-1 severity=note evidence[].frame=3 call=call-1 registration=-
         summary calls=1 failed=1 asr_percent=0 ner_percent=100",
    );
}

#[test]
fn not_answered_and_cancelled() {
    check(
        "0    A>B INVITE
         0.02 B>A 100
         1    B>A 180
         9    A>B CANCEL
         9.05 B>A 200
         9.1  B>A 487
         9.12 A>B ACK",
        "call-1 state=cancelled released_by=caller final=487 pdd=1000 ring=- setup=- messages=7 again=- \
                answer_time=- end_time=2026-01-01T00:00:09.100000Z
         summary cancelled=1 failed=0 asr_percent=0 ner_percent=100",
    );
}

#[test]
fn cancelled_before_anything_rang() {
    check(
        "0   A>B INVITE
         0.1 B>A 100
         0.8 A>B CANCEL
         0.9 B>A 200
         0.9 B>A 487
         1   A>B ACK",
        "call-1 state=cancelled released_by=caller final=487 pdd=-
         summary cancelled=1 ner_percent=0",
    );
}

#[test]
fn a_cancel_without_its_487_cancels() {
    check(
        "0 A>B INVITE
         1 B>A 180
         9 A>B CANCEL
         9 B>A 200",
        "call-1 state=cancelled released_by=caller final=- end_time=2026-01-01T00:00:09.000000Z",
    );
}

#[test]
fn an_answer_that_crosses_the_cancel_stands() {
    // RFC 3261 section 9.1: the CANCEL has no effect on a request that was answered.
    check(
        "0    A>B INVITE
         1    B>A 180
         9    A>B CANCEL
         9.01 B>A 200 INVITE
         9.03 B>A 200 CANCEL
         9.05 A>B ACK
         9.2  A>B BYE
         9.3  B>A 200",
        "call-1 state=completed final=200 released_by=caller setup=9010 duration=0.19 again=-
         summary answered=1 cancelled=0",
    );
}

#[test]
fn refusals_have_the_state_of_their_class() {
    let refused = |status: u16, facts: &str| {
        check(
            &format!(
                "0   A>B INVITE
                 0.1 B>A 100
                 1   B>A {status}
                 1.1 A>B ACK"
            ),
            &format!("call-1 final={status} pdd=- findings=sip.refused {facts}"),
        );
    };
    refused(404, "state=rejected released_by=-");
    refused(484, "state=rejected released_by=-");
    refused(403, "state=rejected released_by=-");
    refused(480, "state=rejected released_by=callee");
    refused(488, "state=rejected released_by=callee");
    refused(408, "state=timed_out released_by=-");
    refused(500, "state=failed released_by=-");
    refused(503, "state=failed released_by=-");
    refused(504, "state=failed released_by=-");
    refused(600, "state=rejected released_by=callee");
    refused(603, "state=rejected released_by=callee");
    refused(604, "state=rejected released_by=-");
}

#[test]
fn ringing_and_then_refused() {
    check(
        "0  A>B INVITE
         1  B>A 180
         31 B>A 480
         31 A>B ACK",
        "call-1 state=rejected final=480 pdd=1000 ring=- released_by=callee findings=sip.refused
         summary ner_percent=100 seer_percent=100 ser_percent=0",
    );
}

#[test]
fn no_response_until_timer_b() {
    let sent = "0    A>B INVITE
                0.5  A>B INVITE again
                1.5  A>B INVITE again
                3.5  A>B INVITE again
                7.5  A>B INVITE again
                15.5 A>B INVITE again
                31.5 A>B INVITE again";
    check(
        &format!("{sent}\n 32.5 A>C keepalive"),
        "call-1 state=timed_out released_by=- final=- pdd=- again=2>1,3>1,4>1,5>1,6>1,7>1 findings=sip.no-response
         finding-1 severity=fault evidence[].frame=1,2,3,4,5,6,7
         summary failed=1 in_progress=0",
    );
    check(sent, "call-1 state=trying findings=-\n summary failed=0 in_progress=1");
}

#[test]
fn only_100_trying() {
    // Timer B is over with the first provisional response (RFC 3261 section 17.1.1.2).
    check(
        "0   A>B INVITE
         0.1 B>A 100
         40  A>C keepalive",
        "call-1 state=trying final=- pdd=- ringing_time=-
         summary in_progress=1 failed=0",
    );
}

#[test]
fn ringing_at_the_end_of_the_capture() {
    check(
        "0   A>B INVITE
         0.2 B>A 180",
        "call-1 state=ringing pdd=200 released_by=- end_time=-
         summary in_progress=1",
    );
}

#[test]
fn up_at_the_end_of_the_capture() {
    check(
        "0   A>B INVITE
         0.2 B>A 200
         0.3 A>B ACK",
        "call-1 state=answered pdd=200 setup=200 duration=- released_by=- end_time=-
         summary answered=1 acd_s=- scr_percent=0",
    );
}

#[test]
fn session_progress_ends_the_post_dial_delay_and_does_not_ring() {
    check(
        "0   A>B INVITE
         0.9 B>A 183 sdp(B:5000 PCMU)
         2.1 B>A 180
         6   B>A 200 sdp(B:5000 PCMU)
         6.1 A>B ACK",
        "call-1 state=answered pdd=900 ringing_time=2026-01-01T00:00:02.100000Z ring=3900",
    );
}

#[test]
fn an_answer_never_acknowledged() {
    check(
        "0   A>B INVITE
         1   B>A 200
         1.5 B>A 200 again
         2.5 B>A 200 again
         4   A>C keepalive",
        "call-1 state=answered again=3>2,4>2 findings=sip.no-ack
         finding-1 severity=fault evidence[].frame=2,3,4",
    );
    check(
        "0 A>B INVITE
         1 B>A 200
         2 A>C keepalive",
        "call-1 state=answered",
    );
}

#[test]
fn the_ack_of_a_reinvite_does_not_acknowledge_the_answer() {
    check(
        "0   A>B INVITE
         1   B>A 200
         1.5 B>A 200 again
         2   A>B INVITE sdp(A:4000 PCMU)
         2.1 B>A 200 sdp(B:5000 PCMU)
         2.2 A>B ACK
         4   A>C keepalive",
        "call-1 state=answered again=3>2 findings=sip.no-ack
         finding-1 evidence[].frame=2,3",
    );
}
