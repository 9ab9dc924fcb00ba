//! Why a capture cannot be read, in one line that names the file and the place.

use std::fmt::{self, Write};
use std::io;

use super::info::Format;

/// A fault of the input: what is wrong, in which file, and where.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SourceError {
    /// The file as it was asked for, or `-`.
    pub file: String,
    /// The number of the input, 0-based.
    pub input: u16,
    /// Offset in bytes of the record that is at fault, when a record is.
    pub offset: Option<u64>,
    /// Whether what is wrong, and the offset, are of the decompressed bytes.
    pub decompressed: bool,
    /// What is wrong.
    pub kind: SourceErrorKind,
}

/// What is wrong with an input.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum SourceErrorKind {
    /// The system refuses to open or read it.
    Unreadable {
        /// The system's reason, to match on.
        kind: io::ErrorKind,
        /// The system's reason, to show.
        text: String,
    },
    /// It is a directory.
    Directory,
    /// It has no bytes.
    Empty,
    /// It does not begin as a capture does.
    NotACapture {
        /// The first bytes, at most 8.
        begins: Vec<u8>,
        /// What they are the beginning of, when that is known.
        looks_like: Option<&'static str>,
    },
    /// It is compressed in a way that is not undone, or once more.
    Compressed {
        /// The compression's name.
        with: &'static str,
        /// The command that writes the file decompressed.
        undo: &'static str,
    },
    /// No file has a name of this pattern.
    NoMatch,
    /// No file of this folder is a capture.
    NoCapture {
        /// Files that were looked at.
        files: usize,
    },
    /// There are more inputs than can be told apart.
    TooManyInputs {
        /// The greatest number accepted.
        most: usize,
    },
    /// More inputs have frames of the same time than are open at once.
    TooManyOpen {
        /// The greatest number accepted.
        most: usize,
    },
    /// Its compressed data are corrupt; the offset is theirs.
    CorruptCompression {
        /// The compression's name.
        with: &'static str,
        /// The reason that the decompression gives.
        text: String,
    },
    /// Its compressed data end before the header of the capture does.
    CompressionCut {
        /// The compression's name.
        with: &'static str,
    },
    /// It takes more memory to decompress than is given to it.
    CompressionMemory {
        /// The compression's name.
        with: &'static str,
        /// Bytes that are given.
        most: u64,
        /// The command that writes the file decompressed.
        undo: &'static str,
    },
    /// It ends in the header of the file, before any packet could come.
    HeaderCut {
        /// Bytes that the header has.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// The header states a version that nobody has defined.
    Version {
        /// The format.
        format: Format,
        /// The version's major number.
        major: u16,
        /// The version's minor number.
        minor: u16,
    },
    /// A packet says it has more captured bytes than any packet has.
    FrameLength {
        /// Captured bytes it states.
        captured: u32,
        /// The greatest number accepted.
        most: u32,
    },
    /// A block states a length that it cannot have.
    BlockLength {
        /// The block's type.
        block: u32,
        /// Bytes it states.
        length: u32,
        /// The fewest that such a block has.
        least: u32,
        /// The greatest number accepted.
        most: u32,
    },
    /// A block's two statements of its length differ.
    BlockTrailer {
        /// The block's type.
        block: u32,
        /// Bytes stated before its content.
        leading: u32,
        /// Bytes stated after its content.
        trailing: u32,
    },
    /// A packet says it has more captured bytes than its place in the file.
    PacketLength {
        /// Captured bytes it states.
        captured: u32,
        /// Bytes that there are for them.
        room: usize,
    },
    /// A packet comes from an interface that its section has not declared.
    UndeclaredInterface {
        /// The interface's number, 0-based.
        interface: u32,
        /// Interfaces declared so far.
        declared: usize,
    },
    /// A section declares more interfaces than are accepted.
    TooManyInterfaces {
        /// The greatest number accepted.
        most: usize,
    },
    /// A section header does not tell its byte order.
    SectionByteOrder {
        /// What stands in the place of the byte-order magic.
        found: [u8; 4],
    },
}

impl SourceErrorKind {
    /// What the system said.
    pub(super) fn unreadable(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::IsADirectory => Self::Directory,
            kind => Self::Unreadable { kind, text: error.to_string() },
        }
    }

    /// Whether the header of the capture is not there, or not all of it.
    pub(super) const fn is_short(&self) -> bool {
        match self {
            Self::Empty | Self::HeaderCut { .. } => true,
            Self::NotACapture { begins, .. } => begins.len() < size_of::<u32>(),
            _ => false,
        }
    }

    /// Whether it concerns the inputs together, not one of them.
    pub(super) const fn is_of_inputs(&self) -> bool {
        matches!(self, Self::TooManyInputs { .. } | Self::TooManyOpen { .. })
    }

    /// Whether it concerns the compressed bytes.
    pub(super) const fn is_of_compression(&self) -> bool {
        matches!(
            self,
            Self::CorruptCompression { .. }
                | Self::CompressionCut { .. }
                | Self::CompressionMemory { .. }
        )
    }

    /// Whether it concerns the file as it is, not what it says.
    pub(super) const fn is_of_file(&self) -> bool {
        self.is_of_compression() || matches!(self, Self::Unreadable { .. } | Self::Directory)
    }
}

impl std::error::Error for SourceError {}

