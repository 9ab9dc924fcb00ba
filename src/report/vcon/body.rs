//! What was said, inside a vCon.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Serialize, Serializer};

use crate::base::time::Timestamp;

/// The voices of a call as a sound file.
#[derive(Clone, PartialEq, Debug)]
pub struct Recording {
    /// A WAV file: the caller to the left, the callee to the right.
    pub wav: Vec<u8>,
    /// What it would be called.
    pub name: String,
    /// When it begins.
    pub start: Timestamp,
    /// Seconds of it.
    pub seconds: f64,
}

/// Bytes as base64url without padding, written as they are encoded, a piece at a time.
pub(super) struct Base64(pub(super) Vec<u8>);

/// Bytes encoded at once; a multiple of three, so that no piece ends within a group.
const PIECE: usize = 3 << 10;

impl fmt::Display for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = [0; PIECE / 3 * 4];
        for piece in self.0.chunks(PIECE) {
            // The room is enough for every piece.
            let text = Base64UrlUnpadded::encode(piece, &mut text).map_err(|_| fmt::Error)?;
            f.write_str(text)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Base64 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Base64({} bytes)", self.0.len())
    }
}

impl Serialize for Base64 {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_meet_without_a_seam() {
        for length in [0, 1, 2, 3, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 2] {
            let bytes: Vec<u8> = (0..length).map(|i| u8::try_from(i % 251).unwrap()).collect();
            let text = Base64(bytes.clone()).to_string();
            assert_eq!(text, Base64UrlUnpadded::encode_string(&bytes), "{length}");
        }
    }
}
