//! Frames of a capture file, or of the same bytes from anywhere.

use std::fs::{File, Metadata};
use std::io::Read;
use std::path::Path;

use super::error::{SourceError, SourceErrorKind};
use super::follow::{AtEnd, Following};
use super::info::SourceInfo;
use super::limits::PROBE_BYTES;
use super::record::{Cut, Fault, Outcome, Packet};
use super::records::Records;
use super::tally::Tally;
use super::unpack::PackedEnd;
use super::window::Window;
use super::{Progress, Source, StandardInput, Step};
use crate::base::chunk::Chunk;
use crate::base::frame::Frame;
use crate::base::time::Timestamp;

/// The name of standard input.
pub(super) const STANDARD_INPUT: &str = "-";

/// A capture that is read from its beginning to its end, once. Compressed
/// captures are decompressed as they are read, whatever their names.
///
/// ```
/// use siplens::source::{FileSource, Source, Step};
/// let header = b"\xd4\xc3\xb2\xa1\x02\0\x04\0\0\0\0\0\0\0\0\0\0\0\x04\0\x01\0\0\0";
/// let mut source = FileSource::from_reader("-", Box::new(&header[..]), 0)?;
/// assert!(matches!(source.next_frame()?, Step::End));
/// assert_eq!(source.info().packets, 0);
/// # Ok::<(), siplens::source::SourceError>(())
/// ```
pub struct FileSource {
    /// What errors call the file.
    file: String,
    window: Window,
    records: Records,
    tally: Tally,
    following: Option<Box<Following>>,
    /// Bytes of the file, if it is one.
    size: Option<u64>,
    finished: bool,
    /// A packet that begins the next chunk.
    first: Option<Packet>,
}

/// What has been read.
pub(super) enum Next {
    Packet(Packet),
    Idle,
    End,
}

impl FileSource {
    /// Opens the capture at `path`, or standard input for `-`, as input number
    /// `source_index` (0-based), and reads its header.
    ///
    /// # Errors
    ///
    /// It cannot be opened, or does not begin as a capture file does.
    pub fn open(path: impl AsRef<Path>, source_index: u16) -> Result<Self, SourceError> {
        let path = path.as_ref();
        if path.as_os_str() == STANDARD_INPUT {
            return Self::standard_input(StandardInput::default(), source_index);
        }
        let (input, metadata) = open(path, source_index)?;
        let source = Self::start(names(path), Window::new(Box::new(input)), None, source_index)?;
        let size = metadata.is_file().then_some(metadata.len());
        Ok(Self { size, ..source })
    }

    /// Reads the capture that standard input is.
    ///
    /// # Errors
    ///
    /// It cannot be read, or does not begin as a capture file does.
    pub fn standard_input(input: StandardInput, source_index: u16) -> Result<Self, SourceError> {
        Self::from_reader(STANDARD_INPUT, Box::new(input), source_index)
    }

    /// Opens the capture at `path` like [`open`](Self::open), and goes on when
    /// it grows: at its end it is [idle](Step::Idle), and a record of which a
    /// part is written is waited for, as is the header. When another file has
    /// come to the path, or the file has become shorter than it was, it is read
    /// from its beginning, after all that there was, and `file.replaced` counted.
    ///
    /// What is no regular file, such as standard input, ends when its writer does.
    ///
    /// # Errors
    ///
    /// It cannot be opened, or does not begin as a capture file does.
    pub fn follow(path: impl AsRef<Path>, source_index: u16) -> Result<Self, SourceError> {
        let path = path.as_ref();
        if path.as_os_str() == STANDARD_INPUT {
            return Self::open(path, source_index);
        }
        let (input, metadata) = open(path, source_index)?;
        let following = metadata.is_file().then(|| Box::new(Following::new(path, &metadata)));
        Self::start(names(path), Window::new(Box::new(input)), following, source_index)
    }

