//! Header fields: which are of what, and the value of each.

use super::names::Pseudonyms;
use super::params::outside;
use crate::wire::bytes::{split_once, trim};
use crate::wire::sip::{Name, NameAddr, Via, unfold};

/// Of what a header field is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Of {
    /// Addresses: a URI with or without a display name, and parameters.
    Addresses,
    /// Vias.
    Vias,
    /// Words that the protocols define, and numbers.
    Words,
    /// An identifier, with or without parameters.
    Identifier,
    /// Parameters without anything before them.
    Params,
    /// Challenges and credentials.
    Credentials,
    /// The name of a user agent.
    Agent,
    /// Free text.
    Text,
    /// A number and a comment.
    Delay,
    /// `Q.850;cause=16;text="..."`
    Reasons,
    /// `399 host "text"`
    Warnings,
    /// A signed identity.
    Passport,
    /// When it was sent.
    Date,
}

/// The header fields that are read, in small letters.
const FIELDS: &[(Of, &[&str])] = &[
    (
        Of::Addresses,
        &[
            "from",
            "to",
            "contact",
            "route",
            "record-route",
            "refer-to",
            "referred-by",
            "reply-to",
            "p-asserted-identity",
            "p-preferred-identity",
            "remote-party-id",
            "diversion",
            "history-info",
            "path",
            "service-route",
            "p-associated-uri",
            "p-called-party-id",
            "geolocation",
            "alert-info",
            "call-info",
            "error-info",
            "p-profile-key",
            "p-served-user",
            "p-asserted-service",
            "p-preferred-service",
            "accept-contact",
            "reject-contact",
            "permission-missing",
            "trigger-consent",
            "p-refused-uri-list",
            "p-user-database",
            "additional-identity",
            "feature-caps",
            "p-visited-network-id",
        ],
    ),
    (Of::Vias, &["via"]),
    (
        Of::Words,
        &[
            "cseq",
            "max-forwards",
            "expires",
            "min-expires",
            "allow",
            "supported",
            "require",
            "proxy-require",
            "unsupported",
            "subscription-state",
            "allow-events",
            "rseq",
            "rack",
            "session-expires",
            "min-se",
            "privacy",
            "flow-timer",
            "resource-priority",
            "accept-resource-priority",
            "accept",
            "accept-encoding",
            "accept-language",
            "content-encoding",
            "content-disposition",
            "content-language",
            "mime-version",
            "refer-sub",
            "refer-events-at",
            "security-client",
            "security-server",
            "security-verify",
            "p-early-media",
            "answer-mode",
            "priv-answer-mode",
            "request-disposition",
            "priority",
            "suppress-if-match",
            "recv-info",
            "info-package",
            "join-state",
            "geolocation-routing",
            "p-answer-state",
            "content-type",
            "content-length",
            "max-breadth",
            "relayed-charge",
            "geolocation-error",
        ],
    ),
    (
        Of::Identifier,
        &[
            "call-id",
            "in-reply-to",
            "replaces",
            "join",
            "target-dialog",
            "session-id",
            "sip-etag",
            "sip-if-match",
            "event",
            "x-cid",
            "x-correlation-id",
            "x-original-call-id",
            "content-id",
        ],
    ),
    (Of::Params, &["p-charging-vector", "p-access-network-info", "p-charging-function-addresses"]),
    (
        Of::Credentials,
        &[
            "www-authenticate",
            "authorization",
            "proxy-authenticate",
            "proxy-authorization",
            "authentication-info",
            "proxy-authentication-info",
        ],
    ),
    (Of::Agent, &["user-agent", "server"]),
    (Of::Text, &["subject", "organization"]),
    (Of::Delay, &["retry-after", "timestamp"]),
    (Of::Reasons, &["reason"]),
    (Of::Warnings, &["warning"]),
    (Of::Passport, &["identity"]),
    (Of::Date, &["date"]),
];

impl Pseudonyms {
    fn of(&self, name: &str) -> Option<Of> {
        let listed = FIELDS.iter().find(|(_, names)| names.contains(&name)).map(|(of, _)| *of);
        listed.or_else(|| self.headers.iter().any(|known| known == name).then_some(Of::Identifier))
    }

