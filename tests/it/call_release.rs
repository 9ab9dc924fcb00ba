//! How answered calls are released, and why.

use crate::check::check;
use crate::preamble::answered;

fn released(lines: &str, facts: &str) {
    let ladder = answered("", "") + lines;
    check(&ladder, &format!("call-1 state=completed final=200 duration=19 {facts}"));
}

#[test]
fn by_either_side() {
    released("20 A>B BYE\n20.04 B>A 200", "released_by=caller disconnect=40");
    released("20 B>A BYE\n20.04 A>B 200", "released_by=callee disconnect=40");
}

#[test]
fn by_both_at_once() {
    released(
        "20    A>B BYE
         20.01 B>A BYE
         20.05 B>A 200
         20.06 A>B 200",
        "released_by=caller disconnect=50 again=-",
    );
}

#[test]
fn bye_without_an_answer() {
    released(
        "20   A>B BYE
         20.5 A>B BYE again
         21.5 A>B BYE again",
        "released_by=caller disconnect=- again=6>5,7>5
         summary scr_percent=0 acd_s=19",
    );
}

#[test]
fn bye_answered_after_its_second_copy() {
    released(
        "20   B>A BYE
         20.5 B>A BYE again
         20.6 A>B 200",
        "released_by=callee disconnect=600 again=6>5
         summary scr_percent=100",
    );
}

#[test]
fn bye_refused_once() {
    // RFC 6076 section 4.4: a 503 does not end the disconnect delay.
    released(
        "20   A>B BYE
         20.1 B>A 503
         21   A>B BYE
         21.2 B>A 200",
        "released_by=caller disconnect=1200 again=-",
    );
}

#[test]
fn bye_of_a_call_the_other_side_has_forgotten() {
    released(
        "20   A>B BYE
         20.1 B>A 481",
        "released_by=caller disconnect=-",
    );
}

#[test]
fn the_reason_of_the_bye() {
    released(
        "20   B>A BYE h('Reason: Q.850;cause=16;text=\"Normal call clearing\"')
         20.1 A>B 200",
        "cause=16 release_cause.protocol=Q.850 release_cause.text='Normal call clearing'
         # The whole of it.
         call-1 release_cause.source='Reason header'",
    );
    // An ISUP cause says more than a SIP status.
    released(
        "20   B>A BYE h('Reason: SIP;cause=200;text=\"Call completed elsewhere\", Q.850;cause=31')
         20.1 A>B 200",
        "cause=31 release_cause.protocol=Q.850",
    );
}

#[test]
fn the_reason_of_a_cancel_and_of_its_487() {
    check(
        "0   A>B INVITE
         1   B>A 180
         2   A>B CANCEL h('Reason: SIP;cause=200;text=\"Call completed elsewhere\"')
         2.1 B>A 200
         2.2 B>A 487
         2.3 A>B ACK",
        "call-1 state=cancelled cause=200 release_cause.text='Call completed elsewhere'",
    );
    check(
        "0   A>B INVITE
         1   B>A 180
         2   A>B CANCEL
         2.1 B>A 200
         2.2 B>A 487 h('Reason: Q.850;cause=127')
         2.3 A>B ACK",
        "call-1 state=cancelled cause=127 release_cause.protocol=Q.850 release_cause.text=-",
    );
}

#[test]
fn the_reason_of_a_refusal() {
    check(
        "0   A>B INVITE
         0.2 B>A 503 h('Reason: Q.850;cause=34;text=\"no circuit\"')
         0.3 A>B ACK",
        "call-1 state=failed cause=34 findings=sip.refused",
    );
}

#[test]
fn a_reason_while_it_still_rings_is_not_the_releases() {
    // RFC 3326 lets a 183 carry the cause of an announcement.
    check(
        "0   A>B INVITE
         0.2 B>A 183 h('Reason: Q.850;cause=1')
         2   B>A 200
         2.1 A>B ACK
         9   A>B BYE
         9.1 B>A 200",
        "call-1 state=completed cause=-",
    );
}
