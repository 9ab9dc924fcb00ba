//! Frames of a capture file, or of the same bytes from anywhere.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::{SourceError, SourceErrorKind};
use super::info::SourceInfo;
use super::record::{Cut, Fault, Outcome, Packet};
use super::records::Records;
use super::tally::Tally;
use super::unpack::PackedEnd;
use super::window::Window;
use super::{Source, Step};
use crate::base::frame::Frame;

/// The name of standard input.
const STANDARD_INPUT: &str = "-";

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
    finished: bool,
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
        let file = path.to_string_lossy().into_owned();
        if file == STANDARD_INPUT {
            return Self::from_reader(&file, Box::new(io::stdin()), source_index);
        }
        let input = open(path).map_err(|kind| SourceError {
            file: file.clone(),
            input: source_index,
            offset: None,
            decompressed: false,
            kind,
        })?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self::start(file, name, Box::new(input), source_index)
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
        Self::start(name.to_owned(), name.to_owned(), input, source_index)
    }

    fn start(
        file: String,
        name: String,
        input: Box<dyn Read + Send>,
        source_index: u16,
    ) -> Result<Self, SourceError> {
        let (mut window, mut tally) = (Window::new(input), Tally::new(name, source_index));
        match Records::open(&mut window, &mut tally) {
            Ok(records) => Ok(Self { file, window, records, tally, finished: false }),
            Err(mut fault) => {
                if let (PackedEnd::Cut(offset), Some(with)) =
                    (window.packed_end(), tally.info.compression)
                    && fault.kind.is_short()
                {
                    fault = Fault { offset, kind: SourceErrorKind::CompressionCut { with } };
                }
                let offset = fault.kind.is_of_compression().then_some(fault.offset);
                Err(SourceError { offset, ..error(&file, &tally, fault) })
            }
        }
    }

    /// What has been read so far; final after `End` or an error.
    pub fn info(&self) -> &SourceInfo {
        &self.tally.info
    }

    /// Reads up to the next packet, for [`lend`](Self::lend); `None` at the end.
    #[inline]
    fn advance(&mut self) -> Result<Option<Packet>, SourceError> {
        if self.finished {
            return Ok(None);
        }
        match self.records.next(&mut self.window, &mut self.tally) {
            Ok(Outcome::Packet(packet)) => Ok(Some(packet)),
            Ok(Outcome::End) => {
                self.end(None);
                Ok(None)
            }
            Ok(Outcome::Cut(cut)) => {
                self.end(Some(&cut));
                Ok(None)
            }
            Err(fault) => {
                self.finished = true;
                Err(error(&self.file, &self.tally, fault))
            }
        }
    }

    /// Counts a packet that has been read, and lends it.
    #[inline]
    fn lend(&mut self, packet: Packet) -> Frame<'_> {
        let bytes = self.window.lent(packet.bytes);
        let captured = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        if packet.wire_len < captured {
            let text = "packets shorter on the wire than captured were given the captured length";
            self.tally.problem("file.wire-length", Some(self.tally.next_frame()), text);
        }
        let no = self.tally.packet(packet.timed.then_some(packet.at), bytes.len());
        let wire_len = packet.wire_len.max(captured);
        Frame { no, at: packet.at, link: packet.link, wire_len, bytes }
    }

    /// The end, perhaps inside a record.
    #[cold]
    fn end(&mut self, cut: Option<&Cut>) {
        self.finished = true;
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
        Ok(match self.advance()? {
            Some(packet) => Step::Frame(self.lend(packet)),
            None => Step::End,
        })
    }

    fn inputs(&self) -> Vec<&SourceInfo> {
        vec![self.info()]
    }
}

/// Opens a file that is no directory.
fn open(path: &Path) -> Result<File, SourceErrorKind> {
    let refused = |error: io::Error| SourceErrorKind::unreadable(&error);
    let input = File::open(path).map_err(refused)?;
    if input.metadata().map_err(refused)?.is_dir() {
        return Err(SourceErrorKind::Directory);
    }
    Ok(input)
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
