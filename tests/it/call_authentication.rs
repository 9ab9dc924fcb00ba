//! Challenged calls: the INVITE that was challenged and its successor with
//! credentials are one attempt (METRICS M4).

use crate::check::check;

#[test]
fn one_challenge() {
    check(
        "0    A>P INVITE
         0.03 P>A 407
         0.04 A>P ACK
         0.05 A>P INVITE auth
         0.07 P>A 100
         1    P>A 180
         4    P>A 200
         4.1  A>P ACK
         14   A>P BYE
         14.1 P>A 200",
        "call-1 state=completed final=200 challenges=1 pdd=1000 setup=4000 duration=10 disconnect=100 again=-
         summary asr_percent=100 ser_percent=100 scr_percent=100 acd_s=10",
    );
}

#[test]
fn challenged_by_the_proxy_and_by_the_callee() {
    check(
        "0    A>P INVITE
         0.03 P>A 407
         0.04 A>P ACK
         0.05 A>P INVITE auth
         0.06 P>B INVITE via+1
         0.08 B>P 401
         0.09 P>B ACK
         0.1  P>A 401
         0.11 A>P ACK
         0.12 A>P INVITE auth
         0.13 P>B INVITE via+1
         2.13 B>P 200
         2.14 P>A 200
         2.15 A>B ACK",
        "call-1 state=answered final=200 challenges=2 pdd=2140 setup=2140 again=-
         summary answered=1 asr_percent=100",
    );
}

#[test]
fn the_wrong_password() {
    check(
        "0    A>P INVITE
         0.03 P>A 407
         0.04 A>P ACK
         0.05 A>P INVITE auth
         0.08 P>A 407
         0.09 A>P ACK",
        "call-1 state=rejected final=407 challenges=1 released_by=- pdd=- findings=sip.authentication
         finding-1 title='The credentials were not accepted' evidence[].frame=5
         summary failed=1 asr_percent=0",
    );
}

#[test]
fn forbidden_with_the_credentials() {
    check(
        "0    A>P INVITE
         0.03 P>A 401
         0.04 A>P ACK
         0.05 A>P INVITE auth
         0.08 P>A 403
         0.09 A>P ACK",
        "call-1 state=rejected final=403 challenges=1 released_by=- findings=sip.refused",
    );
}

#[test]
fn a_challenge_nobody_answers() {
    check(
        "0    A>P INVITE
         0.03 P>A 401
         0.04 A>P ACK",
        "call-1 state=rejected final=401 challenges=0 released_by=- findings=sip.authentication
         finding-1 title='The challenge was not answered'",
    );
}

#[test]
fn a_challenge_sent_twice_is_answered_once() {
    check(
        "0    A>P INVITE
         0.03 P>A 401
         0.5  A>P INVITE again
         0.53 P>A 401 again
         0.54 A>P ACK
         0.55 A>P INVITE auth
         0.9  P>A 200
         1    A>P ACK",
        "call-1 state=answered final=200 challenges=1 setup=900 again=3>1,4>2",
    );
}
