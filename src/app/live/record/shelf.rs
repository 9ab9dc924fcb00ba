//! The files of calls in their folder, bounded together: the oldest goes when there is no
//! room for another. What the folder has of earlier sessions is known by a list there.

use std::collections::VecDeque;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::file::fault;
use crate::app::output::Failure;

/// The list in the folder: a line for each file, the oldest first, bytes and name.
const LIST: &str = ".siplens-calls";

/// The files of calls.
#[derive(Debug)]
pub(super) struct Shelf {
    pub(super) folder: PathBuf,
    /// Bytes of all files.
    total: u64,
    /// The files, the oldest first: bytes and path within the folder.
    files: VecDeque<(u64, PathBuf)>,
    bytes: u64,
    /// Lines of the list whose files are gone.
    gone: usize,
}

impl Shelf {
    /// The files of a folder, of which those that are too many go.
    ///
    /// # Errors
    ///
    /// The list cannot be read, or a file not removed.
    pub(super) fn open(folder: PathBuf, total: u64) -> Result<Self, Failure> {
        let list = folder.join(LIST);
        let text = match fs::read_to_string(&list) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.map_err(|error| fault(&list, &error))?,
        };
        let mut shelf =
            Self { folder, total, files: VecDeque::new(), bytes: 0, gone: text.lines().count() };
        for line in text.lines() {
            // The user may have moved it, and written another.
            let file = line.split_once(' ').and_then(|(bytes, name)| {
                let bytes: u64 = bytes.parse().ok()?;
                let meta = fs::symlink_metadata(shelf.folder.join(name)).ok()?;
                (is_within(name) && meta.is_file() && meta.len() == bytes)
                    .then(|| (bytes, PathBuf::from(name)))
            });
            if let Some(file) = file {
                shelf.bytes += file.0;
                shelf.files.push_back(file);
                shelf.gone -= 1;
            }
        }
        shelf.make_room(0)?;
        Ok(shelf)
    }

    /// Takes a file that is whole.
    ///
    /// # Errors
    ///
    /// The list cannot be written.
    pub(super) fn put(&mut self, path: &Path) -> Result<(), Failure> {
        let Ok(name) = path.strip_prefix(&self.folder) else { return Ok(()) };
        let bytes = fs::metadata(path).map_err(|error| fault(path, &error))?.len();
        let list = self.folder.join(LIST);
        let line = line(bytes, name);
        let written = OpenOptions::new().create(true).append(true).open(&list);
        let written = written.and_then(|mut file| file.write_all(line.as_bytes()));
        written.map_err(|error| fault(&list, &error))?;
        self.bytes += bytes;
        self.files.push_back((bytes, name.to_owned()));
        Ok(())
    }

    /// Removes the oldest files until so many bytes more are within the total.
    ///
    /// # Errors
    ///
    /// A file cannot be removed.
    pub(super) fn make_room(&mut self, bytes: u64) -> Result<(), Failure> {
        while self.bytes.saturating_add(bytes) > self.total
            && let Some((size, name)) = self.files.pop_front()
        {
            self.bytes -= size;
            self.gone += 1;
            let path = self.folder.join(name);
            match fs::remove_file(&path) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => {
                    return Err(fault(&path, &error));
                }
                _ => {}
            }
        }
        if self.gone > self.files.len() { self.rewrite() } else { Ok(()) }
    }

    /// Whether so many bytes more are within the total.
    pub(super) const fn has_room(&self, bytes: u64) -> bool {
        self.bytes.saturating_add(bytes) <= self.total
    }

    /// Writes the list without the lines of files that are gone, whole or not at all.
    fn rewrite(&mut self) -> Result<(), Failure> {
        let (list, new) = (self.folder.join(LIST), self.folder.join(format!("{LIST}.new")));
        let text: String = self.files.iter().map(|(bytes, name)| line(*bytes, name)).collect();
        let written = fs::write(&new, text).and_then(|()| fs::rename(&new, &list));
        written.map_err(|error| fault(&list, &error))?;
        self.gone = 0;
        Ok(())
    }
}

fn line(bytes: u64, name: &Path) -> String {
    format!("{bytes} {}\n", name.display())
}

/// Whether a name of the list stays within the folder.
fn is_within(name: &str) -> bool {
    use std::path::Component;
    Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_and_what_is_not_ours_stays() {
        let folder = std::env::temp_dir().join(format!("siplens-shelf-{}", std::process::id()));
        fs::create_dir_all(folder.join("sub")).unwrap();
        let file = |name: &str| {
            let path = folder.join(name);
            fs::write(&path, [0; 100]).unwrap();
            path
        };
        let foreign = file("someone-elses.pcapng");
        let mut shelf = Shelf::open(folder.clone(), 250).unwrap();
        for name in ["a.pcapng", "sub/b.pcapng", "c.pcapng"] {
            shelf.make_room(100).unwrap();
            shelf.put(&file(name)).unwrap();
        }
        let there = |name: &str| folder.join(name).exists();
        assert_eq!(
            [there("a.pcapng"), there("sub/b.pcapng"), there("c.pcapng"), foreign.exists()],
            [false, true, true, true]
        );
        // Another session with less room, and a list that someone has tampered with.
        let list = folder.join(LIST);
        let text = fs::read_to_string(&list).unwrap() + "100 ../out\n100 gone\nnonsense\n";
        fs::write(&list, text).unwrap();
        let shelf = Shelf::open(folder.clone(), 150).unwrap();
        assert_eq!((shelf.bytes, shelf.files.len()), (100, 1));
        assert_eq!(
            [there("sub/b.pcapng"), there("c.pcapng"), foreign.exists()],
            [false, true, true]
        );
        assert_eq!(fs::read_to_string(&list).unwrap(), "100 c.pcapng\n");
        fs::remove_dir_all(folder).unwrap();
    }
}
