//! Legs with Call-IDs of their own become one call, and what is not one stays apart.

use serde_json::Value;

use crate::check::check;
use crate::program::{run_with, siplens};
use crate::scenario::Scenario;

/// A call through a B2BUA S with two Call-IDs; `first` and `second` are further
/// words of the two INVITEs.
fn through(first: &str, second: &str) -> String {
    format!(
        "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob, X 203.0.113.9:5060 xavier
         0    A>S INVITE {first}
         0.01 S>A 100
         0.05 S>B INVITE call=2 {second}
         0.1  B>S 180 call=2
         0.12 S>A 180
         2    B>S 200 call=2
         2.02 S>A 200
         2.03 A>S ACK
         2.04 S>B ACK call=2
         8    A>S BYE
         8.01 S>B BYE call=2
         8.03 B>S 200 call=2
         8.04 S>A 200"
    )
}

const ONE: &str = "call-1 state=completed caller=alice callee=bob caller_at=A callee_at=B setup=2020 duration=5.98 \
    released_by=caller call_id=call-1@example.com,call-2@example.com legs[].role=a,b messages=13 \
    legs[].linked_to=-,call-1@example.com";

#[test]
fn session_id() {
    // RFC 7989 section 5: the caller's UUID passes the B2BUA.
    let id =
        "h('Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000')";
    check(
        &through(&format!("to=X {id}"), &format!("to=B {id}")),
        &format!(
            "{ONE} legs[].confidence=-,certain legs[].linked_by[].basis=session_id,element
             summary calls=1 answered=1 asr_percent=100 acd_s=5.98"
        ),
    );
}

#[test]
fn correlation_headers() {
    check(
        &through("to=X", "to=B h('X-CID: call-1@example.com')"),
        &format!(
            "{ONE} legs[].linked_by[].basis=header,element legs[].linked_by[].value='x-cid: call-1@example.com,192.0.2.7'"
        ),
    );
    check(
        &through(
            "to=X h('P-Charging-Vector: icid-value=\"x7y8z9\";orig-ioi=a')",
            "to=B h('P-Charging-Vector: icid-value=x7y8z9')",
        ),
        &format!("{ONE} legs[].linked_by[].basis=charging_id,element"),
    );
    check(
        &through("to=X", "to=B call-id=9f@s h('X-Other: abcdefgh')"),
        "call-1 state=completed callee=xavier callee_at=S released_by=caller
         call-2 state=completed callee=bob released_by=caller caller_at=S",
    );
}

#[test]
fn correlation_headers_of_the_users_choice() {
    let ladder = through("to=X h('X-Our-Call: 7f3a9c1e55')", "to=B h('X-Our-Call: 7f3a9c1e55')");
    let capture = Scenario::parse(&ladder).pcap();
    let calls = |options: &[&str]| {
        let arguments = [&["analyze", "--json"], options, &["-"]].concat();
        let run = run_with(siplens(&arguments), &capture);
        assert_eq!(run.code, 0, "{}", run.err);
        serde_json::from_str::<Value>(&run.out).unwrap()["calls"].clone()
    };
    assert_eq!(calls(&[]).as_array().unwrap().len(), 2, "nobody knows that header");
    let calls = calls(&["--correlate", "X-Our-Call"]);
    assert_eq!(calls.as_array().unwrap().len(), 1);
    assert_eq!(calls[0]["legs"][1]["linked_by"][0]["value"], "x-our-call: 7f3a9c1e55");
}

#[test]
fn a_call_id_made_from_the_other() {
    check(
        &through("to=X call-id=1234567890abcdef@a", "to=B call-id=1234567890abcdef@a-b2b_1"),
        "call-1 state=completed caller=alice callee=bob released_by=caller legs[].linked_by[].basis=call_id,element \
                legs[].confidence=-,certain",
    );
}

#[test]
fn the_same_media_address() {
    // A B2BUA that leaves the descriptions as they are, and dials another number.
    check(
        "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob, X 203.0.113.9:5060 xavier
         0    A>S INVITE to=X sdp(A:4000 PCMU)
         0.05 S>B INVITE call=2 to=B sdp(A:4000 PCMU)
         1    B>S 200 call=2 sdp(B:5000 PCMU)
         1.02 S>A 200 sdp(B:5000 PCMU)
         1.1  A>S ACK
         1.1  S>B ACK call=2
         1.2  A>B rtp 100
         1.2  B>A rtp 100
         4    B>S BYE call=2
         4.1  S>A BYE",
        "call-1 state=completed caller=alice callee=bob callee_at=B released_by=callee streams=stream-1,stream-2 \
                legs[].linked_by[].basis=media_address,media_address,element legs[].confidence=-,strong
         stream-1 from=A:4000 to=B:5000 call=call-1 direction=caller_to_callee
         stream-2 from=B:5000 to=A:4000 call=call-1 direction=callee_to_caller
         summary calls=1 answered=1",
    );
}

