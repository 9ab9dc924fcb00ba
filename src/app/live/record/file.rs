//! A capture file that is whole up to its last block at any moment.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::app::live::feed::About;
use crate::app::output::Failure;
use crate::base::frame::{Frame, Link};
use crate::base::time::Timestamp;
use crate::source::{CaptureWriter, Container, Interface, Written};

/// Bytes of blocks that are written at once.
const BLOCKS: usize = 64 << 10;

/// The interfaces of what is written: one for each link of each source.
#[derive(Clone, Debug)]
pub(super) struct Interfaces {
    sources: Vec<About>,
    list: Vec<Interface>,
    known: Vec<(u16, Link)>,
}

impl Interfaces {
    pub(super) fn new(sources: &[About]) -> Self {
        Self { sources: sources.to_vec(), list: Vec::new(), known: Vec::new() }
    }

    /// The place of the interface of a packet.
    fn of(&mut self, frame: &Frame<'_>) -> usize {
        let key = (frame.no.source(), frame.link);
        if let Some(place) = self.known.iter().position(|known| *known == key) {
            return place;
        }
        let about = self.sources.get(usize::from(key.0));
        let number = about.and_then(|about| about.link_number);
        let number = number.filter(|number| Link::from_number(*number) == frame.link);
        let link = number.unwrap_or_else(|| frame.link.number());
        let description = about.map(|about| about.name.clone()).unwrap_or_default();
        self.known.push(key);
        self.list.push(Interface { link, description });
        self.list.len() - 1
    }
}

/// A capture that is written.
#[derive(Debug)]
pub(super) struct CaptureFile {
    pub(super) path: PathBuf,
    writer: CaptureWriter,
    interfaces: Interfaces,
    blocks: Vec<u8>,
    /// Bytes of the file, with those that are not written yet.
    pub(super) size: u64,
    span: Option<(Timestamp, Timestamp)>,
}

impl CaptureFile {
    /// Makes a file, which must not be there, in a folder that is made if need be.
    ///
    /// # Errors
    ///
    /// It cannot be made.
    pub(super) fn create(path: PathBuf, interfaces: Interfaces) -> Result<Self, Failure> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| fault(folder, &error))?;
        }
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        // What was said is nobody else's.
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&path).map_err(|error| fault(&path, &error))?;
        let writer = CaptureWriter::new(Container::PcapNg, true);
        Ok(Self { path, writer, interfaces, blocks: Vec::new(), size: 0, span: None })
    }

    /// Adds a packet. It is in the file after [`CaptureFile::flush`].
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn frame(&mut self, frame: &Frame<'_>, out: &mut Out) -> Result<(), Failure> {
        let interface = self.interfaces.of(frame);
        let at = frame.at;
        let written = Written { interface, at, wire_len: frame.wire_len, bytes: frame.bytes };
        let before = self.blocks.len();
        self.writer
            .frame(&self.interfaces.list, written, &mut self.blocks)
            .map_err(|error| fault(&self.path, &error))?;
        self.size += (self.blocks.len() - before) as u64;
        self.span = Some(self.span.map_or((at, at), |(a, b)| (a.min(at), b.max(at))));
        if self.blocks.len() >= BLOCKS { self.flush(out) } else { Ok(()) }
    }

    /// Writes what waits: whole blocks, at once.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn flush(&mut self, out: &mut Out) -> Result<(), Failure> {
        if self.blocks.is_empty() {
            return Ok(());
        }
        let written = out.of(&self.path).and_then(|file| file.write_all(&self.blocks));
        self.blocks.clear();
        written.map_err(|error| fault(&self.path, &error))
    }

    /// Writes what comes after the packets.
    ///
    /// # Errors
    ///
    /// The file cannot be written.
    pub(super) fn end(&mut self, out: &mut Out) -> Result<(), Failure> {
        self.writer.end(self.span, &mut self.blocks).map_err(|error| fault(&self.path, &error))?;
        let flushed = self.flush(out);
        out.close(&self.path);
        flushed
    }
}

/// The file that is open; of many that are written in turns, one is.
#[derive(Debug, Default)]
pub(super) struct Out(Option<(PathBuf, File)>);

impl Out {
    fn of(&mut self, path: &Path) -> io::Result<&mut File> {
        if self.0.as_ref().is_none_or(|(open, _)| open != path) {
            self.0 = Some((path.to_owned(), OpenOptions::new().append(true).open(path)?));
        }
        self.0.as_mut().map(|(_, file)| file).ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    fn close(&mut self, path: &Path) {
        self.0.take_if(|(open, _)| open == path);
    }
}

/// What is wrong with a file.
pub(super) fn fault(path: &Path, error: &io::Error) -> Failure {
    Failure::Fault(format!("{}: {error}", path.display()))
}
