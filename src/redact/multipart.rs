//! Bodies of several parts (RFC 2046, RFC 5621).

use super::names::Pseudonyms;
use crate::wire::bytes::{split_once, trim};
use crate::wire::sip::Params;
use crate::wire::sip::body::split_multipart;

/// What stands between the parts that come out.
const BOUNDARY: &str = "boundary";

impl Pseudonyms {
    pub(super) fn multipart(
        &mut self,
        content_type: &[u8],
        body: &[u8],
        depth: usize,
    ) -> (Vec<u8>, Vec<u8>) {
        let (kind, params) = split_once(content_type, b';');
        let Some(boundary) = Params(params.unwrap_or_default()).text("boundary") else {
            return (self.words(kind), self.unknown_body(body));
        };
        let mut out = Vec::new();
        for part in split_multipart(body, boundary.as_bytes()) {
            out.extend(format!("--{BOUNDARY}\r\n").bytes());
            out.extend(self.part(part, depth));
            out.extend(b"\r\n");
        }
        out.extend(format!("--{BOUNDARY}--\r\n").bytes());
        let kind = [self.words(trim(kind)).as_slice(), b";boundary=", BOUNDARY.as_bytes()].concat();
        (kind, out)
    }

    /// A part: the header fields that say what it is, and its content.
    fn part(&mut self, part: &[u8], depth: usize) -> Vec<u8> {
        let (mut rest, mut fields, mut content_type) = (part, Vec::new(), &b"text/plain"[..]);
        while !rest.is_empty() {
            let (line, after) = split_once(rest, b'\n');
            rest = after.unwrap_or_default();
            let line = trim(line);
            if line.is_empty() {
                break;
            }
            let (name, value) = split_once(line, b':');
            let value = trim(value.unwrap_or_default());
            if name.eq_ignore_ascii_case(b"content-type") || name.eq_ignore_ascii_case(b"c") {
                content_type = value;
            } else if self.is_header(name) && !name.eq_ignore_ascii_case(b"content-length") {
                let value = self.header(name, value);
                fields.extend([name, b": ", value.as_slice(), b"\r\n"].concat());
            }
        }
        let (content_type, content) = self.body(content_type, rest, depth + 1);
        [b"Content-Type: ", content_type.as_slice(), b"\r\n", &fields, b"\r\n", &content].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    #[test]
    fn each_part_by_its_type() {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        let body = b"--b1\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 192.0.2.9\r\n\
            --b1\r\nContent-Type: application/isup;version=x\r\nContent-ID: <alice@atlanta>\r\n\r\n\x01\x00\x49\r\n--b1--\r\n";
        let (kind, out) = all.body(b"multipart/mixed;boundary=b1", body, 0);
        let text = String::from_utf8_lossy(&out).into_owned();
        assert_eq!(kind, b"multipart/mixed;boundary=boundary");
        assert!(
            text.starts_with("--boundary\r\nContent-Type: application/sdp\r\n\r\nv=0\r\nc=IN IP4 "),
            "{text}"
        );
        assert!(
            !text.contains("192.0.2.9") && !text.contains("alice") && text.contains("xxx"),
            "{text}"
        );
        assert_eq!(split_multipart(&out, b"boundary").len(), 2);
    }
}
