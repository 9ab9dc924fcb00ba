//! What happens inside an established or early dialog and does not end the call.

use crate::check::check;
use crate::preamble::answered;

fn within(lines: &str, facts: &str) {
    let call = answered("sdp(A:4000 PCMU)", "sdp(B:5000 PCMU)");
    let ladder = format!("{call}{lines}\n11 A>B BYE\n11.1 B>A 200 BYE");
    check(
        &ladder,
        &format!("call-1 state=completed final=200 setup=1000 pdd=200 duration=10 {facts}"),
    );
}

#[test]
fn hold_and_resume() {
    within(
        "3   A>B INVITE sdp(A:4000 PCMU sendonly)
         3.1 B>A 200 sdp(B:5000 PCMU recvonly)
         3.2 A>B ACK
         6   A>B INVITE sdp(A:4000 PCMU)
         6.1 B>A 200 sdp(B:5000 PCMU)
         6.2 A>B ACK",
        "released_by=caller challenges=0 tags=b1 again=-
         summary calls=1 asr_percent=100",
    );
}

#[test]
fn a_rejected_reinvite_does_not_end_the_call() {
    within(
        "3   A>B INVITE sdp(A:4000 G729)
         3.1 B>A 488 h('Reason: SIP;cause=488;text=\"codec\"')
         3.2 A>B ACK",
        "released_by=caller cause=-",
    );
}

#[test]
fn a_challenged_reinvite() {
    within(
        "3    A>B INVITE sdp(A:4000 PCMU sendonly)
         3.1  B>A 401
         3.2  A>B ACK
         3.3  A>B INVITE auth sdp(A:4000 PCMU sendonly)
         3.35 B>A 100
         3.4  B>A 200 sdp(B:5000 PCMU recvonly)
         3.5  A>B ACK",
        "released_by=caller challenges=0",
    );
}

#[test]
fn update_after_the_answer() {
    within(
        "3   A>B UPDATE sdp(A:4000 PCMU sendonly)
         3.1 B>A 200 sdp(B:5000 PCMU recvonly)",
        "released_by=caller messages=8",
    );
}

#[test]
fn refer_and_its_notifies_within_the_call() {
    within(
        "3   B>A REFER h('Refer-To: <sip:carol@example.com>')
         3.1 A>B 202
         3.2 A>B NOTIFY body('message/sipfrag', 'SIP/2.0 100 Trying')
         3.3 B>A 200
         5   A>B NOTIFY body('message/sipfrag', 'SIP/2.0 200 OK')
         5.1 B>A 200",
        "released_by=caller messages=12",
    );
}

#[test]
fn a_message_within_the_call() {
    within(
        "3   A>B MESSAGE to-tag=b1 body('text/plain', 'Hello')
         3.1 B>A 200",
        "messages=8 released_by=caller",
    );
}

#[test]
fn the_200_of_a_prack_is_not_the_answer() {
    check(
        "0    A>B INVITE sdp(A:4000 PCMU)
         0.2  B>A 183 rseq=1 sdp(B:5000 PCMU)
         0.25 A>B PRACK
         0.3  B>A 200
         0.4  B>A 180 rseq=2
         0.45 A>B PRACK
         0.5  B>A 200
         4    B>A 200 INVITE
         4.1  A>B ACK
         6    A>B BYE
         6.1  B>A 200",
        "call-1 state=completed final=200 pdd=200 ring=3600 setup=4000 duration=2 disconnect=100 again=-",
    );
}

#[test]
fn update_before_the_answer() {
    check(
        "0    A>B INVITE sdp(A:4000 PCMU)
         0.2  B>A 183 rseq=1 sdp(B:5000 PCMU)
         0.25 A>B PRACK
         0.3  B>A 200
         0.4  A>B UPDATE sdp(A:4002 PCMU)
         0.5  B>A 200 sdp(B:5000 PCMU)
         0.6  B>A 180
         2    B>A 486 INVITE
         2.1  A>B ACK",
        "call-1 state=rejected final=486 pdd=200 released_by=callee findings=sip.refused",
    );
}

#[test]
fn the_offer_may_come_with_the_answer_and_the_answer_with_the_ack() {
    check(
        "0   A>B INVITE
         1   B>A 200 sdp(B:5000 PCMU)
         1.1 A>B ACK sdp(A:4000 PCMU)
         1.2 A>B rtp 100
         1.2 B>A rtp 100
         4   A>B BYE
         4.1 B>A 200",
        "call-1 state=completed streams=stream-1,stream-2 messages[].has_sdp=false,true,true,false,false
         stream-1 from=A:4000 to=B:5000 bound=sdp direction=caller_to_callee
         stream-2 from=B:5000 to=A:4000 bound=sdp direction=callee_to_caller",
    );
}

#[test]
fn hold_by_the_callee_whose_cseq_is_the_invites() {
    within(
        "3   B>A INVITE sdp(B:5000 PCMU inactive)
         3.1 A>B 200 sdp(A:4000 PCMU inactive)
         3.2 B>A ACK",
        "caller=alice callee=bob caller_at=A callee_at=B answer_time=2026-01-01T00:00:01.000000Z tags=b1 released_by=caller",
    );
}

#[test]
fn a_reinvite_of_the_callee_rejected_with_a_reason() {
    within(
        "3   B>A INVITE sdp(B:5000 G729)
         3.1 A>B 488 h('Reason: SIP;cause=488;text=\"codec\"')
         3.2 B>A ACK",
        "released_by=caller cause=-",
    );
}
