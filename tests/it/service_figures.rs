//! Service figures of RFC 6076, over all calls, by peers and by user agents.

use serde_json::Value;

use crate::check::{check, report_of};
use crate::scenario::Scenario;
use crate::vectors::{EXACT, cases, close, count, list};

/// A call of its own that ends so; the vectors say nothing of ringing, and
/// calls are taken to have rung.
fn call(number: usize, end: &Value) -> String {
    let at = 10 * number;
    let begin = format!("{at} A>B INVITE call={number}\n");
    let rang = format!("{begin}{at}.1 B>A 180 call={number}\n");
    match end {
        Value::Null => begin,
        Value::String(_) => {
            format!("{rang}{at}.2 B>A 302 call={number}\n{at}.3 A>B ACK call={number}\n")
        }
        status => {
            format!("{rang}{at}.2 B>A {status} call={number}\n{at}.3 A>B ACK call={number}\n")
        }
    }
}

#[test]
fn ratios_of_the_vectors_through_the_engine() {
    let Some(cases) = cases("sip_metrics.json") else { return };
    let ratios = cases.iter().filter(|case| case["kind"] == "ratios");
    let mut checked = 0;
    for case in ratios.filter(|case| !list(case, "finals").is_empty()) {
        let ladder: Vec<_> = list(case, "finals")
            .iter()
            .enumerate()
            .map(|(number, end)| call(number, end))
            .collect();
        let report = report_of(&Scenario::parse(&ladder.concat()));
        let (expect, what) = (&case["expect"], case.to_string());
        let rows = [
            &report["summary"]["service"],
            &report["summary"]["by_peer"]["groups"][0]["figures"],
            &report["summary"]["by_user_agent"]["groups"][0]["figures"],
        ];
        for row in rows {
            assert_eq!(row["attempts"], count(expect, "attempts"), "{what}");
            for (key, name) in [
                ("ser_percent", "SER"),
                ("seer_percent", "SEER"),
                ("isa_percent", "ISA"),
                ("asr_percent", "ASR"),
                ("ner_percent", "NER"),
            ] {
                let rounded = expect[name].as_f64().map(|value| (value * 1e6).round() / 1e6);
                close(
                    row[key].as_f64(),
                    &serde_json::json!(rounded),
                    EXACT,
                    &format!("{key} {what}"),
                );
            }
        }
        checked += 1;
    }
    assert_eq!(checked, 5);
}

#[test]
fn times_of_a_call_that_was_answered() {
    check(
        "0    A>B INVITE
         0.1  B>A 100
         1.5  B>A 180
         6    B>A 200
         6.1  A>B ACK
         66   A>B BYE
         66.04 B>A 200",
        "call-1 state=completed
         summary service.srd_success_ms.mean=1500 service.srd_success_ms.count=1 service.srd_failure_ms.count=0 \
                 service.sdd_ms.max=40 service.sdt_s.mean=60 service.sdt_failed_s.count=0 service.pdd_ms.p50=1500 \
                 service.scr_percent=100 service.acd_s=60 service.rrd_ms.mean=-",
    );
}

#[test]
fn a_forked_invite_has_a_request_delay_for_each_dialog() {
    // Both ring, one answers; the INVITE counts once (METRICS M4).
    check(
        "0    A>P INVITE
         0.01 P>B INVITE via+1
         0.01 P>C INVITE via+1
         0.3  B>P 180
         0.4  P>A 180
         0.5  C>P 180
         0.6  P>A 180
         2    B>P 200
         2.1  P>A 200
         2.2  P>C CANCEL
         2.3  C>P 200
         2.4  C>P 487
         2.5  P>C ACK
         2.6  A>B ACK",
        "call-1 state=answered
         summary service.attempts=1 service.invites=1 service.srd_success_ms.count=2 service.srd_success_ms.min=400 \
                 service.srd_success_ms.max=600 service.srd_failure_ms.count=0 service.pdd_ms.count=1 \
                 service.pdd_ms.max=400 service.begun_mid_path=0",
    );
    // Both ring and both refuse: each is a failed request's delay.
    check(
        "0    A>P INVITE
         0.1  P>A 180 tag=b1
         0.3  P>A 180 tag=c1
         9    P>A 603 to-tag=b1
         9.1  A>P ACK",
        "call-1 state=rejected findings=sip.refused
         summary service.srd_success_ms.count=0 service.srd_failure_ms.count=2 service.srd_failure_ms.mean=200",
    );
}

