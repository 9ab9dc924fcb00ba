//! The pseudonym of each kind of text.

use std::net::IpAddr;

use hashbrown::HashMap;

use super::blanked::{Blanked, What};
use super::key::Key;
use super::originals::Originals;
use super::{address, number, token};
use crate::base::flow::{Endpoint, Flow};

/// What is replaced.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Scope {
    /// Telephone numbers.
    Numbers,
    /// IP addresses, and the addresses of stations.
    Addresses,
    /// Both, and names, domains, identifiers, credentials and free text.
    All,
}

/// The pseudonyms under one key.
#[derive(Clone, Debug)]
pub struct Pseudonyms {
    pub(super) key: Key,
    pub(super) scope: Scope,
    /// Header fields whose names stay, in small letters.
    pub(super) headers: Vec<String>,
    /// The codec last announced for each payload type, as a=rtpmap has it.
    pub(super) codecs: HashMap<u8, String>,
    /// Who stands behind the Call-IDs given.
    pub(super) originals: Originals,
    /// What was blanked on the way.
    pub(super) blanked: Blanked,
    addresses: HashMap<IpAddr, IpAddr>,
    tokens: HashMap<Vec<u8>, Vec<u8>>,
}

/// Pseudonyms that are remembered; more are drawn again.
const MOST_REMEMBERED: usize = 65_536;
/// Letters of the pseudonym of a name: 60 bits of it.
const NAME: usize = 12;
/// The same of one label of a domain.
const LABEL: usize = 8;
/// Users that are nobody (RFC 3323, RFC 3325).
const NOBODY: [&str; 6] =
    ["anonymous", "unavailable", "unknown", "restricted", "invalid", "coin line/payphone"];
/// Top-level domains that are nobody's (RFC 2606, RFC 6761, RFC 6762).
const RESERVED: [&str; 8] =
    ["invalid", "local", "localhost", "test", "example", "internal", "arpa", "localdomain"];

impl Pseudonyms {
    /// The pseudonyms of what `scope` says.
    pub fn new(key: Key, scope: Scope) -> Self {
        Self {
            key,
            scope,
            headers: Vec::new(),
            codecs: HashMap::new(),
            originals: Originals::default(),
            blanked: Blanked::default(),
            addresses: HashMap::new(),
            tokens: HashMap::new(),
        }
    }

    pub(super) fn is_all(&self) -> bool {
        self.scope == Scope::All
    }

    pub(super) fn numbers(&self) -> bool {
        self.scope != Scope::Addresses
    }

    pub(super) fn addresses(&self) -> bool {
        self.scope != Scope::Numbers
    }

    pub(super) fn blank(&mut self, what: What) {
        self.blanked.add(what);
    }

    /// An address.
    pub fn ip(&mut self, ip: IpAddr) -> IpAddr {
        if !self.addresses() {
            return ip;
        }
        if let Some(known) = self.addresses.get(&ip) {
            return *known;
        }
        let moved = address::pseudonym(&self.key, ip);
        if self.addresses.len() >= MOST_REMEMBERED {
            self.addresses.clear();
        }
        self.addresses.insert(ip, moved);
        moved
    }

    /// A flow between the pseudonyms of its ends.
    pub fn flow(&mut self, flow: Flow) -> Flow {
        let mut end = |end: Endpoint| Endpoint::new(self.ip(end.ip), end.port);
        Flow::new(end(flow.src), end(flow.dst))
    }

    /// The address of a station.
    pub(super) fn station(&self, mac: [u8; 6]) -> [u8; 6] {
        if self.addresses() { address::station(&self.key, mac) } else { mac }
    }

    /// An identifier that a machine made. Only the addresses in it are replaced
    /// where identifiers are not.
    pub fn token(&mut self, text: &[u8]) -> Vec<u8> {
        if !self.is_all() {
            return self.scanned(text, usize::MAX);
        }
        if let Some(known) = self.tokens.get(text) {
            return known.clone();
        }
        let moved = token::pseudonym(&self.key, text);
        if self.tokens.len() >= MOST_REMEMBERED {
            self.tokens.clear();
        }
        self.tokens.insert(text.to_vec(), moved.clone());
        moved
    }

    /// A user part, a user name or a display name: a number, or a name.
    pub fn user(&mut self, text: &str) -> String {
        let trimmed = text.trim();
        if let Ok(ip) = trimmed.parse() {
            return self.ip(ip).to_string();
        }
        if number::is_number(text) {
            return if self.numbers() {
                number::pseudonym(&self.key, text)
            } else {
                text.to_owned()
            };
        }
        if NOBODY.iter().any(|nobody| trimmed.eq_ignore_ascii_case(nobody)) || trimmed.is_empty() {
            return text.to_owned();
        }
        if !self.is_all() {
            return text.to_owned();
        }
        match text.rsplit_once('@') {
            Some((user, host)) if !user.is_empty() && host.contains('.') => {
                format!("{}@{}", self.user(user), self.host(host))
            }
            _ => self.word("name", text, NAME),
        }
    }

