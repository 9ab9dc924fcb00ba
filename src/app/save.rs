//! Files that are written whole or not at all, and never over a capture.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use super::output::{Failure, to_stdout};

/// What captures begin with, plain or compressed: pcap in both byte orders with
/// micro- and nanoseconds and modified, pcapng, Network Monitor, gzip, zstd,
/// lz4, xz, bzip2.
const CAPTURES: &[&[u8]] = &[
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\xc3\xd4",
    b"\x4d\x3c\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x34\xcd\xb2\xa1",
    b"\xa1\xb2\xcd\x34",
    b"\x0a\x0d\x0d\x0a",
    b"GMBU",
    b"RTSS",
    b"\x1f\x8b",
    b"\x28\xb5\x2f\xfd",
    b"\x04\x22\x4d\x18",
    b"\xfd7zXZ",
    b"BZh",
];

/// Writes to standard output (`None` or `-`) or to a file, which is there
/// afterwards whole or as it was before.
///
/// # Errors
///
/// The file is one of `inputs` or another capture, or cannot be written.
pub(super) fn write(
    target: Option<&Path>,
    inputs: &[PathBuf],
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    match target {
        Some(path) if path.as_os_str() != "-" => to_file(path, inputs, write),
        _ => to_stdout(write),
    }
}

fn to_file(
    path: &Path,
    inputs: &[PathBuf],
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    refuse_captures(path, inputs, false)?;
    let fault = |error: io::Error| Failure::Fault(format!("{}: {error}", path.display()));
    // A link is followed, so that it stays one. What is no file, like /dev/null,
    // is written as it is.
    let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    if fs::metadata(&real).is_ok_and(|meta| !meta.is_file()) {
        let mut out = BufWriter::new(OpenOptions::new().write(true).open(&real).map_err(fault)?);
        return write(&mut out).and_then(|()| out.flush()).map_err(fault);
    }
    let unfinished = Unfinished::create(&real).map_err(fault)?;
    unfinished.fill(write).map_err(fault)?.rename(&real).map_err(fault)
}

/// Refuses a path that is an input or in a folder that is one, and, unless
/// `over`, one that holds a capture already.
pub(super) fn refuse_captures(path: &Path, inputs: &[PathBuf], over: bool) -> Result<(), Failure> {
    let same = |input: &PathBuf| {
        let both = fs::canonicalize(path).ok().zip(fs::canonicalize(input).ok());
        both.is_some_and(|(path, input)| path == input)
    };
    // What a folder or a pattern stands for is among the captures there.
    let may_be_read = |input: &PathBuf| same(input) || !input.is_file();
    let read = inputs.iter().filter(|input| input.as_os_str() != "-").any(may_be_read);
    if inputs.iter().any(same) || (read || !over) && holds_capture(path) {
        let why = "is a capture, and is not written over";
        return Err(Failure::Fault(format!("{} {why}", path.display())));
    }
    Ok(())
}

fn holds_capture(path: &Path) -> bool {
    // To open a pipe or a device would wait for it.
    if !fs::metadata(path).is_ok_and(|meta| meta.is_file()) {
        return false;
    }
    let mut start = Vec::new();
    let read = File::open(path).and_then(|file| file.take(8).read_to_end(&mut start));
    read.is_ok() && CAPTURES.iter().any(|magic| start.starts_with(magic))
}

/// A file under a name of its own beside its place; gone unless it is renamed.
struct Unfinished {
    path: PathBuf,
    file: File,
}

impl Unfinished {
    fn create(place: &Path) -> io::Result<Self> {
        let mut name = OsString::from(".");
        name.push(place.file_name().unwrap_or_default());
        name.push(format!(".{}.part", std::process::id()));
        let path = place.with_file_name(name);
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Self { path, file })
    }

    fn fill(self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> io::Result<Self> {
        let mut out = BufWriter::with_capacity(64 << 10, &self.file);
        write(&mut out)?;
        out.flush()?;
        drop(out);
        self.file.sync_all()?;
        Ok(self)
    }

    fn rename(self, place: &Path) -> io::Result<()> {
        fs::rename(&self.path, place)
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Renamed, it is not there any more.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder =
            std::env::temp_dir().join(format!("siplens-save-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn names(folder: &Path) -> Vec<OsString> {
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name()).collect()
    }

    #[test]
    fn a_file_is_whole_or_as_it_was() {
        let folder = folder("whole");
        let path = folder.join("report.html");
        write(Some(&path), &[], |out| out.write_all(b"one")).unwrap();
        let failed = write(Some(&path), &[], |out| {
            out.write_all(b"two")?;
            Err(io::Error::other("no more"))
        });
        assert!(
            matches!(failed, Err(Failure::Fault(why)) if why.ends_with("report.html: no more"))
        );
        assert_eq!(fs::read(&path).unwrap(), b"one");
        assert_eq!(names(&folder), ["report.html"]);
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn captures_are_not_written_over() {
        let folder = folder("capture");
        let (input, other) = (folder.join("input"), folder.join("other.pcap"));
        fs::write(&input, b"anything").unwrap();
        fs::write(&other, b"\xd4\xc3\xb2\xa1\x02\0\x04\0").unwrap();
        for path in [&input, &other] {
            let before = fs::read(path).unwrap();
            let refused =
                write(Some(path), std::slice::from_ref(&input), |out| out.write_all(b"x"));
            assert!(matches!(refused, Err(Failure::Fault(why)) if why.contains("is a capture")));
            assert_eq!(fs::read(path).unwrap(), before);
        }
        fs::remove_dir_all(&folder).unwrap();
    }
}
