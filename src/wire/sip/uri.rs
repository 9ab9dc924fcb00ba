//! SIP, SIPS and tel URIs (RFC 3261 section 19.1, RFC 3966).

use super::param::Params;
use crate::wire::bytes::{decimal, split_once};

/// A URI taken apart; escapes are kept as sent.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Uri<'a> {
    /// The URI as sent.
    pub raw: &'a [u8],
    /// `sip`, `sips`, `tel`, or another scheme, as sent.
    pub scheme: &'a [u8],
    /// The user part, a tel URI's number.
    pub user: Option<&'a [u8]>,
    /// The host, brackets of an IPv6 address kept; empty for tel URIs.
    pub host: &'a [u8],
    /// The port, if it is given and is a number below 65536.
    pub port: Option<u16>,
    /// Parameters of the URI.
    pub params: Params<'a>,
    /// Header fields of the URI, after `?`.
    pub headers: Option<&'a [u8]>,
}

/// The scheme, and what follows its colon.
fn scheme(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let is_of_scheme = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    let end = bytes.iter().position(|byte| !is_of_scheme(byte)).filter(|end| *end > 0)?;
    let (scheme, rest) = bytes.split_at(end);
    Some((scheme, rest.strip_prefix(b":")?))
}

/// The host, and what follows it.
fn host(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.first() == Some(&b'[')
        && let Some(end) = memchr::memchr(b']', bytes).filter(|end| *end > 1)
    {
        return Some(bytes.split_at(end + 1));
    }
    let end = memchr::memchr3(b':', b';', b'?', bytes).unwrap_or(bytes.len());
    (end > 0).then(|| bytes.split_at(end))
}

/// The digits of the port, and what follows them.
fn port(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = bytes.strip_prefix(b":")?;
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    (end > 0).then(|| digits.split_at(end))
}

impl<'a> Uri<'a> {
    /// Reads a URI; `None` without a scheme.
    pub fn parse(raw: &'a [u8]) -> Option<Self> {
        let (scheme, after_scheme) = scheme(raw)?;
        if scheme.eq_ignore_ascii_case(b"sip") || scheme.eq_ignore_ascii_case(b"sips") {
            Self::sip(raw, scheme, after_scheme)
        } else if scheme.eq_ignore_ascii_case(b"tel") {
            let end = memchr::memchr(b';', after_scheme).unwrap_or(after_scheme.len());
            let (number, params) = after_scheme.split_at(end);
            Some(Self { user: Some(number), params: Params(params), ..Self::opaque(raw, scheme) })
        } else {
            Some(Self::opaque(raw, scheme))
        }
    }

    fn opaque(raw: &'a [u8], scheme: &'a [u8]) -> Self {
        Self {
            raw,
            scheme,
            user: None,
            host: &[],
            port: None,
            params: Params::default(),
            headers: None,
        }
    }

    fn sip(raw: &'a [u8], scheme: &'a [u8], input: &'a [u8]) -> Option<Self> {
        // The user part may hold `;`, `?` and `:`, but no `@`: the last `@`
        // before the URI's headers separates it from the host.
        let (user, input) = match memchr::memrchr(b'@', input) {
            Some(at) => (input.get(..at), input.get(at + 1..)?),
            None => (None, input),
        };
        let user = user.map(|userinfo| split_once(userinfo, b':').0);
        let (host, rest) = host(input)?;
        let (port, rest) = port(rest).map_or((None, rest), |(digits, rest)| (Some(digits), rest));
        let (params, headers) = split_once(rest, b'?');
        let port = port.and_then(decimal).and_then(|port| u16::try_from(port).ok());
        Some(Self { raw, scheme, user, host, port, params: Params(params), headers })
    }

    /// Whether the scheme is `sip` or `sips`.
    pub fn is_sip(&self) -> bool {
        self.scheme.eq_ignore_ascii_case(b"sip") || self.scheme.eq_ignore_ascii_case(b"sips")
    }

    /// The user part as text with its escapes (`%41`) undone; `None` when it is absent or empty.
    pub fn user_text(&self) -> Option<String> {
        self.user
            .filter(|user| !user.is_empty())
            .map(|user| String::from_utf8_lossy(&unescape(user)).into_owned())
    }
}

/// Undoes `%HH` escapes (RFC 3261 section 19.1.2); others are left as they are.
pub fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut input = text;
    while let Some((&byte, after)) = input.split_first() {
        match after {
            [a, b, beyond @ ..] if byte == b'%' => {
                if let (Some(a), Some(b)) = (hex(*a), hex(*b)) {
                    plain.push(16 * a + b);
                    input = beyond;
                    continue;
                }
            }
            _ => {}
        }
        plain.push(byte);
        input = after;
    }
    plain
}

/// The value of a hexadecimal digit.
fn hex(digit: u8) -> Option<u8> {
    u8::try_from(char::from(digit).to_digit(16)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sip_uris_are_taken_apart() {
        let uri = Uri::parse(b"sip:alice:secret@atlanta.com:5062;transport=tcp;lr?subject=x&to=y")
            .unwrap();
        assert_eq!(
            (uri.user, uri.host, uri.port),
            (Some(&b"alice"[..]), &b"atlanta.com"[..], Some(5062))
        );
        assert_eq!(
            (uri.params.get("transport"), uri.headers),
            (Some(&b"tcp"[..]), Some(&b"subject=x&to=y"[..]))
        );
        let bare = Uri::parse(b"SIPS:biloxi.com").unwrap();
        assert_eq!((bare.user, bare.host, bare.port), (None, &b"biloxi.com"[..], None));
        let v6 = Uri::parse(b"sip:u@[2001:db8::10]:5070;x").unwrap();
        assert_eq!((v6.host, v6.port), (&b"[2001:db8::10]"[..], Some(5070)));
        assert_eq!(Uri::parse(b"sip:1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*:&it+has=1,weird!*pas$wo~d_too.(doesn't-it)@example.com").unwrap().host, b"example.com");
    }

    #[test]
    fn escapes_are_undone_in_users() {
        let uri = Uri::parse(b"sip:sips%3Auser%40example.com@example.net").unwrap();
        assert_eq!(uri.user_text().as_deref(), Some("sips:user@example.com"));
        assert_eq!(unescape(b"%Z%45%4"), b"%ZE%4");
    }

    #[test]
    fn tel_and_foreign_uris() {
        let tel = Uri::parse(b"tel:+1-201-555-0123;phone-context=example.com").unwrap();
        assert_eq!(tel.user, Some(&b"+1-201-555-0123"[..]));
        assert_eq!(tel.params.get("phone-context"), Some(&b"example.com"[..]));
        let foreign = Uri::parse(b"soap.beep://192.0.2.103:3002").unwrap();
        assert_eq!((foreign.scheme, foreign.user), (&b"soap.beep"[..], None));
        assert_eq!(Uri::parse(b"no-colon"), None);
        assert_eq!(Uri::parse(b""), None);
        assert_eq!(Uri::parse(b"sip:@"), None);
    }
}