    /// Whether the name of a header field is known, so that it may stay.
    pub(super) fn is_header(&self, name: &[u8]) -> bool {
        !self.is_all() || self.of(&full(name)).is_some()
    }

    /// The value of the header field of that name. What a field of an unknown
    /// name holds is an identifier.
    pub(super) fn header(&mut self, name: &[u8], value: &[u8]) -> Vec<u8> {
        let value = unfold(value);
        let value = value.as_ref();
        match self.of(&full(name)) {
            Some(Of::Addresses) => self.list(value, Self::address),
            Some(Of::Vias) => self.list(value, Self::via),
            Some(Of::Identifier) => self.identifier(value),
            Some(Of::Params | Of::Reasons) => self.list(value, Self::params),
            Some(Of::Credentials) => self.credentials(value),
            Some(Of::Agent) => self.agent(&String::from_utf8_lossy(value)).into_bytes(),
            Some(Of::Text) => self.text(&String::from_utf8_lossy(value)).into_bytes(),
            Some(Of::Delay) => self.delay(value),
            Some(Of::Warnings) => self.list(value, Self::warning),
            Some(Of::Passport) => self.list(value, Self::passport),
            Some(Of::Date) if crate::wire::sip::date::parse(value).is_some() => value.to_vec(),
            Some(Of::Words | Of::Date) => self.words(value),
            None if self.is_all() => self.token(value),
            None => self.text_in_part(&String::from_utf8_lossy(value)).into_bytes(),
        }
    }

    /// Each element of a list that commas separate.
    fn list(&mut self, value: &[u8], of: impl Fn(&mut Self, &[u8]) -> Vec<u8>) -> Vec<u8> {
        let elements = outside(value, b',').map(|element| of(self, trim(element)));
        elements.collect::<Vec<_>>().join(&b", "[..])
    }

    /// `"Alice" <sip:alice@atlanta.com>;tag=1928301774`
    pub(super) fn address(&mut self, element: &[u8]) -> Vec<u8> {
        if element == b"*" || element.is_empty() {
            return element.to_vec();
        }
        // What filters contacts by their features has no address (RFC 3841).
        if element.starts_with(b"*;") {
            return self.params(element);
        }
        let Some(address) = NameAddr::parse(element) else { return self.token(element) };
        let mut out = Vec::new();
        if let Some(name) = address.display_name() {
            let quoted = element.starts_with(b"\"");
            let name = self.user(&name);
            let plain = name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.+ ".contains(&b));
            if quoted || !plain {
                let name = name.replace('\\', "\\\\").replace('"', "\\\"");
                out.extend(format!("\"{name}\" ").bytes());
            } else {
                out.extend(format!("{name} ").bytes());
            }
        } else if element.starts_with(b"\"") {
            out.extend(b"\"\" ");
        }
        let uri = self.uri(address.uri);
        if address.is_bracketed() {
            out.extend([b"<", uri.as_slice(), b">"].concat());
        } else {
            out.extend(uri);
        }
        out.extend(self.params(address.params.0));
        out
    }

    fn via(&mut self, element: &[u8]) -> Vec<u8> {
        let Some(via) = Via::parse(element) else { return self.token(element) };
        let transport = self.words(via.transport);
        let mut out = [b"SIP/2.0/", transport.as_slice(), b" "].concat();
        let host_at = element.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let blank = element.get(host_at..).and_then(|rest| rest.iter().position(|b| *b == b' '));
        let host = blank.and_then(|blank| element.get(host_at + blank + 1..)).unwrap_or_default();
        if let Some((moved, rest)) = self.bare_ipv6(trim(host)) {
            out.extend(moved);
            out.extend(self.params(rest));
            return out;
        }
        out.extend(self.host(&String::from_utf8_lossy(via.host)).bytes());
        out.extend(via.port.iter().flat_map(|port| format!(":{port}").into_bytes()));
        out.extend(self.params(via.params.0));
        out
    }

