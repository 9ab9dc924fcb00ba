//! Which stream belongs to which call, and why we think so.

use crate::check::check;

const ANSWERED: &str = "0   A>B INVITE sdp(A:4000 PCMU)
                        1   B>A 200 sdp(B:5000 PCMU)
                        1.1 A>B ACK";

fn with(lines: &str, facts: &str) {
    check(&format!("{ANSWERED}\n{lines}"), facts);
}

#[test]
fn in_both_directions() {
    with(
        "2 A>B rtp 100
         2 B>A rtp 100",
        "call-1 state=answered streams=stream-1,stream-2 mos.caller_hears=4.4 mos.callee_hears=4.4
         stream-1 call=call-1 from=A:4000 to=B:5000 direction=caller_to_callee bound=sdp media=audio packets=100 \
                  codecs=PCMU ssrc=0x10000fa0 first_time=2026-01-01T00:00:02.000000Z duration_s=1.98 bytes=20000
         stream-2 call=call-1 from=B:5000 to=A:4000 direction=callee_to_caller bound=sdp
         counts packets=203 rtp_packets=200 sip_messages=3 other_packets=0",
    );
}

#[test]
fn from_behind_a_nat() {
    // The callee announces what it believes its address to be; its media come from another.
    check(
        "0   A>B INVITE sdp(A:4000 PCMU)
         1   B>A 200 sdp(10.0.0.20:5000 PCMU)
         1.1 A>B ACK
         2   A>B rtp 200 to=10.0.0.20:5000
         2   B>A rtp 200 from=B:61234",
        "call-1 state=answered findings=sdp.private-address
         stream-1 from=A:4000 to=10.0.0.20:5000 bound=sdp direction=caller_to_callee
         stream-2 from=B:61234 to=A:4000 bound=sdp_nat direction=callee_to_caller",
    );
}

#[test]
fn sent_back_to_where_media_come_from() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU)
         1   B>A 200 sdp(10.0.0.20:5000 PCMU)
         1.1 A>B ACK
         2   B>A rtp 200 from=B:61234
         2.5 A>B rtp 175 to=B:61234",
        "call-1 state=answered findings=sdp.private-address
         stream-1 from=B:61234 to=A:4000 bound=sdp_nat direction=callee_to_caller
         stream-2 from=A:4000 to=B:61234 bound=sdp_nat direction=caller_to_callee",
    );
}

#[test]
fn before_the_answer() {
    check(
        "0    A>B INVITE sdp(A:4000 PCMU)
         0.9  B>A 183 sdp(B:5000 PCMU)
         1    B>A rtp 100
         4    B>A 200 sdp(B:5000 PCMU)
         4.1  A>B ACK",
        "call-1 state=answered
         stream-1 from=B:5000 to=A:4000 bound=sdp direction=callee_to_caller packets=100",
    );
}

#[test]
fn without_any_signalling() {
    check(
        "0 A>B rtp 50 from=A:4000 to=B:5000
         0 C>B rtp 4 from=C:4000 to=B:5002",
        "stream-1 call=- direction=- bound=- from=A:4000 codecs=PCMU packets=50
         counts rtp_packets=50 other_packets=4",
    );
}

#[test]
fn what_only_looks_like_rtp() {
    check(
        "0 A>B dns 60 from=A:40000 to=B:5300
         0 A>B dns 60 from=A:40000 to=B:53
         5 A>B t38 60 from=A:4100 to=B:5100",
        "counts rtp_packets=0 other_packets=180",
    );
}

#[test]
fn fax_that_sdp_announced_is_not_rtp() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU)
         1   B>A 200 sdp(B:5000 PCMU)
         1.1 A>B ACK
         2   A>B rtp 100
         2   B>A rtp 100
         5   B>A INVITE sdp(image B:5000 t38)
         5.1 A>B 200 sdp(image A:4000 t38)
         5.2 B>A ACK
         6   A>B t38 60 from=A:4000 to=B:5000",
        "call-1 state=answered
         stream-1 from=A:4000 packets=100
         stream-2 from=B:5000 packets=100
         counts rtp_packets=200 other_packets=60",
    );
}

