//! `Identity` (RFC 8224) and the PASSporT that it carries (RFC 8225, RFC 8588).

use base64ct::{Base64UrlUnpadded, Encoding};
use serde_json::{Map, Value};

use super::param::Params;
use crate::wire::bytes::{split_once, trim};

/// Who calls or is called: telephone numbers or URIs.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Parties {
    /// Telephone numbers, digits only.
    pub tn: Vec<String>,
    /// URIs.
    pub uri: Vec<String>,
}

/// The claims of a PASSporT.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Claims {
    /// The signature's algorithm: `ES256`.
    pub alg: Option<String>,
    /// The extension: `shaken`, `div`, `rph`.
    pub ppt: Option<String>,
    /// Where the certificate is.
    pub x5u: Option<String>,
    /// Attestation (RFC 8588): `A` full, `B` partial, `C` gateway.
    pub attest: Option<String>,
    /// Origination identifier (RFC 8588).
    pub origid: Option<String>,
    /// Who calls.
    pub orig: Parties,
    /// Who is called.
    pub dest: Parties,
    /// Whose calls are diverted (RFC 8946).
    pub div: Option<Parties>,
    /// When it was signed, in seconds since 1970.
    pub iat: Option<i64>,
}

/// An `Identity` header field.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Identity {
    /// What it claims; `None` in the compact form, which leaves header and claims out.
    pub claims: Option<Claims>,
    /// The parameters `info`, `alg` and `ppt` of the header field.
    pub info: Option<String>,
    /// `alg`
    pub alg: Option<String>,
    /// `ppt`
    pub ppt: Option<String>,
    /// The bytes that are signed; empty in the compact form.
    pub signed: String,
    /// The signature: of ES256 the 64 bytes of r and s (RFC 7518 section 3.4).
    pub signature: Vec<u8>,
}

/// Longest PASSporT that is read, in bytes; real ones have some 600.
const LONGEST: usize = 16_384;
/// Numbers of one list that are kept.
const MAX_PARTIES: usize = 16;

impl Identity {
    /// Reads one element of the header field; `None` when it is no PASSporT:
    /// three parts of base64url, the first two of JSON objects or both empty.
    pub fn parse(value: &[u8]) -> Option<Self> {
        let (token, params) = split_once(value, b';');
        // Old and long ones are folded, and the fold is no part of the token.
        let token: Vec<u8> =
            token.iter().copied().filter(|b| !b.is_ascii_whitespace() && *b != b'"').collect();
        let token = String::from_utf8(token).ok().filter(|token| token.len() <= LONGEST)?;
        let mut parts = token.split('.');
        let (header, payload, signature) = (parts.next()?, parts.next()?, parts.next()?);
        if parts.next().is_some() {
            return None;
        }
        let signature = Base64UrlUnpadded::decode_vec(signature.trim_end_matches('=')).ok()?;
        let params = Params(params.unwrap_or_default());
        let compact = header.is_empty() && payload.is_empty();
        let claims = if compact { None } else { Some(claims(&object(header)?, &object(payload)?)) };
        let info = params.get("info").map(|info| {
            let info = trim(info).strip_prefix(b"<").unwrap_or(info);
            String::from_utf8_lossy(info.strip_suffix(b">").unwrap_or(info)).into_owned()
        });
        Some(Self {
            claims,
            info,
            alg: params.text("alg"),
            ppt: params.text("ppt"),
            signed: if compact { String::new() } else { format!("{header}.{payload}") },
            signature,
        })
    }

    /// What is signed in the compact form of a base PASSporT: header and claims
    /// as RFC 8225 section 9 writes them, keys in order and without blanks.
    pub fn compact_signed(&self, orig: &str, dest: &[String], iat: i64) -> Option<String> {
        let text = |text: &str| Value::from(text).to_string();
        let ppt = self.ppt.as_deref().map(|ppt| format!("\"ppt\":{},", text(ppt)));
        let header = format!(
            "{{\"alg\":{},{}\"typ\":\"passport\",\"x5u\":{}}}",
            text(self.alg.as_deref().unwrap_or("ES256")),
            ppt.unwrap_or_default(),
            text(self.info.as_deref()?),
        );
        let dest: Vec<_> = dest.iter().map(|dest| text(dest)).collect();
        let claims = format!(
            "{{\"dest\":{{\"tn\":[{}]}},\"iat\":{iat},\"orig\":{{\"tn\":{}}}}}",
            dest.join(","),
            text(orig)
        );
        let encoded = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
        Some(format!("{}.{}", encoded(&header), encoded(&claims)))
    }
}

