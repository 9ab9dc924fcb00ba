//! Retransmissions are pointed at their original (RFC 3261 section 17), and what
//! only looks like one is not.

use crate::check::check;

#[test]
fn every_kind_points_at_its_first_copy() {
    check(
        "0    A>B INVITE sdp(A:4000 PCMU)
         0.5  A>B INVITE again
         1.5  A>B INVITE again
         1.6  B>A 180
         1.9  B>A 180 again
         5    B>A 200 sdp(B:5000 PCMU)
         5.5  B>A 200 again
         5.6  A>B ACK
         5.61 A>B ACK again
         15   A>B BYE
         15.5 A>B BYE again
         15.6 B>A 200
         16   B>A 200 BYE again",
        "call-1 state=completed again=2>1,3>1,5>4,7>6,9>8,11>10,13>12 pdd=1600 setup=5000 duration=10 disconnect=600 \
                messages=13",
    );
}

#[test]
fn the_copies_of_other_hops_are_none() {
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         0.02 B>P 180
         0.03 P>A 180
         0.04 B>P 200
         0.05 P>A 200
         0.06 A>P ACK
         0.07 P>B ACK via+1
         1    A>P BYE
         1.01 P>B BYE via+1
         1.02 B>P 200
         1.03 P>A 200",
        "call-1 state=completed again=- messages=12",
    );
}

#[test]
fn each_hop_repeats_on_its_own() {
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         0.5  A>P INVITE again
         0.51 P>B INVITE again
         0.6  B>P 200
         0.61 P>A 200",
        "call-1 state=answered again=3>1,4>2",
    );
}

#[test]
fn ringing_of_two_forks_is_not_one_ringing_twice() {
    check(
        "0    A>P INVITE
         0.2  P>A 180 tag=b1
         0.21 P>A 180 tag=c1
         0.5  P>A 180 tag=c1",
        "call-1 state=ringing again=4>3 tags=b1,c1 pdd=200",
    );
}

#[test]
fn session_progress_that_says_something_new_is_new() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU PCMA)
         0.2 B>A 183 sdp(B:5000 PCMU)
         0.4 B>A 183 sdp(B:6000 PCMU)
         0.6 B>A 183 sdp(B:6000 PCMU)",
        "call-1 state=ringing again=4>3",
    );
    check(
        "0   A>B INVITE
         0.2 B>A 183 rseq=1
         0.7 B>A 183 again
         0.8 A>B PRACK
         0.9 B>A 200
         1   B>A 183 rseq=2",
        "call-1 state=ringing again=3>2 final=-",
    );
}

#[test]
fn a_request_with_a_branch_of_its_own_is_no_copy() {
    check(
        "0   A>B INVITE
         0.5 A>B INVITE cseq=1",
        "call-1 state=trying again=-
         summary calls=1 in_progress=1",
    );
}
