//! DTMF digits: telephone events (RFC 4733) and INFO, in one list in order.

use crate::check::check;

const ANSWERED: &str = "0   A>B INVITE sdp(A:4000 PCMU telephone-event)
                        1   B>A 200 sdp(B:5000 PCMU telephone-event)
                        1.1 A>B ACK";

fn with(lines: &str, facts: &str) {
    check(&format!("{ANSWERED}\n{lines}"), facts);
}

#[test]
fn telephone_events() {
    with(
        "2 A>B dtmf 12#A 100ms",
        "call-1 state=answered digits=1,2,#,A dtmf[].method=rfc4733,rfc4733,rfc4733,rfc4733 \
                dtmf[].from=caller,caller,caller,caller dtmf[].duration_ms=100,100,100,100 \
                dtmf[].offset_s=2.02,2.18,2.34,2.50
         stream-1 packets=28 pts=101 codecs=telephone-event lost=0",
    );
}

#[test]
fn between_the_packets_of_speech() {
    with(
        "2 A>B rtp 5s
         2 B>A rtp 5s
         3 A>B dtmf 9 160ms",
        "call-1 state=answered digits=9 dtmf[].duration_ms=160 dtmf[].from=caller mos.worst=4.4
         stream-1 from=A:4000 packets=260 pts=0,101 codecs=PCMU,telephone-event lost=0 max_jitter=0
         stream-2 from=B:5000 packets=250 pts=0",
    );
}

#[test]
fn info_in_both_forms() {
    with(
        "2   B>A INFO body('application/dtmf-relay', 'Signal=5\\r\\nDuration=160\\r\\n')
         2.1 A>B 200
         3   A>B INFO body('application/dtmf', '#')
         3.1 B>A 200",
        "call-1 state=answered digits=5,# dtmf[].method=sip_info,sip_info dtmf[].from=callee,caller \
                dtmf[].duration_ms=160,- dtmf[].offset_s=2,3",
    );
}

#[test]
fn both_ways_in_one_list_in_order() {
    with(
        "3   A>B dtmf 1 100ms
         3.5 B>A INFO body('application/dtmf-relay', 'Signal=2')
         3.6 A>B 200
         4   B>A dtmf 3 100ms
         4.5 A>B INFO body('application/dtmf', '4')
         4.6 B>A 200",
        "call-1 state=answered digits=1,2,3,4 dtmf[].method=rfc4733,sip_info,rfc4733,sip_info \
                dtmf[].from=caller,callee,callee,caller
         stream-1 from=A:4000
         stream-2 from=B:5000",
    );
}

#[test]
fn an_info_sent_twice_is_one_digit() {
    with(
        "2   A>B INFO body('application/dtmf', '7')
         2.5 A>B INFO again
         2.6 B>A 200",
        "call-1 state=answered digits=7 again=5>4",
    );
}

#[test]
fn an_info_about_something_else_is_no_digit() {
    with(
        "2 A>B INFO body('application/media_control+xml', '5')
         3 B>A 200",
        "call-1 state=answered digits=-",
    );
}

#[test]
fn a_digit_whose_packets_are_lost_but_one() {
    with(
        "2    A>B dtmf 5 100ms
         ~2.5 A>B dtmf 6 100ms",
        "call-1 state=answered digits=5
         stream-1 packets=7",
    );
}

#[test]
fn events_of_encrypted_media_are_not_read() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU telephone-event srtp)
         1   B>A 200 sdp(B:5000 PCMU telephone-event srtp)
         1.1 A>B ACK
         2   A>B dtmf 5 100ms",
        "call-1 state=answered digits=-
         stream-1 encryption=srtp pts=101",
    );
}

#[test]
fn a_payload_type_of_the_callees_choice() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU telephone-event/101)
         1   B>A 200 sdp(B:5000 PCMU telephone-event/96)
         1.1 A>B ACK
         2   A>B dtmf 5 100ms pt=96",
        "call-1 state=answered digits=5
         stream-1 codecs=telephone-event pts=96",
    );
}

#[test]
fn an_info_through_a_proxy_is_one_digit() {
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         1    B>P 200
         1.01 P>A 200
         1.1  A>P ACK
         1.11 P>B ACK via+1
         2    A>P INFO body('application/dtmf', '7')
         2.01 P>B INFO via+1 body('application/dtmf', '7')
         2.02 B>P 200
         2.03 P>A 200",
        "call-1 state=answered digits=7",
    );
}
