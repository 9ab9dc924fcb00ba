//! Who is who and by which way: asserted identities, diversions, signatures,
//! emergency marks, ISUP.

use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use siplens::report::stir::Certificates;
use siplens::report::{Context, Options, build};

use crate::check::{check, options, snapshot_of};
use crate::scenario::Scenario;
use crate::schema;

#[test]
fn asserted_and_preferred_identities() {
    check(
        r#"0    A>P INVITE h('P-Preferred-Identity: "Alice" <sip:alice@example.com>') h('Privacy: id;header')
           0.01 P>B INVITE via+1 h('P-Asserted-Identity: "Alice" <sip:+4930123@example.com>, <tel:+4930123>') h('Privacy: id;header')
           0.1  B>P 200 h('P-Asserted-Identity: <tel:+4930777>')
           0.11 P>A 200 h('P-Asserted-Identity: <tel:+4930777>')"#,
        r"call-1 state=answered identity.p_preferred_identity[].user=alice identity.p_preferred_identity[].of=caller
                  identity.p_asserted_identity[].uri=sip:+4930123@example.com,tel:+4930123,tel:+4930777
                  identity.p_asserted_identity[].user=+4930123,+4930123,+4930777
                  identity.p_asserted_identity[].of=caller,caller,callee
                  identity.p_asserted_identity[].frame=2,2,3 identity.privacy[]=id,header
                  identity.request_uris[]=sip:bob@example.com"
            .replace("\n                  ", " ")
            .as_str(),
    );
}

#[test]
fn remote_party_id_with_its_parameters() {
    check(
        r#"0   A>B INVITE h('Remote-Party-ID: "Al" <sip:100@pbx>;party=calling;screen=yes;privacy=off')
           0.1 B>A 486
           0.2 A>B ACK"#,
        "call-1 state=rejected findings=sip.refused identity.remote_party_id[].display_name=Al \
                identity.remote_party_id[].party=calling identity.remote_party_id[].screen=yes \
                identity.remote_party_id[].privacy=off identity.p_asserted_identity=-",
    );
}

#[test]
fn a_diverted_call_and_its_history() {
    // RFC 5806 section 4; RFC 7044 section 5: a Reason inside the URI says why a branch was left.
    check(
        "0   A>B INVITE h('Diversion: <tel:+4930200>;reason=no-answer;counter=2;privacy=off;screen=no') \
                 h('Diversion: <sip:100@example.com>;reason=user-busy') \
                 h('History-Info: <sip:100@example.com?Reason=SIP%3Bcause%3D486%3Btext%3D%22Busy%22>;index=1') \
                 h('History-Info: <sip:200@example.com;cause=408?Privacy=history>;index=1.1;mp=1, <sip:bob@192.0.2.4>;index=1.1.1;rc=1.1')
         0.1 B>A 486
         0.2 A>B ACK",
        "call-1 state=rejected findings=sip.refused identity.diversion[].user=+4930200,100 \
                identity.diversion[].reason=no-answer,user-busy identity.diversion[].counter=2,- \
                identity.history_info[].index=1,1.1,1.1.1 identity.history_info[].user=100,200,bob \
                identity.history_info[].protocol=SIP,-,- identity.history_info[].cause=486,408,- \
                identity.history_info[].text=Busy,-,- identity.history_info[].target=-,mp,rc \
                identity.history_info[].target_from=-,1,1.1 identity.history_info[].private=false,true,false",
    );
}

#[test]
fn the_next_hop_adds_why_a_branch_was_left() {
    check(
        "0    A>P INVITE h('History-Info: <sip:bob@example.com>;index=1')
         0.01 P>B INVITE via+1 h('History-Info: <sip:bob@example.com>;index=1, <sip:bob@b>;index=1.1')
         0.02 B>P 486
         0.03 P>B ACK
         0.04 P>C INVITE via+1 h('History-Info: <sip:bob@example.com>;index=1, <sip:bob@b?Reason=SIP%3Bcause%3D486>;index=1.1, <sip:carol@c>;index=1.2')
         0.05 C>P 200
         0.06 P>A 200",
        "call-1 state=answered identity.history_info[].index=1,1.1,1.2 identity.history_info[].cause=-,486,-",
    );
}

