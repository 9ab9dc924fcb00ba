//! URIs.

use std::net::Ipv6Addr;

use super::names::Pseudonyms;
use super::params::outside;
use super::vocabulary::is_word;
use crate::wire::bytes::split_once;
use crate::wire::sip::Uri;
use crate::wire::sip::uri::unescape;

impl Pseudonyms {
    /// A URI, or what stands in place of one.
    pub(super) fn uri(&mut self, raw: &[u8]) -> Vec<u8> {
        let Some(uri) = Uri::parse(raw) else { return self.no_uri(raw) };
        let scheme = uri.scheme.to_ascii_lowercase();
        let rest = raw.get(uri.scheme.len() + 1..).unwrap_or_default();
        let mut out = [uri.scheme, b":"].concat();
        match scheme.as_slice() {
            b"sip" | b"sips" => out.extend(self.sip_uri(&uri)),
            b"tel" | b"fax" => {
                let number = uri.user.map_or_else(|| rest.to_vec(), <[u8]>::to_vec);
                out.extend(self.userinfo(&number));
                out.extend(self.params(uri.params.0));
            }
            b"urn" => out.extend(self.urn(rest)),
            b"http" | b"https" => {
                let after = rest.strip_prefix(b"//").unwrap_or(rest);
                let end = after.iter().position(|b| matches!(b, b'/' | b'?' | b'#'));
                let (host, path) = after.split_at(end.unwrap_or(after.len()));
                let host = self.host_and_port(&String::from_utf8_lossy(host));
                out.extend([b"//", host.as_bytes(), self.token(path).as_slice()].concat());
            }
            b"mailto" | b"im" | b"pres" | b"xmpp" | b"h323" => out.extend(self.mailbox(rest)),
            _ if is_word(&String::from_utf8_lossy(&scheme)) => out.extend(self.token(rest)),
            // What only looks like a scheme: a host before its port.
            _ => return self.no_uri(raw),
        }
        out
    }

    fn sip_uri(&mut self, uri: &Uri<'_>) -> Vec<u8> {
        let mut out = Vec::new();
        if let Some(user) = uri.user {
            out.extend(self.userinfo(user));
            out.push(b'@');
        }
        let before_host = uri.raw.iter().rposition(|byte| *byte == b'@').map_or(0, |at| at + 1);
        let authority = uri.raw.get(before_host.max(uri.scheme.len() + 1)..).unwrap_or_default();
        if let Some((moved, rest)) = self.bare_ipv6(authority) {
            out.extend(moved);
            out.extend(self.params(rest));
        } else {
            out.extend(self.host(&String::from_utf8_lossy(uri.host)).bytes());
            out.extend(uri.port.iter().flat_map(|port| format!(":{port}").into_bytes()));
            out.extend(self.params(uri.params.0));
        }
        if let Some(headers) = uri.headers {
            for (index, header) in headers.split(|b| *b == b'&').enumerate() {
                out.push(if index == 0 { b'?' } else { b'&' });
                let (name, value) = split_once(header, b'=');
                let value = unescape(value.unwrap_or_default());
                let name = if self.is_header(name) { name.to_vec() } else { self.token(name) };
                let value = self.header(&name, &value);
                out.extend([name.as_slice(), b"=", escaped(&value).as_slice()].concat());
            }
        }
        out
    }

