//! Session descriptions (RFC 8866), line by line.

use super::names::Pseudonyms;
use crate::wire::bytes::{split_once, trim};

impl Pseudonyms {
    /// A session description. Lines about people (`i=`, `u=`, `e=`, `p=`) and
    /// keys (`k=`) are left out, as is what is no line.
    pub(super) fn session_description(&mut self, body: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(body.len());
        for line in body.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let [kind, b'=', value @ ..] = line else { continue };
            let moved = match kind {
                b'v' | b'm' | b'b' | b't' | b'r' | b'z' => Some(self.words(value)),
                b'o' => Some(self.origin(value)),
                b's' => Some(self.phrase(&String::from_utf8_lossy(value)).into_bytes()),
                b'c' => Some(self.connection(value)),
                b'a' => Some(self.attribute(value)),
                _ if self.is_all() => None,
                _ => Some(self.text_in_part(&String::from_utf8_lossy(value)).into_bytes()),
            };
            if let Some(value) = moved {
                out.extend([&[*kind, b'='][..], value.as_slice(), b"\r\n"].concat());
            }
        }
        out
    }

    /// `alice 2890844526 2890844527 IN IP4 host.atlanta.com`
    fn origin(&mut self, value: &[u8]) -> Vec<u8> {
        let mut words = value.splitn(4, |byte| *byte == b' ');
        let user = String::from_utf8_lossy(words.next().unwrap_or_default()).into_owned();
        let user = if user == "-" { user } else { self.user(&user).replace(' ', "-") };
        let session = self.token(words.next().unwrap_or_default());
        let version = self.token(words.next().unwrap_or_default());
        let address = self.connection(words.next().unwrap_or_default());
        [user.into_bytes(), session, version, address].join(&b' ')
    }

    /// `IN IP4 192.0.2.1/127`
    pub(super) fn connection(&mut self, value: &[u8]) -> Vec<u8> {
        let value = trim(value);
        let at = value.iter().rposition(|byte| *byte == b' ').map_or(0, |at| at + 1);
        let (net, address) = value.split_at(at);
        let (host, rest) = split_once(address, b'/');
        let mut out = self.words(net);
        out.extend(self.host(&String::from_utf8_lossy(host)).bytes());
        if let Some(rest) = rest {
            out.push(b'/');
            out.extend(self.words(rest));
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    #[test]
    fn what_codecs_need_stays_and_who_they_serve_does_not() {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        let body = "v=0\r\no=alice 2890844526 2890844527 IN IP4 host.atlanta.com\r\ns=Talk with Bob\r\n\
            i=secret\r\ne=alice@atlanta.com\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nk=clear:geheim\r\n\
            m=audio 49170 RTP/AVP 0 8 97 101\r\na=rtpmap:97 iLBC/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
            a=fmtp:101 0-16\r\na=sendrecv\r\nnonsense\r\n";
        let text = String::from_utf8(all.session_description(body.as_bytes())).unwrap();
        for original in
            ["alice", "2890844526", "atlanta", "Bob", "secret", "192.0.2.1", "geheim", "nonsense"]
        {
            assert!(!text.contains(original), "{original}: {text}");
        }
        for stays in [
            "m=audio 49170 RTP/AVP 0 8 97 101\r\n",
            "a=rtpmap:97 iLBC/8000\r\n",
            "a=fmtp:101 0-16\r\n",
            "a=sendrecv\r\n",
            "t=0 0\r\n",
            "a=rtpmap:101 telephone-event/8000\r\n",
        ] {
            assert!(text.contains(stays), "{stays}: {text}");
        }
    }
}