#[test]
fn an_emergency_call_with_its_location() {
    check(
        "0   A>P INVITE uri=urn:service:sos.fire to='<urn:service:sos.fire>' h('Geolocation: <cid:x@a>, <https://lis.example/1>') \
                 h('Resource-Priority: esnet.1') body('multipart/mixed;boundary=q', '--q\\r\\nContent-Type: \
                 application/pidf+xml\\r\\n\\r\\n<presence><gml:pos>52.5 13.4</gml:pos></presence>\\r\\n--q--')
         0.1 P>A 200",
        "call-1 state=answered identity.emergency.service=urn:service:sos.fire identity.emergency.frame=1 \
                identity.emergency.location='52.5 13.4' identity.geolocation[]=cid:x@a,https://lis.example/1 \
                identity.resource_priority[]=esnet.1",
    );
}

#[test]
fn isup_in_sip() {
    // Q.763: an IAM for 49301234 from 4989555, and a REL with cause 17.
    check(
        "0   A>B INVITE hex('application/isup;version=itu-t92+', 01 00 60 01 0a 03 02 09 07 84 10 94 03 21 43 0f \
                 0a 06 84 13 94 98 55 05 00)
         0.1 B>A 486 hex('application/isup', 0c 02 00 02 84 91) h('Reason: Q.850;cause=17')
         0.2 A>B ACK",
        "call-1 state=rejected findings=sip.refused cause=17 identity.isup[].message=IAM,REL identity.isup[].from=caller,callee \
                identity.isup[].called.digits=49301234,- identity.isup[].called.nature=international,- \
                identity.isup[].calling.digits=4989555,- identity.isup[].cause=-,17 \
                identity.isup[].cause_text='-,User busy' identity.isup[].frame=1,2",
    );
}

#[test]
fn facts_beyond_the_cap_are_counted() {
    let many: Vec<String> =
        (0..100).map(|n| format!(" h('Diversion: <tel:{n}>;reason=unknown')")).collect();
    check(
        &format!("0 A>B INVITE{}\n0.1 B>A 200", many.concat()),
        "call-1 state=answered identity.dropped=36",
    );
}

#[test]
fn every_software_on_the_way() {
    check(
        "0    A>P INVITE h('User-Agent: Phone 1')
         0.01 P>A 100 h('Server: proxy')
         0.02 P>B INVITE via+1 h('User-Agent: Phone 1')
         0.1  B>P 200 h('Server: Gateway/2')
         0.11 P>A 200 h('Server: Gateway/2')",
        "call-1 state=answered identity.user_agents[]='Phone 1,proxy,Gateway/2'",
    );
}

/// The key of the certificate in `support/stir`.
const KEY: &str = "90d266a9bd36228be122d24eb03c2f5cec3c7bece85a6e64155c0a72725099a9";
/// Its file, from the folder of the package.
pub(crate) const CERTIFICATE_FILE: &str = "tests/support/stir/cert.pem";
const CERTIFICATE: &[u8] = include_bytes!("../support/stir/cert.pem");
/// 2026-01-01T00:00:00Z, when scenarios begin.
const THEN: i64 = 1_767_225_600;

fn sign(text: &str) -> String {
    let key: Vec<u8> =
        (0..64).step_by(2).map(|at| u8::from_str_radix(&KEY[at..at + 2], 16).unwrap()).collect();
    let signature: Signature = SigningKey::from_slice(&key).unwrap().sign(text.as_bytes());
    Base64UrlUnpadded::encode_string(&signature.to_bytes())
}

/// An Identity header field of `shaken`, signed `age` seconds before the scenario begins.
pub(crate) fn identity(orig: &str, age: i64) -> String {
    let encoded = |value: Value| Base64UrlUnpadded::encode_string(value.to_string().as_bytes());
    let header = json!({"alg": "ES256", "ppt": "shaken", "typ": "passport", "x5u": "https://c.example/c.pem"});
    let claims = json!({"attest": "A", "dest": {"tn": ["12155550131"]}, "iat": THEN - age,
        "orig": {"tn": orig}, "origid": "123e4567"});
    let signed = format!("{}.{}", encoded(header), encoded(claims));
    format!(
        "Identity: {signed}.{};info=<https://c.example/c.pem>;alg=ES256;ppt=shaken",
        sign(&signed)
    )
}