    /// Reads only the header of the capture at `path`, and the time of its
    /// first frame, if it has one that can be read.
    pub(super) fn probe(
        path: &Path,
        source_index: u16,
    ) -> Result<(SourceInfo, Option<Timestamp>), SourceError> {
        let (input, _) = open(path, source_index)?;
        let window = Window::of(Box::new(input), PROBE_BYTES);
        let mut source = Self::start(names(path), window, None, source_index)?;
        // What is wrong after the header is told when it is read in earnest.
        let info = source.tally.info.clone();
        Ok(match source.advance() {
            Ok(Next::Packet(packet)) => (source.tally.info, Some(packet.at)),
            _ => (info, None),
        })
    }

    /// Reads a capture from `input`; `name` stands for it in errors and in
    /// [`SourceInfo::name`].
    ///
    /// # Errors
    ///
    /// It cannot be read, or does not begin as a capture file does.
    pub fn from_reader(
        name: &str,
        input: Box<dyn Read + Send>,
        source_index: u16,
    ) -> Result<Self, SourceError> {
        let names = (name.to_owned(), name.to_owned());
        Self::start(names, Window::new(input), None, source_index)
    }

    fn start(
        (file, name): (String, String),
        mut window: Window,
        following: Option<Box<Following>>,
        source_index: u16,
    ) -> Result<Self, SourceError> {
        let mut tally = Tally::new(name, source_index);
        let records = match Records::open(&mut window, &mut tally) {
            Err(fault) if following.is_some() && window.is_short_for(&fault) => Records::Awaited,
            Err(fault) => return Err(header_error(&file, &tally, &window, fault)),
            Ok(records) => records,
        };
        Ok(Self {
            file,
            window,
            records,
            tally,
            following,
            size: None,
            finished: false,
            first: None,
        })
    }

    /// What has been read so far; final after `End` or an error.
    pub fn info(&self) -> &SourceInfo {
        &self.tally.info
    }

    /// What has been read, when nothing more is.
    pub(super) fn into_info(self) -> SourceInfo {
        self.tally.info
    }

    /// Reads up to the next packet, for [`lend`](Self::lend).
    #[inline]
    pub(super) fn advance(&mut self) -> Result<Next, SourceError> {
        while !self.finished {
            let cut = match self.records.next(&mut self.window, &mut self.tally) {
                Ok(Outcome::Packet(packet)) => return Ok(Next::Packet(packet)),
                Ok(Outcome::End) => None,
                Ok(Outcome::Cut(cut)) => Some(cut),
                Err(fault) => {
                    self.finished = true;
                    return Err(error(&self.file, &self.tally, fault));
                }
            };
            if self.waits(cut.as_ref()) {
                return Ok(Next::Idle);
            }
        }
        Ok(Next::End)
    }

    /// The end, perhaps inside a record; whether there may be more later. If
    /// not, there is more now, or it is the end.
    #[cold]
    fn waits(&mut self, cut: Option<&Cut>) -> bool {
        let read = self.window.bytes_read();
        let Some(following) = &mut self.following else {
            self.finished = true;
            self.end(cut);
            return false;
        };
        let at_end = following.at_end(read);
        self.window.resume();
        match at_end {
            AtEnd::Wait => return true,
            AtEnd::Again => {}
            AtEnd::Replaced(file) => {
                self.end(cut);
                let text = "the file was replaced or cut short while it was followed, and was \
                            read from its beginning again";
                self.tally.problem("file.replaced", None, text);
                self.tally.info.compression = None;
                self.records = Records::Awaited;
                self.window = Window::new(Box::new(file));
            }
        }
        false
    }

