//! Addresses in From, To, Contact, Route and their like (RFC 3261 section 20.10).

use super::Uri;
use super::param::Params;
use super::text::{is_token, unquote};
use crate::wire::bytes::trim;

/// How the URI is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Form {
    /// Without brackets.
    Bare,
    /// In brackets.
    Bracketed,
    /// In brackets, with blanks around it.
    Padded,
}

/// `"Alice" <sip:alice@atlanta.com>;tag=1928301774`, or the same without brackets.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NameAddr<'a> {
    pub(super) display: &'a [u8],
    pub(super) form: Form,
    /// The URI as sent, without brackets.
    pub uri: &'a [u8],
    /// Parameters of the header field, not of the URI.
    pub params: Params<'a>,
}

impl<'a> NameAddr<'a> {
    /// Reads one element of a header field; `None` when there is no URI.
    pub fn parse(value: &'a [u8]) -> Option<Self> {
        let value = trim(value);
        let (display, rest) = match value.strip_prefix(b"\"") {
            Some(quoted) => value.split_at(1 + end_of_quoted(quoted)),
            None => value.split_at(0),
        };
        if let Some(open) = memchr::memchr(b'<', rest) {
            let (name, bracketed) = rest.split_at(open);
            let close = memchr::memchr(b'>', bracketed)?;
            let display = if display.is_empty() { trim(name) } else { display };
            let inside = bracketed.get(1..close)?;
            let uri = trim(inside);
            let form = if uri.len() == inside.len() { Form::Bracketed } else { Form::Padded };
            return Some(Self { display, form, uri, params: Params(bracketed.get(close + 1..)?) })
                .filter(|address| !address.uri.is_empty());
        }
        // Without brackets every parameter is the header field's.
        let end = memchr::memchr(b';', rest).unwrap_or(rest.len());
        let (uri, params) = rest.split_at(end);
        let uri = trim(uri);
        (!uri.is_empty()).then_some(Self { display, form: Form::Bare, uri, params: Params(params) })
    }

    /// The display name without quotes and escapes; `None` when there is none or it is empty.
    pub fn display_name(&self) -> Option<String> {
        let name = super::text::unfold(self.display);
        let name = String::from_utf8_lossy(&unquote(&name)).trim().to_owned();
        (!name.is_empty()).then_some(name)
    }

    /// Whether the URI stands in brackets.
    pub fn is_bracketed(&self) -> bool {
        self.form != Form::Bare
    }

    /// Whether the address keeps to the grammar: a display name without quotes
    /// is of tokens, and no blanks stand inside the brackets (RFC 3261 section 25.1).
    pub fn is_strict(&self) -> bool {
        let is_name = self.display.starts_with(b"\"")
            || self
                .display
                .split(u8::is_ascii_whitespace)
                .all(|word| word.is_empty() || is_token(word));
        is_name && self.form != Form::Padded
    }

    /// The tag, which names this end of a dialog (RFC 3261 section 19.3).
    pub fn tag(&self) -> Option<&'a [u8]> {
        self.params.get("tag").filter(|tag| !tag.is_empty())
    }

    /// The URI taken apart.
    pub fn parsed_uri(&self) -> Option<Uri<'a>> {
        Uri::parse(self.uri)
    }
}

/// The offset behind the closing quote of a quoted string whose opening quote is gone.
fn end_of_quoted(text: &[u8]) -> usize {
    let mut escaped = false;
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Option<String>, String, Option<String>)> {
        let address = NameAddr::parse(text.as_bytes())?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Some((address.display_name(), text(address.uri), address.tag().map(text)))
    }

    fn owned(text: Option<&str>) -> Option<String> {
        text.map(str::to_owned)
    }

    #[test]
    fn every_form_is_read() {
        assert_eq!(
            read("Alice <sip:alice@a.com>;tag=1"),
            Some((owned(Some("Alice")), "sip:alice@a.com".to_owned(), owned(Some("1"))))
        );
        assert_eq!(
            read("<sip:alice@a.com>"),
            Some((owned(None), "sip:alice@a.com".to_owned(), owned(None)))
        );
        assert_eq!(
            read("sip:alice@a.com;tag=x"),
            Some((owned(None), "sip:alice@a.com".to_owned(), owned(Some("x"))))
        );
        assert_eq!(
            read(r#""J Rosenberg \\\"" <sip:jdrosen@a.com> ; tag = 98asjd8"#),
            Some((
                owned(Some(r#"J Rosenberg \""#)),
                "sip:jdrosen@a.com".to_owned(),
                owned(Some("98asjd8"))
            ))
        );
        assert_eq!(
            read(r#""a <b>"<sip:c;x=1>;tag=2"#),
            Some((owned(Some("a <b>")), "sip:c;x=1".to_owned(), owned(Some("2"))))
        );
        assert_eq!(read("\"\" <sip:c>"), Some((owned(None), "sip:c".to_owned(), owned(None))));
    }

    #[test]
    fn what_has_no_uri_is_none() {
        for bad in ["", "  ", "Alice <>", "Alice <sip:a", "\"open"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
