//! LZ4 frames (lz4_Frame_format.md, version 1.6.3): descriptor, blocks and
//! checksums, skippable frames, and the legacy frames before them.

use std::hash::Hasher;

use lz4_flex::block::decompress_into_with_dict;
use twox_hash::XxHash32;

use super::{Broken, Codec, Run};

const FRAME: u32 = 0x184d_2204;
const LEGACY: u32 = 0x184c_2102;
/// The last four bits are free.
const SKIPPABLE: u32 = 0x184d_2a50;

/// Bytes that a block of a legacy frame holds, and at most takes.
const LEGACY_BLOCK: usize = 8 << 20;
const LEGACY_PACKED: usize = LEGACY_BLOCK + LEGACY_BLOCK / 255 + 16;

/// Bytes before a block that it may repeat.
const HISTORY: usize = 64 << 10;

/// Bytes of a checksum.
const CHECKSUM: usize = 4;

pub(super) struct Lz4 {
    stage: Stage,
    frame: Frame,
    /// Bytes of the stage, until all of them are there.
    gathered: Vec<u8>,
    /// A decompressed block, of which this much has been given.
    block: Vec<u8>,
    given: usize,
    /// The last bytes before the block.
    history: Vec<u8>,
    content: XxHash32,
}

/// What is read next.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Magic,
    /// The flags, by which the descriptor has its length.
    Flags,
    Descriptor(usize),
    BlockSize,
    Block {
        size: usize,
        stored: bool,
    },
    ContentChecksum,
    LegacySize,
    LegacyBlock(usize),
    SkipSize,
    Skip(u32),
}

/// What the descriptor of a frame says.
#[derive(Clone, Copy, Default)]
struct Frame {
    linked: bool,
    block_checksums: bool,
    content_checksum: bool,
    block_size: usize,
}

impl Lz4 {
    pub(super) fn new() -> Self {
        Self {
            stage: Stage::Magic,
            frame: Frame::default(),
            gathered: Vec::new(),
            block: Vec::new(),
            given: 0,
            history: Vec::new(),
            content: XxHash32::with_seed(0),
        }
    }

    /// Bytes that the stage takes.
    fn needed(&self) -> usize {
        match self.stage {
            Stage::Flags => 2,
            Stage::Descriptor(size) | Stage::LegacyBlock(size) => size,
            Stage::Block { size, .. } => {
                size + if self.frame.block_checksums { CHECKSUM } else { 0 }
            }
            Stage::Skip(_) => 0,
            _ => 4,
        }
    }

    /// Reads what has been gathered; whether a frame ends with it.
    fn read(&mut self) -> Result<bool, Broken> {
        let number = self.gathered.first_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
        let stage = match self.stage {
            Stage::Magic => begin(number)?,
            Stage::Flags => Stage::Descriptor(self.descriptor_size()?),
            Stage::Descriptor(_) => self.descriptor()?,
            Stage::BlockSize if number == 0 && self.frame.content_checksum => {
                Stage::ContentChecksum
            }
            Stage::BlockSize if number == 0 => Stage::Magic,
            Stage::BlockSize => {
                let (size, stored) = ((number & 0x7fff_ffff) as usize, number >> 31 == 1);
                check(size <= self.frame.block_size, "a block is longer than its frame allows")?;
                Stage::Block { size, stored }
            }
            Stage::Block { size, stored } => self.block(size, stored)?,
            Stage::ContentChecksum => {
                check(number == self.content.finish_32(), "the content checksum differs")?;
                Stage::Magic
            }
            // No mark ends a legacy frame but the next one's magic number.
            Stage::LegacySize if is_magic(number) => begin(number)?,
            Stage::LegacySize => {
                let size = number as usize;
                check((1..=LEGACY_PACKED).contains(&size), "a legacy block has no such length")?;
                Stage::LegacyBlock(size)
            }
            Stage::LegacyBlock(_) => {
                self.decompress(LEGACY_BLOCK)?;
                Stage::LegacySize
            }
            Stage::SkipSize => Stage::Skip(number),
            Stage::Skip(_) => Stage::Magic,
        };
        // The flags are a part of the descriptor.
        if self.stage != Stage::Flags {
            self.gathered.clear();
        }
        self.stage = stage;
        Ok(stage == Stage::Magic)
    }

    /// Bytes of the descriptor, by its flags.
    fn descriptor_size(&self) -> Result<usize, Broken> {
        let [flags, sizes] = self.gathered.first_chunk().copied().unwrap_or_default();
        check(flags >> 6 == 1 && flags & 0x02 == 0, "the frame is of an unknown version")?;
        check(flags & 0x01 == 0, "the frame needs a dictionary")?;
        check(sizes & 0x8f == 0 && sizes >> 4 >= 4, "the frame has blocks of an unknown length")?;
        let content_size = if flags & 0x08 == 0 { 0 } else { 8 };
        Ok(2 + content_size + 1)
    }

