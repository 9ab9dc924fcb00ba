//! Request and status lines (RFC 3261 sections 7.1 and 7.2).

use super::text::is_token;
use crate::wire::bytes::{decimal, trim};
use crate::wire::malformed::{Reason, Reasons};

/// A request method that siplens knows; methods are compared with case.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[repr(u8)]
pub enum Method {
    /// RFC 3261
    Invite,
    /// RFC 3261
    Ack,
    /// RFC 3261
    Bye,
    /// RFC 3261
    Cancel,
    /// RFC 3261
    Register,
    /// RFC 3261
    Options,
    /// RFC 3262
    Prack,
    /// RFC 3311
    Update,
    /// RFC 6086
    Info,
    /// RFC 3515
    Refer,
    /// RFC 6665
    Subscribe,
    /// RFC 6665
    Notify,
    /// RFC 3428
    Message,
    /// RFC 3903
    Publish,
    /// A method that siplens does not know; the message has its text.
    Other,
}

impl Method {
    /// The known methods.
    pub const KNOWN: [Self; 14] = [
        Self::Invite,
        Self::Ack,
        Self::Bye,
        Self::Cancel,
        Self::Register,
        Self::Options,
        Self::Prack,
        Self::Update,
        Self::Info,
        Self::Refer,
        Self::Subscribe,
        Self::Notify,
        Self::Message,
        Self::Publish,
    ];

    /// The method of a token.
    pub fn of(token: &[u8]) -> Self {
        Self::KNOWN
            .into_iter()
            .find(|method| method.name().as_bytes() == token)
            .unwrap_or(Self::Other)
    }

    /// The token; empty for [`Method::Other`].
    pub const fn name(self) -> &'static str {
        match self {
            Self::Invite => "INVITE",
            Self::Ack => "ACK",
            Self::Bye => "BYE",
            Self::Cancel => "CANCEL",
            Self::Register => "REGISTER",
            Self::Options => "OPTIONS",
            Self::Prack => "PRACK",
            Self::Update => "UPDATE",
            Self::Info => "INFO",
            Self::Refer => "REFER",
            Self::Subscribe => "SUBSCRIBE",
            Self::Notify => "NOTIFY",
            Self::Message => "MESSAGE",
            Self::Publish => "PUBLISH",
            Self::Other => "",
        }
    }
}

/// The first line of a message.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StartLine<'a> {
    /// `INVITE sip:bob@biloxi.com SIP/2.0`
    Request {
        /// The method.
        method: Method,
        /// The method as sent.
        method_text: &'a [u8],
        /// The Request-URI as sent.
        uri: &'a [u8],
    },
    /// `SIP/2.0 180 Ringing`
    Response {
        /// Status code, 100..699 in valid messages; 0 if it is no number.
        status: u16,
        /// The reason phrase as sent, possibly empty.
        reason: &'a [u8],
    },
}

/// Whether a line is a start line of SIP, without reading it in full: it ends in
/// or begins with a version `SIP/n.n`.
#[inline]
pub(super) fn is_start_line(line: &[u8]) -> bool {
    version_prefix(line).is_some() || version_suffix(line).is_some()
}

/// Whether a start line's method is a token; a status line has none to check.
#[inline]
pub(super) fn has_method(line: &[u8]) -> bool {
    version_prefix(line).is_some()
        || line.split(|b| matches!(b, b' ' | b'\t')).next().is_some_and(is_token)
}

/// Reads a start line; faults that leave it readable go into `faults`.
pub(super) fn parse<'a>(line: &'a [u8], faults: &mut Reasons) -> Result<StartLine<'a>, Reason> {
    if let Some((version, rest)) = version_prefix(line) {
        check_version(version, faults);
        let rest = trim(rest);
        let digits = rest.iter().position(|b| !b.is_ascii_digit()).unwrap_or(rest.len());
        let (code, reason) = rest.split_at(digits);
        let status = match decimal(code) {
            Some(status @ 100..=699) => u16::try_from(status).unwrap_or(0),
            other => {
                faults.insert(Reason::SipBadStatus);
                other.and_then(|status| u16::try_from(status).ok()).unwrap_or(0)
            }
        };
        return Ok(StartLine::Response { status, reason: trim(reason) });
    }
    let (rest, version) = version_suffix(line).ok_or(Reason::SipBadMethod)?;
    if line.last().is_some_and(u8::is_ascii_whitespace) {
        faults.insert(Reason::SipStartLineBlanks);
    }
    check_version(version, faults);
    let end = rest.iter().position(|b| matches!(b, b' ' | b'\t')).ok_or(Reason::SipBadMethod)?;
    let (method_text, uri) = rest.split_at(end);
    if !is_token(method_text) {
        return Err(Reason::SipBadMethod);
    }
    // One blank before it and one behind it.
    if uri.len() != trim(uri).len() + 2 {
        faults.insert(Reason::SipStartLineBlanks);
    }
    let uri = trim(uri);
    if uri.is_empty() || uri.iter().any(|b| matches!(b, b' ' | b'\t' | b'<' | b'>')) {
        faults.insert(Reason::SipBadRequestUri);
    }
    Ok(StartLine::Request { method: Method::of(method_text), method_text, uri })
}

