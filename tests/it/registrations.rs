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
