//! Words of the protocols, which name nobody.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::names::Pseudonyms;

/// Words of header fields, bodies and their parameters, in small letters: the
/// IANA registries of SIP (methods, option tags, event packages, parameters),
/// of SDP and of media types, and what is in the field beside them.
static WORDS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("words.txt").split_ascii_whitespace().collect());
/// Names of products and of what their names are made of, in small letters.
static AGENTS: LazyLock<HashSet<&str>> =
    LazyLock::new(|| include_str!("agents.txt").split_ascii_whitespace().collect());

/// Whether a word is of the protocols.
pub(super) fn is_word(word: &str) -> bool {
    WORDS.contains(word.to_ascii_lowercase().as_str())
}

/// Whether a word is one of products' names.
pub(super) fn is_agent_word(word: &str) -> bool {
    AGENTS.contains(word.to_ascii_lowercase().as_str())
}

/// Longest number, and longest hexadecimal one, that is a setting.
const SETTING: usize = 10;

impl Pseudonyms {
    /// A value of words that the protocols define, and of numbers that are
    /// settings: words that they do not define are replaced.
    pub(super) fn words(&mut self, value: &[u8]) -> Vec<u8> {
        self.chosen(value, |word| {
            word.len() <= SETTING && word.bytes().all(|byte| byte.is_ascii_digit())
        })
    }

    /// The same for the parameters of codecs, which have hexadecimal numbers.
    pub(super) fn settings(&mut self, value: &[u8]) -> Vec<u8> {
        self.chosen(value, |word| {
            let decimal = word.bytes().all(|byte| byte.is_ascii_digit());
            let hexadecimal = word.bytes().all(|byte| byte.is_ascii_hexdigit())
                && word.bytes().any(|byte| byte.is_ascii_digit());
            word.len() <= SETTING && (decimal || hexadecimal)
        })
    }

    fn chosen(&mut self, value: &[u8], is_setting: impl Fn(&str) -> bool) -> Vec<u8> {
        if !self.is_all() {
            return self.token(value);
        }
        let inside = |byte: u8| {
            byte.is_ascii_alphanumeric()
                || matches!(byte, b'-' | b'_' | b'+' | b'.')
                || !byte.is_ascii()
        };
        let mut out = Vec::with_capacity(value.len());
        for run in value.chunk_by(|a, b| inside(*a) == inside(*b)) {
            let text = std::str::from_utf8(run).unwrap_or_default();
            let stays = run.first().is_none_or(|first| !inside(*first))
                || is_word(text)
                || is_setting(text)
                || text.parse::<f64>().is_ok() && text.len() <= SETTING
                || text
                    .split(['-', '.', '+', '_'])
                    .all(|part| part.is_empty() || is_word(part) || is_setting(part))
                    && text.parse::<std::net::IpAddr>().is_err();
            if stays {
                out.extend_from_slice(run);
            } else {
                out.extend(self.token(run));
            }
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    #[test]
    fn words_of_the_protocols_stay() {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        for value in [
            "INVITE, ACK, BYE, CANCEL, OPTIONS",
            "replaces, 100rel, timer, norefersub",
            "active;expires=3600",
            "terminated;reason=noresource",
            "application/sdp",
            "audio 5004 RTP/AVP 0 8 101",
            "1800;refresher=uac",
        ] {
            assert_eq!(String::from_utf8(all.words(value.as_bytes())).unwrap(), value);
        }
        let moved =
            String::from_utf8(all.words(b"replaces, x-acme-billing, 4930123456789")).unwrap();
        assert!(
            moved.starts_with("replaces, ") && !moved.contains("acme") && !moved.contains("4930")
        );
        assert_eq!(all.settings(b"profile-level-id=42e01f"), b"profile-level-id=42e01f");
        assert_ne!(all.words(b"10.0.0.1"), b"10.0.0.1");
    }
}
