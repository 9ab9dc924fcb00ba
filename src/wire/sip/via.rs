//! `Via` (RFC 3261 section 20.42): the way a request came and its response goes.

use nom::bytes::complete::{is_not, tag, take_while, take_while1};
use nom::combinator::{opt, recognize};
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};

use super::param::Params;
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

fn blanks(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while(|b: u8| b.is_ascii_whitespace()).parse(input)
}

fn token(input: &[u8]) -> IResult<&[u8], &[u8]> {
    take_while1(|b: u8| b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b)).parse(input)
}

fn slash(input: &[u8]) -> IResult<&[u8], &[u8]> {
    delimited(blanks, tag("/"), blanks).parse(input)
}

fn host(input: &[u8]) -> IResult<&[u8], &[u8]> {
    nom::branch::alt((recognize(delimited(tag("["), is_not("]"), tag("]"))), is_not(":; \t\r\n")))
        .parse(input)
}

impl<'a> Via<'a> {
    /// Reads one element of the header field.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let port = preceded((blanks, tag(":"), blanks), take_while1(|b: u8| b.is_ascii_digit()));
        let parsed: IResult<&[u8], _> =
            (blanks, token, slash, token, slash, token, blanks, host, opt(port), blanks)
                .parse(value);
        let (params, (_, _, _, _, _, transport, _, host, port, _)) = parsed.ok()?;
        let port = match port {
            None => None,
            Some(digits) => Some(u16::try_from(decimal(digits)?).ok()?),
        };
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
