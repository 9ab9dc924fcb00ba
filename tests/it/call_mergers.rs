//! Calls that have much in common and are not legs of one: made to be joined wrongly. They stay
//! apart, and what speaks for them is told of the candidates.

use crate::check::check;

const HOSTS: &str = "hosts: A 192.0.2.10:5060 alice, D 192.0.2.11:5060 dave, S 192.0.2.7:5060 sbc, \
                            B 198.51.100.20:5060 bob, E 203.0.113.40:5060 erin, X 203.0.113.9:5060 xavier, \
                            Y 203.0.113.8:5060 yves";

fn ladder(lines: &str) -> String {
    format!("{HOSTS}\n{lines}")
}

/// A call from one side of S to the other, of two Call-IDs: where it begins, its ends and who is
/// dialled, its two numbers, and the ports of its media.
fn through_s(at: u32, ends: [&str; 3], calls: [u32; 2], ports: [u32; 2], talk: u32) -> String {
    let ([caller, callee, dialled], [first, second], [near, far]) = (ends, calls, ports);
    format!(
        "{at}.0  {caller}>S INVITE call={first} from={caller} to={dialled} sdp({caller}:4000 PCMU)
         {at}.05 S>{callee} INVITE call={second} to={callee} sdp(S:{far} PCMU)
         {talk}.0  {callee}>S 200 call={second} sdp({callee}:5000 PCMU)
         {talk}.02 S>{caller} 200 call={first} sdp(S:{near} PCMU)
         {talk}.1  {caller}>S ACK call={first}
         {talk}.1  S>{callee} ACK call={second}\n"
    )
}

/// Hold music from both callees, the same to the last bit and at the same time, which S passes on.
const HOLD_MUSIC: &str = "
    9     B>S rtp 200 ssrc=7 seq=1 from=B:5000 to=S:7000 call=2
    9.001 S>A rtp 200 ssrc=7 seq=1 from=S:6000 to=A:4000 call=1
    9     E>S rtp 200 ssrc=7 seq=1 from=E:5000 to=S:7002 call=4
    9.001 S>D rtp 200 ssrc=7 seq=1 from=S:6002 to=D:4000 call=3";

#[test]
fn the_same_hold_music_through_one_relay() {
    let one = through_s(0, ["A", "B", "X"], [1, 2], [6000, 7000], 2);
    // One after the other: only the first leg of the first call was there before its second.
    let other = through_s(4, ["D", "E", "Y"], [3, 4], [6002, 7002], 6);
    check(
        &ladder(&(one.clone() + &other + HOLD_MUSIC)),
        "call-1 state=answered call_id=call-1@example.com,call-2@example.com legs[].confidence=-,strong findings=media.one-way \
                streams=stream-1,stream-3
         call-2 state=answered call_id=call-3@example.com \
                leg_candidates[].why_apart='too little speaks for it,too little speaks for it,others fit as well' \
                findings=media.one-way caller=dave
         call-3 state=answered call_id=call-4@example.com findings=media.one-way \
                leg_candidates[].why_apart='others fit as well,others fit as well'
         stream-1 from=B:5000 to=S:7000 call=call-1 findings=media.one-way
         stream-2 from=E:5000 to=S:7002 call=call-3 findings=media.one-way
         stream-3 from=S:6000 to=A:4000 call=call-1
         stream-4 from=S:6002 to=D:4000 call=call-2 findings=media.one-way
         summary calls=3",
    );
}

#[test]
fn numbers_tell_what_the_same_hold_music_does_not() {
    let with_numbers = |ladder: String| {
        let ladder = ladder.replace("call=2 to=B", "call=2 from=A to=X");
        ladder.replace("call=4 to=E", "call=4 from=D to=Y")
    };
    let one = through_s(0, ["A", "B", "X"], [1, 2], [6000, 7000], 2);
    let other = through_s(1, ["D", "E", "Y"], [3, 4], [6002, 7002], 2);
    check(
        &ladder(&(with_numbers(one + &other) + HOLD_MUSIC)),
        "call-1 state=answered call_id=call-1@example.com,call-2@example.com findings=media.one-way
         call-2 state=answered call_id=call-3@example.com,call-4@example.com findings=media.one-way caller=dave
         stream-1 from=B:5000 to=S:7000 call=call-1 findings=media.one-way
         stream-2 from=E:5000 to=S:7002 call=call-2 findings=media.one-way
         stream-3 from=S:6000 to=A:4000 call=call-1
         stream-4 from=S:6002 to=D:4000 call=call-2
         summary calls=2",
    );
}

