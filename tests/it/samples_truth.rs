//! The samples, held against `samples/truth.json`: what tshark counts in each,
//! and what the software that made them counted itself.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::golden::samples;
use crate::program::output;

/// Where siplens has another figure than tshark 4.0.17: sample, what, and why.
const VERDICTS: &[(&str, &str, &str)] = &[
    (
        "several-contacts.pcap",
        "resends",
        "siplens: the INVITE of the second branch has a branch parameter of its own and another Request-URI, so it is another \
         transaction (RFC 3261 section 17.2.3, 16.6 step 8); tshark compares Call-ID, CSeq and addresses only, and both \
         branches go to one edge proxy",
    ),
    (
        "dtmf.pcap",
        "0x4df069b3 mean_jitter_ms",
        "siplens: telephone events carry no timing of their own (RFC 4733 section 2.5.2.3); tshark measures the first \
         packet after an event against the event's, and weighs its mean by packets that it leaves out",
    ),
    (
        "dtmf.pcap",
        "0x4df069b3 mean_delta_ms",
        "siplens: a mean over the packets that are regular; tshark's running mean counts the others in its weight",
    ),
];

fn truth() -> Map<String, Value> {
    let text = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/samples/truth.json"));
    serde_json::from_str(&text.unwrap()).unwrap()
}

fn report(sample: &str) -> Value {
    serde_json::from_str(&output(&["analyze", "--json", sample])).unwrap()
}

fn rows<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().unwrap().iter()
}

/// All messages of a report, whatever they belong to.
fn messages(report: &Value) -> impl Iterator<Item = &Value> {
    ["calls", "registrations", "dialogs"]
        .into_iter()
        .flat_map(|list| rows(report, list))
        .flat_map(|conversation| rows(conversation, "messages"))
}

/// How often each value occurs.
fn each<'a>(values: impl Iterator<Item = &'a Value>) -> Map<String, Value> {
    let mut counts = BTreeMap::<String, u64>::new();
    for value in values.filter(|value| !value.is_null()) {
        let name = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        *counts.entry(name).or_default() += 1;
    }
    counts.into_iter().map(|(name, count)| (name, count.into())).collect()
}

/// One fact of a sample: what it is, and both figures.
struct Fact {
    what: String,
    truth: Value,
    ours: Value,
}

impl Fact {
    fn new(what: &str, truth: &Value, ours: impl Into<Value>) -> Self {
        Self { what: what.to_owned(), truth: truth.clone(), ours: ours.into() }
    }

    /// Counts are exact; milliseconds agree to tshark's last digit.
    fn agrees(&self) -> bool {
        match (self.truth.as_f64(), self.ours.as_f64()) {
            (Some(truth), Some(ours)) if self.what.ends_with("_ms") => {
                (truth - ours).abs() < 0.0011
            }
            _ => self.truth == self.ours,
        }
    }
}

fn facts(truth: &Value, report: &Value) -> Vec<Fact> {
    let sip = &truth["sip"];
    let requests = messages(report).filter(|message| message["status"].is_null());
    let count = messages(report).count();
    let resent = messages(report).filter(|message| !message["retransmission_of"].is_null()).count();
    let mut facts = vec![
        Fact::new("frames", &truth["frames"], report["capture"]["counts"]["packets"].clone()),
        Fact::new("sip", &sip["messages"], count),
        Fact::new("requests", &sip["requests"], each(requests.map(|message| &message["method"]))),
        Fact::new("responses", &sip["responses"], each(messages(report).map(|m| &m["status"]))),
        Fact::new("call_ids", &sip["call_ids"], each(messages(report).map(|m| &m["call_id"]))),
        Fact::new("resends", &sip["resends"], resent),
        Fact::new(
            "streams",
            &truth["rtp"].as_array().unwrap().len().into(),
            rows(report, "streams").count(),
        ),
    ];
    for stream in rows(truth, "rtp") {
        let name = format!(
            "{} > {} 0x{:08x}",
            stream["source"].as_str().unwrap(),
            stream["destination"].as_str().unwrap(),
            stream["ssrc"].as_u64().unwrap()
        );
        let end = |row: &Value, key: &str| {
            format!("{} {}", row[key]["ip"].as_str().unwrap(), row[key]["port"])
        };
        let ours = rows(report, "streams").find(|row| {
            name == format!(
                "{} > {} {}",
                end(row, "src"),
                end(row, "dst"),
                row["ssrc"].as_str().unwrap()
            )
        });
        let none = Value::Null;
        let ours = ours.unwrap_or(&none);
        for (what, figure) in [
            ("packets", &ours["packets"]),
            ("lost", &ours["lost"]),
            ("mean_jitter_ms", &ours["jitter_ms"]["mean"]),
            ("max_jitter_ms", &ours["jitter_ms"]["max"]),
            ("mean_delta_ms", &ours["delta_ms"]["mean"]),
            ("max_delta_ms", &ours["delta_ms"]["max"]),
        ] {
            facts.push(Fact::new(&format!("{name} {what}"), &stream[what], figure.clone()));
        }
    }
    facts
}

#[test]
fn samples_hold_what_tshark_counts() {
    let (truth, mut wrong) = (truth(), Vec::new());
    for sample in samples() {
        let name = sample.strip_prefix("samples/").unwrap();
        let counted = truth.get(name).unwrap_or_else(|| panic!("{name} has no truth"));
        for fact in facts(counted, &report(&sample)) {
            let verdict =
                VERDICTS.iter().any(|(file, what, _)| *file == name && fact.what.ends_with(what));
            if fact.agrees() == verdict {
                let word = if verdict { "a verdict, and agrees" } else { "differs" };
                let figures = format!("{} -> {}", fact.truth, fact.ours);
                wrong.push(format!("{name}: {}: {word}: {figures}", fact.what));
            }
        }
    }
    assert!(wrong.is_empty(), "tshark -> siplens\n{}", wrong.join("\n"));
}

/// What a phone sent is what arrived and what siplens says was lost.
#[test]
fn loss_is_what_the_firewall_dropped() {
    let truth = truth();
    let dropped = &truth["lossy-audio.pcap"]["software"]["nftables"]["dropped"];
    let report = report("samples/lossy-audio.pcap");
    let lost: u64 = rows(&report, "streams").map(|row| row["lost"].as_u64().unwrap()).sum();
    assert_eq!(Some(lost), dropped.as_u64());
    let sent = &truth["lossy-audio.pcap"]["software"]["baresip"]["alice"][0]["rtp_sent"];
    let callee = rows(&report, "streams").find(|row| row["direction"] == "caller_to_callee");
    assert_eq!(callee.unwrap()["expected"], *sent);
}
