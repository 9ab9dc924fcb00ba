//! One of many inputs: a file that waits for its time, is open, or is done.

use std::path::PathBuf;

use super::inputs::refused;
use crate::base::frame::Frame;
use crate::base::time::Timestamp;
use crate::source::error::{SourceError, SourceErrorKind};
use crate::source::file::{FileSource, Next, STANDARD_INPUT};
use crate::source::info::SourceInfo;
use crate::source::limits::MAX_OPEN;
use crate::source::record::Packet;
use crate::source::{Progress, Source as _, StandardInput};

pub(super) struct Input {
    path: PathBuf,
    number: u16,
    /// What is known while it is not open.
    info: SourceInfo,
    source: Option<Box<FileSource>>,
    /// How far its reading is, while it is not open.
    progress: Progress,
    /// The frame that is next, when it has been read.
    next: Option<Packet>,
}

impl Input {
    /// A file that can be opened again, and when it begins.
    pub(super) fn closed(
        path: PathBuf,
        size: u64,
        number: u16,
    ) -> Result<(Self, Timestamp), SourceError> {
        let (info, begins) = FileSource::probe(&path, number)?;
        // Without a frame it is its turn at once, to say why.
        let begins = begins.unwrap_or(Timestamp::from_nanos(i64::MIN));
        let progress = Progress { read: 0, total: Some(size) };
        Ok((Self { path, number, info, source: None, progress, next: None }, begins))
    }

    /// An input that can be read only once, and when it begins: not known.
    pub(super) fn opened(
        path: PathBuf,
        number: u16,
        open: &mut usize,
        standard_input: &StandardInput,
    ) -> Result<(Self, Timestamp), SourceError> {
        let source = Box::new(if path.as_os_str() == STANDARD_INPUT {
            FileSource::standard_input(standard_input.clone(), number)?
        } else {
            FileSource::open(&path, number)?
        });
        *open += 1;
        let info = source.info().clone();
        let progress = source.progress();
        let input = Self { path, number, info, source: Some(source), progress, next: None };
        Ok((input, Timestamp::from_nanos(i64::MIN)))
    }

    pub(super) const fn is_prepared(&self) -> bool {
        self.next.is_some()
    }

    /// Reads the next frame, and returns its time; `None` when there is no more.
    #[inline]
    pub(super) fn prepare(&mut self, open: &mut usize) -> Result<Option<Timestamp>, SourceError> {
        let source = match &mut self.source {
            Some(source) => source,
            closed if *open < MAX_OPEN => {
                *open += 1;
                match FileSource::open(&self.path, self.number) {
                    Ok(source) => closed.insert(Box::new(source)),
                    Err(error) => {
                        *open -= 1;
                        return Err(error);
                    }
                }
            }
            None => {
                let kind = SourceErrorKind::TooManyOpen { most: MAX_OPEN };
                return Err(SourceError { input: self.number, ..refused(&self.path, kind) });
            }
        };
        match source.advance()? {
            Next::Packet(packet) => {
                let at = packet.at;
                self.next = Some(packet);
                Ok(Some(at))
            }
            Next::Idle | Next::End => Ok(None),
        }
    }

    /// The frame that is next.
    #[inline]
    pub(super) fn lend(&mut self) -> Option<Frame<'_>> {
        let (source, packet) = (self.source.as_mut()?, self.next.take()?);
        Some(source.lend(&packet))
    }

    /// Closes it for good.
    pub(super) fn close(&mut self, open: &mut usize) {
        if let Some(source) = self.source.take() {
            self.progress = source.progress();
            self.info = source.into_info();
            *open -= 1;
        }
    }

    pub(super) fn progress(&self) -> Progress {
        self.source.as_ref().map_or(self.progress, |source| source.progress())
    }

    pub(super) fn info(&self) -> &SourceInfo {
        self.source.as_ref().map_or(&self.info, |source| source.info())
    }
}
