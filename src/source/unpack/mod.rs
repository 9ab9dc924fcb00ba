//! Decompression on the way in: compressed bytes are read, and those that they
//! hold are given, member after member.
//!
//! Nothing is known but the bytes themselves. Data that end too early give what
//! they hold and tell where they end; corrupt data give all that was
//! decompressed before the fault.

mod bzip2;
mod gzip;
mod lz4;
mod xz;
mod zstd;

use super::error::SourceErrorKind;
use super::limits::MAX_UNPACKING_MEMORY;
use super::record::Fault;
use super::window::Window;

/// A compression that is undone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Packing {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
    /// The LZ4 frame format, and the legacy format before it.
    Lz4,
    /// The .xz file format.
    Xz,
    /// bzip2.
    Bzip2,
}

/// Bytes that a member is known by, at most.
const MAGIC_BYTES: usize = 6;

/// First bytes of a member. A skippable frame may be of zstd or LZ4, and is
/// taken for one of zstd, whose parallel compressor begins with one.
const MAGIC: &[(&[u8], Packing)] = &[
    (b"\x1f\x8b\x08", Packing::Gzip),
    (b"\x28\xb5\x2f\xfd", Packing::Zstd),
    (b"\x04\x22\x4d\x18", Packing::Lz4),
    (b"\x02\x21\x4c\x18", Packing::Lz4),
    (b"\xfd7zXZ\0", Packing::Xz),
    (b"BZh", Packing::Bzip2),
];

/// Second to fourth byte of a skippable frame; the first is 0x50 to 0x5f.
const SKIPPABLE: [u8; 3] = *b"\x2a\x4d\x18";

impl Packing {
    /// The compression of a file that begins with `first`.
    pub(super) fn of(first: &[u8]) -> Option<Self> {
        let known = MAGIC.iter().find(|(magic, _)| first.starts_with(magic));
        known.map(|(_, packing)| *packing).or_else(|| skippable(first).then_some(Self::Zstd))
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Lz4 => "lz4",
            Self::Xz => "xz",
            Self::Bzip2 => "bzip2",
        }
    }

    /// The command that writes a file decompressed.
    pub(super) const fn undo(self) -> &'static str {
        match self {
            Self::Gzip => "gzip -dc",
            // Windows of up to 2 GiB.
            Self::Zstd => "zstd -dc --long=31",
            Self::Lz4 => "lz4 -dc",
            Self::Xz => "xz -dc",
            Self::Bzip2 => "bzip2 -dc",
        }
    }

    /// Whether a member of this compression begins with `held`.
    fn begins(self, held: &[u8]) -> bool {
        match Self::of(held) {
            Some(Self::Zstd) if self == Self::Lz4 => skippable(held),
            found => found == Some(self),
        }
    }

    /// Whether `held` is the beginning of what a member begins with.
    fn may_begin(self, held: &[u8]) -> bool {
        MAGIC.iter().any(|(magic, packing)| *packing == self && magic.starts_with(held))
    }

    fn codec(self) -> Result<Box<dyn Codec>, Broken> {
        Ok(match self {
            Self::Gzip => Box::new(gzip::Gzip::new()),
            Self::Zstd => Box::new(zstd::Zstd::new()?),
            Self::Lz4 => Box::new(lz4::Lz4::new()),
            Self::Xz => Box::new(xz::Xz::new()?),
            Self::Bzip2 => Box::new(bzip2::Bzip2::new()),
        })
    }
}

fn skippable(first: &[u8]) -> bool {
    matches!(first, [0x50..=0x5f, rest @ ..] if rest.starts_with(&SKIPPABLE))
}

/// Decompresses the members of one compression.
trait Codec: Send {
    /// Prepares for a member.
    fn restart(&mut self) -> Result<(), Broken>;

    /// Takes bytes of `packed` and gives bytes into `into`, which is not empty.
    /// It takes none when there are none, gives none when it has none, and does
    /// something when it can. What it gives before it fails is good.
    fn run(&mut self, packed: &[u8], into: &mut [u8]) -> Run;

    /// Whether the data may end here, although no mark says so.
    fn may_end(&self) -> bool {
        false
    }
}

