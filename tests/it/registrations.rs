//! Registrations (RFC 3261 section 10, RFC 6076 section 4.1).

use crate::check::check;

#[test]
fn registered_after_a_challenge() {
    check(
        "0    A>P REGISTER
         0.03 P>A 401
         0.05 A>P REGISTER auth
         0.12 P>A 200 expires=3600",
        "registration-1 state=registered aor=sip:alice@example.com contact=sip:alice@192.0.2.10:5060 address=A \
                        expires_s=3600 delay_ms=120 attempts=1 succeeded=1 failed=0 messages=4 again=-
         summary registrations.attempts=1 registrations.succeeded=1 registrations.failed=0 calls=0",
    );
}

#[test]
fn registered_without_a_challenge() {
    check(
        "0    A>P REGISTER expires=600
         0.02 P>A 200 contact=<sip:alice@192.0.2.10:5060>;expires=300",
        "registration-1 state=registered expires_s=300 delay_ms=20",
    );
}

#[test]
fn refused() {
    check(
        "0    A>P REGISTER
         0.03 P>A 401
         0.05 A>P REGISTER auth
         0.12 P>A 403",
        "registration-1 state=failed delay_ms=- expires_s=- attempts=1 succeeded=0 failed=1 findings=registration.refused
         finding-1 severity=fault evidence[].frame=4
         summary registrations.failed=1",
    );
    check(
        "0   A>P REGISTER
         0.2 P>A 503",
        "registration-1 state=failed failed=1 findings=registration.refused",
    );
}

#[test]
fn challenged_and_given_up() {
    // RFC 6076 section 4.2: a challenge alone is no failed attempt.
    check(
        "0    A>P REGISTER
         0.03 P>A 401",
        "registration-1 state=challenged attempts=1 succeeded=0 failed=0 delay_ms=-",
    );
}

#[test]
fn the_wrong_password() {
    check(
        "0    A>P REGISTER
         0.03 P>A 401
         0.05 A>P REGISTER auth
         0.08 P>A 401",
        "registration-1 state=challenged attempts=1 succeeded=0 delay_ms=- findings=registration.refused
         finding-1 severity=fault title='The credentials of the REGISTER were not accepted' evidence[].frame=4",
    );
}

#[test]
fn a_nonce_that_has_expired_is_no_wrong_password() {
    // RFC 2617 section 3.2.1: only the second challenge says whether the credentials hold.
    check(
        "0    A>P REGISTER expires=60
         0.1  P>A 200 expires=60
         30   A>P REGISTER expires=60
         30.1 P>A 401
         30.2 A>P REGISTER auth expires=60
         30.3 P>A 200 expires=60
         60   A>P REGISTER expires=60
         60.1 P>A 401",
        "registration-1 state=challenged attempts=3 succeeded=2 failed=0",
    );
}

#[test]
fn nobody_answers() {
    let sent = "0   A>P REGISTER
                0.5 A>P REGISTER again
                1.5 A>P REGISTER again";
    check(
        &format!("{sent}\n33 A>C keepalive"),
        "registration-1 state=timed_out attempts=1 failed=1 again=2>1,3>1 findings=registration.refused
         summary registrations.failed=1",
    );
    check(sent, "registration-1 state=pending attempts=1 failed=0");
}

#[test]
fn refreshed_and_removed() {
    check(
        "0    A>P REGISTER expires=60
         0.1  P>A 200 contact=<sip:alice@192.0.2.10:5060>;expires=60
         30   A>P REGISTER expires=60
         30.3 P>A 200 contact=<sip:alice@192.0.2.10:5060>;expires=50
         40   A>P REGISTER expires=0
         40.1 P>A 200",
        "registration-1 state=unregistered expires_s=0 attempts=3 succeeded=3 failed=0 delay_ms=100 messages=6",
    );
}

#[test]
fn registered_again_after_the_removal() {
    check(
        "0    A>P REGISTER expires=0
         0.1  P>A 200
         1    A>P REGISTER expires=90
         1.1  P>A 200 expires=90",
        "registration-1 state=registered expires_s=90 attempts=2 succeeded=2",
    );
}

