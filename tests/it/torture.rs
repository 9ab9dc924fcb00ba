//! Torture: every message of RFC 4475 and RFC 5118, and SIP that is worse. The
//! valid ones have exactly the fields that the RFC names, the others are
//! reported with their reason, none is dropped, and none takes more than its length.

mod bombs;
mod notation;

use std::collections::BTreeMap;

use serde_json::Value;
use siplens::wire::malformed::Reason;
use siplens::wire::sdp;
use siplens::wire::sip::body::{for_each_part, session_description};
use siplens::wire::sip::{
    self, HeaderIndex, Message, Name, NameAddr, StartLine, Uri, Via, lossy, unfold,
};

use self::notation::{Torture, messages};
use crate::capture_file::{MICROS, Order, pcap_header, pcap_record};
use crate::program::{run_with, siplens};

/// `LINKTYPE_RAW`.
const RAW_IP: u16 = 101;

fn text(bytes: &[u8]) -> String {
    lossy(bytes).into_owned()
}

fn words(items: impl Iterator<Item = String>) -> String {
    items.collect::<Vec<_>>().join(" ")
}

/// A URI with its parameters, as the header field has it.
fn via(element: &[u8]) -> String {
    let via = Via::parse(element).unwrap();
    let port = via.port.map_or_else(String::new, |port| format!(":{port}"));
    let branch = via.branch().unwrap_or_default();
    format!("{}/{}{port}/{}", text(via.transport), text(via.host), text(branch))
}

fn request_uri<'a>(message: &Message<'a>) -> Uri<'a> {
    let StartLine::Request { uri, .. } = message.start else { panic!("a response") };
    Uri::parse(uri).unwrap()
}

fn contacts<'a>(message: &Message<'a>) -> Vec<NameAddr<'a>> {
    message.elements(Name::Contact).map(|contact| NameAddr::parse(contact).unwrap()).collect()
}

/// What the message has for a fact's key, in the words of the data.
fn fact(message: &Message<'_>, key: &str) -> String {
    let some = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let (who, what) = key.split_once('.').unwrap_or((key, ""));
    match (who, what) {
        ("method" | "uri", "") => match message.start {
            StartLine::Request { method_text, .. } if who == "method" => text(method_text),
            StartLine::Request { uri, .. } => text(uri),
            StartLine::Response { .. } => "-".to_owned(),
        },
        ("status", _) => some(message.status().map(|status| status.to_string())),
        ("reason", _) => match message.start {
            StartLine::Response { reason, .. } => text(reason),
            StartLine::Request { .. } => "-".to_owned(),
        },
        ("uri", "user") => some(request_uri(message).user_text()),
        ("uri", "host") => text(request_uri(message).host),
        ("uri", "port") => some(request_uri(message).port.map(|port| port.to_string())),
        ("uri", "params") => names(request_uri(message).params),
        ("from" | "to", _) => {
            let address = if who == "from" { message.from() } else { message.to() }.unwrap();
            match what {
                "uri" => text(address.uri),
                "name" => some(address.display_name()),
                "tag" => some(address.tag().map(text)),
                "user" => some(address.parsed_uri().unwrap().user_text()),
                "port" => some(address.parsed_uri().unwrap().port.map(|port| port.to_string())),
                other => panic!("{other}"),
            }
        }
        ("call-id", _) => some(message.call_id().map(text)),
        ("cseq", _) => {
            let cseq = message.cseq().unwrap();
            format!("{} {}", cseq.number, text(cseq.method_text))
        }
        ("vias", _) => words(message.elements(Name::Via).map(via)),
        ("via", parameter) => some(message.via().unwrap().params.text(parameter)),
        ("hops", _) => message.via_count().to_string(),
        ("contacts", _) => words(contacts(message).iter().map(|contact| text(contact.uri))),
        ("contact", "params") => names(contacts(message)[0].params),
        ("contact", "headers") => {
            some(contacts(message)[0].parsed_uri().unwrap().headers.map(text))
        }
        ("body", _) => message.body.len().to_string(),
        ("parts", _) => {
            let mut parts = Vec::new();
            for_each_part(message, |part| parts.push(text(part.media_type)));
            parts.join(" ")
        }
        ("media" | "connections", _) => {
            let description = sdp::parse(session_description(message).unwrap()).unwrap();
            words(description.media.iter().map(|media| match who {
                "media" => format!("{}:{}", format!("{:?}", media.kind).to_lowercase(), media.port),
                _ => description.connection_of(media).unwrap().ip.unwrap().to_string(),
            }))
        }
        _ => panic!("no fact is named {key}"),
    }
}

