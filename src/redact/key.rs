//! The key, and the keyed function that everything is drawn from.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// What pseudonyms are drawn with: HMAC-SHA-256 (RFC 2104) under a secret.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl Key {
    /// The key of a secret of any length.
    pub fn new(secret: &[u8]) -> Self {
        // HMAC takes keys of every length.
        let keyed = Hmac::<Sha256>::new_from_slice(secret);
        Self(
            keyed.unwrap_or_else(|_| {
                Hmac::<Sha256>::new(&hmac::digest::Key::<Hmac<Sha256>>::default())
            }),
        )
    }

    /// 32 bytes that depend on the key, the purpose and each of the parts.
    pub(super) fn draw(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.0.clone();
        for part in std::iter::once(purpose.as_bytes()).chain(parts.iter().copied()) {
            mac.update(&u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_do_not_run_together() {
        let key = Key::new(b"secret");
        assert_eq!(key.draw("a", &[b"bc", b"d"]), key.draw("a", &[b"bc", b"d"]));
        assert_ne!(key.draw("a", &[b"bc", b"d"]), key.draw("a", &[b"b", b"cd"]));
        assert_ne!(key.draw("a", &[b"b"]), Key::new(b"other").draw("a", &[b"b"]));
        assert_eq!(format!("{key:?}"), "Key(..)");
    }
}
