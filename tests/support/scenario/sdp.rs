//! Session descriptions of a scenario (RFC 8866), and what they announced.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::hosts::Hosts;
use super::words::{Place, Word, Words};

/// A payload type, its name and clock, and its channels if it has several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Payload {
    pub(crate) number: u8,
    pub(crate) name: String,
    pub(crate) clock_hz: u32,
    channels: &'static str,
}

/// A media section: where its sender receives, and what.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Section {
    pub(crate) at: SocketAddr,
    /// The host that the section names, where it does.
    host: Option<String>,
    kind: String,
    pub(crate) payloads: Vec<Payload>,
    profile: &'static str,
    attributes: Vec<String>,
}

/// Name, usual payload type, clock, channels.
const CODECS: &[(&str, u8, u32, &str)] = &[
    ("PCMU", 0, 8_000, ""),
    ("GSM", 3, 8_000, ""),
    ("PCMA", 8, 8_000, ""),
    ("G722", 9, 8_000, ""),
    ("CN", 13, 8_000, ""),
    ("G729", 18, 8_000, ""),
    ("opus", 96, 48_000, "/2"),
    ("iLBC", 97, 8_000, ""),
    ("AMR", 98, 8_000, ""),
    ("H264", 99, 90_000, ""),
    ("speex", 100, 16_000, ""),
    ("telephone-event", 101, 8_000, ""),
];

/// Reads `A:4000 PCMU opus/111 sendonly; video A:4002 H264`.
pub(crate) fn parse(text: &str, hosts: &Hosts, place: &Place) -> Vec<Section> {
    text.split(';').map(|section| Section::parse(section, hosts, place)).collect()
}

impl Section {
    fn parse(text: &str, hosts: &Hosts, place: &Place) -> Self {
        let mut words = Words::parse(text, place);
        let mut kind = "audio".to_owned();
        if matches!(words.peek(), Some(Word::Bare(word)) if ["video", "image"].contains(&&**word)) {
            kind = words.argument("(");
        }
        let endpoint = words.argument("the kind of media");
        let host = endpoint.split(':').next().filter(|name| hosts.find(name).is_some());
        let mut section = Self {
            at: hosts.endpoint(&endpoint, place),
            host: host.map(str::to_owned),
            kind,
            payloads: Vec::new(),
            profile: "RTP/AVP",
            attributes: Vec::new(),
        };
        for name in ["ptime", "maxptime", "extmap", "fmtp"] {
            if let Some(value) = words.value(name) {
                section.attributes.push(format!("{name}:{value}"));
            }
        }
        while let Some(word) = words.bare() {
            section.word(&word, place);
        }
        words.finish();
        section
    }

    fn word(&mut self, word: &str, place: &Place) {
        match word {
            "sendrecv" | "sendonly" | "recvonly" | "inactive" => {
                self.attributes.push(word.to_owned());
            }
            "mux" => self.attributes.push("rtcp-mux".to_owned()),
            "t38" => self.profile = "udptl",
            "srtp" => {
                self.profile = "RTP/SAVP";
                let key = "WVNfX19zZW1jdGwgKCkgewkyMjA7fQp9CnVubGVz";
                self.attributes.push(format!("crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}"));
            }
            codec => self.payloads.push(Payload::parse(codec, place)),
        }
    }

    fn text(&self) -> String {
        let formats: Vec<_> =
            self.payloads.iter().map(|payload| payload.number.to_string()).collect();
        let formats = if self.profile == "udptl" { "t38".to_owned() } else { formats.join(" ") };
        let mut text = format!("m={} {} {} {formats}\r\n", self.kind, self.at.port(), self.profile);
        text += &connection(self.at);
        let maps = self.payloads.iter().map(|payload| {
            let Payload { number, name, clock_hz, channels } = payload;
            format!("a=rtpmap:{number} {name}/{clock_hz}{channels}\r\n")
        });
        text.extend(maps);
        text.extend(self.attributes.iter().map(|attribute| format!("a={attribute}\r\n")));
        text
    }
}

impl Payload {
    /// Reads `PCMU` or `opus/111`; an unknown name needs its type: `X-NEW/120`.
    fn parse(text: &str, place: &Place) -> Self {
        let (name, payload_type) = text.split_once('/').unzip();
        let name = name.unwrap_or(text);
        let known = CODECS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(name));
        let payload_type = payload_type
            .map(|number| place.number(number))
            .or(known.map(|(_, payload_type, ..)| *payload_type));
        let (clock_hz, channels) =
            known.map_or((8_000, ""), |(_, _, clock, channels)| (*clock, *channels));
        let why = &format!("has the unknown codec {name} without a payload type");
        let payload_type = place.need(payload_type, why);
        Self { number: payload_type, name: name.to_owned(), clock_hz, channels }
    }
}

fn connection(at: SocketAddr) -> String {
    format!("c=IN IP{} {}\r\n", if at.is_ipv4() { 4 } else { 6 }, at.ip())
}

/// The description of sections.
pub(crate) fn text(sections: &[Section]) -> String {
    let Some(first) = sections.first() else { return String::new() };
    let origin = connection(first.at).replacen("c=", "o=- 1 1 ", 1);
    let sections: String = sections.iter().map(Section::text).collect();
    format!("v=0\r\n{origin}s=-\r\nt=0 0\r\n{sections}")
}

/// What was announced last: by call, and by who receives there.
#[derive(Default)]
pub(crate) struct Announced {
    latest: BTreeMap<(String, String), Section>,
}

impl Announced {
    /// Takes the sections that `sender` sent. A section that names a host is that
    /// host's, whoever passes it on.
    pub(crate) fn take(&mut self, call: &str, sender: &str, sections: &[Section]) {
        if let Some(section) = sections.iter().find(|section| section.kind != "video") {
            let host = section.host.clone().unwrap_or_else(|| sender.to_owned());
            self.latest.insert((call.to_owned(), host), section.clone());
        }
    }

    /// The latest section of a host.
    pub(crate) fn of(&self, call: &str, host: &str) -> Option<&Section> {
        self.latest.get(&(call.to_owned(), host.to_owned()))
    }
}
