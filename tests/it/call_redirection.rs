//! Redirected calls, and Call-IDs that are used for more than one attempt.

use crate::check::check;

#[test]
fn redirected_and_followed_by_the_caller() {
    // An INVITE after a 3xx is a new attempt (METRICS M4); the delay counts from the first.
    check(
        "0    A>B INVITE
         0.05 B>A 302 contact=<sip:carol@example.com>
         0.06 A>B ACK
         0.07 A>C INVITE
         1.2  C>A 180
         3    C>A 200
         3.1  A>C ACK
         9    C>A BYE
         9.1  A>C 200",
        "call-1 state=completed final=200 callee_at=C pdd=1200 setup=3000 duration=6 released_by=callee tags=b1,c1
         summary calls=1 answered=1 asr_percent=50 ser_percent=100",
    );
}

#[test]
fn redirected_and_not_followed() {
    check(
        "0    A>B INVITE
         0.05 B>A 302 contact=<sip:carol@example.com>
         0.06 A>B ACK",
        "call-1 state=redirected final=302 pdd=- released_by=-
         summary failed=1 ser_percent=- asr_percent=0",
    );
}

#[test]
fn refused_and_tried_again_with_the_same_call_id() {
    check(
        "0   A>B INVITE
         0.2 B>A 486
         0.3 A>B ACK
         5   A>B INVITE
         5.5 B>A 180 tag=b7
         7   B>A 200
         7.1 A>B ACK
         9   A>B BYE
         9.1 B>A 200",
        "call-1 state=completed final=200 pdd=5500 duration=2 released_by=caller tags=b1,b7 again=-
         summary calls=1 asr_percent=50",
    );
}

#[test]
fn refused_twice() {
    check(
        "0   A>B INVITE
         0.2 B>A 503 h('Reason: Q.850;cause=34')
         0.3 A>B ACK
         1   A>B INVITE
         1.2 B>A 486
         1.3 A>B ACK",
        "call-1 state=rejected final=486 released_by=callee cause=- findings=sip.refused
         summary asr_percent=0 isa_percent=50",
    );
}

#[test]
fn redirected_to_one_who_is_busy() {
    check(
        "0    A>B INVITE
         0.05 B>A 302 contact=<sip:carol@example.com>
         0.06 A>B ACK
         0.07 A>C INVITE
         0.2  C>A 486
         0.3  A>C ACK",
        "call-1 state=rejected final=486 callee_at=C released_by=callee findings=sip.refused
         summary ser_percent=0 seer_percent=100 asr_percent=0",
    );
}
