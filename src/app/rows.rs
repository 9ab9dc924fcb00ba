//! Rows on disk, of what left the engine before its report could be written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::num::NonZeroUsize;
use std::path::PathBuf;

use super::output::Failure;
use crate::report::Report;
use crate::report::lists::Lists;
use crate::view::json::{self, Before};

/// A file that nobody else sees, and that is gone when the program is.
#[derive(Debug)]
struct RowFile {
    out: BufWriter<File>,
    /// Where it is, on systems that do not remove a file that is open.
    path: Option<PathBuf>,
}

/// The rows of each list of a report.
#[derive(Debug)]
pub(super) struct RowFiles {
    files: [RowFile; 5],
    counts: [u64; 5],
}

/// Bytes written at once.
const BUFFER: usize = 64 << 10;

impl RowFile {
    fn new(name: &str) -> io::Result<Self> {
        let name = format!("siplens-{}-{name}.rows", std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create_new(true);
        // What is told of a capture is as private as the capture.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(&path).map_err(|error| {
            io::Error::new(error.kind(), format!("{}: {error}", path.display()))
        })?;
        let path = fs::remove_file(&path).err().map(|_| path);
        Ok(Self { out: BufWriter::with_capacity(BUFFER, file), path })
    }

    fn rewound(&mut self) -> io::Result<&mut File> {
        self.out.flush()?;
        let file = self.out.get_mut();
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

impl Drop for RowFile {
    fn drop(&mut self) {
        if let Some(path) = &self.path {
            // Nobody else knows of it.
            let _ = fs::remove_file(path);
        }
    }
}

impl RowFiles {
    /// # Errors
    /// The folder for temporary files cannot be written to.
    pub(super) fn new() -> Result<Self, Failure> {
        let file = |name| RowFile::new(name).map_err(|error| fault(&error));
        let files = [
            file("calls")?,
            file("registrations")?,
            file("dialogs")?,
            file("streams")?,
            file("findings")?,
        ];
        Ok(Self { files, counts: [0; 5] })
    }

    /// Takes the rows of a part.
    ///
    /// # Errors
    /// The folder for temporary files is full.
    pub(super) fn part(&mut self, lists: &Lists<'_>, threads: NonZeroUsize) -> Result<(), Failure> {
        let out = self.files.each_mut().map(|file| &mut file.out as &mut dyn Write);
        json::write_part(lists, &mut self.counts, threads, out).map_err(|error| fault(&error))
    }

    /// Writes the report of the last part with the rows of all.
    ///
    /// # Errors
    /// Those of `out`, and of reading back.
    pub(super) fn finish(
        mut self,
        report: &Report<'_>,
        threads: NonZeroUsize,
        out: &mut dyn Write,
    ) -> io::Result<()> {
        let [calls, registrations, dialogs, streams, findings] = self.files.each_mut();
        let files = [
            calls.rewound()?,
            registrations.rewound()?,
            dialogs.rewound()?,
            streams.rewound()?,
            findings.rewound()?,
        ];
        let mut counts = self.counts.into_iter();
        let before: Before<'_> = files.map(|file| {
            let file: &mut dyn Read = file;
            (file, counts.next().unwrap_or(0))
        });
        json::write_after(report, Some(before), threads, out)
    }
}

fn fault(error: &io::Error) -> Failure {
    Failure::Fault(format!("rows kept in the folder for temporary files: {error}"))
}
