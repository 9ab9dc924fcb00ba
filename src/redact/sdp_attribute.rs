//! Attributes of session descriptions.

use super::digits::permute;
use super::names::Pseudonyms;
use super::params::is_uri;
use super::vocabulary::is_word;
use crate::wire::bytes::split_once;

impl Pseudonyms {
    pub(super) fn attribute(&mut self, value: &[u8]) -> Vec<u8> {
        let (name, value) = split_once(value, b':');
        let small = String::from_utf8_lossy(name).trim().to_ascii_lowercase();
        let mut out = if is_word(&small) { name.to_vec() } else { self.token(name) };
        let Some(value) = value else { return out };
        out.push(b':');
        if small == "rtpmap" {
            self.announced(value);
        }
        out.extend(match small.as_str() {
            "rtpmap" | "fmtp" | "framesize" | "imageattr" | "acap" | "pcfg" => self.settings(value),
            "crypto" => self.crypto(value),
            "fingerprint" => self.fingerprint(value),
            "ice-ufrag" | "ice-pwd" | "key-mgmt" | "zrtp-hash" | "label" | "msid" | "rid" => {
                self.token(value)
            }
            "candidate" | "remote-candidates" => self.candidate(value),
            "rtcp" => self.rtcp_address(value),
            "ssrc" | "previous-ssrc" => self.source(value),
            "extmap" => self.extension(value),
            "path" => {
                let uris = value.split(|byte| *byte == b' ').map(|uri| self.relay_uri(uri));
                uris.collect::<Vec<_>>().join(&b' ')
            }
            "tool" => self.agent(&String::from_utf8_lossy(value)).into_bytes(),
            _ => self.words(value),
        });
        out
    }

    /// Notes what a payload type is announced for: `101 telephone-event/8000`.
    fn announced(&mut self, value: &[u8]) {
        let (number, codec) = split_once(value, b' ');
        let number = std::str::from_utf8(number).ok().and_then(|number| number.parse().ok());
        if let Some((number, codec)) = number.zip(codec) {
            self.codecs.insert(number, String::from_utf8_lossy(codec).trim().to_owned());
        }
    }

    /// `1 AES_CM_128_HMAC_SHA1_80 inline:KEY|2^20|1:4`: the key is zero.
    fn crypto(&mut self, value: &[u8]) -> Vec<u8> {
        if !self.is_all() {
            return value.to_vec();
        }
        let mut words = value.splitn(3, |byte| *byte == b' ');
        let mut out = self.words(words.next().unwrap_or_default());
        out.push(b' ');
        out.extend(self.words(words.next().unwrap_or_default()));
        let keys = words.next().unwrap_or_default();
        let keys = keys.split(|byte| matches!(byte, b' ' | b';')).map(|key| {
            let Some(inline) = key.strip_prefix(b"inline:") else { return self.words(key) };
            let (secret, rest) = split_once(inline, b'|');
            let mut out = [b"inline:", vec![b'A'; secret.len()].as_slice()].concat();
            if let Some(rest) = rest {
                out.push(b'|');
                out.extend(self.words(rest));
            }
            out
        });
        for key in keys.collect::<Vec<_>>() {
            out.push(b' ');
            out.extend(key);
        }
        out
    }

