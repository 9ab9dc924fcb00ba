//! Bodies of lines with names: message waiting (RFC 3842) and reports of voice
//! quality (RFC 6035).

use super::names::Pseudonyms;
use crate::wire::bytes::{split_once, trim};

impl Pseudonyms {
    pub(super) fn message_summary(&mut self, body: &[u8]) -> Vec<u8> {
        self.lines(body, |this, name, value| match name {
            b"message-account" => this.uri(value),
            _ => this.words(value),
        })
    }

    pub(super) fn quality_report(&mut self, body: &[u8]) -> Vec<u8> {
        self.lines(body, |this, name, value| match name {
            b"localid" | b"remoteid" | b"origid" => this.address(value),
            b"dialogid" => {
                let (call_id, rest) = split_once(value, b';');
                let rest = rest.map(|rest| [b";", this.params(rest).as_slice()].concat());
                [this.token(call_id), rest.unwrap_or_default()].concat()
            }
            b"callid" | b"localgroup" | b"remotegroup" | b"localmac" | b"remotemac" => {
                this.token(value)
            }
            b"timestamps" if is_moments(value) => value.to_vec(),
            _ => this.pairs(value),
        })
    }

    /// `NAME=value` pairs that blanks separate.
    fn pairs(&mut self, value: &[u8]) -> Vec<u8> {
        let pairs = value.split(|byte| *byte == b' ').map(|pair| {
            let (name, value) = split_once(pair, b'=');
            let Some(value) = value else { return self.words(pair) };
            let text = String::from_utf8_lossy(value).into_owned();
            let value = match name.to_ascii_lowercase().as_slice() {
                b"ip" => self.host(&text).into_bytes(),
                b"ssrc" => value.to_vec(),
                _ => self.settings(value),
            };
            [self.words(name).as_slice(), b"=", value.as_slice()].concat()
        });
        pairs.collect::<Vec<_>>().join(&b' ')
    }

    fn lines(
        &mut self,
        body: &[u8],
        value: impl Fn(&mut Self, &[u8], &[u8]) -> Vec<u8>,
    ) -> Vec<u8> {
        let lines = body.split(|byte| *byte == b'\n').map(|line| {
            let folded = line.first().is_some_and(u8::is_ascii_whitespace);
            let end: &[u8] = if line.ends_with(b"\r") { b"\r" } else { b"" };
            let (name, rest) = split_once(line, b':');
            let (Some(rest), false) = (rest, folded) else {
                let start: &[u8] = if folded && !trim(line).is_empty() { b" " } else { b"" };
                return [start, self.pairs(trim(line)).as_slice(), end].concat();
            };
            let moved = value(self, &trim(name).to_ascii_lowercase(), trim(rest));
            [self.words(trim(name)).as_slice(), b": ", moved.as_slice(), end].concat()
        });
        lines.collect::<Vec<_>>().join(&b'\n')
    }
}

/// `START=2004-10-10T18:23:43Z STOP=2004-10-01T18:26:02Z`
fn is_moments(value: &[u8]) -> bool {
    value.iter().all(|byte| byte.is_ascii_digit() || b"-:.=TZ STARTOP".contains(byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    #[test]
    fn names_go_and_figures_stay() {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        let body = b"VQSessionReport: CallTerm\r\nCallID: 6dg37f1890463\r\nLocalID: Alice <sip:alice@example.org>\r\n\
            RemoteAddr: IP=11.1.1.150 PORT=5002 SSRC=0x2468abcd\r\nLocalMetrics:\r\n\
            Timestamps: START=2004-10-10T18:23:43Z STOP=2004-10-01T18:26:02Z\r\nQualityEst: MOSLQ=3.6 MOSCQ=3.8\r\n";
        let text = String::from_utf8(all.quality_report(body)).unwrap();
        for original in ["6dg37f1890463", "alice", "Alice", "11.1.1.150"] {
            assert!(!text.contains(original), "{text}");
        }
        for figure in [
            "MOSLQ=3.6 MOSCQ=3.8",
            "PORT=5002 SSRC=0x2468abcd",
            "START=2004-10-10T18:23:43Z",
            "CallTerm",
        ] {
            assert!(text.contains(figure), "{figure}: {text}");
        }
        let body = b"Messages-Waiting: yes\r\nMessage-Account: sip:alice@vmail.com\r\nVoice-Message: 2/8 (0/2)\r\n";
        let text = String::from_utf8(all.message_summary(body)).unwrap();
        assert!(
            text.contains("Voice-Message: 2/8 (0/2)") && text.contains("Messages-Waiting: yes")
        );
        assert!(!text.contains("alice"));
    }
}