#[test]
fn the_binding_among_those_of_other_devices() {
    check(
        "0    A>P REGISTER
         0.1  P>A 200 contact='<sip:alice@203.0.113.9:5060>;expires=12, <sip:alice@192.0.2.10:5060>;expires=77'",
        "registration-1 state=registered expires_s=77",
    );
}

#[test]
fn only_asked_for_the_bindings() {
    // A REGISTER without Contact fetches (RFC 3261 section 10.2.3).
    check(
        "0    A>P REGISTER contact=-
         0.1  P>A 200 contact=<sip:alice@192.0.2.10:5060>;expires=300",
        "registration-1 state=registered expires_s=300 contact=- attempts=1 succeeded=1",
    );
}

#[test]
fn two_devices_are_two() {
    check(
        "0    A>P REGISTER
         0.1  B>P REGISTER call=2
         0.2  P>A 200 expires=60
         0.3  P>B 403 call=2",
        "registration-1 state=registered aor=sip:alice@example.com
         registration-2 state=failed aor=sip:bob@example.com address=B findings=registration.refused
         finding-1 registration=registration-2 call=-
         summary registrations.attempts=2 registrations.succeeded=1 registrations.failed=1",
    );
}

#[test]
fn every_binding_removed_with_a_star() {
    check(
        "0    A>P REGISTER expires=60
         0.1  P>A 200 contact=<sip:alice@192.0.2.10:5060>;expires=60
         40   A>P REGISTER contact=* expires=0
         40.1 P>A 200 contact=-",
        "registration-1 state=unregistered expires_s=0 attempts=2 succeeded=2 contact=sip:alice@192.0.2.10:5060",
    );
}

#[test]
fn its_transactions_and_hops() {
    check(
        "hosts: A 192.0.2.10:5060 alice, P 192.0.2.5:5060, R 198.51.100.5:5060
         0    A>P REGISTER
         0.01 P>R REGISTER via+1
         0.02 R>P 401
         0.03 P>A 401
         0.1  A>P REGISTER auth
         0.6  A>P REGISTER again
         1.6  A>P REGISTER again
         40   A>P keepalive",
        "registration-1 state=timed_out challenges=1 findings=sip.stopped-at-hop,registration.refused transactions[].method=REGISTER,REGISTER,REGISTER \
             transactions[].hop=1,2,1 transactions[].forwarded_from=-,1,- transactions[].outcome=challenged,challenged,timed_out \
             transactions[].timeout=-,-,timer_f transactions[].retransmissions[].why=timer_e,timer_e again=6>5,7>5 \
             hops[].hop=1,2 hops[].client=A,P hops[].server=P,R hops[].request_delay_ms.max=-,10 hops[].response_delay_ms.max=-,10",
    );
}

#[test]
fn a_proxy_on_the_way_counts_once() {
    check(
        "hosts: A 192.0.2.10:5060 alice, P 192.0.2.5:5060, R 198.51.100.5:5060
         0    A>P REGISTER
         0.01 P>R REGISTER via+1
         0.05 R>P 200 expires=60
         0.06 P>A 200 expires=60",
        "registration-1 state=registered attempts=1 succeeded=1 delay_ms=60 address=A messages=4 again=-",
    );
}

#[test]
fn the_bindings_of_several_contacts() {
    // RFC 3261 section 10.2.4: each contact has its own lifetime; the 2xx lists them all.
    check(
        "0    A>P REGISTER expires=600 contact='<sip:alice@192.0.2.10:5060>;q=0.5, <sip:alice@192.0.2.10:5070>;expires=60'
         0.1  P>A 200 contact='<sip:alice@192.0.2.10:5060>;expires=600;q=0.5, <sip:alice@192.0.2.10:5070>;expires=60, <sip:alice@203.0.113.9>;expires=9'
         5    A>P REGISTER expires=0 contact=<sip:alice@192.0.2.10:5070>
         5.1  P>A 200 contact='<sip:alice@192.0.2.10:5060>;expires=595;q=0.5, <sip:alice@203.0.113.9>;expires=4'
         20   A>C keepalive",
        "registration-1 state=unregistered attempts=2 removals=1 \
             bindings[].contact=sip:alice@192.0.2.10:5060,sip:alice@192.0.2.10:5070,sip:alice@203.0.113.9 \
             bindings[].state=bound,removed,expired bindings[].own=true,true,false bindings[].expires_s=595,60,4 \
             bindings[].q=0.5,-,- bindings[].frame=2,2,2 bindings[].removed_time=-,2026-01-01T00:00:05.100000Z,-",
    );
}

