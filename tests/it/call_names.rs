//! Who calls whom, as headers name them.

use crate::check::check;

#[test]
fn tel_uris() {
    check(
        "0   A>B INVITE from='<tel:+1-201-555-0123>' to='<tel:7042;phone-context=example.com>'
         0.1 B>A 200
         0.2 A>B ACK",
        "call-1 state=answered caller=+1-201-555-0123 caller.uri=tel:+1-201-555-0123 callee=7042 \
                callee.uri=tel:7042;phone-context=example.com",
    );
}

#[test]
fn display_names_with_escapes() {
    check(
        r#"0   A>B INVITE from='"Alice \\"Al\\" O\\\\Hara" <sip:alice@example.com>' to='Bob B. <sip:bob@example.com>'
           0.1 B>A 200
           0.2 A>B ACK"#,
        r#"call-1 state=answered caller.display_name='Alice "Al" O\Hara' callee.display_name='Bob B.' caller=alice"#,
    );
}

#[test]
fn users_with_escapes_and_parameters() {
    check(
        "0   A>B INVITE from='<sip:al%69ce%40home@example.com;user=phone>' to='<sip:+4930123;npdi@gw.example.com>'
         0.1 B>A 486
         0.2 A>B ACK",
        "call-1 state=rejected caller=alice@home callee=+4930123;npdi findings=sip.refused",
    );
}

#[test]
fn addresses_without_brackets_and_without_users() {
    check(
        "0   A>B INVITE from=sip:alice@example.com to=<sip:example.com>
         0.1 B>A 200
         0.2 A>B ACK",
        "call-1 state=answered caller=alice callee=- callee.uri=sip:example.com tags=b1",
    );
}

#[test]
fn compact_headers() {
    check(
        "0   A>B INVITE sdp(A:4000 PCMU) compact
         0.1 B>A 180 compact
         1   B>A 200 sdp(B:5000 PCMU) compact
         1.1 A>B ACK compact
         5   A>B BYE compact
         5.1 B>A 200 compact",
        "call-1 state=completed caller=alice callee=bob setup=1000 duration=4 tags=b1 call_id=call-1@example.com \
                messages[].has_sdp=true,false,true,false,false,false",
    );
}

#[test]
fn what_the_devices_call_themselves() {
    check(
        "0   A>B INVITE h('User-Agent: Phone 1.0')
         0.1 B>A 180 h('Server: Gateway/2')
         1   B>A 200 h('Server: Gateway/2')
         1.1 A>B ACK",
        "call-1 state=answered caller.user_agent='Phone 1.0' callee.user_agent=Gateway/2",
    );
}

#[test]
fn two_calls_are_told_apart_by_their_call_ids() {
    check(
        "0   A>B INVITE
         0.1 A>C INVITE call=2
         0.2 B>A 486
         0.3 C>A 200 call=2
         0.4 A>B ACK
         0.5 A>C ACK call=2",
        "call-1 state=rejected callee=bob call_id=call-1@example.com findings=sip.refused
         call-2 state=answered callee=carol call_id=call-2@example.com
         summary calls=2 asr_percent=50",
    );
}
