//! One INVITE, several callees (RFC 3261 section 16.7).

use crate::check::check;

#[test]
fn the_first_answer_wins_and_the_loser_is_cancelled() {
    check(
        "0    A>P INVITE
         0.01 P>A 100
         0.02 P>B INVITE via+1
         0.02 P>C INVITE via+1
         0.1  B>P 180
         0.11 P>A 180
         0.2  C>P 180
         0.21 P>A 180
         2    B>P 200
         2.01 P>C CANCEL
         2.02 P>A 200
         2.03 C>P 200
         2.04 C>P 487
         2.05 P>C ACK
         2.06 A>B ACK
         5.02 A>B BYE
         5.03 B>A 200",
        "call-1 state=completed final=200 callee=bob callee_at=B pdd=110 setup=2020 duration=3 released_by=caller \
                tags=b1,c1 again=- messages=17
         summary calls=1 answered=1 cancelled=0 asr_percent=100",
    );
}

#[test]
fn everybody_refuses() {
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         0.01 P>C INVITE via+1
         0.1  B>P 486
         0.11 P>B ACK
         0.3  C>P 603
         0.31 P>C ACK
         0.32 P>A 603
         0.33 A>P ACK",
        "call-1 state=rejected final=603 released_by=callee findings=sip.refused
         finding-1 evidence[].frame=8",
    );
}

#[test]
fn the_caller_cancels_both() {
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         0.01 P>C INVITE via+1
         0.1  B>P 180
         0.11 P>A 180
         4    A>P CANCEL
         4    P>A 200
         4.01 P>B CANCEL
         4.01 P>C CANCEL
         4.02 B>P 200
         4.02 C>P 200
         4.03 B>P 487
         4.03 C>P 487
         4.04 P>B ACK
         4.04 P>C ACK
         4.05 P>A 487
         4.06 A>P ACK",
        "call-1 state=cancelled final=487 released_by=caller pdd=110 again=- end_time=2026-01-01T00:00:04.050000Z",
    );
}

#[test]
fn of_two_answers_the_call_is_the_one_that_stays() {
    // RFC 3261 section 13.2.2.4: the caller acknowledges both and says BYE to the second.
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         0.01 P>C INVITE via+1
         2    B>P 200
         2.01 P>A 200
         2.01 C>P 200
         2.02 P>A 200 INVITE to-tag=c1
         2.03 A>B ACK
         2.04 A>C ACK to-tag=c1
         2.05 A>C BYE to-tag=c1
         2.06 C>A 200
         9.01 B>A BYE
         9.06 A>B 200",
        "call-1 state=completed final=200 callee_at=B setup=2010 duration=7 disconnect=50 released_by=callee tags=b1,c1 \
                again=- end_time=2026-01-01T00:00:09.010000Z
         summary acd_s=7",
    );
}

#[test]
fn the_losers_ack_does_not_acknowledge_the_winner() {
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         0.01 P>C INVITE via+1
         2    B>P 200
         2.01 P>A 200
         2.02 P>C CANCEL
         2.03 C>P 200
         2.04 C>P 487
         2.05 P>C ACK
         2.5  P>A 200 INVITE again
         5    A>C keepalive",
        "call-1 state=answered again=10>5 findings=sip.no-ack",
    );
}

#[test]
fn why_the_loser_was_cancelled_is_not_why_the_call_ended() {
    let forked = "0    A>P INVITE
                  0.01 P>B INVITE via+1
                  0.01 P>C INVITE via+1
                  0.1  C>P 180
                  2    B>P 200";
    let cancelled = "P>C CANCEL h('Reason: SIP;cause=200;text=\"Call completed elsewhere\"')";
    let ended = "2.5  C>P 200
                 2.5  C>P 487 h('Reason: Q.850;cause=26')
                 2.6  P>C ACK
                 2.7  A>B ACK
                 9    A>B BYE
                 9.1  B>A 200";
    check(
        &format!("{forked}\n2.1 {cancelled}\n2.2 P>A 200\n{ended}"),
        "call-1 state=completed final=200 cause=-",
    );
    check(
        &format!("{forked}\n2.1 P>A 200\n2.2 {cancelled}\n{ended}"),
        "call-1 state=completed final=200 cause=-",
    );
}