    /// `sha-256 4A:AD:B9:...`
    fn fingerprint(&mut self, value: &[u8]) -> Vec<u8> {
        if !self.is_all() {
            return value.to_vec();
        }
        let (hash, print) = split_once(value, b' ');
        let mut out = self.words(hash);
        let print = print.unwrap_or_default();
        let digit = |byte: &u8| char::from(*byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
        let mut digits: Vec<u8> = print.iter().filter_map(digit).collect();
        let radix = vec![16; digits.len()];
        permute(&self.key, "fingerprint", &mut digits, &radix);
        out.push(b' ');
        let mut moved = digits.into_iter();
        out.extend(print.iter().filter_map(|byte| match digit(byte) {
            Some(_) => {
                let digit = char::from_digit(u32::from(moved.next().unwrap_or(0)), 16)?;
                u8::try_from(digit.to_ascii_uppercase()).ok()
            }
            None => (*byte == b':').then_some(b':'),
        }));
        out
    }

    /// `1 1 UDP 2130706431 10.0.1.1 8998 typ host` (RFC 8839).
    fn candidate(&mut self, value: &[u8]) -> Vec<u8> {
        let mut before: Vec<u8> = Vec::new();
        let words = value.split(|byte| *byte == b' ').enumerate().map(|(at, word)| {
            let text = String::from_utf8_lossy(word).into_owned();
            let secret = matches!(before.as_slice(), b"ufrag" | b"password") || at == 0;
            let moved = if at == 4
                || before == b"raddr"
                || text.to_ascii_lowercase().strip_suffix(".local").is_some()
            {
                self.host(&text).into_bytes()
            } else if secret && word.len() > 2 {
                self.token(word)
            } else {
                self.words(word)
            };
            before = word.to_ascii_lowercase();
            moved
        });
        words.collect::<Vec<_>>().join(&b' ')
    }

    /// `53020 IN IP4 126.16.64.4` (RFC 3605).
    fn rtcp_address(&mut self, value: &[u8]) -> Vec<u8> {
        let (port, address) = split_once(value, b' ');
        let mut out = self.words(port);
        if let Some(address) = address {
            out.push(b' ');
            out.extend(self.connection(address));
        }
        out
    }

    /// `314159 cname:user@example.com` (RFC 5576).
    fn source(&mut self, value: &[u8]) -> Vec<u8> {
        let (source, attribute) = split_once(value, b' ');
        let mut out = self.words(source);
        if let Some(attribute) = attribute {
            let (name, value) = split_once(attribute, b':');
            out.push(b' ');
            out.extend(self.words(name));
            if let Some(value) = value {
                out.push(b':');
                out.extend(self.token(value));
            }
        }
        out
    }

    /// `1/sendonly urn:ietf:params:rtp-hdrext:ssrc-audio-level` (RFC 8285): the
    /// registered names of extensions stay.
    fn extension(&mut self, value: &[u8]) -> Vec<u8> {
        const KNOWN: [&str; 5] = [
            "urn:ietf:params:",
            "urn:3gpp:",
            "http://www.webrtc.org/",
            "http://www.ietf.org/",
            "https://aomediacodec.github.io/",
        ];
        let mut words = value.splitn(3, |byte| *byte == b' ');
        let mut out = self.words(words.next().unwrap_or_default());
        if let Some(uri) = words.next() {
            let text = String::from_utf8_lossy(uri);
            out.push(b' ');
            if KNOWN.iter().any(|start| text.starts_with(start)) {
                out.extend_from_slice(uri);
            } else {
                out.extend(self.uri(uri));
            }
        }
        out
    }

    /// `msrp://host:port/session;tcp` (RFC 4975).
    fn relay_uri(&mut self, uri: &[u8]) -> Vec<u8> {
        let text = String::from_utf8_lossy(uri).into_owned();
        let Some((scheme, rest)) = text.split_once("://").filter(|(scheme, _)| is_word(scheme))
        else {
            return if is_uri(&text) { self.uri(uri) } else { self.token(uri) };
        };
        let (authority, session) = rest.split_once('/').unwrap_or((rest, ""));
        let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
        let mut out = format!("{scheme}://");
        if !user.is_empty() {
            out = format!("{out}{}@", self.user(user));
        }
        let (session, transport) = session.split_once(';').unwrap_or((session, "tcp"));
        let (host, session) = (self.host_and_port(host), self.token(session.as_bytes()));
        let transport = self.words(transport.as_bytes());
        let (session, transport) =
            (String::from_utf8_lossy(&session), String::from_utf8_lossy(&transport));
        format!("{out}{host}/{session};{transport}").into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    fn of(text: &str) -> String {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        String::from_utf8(all.attribute(text.as_bytes())).unwrap()
    }

    #[test]
    fn keys_and_addresses_go() {
        let crypto = of(
            "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20|1:4",
        );
        assert_eq!(
            crypto,
            format!("crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{}|2^20|1:4", "A".repeat(40))
        );
        let print = of("fingerprint:sha-256 4A:AD:B9:B1:3F:82");
        assert!(print.starts_with("fingerprint:sha-256 ") && !print.contains("4A:AD"), "{print}");
        assert_eq!(print.len(), "fingerprint:sha-256 4A:AD:B9:B1:3F:82".len());
        let candidate = of(
            "candidate:842163049 1 udp 1677729535 203.0.113.1 46154 typ srflx raddr 10.0.1.1 rport 8998 generation 0 ufrag aB3x",
        );
        for original in ["842163049", "203.0.113.1", "10.0.1.1", "aB3x"] {
            assert!(!candidate.contains(original), "{candidate}");
        }
        assert!(
            candidate.contains(" 1 udp 1677729535 ")
                && candidate.contains(" 46154 typ srflx raddr 10.")
        );
        assert!(!of("rtcp:53020 IN IP4 126.16.64.4").contains("126.16.64.4"));
        assert!(!of("path:msrp://bob.example.com:8493/si438ds;tcp").contains("bob"));
        assert!(!of("x-acme:Meier").contains("Meier"));
    }

    #[test]
    fn what_media_need_stays() {
        for stays in [
            "sendonly",
            "ptime:20",
            "rtcp-fb:96 nack pli",
            "fmtp:96 profile-level-id=42e01f;packetization-mode=1",
            "fmtp:97 mode-set=0,2,4,7; octet-align=1",
            "extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level",
            "setup:actpass",
            "group:BUNDLE 0 1",
            "T38FaxVersion:0",
            "curr:qos local none",
            "rtpmap:111 opus/48000/2",
        ] {
            assert_eq!(of(stays), stays);
        }
    }
}