/// The names of parameters.
fn names(params: siplens::wire::sip::param::Params<'_>) -> String {
    words(params.iter().map(|(name, _)| text(name)))
}

/// A field by its name as sent.
fn field(message: &Message<'_>, name: &str) -> String {
    let value = message.fields().find(|(known, _)| *known == name.as_bytes());
    text(&unfold(value.unwrap_or_else(|| panic!("no field {name}")).1))
}

fn check(torture: &Torture) {
    let mut index = HeaderIndex::default();
    let message = sip::parse(&torture.bytes, &mut index).unwrap();
    for (key, expected) in &torture.facts {
        let found = match key.strip_prefix("field ") {
            Some(name) => field(&message, name),
            None => fact(&message, key),
        };
        assert_eq!(found, *expected, "{} ({}): {key}", torture.name, torture.section);
    }
    let problems: Vec<_> = message.faults.iter().map(Reason::code).collect();
    assert_eq!(problems, torture.problems, "{} ({})", torture.name, torture.section);
}

#[test]
fn rfc_4475() {
    let messages = messages(include_str!("torture/rfc4475.txt"));
    assert_eq!(messages.len(), 49);
    messages.iter().for_each(check);
}

#[test]
fn rfc_5118() {
    let messages = messages(include_str!("torture/rfc5118.txt"));
    assert_eq!(messages.len(), 12);
    messages.iter().for_each(check);
}

/// The bytes are those of the RFC's archive, where others have unpacked it.
#[test]
fn the_data_are_the_archives() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpus");
    let folder = std::env::var("SIPLENS_CORPUS").unwrap_or_else(|_| folder.to_owned());
    for torture in messages(include_str!("torture/rfc4475.txt")) {
        if let Ok(bytes) = std::fs::read(format!("{folder}/rfc4475/{}.dat", torture.name)) {
            assert_eq!(torture.bytes.escape_ascii().to_string(), bytes.escape_ascii().to_string());
        }
    }
}

/// A raw-IP capture of datagrams, one message each.
fn capture(messages: &[&[u8]]) -> Vec<u8> {
    let mut file = pcap_header(Order::Little, MICROS, RAW_IP);
    for (seconds, message) in (1_000..).zip(messages) {
        let mut packet = Vec::new();
        etherparse::PacketBuilder::ipv4([192, 0, 2, 1], [192, 0, 2, 2], 64)
            .udp(5060, 5060)
            .write(&mut packet, message)
            .unwrap();
        file.extend(pcap_record(Order::Little, seconds, 0, &packet));
    }
    file
}

/// The report of a capture, from the real program.
fn report(capture: &[u8]) -> Value {
    let run = run_with(siplens(&["analyze", "--json", "-"]), capture);
    assert_eq!((run.code, &*run.err), (0, ""));
    serde_json::from_str(&run.out).unwrap()
}

/// The problems of a report's capture but those of files: code and count.
fn problems(report: &Value) -> BTreeMap<String, u64> {
    let problems = report["capture"]["problems"].as_array().unwrap().iter();
    problems
        .map(|problem| {
            (problem["code"].as_str().unwrap().to_owned(), problem["count"].as_u64().unwrap())
        })
        .collect()
}

#[test]
fn all_of_them_in_one_capture_are_counted_listed_and_their_faults_reported() {
    let both = [include_str!("torture/rfc4475.txt"), include_str!("torture/rfc5118.txt")];
    for data in both {
        let messages = messages(data);
        let bytes: Vec<_> = messages.iter().map(|torture| torture.bytes.as_slice()).collect();
        let report = report(&capture(&bytes));
        assert_eq!(report["capture"]["counts"]["sip_messages"], messages.len());
        let mut expected = BTreeMap::new();
        for code in messages.iter().flat_map(|torture| &torture.problems) {
            *expected.entry(code.clone()).or_default() += 1;
        }
        assert_eq!(problems(&report), expected);
        // Every message with a Call-ID is in the list of its conversation.
        let listed: usize = ["calls", "registrations", "dialogs"]
            .iter()
            .flat_map(|list| report[list].as_array().unwrap())
            .map(|conversation| conversation["messages"].as_array().unwrap().len())
            .sum();
        let without = expected.get("sip.no-call-id").copied().unwrap_or(0);
        assert_eq!(listed as u64, messages.len() as u64 - without);
    }
}
