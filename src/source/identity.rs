//! Which file a path leads to, whatever it is called.

use std::fs::Metadata;
use std::path::Path;

/// Equal for two paths that lead to the same file.
#[cfg(unix)]
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Identity {
    device: u64,
    inode: u64,
}

/// Equal for two paths that lead to the same file, but not for two links to it.
#[cfg(not(unix))]
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) struct Identity(std::path::PathBuf);

impl Identity {
    /// The identity of the file at `path`, of which this is said.
    #[cfg(unix)]
    pub(super) fn of(_: &Path, metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    /// The identity of the file at `path`, of which this is said.
    #[cfg(not(unix))]
    pub(super) fn of(path: &Path, _: &Metadata) -> Self {
        Self(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
    }
}
