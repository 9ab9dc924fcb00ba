//! Where lines go: standard output, a file that is renamed when it is full or
//! old and opened anew on SIGHUP, or syslog.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::SIGHUP;

use super::syslog::Syslog;
use crate::app::output::Failure;

/// When a file is renamed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rotation {
    pub(super) size: Option<u64>,
    pub(super) time: Option<Duration>,
    /// Renamed files that are kept.
    pub(super) keep: usize,
}

/// Where lines go.
#[derive(Debug)]
pub(super) enum Sink {
    StandardOutput,
    File(Box<Target>),
    Syslog(Syslog),
}

/// A file of lines.
#[derive(Debug)]
pub(super) struct Target {
    path: PathBuf,
    rotation: Rotation,
    file: File,
    size: u64,
    since: Instant,
    /// Set by SIGHUP: someone else has renamed the file.
    reopen: Arc<AtomicBool>,
}

impl Sink {
    pub(super) const fn standard_output() -> Self {
        Self::StandardOutput
    }

    pub(super) const fn syslog(syslog: Syslog) -> Self {
        Self::Syslog(syslog)
    }

    /// Appends to a file.
    ///
    /// # Errors
    ///
    /// It cannot be opened.
    pub(super) fn file(path: PathBuf, rotation: Rotation) -> Result<Self, Failure> {
        let reopen = Arc::new(AtomicBool::new(false));
        let _ = signal_hook::flag::register(SIGHUP, reopen.clone());
        let (file, size) = open(&path)?;
        let since = Instant::now();
        Ok(Self::File(Box::new(Target { path, rotation, file, size, since, reopen })))
    }

    /// Writes whole lines, each with its end.
    ///
    /// # Errors
    ///
    /// They cannot be written.
    pub(super) fn write(&mut self, lines: &[u8]) -> Result<(), Failure> {
        match self {
            Self::StandardOutput => {
                let mut out = io::stdout().lock();
                out.write_all(lines)?;
                out.flush()?;
                Ok(())
            }
            Self::File(target) => target.write(lines),
            Self::Syslog(syslog) => {
                lines.split_inclusive(|byte| *byte == b'\n').for_each(|line| syslog.send(line));
                Ok(())
            }
        }
    }

    /// Lines that were sent and not taken.
    pub(super) fn lost(&self) -> u64 {
        match self {
            Self::Syslog(syslog) => syslog.lost,
            Self::StandardOutput | Self::File(_) => 0,
        }
    }
}

impl Target {
    fn write(&mut self, lines: &[u8]) -> Result<(), Failure> {
        if self.reopen.swap(false, Ordering::Relaxed) {
            self.open_anew()?;
        }
        let is_full = self.rotation.size.is_some_and(|most| self.size + lines.len() as u64 > most);
        let is_old = self.rotation.time.is_some_and(|most| self.since.elapsed() >= most);
        if (is_full || is_old) && self.size > 0 {
            rotate(&self.path, self.rotation.keep)?;
            self.open_anew()?;
        }
        self.file.write_all(lines).map_err(|error| fault(&self.path, &error))?;
        self.size += lines.len() as u64;
        Ok(())
    }

    fn open_anew(&mut self) -> Result<(), Failure> {
        (self.file, self.size) = open(&self.path)?;
        self.since = Instant::now();
        Ok(())
    }
}

fn open(path: &Path) -> Result<(File, u64), Failure> {
    let opened = OpenOptions::new().create(true).append(true).open(path);
    let file = opened.map_err(|error| fault(path, &error))?;
    let size = file.metadata().map_or(0, |meta| meta.len());
    Ok((file, size))
}

/// `lines.json` becomes `lines.json.1`, that `lines.json.2`; the last is removed.
fn rotate(path: &Path, keep: usize) -> Result<(), Failure> {
    let numbered = |number: usize| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{number}"));
        PathBuf::from(name)
    };
    let moved = |from: &Path, to: &Path| match fs::rename(from, to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(fault(from, &error)),
        _ => Ok(()),
    };
    if keep == 0 {
        return fs::remove_file(path).map_err(|error| fault(path, &error));
    }
    for number in (1..keep).rev() {
        moved(&numbered(number), &numbered(number + 1))?;
    }
    moved(path, &numbered(1))
}

fn fault(path: &Path, error: &io::Error) -> Failure {
    Failure::Fault(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_renamed_and_the_oldest_goes() {
        let folder = std::env::temp_dir().join(format!("siplens-sink-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join("lines.json");
        let rotation = Rotation { size: Some(10), time: None, keep: 2 };
        let mut sink = Sink::file(path.clone(), rotation).unwrap();
        for number in 1..=4 {
            sink.write(format!("line {number}\n").as_bytes()).unwrap();
        }
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert_eq!(read("lines.json"), "line 4\n");
        assert_eq!(
            (read("lines.json.1"), read("lines.json.2")),
            ("line 3\n".into(), "line 2\n".into())
        );
        assert!(!folder.join("lines.json.3").exists());
        fs::remove_dir_all(folder).unwrap();
    }
}
