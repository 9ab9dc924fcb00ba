//! The SIP lines of a scenario. What follows from the lines above, a line need not say.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use super::call::{At, Call, Transaction, override_with};
use super::hosts::{Host, Hosts};
use super::message::{Message, phrase};
use super::sdp::{self, Announced};
use super::words::{Line, Words, unquote};

/// A message that a line sends.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) src: SocketAddr,
    pub(crate) dst: SocketAddr,
    /// Over TCP, and in how many segments.
    pub(crate) segments: Option<usize>,
    pub(crate) bytes: Vec<u8>,
}

/// The calls of a scenario, and everything sent so far.
#[derive(Default)]
pub(crate) struct Signalling {
    calls: BTreeMap<String, Call>,
    branches: BTreeMap<String, u32>,
    sent: Vec<(String, Sent)>,
}

const METHODS: &[&str] = &[
    "INVITE",
    "ACK",
    "BYE",
    "CANCEL",
    "REGISTER",
    "OPTIONS",
    "PRACK",
    "UPDATE",
    "INFO",
    "REFER",
    "SUBSCRIBE",
    "NOTIFY",
    "MESSAGE",
    "PUBLISH",
];

impl Signalling {
    /// The message of a line.
    pub(crate) fn line(
        &mut self,
        line: &mut Line,
        hosts: &Hosts,
        announced: &mut Announced,
    ) -> Sent {
        let words = &mut line.words;
        let what = words.argument("the hop");
        let (src, dst) = (hosts.get(&line.src, &words.place), hosts.get(&line.dst, &words.place));
        let label = words.value("call").unwrap_or_else(|| "1".to_owned());
        let at = At { label, src, dst, hosts };
        let status: Option<u16> = what.parse().ok();
        if status.is_none() && !METHODS.contains(&&*what) {
            words.place.fail(&format!("{what} is neither a method nor a status code"));
        }
        let method = if status.is_some() {
            METHODS.iter().copied().find(|method| words.flag(method)).map(str::to_owned)
        } else {
            Some(what.clone())
        };
        let mut name = format!("{} {}>{} {what}", at.label, src.name, dst.name);
        if words.flag("again") {
            if status.is_some()
                && let Some(method) = method
            {
                name = [name, method].join(" ");
            }
            let known = self.sent.iter().rev().find(|(known, _)| {
                *known == name || status.is_some() && known.starts_with(&format!("{name} "))
            });
            let known = words.place.need(known, "repeats what was not sent on that hop");
            return known.1.clone();
        }
        let mut message = Message::default();
        if let Some(status) = status {
            let method = self.response(&at, status, method.as_deref(), words, &mut message);
            name = [name, method].join(" ");
        } else {
            self.request(&at, &what, words, &mut message);
        }
        content(&at, words, &mut message, announced);
        let segments = words.value("segments").map(|count| words.place.number(&count));
        let endpoint = |words: &mut Words, key: &str, host: &Host| {
            words.value(key).map_or(host.at, |text| hosts.endpoint(&text, &words.place))
        };
        let sent = Sent {
            src: endpoint(words, "at", src),
            dst: endpoint(words, "towards", dst),
            segments: words.flag("tcp").then(|| segments.unwrap_or(1)),
            bytes: message.bytes(words.flag("compact")),
        };
        self.sent.push((name, sent.clone()));
        sent
    }

    fn request(&mut self, at: &At<'_>, method: &str, words: &mut Words, message: &mut Message) {
        let place = words.place.clone();
        let forwarded = words.flag("via+1");
        self.open_call(at, method, words);
        let own_via = self.via(at, words);
        let call = place.need(self.calls.get_mut(&at.label), "has no call");
        let mut new = if forwarded {
            let received =
                |known: &&Transaction| known.dst == at.src.name && known.method == method;
            let parent = call.transactions.iter().rev().find(received);
            let parent = place.need(parent, "forwards what its sender did not receive").clone();
            let vias = [vec![own_via], parent.vias.clone()].concat();
            Transaction { vias, ..parent }
        } else if matches!(method, "ACK" | "CANCEL") {
            let parent = call.invite_of(&at.src.name, &at.dst.name, method == "ACK");
            let parent = place.need(parent, "has no INVITE on its hop").clone();
            let final_to = parent.last.clone().filter(|_| method == "ACK");
            let hop_by_hop = final_to.as_ref().is_none_or(|(status, _)| *status >= 300);
            let (number, _) = parent.cseq.split_once(' ').unwrap_or_default();
            Transaction {
                cseq: format!("{number} {method}"),
                vias: if hop_by_hop { parent.vias[..1].to_vec() } else { vec![own_via] },
                to: final_to.map_or(parent.to.clone(), |(_, to)| to),
                ..parent
            }
        } else {
            call.begin(at, method, own_via)
        };
        (new.src, new.dst) = (at.src.name.clone(), at.dst.name.clone());
        (new.method, new.last) = (method.to_owned(), None);
        override_with(words, &mut new, method);
        message.start = format!("{method} {} SIP/2.0", new.uri);
        for via in &new.vias {
            message.add("Via", via);
        }
        message.add("Max-Forwards", if forwarded { "69" } else { "70" });
        new.identify(&call.id, message);
        if method == "PRACK" {
            message.add("RAck", format!("{} 1 INVITE", call.rseq));
        }
        if words.flag("auth") {
            let challenge = call.challenge.as_ref().filter(|(by, _)| *by == at.src.name);
            let (_, status) = place.need(challenge, "has no challenge to answer");
            let name = if *status == 401 { "Authorization" } else { "Proxy-Authorization" };
            let user = &at.src.user;
            message.add(name, format!("Digest username=\"{user}\", realm=\"example.com\""));
        }
        let has_contact = matches!(method, "INVITE" | "REGISTER" | "SUBSCRIBE" | "REFER");
        let usual = || if forwarded { new.contact.clone() } else { Some(at.src.contact()) };
        new.contact = words.value("contact").or_else(|| usual().filter(|_| has_contact));
        if let Some(contact) = new.contact.as_deref().filter(|contact| *contact != "-") {
            message.add("Contact", contact);
        }
        call.transactions.push(new);
    }