#[test]
fn a_binding_of_another_device_does_not_lapse_unseen() {
    // Its own refreshes are in another Call-ID.
    check(
        "0    A>P REGISTER expires=60
         0.1  P>A 200 contact='<sip:alice@192.0.2.10:5060>;expires=60, <sip:alice@203.0.113.9>;expires=10'
         30   A>P REGISTER expires=60
         30.1 P>A 200 contact='<sip:alice@192.0.2.10:5060>;expires=60, <sip:alice@203.0.113.9>;expires=9'",
        "registration-1 state=registered bindings[].own=true,false bindings[].state=bound,bound bindings[].lapses=0,0 \
             bindings[].refreshes=1,0 bindings[].bound_time=2026-01-01T00:00:00.100000Z,2026-01-01T00:00:00.100000Z",
    );
}

#[test]
fn refreshed_in_time_and_too_late() {
    check(
        "0    A>P REGISTER expires=60
         0.1  P>A 200 expires=60
         30   A>P REGISTER expires=60
         30.1 P>A 200 expires=60
         200  A>P REGISTER expires=60
         200.1 P>A 200 expires=60",
        "registration-1 state=registered attempts=3 refreshes=1 removals=0 returns=1 flapping=false \
             bindings[].refreshes=1 bindings[].lapses=1 bindings[].state=bound",
    );
}

#[test]
fn nobody_refreshed_it() {
    check(
        "0    A>P REGISTER expires=60
         0.1  P>A 200 expires=60
         100  A>C keepalive",
        "registration-1 state=expired expires_s=60 bindings[].state=expired \
             bindings[].end_time=2026-01-01T00:01:00.100000Z",
    );
}

#[test]
fn a_star_removes_every_binding() {
    check(
        "0    A>P REGISTER contact='<sip:alice@192.0.2.10:5060>, <sip:alice@192.0.2.10:5070>' expires=60
         0.1  P>A 200 contact='<sip:alice@192.0.2.10:5060>;expires=60, <sip:alice@192.0.2.10:5070>;expires=60'
         4    A>P REGISTER contact=* expires=0
         4.1  P>A 200 contact=-",
        "registration-1 state=unregistered bindings[].state=removed,removed removals=1",
    );
}

#[test]
fn outbound_flows_and_gruus() {
    // RFC 5626 section 4.2, RFC 5627 section 4.
    check(
        "0    A>P REGISTER expires=600 h('Supported: path, outbound, gruu') h('Path: <sip:ep@p.example.com;lr;ob>') \
                  contact='<sip:alice@192.0.2.10:5060;ob>;reg-id=1;+sip.instance=\"<urn:uuid:0-1>\"'
         0.1  P>A 200 h('Require: outbound') h('Flow-Timer: 120') h('Path: <sip:ep@p.example.com;lr;ob>') \
                  h('Service-Route: <sip:s1.example.com;lr>, <sip:s2.example.com;lr>') \
                  h('P-Associated-URI: <sip:+4930@example.com>') \
                  contact='<sip:alice@192.0.2.10:5060;ob>;reg-id=1;expires=600;+sip.instance=\"<urn:uuid:0-1>\";\
pub-gruu=\"sip:alice@example.com;gr=urn:uuid:0-1\";temp-gruu=\"sip:tgruu.7@example.com;gr\"'
         60   A>P REGISTER expires=600 contact='<sip:alice@192.0.2.99:5060;ob>;reg-id=1;+sip.instance=\"<urn:uuid:0-1>\"'
         60.1 P>A 200 h('Require: outbound') contact='<sip:alice@192.0.2.99:5060;ob>;reg-id=1;expires=600;+sip.instance=\"<urn:uuid:0-1>\"'",
        "registration-1 state=registered outbound=true flow_timer_s=120 path[]=<sip:ep@p.example.com;lr;ob> \
             service_route[]=<sip:s1.example.com;lr>,<sip:s2.example.com;lr> associated_uris[]=<sip:+4930@example.com> \
             bindings[].contact=sip:alice@192.0.2.99:5060;ob bindings[].instance=urn:uuid:0-1 bindings[].reg_id=1 \
             bindings[].refreshes=1 bindings[].public_gruu=sip:alice@example.com;gr=urn:uuid:0-1 \
             bindings[].temporary_gruu=sip:tgruu.7@example.com;gr",
    );
}

