//! One message over several hops, and one packet seen twice.

use crate::check::check;

#[test]
fn each_copy_knows_the_one_before_and_what_the_proxy_took() {
    check(
        "0    A>P INVITE
         0.01 P>A 100
         0.03 P>B INVITE via+1
         0.1  B>P 180
         0.15 P>A 180
         2    B>P 200
         2.05 P>A 200
         2.1  A>P ACK
         2.14 P>B ACK via+1
         12   B>P BYE
         12.02 P>A BYE via+1
         12.1 A>P 200
         12.13 P>B 200",
        "call-1 state=completed messages[].hop=1,1,2,2,1,2,1,1,2,1,2,2,1 \
                messages[].hop_of=-,-,1,-,4,-,6,-,8,-,10,-,12 messages[].hop_delay_ms=-,-,30,-,50,-,50,-,40,-,20,-,30 \
                again=- hops[].hop=1,1,2,2 hops[].client=A,B,P,P hops[].server=P,P,B,A hops[].messages=5,2,4,2 \
                hops[].request_delay_ms.max=-,-,40,20 hops[].response_delay_ms.max=-,-,50,30 messages[].stopped_at=-,-,-,-,-,-,-,-,-,-,-,-,-",
    );
}

#[test]
fn three_hops_are_numbered() {
    check(
        "hosts: A 192.0.2.10:5060 alice, P1 192.0.2.5:5060, P2 198.51.100.5:5060, B 198.51.100.20:5060 bob
         0    A>P1  INVITE
         0.01 P1>P2 INVITE via+1
         0.02 P2>B  INVITE via+1
         0.5  B>P2  486
         0.51 P2>B  ACK
         0.52 P2>P1 486
         0.53 P1>P2 ACK
         0.54 P1>A  486
         0.55 A>P1  ACK",
        "call-1 state=rejected messages[].hop=1,2,3,3,3,2,2,1,1 messages[].hop_of=-,1,2,-,-,4,-,6,- \
                messages[].hop_by=-,via,via,-,-,via,-,via,- findings=sip.refused",
    );
}

#[test]
fn an_answer_that_dies_in_a_proxy() {
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         0.1  B>P 180
         0.11 P>A 180
         2    B>P 200
         2.5  B>P 200 again
         3.5  B>P 200 again
         9    A>P keepalive",
        "call-1 state=ringing messages[].stopped_at=-,-,-,-,P,-,- findings=sip.stopped-at-hop \
                transactions[].abnormal=no_ack again=6>5,7>5
         finding-1 evidence[].frame=5",
    );
}

#[test]
fn an_ack_and_a_bye_that_die_in_a_proxy() {
    let ladder = |more: &str| {
        format!(
            "0    A>P INVITE
             0.01 P>B INVITE via+1
             2    B>P 200
             2.01 P>A 200
             {more}
             20   A>P keepalive"
        )
    };
    check(
        &ladder("2.1 A>P ACK\n2.6 B>P 200 again\n2.61 P>A 200 again\n3.6 B>P 200 again"),
        "call-1 state=answered messages[].stopped_at=-,-,-,-,P,-,-,- again=6>3,7>4,8>3 findings=sip.stopped-at-hop",
    );
    check(
        &ladder("2.1 A>P ACK\n2.11 P>B ACK via+1\n8 A>P BYE\n8.5 A>P BYE again\n9.5 A>P BYE again"),
        "call-1 state=completed messages[].stopped_at=-,-,-,-,-,-,P,-,- again=8>7,9>7 findings=sip.stopped-at-hop",
    );
    // Answered by the proxy itself: it did not die there.
    check(
        &ladder("2.1 A>P ACK\n2.11 P>B ACK via+1\n8 A>P OPTIONS to-tag=b1\n8.1 P>A 200"),
        "call-1 state=answered messages[].stopped_at=-,-,-,-,-,-,-,-",
    );
}

#[test]
fn a_nat_changes_addresses_and_not_vias() {
    check(
        "hosts: A 10.0.0.10:5060 alice, N 203.0.113.1:1024 nat, B 198.51.100.20:5060 bob
         0      A>B INVITE id=7 branch=z9hG4bKone
         0.0002 A>B INVITE id=7 at=N:1024 branch=z9hG4bKone ttl=63 cseq=1
         0.5    B>A 486 towards=N:1024
         0.51   B>A 486",
        "call-1 state=rejected messages[].hop_of=-,1,-,3 messages[].hop_by=-,branch,-,branch again=- findings=sip.refused",
    );
}

