//! What names people and places in a capture, as our own parser and Wireshark
//! find it.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

use siplens::base::limits::Limits;
use siplens::engine::messages::Messages;
use siplens::source::{FileSource, Source, Step};
use siplens::wire::frame::{Decoded, decode};
use siplens::wire::rtcp::{Packet, packets, sdes_items};
use siplens::wire::sip::{self, HeaderIndex, Name, NameAddr, Uri, lossy};
use siplens::wire::sniff::{Content, classify};

/// Names, numbers, domains, addresses, Call-IDs, tags, branches.
#[derive(Default)]
pub(super) struct Tokens {
    words: BTreeSet<String>,
    addresses: BTreeSet<IpAddr>,
}

/// Names that are words of the protocols or of products, or nobody's.
const WORDS: &[&str] = &[
    "anonymous",
    "Anonymous",
    "asterisk",
    "Asterisk",
    "localhost",
    "unknown",
    "test",
    "invalid",
    "voice",
    "user",
    "phone",
    "server",
    "service",
    "anonymous.invalid",
    "sipp",
    "conference",
    "example",
    "sipvicious",
    "talk",
    "term",
    "orig",
    "mobile",
    "home",
    "linphone",
    "voip",
    "Unknown",
    "SIPPS",
    "user1",
    "FreeSWITCH",
    "unavailable",
    "b2bua",
    "auto",
    "proxy",
    "root",
];
/// Shortest name, and shortest number, that is no accident.
const NAME: usize = 4;
const NUMBER: usize = 6;

impl Tokens {
    pub(super) fn of(capture: &Path) -> Self {
        let mut tokens = Self::default();
        tokens.add(capture);
        tokens
    }

    /// Adds those of a capture.
    pub(super) fn add(&mut self, capture: &Path) {
        let mut source = FileSource::open(capture, 0).unwrap();
        let mut messages = Messages::new(Limits::default());
        loop {
            match source.next_frame() {
                Ok(Step::Frame(frame)) => {
                    match decode(&frame) {
                        Ok(Decoded::Udp(datagram)) => {
                            self.address(datagram.flow.src.ip);
                            self.address(datagram.flow.dst.ip);
                            if let Content::Rtcp(bytes) =
                                classify(datagram.payload, datagram.missing)
                            {
                                self.described(bytes);
                            }
                        }
                        Ok(Decoded::Tcp(segment)) => {
                            self.address(segment.flow.src.ip);
                            self.address(segment.flow.dst.ip);
                        }
                        _ => {}
                    }
                    messages.push(&frame, &mut |found| self.message(found.bytes));
                }
                Ok(Step::Idle | Step::End) => break,
                Err(_) => {}
            }
        }
        self.by_wireshark(capture);
    }

    fn by_wireshark(&mut self, capture: &Path) {
        const FIELDS: [&str; 12] = [
            "sip.from.user",
            "sip.to.user",
            "sip.from.host",
            "sip.to.host",
            "sip.Call-ID",
            "sip.from.tag",
            "sip.to.tag",
            "sip.display.info",
            "sip.contact.user",
            "sip.pai.user",
            "sdp.owner.username",
            "rtcp.sdes.text",
        ];
        let mut command = Command::new("tshark");
        command.arg("-r").arg(capture).args([
            "-T",
            "fields",
            "-E",
            "separator=\u{1}",
            "-E",
            "aggregator=\u{2}",
        ]);
        for field in FIELDS {
            command.args(["-e", field]);
        }
        // Without Wireshark our own parser is the only witness.
        let Ok(output) = command.output() else { return };
        for token in String::from_utf8_lossy(&output.stdout).split(['\u{1}', '\u{2}', '\n']) {
            self.word(token.trim_matches('"'));
        }
    }

    fn described(&mut self, bytes: &[u8]) {
        for packet in packets(bytes).flatten() {
            if let Packet::Sdes(body) = packet {
                sdes_items(body).for_each(|item| self.word(&lossy(item.text)));
            }
        }
    }