#[test]
fn calls_that_used_a_binding() {
    check(
        "0    B>P REGISTER expires=60 contact=<sip:bob@198.51.100.20:5060;ob>
         0.1  P>B 200 contact=<sip:bob@198.51.100.20:5060;ob>;expires=60
         5    A>P INVITE call=2
         5.01 P>B INVITE call=2 via+1 uri=sip:bob@198.51.100.20:5060
         5.1  B>P 200 call=2
         5.11 P>A 200 call=2
         70   A>P INVITE call=3
         70.01 P>B INVITE call=3 via+1 uri=sip:bob@198.51.100.20:5060
         70.1 B>P 486 call=3
         70.2 P>B ACK call=3
         70.3 P>A 486 call=3
         70.4 A>P ACK call=3",
        "registration-1 state=expired calls=1 used_by[].call=call-1 used_by[].frame=4 used_by[].contact=sip:bob@198.51.100.20:5060;ob
         call-1 state=answered findings=sip.no-ack identity.request_uris[]=sip:bob@example.com,sip:bob@198.51.100.20:5060
         call-2 state=rejected findings=sip.refused",
    );
}

#[test]
fn a_call_by_its_gruu_used_the_binding() {
    check(
        "0    B>P REGISTER expires=60
         0.1  P>B 200 contact='<sip:bob@198.51.100.20:5060>;expires=60;pub-gruu=\"sip:bob@example.com;gr=1\"'
         5    A>P INVITE call=2 uri=sip:bob@example.com;gr=1
         5.1  P>A 404 call=2
         5.2  A>P ACK call=2",
        "registration-1 state=registered calls=1 used_by[].frame=3
         call-1 state=rejected findings=sip.refused",
    );
}

#[test]
fn an_address_that_comes_and_goes() {
    // Each boot is another Call-ID; what flaps is the address of record.
    let boots: Vec<String> = (0..4)
        .map(|n| {
            let at = 60 * n;
            format!(
                "{at} A>P REGISTER call={n} expires=600\n{at}.1 P>A 200 call={n} expires=600\n\
                 {at}.5 A>P REGISTER call={n} expires=0\n{at}.6 P>A 200 call={n} contact=-\n"
            )
        })
        .collect();
    check(
        &boots.concat(),
        "registration-1 state=unregistered returns=3 flapping=true findings=registration.flapping
         registration-2 state=unregistered returns=3 flapping=true
         registration-3 state=unregistered returns=3
         registration-4 state=unregistered returns=3
         finding-1 severity=warning evidence[].frame=6,10,14",
    );
}

#[test]
fn what_the_registrar_asks_for() {
    check(
        "0    A>P REGISTER
         0.03 P>A 401
         0.05 A>P REGISTER auth
         0.12 P>A 200 expires=3600",
        "registration-1 state=registered challenges=1 challenge.scheme=Digest challenge.realm=example.com \
             challenge.algorithm=- bindings[].state=bound",
    );
}

#[test]
fn contacts_beyond_the_cap_are_counted() {
    let many: Vec<_> = (0..80).map(|n| format!("<sip:a{n}@192.0.2.10>;expires=60")).collect();
    check(
        &format!("0 A>P REGISTER\n0.1 P>A 200 contact='{}'", many.join(", ")),
        "registration-1 state=registered bindings_dropped=1",
    );
}
