//! Frames of a capture file, or of the same bytes from anywhere.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::{SourceError, SourceErrorKind};
use super::info::{Format, SourceInfo};
use super::magic::{self, MAGIC_BYTES, Magic};
use super::netmon::NetMon;
use super::pcap::Pcap;
use super::pcapng::PcapNg;
use super::record::{Cut, Fault, Outcome};
use super::tally::Tally;
use super::window::Window;
use super::{Source, Step};
use crate::base::frame::Frame;

/// The name of standard input.
const STANDARD_INPUT: &str = "-";

/// A capture that is read from its beginning to its end, once.
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

/// How the records of the file are laid out.
enum Records {
    Pcap(Pcap),
    PcapNg(PcapNg),
    NetMon(NetMon),
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
        let refused = |error: io::Error| SourceError {
            file: file.clone(),
            offset: None,
            kind: SourceErrorKind::unreadable(&error),
        };
        let input = File::open(path).map_err(refused)?;
        if input.metadata().map_err(refused)?.is_dir() {
            return Err(refused(io::ErrorKind::IsADirectory.into()));
        }
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
        let mut window = Window::new(input);
        match Self::begin(&mut window, name, source_index) {
            Ok((records, tally)) => Ok(Self { file, window, records, tally, finished: false }),
            Err(fault) => Err(SourceError { file, offset: None, kind: fault.kind }),
        }
    }

    fn begin(
        window: &mut Window,
        name: String,
        source_index: u16,
    ) -> Result<(Records, Tally), Fault> {
        window.want(MAGIC_BYTES)?;
        match magic::recognise(window.held()) {
            Ok(Magic::Pcap(variant)) => {
                let mut tally = Tally::new(name, Format::Pcap, source_index);
                Ok((Records::Pcap(Pcap::open(window, variant, &mut tally)?), tally))
            }
            Ok(Magic::PcapNg) => {
                let mut tally = Tally::new(name, Format::PcapNg, source_index);
                Ok((Records::PcapNg(PcapNg::open(window, &mut tally)?), tally))
            }
            Ok(Magic::NetMon) => {
                let mut tally = Tally::new(name, Format::NetMon, source_index);
                Ok((Records::NetMon(NetMon::open(window, &mut tally)?), tally))
            }
            Err(kind) => Err(Fault { offset: 0, kind }),
        }
    }

    /// The last record is not whole.
    #[cold]
    fn cut(&mut self, cut: &Cut) {
        self.tally.info.truncated = true;
        let Cut { offset, missing, exact, .. } = cut;
        let least = if *exact { "" } else { "at least " };
        let text = format!(
            "the capture ends inside the record at offset {offset}: {least}{missing} bytes missing"
        );
        self.tally.problem("file.truncated", None, &text);
    }
}

impl Source for FileSource {
    #[inline]
    fn next_frame(&mut self) -> Result<Step<'_>, SourceError> {
        if self.finished {
            return Ok(Step::End);
        }
        let outcome = match &mut self.records {
            Records::Pcap(pcap) => pcap.next(&mut self.window),
            Records::PcapNg(pcapng) => pcapng.next(&mut self.window, &mut self.tally),
            Records::NetMon(netmon) => netmon.next(&mut self.window, &mut self.tally),
        };
        match outcome {
            Ok(Outcome::Packet(packet)) => {
                let bytes = self.window.lent(packet.bytes);
                let captured = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
                if packet.wire_len < captured {
                    let text =
                        "packets shorter on the wire than captured were given the captured length";
                    self.tally.problem("file.wire-length", Some(self.tally.next_frame()), text);
                }
                let no = self.tally.packet(packet.timed.then_some(packet.at), bytes.len());
                let wire_len = packet.wire_len.max(captured);
                Ok(Step::Frame(Frame { no, at: packet.at, link: packet.link, wire_len, bytes }))
            }
            Ok(Outcome::End) => {
                self.finished = true;
                Ok(Step::End)
            }
            Ok(Outcome::Cut(cut)) => {
                self.finished = true;
                self.cut(&cut);
                Ok(Step::End)
            }
            Err(Fault { offset, kind }) => {
                self.finished = true;
                Err(SourceError { file: self.file.clone(), offset: Some(offset), kind })
            }
        }
    }

    fn info(&self) -> &SourceInfo {
        &self.tally.info
    }
}
