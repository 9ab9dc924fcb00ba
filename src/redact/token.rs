//! Identifiers that machines made: Call-IDs, tags, branches, nonces.

use super::digits::permute;
use super::key::Key;

/// From this length on a run of hexadecimal digits is taken for one.
const HEXADECIMAL: usize = 8;

/// Letters and digits that stand together, or what separates them.
fn runs(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.chunk_by(|a, b| is_word(*a) == is_word(*b))
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii()
}

/// Another identifier of the same form: each run of letters and digits is moved
/// within its alphabet, what separates the runs stays. So an identifier that
/// another has in it keeps its place there, and different ones stay different.
pub(super) fn pseudonym(key: &Key, text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    for run in runs(text) {
        if run.first().is_none_or(|first| !is_word(*first)) || is_nil(run) {
            out.extend_from_slice(run);
        } else {
            out.extend(word(key, run));
        }
    }
    out
}

/// The session identifier of none (RFC 7989 section 4.1).
fn is_nil(run: &[u8]) -> bool {
    run.len() >= HEXADECIMAL && run.iter().all(|byte| *byte == b'0')
}

fn word(key: &Key, run: &[u8]) -> Vec<u8> {
    let hexadecimal = run.len() >= HEXADECIMAL && run.iter().all(u8::is_ascii_hexdigit);
    let letters = if hexadecimal { 6 } else { 26 };
    let (mut digits, mut radix) = (Vec::with_capacity(run.len()), Vec::with_capacity(run.len()));
    for byte in run {
        let (digit, of) = match byte {
            b'0'..=b'9' => (byte - b'0', 10),
            b'a'..=b'z' => (byte - b'a', letters),
            b'A'..=b'Z' => (byte - b'A', letters),
            // Beyond ASCII there are 128; they become letters, of which there are fewer.
            other => (other % 26, 26),
        };
        digits.push(digit);
        radix.push(of);
    }
    permute(key, "token", &mut digits, &radix);
    let place = |(digit, byte): (u8, &u8)| match byte {
        b'0'..=b'9' => b'0' + digit,
        b'A'..=b'Z' => b'A' + digit,
        _ => b'a' + digit,
    };
    digits.into_iter().zip(run).map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> String {
        String::from_utf8(pseudonym(&Key::new(b"k"), text.as_bytes())).unwrap()
    }

    #[test]
    fn the_form_stays_and_parts_stay_parts() {
        let (whole, part) = (of("a84b4c76e66710-b2b_1"), of("a84b4c76e66710"));
        assert!(whole.starts_with(&part) && part != "a84b4c76e66710");
        assert!(part.bytes().all(|b| b.is_ascii_hexdigit()));
        let uuid = of("F81D4FAE-7dec-11d0-a765-00a0c91e6bf6");
        assert_eq!(uuid.chars().filter(|c| *c == '-').count(), 4);
        assert_eq!(of("00000000000000000000000000000000"), "0".repeat(32));
        assert_eq!(of("Müller").len(), 7);
        assert_eq!(of(""), "");
    }
}
