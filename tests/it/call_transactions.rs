//! Transactions as seen from outside (RFC 3261 section 17, RFC 6026, RFC 3262, RFC 3311).

use crate::check::check;

#[test]
fn a_plain_call_has_two() {
    check(
        "0    A>B INVITE
         0.1  B>A 100
         0.2  B>A 180
         1    B>A 200
         1.1  A>B ACK
         5    A>B BYE
         5.2  B>A 200",
        "call-1 state=completed transactions[].method=INVITE,BYE transactions[].state=accepted,completed \
                transactions[].outcome=succeeded,succeeded transactions[].ack_frame=5,- transactions[].final_frame=4,7 \
                transactions[].response_ms=100,200 transactions[].final_ms=1000,200 transactions[].abnormal=- \
                transactions[].hop=1,1 transactions[].timeout=-,-",
    );
}

#[test]
fn timers_are_told_by_their_intervals() {
    check(
        "0    A>B INVITE
         0.5  A>B INVITE again
         1.5  A>B INVITE again
         3.4  A>B INVITE again
         4    B>A 486
         4.5  B>A 486 again
         5.5  B>A 486 again
         5.6  A>B ACK
         6    A>B OPTIONS to-tag=b1
         6.5  A>B OPTIONS again
         7.5  A>B OPTIONS again
         7.6  B>A 200
         9    A>B keepalive",
        "call-1 state=rejected findings=sip.refused transactions[].method=INVITE,OPTIONS \
                transactions[].retransmissions[].why=timer_a,timer_a,timer_a,timer_g,timer_g,timer_e,timer_e \
                transactions[].retransmissions[].interval_ms=500,1000,1900,500,1000,500,1000 \
                transactions[].state=confirmed,completed transactions[].outcome=refused,succeeded",
    );
}

#[test]
fn a_response_that_its_request_prompted_is_no_timer() {
    check(
        "0    A>B INVITE
         0.01 B>A 100
         0.5  A>B INVITE again
         0.51 B>A 100 again
         2    B>A 200
         2.5  B>A 200 again
         3.5  B>A 200 again
         3.6  A>B ACK",
        "call-1 state=answered transactions[].retransmissions[].why=timer_a,request_came_again,answer_without_ack,answer_without_ack \
                transactions[].abnormal=repeated_after_provisional",
    );
}

#[test]
fn no_response_runs_into_timer_b_and_others_into_f() {
    check(
        "0    A>B INVITE
         0.5  A>B INVITE again
         33   A>B keepalive",
        "call-1 state=timed_out findings=sip.no-response transactions[].timeout=timer_b \
                transactions[].outcome=timed_out transactions[].state=terminated",
    );
    check(
        "0    A>B INVITE
         1    B>A 200
         1.1  A>B ACK
         5    A>B BYE
         5.5  A>B BYE again
         38   A>B keepalive",
        "call-1 state=completed transactions[].timeout=-,timer_f transactions[].outcome=succeeded,timed_out \
                transactions[].state=accepted,terminated findings=sip.request-timeout",
    );
}

#[test]
fn a_refusal_that_nobody_acknowledges_runs_into_timer_h() {
    check(
        "0    A>B INVITE
         0.1  B>A 486
         0.6  B>A 486 again
         1.6  B>A 486 again
         3.6  B>A 486 again
         33   A>B keepalive",
        "call-1 state=rejected transactions[].timeout=timer_h transactions[].abnormal=no_ack \
                transactions[].retransmissions[].why=timer_g,timer_g,timer_g \
                findings=sip.refused,sip.refusal-not-acknowledged",
    );
}

#[test]
fn an_answer_that_nobody_acknowledges() {
    check(
        "0    A>B INVITE
         0.1  B>A 200
         0.6  B>A 200 again
         1.6  B>A 200 again
         33   A>B keepalive",
        "call-1 state=answered transactions[].timeout=no_ack transactions[].abnormal=no_ack findings=sip.no-ack \
                transactions[].state=terminated",
    );
}

#[test]
fn cancel_its_200_and_487_are_of_two_transactions() {
    check(
        "0    A>B INVITE
         0.1  B>A 180
         4    A>B CANCEL
         4.01 B>A 200
         4.02 B>A 487
         4.03 A>B ACK",
        "call-1 state=cancelled transactions[].method=INVITE,CANCEL transactions[].outcome=cancelled,succeeded \
                transactions[].cancel_frame=3,- transactions[].abnormal=- transactions[].final_status=487,200 \
                transactions[].ack_frame=6,-",
    );
}