    /// Counts a packet that has been read, and lends it.
    #[inline]
    pub(super) fn lend(&mut self, packet: &Packet) -> Frame<'_> {
        self.tally.frame(packet, self.window.lent(packet.bytes.clone()))
    }

    /// Fills a chunk until it or the window is full.
    fn fill_until_full(&mut self, chunk: &mut Chunk) -> Result<(), SourceError> {
        let mut first = self.first.take();
        while !chunk.is_full() {
            let packet = match first.take() {
                Some(packet) => packet,
                None => match self.advance()? {
                    Next::Packet(packet) => packet,
                    Next::Idle | Next::End => return Ok(()),
                },
            };
            if let Some(bytes) = self.window.full() {
                if !chunk.is_empty() {
                    chunk.give_bytes(bytes);
                    self.first = Some(packet);
                    return Ok(());
                }
                self.window.lend_in_full(bytes);
            }
            chunk.push_place(&self.lend(&packet), packet.bytes.clone());
            self.records.fill(&mut self.window, &mut self.tally, chunk);
        }
        Ok(())
    }

    /// Says how the capture ends, perhaps inside a record.
    fn end(&mut self, cut: Option<&Cut>) {
        let Some(with) = self.tally.info.compression else {
            return cut.map_or((), |cut| self.cut(&cut_text(cut, "")));
        };
        match (self.window.packed_end(), cut) {
            (PackedEnd::Cut(offset), _) => {
                self.cut(&format!(
                    "the {with} data end at offset {offset} before they are complete"
                ));
            }
            (_, Some(cut)) => self.cut(&cut_text(cut, " of the decompressed data")),
            _ => {}
        }
        if let PackedEnd::Other(offset) = self.window.packed_end() {
            let text =
                format!("the {with} data end at offset {offset}, and what follows was left out");
            self.tally.problem("file.trailing-bytes", None, &text);
        }
    }

    fn cut(&mut self, text: &str) {
        self.tally.info.truncated = true;
        self.tally.problem("file.truncated", None, text);
    }
}

impl Source for FileSource {
    #[inline]
    fn next_frame(&mut self) -> Result<Step<'_>, SourceError> {
        if let Some(packet) = self.first.take() {
            return Ok(Step::Frame(self.lend(&packet)));
        }
        Ok(match self.advance()? {
            Next::Packet(packet) => Step::Frame(self.lend(&packet)),
            Next::Idle => Step::Idle,
            Next::End => Step::End,
        })
    }

    fn fill(&mut self, chunk: &mut Chunk) -> Option<Result<(), SourceError>> {
        if self.following.is_some() || !chunk.is_empty() {
            return None;
        }
        self.window.lend_in_full(chunk.take_bytes());
        let result = self.fill_until_full(chunk);
        if let Some(bytes) = self.window.give() {
            chunk.give_bytes(bytes);
        }
        Some(result)
    }

    fn inputs(&self) -> Vec<&SourceInfo> {
        vec![self.info()]
    }

    fn progress(&self) -> Progress {
        Progress { read: self.window.bytes_read(), total: self.size }
    }
}

/// Opens a file that is no directory.
fn open(path: &Path, input: u16) -> Result<(File, Metadata), SourceError> {
    let refused = |kind| {
        let file = path.to_string_lossy().into_owned();
        SourceError { file, input, offset: None, decompressed: false, kind }
    };
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    match opened {
        Ok((metadata, _)) if metadata.is_dir() => Err(refused(SourceErrorKind::Directory)),
        Ok((metadata, file)) => Ok((file, metadata)),
        Err(error) => Err(refused(SourceErrorKind::unreadable(&error))),
    }
}

/// What errors call the file at `path`, and what it is called.
fn names(path: &Path) -> (String, String) {
    let name = path.file_name().unwrap_or_default();
    (path.to_string_lossy().into_owned(), name.to_string_lossy().into_owned())
}

/// The error that a fault of the header is.
fn header_error(file: &str, tally: &Tally, window: &Window, mut fault: Fault) -> SourceError {
    if let (PackedEnd::Cut(offset), Some(with)) = (window.packed_end(), tally.info.compression)
        && fault.kind.is_short()
    {
        fault = Fault { offset, kind: SourceErrorKind::CompressionCut { with } };
    }
    let offset = fault.kind.is_of_compression().then_some(fault.offset);
    SourceError { offset, ..error(file, tally, fault) }
}

/// The error that a fault is, in the input that `tally` counts.
#[cold]
fn error(file: &str, tally: &Tally, Fault { offset, kind }: Fault) -> SourceError {
    let decompressed = tally.info.compression.is_some() && !kind.is_of_file();
    let (file, input) = (file.to_owned(), tally.source());
    SourceError { file, input, offset: Some(offset), decompressed, kind }
}

fn cut_text(Cut { offset, missing, exact, .. }: &Cut, of: &str) -> String {
    let least = if *exact { "" } else { "at least " };
    format!(
        "the capture ends inside the record at offset {offset}{of}: {least}{missing} bytes missing"
    )
}