#[test]
fn a_port_used_again_by_a_later_call() {
    check(
        "0    A>B INVITE sdp(A:4000 PCMU)
         1    B>A 200 sdp(B:5000 PCMU)
         1.1  A>B ACK
         2    A>B rtp 100 ssrc=1
         5    A>B BYE
         5.1  B>A 200
         100  A>B INVITE call=2 sdp(A:4000 PCMU)
         101  B>A 200 call=2 sdp(B:5000 PCMU)
         101.1 A>B ACK call=2
         102  A>B rtp 100 call=2 ssrc=2
         102  B>A rtp 100 call=2 ssrc=3",
        "call-1 state=completed streams=stream-1 findings=media.one-way
         call-2 state=answered streams=stream-2,stream-3
         stream-1 ssrc=0x00000001 call=call-1 findings=media.one-way
         stream-2 ssrc=0x00000002 call=call-2
         stream-3 ssrc=0x00000003 call=call-2",
    );
}

#[test]
fn the_last_packets_after_the_bye() {
    with(
        "2   A>B rtp 150
         2   B>A rtp 152
         5   A>B BYE
         5.1 B>A 200",
        "call-1 state=completed streams=stream-1,stream-2
         stream-1 packets=150
         stream-2 packets=152",
    );
}

#[test]
fn a_new_port_in_the_middle() {
    with(
        "2   A>B rtp 100
         5   B>A INVITE sdp(B:6000 PCMU)
         5.1 A>B 200 sdp(A:4000 PCMU)
         5.2 B>A ACK
         6   A>B rtp 100",
        "call-1 state=answered streams=stream-1,stream-2 findings=media.one-way
         stream-1 to=B:5000 bound=sdp findings=media.one-way
         stream-2 to=B:6000 bound=sdp direction=caller_to_callee",
    );
}

#[test]
fn through_a_relay() {
    check(
        "0    A>P INVITE sdp(A:4000 PCMU)
         0.01 P>B INVITE via+1 sdp(P:30000 PCMU)
         1    B>P 200 sdp(B:5000 PCMU)
         1.01 P>A 200 sdp(P:30002 PCMU)
         1.1  A>P ACK
         1.11 P>B ACK via+1
         2    A>P rtp 200 to=P:30002 ssrc=1
         2.001 P>B rtp 200 from=P:30000 ssrc=1
         2    B>P rtp 200 to=P:30000 ssrc=2 lose 10
         2.001 P>A rtp 200 from=P:30002 ssrc=2 lose 10,20",
        "call-1 state=answered streams=stream-1,stream-2,stream-3,stream-4 mos.callee_hears=4.4
         stream-1 from=A:4000 to=P:30002 direction=caller_to_callee
         stream-2 from=B:5000 to=P:30000 direction=callee_to_caller lost=1
         stream-3 from=P:30000 to=B:5000 direction=caller_to_callee
         stream-4 from=P:30002 to=A:4000 direction=callee_to_caller lost=2",
    );
}

#[test]
fn audio_and_video_of_one_call() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU; video A:4002 H264)
         1   B>A 200 sdp(B:5000 PCMU; video B:5002 H264)
         1.1 A>B ACK
         2   A>B rtp 100
         2   B>A rtp 100
         2   A>B rtp 100 from=A:4002 to=B:5002 pt=99 clock=90000
         2   B>A rtp 100 from=B:5002 to=A:4002 pt=99 clock=90000",
        "call-1 state=answered
         stream-1 media=audio codecs=PCMU
         stream-2 media=audio
         stream-3 media=video codecs=H264 from=A:4002 clocks=90000 mos=- jitter=0
         stream-4 media=video codecs=H264",
    );
}

#[test]
fn over_ipv6() {
    check(
        "hosts: A [2001:db8::10]:5060 alice, B [2001:db8::20]:5060 bob
         0   A>B INVITE sdp(A:4000 G722)
         1   B>A 200 sdp(B:5000 G722)
         1.1 A>B ACK
         2   A>B rtp 100 dscp=46
         2   B>A rtp 100",
        "call-1 state=answered
         stream-1 from=A:4000 to=B:5000 codecs=G722 clocks=8000 dscp=46 bound=sdp
         stream-2 from=B:5000 dscp=0",
    );
}