    /// Reads the descriptor.
    fn descriptor(&mut self) -> Result<Stage, Broken> {
        let Some((sum, fields)) = self.gathered.split_last() else {
            return Err(corrupt("the descriptor is short"));
        };
        // The second byte of the hash.
        let expected = XxHash32::oneshot(0, fields).to_le_bytes();
        check(expected.get(1) == Some(sum), "the checksum of a descriptor differs")?;
        let [flags, sizes] = self.gathered.first_chunk().copied().unwrap_or_default();
        self.frame = Frame {
            linked: flags & 0x20 == 0,
            block_checksums: flags & 0x10 != 0,
            content_checksum: flags & 0x04 != 0,
            // 4 is 64 KiB, and each step is four times as many.
            block_size: 1 << (8 + 2 * (sizes >> 4)),
        };
        self.content = XxHash32::with_seed(0);
        self.history.clear();
        Ok(Stage::BlockSize)
    }

    /// Reads a block.
    fn block(&mut self, size: usize, stored: bool) -> Result<Stage, Broken> {
        if self.frame.block_checksums {
            let (data, sum) = self.gathered.split_at(size.min(self.gathered.len()));
            let expected = XxHash32::oneshot(0, data).to_le_bytes();
            check(expected.as_slice() == sum, "the checksum of a block differs")?;
            self.gathered.truncate(size);
        }
        if stored {
            std::mem::swap(&mut self.block, &mut self.gathered);
            self.given = 0;
        } else {
            self.decompress(self.frame.block_size)?;
        }
        if self.frame.content_checksum {
            self.content.write(&self.block);
        }
        if self.frame.linked {
            let kept = HISTORY.saturating_sub(self.block.len()).min(self.history.len());
            self.history.drain(..self.history.len() - kept);
            let last = self.block.len().saturating_sub(HISTORY);
            self.history.extend_from_slice(self.block.get(last..).unwrap_or_default());
        }
        Ok(Stage::BlockSize)
    }

    /// Decompresses what has been gathered, into at most `most` bytes.
    fn decompress(&mut self, most: usize) -> Result<(), Broken> {
        let history = if self.stage_is_linked() { self.history.as_slice() } else { &[] };
        self.given = 0;
        self.block.resize(most, 0);
        match decompress_into_with_dict(&self.gathered, &mut self.block, history) {
            Ok(size) => {
                self.block.truncate(size);
                Ok(())
            }
            Err(error) => {
                self.block.clear();
                Err(Broken::Corrupt(error.to_string()))
            }
        }
    }

    fn stage_is_linked(&self) -> bool {
        self.frame.linked && matches!(self.stage, Stage::Block { .. })
    }

    /// What was decompressed and not given.
    fn left(&self) -> &[u8] {
        self.block.get(self.given..).unwrap_or_default()
    }
}

impl Codec for Lz4 {
    fn restart(&mut self) -> Result<(), Broken> {
        Ok(())
    }

    fn run(&mut self, packed: &[u8], into: &mut [u8]) -> Run {
        let mut run = Run { taken: 0, given: 0, ended: Ok(false) };
        loop {
            let room = into.get_mut(run.given..).unwrap_or_default();
            let count = self.left().len().min(room.len());
            if let Some((to, from)) = room.get_mut(..count).zip(self.left().get(..count)) {
                to.copy_from_slice(from);
            }
            self.given += count;
            run.given += count;
            if !self.left().is_empty() {
                return run;
            }
            let rest = packed.get(run.taken..).unwrap_or_default();
            if let Stage::Skip(left) = &mut self.stage {
                let count = rest.len().min(*left as usize);
                *left -= u32::try_from(count).unwrap_or(*left);
                run.taken += count;
                if *left > 0 {
                    return run;
                }
            } else {
                let needed = self.needed();
                let count = rest.len().min(needed - self.gathered.len().min(needed));
                self.gathered.extend_from_slice(rest.get(..count).unwrap_or_default());
                run.taken += count;
                if self.gathered.len() < needed {
                    return run;
                }
            }
            match self.read() {
                Ok(false) => {}
                ended => {
                    run.ended = ended;
                    return run;
                }
            }
        }
    }

    fn may_end(&self) -> bool {
        self.stage == Stage::LegacySize && self.gathered.is_empty()
    }
}

/// The stage after a magic number.
fn begin(magic: u32) -> Result<Stage, Broken> {
    match magic {
        FRAME => Ok(Stage::Flags),
        LEGACY => Ok(Stage::LegacySize),
        other if other & !0xf == SKIPPABLE => Ok(Stage::SkipSize),
        _ => Err(corrupt("a frame has no magic number")),
    }
}

fn is_magic(number: u32) -> bool {
    matches!(number, FRAME | LEGACY) || number & !0xf == SKIPPABLE
}

fn check(holds: bool, otherwise: &str) -> Result<(), Broken> {
    if holds { Ok(()) } else { Err(corrupt(otherwise)) }
}

fn corrupt(text: &str) -> Broken {
    Broken::Corrupt(text.to_owned())
}
