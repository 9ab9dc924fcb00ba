//! Signed identities (RFC 8224): the claims with pseudonyms, without a signature.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value};

use super::names::Pseudonyms;
use crate::wire::bytes::{split_once, trim};

/// Longest token that is read, in bytes.
const LONGEST: usize = 16_384;
/// Arrays and objects inside one another that are followed.
const MAX_DEPTH: usize = 8;

impl Pseudonyms {
    /// One element of `Identity`. What is no PASSporT becomes an identifier.
    pub(super) fn passport(&mut self, element: &[u8]) -> Vec<u8> {
        let (token, params) = split_once(element, b';');
        let text: String =
            token.iter().filter(|b| !b.is_ascii_whitespace()).map(|b| char::from(*b)).collect();
        let mut out = match self.claims(&text) {
            Some(token) => token.into_bytes(),
            None => self.token(token),
        };
        if let Some(params) = params {
            out.push(b';');
            out.extend(self.params(trim(params)));
        }
        out
    }

    fn claims(&mut self, token: &str) -> Option<String> {
        let mut parts = token.split('.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() || token.len() > LONGEST {
            return None;
        }
        let signature = Base64UrlUnpadded::decode_vec(signature.trim_end_matches('=')).ok()?;
        let zeros = Base64UrlUnpadded::encode_string(&vec![0; signature.len()]);
        if header.is_empty() && payload.is_empty() {
            return Some(format!("..{zeros}"));
        }
        let mut encoded = |part: &str| {
            let bytes = Base64UrlUnpadded::decode_vec(part.trim_end_matches('=')).ok()?;
            let object: Map<String, Value> = serde_json::from_slice(&bytes).ok()?;
            let moved = self.claim("", &Value::Object(object), 0).to_string();
            Some(Base64UrlUnpadded::encode_string(moved.as_bytes()))
        };
        Some(format!("{}.{}.{zeros}", encoded(header)?, encoded(payload)?))
    }

    fn claim(&mut self, name: &str, value: &Value, depth: usize) -> Value {
        match value {
            Value::String(text) => self.said_in_claim(name, text).into(),
            Value::Array(list) if depth < MAX_DEPTH => {
                list.iter().map(|one| self.claim(name, one, depth + 1)).collect()
            }
            Value::Object(object) if depth < MAX_DEPTH => {
                let fields = object.iter().map(|(name, value)| {
                    let known = super::vocabulary::is_word(name) || CLAIMS.contains(&name.as_str());
                    let moved = self.claim(name, value, depth + 1);
                    let name = if known { name.clone() } else { self.text(name) };
                    (name, moved)
                });
                Value::Object(fields.collect())
            }
            Value::Number(_) if name == "iat" || name == "exp" => value.clone(),
            Value::Bool(_) | Value::Null => value.clone(),
            _ => Value::Null,
        }
    }

    fn said_in_claim(&mut self, name: &str, text: &str) -> String {
        match name {
            "tn" | "nam" => self.user(text),
            "uri" | "x5u" | "icn" | "jcl" => {
                String::from_utf8_lossy(&self.uri(text.as_bytes())).into_owned()
            }
            "alg" | "typ" | "ppt" | "attest" | "auth" => {
                String::from_utf8_lossy(&self.words(text.as_bytes())).into_owned()
            }
            _ => String::from_utf8_lossy(&self.token(text.as_bytes())).into_owned(),
        }
    }
}

/// Names of claims (the IANA registry of JSON Web Token claims).
const CLAIMS: [&str; 17] = [
    "alg", "typ", "ppt", "x5u", "attest", "dest", "orig", "iat", "origid", "tn", "uri", "div",
    "rph", "opt", "nam", "rcd", "mky",
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};
    use crate::wire::sip::passport::Identity;

    #[test]
    fn claims_are_read_with_pseudonyms() {
        let part = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
        let header = part(
            r#"{"alg":"ES256","ppt":"shaken","typ":"passport","x5u":"https://cert.acme.com/a.pem"}"#,
        );
        let payload = part(
            r#"{"attest":"A","dest":{"tn":["12125551213"]},"iat":1443208345,"orig":{"tn":"12155551212"},"origid":"123e4567-e89b"}"#,
        );
        let signature = Base64UrlUnpadded::encode_string(&[7; 64]);
        let value = format!(
            "{header}.{payload}.{signature};info=<https://cert.acme.com/a.pem>;alg=ES256;ppt=shaken"
        );
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        let moved = all.passport(value.as_bytes());
        let identity = Identity::parse(&moved).unwrap();
        let claims = identity.claims.unwrap();
        assert_eq!(
            (claims.alg.as_deref(), claims.attest.as_deref(), claims.iat),
            (Some("ES256"), Some("A"), Some(1_443_208_345))
        );
        assert_eq!(claims.dest.tn, [all.user("12125551213")]);
        assert_eq!(claims.orig.tn, [all.user("12155551212")]);
        assert_ne!(claims.origid.as_deref(), Some("123e4567-e89b"));
        assert!(!claims.x5u.unwrap().contains("acme") && !identity.info.unwrap().contains("acme"));
        assert_eq!(identity.signature, [0; 64]);
        assert_eq!(all.passport(b"not a passport").len(), "not a passport".len());
    }
}
