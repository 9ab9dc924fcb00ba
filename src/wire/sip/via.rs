//! `Via` (RFC 3261 section 20.42): the way a request came and its response goes.

use super::param::Params;
use super::text::is_of_token;
use crate::wire::bytes::decimal;

/// What the branch of RFC 3261 begins with.
pub(super) const COOKIE: &[u8] = b"z9hG4bK";

/// One hop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Via<'a> {
    /// The transport as sent: `UDP`, `TCP`, `TLS`, `SCTP`, `WS`, `WSS`.
    pub transport: &'a [u8],
    /// The sent-by host, brackets of an IPv6 address kept.
    pub host: &'a [u8],
    /// The sent-by port.
    pub port: Option<u16>,
    /// Parameters.
    pub params: Params<'a>,
}

/// The token that the bytes begin with, and what follows it.
fn token(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().position(|byte| !is_of_token(*byte)).unwrap_or(bytes.len());
    (end > 0).then(|| bytes.split_at(end))
}

/// What follows a slash, with blanks around it or without.
fn after_slash(bytes: &[u8]) -> Option<&[u8]> {
    Some(bytes.trim_ascii_start().strip_prefix(b"/")?.trim_ascii_start())
}

/// The host that the bytes begin with, and what follows it.
fn host(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    if bytes.first() == Some(&b'[')
        && let Some(end) = memchr::memchr(b']', bytes).filter(|end| *end > 1)
    {
        return Some(bytes.split_at(end + 1));
    }
    let ends = |byte: &u8| matches!(byte, b':' | b';' | b' ' | b'\t' | b'\r' | b'\n');
    let end = bytes.iter().position(ends).unwrap_or(bytes.len());
    (end > 0).then(|| bytes.split_at(end))
}

/// The digits of the port that the bytes begin with, and what follows it.
fn port(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let digits = bytes.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
    let end = digits.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(digits.len());
    (end > 0).then(|| digits.split_at(end))
}

impl<'a> Via<'a> {
    /// Reads one element of the header field.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let (_, rest) = token(value.trim_ascii_start())?;
        let (_, rest) = token(after_slash(rest)?)?;
        let (transport, rest) = token(after_slash(rest)?)?;
        let (host, rest) = host(rest.trim_ascii_start())?;
        let (port, rest) = match port(rest) {
            None => (None, rest),
            Some((digits, rest)) => (Some(u16::try_from(decimal(digits)?).ok()?), rest),
        };
        let params = rest.trim_ascii_start();
        Some(Self { transport, host, port, params: Params(params) })
    }

    /// The branch, which names the transaction (RFC 3261 section 17.1.3).
    pub fn branch(&self) -> Option<&'a [u8]> {
        self.params.get("branch").filter(|branch| !branch.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_read() {
        let via =
            Via::parse(b"SIP/2.0/UDP pc33.atlanta.com:5066;branch=z9hG4bK776;received=192.0.2.1")
                .unwrap();
        assert_eq!(
            (via.transport, via.host, via.port),
            (&b"UDP"[..], &b"pc33.atlanta.com"[..], Some(5066))
        );
        assert_eq!(via.branch(), Some(&b"z9hG4bK776"[..]));
        let spaced =
            Via::parse(b"SIP  / 2.0\r\n /UDP\r\n    192.0.2.2 : 5060 ;branch=390skdjuw").unwrap();
        assert_eq!(
            (spaced.transport, spaced.host, spaced.port),
            (&b"UDP"[..], &b"192.0.2.2"[..], Some(5060))
        );
        assert_eq!(spaced.branch(), Some(&b"390skdjuw"[..]));
        let v6 = Via::parse(b"SIP/2.0/TLS [2001:db8::9:1];branch=z9hG4bKas3").unwrap();
        assert_eq!((v6.host, v6.port), (&b"[2001:db8::9:1]"[..], None));
        assert_eq!(Via::parse(b"SIP/2.0/UDP 192.0.2.1").unwrap().branch(), None);
    }

    #[test]
    fn what_is_no_via_is_none() {
        for bad in
            [&b""[..], b"SIP/2.0", b"SIP/2.0/UDP", b"SIP/2.0/UDP ;branch=1", b"SIP/2.0/UDP h:70000"]
        {
            assert_eq!(Via::parse(bad), None, "{bad:?}");
        }
    }
}
