//! Challenges and credentials (RFC 3261 section 22, RFC 8760).

use super::names::Pseudonyms;
use super::params::outside;
use crate::wire::bytes::{split_once, trim};

impl Pseudonyms {
    /// `Digest username="bob", realm="atlanta.com", nonce="...", ...`
    pub(super) fn credentials(&mut self, value: &[u8]) -> Vec<u8> {
        let value = trim(value);
        let scheme = value.iter().position(u8::is_ascii_whitespace);
        let (scheme, rest) = match scheme {
            Some(end) if !value.get(..end).unwrap_or_default().contains(&b'=') => {
                value.split_at(end)
            }
            _ => value.split_at(0),
        };
        let mut out = self.words(scheme);
        if !out.is_empty() {
            out.push(b' ');
        }
        let parts = outside(rest, b',').map(|part| self.credential(trim(part)));
        out.extend(parts.collect::<Vec<_>>().join(&b", "[..]));
        out
    }

    fn credential(&mut self, part: &[u8]) -> Vec<u8> {
        let (name, Some(value)) = split_once(part, b'=') else { return self.token(part) };
        let (name, value) = (trim(name), trim(value));
        let small = name.to_ascii_lowercase();
        let known = super::vocabulary::is_word(&String::from_utf8_lossy(name));
        let mut out = if known { name.to_vec() } else { self.token(name) };
        out.push(b'=');
        let quoted = value.strip_prefix(b"\"").map(|rest| rest.strip_suffix(b"\"").unwrap_or(rest));
        let inner = quoted.unwrap_or(value);
        let text = String::from_utf8_lossy(inner).into_owned();
        let moved = match small.as_slice() {
            b"username" => self.user(&text).into_bytes(),
            b"realm" if text.contains(' ') => self.text(&text).into_bytes(),
            b"realm" => self.host(&text).into_bytes(),
            b"uri" => self.uri(inner),
            b"domain" => {
                let uris = inner.split(u8::is_ascii_whitespace).map(|uri| self.uri(uri));
                uris.collect::<Vec<_>>().join(&b' ')
            }
            b"algorithm" | b"qop" | b"stale" | b"nc" | b"integrity-protected" | b"alg" => {
                self.words(inner)
            }
            _ => self.token(inner),
        };
        if quoted.is_some() {
            out.extend([b"\"", moved.as_slice(), b"\""].concat());
        } else {
            out.extend(moved);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    #[test]
    fn what_is_secret_goes_and_what_is_chosen_stays() {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        let value = b"Digest username=\"bob\", realm=\"biloxi.com\", nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\",\
            uri=\"sip:bob@biloxi.com\", qop=auth, nc=00000001, cnonce=\"0a4f113b\",\
            response=\"6629fae49393a05397450978507c4ef1\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\", algorithm=MD5";
        let text = String::from_utf8(all.credentials(value)).unwrap();
        for original in ["bob", "biloxi", "dcd98b71", "0a4f113b", "6629fae4", "5ccc069c"] {
            assert!(!text.contains(original), "{original}: {text}");
        }
        assert!(text.starts_with("Digest username=\"") && text.contains("qop=auth"), "{text}");
        assert!(text.contains("nc=00000001") && text.ends_with("algorithm=MD5"));
        let basic = all.credentials(b"Basic YWxpY2U6c2VjcmV0");
        assert!(basic.starts_with(b"Basic ") && !basic.ends_with(b"c2VjcmV0"));
    }
}
