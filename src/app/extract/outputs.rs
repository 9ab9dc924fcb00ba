//! Captures that are written at the same time, each whole or not at all.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::app::output::Failure;
use crate::app::save;
use crate::base::frame::Frame;
use crate::base::time::Timestamp;
use crate::source::{CaptureWriter, Container, Interface, Written};

/// Files open at the same time; of more, the one used longest ago is closed and
/// opened again when it is needed.
const MOST_OPEN: usize = 100;
const BUFFER: usize = 64 << 10;

/// The captures.
pub(super) struct Outputs {
    list: Vec<Output>,
    /// Those that are open, the one used last at the end.
    open: VecDeque<usize>,
    force: bool,
    /// Whether times have nanoseconds.
    pub(super) nanos: bool,
}

/// A capture that is written.
struct Output {
    path: PathBuf,
    place: Place,
    out: Option<BufWriter<Box<dyn Write>>>,
    writer: Option<CaptureWriter>,
    frames: u64,
}

/// Where it is written to.
enum Place {
    StandardOutput,
    /// What is no file: written as it is.
    Device,
    /// A file under another name, renamed when it is whole.
    Unfinished {
        part: PathBuf,
        created: bool,
    },
}

impl Outputs {
    pub(super) fn new(force: bool) -> Self {
        Self { list: Vec::new(), open: VecDeque::new(), force, nanos: false }
    }

    /// Adds a capture.
    ///
    /// # Errors
    ///
    /// It is an input, or is there already.
    pub(super) fn add(&mut self, path: PathBuf, inputs: &[PathBuf]) -> Result<(), Failure> {
        let place = if path.as_os_str() == "-" {
            Place::StandardOutput
        } else {
            save::refuse_captures(&path, inputs, self.force)?;
            if fs::metadata(&path).is_ok_and(|meta| !meta.is_file()) {
                Place::Device
            } else {
                let mut name = OsString::from(".");
                name.push(path.file_name().unwrap_or_default());
                name.push(format!(".{}-{}.part", std::process::id(), self.list.len()));
                // A link is followed, so that it stays one.
                let real = fs::canonicalize(&path).unwrap_or_else(|_| path.clone());
                Place::Unfinished { part: real.with_file_name(name), created: false }
            }
        };
        let taken = |path: &Path| self.list.iter().any(|output| output.path == path);
        let mut path = path;
        if taken(&path) {
            // Two calls of the same users at the same time.
            let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            let ending = path.extension().unwrap_or_default().to_string_lossy().into_owned();
            let other = (2..).map(|n| path.with_file_name(format!("{stem}-{n}.{ending}")));
            path = other.into_iter().find(|path| !taken(path)).unwrap_or(path);
            save::refuse_captures(&path, inputs, self.force)?;
        }
        self.list.push(Output { path, place, out: None, writer: None, frames: 0 });
        Ok(())
    }

    /// Writes a frame to one of them.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(super) fn frame(
        &mut self,
        which: usize,
        interfaces: &[Interface],
        interface: usize,
        frame: &Frame<'_>,
    ) -> Result<(), Failure> {
        self.use_now(which)?;
        let nanos = self.nanos;
        let Some(output) = self.list.get_mut(which) else { return Ok(()) };
        output.frames += 1;
        let written =
            Written { interface, at: frame.at, wire_len: frame.wire_len, bytes: frame.bytes };
        let container = container(&output.path);
        let Output { out: Some(out), writer, path, .. } = output else { return Ok(()) };
        let writer = writer.get_or_insert_with(|| CaptureWriter::new(container, nanos));
        writer.frame(interfaces, written, out).map_err(|error| fault(path, &error))
    }

    /// Makes sure that one of them is open.
    fn use_now(&mut self, which: usize) -> Result<(), Failure> {
        if self.open.back() == Some(&which) {
            return Ok(());
        }
        if let Some(place) = self.open.iter().position(|open| *open == which) {
            self.open.remove(place);
        } else {
            if self.open.len() >= MOST_OPEN
                && let Some(oldest) = self.open.pop_front()
                && let Some(output) = self.list.get_mut(oldest)
            {
                output.close().map_err(|error| fault(&output.path, &error))?;
            }
            if let Some(output) = self.list.get_mut(which) {
                output.open().map_err(|error| fault(&output.path, &error))?;
            }
        }
        self.open.push_back(which);
        Ok(())
    }

    /// Ends all of them and gives them their names; a line on each.
    ///
    /// # Errors
    ///
    /// One cannot be written; those before it have their names.
    pub(super) fn finish(
        mut self,
        span: Option<(Timestamp, Timestamp)>,
    ) -> Result<Vec<String>, Failure> {
        let mut said = Vec::new();
        for which in 0..self.list.len() {
            self.use_now(which)?;
            let nanos = self.nanos;
            let Some(output) = self.list.get_mut(which) else { continue };
            let container = container(&output.path);
            output.end(container, nanos, span).map_err(|error| fault(&output.path, &error))?;
            let path = output.path.display();
            let s = if output.frames == 1 { "" } else { "s" };
            said.push(
                crate::view::terminal::safe(&format!("{path}: {} frame{s}", output.frames))
                    .into_owned(),
            );
            self.open.retain(|open| *open != which);
        }
        Ok(said)
    }
}

impl Output {
    fn open(&mut self) -> io::Result<()> {
        let out: Box<dyn Write> = match &mut self.place {
            Place::StandardOutput => Box::new(io::stdout()),
            Place::Device => Box::new(OpenOptions::new().write(true).open(&self.path)?),
            Place::Unfinished { part, created: true } => {
                Box::new(OpenOptions::new().append(true).open(part)?)
            }
            Place::Unfinished { part, created } => {
                if let Some(folder) = part.parent() {
                    fs::create_dir_all(folder)?;
                }
                let file = OpenOptions::new().write(true).create_new(true).open(&*part)?;
                *created = true;
                Box::new(file)
            }
        };
        self.out = Some(BufWriter::with_capacity(BUFFER, out));
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        self.out.take().map_or(Ok(()), |mut out| out.flush())
    }

    fn end(
        &mut self,
        container: Container,
        nanos: bool,
        span: Option<(Timestamp, Timestamp)>,
    ) -> io::Result<()> {
        let writer = self.writer.get_or_insert_with(|| CaptureWriter::new(container, nanos));
        if let Some(out) = &mut self.out {
            writer.end(span, out)?;
        }
        self.close()?;
        let Place::Unfinished { part, created } = &mut self.place else { return Ok(()) };
        File::open(&*part)?.sync_all()?;
        let real = fs::canonicalize(&self.path).unwrap_or_else(|_| self.path.clone());
        fs::rename(&*part, real)?;
        *created = false;
        Ok(())
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        self.out = None;
        if let Place::Unfinished { part, created: true } = &self.place {
            // Not whole, it is nothing.
            let _ = fs::remove_file(part);
        }
    }
}

/// The format that a name asks for.
fn container(path: &Path) -> Container {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some(ending) if ["pcap", "cap", "dmp"].iter().any(|e| ending.eq_ignore_ascii_case(e)) => {
            Container::Pcap
        }
        _ => Container::PcapNg,
    }
}

fn fault(path: &Path, error: &io::Error) -> Failure {
    match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::BrokenPipe,
        _ => Failure::Fault(format!("{}: {error}", path.display())),
    }
}