    /// Writes a response; returns the method that it answers.
    fn response(
        &mut self,
        at: &At<'_>,
        status: u16,
        method: Option<&str>,
        words: &mut Words,
        message: &mut Message,
    ) -> String {
        let place = words.place.clone();
        let call = place.need(self.calls.get_mut(&at.label), "answers in a call without requests");
        if let Some(tag) = words.value("tag") {
            call.tags.insert(at.src.name.clone(), tag);
        }
        let own_tag = call.tag_of(at.src, &at.label);
        let index = call.open_request(at, status, method);
        let index = place.need(index, "answers no open request of its hop");
        let mut answered = call.transactions[index].clone();
        let relayed = call.responses.iter().rev().find(|(receiver, known, cseq, _)| {
            *receiver == at.src.name && *known == status && *cseq == answered.cseq
        });
        let tag = relayed.map_or(own_tag, |(.., tag)| tag.clone());
        if status > 100 && !answered.to.contains(";tag=") {
            answered.to = format!("{};tag={tag}", answered.to);
        }
        override_with(words, &mut answered, "");
        let reason = words.quoted().unwrap_or_else(|| phrase(status).to_owned());
        message.start = format!("SIP/2.0 {status} {reason}");
        for via in &answered.vias {
            message.add("Via", via);
        }
        answered.identify(&call.id, message);
        let has_contact = matches!(
            (&*answered.method, status),
            ("INVITE", 101..=299) | ("SUBSCRIBE" | "REFER" | "UPDATE", 200..=299)
        );
        let bound = answered.contact.clone().filter(|contact| {
            answered.method == "REGISTER" && status < 300 && contact.starts_with('<')
        });
        let contact = words.value("contact").or(bound);
        let contact = contact.or_else(|| has_contact.then(|| at.src.contact()));
        if let Some(contact) = contact.filter(|contact| contact != "-") {
            message.add("Contact", contact);
        }
        if let 401 | 407 = status {
            let name = if status == 401 { "WWW-Authenticate" } else { "Proxy-Authenticate" };
            message.add(name, "Digest realm=\"example.com\", nonce=\"c0ffee\"");
            call.challenge = Some((at.dst.name.clone(), status));
        }
        if let Some(rseq) = words.value("rseq") {
            call.rseq = place.number(&rseq);
            message.add("Require", "100rel");
            message.add("RSeq", rseq);
        }
        call.learn(at, status, index, &answered);
        answered.method
    }

    /// The call of a line; a request outside any opens it.
    fn open_call(&mut self, at: &At<'_>, method: &str, words: &mut Words) {
        let (from, to, label) = (words.value("from"), words.value("to"), &at.label);
        let call = self.calls.entry(label.clone()).or_insert_with(|| Call::open(at, method));
        let address =
            |text: String| at.hosts.find(&text).map_or(text, |host| format!("<{}>", host.uri()));
        call.from = from.map_or(call.from.clone(), address);
        call.to = to.map_or(call.to.clone(), address);
        call.id = words.value("call-id").unwrap_or_else(|| call.id.clone());
        if let Some(tag) = words.value("tag") {
            call.tags.insert(at.src.name.clone(), tag);
        }
    }

    fn via(&mut self, at: &At<'_>, words: &mut Words) -> String {
        let count = self.branches.entry(at.src.name.clone()).or_default();
        *count += 1;
        let usual = format!("z9hG4bK-{}-{count}", at.src.name.to_lowercase());
        let branch = words.value("branch").unwrap_or(usual);
        let transport = if words.has("tcp") { "TCP" } else { "UDP" };
        let branch = if branch == "-" { String::new() } else { format!(";branch={branch}") };
        format!("SIP/2.0/{transport} {}{branch}", at.src.at)
    }
}

/// Further header fields and the body.
fn content(at: &At<'_>, words: &mut Words, message: &mut Message, announced: &mut Announced) {
    let place = words.place.clone();
    if let Some(expires) = words.value("expires") {
        message.add("Expires", expires);
    }
    while let Some(field) = words.call("h") {
        message.further.push(unquote(&field, &place));
    }
    if let Some(text) = words.call("sdp") {
        let sections = sdp::parse(&text, at.hosts, &place);
        message.content_type = String::from("application/sdp");
        message.body = sdp::text(&sections).into_bytes();
        announced.take(&at.label, &at.src.name, &sections);
    }
    if let Some(text) = words.call("body") {
        let both = text.split_once(',');
        let (kind, body) = place.need(both, "has a body without a type: body('a/b', 'text')");
        message.content_type = unquote(kind.trim(), &place);
        message.body = unquote(body.trim(), &place).into_bytes();
    }
    if let Some(text) = words.call("hex") {
        let (kind, body) =
            place.need(text.split_once(','), "has hex without a type: hex('a/b', 0c 02)");
        let byte = |digits: &str| place.number::<u8>(&format!("0x{digits}"));
        message.content_type = unquote(kind.trim(), &place);
        message.body = body.split_whitespace().map(byte).collect();
    }
}
