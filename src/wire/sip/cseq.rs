//! `CSeq` (RFC 3261 section 20.16).

use super::start_line::Method;
use super::text::is_token;
use crate::wire::bytes::{decimal, trim};

/// A command sequence number and its method.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Cseq<'a> {
    /// The number, below 2^31.
    pub number: u32,
    /// The method.
    pub method: Method,
    /// The method as sent.
    pub method_text: &'a [u8],
}

impl<'a> Cseq<'a> {
    /// Reads a value; `None` unless it is a number below 2^31 and a token.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let digits = value.iter().position(|b| !b.is_ascii_digit())?;
        let (number, method_text) = value.split_at(digits);
        let method_text = trim(method_text);
        let number = decimal(number).filter(|number| *number < 1 << 31)?;
        is_token(method_text).then_some(Self {
            number: u32::try_from(number).ok()?,
            method: Method::of(method_text),
            method_text,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_or_refused() {
        let cseq = Cseq::parse(b"0009\r\n  INVITE").unwrap();
        assert_eq!((cseq.number, cseq.method), (9, Method::Invite));
        assert_eq!(Cseq::parse(b"8 NEW").unwrap().method_text, b"NEW");
        for bad in [
            &b"2147483648 INVITE"[..],
            b"36893488147419103232 REGISTER",
            b"INVITE",
            b"1",
            b"",
            b"1 \x01",
        ] {
            assert_eq!(Cseq::parse(bad), None, "{bad:?}");
        }
    }
}