impl fmt::Display for SourceError {
    /// `call.pcap: offset 40: frame of 4294967295 captured bytes, expected at most 1048576`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", OneLine(&self.file))?;
        match (self.offset, self.decompressed) {
            (Some(offset), false) => write!(f, "offset {offset}: ")?,
            (Some(offset), true) => write!(f, "offset {offset} after decompression: ")?,
            (None, true) => write!(f, "after decompression: ")?,
            (None, false) => {}
        }
        write!(f, "{}", self.kind)
    }
}

impl fmt::Display for SourceErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { text, .. } => write!(f, "{}", OneLine(text)),
            Self::Directory => write!(f, "is a directory, not a capture file"),
            Self::Empty => write!(f, "is empty, not a capture file"),
            Self::NotACapture { begins, looks_like } => {
                write!(f, "not a capture file: begins with {}", Hex(begins))?;
                write!(f, ", as no pcap, pcapng or netmon does")?;
                looks_like.map_or(Ok(()), |what| write!(f, "; looks like {what}"))
            }
            Self::Compressed { with, undo } => {
                write!(f, "compressed with {with}; decompress it first with `{undo}`")
            }
            Self::NoMatch => write!(f, "matches no file"),
            Self::NoCapture { files } => {
                write!(f, "no capture among the {files} files of the folder")
            }
            Self::TooManyInputs { most } => {
                write!(f, "one input more than the {most} that are read at most")
            }
            Self::TooManyOpen { most } => {
                write!(
                    f,
                    "overlaps in time with {most} other inputs, as many as are open at once; "
                )?;
                write!(f, "merge some of them first, with mergecap")
            }
            Self::CorruptCompression { with, text } => {
                write!(f, "the {with} data are corrupt: {}", OneLine(text))
            }
            Self::CompressionCut { with } => {
                write!(f, "the {with} data end before the header of the capture")
            }
            Self::CompressionMemory { with, most, undo } => {
                write!(f, "the {with} data take more than {} MiB of memory; ", most >> 20)?;
                write!(f, "decompress them first with `{undo}`")
            }
            Self::HeaderCut { expected, found } => {
                write!(f, "ends in its header: {found} bytes of at least {expected}")
            }
            Self::Version { format, major, minor } => {
                write!(f, "{} of the unknown version {major}.{minor}", format.name())
            }
            Self::FrameLength { captured, most } => {
                write!(f, "frame of {captured} captured bytes, expected at most {most}")
            }
            Self::BlockLength { block, length, least, most } => {
                write!(f, "block of type {block:#010x} and length {length}, ")?;
                write!(f, "expected {least} to {most}")
            }
            Self::BlockTrailer { block, leading, trailing } => {
                write!(f, "block of type {block:#010x} and length {leading} ")?;
                write!(f, "ends with length {trailing}, expected the same")
            }
            Self::PacketLength { captured, room } => {
                write!(f, "packet of {captured} captured bytes where there is room for {room}")
            }
            Self::UndeclaredInterface { interface, declared } => {
                write!(f, "packet of interface {interface}, ")?;
                write!(f, "expected one of the {declared} declared")
            }
            Self::TooManyInterfaces { most } => {
                write!(f, "section of more interfaces than the {most} expected at most")
            }
            Self::SectionByteOrder { found } => {
                write!(f, "section header of byte order {}, ", Hex(found))?;
                write!(f, "expected 1a 2b 3c 4d or 4d 3c 2b 1a")
            }
        }
    }
}

/// Text with its control characters escaped, so that it stays on one line.
pub(super) struct OneLine<'a>(pub(super) &'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().try_for_each(|c| {
            if c.is_control() { write!(f, "{}", c.escape_default()) } else { f.write_char(c) }
        })
    }
}

/// Bytes as `d4 c3 b2 a1`.
struct Hex<'a>(&'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(at, byte)| {
            if at > 0 {
                f.write_char(' ')?;
            }
            write!(f, "{byte:02x}")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(file: &str, offset: Option<u64>, kind: SourceErrorKind) -> String {
        let file = file.into();
        SourceError { file, input: 0, offset, decompressed: false, kind }.to_string()
    }

    #[test]
    fn an_error_names_the_file_the_place_and_what_was_expected() {
        let kind = SourceErrorKind::BlockTrailer { block: 6, leading: 80, trailing: 0 };
        assert_eq!(
            line("dir/a.pcapng", Some(48), kind),
            "dir/a.pcapng: offset 48: block of type 0x00000006 and length 80 ends with length 0, \
             expected the same"
        );
        let begins = vec![0x7f, 0x45];
        let kind = SourceErrorKind::NotACapture { begins, looks_like: Some("a program") };
        assert_eq!(
            line("x", None, kind),
            "x: not a capture file: begins with 7f 45, as no pcap, pcapng or netmon does; \
             looks like a program"
        );
    }

    #[test]
    fn an_error_is_one_line_whatever_the_name() {
        let kind = SourceErrorKind::Compressed { with: "gzip", undo: "gzip -dc" };
        let line = line("a\nb\u{1b}[2J.gz", None, kind);
        assert!(!line.contains(char::is_control), "{line}");
        assert!(line.starts_with("a\\nb\\u{1b}[2J.gz: compressed with gzip"), "{line}");
    }
}
