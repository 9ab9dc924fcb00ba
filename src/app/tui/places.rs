//! Where settings and the list of recent captures are kept: the XDG base
//! directories.

use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Captures that are remembered.
const RECENT: usize = 20;
/// A longer list is not ours.
const MOST_BYTES: u64 = 1 << 20;

/// The folder that a variable names, or its place in the home folder.
fn folder(variable: &str, otherwise: &str) -> Option<PathBuf> {
    let named = env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = || Some(PathBuf::from(env::var_os("HOME")?).join(otherwise));
    Some(named.or_else(home)?.join("siplens"))
}

/// The file of settings.
pub(in crate::app) fn config() -> Option<PathBuf> {
    Some(folder("XDG_CONFIG_HOME", ".config")?.join("config.toml"))
}

fn recent_file() -> Option<PathBuf> {
    Some(folder("XDG_STATE_HOME", ".local/state")?.join("recent"))
}

/// The captures that were opened last, the latest first; those that are gone are left out.
pub(super) fn recent() -> Vec<PathBuf> {
    let Some(file) = recent_file() else { return Vec::new() };
    if fs::metadata(&file).is_ok_and(|meta| meta.len() > MOST_BYTES) {
        return Vec::new();
    }
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().map(PathBuf::from).filter(|path| path.is_file()).take(RECENT).collect()
}

/// Remembers captures that are opened. Where there is no place for that, or
/// it cannot be written, nothing is remembered.
pub(super) fn remember(opened: &[PathBuf]) -> Option<()> {
    let file = recent_file()?;
    let mut all: Vec<PathBuf> = Vec::new();
    let known = recent();
    let opened = opened.iter().filter_map(|path| fs::canonicalize(path).ok());
    for path in opened.filter(|path| path.is_file()).chain(known) {
        let writable = path.to_str().is_some_and(|path| !path.contains('\n'));
        if writable && !all.contains(&path) {
            all.push(path);
        }
    }
    all.truncate(RECENT);
    let lines: String =
        all.iter().filter_map(|path| Some(format!("{}\n", path.to_str()?))).collect();
    write(&file, &lines).ok()
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, text)
}

/// The network interfaces of this machine, and what is known of them.
pub(super) fn interfaces() -> Vec<(String, String)> {
    let Ok(folder) = fs::read_dir("/sys/class/net") else { return Vec::new() };
    let mut all: Vec<_> = folder
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let state = fs::read_to_string(entry.path().join("operstate")).unwrap_or_default();
            let about = match (name.as_str(), state.trim()) {
                ("lo", _) => "this machine itself",
                (_, "up") => "up",
                (_, "down") => "down",
                _ => "",
            };
            Some((name, about.to_owned()))
        })
        .collect();
    all.sort_by(|a, b| (a.1 != "up", &a.0).cmp(&(b.1 != "up", &b.0)));
    all
}
