//! Parameters: `;name=value`, of header fields and of URIs.

use super::names::Pseudonyms;
use super::number::is_number;
use super::vocabulary::is_word;
use crate::wire::bytes::{split_once, trim};

/// With what the branches of RFC 3261 begin.
const COOKIE: &[u8] = b"z9hG4bK";

/// Parameters whose values are numbers or names of who is called (RFC 3966,
/// RFC 4694, RFC 4904).
const USERS: [&str; 9] =
    ["rn", "cic", "isub", "ext", "postd", "phone-context", "otg", "tgrp", "trunk-context"];
/// Parameters whose values are hosts.
const HOSTS: [&str; 6] =
    ["received", "maddr", "icid-generated-at", "sent-by", "orig-ioi", "term-ioi"];
/// Parameters whose values are texts.
const TEXTS: [&str; 3] = ["text", "reason-text", "description"];
/// Parameters whose values are identifiers, however they look.
const IDENTIFIERS: [&str; 12] = [
    "tag",
    "to-tag",
    "from-tag",
    "local-tag",
    "remote-tag",
    "gr",
    "icid-value",
    "ftag",
    "did",
    "remote",
    "etag",
    "opaque",
];

impl Pseudonyms {
    /// A list of parameters, with the `;` before each.
    pub(super) fn params(&mut self, params: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(params.len());
        for (index, param) in outside(params, b';').enumerate() {
            if index > 0 {
                out.push(b';');
            }
            out.extend(self.param(param));
        }
        out
    }

    fn param(&mut self, param: &[u8]) -> Vec<u8> {
        let (name, value) = split_once(param, b'=');
        let Some(value) = value else {
            return if trim(param).is_empty() { param.to_vec() } else { self.named(param) };
        };
        let small = String::from_utf8_lossy(trim(name)).to_ascii_lowercase();
        let mut out = self.named(name);
        out.push(b'=');
        out.extend(self.value(&small, value));
        out
    }

    /// The name of a parameter, which stays if it is one of the protocols' or of
    /// a known form.
    fn named(&mut self, name: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(trim(name)).to_ascii_lowercase();
        let feature = ["+sip.", "+g.", "reg-id", "pub-gruu", "temp-gruu", "+org.linphone"];
        let known = feature.iter().any(|start| text.starts_with(start))
            || USERS.contains(&text.as_str())
            || is_word(&text);
        if known { name.to_vec() } else { self.token(name) }
    }

    /// The value of the parameter of that name, in small letters.
    fn value(&mut self, name: &str, value: &[u8]) -> Vec<u8> {
        let inner = trim(value);
        if let Some(quoted) = inner.strip_prefix(b"\"") {
            let quoted = quoted.strip_suffix(b"\"").unwrap_or(quoted);
            return [b"\"", self.plain(name, quoted).as_slice(), b"\""].concat();
        }
        if let Some(uri) = inner.strip_prefix(b"<") {
            let uri = uri.strip_suffix(b">").unwrap_or(uri);
            return [b"<", self.uri(uri).as_slice(), b">"].concat();
        }
        self.plain(name, inner)
    }

    fn plain(&mut self, name: &str, value: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(value).into_owned();
        match name {
            "branch" | "ibranch" => match value.strip_prefix(COOKIE) {
                Some(rest) => [COOKIE, self.token(rest).as_slice()].concat(),
                None => self.token(value),
            },
            "pub-gruu" | "temp-gruu" => self.uri(value),
            "reg-id" => value.to_vec(),
            name if USERS.contains(&name) => self.user_or_host(&text).into_bytes(),
            name if HOSTS.contains(&name) => self.host_and_port(&text).into_bytes(),
            name if TEXTS.contains(&name) => self.phrase(&text).into_bytes(),
            name if IDENTIFIERS.contains(&name) => self.token(value),
            _ if text.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok() => {
                self.host(&text).into_bytes()
            }
            _ if is_uri(&text) => self.uri(value),
            _ => self.words(value),
        }
    }

    /// `phone-context` and its like: a number, or a domain.
    fn user_or_host(&mut self, text: &str) -> String {
        if is_number(text) || !text.contains('.') { self.user(text) } else { self.host(text) }
    }

    /// A host with or without a port.
    pub(super) fn host_and_port(&mut self, text: &str) -> String {
        if text.parse::<std::net::IpAddr>().is_ok() {
            return self.host(text);
        }
        match text.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => {
                format!("{}:{port}", self.host(host))
            }
            _ => self.host(text),
        }
    }
}

/// Whether a text begins with a scheme that has people or places behind it.
pub(super) fn is_uri(text: &str) -> bool {
    const SCHEMES: [&str; 12] = [
        "sip:", "sips:", "tel:", "mailto:", "im:", "pres:", "http:", "https:", "xmpp:", "urn:",
        "cid:", "h323:",
    ];
    SCHEMES.iter().any(|scheme| {
        text.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// The parts between separators that stand outside quotes and brackets.
pub(super) fn outside(text: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let (mut quoted, mut escaped, mut depth) = (false, false, 0_u32);
    text.split(move |byte| {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b'<' if !quoted => depth += 1,
            b'>' if !quoted => depth = depth.saturating_sub(1),
            byte if *byte == separator => return !quoted && depth == 0,
            _ => {}
        }
        false
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    #[test]
    fn values_are_replaced_by_what_they_are() {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        let mut of = |text: &str| String::from_utf8(all.params(text.as_bytes())).unwrap();
        assert_eq!(of(";lr;transport=tcp;q=0.8;rport=5061"), ";lr;transport=tcp;q=0.8;rport=5061");
        let via = of(";branch=z9hG4bK776asdhds;received=192.0.2.1");
        assert!(via.starts_with(";branch=z9hG4bK") && !via.contains("776asdhds"), "{via}");
        assert!(via.contains(";received=") && !via.contains("192.0.2.1"));
        let instance = of(";+sip.instance=\"<urn:uuid:00000000-0000-1000-8000-000A95A0E128>\"");
        assert!(
            instance.starts_with(";+sip.instance=\"<urn:uuid:")
                && !instance.contains("000A95A0E128")
        );
        assert!(!of(";x-acme=Meier").contains("Meier") && !of(";x-acme=Meier").contains("acme"));
        assert_eq!(
            of(";cause=16;text=\"Normal call clearing\""),
            ";cause=16;text=\"Normal call clearing\""
        );
        assert!(!of(";text=\"Alice hung up\"").contains("Alice"));
    }
}