fn check_version(version: &[u8], faults: &mut Reasons) {
    if version != b"2.0" {
        faults.insert(Reason::SipVersion);
    }
}

/// `SIP/2.0 200 OK` to (`2.0`, ` 200 OK`).
#[inline]
fn version_prefix(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let (sip, rest) = line.split_at_checked(4)?;
    if !sip.eq_ignore_ascii_case(b"SIP/") {
        return None;
    }
    let end = rest.iter().position(|b| matches!(b, b' ' | b'\t'))?;
    let (version, rest) = rest.split_at(end);
    is_version(version).then_some((version, rest))
}

/// `INVITE sip:a SIP/2.0` to (`INVITE sip:a `, `2.0`).
#[inline]
fn version_suffix(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let line = line.trim_ascii_end();
    let slash = memchr::memrchr(b'/', line)?;
    let (before, version) = line.split_at(slash);
    let version = version.get(1..)?;
    let (rest, sip) = before.split_at_checked(before.len().checked_sub(3)?)?;
    let blank_before = rest.last().is_some_and(|b| matches!(b, b' ' | b'\t'));
    (blank_before && sip.eq_ignore_ascii_case(b"SIP") && is_version(version))
        .then_some((rest, version))
}

fn is_version(text: &[u8]) -> bool {
    let (major, minor) = crate::wire::bytes::split_once(text, b'.');
    decimal(major).is_some() && minor.and_then(decimal).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> (Result<StartLine<'_>, Reason>, Vec<Reason>) {
        let mut faults = Reasons::default();
        let start = parse(line.as_bytes(), &mut faults);
        (start, faults.iter().collect())
    }

    #[test]
    fn request_lines() {
        let request = |method_text: &'static str, uri: &'static str| StartLine::Request {
            method: Method::of(method_text.as_bytes()),
            method_text: method_text.as_bytes(),
            uri: uri.as_bytes(),
        };
        assert_eq!(
            read("INVITE sip:bob@biloxi.com SIP/2.0"),
            (Ok(request("INVITE", "sip:bob@biloxi.com")), vec![])
        );
        assert_eq!(
            read("NEWMETHOD soap.beep://1 SIP/2.0").0,
            Ok(request("NEWMETHOD", "soap.beep://1"))
        );
        assert_eq!(
            read("invite sip:a SIP/2.0").0,
            Ok(request("invite", "sip:a")),
            "methods have case"
        );
        let (start, faults) = read("INVITE sip:user@example.com; lr SIP/2.0");
        assert_eq!(
            (start, faults),
            (Ok(request("INVITE", "sip:user@example.com; lr")), vec![Reason::SipBadRequestUri])
        );
        assert_eq!(read("OPTIONS sip:a SIP/7.0").1, [Reason::SipVersion]);
        assert_eq!(read("OPTIONS sip:a SIP/2.0   ").0, Ok(request("OPTIONS", "sip:a")));
        assert_eq!(read(" sip:tori@localhost SIP/2.0").0, Err(Reason::SipBadMethod));
        assert_eq!(read("\u{e5}\u{e4} sip:a SIP/2.0").0, Err(Reason::SipBadMethod));
    }

    #[test]
    fn status_lines() {
        let response = |status, reason: &'static str| StartLine::Response {
            status,
            reason: reason.as_bytes(),
        };
        assert_eq!(read("SIP/2.0 180 Ringing"), (Ok(response(180, "Ringing")), vec![]));
        assert_eq!(read("SIP/2.0 100 "), (Ok(response(100, "")), vec![]));
        assert_eq!(read("sip/2.0 200 OK").0, Ok(response(200, "OK")));
        assert_eq!(
            read("SIP/2.0 4294967301 better not"),
            (Ok(response(0, "better not")), vec![Reason::SipBadStatus])
        );
    }

    #[test]
    fn other_text_protocols_are_not_sip() {
        for line in [
            "GET / HTTP/1.1",
            "DESCRIBE rtsp://a RTSP/1.0",
            "RTSP/1.0 200 OK",
            "",
            "SIP",
            "SIP/2.0",
            "/",
            "a/2.0",
        ] {
            assert!(!is_start_line(line.as_bytes()), "{line}");
        }
        assert!(is_start_line(b"SIP/2.0 100"));
        assert!(is_start_line(b"a b SIP/2.0"));
    }
}
