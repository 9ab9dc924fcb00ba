//! Bodies: one part, or the parts of a multipart body (RFC 5621, RFC 2046).

use super::Name;
use super::message::Message;
use super::param::Params;
use super::text::unquote;
use crate::wire::bytes::{split_once, trim};

/// A part of a body.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Part<'a> {
    /// The media type as sent, without parameters; empty when the message names none.
    pub media_type: &'a [u8],
    /// The media type's parameters.
    pub params: Params<'a>,
    /// The content.
    pub content: &'a [u8],
}

/// Multipart bodies inside one another that are opened.
const MAX_DEPTH: usize = 4;
/// Parts of one body that are read; real ones have a handful.
const MAX_PARTS: usize = 64;

/// Calls `visit` with each part of the message's body, the parts of nested
/// multipart bodies included.
pub fn for_each_part<'a>(message: &Message<'a>, mut visit: impl FnMut(Part<'a>)) {
    if message.body.is_empty() {
        return;
    }
    let content_type = message.value(Name::ContentType).unwrap_or_default();
    let mut parts = 0;
    visit_part(content_type, message.body, MAX_DEPTH, &mut parts, &mut visit);
}

/// The session description of a message, if it has one: the first
/// `application/sdp` part, or a body without a type that begins as one.
pub fn session_description<'a>(message: &Message<'a>) -> Option<&'a [u8]> {
    let mut found = None;
    for_each_part(message, |part| {
        let is_sdp = part.media_type.eq_ignore_ascii_case(b"application/sdp")
            || part.media_type.is_empty() && part.content.starts_with(b"v=0");
        if found.is_none() && is_sdp && !part.content.is_empty() {
            found = Some(part.content);
        }
    });
    found
}

fn visit_part<'a>(
    content_type: &'a [u8],
    content: &'a [u8],
    depth: usize,
    parts: &mut usize,
    visit: &mut impl FnMut(Part<'a>),
) {
    *parts += 1;
    if *parts > MAX_PARTS {
        return;
    }
    let (media_type, params) = split_once(content_type, b';');
    let media_type = trim(media_type);
    let multipart =
        media_type.get(..10).is_some_and(|kind| kind.eq_ignore_ascii_case(b"multipart/"));
    let params = Params(params.unwrap_or_default());
    let boundary = params.get("boundary").map(unquote);
    match boundary {
        Some(boundary) if multipart && depth > 0 && !boundary.is_empty() => {
            for part in split_multipart(content, &boundary) {
                let (content_type, content) = split_part(part);
                visit_part(content_type, content, depth - 1, parts, visit);
            }
        }
        _ => visit(Part { media_type, params, content }),
    }
}

/// The parts between the boundary lines, each with its header fields; what is
/// before the first and after the closing one is no part.
pub fn split_multipart<'a>(content: &'a [u8], boundary: &[u8]) -> Vec<&'a [u8]> {
    let delimiter = [b"--", boundary].concat();
    let mut starts = Vec::new();
    for at in memchr::memmem::find_iter(content, &delimiter).take(MAX_PARTS + 1) {
        if at == 0 || content.get(at - 1) == Some(&b'\n') {
            starts.push(at);
        }
    }
    let ends = starts.iter().skip(1).copied().chain(std::iter::once(content.len()));
    let mut parts = Vec::new();
    for (start, end) in starts.iter().zip(ends) {
        let part = content.get(start + delimiter.len()..end).unwrap_or_default();
        if part.starts_with(b"--") {
            break;
        }
        let body = memchr::memchr(b'\n', part)
            .and_then(|line_end| part.get(line_end + 1..))
            .unwrap_or_default();
        // The line break before a boundary belongs to the boundary.
        let body = body.strip_suffix(b"\n").unwrap_or(body);
        parts.push(body.strip_suffix(b"\r").unwrap_or(body));
    }
    parts
}

/// A part's `Content-Type` and its content.
fn split_part(part: &[u8]) -> (&[u8], &[u8]) {
    let (mut content_type, mut rest) = (&b"text/plain"[..], part);
    while let Some(end) = memchr::memchr(b'\n', rest) {
        let (line, after) = rest.split_at(end);
        rest = after.get(1..).unwrap_or_default();
        let line = trim(line);
        if line.is_empty() {
            return (content_type, rest);
        }
        let (name, value) = split_once(line, b':');
        if Name::of(trim(name)) == Name::ContentType {
            content_type = trim(value.unwrap_or_default());
        }
    }
    (content_type, &[])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::sip::{HeaderIndex, parse};

    fn sdp_of(content_type: &str, body: &str) -> Option<String> {
        let text = format!("INVITE sip:a SIP/2.0\r\nContent-Type: {content_type}\r\n\r\n{body}");
        let mut index = HeaderIndex::default();
        let message = parse(text.as_bytes(), &mut index).unwrap();
        session_description(&message).map(|sdp| String::from_utf8_lossy(sdp).into_owned())
    }

    #[test]
    fn a_plain_body_is_one_part() {
        assert_eq!(sdp_of("application/sdp", "v=0\r\n").as_deref(), Some("v=0\r\n"));
        assert_eq!(sdp_of("Application/SDP ; charset=x", "v=0\r\n").as_deref(), Some("v=0\r\n"));
        assert_eq!(sdp_of("", "v=0\r\n").as_deref(), Some("v=0\r\n"));
        assert_eq!(sdp_of("text/plain", "v=0\r\n"), None);
    }

    #[test]
    fn the_description_inside_a_multipart_body_is_found() {
        let body = "preamble\r\n--b1\r\nContent-Type: application/isup\r\n\r\n\u{1}\u{2}\r\n\
                    --b1\r\nContent-Type: multipart/alternative;boundary=\"b 2\"\r\n\r\n\
                    --b 2\r\nc: application/sdp\r\n\r\nv=0\r\ns=x\r\n--b 2--\r\n--b1--\r\nepilogue";
        assert_eq!(sdp_of("multipart/mixed; boundary=b1", body).as_deref(), Some("v=0\r\ns=x"));
    }

    #[test]
    fn a_boundary_without_end_is_survived() {
        let body = "--x\r\nContent-Type: application/sdp\r\n\r\nv=0";
        assert_eq!(sdp_of("multipart/mixed;boundary=x", body).as_deref(), Some("v=0"));
        assert_eq!(sdp_of("multipart/mixed;boundary=x", "--x"), None);
        assert_eq!(sdp_of("multipart/mixed", "v=0"), None);
    }
}
