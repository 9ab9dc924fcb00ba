//! What the samples of calls, registrations and services show, in the terms of
//! what their scripts do. Times and identifiers differ with each remaking; these
//! facts do not.

use serde_json::{Value, json};

use crate::program::output;

fn report(sample: &str, options: &[&str]) -> Value {
    let path = format!("samples/{sample}.pcap");
    let arguments = [&["analyze", "--json"], options, &[&*path]].concat();
    serde_json::from_str(&output(&arguments)).unwrap()
}

fn rows<'a>(value: &'a Value, key: &str) -> &'a Vec<Value> {
    value[key].as_array().unwrap()
}

/// A field of each row.
fn each<'a>(value: &'a Value, key: &str, field: &str) -> Vec<&'a Value> {
    rows(value, key).iter().map(|row| &row[field]).collect()
}

#[test]
fn an_attended_transfer_is_three_calls_that_know_each_other() {
    let report = report("attended-transfer", &[]);
    let [talk, question, new] = &rows(&report, "calls")[..] else { panic!("not three calls") };
    let transfer = &talk["transfers"][0];
    assert_eq!(transfer["kind"], "attended");
    assert_eq!((&transfer["by"], &transfer["result"]), (&json!("caller"), &json!("succeeded")));
    assert_eq!(transfer["replaces"]["call"], question["id"]);
    assert_eq!(transfer["new_call"], new["id"]);
    assert_eq!(each(transfer, "reports", "status"), [100, 200]);
    assert_eq!(new["transferred_from"], talk["id"]);
    assert_eq!(new["names"][0]["dialog"]["call"], question["id"]);
    assert_eq!(
        (&talk["released_by"], &question["released_by"]),
        (&json!("caller"), &json!("callee"))
    );
}

#[test]
fn a_session_that_was_refreshed_once() {
    let report = report("session-timer", &[]);
    let timer = &report["calls"][0]["session_timer"];
    assert_eq!((&timer["interval_s"], &timer["refresher"]), (&json!(90), &json!("caller")));
    assert_eq!((rows(timer, "refresh_frames").len(), &timer["state"]), (1, &json!("expired")));
    assert_eq!(each(&report, "findings", "code"), ["sip.session-expired"]);
    assert_eq!(report["calls"][0]["released_by"], "callee");
}

#[test]
fn legs_that_only_session_id_joins() {
    let report = report("session-id", &[]);
    let [call] = &rows(&report, "calls")[..] else { panic!("not one call") };
    let link = &call["legs"][1];
    assert_eq!(link["confidence"], "certain");
    assert_eq!(each(link, "linked_by", "basis"), ["session_id", "session_id", "element"]);
    assert_eq!(
        (&call["caller"]["user"], &call["callee"]["user"]),
        (&json!("alice"), &json!("bob"))
    );
}

/// The roles of an address, a proxy's with whether it keeps transactions.
fn roles(report: &Value, address: &str) -> Vec<String> {
    let row = rows(report, "endpoints").iter().find(|row| row["address"] == address).unwrap();
    let name = |role: &Value| match role["stateful"].as_bool() {
        Some(stateful) => format!("{} stateful={stateful}", role["role"].as_str().unwrap()),
        None => role["role"].as_str().unwrap().to_owned(),
    };
    rows(row, "roles").iter().map(name).collect()
}

#[test]
fn kamailio_shows_its_roles() {
    let of = |sample: &str| roles(&report(sample, &[]), "192.0.2.5");
    assert_eq!(of("fork"), ["proxy stateful=true"]);
    assert_eq!(of("proxy-redirect"), ["proxy stateful=true", "redirect_server"]);
    assert_eq!(of("registration"), ["registrar"]);
    assert_eq!(of("subscriptions"), ["notifier"]);
    assert_eq!(of("several-contacts"), ["proxy stateful=true", "registrar"]);
    assert_eq!(roles(&report("several-contacts", &[]), "198.51.100.6"), ["proxy stateful=true"]);
    assert_eq!(of("session-id"), ["user_agent", "b2bua"]);
    assert_eq!(roles(&report("rtpengine-relay", &[]), "198.51.100.6"), ["media_relay"]);
}

#[test]
fn a_redirection_by_kamailio_is_followed() {
    let report = report("proxy-redirect", &[]);
    let redirection = &report["calls"][0]["redirections"][0];
    assert_eq!(redirection["contacts"], json!(["sip:carol@203.0.113.30"]));
    assert!(redirection["followed_frame"].is_u64());
    assert_eq!(report["summary"]["service"]["attempts"], 2);
    assert_eq!(report["summary"]["service"]["ser_percent"], 100.0);
}

#[test]
fn an_emergency_call_says_where_it_is() {
    let identity = &report("emergency", &[])["calls"][0]["identity"];
    assert_eq!(identity["emergency"]["service"], "urn:service:sos");
    assert_eq!(identity["emergency"]["location"], "48.2082 16.3738");
    assert_eq!(identity["geolocation"], json!(["cid:alice@example.com"]));
    assert_eq!(identity["resource_priority"], json!(["esnet.1"]));
}