#[test]
fn the_same_stream_on_both_legs() {
    // The relay has addresses of its own, and passes packets on as they are.
    check(
        "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob, X 203.0.113.9:5060 xavier
         0     A>S INVITE to=X sdp(A:4000 PCMU)
         0.05  S>B INVITE call=2 to=B sdp(S:7000 PCMU)
         1     B>S 200 call=2 sdp(B:5000 PCMU)
         1.02  S>A 200 sdp(S:6000 PCMU)
         1.1   A>S ACK
         1.1   S>B ACK call=2
         1.2   A>S rtp 400 ssrc=0x1234 seq=100 from=A:4000 to=S:6000
         1.203 S>B rtp 400 ssrc=0x1234 seq=100 from=S:7000 to=B:5000 call=2
         12    A>S BYE
         12.1  S>B BYE call=2",
        "call-1 state=completed caller=alice callee=bob released_by=caller streams=stream-1,stream-2 findings=media.one-way \
                legs[].linked_by[].basis=media_stream,element,relay legs[].confidence=-,strong
         stream-1 from=A:4000 to=S:6000 call=call-1 direction=caller_to_callee findings=media.one-way
         stream-2 from=S:7000 to=B:5000 call=call-1 direction=caller_to_callee",
    );
}

#[test]
fn numbers_place_and_time() {
    check(
        &through("to='<sip:+43155501@s>'", "to='<sip:0043155501@b>' from=A"),
        "call-1 state=completed caller=alice callee=0043155501 released_by=caller legs[].confidence=-,probable \
                legs[].linked_by[].basis=element,numbers,timing",
    );
}

#[test]
fn a_diverted_call_is_followed() {
    check(
        &through(
            "to=X",
            "to=B from=A h('Diversion: <sip:xavier@example.com>;reason=unconditional')",
        ),
        "call-1 state=completed caller=alice callee=bob released_by=caller legs[].linked_by[].basis=element,numbers,timing",
    );
    check(
        &through(
            "to=X",
            "to=B from=A h('History-Info: <sip:xavier@example.com>;index=1, <sip:bob@example.com>;index=1.1')",
        ),
        "call-1 state=completed caller=alice callee=bob released_by=caller legs[].linked_by[].basis=element,numbers,timing",
    );
}

#[test]
fn numbers_without_place_or_time_are_not_enough() {
    // The later leg is answered and the earlier is not.
    check(
        "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob
         0    A>S INVITE to=B
         0.05 S>B INVITE call=2 from=A to=B
         1    S>A 486
         1.1  A>S ACK
         2    B>S 200 call=2
         2.1  S>B ACK call=2",
        "call-1 state=rejected leg_candidates[].call=call-2 leg_candidates[].basis[].basis=element,numbers \
                leg_candidates[].why_apart='too little speaks for it' findings=sip.refused
         call-2 state=answered leg_candidates[].call=call-1",
    );
    // Begun elsewhere: nothing speaks for it.
    check(
        "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, T 192.0.2.8:5060 other, B 198.51.100.20:5060 bob
         0    A>S INVITE to=B
         0.05 T>B INVITE call=2 from=A to=B
         2    B>T 200 call=2
         2.02 S>A 200
         2.1  T>B ACK call=2
         2.1  A>S ACK",
        "call-1 state=answered leg_candidates=-
         call-2 state=answered leg_candidates=-",
    );
}

#[test]
fn two_calls_of_the_same_numbers_at_once_stay_apart() {
    check(
        "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob
         0    A>S INVITE to=B
         0.01 A>S INVITE call=3 from=A to=B
         0.05 S>B INVITE call=2 from=A to=B
         0.06 S>B INVITE call=4 from=A to=B
         2    B>S 200 call=2
         2.01 S>A 200
         2.02 B>S 200 call=4
         2.03 S>A 200 call=3
         2.1  A>S ACK
         2.1  A>S ACK call=3
         2.1  S>B ACK call=2
         2.1  S>B ACK call=4",
        // Call 1 was answered before call 4, so it is not because of it.
        "call-1 state=answered leg_candidates[].call=call-3
         call-2 state=answered leg_candidates[].call=call-3,call-4
         call-3 state=answered leg_candidates[].call=call-1,call-2
         call-4 state=answered leg_candidates[].call=call-2
         summary calls=4",
    );
}

