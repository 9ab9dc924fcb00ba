//! Text of header fields: folding, lists, what to make of bytes that are not UTF-8.

use std::borrow::Cow;

use crate::wire::bytes::trim;

/// The text of bytes, with invalid UTF-8 replaced by U+FFFD.
#[inline]
pub fn lossy(bytes: &[u8]) -> Cow<'_, str> {
    // Nearly all text is, and to see that costs less than to look for what is not.
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// The value of a field on one line: each fold, a line break with the blanks
/// around it, becomes one space (RFC 3261 section 7.3.1).
pub fn unfold(value: &[u8]) -> Cow<'_, [u8]> {
    if memchr::memchr2(b'\r', b'\n', value).is_none() {
        return Cow::Borrowed(value);
    }
    let mut line = Vec::with_capacity(value.len());
    for part in
        value.split(|b| matches!(b, b'\r' | b'\n')).map(trim).filter(|part| !part.is_empty())
    {
        if !line.is_empty() {
            line.push(b' ');
        }
        line.extend_from_slice(part);
    }
    Cow::Owned(line)
}

/// The elements of a comma-separated list. Commas inside quoted strings and
/// angle brackets do not separate (RFC 3261 sections 7.3.1 and 20.10).
pub fn list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    split_outside(value, b',').filter(|element| !element.is_empty())
}

/// Splits at every `separator` that is outside quoted strings and angle
/// brackets; the parts are trimmed.
pub(super) fn split_outside(value: &[u8], separator: u8) -> impl Iterator<Item = &[u8]> {
    let mut rest = Some(value);
    std::iter::from_fn(move || {
        let bytes = rest?;
        let end = end_outside(bytes, separator);
        rest = end.and_then(|end| bytes.get(end + 1..));
        Some(trim(bytes.get(..end.unwrap_or(bytes.len())).unwrap_or_default()))
    })
}

/// Where the first `separator` outside quotes and angle brackets stands.
#[inline]
fn end_outside(bytes: &[u8], separator: u8) -> Option<usize> {
    let first = memchr::memchr3(separator, b'"', b'<', bytes)?;
    if bytes.get(first) == Some(&separator) {
        return Some(first);
    }
    end_beyond(bytes.get(first..)?, separator).map(|end| first + end)
}

/// The same, where a quote or a bracket opens.
fn end_beyond(bytes: &[u8], separator: u8) -> Option<usize> {
    let (mut quoted, mut escaped, mut bracketed) = (false, false, false);
    for (at, &byte) in bytes.iter().enumerate() {
        if escaped {
            escaped = false;
        } else if quoted {
            match byte {
                b'\\' => escaped = true,
                b'"' => quoted = false,
                _ => {}
            }
        } else {
            match byte {
                b'"' => quoted = true,
                b'<' => bracketed = true,
                b'>' => bracketed = false,
                b if b == separator && !bracketed => return Some(at),
                _ => {}
            }
        }
    }
    None
}

/// The content of a quoted string, its escapes undone; other text as it is.
pub(super) fn unquote(text: &[u8]) -> Cow<'_, [u8]> {
    let Some(inner) = text.strip_prefix(b"\"") else { return Cow::Borrowed(text) };
    let inner = inner.strip_suffix(b"\"").unwrap_or(inner);
    if memchr::memchr(b'\\', inner).is_none() {
        return Cow::Borrowed(inner);
    }
    let mut plain = Vec::with_capacity(inner.len());
    let mut bytes = inner.iter();
    while let Some(&byte) = bytes.next() {
        match byte {
            b'\\' => plain.extend(bytes.next()),
            _ => plain.push(byte),
        }
    }
    Cow::Owned(plain)
}

/// Whether every byte may stand in a token (RFC 3261 section 25.1), and there is one.
pub(super) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| is_of_token(*byte))
}

/// Whether a byte may stand in a token.
#[inline]
pub(super) fn is_of_token(byte: u8) -> bool {
    /// The bytes that may, as bits of their values.
    const BYTES: [u64; 4] = {
        let mut bits = [0; 4];
        let mut byte = 0_u8;
        while byte < 128 {
            let mark = matches!(
                byte,
                b'-' | b'.' | b'!' | b'%' | b'*' | b'_' | b'+' | b'`' | b'\'' | b'~'
            );
            if mark || byte.is_ascii_alphanumeric() {
                bits[(byte / 64) as usize] |= 1 << (byte % 64);
            }
            byte += 1;
        }
        bits
    };
    BYTES.get(usize::from(byte >> 6)).is_some_and(|bits| bits >> (byte & 63) & 1 != 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_become_one_space() {
        assert_eq!(unfold(b"a b").as_ref(), b"a b");
        assert_eq!(unfold(b"I know\r\n\t you're\n there ").as_ref(), b"I know you're there");
    }

    #[test]
    fn commas_in_quotes_and_brackets_do_not_separate() {
        let value = br#""Smith, J\", x" <sip:a,b@c>;q=1 , <sip:d>,,sip:e"#;
        let elements: Vec<_> = list(value).collect();
        assert_eq!(elements, [&br#""Smith, J\", x" <sip:a,b@c>;q=1"#[..], b"<sip:d>", b"sip:e"]);
    }

    proptest::proptest! {
        #[test]
        fn a_separator_is_found_wherever_it_stands(
            value in proptest::collection::vec(proptest::sample::select(&b"a,\"<>\\"[..]), 0..12),
        ) {
            proptest::prop_assert_eq!(end_outside(&value, b','), end_beyond(&value, b','));
        }
    }

    #[test]
    fn quoted_strings_lose_quotes_and_escapes() {
        assert_eq!(unquote(br#""J \"Rosenberg\"""#).as_ref(), br#"J "Rosenberg""#);
        assert_eq!(unquote(b"plain").as_ref(), b"plain");
        assert_eq!(unquote(br#""open \"#).as_ref(), b"open ");
    }
}
