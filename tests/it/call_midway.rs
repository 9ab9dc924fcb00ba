//! Captures that begin after the call did.

use crate::check::check;

#[test]
fn while_it_rang() {
    check(
        "~0   A>B INVITE
         1    B>A 180
         3    B>A 200
         3.1  A>B ACK
         8    A>B BYE
         8.05 B>A 200",
        "call-1 state=completed began_before_capture=true caller=alice callee=bob callee_at=B pdd=- setup=- ring=2000 \
                duration=5 disconnect=50 final=200 released_by=caller caller_at=A
         summary calls=1 answered=1",
    );
}

#[test]
fn while_they_talked() {
    check(
        "~0 A>B INVITE
         ~1 B>A 200
         ~1 A>B ACK
         8  A>B BYE
         8.05 B>A 200",
        "call-1 state=completed began_before_capture=true pdd=- setup=- duration=- disconnect=50 final=- released_by=-",
    );
}

#[test]
fn between_hold_and_resume() {
    check(
        "~0  A>B INVITE
         ~1  B>A 200
         ~1  A>B ACK
         6   A>B INVITE sdp(A:4000 PCMU)
         6.1 B>A 200 sdp(B:5000 PCMU)
         6.2 A>B ACK
         8   A>B BYE
         8.1 B>A 200",
        "call-1 state=completed began_before_capture=true pdd=- setup=- duration=- final=- answer_time=- released_by=- \
                disconnect=100",
    );
}

#[test]
fn at_the_acknowledgement() {
    check(
        "~0  A>B INVITE
         ~1  B>A 200
         1.1 A>B ACK",
        "call-1 state=answered began_before_capture=true duration=- final=-",
    );
}

#[test]
fn at_the_refusal() {
    check(
        "~0  A>B INVITE
         0.5 B>A 486
         0.6 A>B ACK",
        "call-1 state=rejected began_before_capture=true final=486 released_by=callee pdd=- findings=sip.refused",
    );
}

#[test]
fn while_it_rang_over_two_hops() {
    check(
        "~0    A>P INVITE
         ~0.01 P>B INVITE via+1
         1     B>P 180
         1.01  P>A 180
         3     B>P 200
         3.01  P>A 200
         3.1   A>B ACK
         8     B>A BYE
         8.05  A>B 200",
        "call-1 state=completed began_before_capture=true caller_at=A callee_at=B pdd=- released_by=callee",
    );
}