#[test]
fn calls_of_one_phone_are_not_legs() {
    // One phone, one media port, one correlation value: two calls all the same.
    check(
        "0    A>B INVITE sdp(A:4000 PCMU) h('X-CID: samesame')
         0.05 A>C INVITE call=2 to=C sdp(A:4000 PCMU) h('X-CID: samesame')
         1    B>A 200 sdp(B:5000 PCMU)
         1.1  C>A 200 call=2 sdp(C:5000 PCMU)
         1.2  A>B ACK
         1.2  A>C ACK call=2",
        "call-1 state=answered leg_candidates[].why_apart='both were begun by the same element'
         call-2 state=answered callee=carol leg_candidates[].call=call-1
         summary calls=2",
    );
}

#[test]
fn a_transferred_call_is_another_call() {
    // RFC 7989 section 7: the transferee keeps its UUID in the new call.
    let id = |local: &str, remote: &str| {
        format!(
            "h('Session-ID: {local}{local}{local}{local};remote={remote}{remote}{remote}{remote}')"
        )
    };
    let (a, b, nil) = ("aaaaaaaa", "bbbbbbbb", "00000000");
    check(
        &format!(
            "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob, C 203.0.113.9:5060 carol
             0   A>S INVITE to=B {}
             1   S>A 200 {}
             1.1 A>S ACK
             5   S>C INVITE call=2 to=C {}
             6   C>S 200 call=2
             6.1 S>C ACK call=2
             7   A>S BYE",
            id(a, nil),
            id(b, a),
            id(a, nil)
        ),
        "call-1 state=completed released_by=caller
         call-2 state=answered caller_at=S",
    );
}

#[test]
fn a_group_that_rings_at_once_is_one_call() {
    let id = "h('X-CID: 7f3a9c1e')";
    check(
        &format!(
            "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob, C 203.0.113.9:5060 carol
             0    A>S INVITE to='<sip:sales@s>' {id}
             0.05 S>B INVITE call=2 from=A to=B {id}
             0.06 S>C INVITE call=3 from=A to=C {id}
             0.1  B>S 180 call=2
             0.1  C>S 180 call=3
             0.12 S>A 180
             2    C>S 200 call=3
             2.01 S>A 200
             2.02 S>B CANCEL call=2
             2.03 B>S 200 call=2
             2.04 B>S 487 call=2
             2.05 S>B ACK call=2
             2.1  A>S ACK
             2.1  S>C ACK call=3
             9    C>S BYE call=3
             9.1  S>A BYE
             9.2  A>S 200
             9.3  S>C 200 call=3"
        ),
        "call-1 state=completed caller=alice callee=carol callee_at=C released_by=callee legs[].role=a,b,c \
                legs[].state=completed,cancelled,completed legs[].callee.user=sales,bob,carol
         summary calls=1 answered=1 cancelled=0 asr_percent=100",
    );
}

#[test]
fn an_element_that_hangs_up_on_both_is_the_network() {
    check(
        "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob
         0    A>S INVITE to=B
         0.05 S>B INVITE call=2 from=A to=B
         1    B>S 200 call=2
         1.02 S>A 200
         1.1  A>S ACK
         1.1  S>B ACK call=2
         9    S>A BYE
         9    S>B BYE call=2
         9.1  A>S 200
         9.1  B>S 200 call=2",
        "call-1 state=completed released_by=network duration=7.98",
    );
}

