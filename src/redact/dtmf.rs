//! Digits that somebody entered: they may be a PIN or the number of a card.

use super::names::Pseudonyms;
use crate::wire::bytes::{split_once, trim};

impl Pseudonyms {
    /// The body of an INFO that carries a digit.
    pub(super) fn digit(&mut self, body: &[u8]) -> Vec<u8> {
        if !self.is_all() {
            return body.to_vec();
        }
        let lines = body.split(|byte| *byte == b'\n').map(|line| {
            let (name, value) = split_once(line, b'=');
            match value {
                Some(_) if trim(name).eq_ignore_ascii_case(b"signal") => b"Signal=0\r".to_vec(),
                Some(value) if trim(name).eq_ignore_ascii_case(b"duration") => {
                    [b"Duration=", self.words(trim(value)).as_slice(), b"\r"].concat()
                }
                Some(_) => b"\r".to_vec(),
                None if trim(name).is_empty() => Vec::new(),
                None => b"0".to_vec(),
            }
        });
        lines.collect::<Vec<_>>().join(&b'\n')
    }

    /// An event of RFC 4733: a digit becomes 0, the hook flash stays.
    pub(super) fn event(&self, payload: &mut [u8]) {
        if let Some(event) = payload.first_mut().filter(|event| **event < 16 && self.is_all()) {
            *event = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::{Key, Scope};

    #[test]
    fn no_digit_stays() {
        let mut all = Pseudonyms::new(Key::new(b"k"), Scope::All);
        assert_eq!(all.digit(b"Signal= 7\r\nDuration= 160\r\n"), b"Signal=0\r\nDuration=160\r\n");
        assert_eq!(all.digit(b"7"), b"0");
        let mut flash = [16, 0, 0, 0];
        all.event(&mut flash);
        assert_eq!(flash[0], 16);
        let mut digit = [7, 0x8a, 1, 0];
        all.event(&mut digit);
        assert_eq!(digit, [0, 0x8a, 1, 0]);
    }
}
