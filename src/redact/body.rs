//! Bodies, by their media type.

use super::blanked::What;
use super::names::Pseudonyms;
use crate::wire::bytes::{split_once, trim};

/// Bodies inside one another that are opened.
const MAX_DEPTH: usize = 4;

impl Pseudonyms {
    /// A body and its media type. A body of a type that is not read is replaced
    /// by one of the same length.
    pub(super) fn body(
        &mut self,
        content_type: &[u8],
        body: &[u8],
        depth: usize,
    ) -> (Vec<u8>, Vec<u8>) {
        let (kind, _) = split_once(content_type, b';');
        let kind = trim(kind).to_ascii_lowercase();
        if kind.starts_with(b"multipart/") && depth < MAX_DEPTH {
            return self.multipart(content_type, body, depth);
        }
        let moved = match kind.as_slice() {
            b"application/sdp" => self.session_description(body),
            b"" if body.starts_with(b"v=0") => self.session_description(body),
            b"message/sipfrag" | b"message/sip" => {
                self.message(body, true).unwrap_or_else(|| self.unknown_body(body))
            }
            b"application/dtmf-relay" | b"application/dtmf" => self.digit(body),
            b"application/simple-message-summary" => self.message_summary(body),
            b"application/vq-rtcpxr" => self.quality_report(body),
            kind if kind.ends_with(b"+xml") || kind.ends_with(b"/xml") => self.xml(body),
            b"text/plain" | b"text/html" => self.text(&String::from_utf8_lossy(body)).into_bytes(),
            _ => self.unknown_body(body),
        };
        (self.words(content_type), moved)
    }

    /// As many bytes that say nothing.
    pub(super) fn unknown_body(&mut self, body: &[u8]) -> Vec<u8> {
        self.blank(What::Body);
        vec![b'x'; body.len()]
    }
}
