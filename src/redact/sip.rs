//! SIP messages.

use super::blanked::What;
use super::names::Pseudonyms;
use crate::wire::bytes::decimal;
use crate::wire::sip::{HeaderIndex, Name, StartLine, parse};

/// Longest value of `Content-Length` that is believed.
const MOST_ANNOUNCED: usize = 1 << 24;

impl Pseudonyms {
    /// A message, from its start line to the end of its body; `None` when it is
    /// none. Where `whole`, its length is that of its body; else what the
    /// original lacked of its own length it lacks as well.
    pub fn message(&mut self, bytes: &[u8], whole: bool) -> Option<Vec<u8>> {
        let mut index = HeaderIndex::default();
        let Ok(message) = parse(bytes, &mut index) else {
            self.blank(What::Message);
            return None;
        };
        if let Some(call_id) = message.call_id() {
            let instead = self.token(call_id);
            self.originals.note(&message, &instead);
        }
        let mut out = self.start_line(&message.start);
        let content_type = message.value(Name::ContentType).unwrap_or_default();
        let is_encoded = message
            .value(Name::ContentEncoding)
            .is_some_and(|encoding| !encoding.eq_ignore_ascii_case(b"identity"));
        let (content_type, body) = match message.body {
            [] => (self.words(content_type), Vec::new()),
            body if is_encoded => {
                let blank = self.unknown_body(body);
                (self.words(content_type), blank)
            }
            body => self.body(content_type, body, 0),
        };
        for (name, name_text, value) in message.named_fields() {
            let value = match name {
                Name::ContentLength => {
                    let announced = decimal(value).and_then(|value| usize::try_from(value).ok());
                    match announced {
                        Some(announced) => {
                            let missing = announced.saturating_sub(message.body.len());
                            let missing = if whole { 0 } else { missing.min(MOST_ANNOUNCED) };
                            (body.len() + missing).to_string().into_bytes()
                        }
                        None => self.words(value),
                    }
                }
                Name::ContentType => content_type.clone(),
                _ => self.header(name_text, value),
            };
            let name =
                if self.is_header(name_text) { name_text.to_vec() } else { self.token(name_text) };
            out.extend([name.as_slice(), b": ", value.as_slice(), b"\r\n"].concat());
        }
        if message.faults.iter().any(|fault| fault == crate::wire::malformed::Reason::SipBadHeader)
        {
            self.blank(What::HeaderLine);
        }
        out.extend(b"\r\n");
        out.extend(body);
        Some(out)
    }

    fn start_line(&mut self, start: &StartLine<'_>) -> Vec<u8> {
        match *start {
            StartLine::Request { method_text, uri, .. } => {
                let (method, uri) = (self.words(method_text), self.uri(uri));
                [method.as_slice(), b" ", uri.as_slice(), b" SIP/2.0\r\n"].concat()
            }
            StartLine::Response { status, reason } => {
                let reason = self.phrase(&String::from_utf8_lossy(reason));
                format!("SIP/2.0 {status:03} {reason}\r\n").into_bytes()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    const INVITE: &str = "INVITE sip:bob@biloxi.com SIP/2.0\r\n\
        Via: SIP/2.0/UDP pc33.atlanta.com:5066;branch=z9hG4bK776asdhds\r\n\
        Max-Forwards: 70\r\n\
        To: Bob <sip:bob@biloxi.com>\r\n\
        From: \"Alice\" <sip:alice@atlanta.com>;tag=1928301774\r\n\
        Call-ID: a84b4c76e66710@pc33.atlanta.com\r\n\
        CSeq: 314159 INVITE\r\n\
        Subject: about\r\n\x20the money\r\n\
        X-Secret-Thing: 4711\r\n\
        Content-Type: application/sdp\r\n\
        Content-Length: 86\r\n\r\n\
        v=0\r\no=alice 2890844526 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n";

    fn of(scope: Scope, text: &str) -> String {
        let mut names = Pseudonyms::new(Key::new(b"k"), scope);
        String::from_utf8(names.message(text.as_bytes(), false).unwrap()).unwrap()
    }

    #[test]
    fn a_message_is_one_still() {
        let text = of(Scope::All, INVITE);
        let mut index = HeaderIndex::default();
        let message = parse(text.as_bytes(), &mut index).unwrap();
        assert_eq!(message.cseq().unwrap().number, 314_159);
        let body = message.bytes.len() - text.find("\r\n\r\n").unwrap() - 4;
        assert!(text.contains(&format!("Content-Length: {}", body - 1)) || body > 0, "{text}");
        for original in [
            "bob",
            "biloxi",
            "alice",
            "Alice",
            "atlanta",
            "pc33",
            "776asdhds",
            "1928301774",
            "a84b4c76e66710",
            "money",
            "Secret",
            "4711",
            "192.0.2.1",
            "2890844526",
        ] {
            assert!(!text.contains(original), "{original} in {text}");
        }
        assert_eq!(text, of(Scope::All, INVITE));
    }

    #[test]
    fn in_part_only_that_is_replaced() {
        let addresses = of(Scope::Addresses, INVITE);
        assert!(addresses.contains("alice@atlanta.com") && !addresses.contains("192.0.2.1"));
        let numbers = of(Scope::Numbers, &INVITE.replace("bob@", "+4930555@"));
        assert!(numbers.contains("192.0.2.1") && !numbers.contains("+4930555"), "{numbers}");
        assert!(numbers.contains("alice@atlanta.com"));
    }
}
