//! ISUP bodies held against the dissection of tshark 4.0.17.

use serde_json::Value;

use crate::check::report_of;
use crate::scenario::Scenario;

/// What a message is, its octets (Q.763), and what tshark 4.0.17 prints of the fields
/// `isup.message_type isup.called isup.called_party_nature_of_address_indicator isup.calling
/// isup.address_presentation_restricted_indicator isup.original_called_number isup.redirecting
/// q931.cause_location isup.cause_indicator` with `-E aggregator='|'`, `-` for nothing.
#[rustfmt::skip]
const MESSAGES: &[(&str, &str, &str)] = &[
    ("IAM, called with ST, calling restricted, redirected twice", "01 00 60 01 0a 03 02 09 07 84 10 94 03 21 43 0f 0a 06 84 17 94 98 55 05 28 06 84 10 94 03 99 09 0b 05 03 14 30 21 43 13 02 33 02 00",
        "1 49301234F 4 4989555 1|0|1 4930999 031234 - -"),
    ("IAM, even number of digits, national, calling allowed", "01 00 20 00 0a 00 02 07 05 03 10 30 21 43 0a 05 03 13 03 55 06 00",
        "1 031234 3 305560 0 - - - -"),
    ("IAM, subscriber number, calling not available", "01 00 20 00 0a 00 02 06 04 01 10 55 05 0a 02 00 0b 00",
        "1 5550 1 - 2 - - - -"),
    ("IAM, network specific, no optional part", "01 00 20 00 0a 00 02 00 06 05 10 11 22 33 f4",
        "1 1122334F 5 - - - - - -"),
    ("ACM with a cause", "06 16 14 01 12 02 82 9f 00",
        "6 - - - - - - 2 31"),
    ("ACM", "06 16 14 00",
        "6 - - - - - - - -"),
    ("CPG with a cause", "2c 01 01 12 02 83 ff 00",
        "44 - - - - - - 3 127"),
    ("ANM", "09 00",
        "9 - - - - - - - -"),
    ("CON", "07 16 14 00",
        "7 - - - - - - - -"),
    ("REL user busy, remote public network", "0c 02 00 02 84 91",
        "12 - - - - - - 4 17"),
    ("REL normal, user", "0c 02 00 02 80 90",
        "12 - - - - - - 0 16"),
    ("REL normal unspecified, international network", "0c 02 00 02 87 9f",
        "12 - - - - - - 7 31"),
    ("REL with a recommendation octet", "0c 02 00 03 04 80 95",
        "12 - - - - - - 4 21"),
    ("REL interworking, beyond the interworking point", "0c 02 00 02 8a ff",
        "12 - - - - - - 10 127"),
    ("REL unallocated, local public network", "0c 02 00 02 82 81",
        "12 - - - - - - 2 1"),
    ("REL with a diagnostic", "0c 02 00 04 85 96 01 02",
        "12 - - - - - - 5 22"),
    ("RLC", "10 00",
        "16 - - - - - - - -"),
    ("SUS", "0d 01 00",
        "13 - - - - - - - -"),
    ("RES", "0e 01 00",
        "14 - - - - - - - -"),
    ("SAM", "02 02 00 03 00 21 43",
        "2 - - - - - - - -"),
];

/// The abbreviations of the message types above (Q.763 table 4).
fn message(code: &str) -> &'static str {
    match code {
        "1" => "IAM",
        "2" => "SAM",
        "6" => "ACM",
        "7" => "CON",
        "9" => "ANM",
        "12" => "REL",
        "13" => "SUS",
        "14" => "RES",
        "16" => "RLC",
        "44" => "CPG",
        other => panic!("type {other}"),
    }
}

/// Natures of address (Q.763 section 3.9).
fn nature(code: &str) -> &'static str {
    match code {
        "-" => "-",
        "1" => "subscriber",
        "3" => "national",
        "4" => "international",
        "5" => "network specific",
        other => panic!("nature {other}"),
    }
}

/// Presentation of the calling number (Q.763 section 3.10).
fn presentation(code: &str) -> &'static str {
    match code {
        "-" => "-",
        "0" => "allowed",
        "1" => "restricted",
        "2" => "not available",
        other => panic!("presentation {other}"),
    }
}

/// Locations (Q.850 section 2.2.3).
fn location(code: &str) -> &'static str {
    match code {
        "-" => "-",
        "0" => "user",
        "2" => "public network serving the local user",
        "3" => "transit network",
        "4" => "public network serving the remote user",
        "5" => "private network serving the remote user",
        "7" => "international network",
        "10" => "network beyond the interworking point",
        other => panic!("location {other}"),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) if text.is_empty() => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[test]
fn isup_is_what_tshark_reads() {
    for (what, octets, dissected) in MESSAGES {
        let fields: Vec<_> = dissected.split(' ').collect();
        let [kind, called, of_called, calling, presented, original, redirecting, place, cause] =
            fields[..]
        else {
            panic!("{dissected}");
        };
        let ladder = format!("0 A>B INVITE hex('application/isup;version=itu-t92+', {octets})");
        let report = report_of(&Scenario::parse(&ladder));
        let ours = &report["calls"][0]["identity"]["isup"][0];
        // A final F is the end of the number (ST), no digit of it.
        let digits = |number: &str| number.trim_end_matches('F').to_owned();
        let first = presented.split('|').next().unwrap();
        let expected = [
            message(kind).to_owned(),
            digits(called),
            nature(of_called).to_owned(),
            digits(calling),
            presentation(first).to_owned(),
            digits(original),
            digits(redirecting),
            location(place).to_owned(),
            cause.to_owned(),
        ];
        let redirected = |index: usize| text(&ours["redirected_from"][index]["digits"]);
        let got = [
            text(&ours["message"]),
            text(&ours["called"]["digits"]),
            text(&ours["called"]["nature"]),
            text(&ours["calling"]["digits"]),
            text(&ours["calling"]["presentation"]),
            redirected(0),
            redirected(1),
            text(&ours["cause_location"]),
            text(&ours["cause"]),
        ];
        assert_eq!(got, expected, "{what}");
    }
}
