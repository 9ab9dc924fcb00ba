//! Which files are meant: those named, those of folders, those of patterns.

use std::collections::HashMap;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::passed_over::{PassedOver, Why};
use super::{glob, natural};
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::file::STANDARD_INPUT;
use crate::source::identity::Identity;

/// Which files of a folder are read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Folders {
    /// Those right in it.
    #[default]
    Flat,
    /// Those of the folders in it as well.
    Recursive,
}

/// A file that may be read.
pub(super) struct Candidate {
    pub(super) path: PathBuf,
    /// Its bytes, if it can be read twice: a regular file.
    pub(super) size: Option<u64>,
    /// The folder that it was found in, by its place among those asked for.
    pub(super) folder: Option<usize>,
}

/// A folder that was asked for.
pub(super) struct Folder {
    pub(super) path: PathBuf,
    /// Files that were met in it.
    pub(super) files: usize,
    /// Captures among them, as far as is known.
    pub(super) captures: usize,
}

/// What was asked for, as files.
#[derive(Default)]
pub(super) struct Inputs {
    pub(super) candidates: Vec<Candidate>,
    pub(super) passed_over: Vec<PassedOver>,
    /// The folders asked for.
    pub(super) folders: Vec<Folder>,
    known: HashMap<Identity, PathBuf>,
    standard_input: bool,
}

impl Inputs {
    /// Finds the files that `paths` mean: files, folders, patterns, and `-` for
    /// standard input.
    pub(super) fn find(paths: &[PathBuf], folders: Folders) -> Result<Self, SourceError> {
        let mut inputs = Self::default();
        for path in paths {
            if path.as_os_str() == STANDARD_INPUT {
                inputs.standard_input();
                continue;
            }
            match fs::metadata(path) {
                Ok(metadata) => inputs.named(path.clone(), &metadata, folders)?,
                Err(error) if glob::is_pattern(path) && is_absent(&error) => {
                    let found = glob::expand(path);
                    if found.is_empty() {
                        return Err(refused(path, SourceErrorKind::NoMatch));
                    }
                    for path in found {
                        let metadata = fs::metadata(&path);
                        let metadata = metadata.map_err(|error| unreadable(&path, &error))?;
                        inputs.named(path, &metadata, folders)?;
                    }
                }
                Err(error) => return Err(unreadable(path, &error)),
            }
        }
        Ok(inputs)
    }

    fn standard_input(&mut self) {
        let path = PathBuf::from(STANDARD_INPUT);
        if std::mem::replace(&mut self.standard_input, true) {
            self.duplicate(&path, STANDARD_INPUT.to_owned());
        } else {
            self.candidates.push(Candidate { path, size: None, folder: None });
        }
    }

    /// A file or folder that was asked for.
    fn named(
        &mut self,
        path: PathBuf,
        metadata: &Metadata,
        folders: Folders,
    ) -> Result<(), SourceError> {
        if !metadata.is_dir() {
            self.file(path, metadata, None);
            return Ok(());
        }
        self.folders.push(Folder { path: path.clone(), files: 0, captures: 0 });
        self.folder(&path, self.folders.len() - 1, folders)
            .map_err(|error| unreadable(&path, &error))
    }

    fn file(&mut self, path: PathBuf, metadata: &Metadata, folder: Option<usize>) {
        let identity = Identity::of(&path, metadata);
        if let Some(known) = self.known.get(&identity) {
            let known = known.to_string_lossy().into_owned();
            if let Some(folder) = folder.and_then(|folder| self.folders.get_mut(folder)) {
                folder.captures += 1;
            }
            return self.duplicate(&path, known);
        }
        self.known.insert(identity, path.clone());
        let size = metadata.is_file().then_some(metadata.len());
        self.candidates.push(Candidate { path, size, folder });
    }

    fn duplicate(&mut self, path: &Path, known: String) {
        let file = path.to_string_lossy().into_owned();
        self.passed_over.push(PassedOver { file, why: Why::Duplicate(known) });
    }

    /// The files of a folder, in natural order, but for hidden ones.
    fn folder(&mut self, path: &Path, number: usize, folders: Folders) -> io::Result<()> {
        let mut entries = Vec::new();
        for entry in path.read_dir()? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.starts_with('.') {
                entries.push((name, entry));
            }
        }
        entries.sort_by(|(a, _), (b, _)| natural::compare(a, b));
        for (_, entry) in entries {
            let path = entry.path();
            // A link to a folder is not gone into: it may lead back here.
            if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                if folders == Folders::Recursive
                    && let Err(error) = self.folder(&path, number, folders)
                {
                    self.no_capture(&path, number, SourceErrorKind::unreadable(&error));
                }
                continue;
            }
            match fs::metadata(&path) {
                Ok(metadata) if metadata.is_dir() => {}
                Ok(metadata) if metadata.is_file() => {
                    self.met(number);
                    self.file(path, &metadata, Some(number));
                }
                Ok(_) => {
                    let looks_like = Some("no regular file");
                    let kind = SourceErrorKind::NotACapture { begins: Vec::new(), looks_like };
                    self.no_capture(&path, number, kind);
                }
                Err(error) => {
                    self.no_capture(&path, number, SourceErrorKind::unreadable(&error));
                }
            }
        }
        Ok(())
    }

    fn no_capture(&mut self, path: &Path, folder: usize, kind: SourceErrorKind) {
        self.met(folder);
        let file = path.to_string_lossy().into_owned();
        self.passed_over.push(PassedOver { file, why: Why::NoCapture(kind) });
    }

    fn met(&mut self, folder: usize) {
        if let Some(folder) = self.folders.get_mut(folder) {
            folder.files += 1;
        }
    }
}

/// Whether nothing of the name is there, or nothing can be.
fn is_absent(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory | io::ErrorKind::InvalidFilename
    )
}

fn unreadable(path: &Path, error: &io::Error) -> SourceError {
    refused(path, SourceErrorKind::unreadable(error))
}

/// The error of a path, before it has a number.
pub(super) fn refused(path: &Path, kind: SourceErrorKind) -> SourceError {
    let file = path.to_string_lossy().into_owned();
    SourceError { file, input: 0, offset: None, decompressed: false, kind }
}