#[test]
fn a_refusal_passed_on_is_found_once_and_digits_are_keyed_once() {
    check(
        "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob
         0    A>S INVITE to=B
         0.05 S>B INVITE call=2 from=A to=B
         1    B>S 486 call=2
         1.01 S>B ACK call=2
         1.02 S>A 486
         1.1  A>S ACK",
        "call-1 state=rejected released_by=callee findings=sip.refused final=486 callee_at=B
         finding-1 evidence[].frame=5,3",
    );
    check(
        &(through("to=B", "from=A to=B")
            + "\n4 A>S INFO body('application/dtmf-relay', 'Signal=5\\r\\nDuration=160')
               4.01 S>B INFO call=2 body('application/dtmf-relay', 'Signal=5\\r\\nDuration=160')
               5 A>S INFO body('application/dtmf-relay', 'Signal=5\\r\\nDuration=160')
               5.01 S>B INFO call=2 body('application/dtmf-relay', 'Signal=5\\r\\nDuration=160')"),
        "call-1 state=completed digits=5,5 released_by=caller",
    );
}

#[test]
fn three_legs_in_a_row() {
    let id =
        "h('Session-ID: ab30317f1a784dc48ff824d0d3715d86;remote=00000000000000000000000000000000')";
    check(
        &format!(
            "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 s, T 198.51.100.7:5060 t, B 198.51.100.20:5060 bob
             0    A>S INVITE to=B {id}
             0.05 S>T INVITE call=2 from=A to=B {id}
             0.1  T>B INVITE call=3 from=A to=B {id}
             1    B>T 486 call=3
             1.01 T>B ACK call=3
             1.02 T>S 486 call=2
             1.03 S>T ACK call=2
             1.04 S>A 486
             1.05 A>S ACK"
        ),
        "call-1 state=rejected legs[].role=a,b,c legs[].linked_to=-,call-1@example.com,call-2@example.com callee_at=B \
                caller_at=A released_by=callee findings=sip.refused
         summary calls=1 failed=1",
    );
}

#[test]
fn both_ends_with_one_constant_source_are_two_streams() {
    // sipp sends with one SSRC and the same sound from either end: what crosses is
    // no relayed stream, and does not stand against what both legs announce.
    check(
        "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob
         0    A>S INVITE to=B sdp(A:4000 PCMU)
         0.05 S>B INVITE call=2 from=A to=B sdp(A:4000 PCMU)
         1    B>S 200 call=2 sdp(B:5000 PCMU)
         1.02 S>A 200 sdp(B:5000 PCMU)
         1.1  A>S ACK
         1.1  S>B ACK call=2
         1.2  A>B rtp 200 ssrc=0xca110000 seq=1 call=1
         1.21 B>A rtp 200 ssrc=0xca110000 seq=1 call=2",
        "call-1 state=answered legs[].confidence=-,strong streams=stream-1,stream-2
         stream-1 from=A:4000 to=B:5000 call=call-1
         stream-2 from=B:5000 to=A:4000 call=call-1",
    );
}

#[test]
fn a_dialog_seen_from_either_side_is_only_a_candidate() {
    // Third party call control (RFC 3725): S calls both, and hands one's offer to the other.
    check(
        "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob
         0    S>A INVITE
         1    A>S 200 sdp(A:4000 PCMU)
         1.05 S>B INVITE call=2 sdp(A:4000 PCMU)
         2    B>S 200 call=2 sdp(B:5000 PCMU)
         2.01 S>B ACK call=2
         2.02 S>A ACK sdp(B:5000 PCMU)",
        "call-1 state=answered
         call-2 state=answered
         summary calls=2",
    );
}

#[test]
fn phones_behind_different_nats_announce_the_same_private_address() {
    check(
        "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, D 203.0.113.40:5060 dave
         0    A>S INVITE to='<sip:100@s>' sdp(192.168.1.10:4000 PCMU)
         0.05 D>S INVITE call=2 to='<sip:200@s>' sdp(192.168.1.10:4000 PCMU)
         1    S>A 200 sdp(S:6000 PCMU)
         1.1  S>D 200 call=2 sdp(S:6002 PCMU)
         1.2  A>S ACK
         1.2  D>S ACK call=2",
        "call-1 state=answered leg_candidates[].call=call-2 leg_candidates[].why_apart='too little speaks for it' findings=sdp.private-address
         call-2 state=answered leg_candidates[].call=call-1 findings=sdp.private-address
         summary calls=2",
    );
}

#[test]
fn test_calls_that_send_the_same_sound_at_once_are_two() {
    // The same SSRC, numbers and payload at the same time, between other hosts.
    check(
        "hosts: A 192.0.2.10:5060 alice, B 198.51.100.20:5060 bob, C 192.0.2.11:5060 carol, D 203.0.113.40:5060 dave
         0    A>B INVITE sdp(A:4000 PCMU)
         0.01 C>D INVITE call=2 sdp(C:4000 PCMU)
         1    B>A 200 sdp(B:5000 PCMU)
         1.01 D>C 200 call=2 sdp(D:5000 PCMU)
         1.1  A>B ACK
         1.1  C>D ACK call=2
         1.2  A>B rtp 200 ssrc=0xca110000 seq=1
         1.21 C>D rtp 200 ssrc=0xca110000 seq=1 call=2",
        "call-1 state=answered leg_candidates[].basis[].basis=media_stream findings=media.one-way
         call-2 state=answered callee=dave leg_candidates[].call=call-1 findings=media.one-way
         stream-1 from=A:4000 to=B:5000 call=call-1 findings=media.one-way
         stream-2 from=C:4000 to=D:5000 call=call-2 findings=media.one-way",
    );
}