#[test]
fn silence_of_two_phones_with_one_fixed_source() {
    // The same SSRC, numbers and payload, into one conference server.
    check(
        &ladder(
            "0    A>S INVITE to='<sip:800@s>' sdp(A:4000 PCMU)
             0.01 D>S INVITE call=2 from=D to='<sip:800@s>' sdp(D:4000 PCMU)
             1    S>A 200 sdp(S:6000 PCMU)
             1.01 S>D 200 call=2 sdp(S:6002 PCMU)
             1.1  A>S ACK
             1.1  D>S ACK call=2
             2    A>S rtp 200 ssrc=1 seq=1 from=A:4000 to=S:6000
             2    D>S rtp 200 ssrc=1 seq=1 from=D:4000 to=S:6002 call=2",
        ),
        "call-1 state=answered leg_candidates[].basis[].basis=media_stream findings=media.one-way
         call-2 state=answered leg_candidates[].call=call-1 findings=media.one-way caller=dave
         stream-1 from=A:4000 to=S:6000 call=call-1 findings=media.one-way
         stream-2 from=D:4000 to=S:6002 call=call-2 findings=media.one-way
         summary calls=2",
    );
}

#[test]
fn a_private_address_that_two_phones_behind_nats_have() {
    // Both wait when S calls on: it may be because of either.
    check(
        &ladder(
            "0    A>S INVITE to=X sdp(192.168.1.10:4000 PCMU)
             0.02 D>S INVITE call=2 from=D to=Y sdp(192.168.1.10:4000 PCMU)
             0.05 S>B INVITE call=3 to=B sdp(192.168.1.10:4000 PCMU)",
        ),
        "call-1 state=trying findings=sdp.private-address
         call-2 state=trying caller=dave findings=sdp.private-address
         call-3 state=trying findings=sdp.private-address leg_candidates[].call=call-1,call-2 leg_candidates[].why_apart='others fit as well,others fit as well'",
    );
    // Long after the first was answered: another phone, whose own leg was not captured.
    check(
        &ladder(
            "0    A>S INVITE to=X sdp(192.168.1.10:4000 PCMU)
             1    S>A 200 sdp(S:6000 PCMU)
             1.1  A>S ACK
             60   S>B INVITE call=2 to=B sdp(192.168.1.10:4000 PCMU)
             61   B>S 200 call=2 sdp(B:5000 PCMU)
             61.1 S>B ACK call=2",
        ),
        "call-1 state=answered leg_candidates[].basis[].basis=media_address,element \
                leg_candidates[].why_apart='too little speaks for it' findings=sdp.private-address
         call-2 state=answered leg_candidates[].call=call-1 findings=sdp.private-address
         summary calls=2",
    );
}

#[test]
fn a_correlation_header_that_all_calls_of_a_trunk_have() {
    let id = "h('X-CID: trunk-7')";
    // Both come to S, neither is because of the other.
    check(
        &ladder(&format!(
            "0    A>S INVITE to=X {id}
             0.5  D>S INVITE call=2 from=D to=Y {id}
             1    S>A 200
             1.1  A>S ACK
             2    S>D 200 call=2
             2.1  D>S ACK call=2"
        )),
        "call-1 state=answered leg_candidates[].basis[].basis=header leg_candidates[].why_apart='too little speaks for it'
         call-2 state=answered leg_candidates[].call=call-1 caller=dave
         summary calls=2",
    );
    // Elsewhere, long after the first was answered.
    check(
        &ladder(&format!(
            "0    A>S INVITE to=X {id}
             1    S>A 200
             1.1  A>S ACK
             30   D>B INVITE call=2 from=D to=B {id}
             31   B>D 200 call=2
             31.1 D>B ACK call=2"
        )),
        "call-1 state=answered leg_candidates[].call=call-2
         call-2 state=answered leg_candidates[].call=call-1 caller=dave
         summary calls=2",
    );
}

#[test]
fn a_call_that_answers_another_is_no_leg_of_it() {
    // In-Reply-To (RFC 3261 section 20.21) names the calls that this one returns.
    check(
        &ladder(
            "0    A>S INVITE to=X
             1    S>A 180
             5    X>A INVITE call=2 from=X to=A h('In-Reply-To: call-1@example.com')
             6    A>X 200 call=2
             6.1  X>A ACK call=2",
        ),
        "call-1 state=ringing leg_candidates[].basis[].basis=in_reply_to leg_candidates[].basis[].value=call-1@example.com
         call-2 state=answered caller=xavier leg_candidates[].call=call-1
         summary calls=2",
    );
}

#[test]
fn busy_trunks_with_the_same_number_at_once() {
    // A hundred callers of one number within a second: numbers, place and time fit many, so none.
    let calls: Vec<_> = (0..100_u32)
        .map(|n| {
            format!(
                "0.{n:02}0 A>S INVITE call=a{n} from='<sip:anonymous@x>' to='<sip:900@s>'\n\
                 0.{n:02}5 S>B INVITE call=b{n} from='<sip:anonymous@x>' to='<sip:900@b>'\n"
            )
        })
        .collect();
    let report =
        crate::check::report_of(&crate::scenario::Scenario::parse(&ladder(&calls.concat())));
    assert_eq!(report["calls"].as_array().unwrap().len(), 200, "none is joined");
    let candidates = |call: &serde_json::Value| call["leg_candidates"].as_array().unwrap().len();
    assert!(report["calls"].as_array().unwrap().iter().all(|call| candidates(call) <= 8));
}