    /// A host: an address, in brackets or not, or the name of a domain, whose
    /// pseudonym keeps which domains it is part of.
    pub fn host(&mut self, text: &str) -> String {
        if let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return match inner.parse() {
                Ok(ip) => format!("[{}]", self.ip(ip)),
                Err(_) if self.is_all() => "[::]".to_owned(),
                Err(_) => text.to_owned(),
            };
        }
        if let Ok(ip) = text.parse() {
            return self.ip(ip).to_string();
        }
        if !self.is_all() || text.is_empty() {
            return text.to_owned();
        }
        let name = text.to_ascii_lowercase();
        let (name, root) = name.strip_suffix('.').map_or((name.as_str(), ""), |name| (name, "."));
        if ["anonymous.invalid", "localhost"].contains(&name) {
            return text.to_owned();
        }
        let (mut out, mut rest) = (Vec::new(), name);
        while let Some((label, parents)) = rest.split_once('.') {
            if !label.is_empty() {
                out.push(self.word("domain", rest, LABEL));
            }
            rest = parents;
        }
        let top = match rest {
            top if RESERVED.contains(&top) => top.to_owned(),
            _ if out.is_empty() => self.word("domain", rest, LABEL),
            _ => "example".to_owned(),
        };
        out.push(top);
        format!("{}{root}", out.join("."))
    }

    /// Free text: a number in it, an address, or all of it.
    pub fn text(&mut self, text: &str) -> String {
        if text.trim().is_empty() || text == "-" {
            return text.to_owned();
        }
        if number::is_number(text) {
            return self.user(text);
        }
        if !self.is_all() {
            return String::from_utf8_lossy(&self.scanned(text.as_bytes(), 5)).into_owned();
        }
        self.word("text", text, NAME)
    }

    /// Lower-case letters drawn for a text, the first of which is no digit.
    fn word(&self, purpose: &str, text: &str, letters: usize) -> String {
        const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
        let draw = self.key.draw(purpose, &[text.as_bytes()]);
        let letter = |(at, byte): (usize, &u8)| {
            let of = if at == 0 { 26 } else { 32 };
            char::from(ALPHABET.get(usize::from(*byte) % of).copied().unwrap_or(b'a'))
        };
        draw.iter().take(letters).enumerate().map(letter).collect()
    }

    /// Text with the addresses in it replaced, and the numbers of at least
    /// `shortest` digits, as far as they are to be.
    fn scanned(&mut self, text: &[u8], shortest: usize) -> Vec<u8> {
        let inside = |byte: u8| byte.is_ascii_hexdigit() || matches!(byte, b'.' | b':');
        let mut out = Vec::with_capacity(text.len());
        for run in text.chunk_by(|a, b| inside(*a) == inside(*b)) {
            let word = std::str::from_utf8(run).unwrap_or_default();
            let (address, port) = match word.rsplit_once(':') {
                Some((address, port)) if address.contains('.') => (address, Some(port)),
                _ => (word, None),
            };
            let separated = word.contains('.') || word.matches(':').count() > 1;
            if let Some(ip) = address.parse::<IpAddr>().ok().filter(|_| separated) {
                out.extend(self.ip(ip).to_string().bytes());
                out.extend(port.iter().flat_map(|port| [":", port].concat().into_bytes()));
            } else if self.numbers()
                && word.len() >= shortest
                && word.bytes().all(|b| b.is_ascii_digit())
            {
                out.extend(number::pseudonym(&self.key, word).bytes());
            } else {
                out.extend_from_slice(run);
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonyms(scope: Scope) -> Pseudonyms {
        Pseudonyms::new(Key::new(b"k"), scope)
    }

    #[test]
    fn domains_stay_in_their_domains() {
        let mut all = pseudonyms(Scope::All);
        let (sip, mail) = (all.host("sip.example.com"), all.host("Mail.Example.COM"));
        let parent = all.host("example.com");
        assert!(sip.ends_with(&format!(".{parent}")) && mail.ends_with(&format!(".{parent}")));
        assert!(parent.ends_with(".example") && sip != mail);
        assert_ne!(parent, all.host("example.org"));
        assert_eq!(all.host("anonymous.invalid"), "anonymous.invalid");
        assert!(all.host("x7.invalid").ends_with(".invalid"));
        assert!(!all.host("asterisk").contains('.'));
        assert!(all.host("[2001:db8::1]").starts_with('['));
    }

    #[test]
    fn users_are_numbers_or_names() {
        let mut all = pseudonyms(Scope::All);
        assert_eq!(all.user("Anonymous"), "Anonymous");
        assert_eq!(all.user("+4930123456").len(), 11);
        assert_eq!(all.user("alice"), all.user("alice"));
        assert_ne!(all.user("alice"), all.user("Alice"));
        let at = all.user("alice@example.com");
        assert_eq!(at, format!("{}@{}", all.user("alice"), all.host("example.com")));
    }

    #[test]
    fn only_what_is_asked_for_is_replaced() {
        let mut numbers = pseudonyms(Scope::Numbers);
        assert_eq!(numbers.user("alice"), "alice");
        assert_ne!(numbers.user("5550100"), "5550100");
        assert_eq!(numbers.host("192.0.2.1"), "192.0.2.1");
        assert_ne!(numbers.text("call 5550100 at 9"), "call 5550100 at 9");
        assert!(numbers.text("call 5550100 at 9").starts_with("call "));
        let mut addresses = pseudonyms(Scope::Addresses);
        assert_eq!(addresses.user("5550100"), "5550100");
        let ip = addresses.host("192.0.2.1");
        assert_eq!(addresses.token(b"a1@192.0.2.1:5060"), format!("a1@{ip}:5060").into_bytes());
    }
}
