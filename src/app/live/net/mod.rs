//! What listeners and senders share: threads with a runtime of their own, TLS,
//! addresses, and connections that must not stand still.

pub(super) mod address;
pub(super) mod moving;
pub(super) mod tls;

use std::future::Future;
use std::thread::{self, JoinHandle};

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::app::output::Failure;

/// Begins a thread that runs what `make` makes, and all that it spawns, to its end.
pub(super) fn spawn<F: Future<Output = ()>>(
    name: &str,
    make: impl FnOnce() -> F + Send + 'static,
) -> Result<JoinHandle<()>, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(2)
        .thread_name(name)
        .build()
        .map_err(|error| Failure::Fault(format!("{name}: no runtime: {error}")))?;
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || runtime.block_on(async move { make().await }))
        .map_err(|error| Failure::Fault(format!("{name}: no thread: {error}")))
}

/// The secret on a file's first line.
///
/// # Errors
/// When the file cannot be read, or there is none.
pub(super) fn secret(path: &std::path::Path) -> Result<String, Failure> {
    let failure = |why: &str| Failure::Fault(format!("{}: {why}", path.display()));
    let text = std::fs::read_to_string(path).map_err(|error| failure(&error.to_string()))?;
    let line = text.lines().next().unwrap_or_default().trim();
    if line.is_empty() {
        Err(failure("there is nothing on its first line"))
    } else {
        Ok(line.to_owned())
    }
}

/// A secret that is compared in a time that tells nothing of it.
#[derive(Clone)]
pub(super) struct Secret([u8; 32]);

impl Secret {
    pub(super) fn new(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// Whether `text` is the secret. Digests are compared, so that not even its length shows.
    pub(super) fn is(&self, text: &[u8]) -> bool {
        let told: [u8; 32] = Sha256::digest(text).into();
        self.0.ct_eq(&told).into()
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_itself_only() {
        let secret = Secret::new("correct horse");
        assert!(secret.is(b"correct horse"));
        for wrong in [&b""[..], b"correct hors", b"correct horse ", b"Correct horse"] {
            assert!(!secret.is(wrong));
        }
        assert_eq!(format!("{secret:?}"), "Secret");
    }
}