    fn identifier(&mut self, value: &[u8]) -> Vec<u8> {
        let (first, rest) = split_once(value, b';');
        let first = if super::vocabulary::is_word(&String::from_utf8_lossy(trim(first))) {
            first.to_vec()
        } else {
            self.token(first)
        };
        match rest {
            None => first,
            Some(rest) => {
                let mut out = first;
                for param in rest.split(|byte| *byte == b';') {
                    out.push(b';');
                    let (name, value) = split_once(param, b'=');
                    out.extend(self.words(name));
                    if let Some(value) = value {
                        out.push(b'=');
                        out.extend(self.token(value));
                    }
                }
                out
            }
        }
    }

    /// `120 (I'm in a meeting);duration=3600`: the comment is left out.
    fn delay(&mut self, value: &[u8]) -> Vec<u8> {
        let (open, close) = (
            value.iter().position(|byte| *byte == b'('),
            value.iter().rposition(|byte| *byte == b')'),
        );
        let without = match (open, close) {
            (Some(open), Some(close)) if open < close => {
                let (before, after) = (value.get(..open), value.get(close + 1..));
                [trim(before.unwrap_or_default()), trim(after.unwrap_or_default())].concat()
            }
            _ => value.to_vec(),
        };
        self.words(&without)
    }

    fn warning(&mut self, element: &[u8]) -> Vec<u8> {
        let mut parts = element.splitn(3, |byte| *byte == b' ');
        let code = self.words(parts.next().unwrap_or_default());
        let agent = parts.next().unwrap_or_default();
        let agent = self.host_and_port(&String::from_utf8_lossy(agent));
        let text = String::from_utf8_lossy(trim(parts.next().unwrap_or_default())).into_owned();
        let text = self.phrase(text.trim_matches('"'));
        [code.as_slice(), b" ", agent.as_bytes(), b" \"", text.as_bytes(), b"\""].concat()
    }
}

/// The full name of a header field, in small letters.
fn full(name: &[u8]) -> String {
    match Name::of(name) {
        Name::Other => String::from_utf8_lossy(name).to_ascii_lowercase(),
        known => known.full().to_ascii_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    fn of(name: &str, value: &str) -> String {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        String::from_utf8(all.header(name.as_bytes(), value.as_bytes())).unwrap()
    }

    #[test]
    fn addresses_keep_their_form() {
        let from = of("f", "\"Alice A.\" <sip:alice@atlanta.com>;tag=1928301774");
        assert!(
            from.starts_with('"') && from.contains("\" <sip:") && from.contains(">;tag="),
            "{from}"
        );
        for original in ["Alice", "alice", "atlanta", "1928301774"] {
            assert!(!from.contains(original), "{from}");
        }
        assert_eq!(of("Contact", "*"), "*");
        let caller = of("From", "+4930555 <tel:+4930555>;tag=1");
        let (name, rest) = caller.split_once(' ').unwrap();
        assert!(rest.starts_with(&format!("<tel:{name}>")), "{caller}");
    }

    #[test]
    fn known_values_stay_and_unknown_ones_do_not() {
        assert_eq!(of("CSeq", "314159 INVITE"), "314159 INVITE");
        assert_eq!(
            of("Reason", "Q.850;cause=17;text=\"User busy\""),
            "Q.850;cause=17;text=\"User busy\""
        );
        assert_eq!(of("Date", "Sat, 13 Nov 2010 23:29:00 GMT"), "Sat, 13 Nov 2010 23:29:00 GMT");
        assert_eq!(of("Event", "presence"), "presence");
        assert_eq!(of("Retry-After", "120 (in a meeting with Bob);duration=30"), "120;duration=30");
        assert!(!of("X-Customer", "Miller").contains("Miller"));
        let warning = of("Warning", "399 pbx.acme.com \"Bob does not want to talk\"");
        assert!(
            warning.starts_with("399 ") && !warning.contains("acme") && !warning.contains("Bob")
        );
    }

    #[test]
    fn the_same_identifier_is_the_same_everywhere() {
        let call_id = of("Call-ID", "a84b4c76e66710@pc33");
        assert_eq!(of("X-CID", "a84b4c76e66710@pc33"), call_id);
        assert!(
            of("Replaces", "a84b4c76e66710@pc33;to-tag=77")
                .starts_with(&format!("{call_id};to-tag="))
        );
        let tag = of("From", "<sip:a@b>;tag=77").split_once("tag=").unwrap().1.to_owned();
        assert!(of("Replaces", "x;to-tag=77").ends_with(&tag));
    }
}