    fn message(&mut self, bytes: &[u8]) {
        let mut index = HeaderIndex::default();
        let Ok(message) = sip::parse(bytes, &mut index) else { return };
        self.word(&lossy(message.call_id().unwrap_or_default()));
        message.request_uri().into_iter().for_each(|uri| self.uri(uri));
        let named = [
            Name::From,
            Name::To,
            Name::Contact,
            Name::Route,
            Name::RecordRoute,
            Name::PAssertedIdentity,
            Name::RemotePartyId,
            Name::ReferTo,
            Name::ReferredBy,
            Name::Diversion,
            Name::Path,
        ];
        for name in named {
            for element in message.elements(name) {
                let Some(address) = NameAddr::parse(element) else { continue };
                self.uri(address.uri);
                address.display_name().iter().for_each(|name| self.word(name));
                address.tag().iter().for_each(|tag| self.word(&lossy(tag)));
            }
        }
        for via in message.elements(Name::Via).filter_map(sip::Via::parse) {
            self.word(&lossy(via.host));
            let branch = lossy(via.branch().unwrap_or_default()).into_owned();
            self.word(branch.strip_prefix("z9hG4bK").unwrap_or(&branch));
        }
        for name in [
            Name::Authorization,
            Name::ProxyAuthorization,
            Name::WwwAuthenticate,
            Name::ProxyAuthenticate,
        ] {
            for value in message.values(name) {
                let text = lossy(value).into_owned();
                for secret in ["nonce=\"", "response=\"", "username=\"", "cnonce=\"", "realm=\""] {
                    let found = text.split(secret).nth(1).and_then(|rest| rest.split('"').next());
                    self.word(found.unwrap_or_default());
                }
            }
        }
        for line in
            message.body.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"c=IN IP"))
        {
            let address = lossy(line).trim().rsplit(' ').next().unwrap_or_default().to_owned();
            self.word(address.split('/').next().unwrap_or_default());
        }
    }

    fn uri(&mut self, uri: &[u8]) {
        let Some(uri) = Uri::parse(uri) else { return };
        uri.user_text().iter().for_each(|user| self.word(user));
        self.word(&lossy(uri.host));
    }

    fn address(&mut self, ip: IpAddr) {
        let nobody =
            ["0.0.0.0", "255.255.255.255", "::", "::1"].map(|ip| ip.parse::<IpAddr>().unwrap());
        if !nobody.contains(&ip) && !ip.is_multicast() {
            self.addresses.insert(ip);
        }
    }

    fn word(&mut self, word: &str) {
        let word = word.trim();
        if let Ok(ip) = word.trim_matches(['[', ']']).parse() {
            return self.address(ip);
        }
        let figures = word.bytes().filter(u8::is_ascii_digit).count();
        let long_enough =
            if figures == word.len() { word.len() >= NUMBER } else { word.len() >= NAME };
        let nil = word.bytes().all(|byte| byte == b'0' || !byte.is_ascii_alphanumeric());
        // Four hexadecimal figures may be any part of an address; a codec is no name.
        let accident = word.len() == 4 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
        let codec = word.ends_with("000") && word.contains('/') || word.ends_with("000/2");
        if long_enough && !nil && !accident && !codec && !WORDS.contains(&word) {
            self.words.insert(word.to_owned());
        }
    }

    /// What of it stands in bytes.
    pub(super) fn left_in<'t>(&'t self, bytes: &'t [u8]) -> impl Iterator<Item = String> + 't {
        let words = self.words.iter().map(String::clone);
        let addresses = self.addresses.iter().map(ToString::to_string);
        words.chain(addresses).filter(|token| stands_in(token.as_bytes(), bytes))
    }

    /// Which addresses stand in bytes as packets have them.
    pub(super) fn addresses_in<'t>(&'t self, bytes: &'t [u8]) -> impl Iterator<Item = String> + 't {
        let binary = self.addresses.iter().filter(|ip| match ip {
            // Four bytes with zeros among them stand anywhere.
            IpAddr::V4(ip) => {
                let octets = ip.octets();
                octets.iter().all(|octet| *octet > 3) && find(&octets, bytes).is_some()
            }
            IpAddr::V6(ip) => find(&ip.octets(), bytes).is_some(),
        });
        binary.map(|ip| format!("{ip} in binary"))
    }
}

fn find(token: &[u8], bytes: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, token)
}

/// Whether a token stands in bytes as a word of its own.
fn stands_in(token: &[u8], bytes: &[u8]) -> bool {
    let word = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
    memchr::memmem::find_iter(bytes, token).any(|at| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        !word(before) && !word(bytes.get(at + token.len()))
    })
}