#[test]
fn a_challenged_invite_is_one_attempt_and_two_invites() {
    check(
        "0    A>P INVITE
         0.03 P>A 407
         0.04 A>P ACK
         0.05 A>P INVITE auth
         1    P>A 180
         4    P>A 200
         4.1  A>P ACK",
        "call-1 state=answered
         summary service.attempts=1 service.invites=2 service.ser_percent=100 service.srd_success_ms.mean=1000",
    );
}

#[test]
fn delays_seen_behind_a_proxy_say_so() {
    check(
        "~0    A>P INVITE
         0.05  P>B INVITE via+1
         0.15  B>P 180
         2     B>P 200
         2.1   P>B ACK",
        "call-1 state=answered
         summary service.begun_mid_path=1 service.srd_success_ms.mean=100",
    );
}

#[test]
fn redirection_and_challenge_are_inside_the_request_delay() {
    // RFC 6076 section 5.3.
    check(
        "0    A>B INVITE
         0.05 B>A 302
         0.06 A>B ACK
         0.07 A>B INVITE
         1.2  B>A 180
         3    B>A 200
         3.1  A>B ACK",
        "call-1 state=answered
         summary service.attempts=2 service.srd_success_ms.mean=1200 service.srd_success_ms.count=1 \
                 service.srd_failure_ms.count=0 service.ser_percent=100",
    );
}

#[test]
fn a_release_that_nobody_answers() {
    // RFC 6076 section 4.5.2: the session lasts until Timer F.
    check(
        "0    A>B INVITE
         2    B>A 200
         2.1  A>B ACK
         20   A>B BYE
         60   A>C keepalive",
        "call-1 state=completed findings=sip.request-timeout
         summary service.sdd_ms.count=0 service.sdt_s.count=0 service.sdt_failed_s.mean=50 service.scr_percent=0",
    );
}

#[test]
fn a_refused_call_has_its_own_request_delay() {
    check(
        "0    A>B INVITE\n0.5 B>A 486\n0.6 A>B ACK",
        "call-1 state=rejected findings=sip.refused
         summary service.srd_failure_ms.mean=500 service.srd_success_ms.count=0",
    );
}

#[test]
fn by_peers_and_by_user_agents() {
    check(
        "0   A>B INVITE call=1 h('User-Agent: Phone')
         0.1 B>A 200 call=1 h('Server: Gateway')
         0.2 A>B ACK call=1
         1   A>C INVITE call=2 h('User-Agent: Phone')
         1.1 C>A 503 call=2
         1.2 A>C ACK call=2
         2   A>C REGISTER call=3 h('User-Agent: Phone')
         2.1 C>A 403 call=3",
        "call-1 state=answered
         call-2 state=failed findings=sip.refused
         registration-1 state=failed findings=registration.refused
         summary by_peer.groups[].from=192.0.2.10,192.0.2.10 by_peer.groups[].to=203.0.113.30,198.51.100.20 \
                 by_peer.groups[].figures.attempts=1,1 by_peer.groups[].figures.registration_attempts=1,0 \
                 by_peer.groups[].figures.asr_percent=0,100 by_peer.groups[].figures.isa_percent=100,0 \
                 by_peer.groups[].figures.ira_percent=100,- by_peer.rest.groups=0 \
                 by_user_agent.groups[].user_agent=Phone,-,Gateway by_user_agent.groups[].side=caller,callee,callee \
                 by_user_agent.groups[].figures.attempts=2,1,1 registrations.ira_percent=100",
    );
}

#[test]
fn every_registration_has_its_delay() {
    check(
        "0    A>P REGISTER expires=60
         0.1  P>A 200 expires=60
         30   A>P REGISTER expires=60
         30.3 P>A 200 expires=60",
        "registration-1 state=registered
         summary service.rrd_ms.count=2 service.rrd_ms.min=100 service.rrd_ms.max=300 service.ira_percent=0",
    );
}
