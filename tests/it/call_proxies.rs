//! Calls over several hops: times are those of the caller's hop.

use crate::check::check;

#[test]
fn times_are_those_of_the_callers_hop() {
    check(
        "0    A>P INVITE
         0.01 P>A 100
         0.05 P>B INVITE via+1
         0.1  B>P 180
         0.15 P>A 180
         2    B>P 200
         2.05 P>A 200
         2.1  A>P ACK
         2.15 P>B ACK via+1
         12   B>P BYE
         12.05 P>A BYE via+1
         12.1 A>P 200
         12.15 P>B 200",
        "call-1 state=completed caller_at=A callee_at=B pdd=150 setup=2050 ring=1900 duration=9.95 released_by=callee \
                disconnect=100 messages=13 again=-",
    );
}

#[test]
fn a_refusal_comes_from_where_it_was_made() {
    check(
        "0    A>P INVITE
         0.05 P>B INVITE via+1
         0.1  B>P 486
         0.11 P>B ACK
         0.15 P>A 486
         0.2  A>P ACK",
        "call-1 state=rejected final=486 caller_at=A callee_at=B released_by=callee findings=sip.refused \
                end_time=2026-01-01T00:00:00.150000Z",
    );
}

#[test]
fn a_capture_of_the_second_hop_only() {
    check(
        "~0    A>P INVITE
         0.05  P>B INVITE via+1
         0.1   B>P 180
         2     B>P 200
         2.15  P>B ACK
         12    B>P BYE
         12.1  P>B 200",
        "call-1 state=completed caller_at=P callee_at=B pdd=50 setup=1950 duration=10 released_by=callee",
    );
}

#[test]
fn the_first_hop_without_its_answers() {
    // Requests and responses may take different ways past the capture point.
    check(
        "0     A>P INVITE
         0.05  P>B INVITE via+1
         0.1   B>P 180
         ~0.15 P>A 180
         2     B>P 200
         ~2.05 P>A 200
         2.1   A>P ACK
         5     A>P BYE",
        "call-1 state=completed caller_at=A callee_at=B pdd=100 setup=2000 duration=3 released_by=caller",
    );
}

#[test]
fn three_hops() {
    check(
        "hosts: A 192.0.2.10:5060 alice, P1 192.0.2.5:5060, P2 198.51.100.5:5060, B 198.51.100.20:5060 bob
         0    A>P1  INVITE
         0.01 P1>P2 INVITE via+1
         0.02 P2>B  INVITE via+1
         0.5  B>P2  180
         0.51 P2>P1 180
         0.52 P1>A  180
         1    B>P2  200
         1.01 P2>P1 200
         1.02 P1>A  200
         1.1  A>B   ACK
         2.02 A>B   BYE
         2.1  B>A   200",
        "call-1 state=completed callee=bob caller_at=A callee_at=B pdd=520 setup=1020 duration=1 again=- tags=b1",
    );
}

#[test]
fn over_tcp_in_segments_and_over_ipv6() {
    check(
        "hosts: A [2001:db8::10]:5060 alice, B [2001:db8:1::20]:5061 bob
         0   A>B INVITE sdp(A:4000 PCMU) tcp segments=3
         0.3 B>A 180 tcp
         1   B>A 200 sdp(B:5000 PCMU) tcp segments=2
         1.1 A>B ACK tcp
         3   B>A BYE tcp
         3.1 A>B 200 tcp segments=2",
        "call-1 state=completed caller_at=A callee_at=B setup=1000 duration=2 released_by=callee messages=6 \
                messages[].transport=tcp,tcp,tcp,tcp,tcp,tcp
         counts sip_messages=6",
    );
}