fn object(part: &str) -> Option<Map<String, Value>> {
    let bytes = Base64UrlUnpadded::decode_vec(part.trim_end_matches('=')).ok()?;
    match serde_json::from_slice(&bytes).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn claims(header: &Map<String, Value>, payload: &Map<String, Value>) -> Claims {
    let text = |from: &Map<String, Value>, key: &str| from.get(key)?.as_str().map(str::to_owned);
    Claims {
        alg: text(header, "alg"),
        ppt: text(header, "ppt"),
        x5u: text(header, "x5u"),
        attest: text(payload, "attest"),
        origid: text(payload, "origid"),
        orig: payload.get("orig").map(parties).unwrap_or_default(),
        dest: payload.get("dest").map(parties).unwrap_or_default(),
        div: payload.get("div").map(parties),
        iat: payload.get("iat").and_then(Value::as_i64),
    }
}

/// `orig` has one of each, `dest` lists.
fn parties(value: &Value) -> Parties {
    let list = |key: &str| match value.get(key) {
        Some(Value::String(one)) => vec![one.clone()],
        Some(Value::Array(many)) => {
            many.iter().filter_map(Value::as_str).take(MAX_PARTIES).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    };
    Parties { tn: list("tn"), uri: list("uri") }
}

/// A telephone number as PASSporTs have it (RFC 8224 section 8.3): without
/// visual separators, `+` and parameters; `None` when it is none.
pub fn canonical_number(user: &str) -> Option<String> {
    let number = user.split(';').next().unwrap_or_default();
    let plain = number.strip_prefix('+').unwrap_or(number);
    let digits: String = plain.chars().filter(|c| !"-.() ".contains(*c)).collect();
    let is_number =
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit() || "*#".contains(c));
    is_number.then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_shaken_example() {
        // RFC 8588 section 4's claims.
        let encoded = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
        let header = r#"{"alg":"ES256","typ":"passport","ppt":"shaken","x5u":"https://cert.example.org/passport.cer"}"#;
        let payload = r#"{"attest":"A","dest":{"tn":["12155550131"]},"iat":1443208345,"orig":{"tn":"12155550121"},"origid":"123e4567"}"#;
        let value = format!(
            "{}.{}.{} ;info=<https://cert.example.org/passport.cer>;alg=ES256;ppt=\"shaken\"",
            encoded(header),
            encoded(payload),
            encoded("signature")
        );
        let identity = Identity::parse(value.as_bytes()).unwrap();
        assert_eq!(identity.info.as_deref(), Some("https://cert.example.org/passport.cer"));
        assert_eq!(
            (identity.ppt.as_deref(), identity.signature.as_slice()),
            (Some("shaken"), &b"signature"[..])
        );
        let claims = identity.claims.unwrap();
        assert_eq!((claims.attest.as_deref(), claims.iat), (Some("A"), Some(1_443_208_345)));
        assert_eq!(
            (claims.orig.tn, claims.dest.tn),
            (vec!["12155550121".to_owned()], vec!["12155550131".to_owned()])
        );
        assert_eq!(
            (claims.ppt.as_deref(), claims.origid.as_deref()),
            (Some("shaken"), Some("123e4567"))
        );
    }

    #[test]
    fn the_compact_form_says_what_it_leaves_out() {
        let identity = Identity::parse(b"..c2ln;info=<https://a.example/x.cer>;alg=ES256").unwrap();
        assert_eq!((&identity.claims, identity.signed.as_str()), (&None, ""));
        // RFC 8225 section 9.1 gives this order of keys.
        let signed = identity
            .compact_signed("12155551212", &["12155551213".to_owned()], 1_443_208_345)
            .unwrap();
        let parts: Vec<_> =
            signed.split('.').map(|part| Base64UrlUnpadded::decode_vec(part).unwrap()).collect();
        assert_eq!(
            parts[0],
            br#"{"alg":"ES256","typ":"passport","x5u":"https://a.example/x.cer"}"#
        );
        assert_eq!(
            parts[1],
            br#"{"dest":{"tn":["12155551213"]},"iat":1443208345,"orig":{"tn":"12155551212"}}"#
        );
    }

    #[test]
    fn what_is_no_passport_is_none() {
        for bad in ["", "a.b", "a.b.c.d", "W10.e30.c2ln", "!.!.!", "e30.e30.", "..", "a..b"] {
            let parsed = Identity::parse(bad.as_bytes());
            assert!(
                parsed.as_ref().is_none_or(|identity| identity.signature.is_empty()),
                "{bad}: {parsed:?}"
            );
        }
    }

    #[test]
    fn numbers_lose_what_is_only_for_the_eye() {
        assert_eq!(canonical_number("+1-201-555-0123;npdi").as_deref(), Some("12015550123"));
        assert_eq!(canonical_number("911").as_deref(), Some("911"));
        assert_eq!(canonical_number("alice"), None);
        assert_eq!(canonical_number("+"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_survived(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Identity::parse(&body);
            let _ = Identity::parse(&[b"e30.e30.".as_slice(), &body].concat());
        }
    }
}
