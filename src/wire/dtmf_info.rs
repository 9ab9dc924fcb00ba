//! DTMF digits in the body of SIP INFO: `application/dtmf-relay` (Cisco's
//! `Signal=`/`Duration=` lines) and `application/dtmf` (the bare digit).

use super::bytes::{decimal, split_once, trim};

/// A digit and its length.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Signal {
    /// `0`..`9`, `*`, `#`, `A`..`D`, `!` for the hook flash.
    pub digit: char,
    /// Length in milliseconds, if the body says.
    pub duration_ms: Option<u32>,
}

/// Reads the body of an INFO; `None` when its type is another or it has no digit.
pub fn parse(content_type: &[u8], body: &[u8]) -> Option<Signal> {
    let media_type = trim(split_once(content_type, b';').0).to_ascii_lowercase();
    match media_type.as_slice() {
        b"application/dtmf-relay" => relay(body),
        b"application/dtmf" => digit(trim(body)).map(|digit| Signal { digit, duration_ms: None }),
        _ => None,
    }
}

fn relay(body: &[u8]) -> Option<Signal> {
    let (mut found, mut duration_ms) = (None, None);
    for line in body.split(|b| matches!(b, b'\r' | b'\n')) {
        let (name, value) = split_once(line, b'=');
        let value = trim(value.unwrap_or_default());
        match trim(name).to_ascii_lowercase().as_slice() {
            b"signal" => found = digit(value),
            b"duration" => duration_ms = decimal(value).and_then(|ms| u32::try_from(ms).ok()),
            _ => {}
        }
    }
    found.map(|digit| Signal { digit, duration_ms })
}

/// A digit as itself, or as its RFC 4733 event number where it has two figures.
fn digit(text: &[u8]) -> Option<char> {
    match text {
        [b @ (b'0'..=b'9' | b'*' | b'#' | b'!')] => Some(char::from(*b)),
        [b @ (b'a'..=b'd' | b'A'..=b'D')] => Some(char::from(b.to_ascii_uppercase())),
        b"10" => Some('*'),
        b"11" => Some('#'),
        b"12" => Some('A'),
        b"13" => Some('B'),
        b"14" => Some('C'),
        b"15" => Some('D'),
        b"16" => Some('!'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_are_read() {
        let relay = parse(b"application/dtmf-relay", b"Signal= 5\r\nDuration= 160\r\n");
        assert_eq!(relay, Some(Signal { digit: '5', duration_ms: Some(160) }));
        assert_eq!(
            parse(b"Application/DTMF", b"#"),
            Some(Signal { digit: '#', duration_ms: None })
        );
        assert_eq!(
            parse(b"application/dtmf-relay;x", b"Signal=10"),
            Some(Signal { digit: '*', duration_ms: None })
        );
        assert_eq!(parse(b"application/media_control+xml", b"5"), None);
        assert_eq!(parse(b"application/dtmf", b"hello"), None);
        assert_eq!(parse(b"application/dtmf-relay", b"Duration=1"), None);
    }
}