/// What a codec has done.
struct Run {
    taken: usize,
    given: usize,
    /// Whether the member has ended.
    ended: Result<bool, Broken>,
}

/// Why a codec cannot go on.
enum Broken {
    Corrupt(String),
    /// It would need more memory than it may have.
    Memory,
}

/// Bytes as they are decompressed.
pub(super) struct Unpacking {
    packed: Window,
    packing: Packing,
    codec: Box<dyn Codec>,
    /// No member has begun that has not ended.
    between: bool,
    end: PackedEnd,
    fault: Option<Fault>,
}

/// How compressed data have ended, as far as they have.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum PackedEnd {
    /// After a member.
    Whole,
    /// Inside a member; this is the offset of the end.
    Cut(u64),
    /// From this offset on there is something else.
    Other(u64),
}

impl Unpacking {
    /// Decompresses what `packed` holds and what comes.
    pub(super) fn new(packed: Window, packing: Packing) -> Result<Self, Fault> {
        let codec = packing.codec().map_err(|broken| fault(packing, packed.offset(), broken))?;
        let end = PackedEnd::Whole;
        Ok(Self { packed, packing, codec, between: true, end, fault: None })
    }

    pub(super) const fn end(&self) -> PackedEnd {
        self.end
    }

    /// The compressed bytes.
    pub(super) const fn packed(&self) -> &Window {
        &self.packed
    }

    /// After their end there may be more.
    pub(super) fn resume(&mut self) {
        self.packed.resume();
    }

    /// Decompresses at least a byte into `into`, or none at the end. The offset
    /// of a fault is one of the compressed bytes.
    pub(super) fn read(&mut self, into: &mut [u8]) -> Result<usize, Fault> {
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        loop {
            let more = self.packed.want(1)?;
            if self.between && !self.next_member()? {
                return Ok(0);
            }
            let run = self.codec.run(self.packed.held(), into);
            self.packed.take(run.taken);
            let stuck = run.taken == 0 && run.given == 0;
            match run.ended {
                Ok(ended) => self.between = ended,
                Err(broken) => {
                    let fault = fault(self.packing, self.packed.offset(), broken);
                    if run.given == 0 {
                        return Err(fault);
                    }
                    self.fault = Some(fault);
                }
            }
            if run.given > 0 {
                return Ok(run.given);
            }
            if stuck && !self.between {
                if more {
                    let broken = Broken::Corrupt("no data come of it".to_owned());
                    return Err(fault(self.packing, self.packed.offset(), broken));
                }
                if !self.codec.may_end() {
                    self.end = PackedEnd::Cut(self.packed.offset());
                }
                return Ok(0);
            }
        }
    }

    /// Begins a member; `false` when there is none. Zeros between members and
    /// after the last are padding, as of tapes and .xz files.
    fn next_member(&mut self) -> Result<bool, Fault> {
        while self.packed.want(1)? && self.packed.held().first() == Some(&0) {
            let zeros = self.packed.held().iter().take_while(|byte| **byte == 0).count();
            self.packed.take(zeros);
        }
        self.packed.want(MAGIC_BYTES)?;
        let (held, offset) = (self.packed.held(), self.packed.offset());
        if self.packing.begins(held) {
            self.codec.restart().map_err(|broken| fault(self.packing, offset, broken))?;
            self.between = false;
            return Ok(true);
        }
        self.end = if held.is_empty() {
            PackedEnd::Whole
        } else if self.packing.may_begin(held) {
            PackedEnd::Cut(offset + held.len() as u64)
        } else {
            PackedEnd::Other(offset)
        };
        Ok(false)
    }
}

#[cold]
fn fault(packing: Packing, offset: u64, broken: Broken) -> Fault {
    let with = packing.name();
    let kind = match broken {
        Broken::Corrupt(text) => SourceErrorKind::CorruptCompression { with, text },
        Broken::Memory => {
            let (most, undo) = (MAX_UNPACKING_MEMORY, packing.undo());
            SourceErrorKind::CompressionMemory { with, most, undo }
        }
    };
    Fault { offset, kind }
}