#[test]
fn before_its_description() {
    // RFC 3264 section 5.1: the offerer must be ready for media before the answer comes.
    check(
        "0    A>B INVITE sdp(A:4000 PCMU)
         0.5  B>A rtp 100 from=B:5000
         2    B>A 200 sdp(B:5000 PCMU)
         2.1  A>B ACK
         3    B>A rtp 50",
        "call-1 state=answered
         stream-1 from=B:5000 to=A:4000 bound=sdp packets=150 lost=0",
    );
}

#[test]
fn before_any_description() {
    check(
        "0    A>B INVITE
         0.5  A>B rtp 3 from=A:4000 to=B:5000
         0.5  B>A rtp 100 from=B:5000 to=A:4000
         4    B>A 200 sdp(B:5000 PCMU)
         4.1  A>B ACK sdp(A:4000 PCMU)",
        "call-1 state=answered
         stream-1 from=A:4000 to=B:5000 bound=sdp direction=caller_to_callee packets=3
         stream-2 from=B:5000 to=A:4000 bound=sdp direction=callee_to_caller packets=100",
    );
}

#[test]
fn a_port_used_again_with_the_same_ssrc() {
    check(
        "0    A>B INVITE sdp(A:4000 PCMU)
         1    B>A 200 sdp(B:5000 PCMU)
         1.1  A>B ACK
         2    A>B rtp 100 ssrc=1
         2    B>A rtp 100 ssrc=1
         5    A>B BYE
         5.1  B>A 200
         100  A>B INVITE call=2 sdp(A:4000 PCMU)
         101  B>A 200 call=2 sdp(B:5000 PCMU)
         101.1 A>B ACK call=2
         102  A>B rtp 200 call=2 ssrc=1
         102  B>A rtp 200 call=2 ssrc=1",
        "call-1 state=completed streams=stream-1,stream-2
         call-2 state=answered streams=stream-3,stream-4
         stream-1 ssrc=0x00000001 call=call-1 packets=100
         stream-2 ssrc=0x00000001 call=call-1 packets=100
         stream-3 ssrc=0x00000001 call=call-2 packets=200
         stream-4 ssrc=0x00000001 call=call-2 packets=200",
    );
}

#[test]
fn a_port_used_again_at_once() {
    // Load generators begin the next call within a second of the last BYE.
    check(
        "0    A>B INVITE sdp(A:4000 PCMU)
         1    B>A 200 sdp(B:5000 PCMU)
         1.1  A>B ACK
         2    A>B rtp 150 ssrc=1
         2    B>A rtp 150 ssrc=1
         5    A>B BYE
         5.1  B>A 200
         5.5  A>B INVITE call=2 sdp(A:4000 PCMU)
         5.6  B>A 200 call=2 sdp(B:5000 PCMU)
         5.7  A>B ACK call=2
         6    A>B rtp 200 call=2 ssrc=1 seq=7 ts=9
         6    B>A rtp 200 call=2 ssrc=1 seq=7 ts=9",
        "call-1 state=completed streams=stream-1,stream-2
         call-2 state=answered streams=stream-3,stream-4
         stream-1 call=call-1 packets=150 restarts=0
         stream-2 call=call-1 packets=150
         stream-3 call=call-2 packets=200 restarts=0
         stream-4 call=call-2 packets=200",
    );
}

#[test]
fn a_later_call_does_not_rename_the_codec_of_an_earlier_one() {
    check(
        "0    A>B INVITE sdp(A:4000 opus/96)
         1    B>A 200 sdp(B:5000 opus/96)
         1.1  A>B ACK
         2    A>B rtp 150 ssrc=1
         2    B>A rtp 150 ssrc=2
         5    A>B BYE
         5.1  B>A 200
         100  A>B INVITE call=2 sdp(A:4000 iLBC/96)
         101  B>A 200 call=2 sdp(B:5000 iLBC/96)
         101.1 A>B ACK call=2
         102  A>B rtp 200 call=2 ssrc=3
         102  B>A rtp 200 call=2 ssrc=4",
        "call-1 state=completed
         call-2 state=answered
         stream-1 call=call-1 codecs=opus clocks=48000
         stream-2 call=call-1 codecs=opus clocks=48000
         stream-3 call=call-2 codecs=iLBC clocks=8000
         stream-4 call=call-2 codecs=iLBC clocks=8000",
    );
}
