//! A file that grows while it is read, and may be replaced by another.
//!
//! Only what the file system says is looked at, and only when all bytes there
//! are have been read: whoever reads decides when to look again.

use std::fs::{self, File, Metadata};
use std::path::{Path, PathBuf};

use super::identity::Identity;

/// A file that is read on when it grows.
pub(super) struct Following {
    path: PathBuf,
    identity: Identity,
    /// Another file has been seen at the path.
    replaced: bool,
}

/// What to do where the bytes end.
pub(super) enum AtEnd {
    /// Read on later.
    Wait,
    /// Read on now, to have all of a file that another has replaced.
    Again,
    /// Read this file from its beginning.
    Replaced(File),
}

impl Following {
    /// Follows the file at `path`, of which this is said.
    pub(super) fn new(path: &Path, metadata: &Metadata) -> Self {
        let (path, identity) = (path.to_owned(), Identity::of(path, metadata));
        Self { path, identity, replaced: false }
    }

    /// All bytes there were have been read, `read` in all.
    pub(super) fn at_end(&mut self, read: u64) -> AtEnd {
        // Between its removal and its making anew there is no file.
        let Ok(now) = fs::metadata(&self.path) else { return AtEnd::Wait };
        let same = Identity::of(&self.path, &now) == self.identity;
        // A new file without a byte has a writer that may still write to the old.
        if (same && now.len() >= read) || (!same && now.len() == 0) {
            return AtEnd::Wait;
        }
        if !same && !self.replaced {
            self.replaced = true;
            return AtEnd::Again;
        }
        let opened = File::open(&self.path).and_then(|file| Ok((file.metadata()?, file)));
        let Ok((metadata, file)) = opened else { return AtEnd::Wait };
        self.identity = Identity::of(&self.path, &metadata);
        self.replaced = false;
        AtEnd::Replaced(file)
    }
}