    /// An IPv6 address without the brackets that it should have (RFC 5118
    /// section 4.5), perhaps with a port, and what follows it.
    pub(super) fn bare_ipv6<'t>(&mut self, text: &'t [u8]) -> Option<(Vec<u8>, &'t [u8])> {
        let end = text.iter().position(|byte| matches!(byte, b';' | b'?' | b' '));
        let (host, rest) = text.split_at(end.unwrap_or(text.len()));
        let host = std::str::from_utf8(host).ok().filter(|host| host.matches(':').count() > 1)?;
        if let Ok(ip) = host.parse::<Ipv6Addr>() {
            return Some((self.ip(ip.into()).to_string().into_bytes(), rest));
        }
        let (host, port) = host.rsplit_once(':')?;
        let ip = host.parse::<Ipv6Addr>().ok()?;
        let port: u16 = port.parse().ok()?;
        Some((format!("{}:{port}", self.ip(ip.into())).into_bytes(), rest))
    }

    /// The part before `@`: a user, and perhaps parameters of a number. A
    /// password behind it is left out.
    fn userinfo(&mut self, user: &[u8]) -> Vec<u8> {
        let mut parts = outside(user, b';');
        let first = unescape(parts.next().unwrap_or_default());
        let mut out = escaped(self.user(&String::from_utf8_lossy(&first)).as_bytes());
        let rest: Vec<&[u8]> = parts.collect();
        if !rest.is_empty() {
            let params = [b";", rest.join(&b';').as_slice()].concat();
            out.extend(self.params(&params));
        }
        out
    }

    /// `urn:service:sos` stays; what a URN identifies does not.
    fn urn(&mut self, rest: &[u8]) -> Vec<u8> {
        let (space, name) = split_once(rest, b':');
        let mut out = self.words(space);
        if let Some(name) = name {
            out.push(b':');
            let service = space.eq_ignore_ascii_case(b"service");
            out.extend(if service { self.words(name) } else { self.token(name) });
        }
        out
    }

    /// `user@host`
    fn mailbox(&mut self, text: &[u8]) -> Vec<u8> {
        let (user, host) = split_once(text, b'@');
        let mut out = self.user(&String::from_utf8_lossy(user)).into_bytes();
        if let Some(host) = host {
            let end = host.iter().position(|b| matches!(b, b';' | b'?' | b'/'));
            let (host, rest) = host.split_at(end.unwrap_or(host.len()));
            out.push(b'@');
            out.extend(self.host_and_port(&String::from_utf8_lossy(host)).bytes());
            out.extend(self.token(rest));
        }
        out
    }

    /// A text in the place of a URI.
    fn no_uri(&mut self, raw: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(raw).into_owned();
        match raw.split(|byte| *byte == b'@').count() {
            2 => self.mailbox(raw),
            _ if super::number::is_number(&text) => self.user(&text).into_bytes(),
            _ => self.token(raw),
        }
    }
}

/// Escapes what may not stand in a user part or a header of a URI.
fn escaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for byte in text {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,/".contains(byte) {
            out.push(*byte);
        } else {
            out.extend(format!("%{byte:02X}").bytes());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    fn of(text: &str) -> String {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        String::from_utf8(all.uri(text.as_bytes())).unwrap()
    }

    #[test]
    fn users_hosts_and_parameters() {
        let uri = of("sip:alice:secret@atlanta.com:5080;transport=tcp;lr");
        assert!(uri.ends_with(".example:5080;transport=tcp;lr"), "{uri}");
        assert!(!uri.contains("alice") && !uri.contains("secret") && !uri.contains("atlanta"));
        let user = |text: &str| of(text).split('@').next().unwrap().to_owned();
        assert_eq!(user("sip:al%69ce@a.com"), user("sip:alice@b.com"));
        let number = of("tel:+49-30-555-0100;phone-context=example.com");
        assert!(number.starts_with("tel:+") && number.contains(";phone-context="), "{number}");
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let in_sip = of("sip:+49305550100;npdi;rn=+4930@gw.example.com;user=phone");
        assert!(
            digits(&in_sip).starts_with(&digits(number.split(';').next().unwrap())),
            "{in_sip}"
        );
        assert!(in_sip.contains(";user=phone") && in_sip.contains(";rn=+"));
        assert!(of("sip:[2001:db8::9]:5060").starts_with("sip:["));
    }

    #[test]
    fn other_schemes() {
        assert_eq!(of("urn:service:sos.fire"), "urn:service:sos.fire");
        assert!(!of("urn:gsma:imei:90420156-025763-0").contains("90420156"));
        assert!(!of("https://cert.example.org/abc/x.pem?u=bob").contains("bob"));
        assert!(of("https://cert.example.org/x.pem").contains(".example/"));
        assert!(!of("alice@example.net").contains("alice"));
        assert!(!of("mailto:bob@example.net").contains("bob"));
        assert!(!of("gibberish bob").contains("bob"));
    }

    #[test]
    fn a_header_of_a_uri_is_a_header() {
        let uri = of("sip:bob@x.com?Replaces=425928%40host%3Bto-tag%3D7743%3Bfrom-tag%3D6472");
        assert!(uri.contains("?Replaces=") && uri.contains("%3Bto-tag="), "{uri}");
        assert!(!uri.contains("425928") && !uri.contains("7743"));
    }
}