#[test]
fn what_goes_wrong_with_a_cancel() {
    // RFC 3261 section 9.1: not before a provisional response; section 9.2: it may be too late.
    check(
        "0    A>B INVITE
         0.01 A>B CANCEL
         0.02 B>A 200 CANCEL
         0.3  B>A 487 INVITE
         0.31 A>B ACK",
        "call-1 state=cancelled transactions[].abnormal=cancel_before_provisional",
    );
    check(
        "0    A>B INVITE
         0.1  B>A 180
         4    A>B CANCEL
         4.02 B>A 200 INVITE
         4.05 B>A 200 CANCEL
         4.1  A>B ACK
         4.2  A>B BYE
         4.3  B>A 200",
        "call-1 state=completed transactions[].abnormal=cancel_crossed_answer transactions[].outcome=succeeded,succeeded,succeeded",
    );
    check(
        "0    A>B INVITE
         0.1  B>A 180
         4    A>B CANCEL
         4.05 B>A 200 CANCEL
         40   A>B keepalive",
        "call-1 state=cancelled transactions[].abnormal=cancel_ignored findings=sip.cancel-ignored",
    );
    check(
        "0    A>B INVITE
         0.1  B>A 180
         4    A>B CANCEL
         8    A>B keepalive",
        "call-1 state=cancelled transactions[].abnormal=cancel_unanswered,cancel_ignored",
    );
}

#[test]
fn late_responses_and_strays() {
    check(
        "0    A>B INVITE
         1    B>A 200
         1.1  A>B ACK
         5    A>B BYE
         38   B>A 200
         40   A>B keepalive",
        "call-1 state=completed transactions[].abnormal=late_response transactions[].timeout=-,- disconnect=33000 \
                findings=sip.stray-response",
    );
    // A response with a branch that its client never sent.
    check(
        "0    A>B INVITE
         0.1  B>A 180
         0.2  B>A 200
         0.3  A>B ACK
         ~4   A>B BYE
         4.1  B>A 200
         6    A>B keepalive",
        "call-1 state=answered transactions[].abnormal=stray_response transactions[].request_frame=1,- findings=sip.stray-response",
    );
    check(
        "0    A>B INVITE
         0.1  B>A 486
         0.2  A>B ACK
         0.3  B>A 200 INVITE to-tag=b1
         4    A>B keepalive",
        "call-1 state=answered transactions[].abnormal=second_final findings=sip.no-ack,sip.stray-response",
    );
}

#[test]
fn rfc_2543_clients_have_no_branch_that_names_a_transaction() {
    // The same branch in every request of the call, and none at all.
    for branch in ["branch=1", "branch=-"] {
        let ladder = format!(
            "0    A>B INVITE {branch}
             0.5  A>B INVITE again
             1    B>A 200
             1.1  A>B ACK {branch}
             5    A>B BYE {branch}
             5.1  B>A 200"
        );
        let name = if branch == "branch=1" { "no_magic_cookie" } else { "no_branch" };
        check(
            &ladder,
            &format!(
                "call-1 state=completed transactions[].method=INVITE,BYE transactions[].final_frame=3,6 \
                        transactions[].ack_frame=4,- transactions[].abnormal={name},{name} again=2>1"
            ),
        );
    }
}

#[test]
fn prack_and_update_are_transactions_of_their_own() {
    check(
        "0    A>B INVITE sdp(A:4000 PCMU)
         0.2  B>A 183 rseq=7 sdp(B:5000 PCMU)
         0.7  B>A 183 again
         0.75 A>B PRACK
         0.8  B>A 200
         0.9  A>B UPDATE sdp(A:4002 PCMU)
         1    B>A 200 sdp(B:5000 PCMU)
         2    B>A 200 INVITE
         2.1  A>B ACK",
        "call-1 state=answered transactions[].method=INVITE,PRACK,UPDATE transactions[].reliable[].rseq=7 \
                transactions[].reliable[].prack_frame=4 transactions[].retransmissions[].why=provisional_without_prack \
                transactions[].abnormal=- transactions[].outcome=succeeded,succeeded,succeeded",
    );
}

#[test]
fn a_reliable_response_without_prack() {
    check(
        "0    A>B INVITE
         0.2  B>A 183 rseq=1
         0.7  B>A 183 again
         1.7  B>A 183 again
         3.7  B>A 183 again
         8    B>A 200
         8.1  A>B ACK",
        "call-1 state=answered transactions[].abnormal=no_prack transactions[].reliable[].prack_frame=- findings=sip.no-prack",
    );
}

#[test]
fn transactions_over_hops_know_each_other() {
    check(
        "0    A>P INVITE
         0.01 P>A 100
         0.02 P>B INVITE via+1
         0.02 P>C INVITE via+1
         0.1  B>P 180
         0.11 P>A 180
         2    B>P 200
         2.01 P>C CANCEL
         2.02 P>A 200
         2.03 C>P 200
         2.04 C>P 487
         2.05 P>C ACK
         2.06 A>B ACK",
        "call-1 state=answered transactions[].method=INVITE,INVITE,INVITE,CANCEL transactions[].hop=1,2,2,2 \
                transactions[].forwarded_from=-,1,1,- transactions[].outcome=succeeded,succeeded,cancelled,succeeded \
                transactions[].ack_frame=13,13,12,- transactions[].client=A,P,P,P transactions[].server=P,B,C,C",
    );
}

#[test]
fn tcp_needs_no_retransmissions() {
    check(
        "0    A>B INVITE tcp
         0.5  A>B INVITE again
         1    B>A 200 tcp
         1.1  A>B ACK tcp",
        "call-1 state=answered transactions[].abnormal=repeated_over_reliable_transport again=3>2",
    );
}
