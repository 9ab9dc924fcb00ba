//! Many inputs as one capture: their frames in the order of time, from no more
//! files at once than have frames of that time.
//!
//! A file is opened to see when it begins, closed, and opened again when its
//! time has come. So the hundreds of files of a night take the memory of the
//! few that overlap.

mod glob;
mod input;
mod inputs;
mod natural;
mod passed_over;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::collections::binary_heap::PeekMut;
use std::path::PathBuf;

pub use self::inputs::Folders;
pub use self::passed_over::{PassedOver, Why};

use self::input::Input;
use self::inputs::{Candidate, Inputs, refused};
use super::error::{SourceError, SourceErrorKind};
use super::info::{Problem, SourceInfo};
use super::limits::MAX_INPUTS;
use super::{Progress, Source, StandardInput, Step};
use crate::base::time::Timestamp;

/// Captures read as one: by time, then by the number of the input, then by the
/// number of the frame in it. Within an input the order is its own, even where
/// its times step back.
///
/// Inputs are numbered as they were named, those of a folder or pattern in
/// natural order (`call-9` before `call-10`). A fault ends the input it is in,
/// and the others go on.
pub struct Merged {
    inputs: Vec<Input>,
    /// The inputs that have frames left, by the times of their next ones; the
    /// first is the one whose frame was lent last, if any.
    queue: BinaryHeap<Reverse<(Timestamp, u16)>>,
    /// Inputs that are open.
    open: usize,
    standard_input: StandardInput,
    passed_over: Vec<PassedOver>,
}

impl Merged {
    /// Reads what `paths` mean as one capture: files, folders, patterns of
    /// names (where no file has such a name), and `-` for standard input.
    ///
    /// A file that is named twice, or under two names, is read once. What is no
    /// capture in a folder is passed over, as are its hidden files; see
    /// [`passed_over`](Self::passed_over).
    ///
    /// # Errors
    ///
    /// A file that is named, by itself or by a pattern, cannot be opened or is
    /// no capture; a pattern matches nothing, a folder has no capture; or there
    /// are more than [`MAX_INPUTS`].
    pub fn open(paths: &[PathBuf], folders: Folders) -> Result<Self, SourceError> {
        Self::open_with(paths, folders, StandardInput::default())
    }

    /// The same, with a standard input that can be told to end.
    ///
    /// # Errors
    ///
    /// As of [`open`](Self::open).
    pub fn open_with(
        paths: &[PathBuf],
        folders: Folders,
        standard_input: StandardInput,
    ) -> Result<Self, SourceError> {
        let Inputs { candidates, passed_over, mut folders, .. } = Inputs::find(paths, folders)?;
        let (inputs, queue) = (Vec::new(), BinaryHeap::new());
        let mut merged = Self { inputs, queue, open: 0, standard_input, passed_over };
        for candidate in candidates {
            let folder = candidate.folder.and_then(|folder| folders.get_mut(folder));
            match (merged.add(candidate), folder) {
                (Ok(()), Some(folder)) => folder.captures += 1,
                (Ok(()), None) => {}
                (Err(error), Some(_)) if !error.kind.is_of_inputs() => {
                    let why = Why::NoCapture(error.kind);
                    merged.passed_over.push(PassedOver { file: error.file, why });
                }
                (Err(error), _) => return Err(error),
            }
        }
        match folders.iter().find(|folder| folder.captures == 0) {
            Some(folder) => {
                let kind = SourceErrorKind::NoCapture { files: folder.files };
                Err(refused(&folder.path, kind))
            }
            None => Ok(merged),
        }
    }

    /// Files that were met and are not read.
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// What is to be said of the inputs together: `file.skipped`, files of
    /// folders that are no captures, and `file.duplicate`, files that were
    /// named more than once.
    pub fn problems(&self) -> Vec<Problem> {
        passed_over::problems(&self.passed_over)
    }

    /// Adds an input, and looks when it begins.
    fn add(&mut self, candidate: Candidate) -> Result<(), SourceError> {
        let (Ok(number), true) = (u16::try_from(self.inputs.len()), self.inputs.len() < MAX_INPUTS)
        else {
            let kind = SourceErrorKind::TooManyInputs { most: MAX_INPUTS };
            return Err(refused(&candidate.path, kind));
        };
        let (input, begins) = match candidate.size {
            Some(size) => Input::closed(candidate.path, size, number)?,
            None => Input::opened(candidate.path, number, &mut self.open, &self.standard_input)?,
        };
        self.queue.push(Reverse((begins, number)));
        self.inputs.push(input);
        Ok(())
    }

    /// Reads on until the first input of the queue has a frame; `false` when
    /// there is none.
    #[inline]
    fn prepare(&mut self) -> Result<bool, SourceError> {
        while let Some(mut first) = self.queue.peek_mut() {
            // Only a new time makes the queue sort its first again.
            let Reverse((_, number)) = *first;
            let Some(input) = self.inputs.get_mut(usize::from(number)) else {
                PeekMut::pop(first);
                continue;
            };
            if input.is_prepared() {
                return Ok(true);
            }
            match input.prepare(&mut self.open) {
                Ok(Some(at)) => first.0.0 = at,
                end => {
                    input.close(&mut self.open);
                    PeekMut::pop(first);
                    end?;
                }
            }
        }
        Ok(false)
    }
}

impl Source for Merged {
    #[inline]
    fn next_frame(&mut self) -> Result<Step<'_>, SourceError> {
        if !self.prepare()? {
            return Ok(Step::End);
        }
        let first = self.queue.peek().map(|Reverse((_, number))| usize::from(*number));
        let input = first.and_then(|first| self.inputs.get_mut(first));
        Ok(input.and_then(Input::lend).map_or(Step::End, Step::Frame))
    }

    fn inputs(&self) -> Vec<&SourceInfo> {
        self.inputs.iter().map(Input::info).collect()
    }

    fn progress(&self) -> Progress {
        let all = || self.inputs.iter().map(Input::progress);
        Progress {
            read: all().map(|input| input.read).sum(),
            total: all().map(|input| input.total).sum(),
        }
    }
}