/// What the report says of the signed identities of a call with these header fields.
fn stir(fields: &[String], given: bool) -> Value {
    let fields: Vec<String> = fields.iter().map(|field| format!(" h('{field}')")).collect();
    let ladder = format!(
        "0 A>B INVITE from='<tel:+1-215-555-0121>' to='<sip:+12155550131@example.com>'{}\n0.1 B>A 200",
        fields.concat()
    );
    let snapshot = snapshot_of(&Scenario::parse(&ladder));
    let mut certificates = Certificates::default();
    if given {
        certificates.add_pem(CERTIFICATE).unwrap();
    }
    let options = Options { certificates, ..options() };
    let context = Context::new(&snapshot, &options);
    let report = serde_json::to_value(build(&context)).unwrap();
    schema::assert_valid(&report);
    report["calls"][0]["identity"].clone()
}

#[test]
fn a_signed_identity_is_taken_apart_and_checked() {
    let told = stir(&[identity("12155550121", 2)], true);
    let passport = &told["stir"][0];
    let expected = json!({"frame": 1, "form": "full", "alg": "ES256", "ppt": "shaken", "attest": "A",
        "origid": "123e4567", "iat": "2025-12-31T23:59:58Z", "age_s": 2.0, "fresh": true,
        "orig_matches": true, "dest_matches": true, "signature": "valid", "x5u": "https://c.example/c.pem",
        "orig": {"tn": ["12155550121"], "uri": []}, "dest": {"tn": ["12155550131"], "uri": []}, "div": null,
        "certificate": {"subject": "CN=SHAKEN 1234,O=Example Telephone", "issuer": "CN=SHAKEN 1234,O=Example Telephone",
            "not_before": "2025-01-01T00:00:00Z", "not_after": "2125-01-01T00:00:00Z", "valid_then": true}});
    assert_eq!(*passport, expected);
}

#[test]
fn signatures_that_are_old_of_others_or_unreadable() {
    let told = stir(&[identity("12155550199", 3600)], true);
    let passport = &told["stir"][0];
    assert_eq!((&passport["fresh"], &passport["orig_matches"]), (&json!(false), &json!(false)));
    // One bit of the claims is another, and the signature is no longer theirs.
    let honest = identity("12155550121", 0);
    let forged = identity("12155550122", 0);
    let token_of = |field: &str| field.split(';').next().unwrap().to_owned();
    let honest_signature = token_of(&honest).rsplit_once('.').unwrap().1.to_owned();
    let forged_token = token_of(&forged);
    let mixed = format!(
        "{}.{honest_signature};info=<https://c.example/c.pem>",
        forged_token.rsplit_once('.').unwrap().0
    );
    let states = |fields: &[String], given| {
        let told = stir(fields, given);
        told["stir"]
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["signature"].clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(states(std::slice::from_ref(&mixed), true), ["invalid"]);
    assert_eq!(states(&[mixed], false), ["unchecked"]);
    let short =
        format!("{};info=<https://c.example/c.pem>", honest.replace(&honest_signature, "c2ln"));
    assert_eq!(states(&[short], true), ["malformed"]);
    let told = stir(&["Identity: \"old RFC 4474\";alg=rsa-sha1".to_owned()], true);
    assert_eq!((&told["stir"], &told["stir_unreadable"]), (&json!([]), &json!([1])));
}

#[test]
fn the_compact_form_is_checked_by_what_the_message_says() {
    // RFC 8225 section 7: header and claims are built from the message.
    let encoded = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
    let header = encoded(r#"{"alg":"ES256","typ":"passport","x5u":"https://c.example/c.pem"}"#);
    let claims = encoded(&format!(
        r#"{{"dest":{{"tn":["12155550131"]}},"iat":{THEN},"orig":{{"tn":"12155550121"}}}}"#
    ));
    let signature = sign(&format!("{header}.{claims}"));
    let told = stir(
        &[
            format!("Identity: ..{signature};info=<https://c.example/c.pem>;alg=ES256"),
            "Date: Thu, 01 Jan 2026 00:00:00 GMT".to_owned(),
        ],
        true,
    );
    let passport = &told["stir"][0];
    assert_eq!((&passport["form"], &passport["signature"]), (&json!("compact"), &json!("valid")));
    assert_eq!((&passport["age_s"], &passport["orig_matches"]), (&json!(0.0), &Value::Null));
}

#[test]
fn files_that_hold_no_usable_certificate_are_refused() {
    let mut certificates = Certificates::default();
    assert!(certificates.add_pem(b"nothing").is_err());
    assert!(certificates.add_pem(b"").is_err());
}
