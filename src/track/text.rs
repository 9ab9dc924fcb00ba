//! The texts of a conversation in one allocation.

use crate::wire::sip::lossy;

/// A text kept in a [`Texts`].
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Text {
    start: u32,
    len: u32,
}

/// The texts that one conversation keeps: URIs, tags, branches, phrases.
///
/// One growing string is a single allocation where a hundred small strings
/// would be a hundred.
#[derive(Clone, Debug, Default)]
pub struct Texts(String);

/// Longest text kept, in bytes; longer ones are cut. RFC 3261 sets no limit,
/// and robustness tests send tokens of 64 KiB.
const LONGEST: usize = 1_024;

/// Room made for texts at a time, in bytes.
const LEAST: usize = 256;

impl Texts {
    /// Keeps bytes as text; what is not UTF-8 is replaced, what is too long is cut.
    pub fn put(&mut self, bytes: &[u8]) -> Text {
        let bytes = bytes.get(..LONGEST).unwrap_or(bytes);
        let start = self.0.len();
        let text = lossy(bytes);
        if self.0.capacity() - start < text.len() {
            // By less than twice: there are as many of these as conversations.
            self.0.reserve_exact(text.len().max(LEAST).max(start / 3));
        }
        self.0.push_str(&text);
        Text {
            start: u32::try_from(start).unwrap_or(u32::MAX),
            len: u32::try_from(self.0.len() - start).unwrap_or(0),
        }
    }

    /// Keeps bytes, or gives `known` back if that is the same text.
    pub fn put_unless(&mut self, known: Text, bytes: &[u8]) -> Text {
        if self.get(known).as_bytes() == bytes { known } else { self.put(bytes) }
    }

    /// The text; empty for [`Text::default`].
    pub fn get(&self, text: Text) -> &str {
        let start = text.start as usize;
        self.0.get(start..start + text.len as usize).unwrap_or_default()
    }

    /// Bytes that they take.
    pub const fn bytes(&self) -> usize {
        self.0.capacity()
    }

    /// Gives back memory that growing left over.
    pub fn shrink(&mut self) {
        self.0.shrink_to_fit();
    }
}

impl Text {
    /// Whether there is nothing in it.
    pub const fn is_empty(self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_as_they_were_put() {
        let mut texts = Texts::default();
        let (a, b) = (texts.put(b"sip:a@b"), texts.put(b"caf\xe9"));
        assert_eq!((texts.get(a), texts.get(b)), ("sip:a@b", "caf\u{fffd}"));
        assert_eq!(texts.put_unless(a, b"sip:a@b"), a);
        assert_ne!(texts.put_unless(a, b"sip:a@c"), a);
        assert_eq!(texts.get(Text::default()), "");
        let long = texts.put(&vec![b'x'; 70_000]);
        assert_eq!(texts.get(long).len(), LONGEST);
    }
}