#[test]
fn the_signature_of_the_sample_is_verified_with_its_certificate() {
    let with = report("identity", &["--cert", "samples/identity.pem"]);
    let passport = &with["calls"][0]["identity"]["stir"][0];
    assert_eq!(passport["signature"], "valid");
    // Fresh when it was captured, however long ago that is.
    assert_eq!((&passport["fresh"], &passport["attest"]), (&json!(true), &json!("A")));
    assert_eq!(
        (&passport["orig_matches"], &passport["dest_matches"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(passport["certificate"]["valid_then"], true);
    let without = report("identity", &[]);
    assert_eq!(without["calls"][0]["identity"]["stir"][0]["signature"], "unchecked");
    let other = report("identity", &["--cert", "tests/support/stir/cert.pem"]);
    assert_ne!(other["calls"][0]["identity"]["stir"][0]["signature"], "valid");
    let identity = &with["calls"][0]["identity"];
    assert_eq!(each(identity, "p_asserted_identity", "user"), ["+12155550121", "+12155550121"]);
    assert_eq!(each(identity, "diversion", "reason"), ["unconditional"]);
    assert_eq!(each(identity, "history_info", "index"), ["1", "1.1"]);
}

#[test]
fn two_phones_of_one_user() {
    let report = report("several-contacts", &[]);
    let [first, second] = &rows(&report, "registrations")[..] else { panic!("not two") };
    for (registration, refreshes) in [(first, 1), (second, 0)] {
        assert_eq!(registration["aor"], "sip:alice@example.com");
        assert_eq!(registration["path"], json!(["<sip:198.51.100.6;lr>"]));
        assert_eq!(
            (&registration["state"], &registration["removals"]),
            (&json!("unregistered"), &json!(1))
        );
        assert_eq!(registration["refreshes"], refreshes);
        assert_eq!(registration["challenge"]["scheme"], "Digest");
        assert_eq!(each(registration, "used_by", "call"), ["call-1"]);
        let own =
            rows(registration, "bindings").iter().find(|binding| binding["own"] == true).unwrap();
        assert!(
            own["public_gruu"].as_str().unwrap().starts_with("sip:alice@example.com;gr=urn:uuid:")
        );
        assert_eq!((&own["state"], &own["reg_id"]), (&json!("removed"), &json!(1)));
    }
    let call = &report["calls"][0];
    assert_eq!(
        (&call["forking"]["kind"], &call["forking"]["branches"]),
        (&json!("parallel"), &json!(2))
    );
    // Each message is followed over all its hops, so none looks sent again.
    assert!(rows(call, "messages").iter().all(|message| message["retransmission_of"].is_null()));
    assert_eq!(report["summary"]["service"]["srd_success_ms"]["count"], 2, "one for each dialog");
}

#[test]
fn bodies_of_event_packages_are_read_to_a_line() {
    let report = report("subscriptions", &[]);
    let bodies = |event: &str| -> Vec<String> {
        let of = |row: &&Value| {
            row["method"] == "SUBSCRIBE" && row["events"]["subscriptions"][0]["event"] == event
        };
        let dialog = rows(&report, "dialogs").iter().find(of).unwrap();
        let subscription = &dialog["events"]["subscriptions"][0];
        assert_eq!(
            (&subscription["state"], &subscription["notifies"]),
            (&json!("terminated"), &json!(3))
        );
        let texts = each(&dialog["events"], "bodies", "text");
        texts.into_iter().map(|text| text.as_str().unwrap().to_owned()).collect()
    };
    let twice = |text: &str| [text.to_owned(), text.to_owned()];
    assert_eq!(
        bodies("message-summary"),
        twice(
            "messages waiting for sip:alice@example.com: voice 2 new, 8 old (urgent 0 new, 2 old)"
        )
    );
    assert_eq!(
        bodies("dialog"),
        twice(
            "sip:bob@example.com (full): confirmed recipient, remote sip:dave@example.com, call a84b4c76"
        )
    );
    assert_eq!(
        bodies("reg"),
        twice("sip:bob@example.com active, sip:bob@198.51.100.20:5060 active (registered, 3600 s)")
    );
}

#[test]
fn peers_that_are_there_and_peers_that_are_not() {
    let report = report("keep-alive", &[]);
    let proxy =
        rows(&report, "endpoints").iter().find(|row| row["address"] == "192.0.2.5").unwrap();
    let reach =
        |peer: &str| rows(proxy, "reachability").iter().find(|row| row["peer"] == peer).unwrap();
    let bob = reach("198.51.100.20");
    assert_eq!(
        (&bob["state"], &bob["requests"], &bob["answered"]),
        (&json!("reachable"), &json!(3), &json!(3))
    );
    assert_eq!((&bob["last_status"], &bob["unanswered"]), (&json!(404), &json!(0)));
    assert!(bob["round_trip_ms"]["max"].as_f64().unwrap() < 100.0);
    // ICMP says so at once, silence after Timer F.
    let carol = reach("203.0.113.30");
    assert_eq!((&carol["state"], &carol["unanswered"]), (&json!("unreachable"), &json!(3)));
    let dave = reach("203.0.113.40");
    assert_eq!((&dave["state"], &dave["unanswered"]), (&json!("unreachable"), &json!(1)));
    assert_eq!(dave["round_trip_ms"]["mean"], Value::Null);
}
