//! A folder that tables are exported to.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::program::output;

/// A folder of this test, empty at first and gone after it.
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// The name is the test's own.
    pub(crate) fn new(name: &str) -> Self {
        let name = format!("siplens-tables-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        Self(path)
    }

    pub(crate) fn path(&self) -> &str {
        self.0.to_str().unwrap()
    }

    /// Exports to it; what the program prints.
    #[track_caller]
    pub(crate) fn export(&self, arguments: &[&str]) -> String {
        output(&[&["export", "-o", self.path()], arguments].concat())
    }

    /// Its files, relative to it, without the lock.
    pub(crate) fn files(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut folders = vec![self.0.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let inside = path.strip_prefix(&self.0).unwrap();
                    found.push(inside.to_str().unwrap().to_owned());
                }
            }
        }
        found.retain(|name| name != "_siplens.lock");
        found.sort();
        found
    }

    /// The files of a table, with their paths.
    pub(crate) fn files_of(&self, table: &str) -> Vec<PathBuf> {
        let files = self.files().into_iter();
        let inside = |name: &String| name.starts_with(&format!("{table}/"));
        files.filter(inside).map(|name| self.0.join(name)).collect()
    }

    /// The text of a table's files, one after the other.
    pub(crate) fn text(&self, table: &str) -> String {
        self.files_of(table).iter().map(|path| fs::read_to_string(path).unwrap()).collect()
    }

    /// The rows of a table that was exported a JSON object a line.
    pub(crate) fn rows(&self, table: &str) -> Vec<Value> {
        self.text(table).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// A place in it.
    pub(crate) fn join(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// All samples, in the order of their names.
pub(crate) fn samples() -> Vec<&'static str> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("samples");
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().to_owned())
        .filter(|name| name.contains(".pcap"))
        .map(|name| &*format!("samples/{name}").leak())
        .collect();
    names.sort_unstable();
    names
}