#[test]
fn a_border_element_that_keeps_the_call_id_and_hides_the_way() {
    check(
        "hosts: A 192.0.2.10:5060 alice, S 192.0.2.7:5060 sbc, B 198.51.100.20:5060 bob
         0    A>S INVITE to=B
         0.02 S>B INVITE from-tag=a1 to-tag=- cseq=1
         0.5  B>S 180
         0.52 S>A 180 tag=b1
         2    B>S 200
         2.02 S>A 200",
        "call-1 state=answered messages[].hop_of=-,1,-,3,-,5 messages[].hop_by=-,address,-,address,-,address \
                messages[].hop_delay_ms=-,20,-,20,-,20 again=-",
    );
}

#[test]
fn a_mirror_of_both_ports_shows_a_packet_twice() {
    // The same IP identification: the same packet. Another one: sent again.
    check(
        "0      A>B INVITE id=100
         0.0003 A>B INVITE again id=100
         0.5    A>B INVITE again id=101
         0.5003 A>B INVITE again id=101
         0.6    B>A 180 id=7
         0.6001 B>A 180 again id=7",
        "call-1 state=ringing again=3>1 messages[].copy_of=-,1,-,1,-,5
         counts copied_packets=3",
    );
}

#[test]
fn behind_a_router_its_time_to_live_is_lower() {
    // No identification to compare: 40 ms later, one router further.
    check(
        "0    A>B INVITE ttl=64
         0.04 A>B INVITE again ttl=63
         0.54 A>B INVITE again ttl=64
         0.58 A>B INVITE again ttl=63",
        "call-1 state=trying again=3>1 messages[].copy_of=-,1,-,1
         counts copied_packets=2",
    );
    check(
        "hosts: A [2001:db8::10]:5060 alice, B [2001:db8:1::20]:5060 bob
         0    A>B INVITE ttl=64
         0.04 A>B INVITE again ttl=60
         0.5  A>B INVITE again ttl=64",
        "call-1 state=trying again=3>1 messages[].copy_of=-,1,-
         counts copied_packets=1",
    );
    // The same time to live 40 ms later: sent again, however soon.
    check(
        "0    A>B INVITE
         0.04 A>B INVITE again",
        "call-1 state=trying again=2>1",
    );
}

#[test]
fn each_hop_of_a_mirrored_call_is_told_from_its_copies() {
    check(
        "0       A>P INVITE id=1 ttl=64
         0.0001  A>P INVITE again id=1 ttl=64
         0.01    P>B INVITE via+1 id=9 ttl=64
         0.0101  P>B INVITE again id=9 ttl=63",
        "call-1 state=trying again=- messages[].hop=1,1,2,2 messages[].hop_of=-,-,1,- messages[].copy_of=-,1,-,3
         counts copied_packets=2",
    );
}

#[test]
fn a_hop_that_was_not_captured_is_stepped_over() {
    // Between P1 and P2 nothing is captured: the copy behind P2 has the branch of the caller's
    // in its third Via.
    check(
        "hosts: A 192.0.2.10:5060 alice, P1 192.0.2.5:5060, P2 198.51.100.5:5060, B 198.51.100.20:5060 bob
         0     A>P1  INVITE
         ~0.01 P1>P2 INVITE via+1
         0.02  P2>B  INVITE via+1
         0.5   B>P2  200
         ~0.51 P2>P1 200
         0.52  P1>A  200
         0.6   A>B   ACK",
        "call-1 state=answered messages[].hop=1,3,3,1,1 messages[].hop_of=-,1,-,3,- messages[].hop_by=-,via,-,via,- \
                messages[].hop_delay_ms=-,20,-,20,- again=- callee_at=B",
    );
}

#[test]
fn a_phone_that_calls_itself() {
    check(
        "0    A>P INVITE
         0.01 P>A 100
         0.02 P>A INVITE via+1
         0.1  A>P 180
         0.11 P>A 180
         1    A>P 200
         1.01 P>A 200
         1.1  A>P ACK
         1.11 P>A ACK via+1",
        "call-1 state=answered messages[].hop=1,1,2,2,1,2,1,1,2 messages[].hop_of=-,-,1,-,4,-,6,-,8 again=- \
                messages[].hop_by=-,-,via,-,via,-,via,-,via pdd=110 setup=1010",
    );
}
