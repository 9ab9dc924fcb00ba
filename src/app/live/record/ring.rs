//! The last packets, in files of a bounded size and time that are together
//! bounded too: the oldest goes when there is no room for a new one.

use std::fs;
use std::path::PathBuf;

use super::file::{CaptureFile, Interfaces, Out, fault};
use crate::app::output::Failure;
use crate::base::chunk::Chunk;
use crate::base::time::{Span, Timestamp};
use crate::report::time::Resolution;

/// With what the name of each file begins, and ends.
const NAME: (&str, &str) = ("siplens-", ".pcapng");
/// A recording that cannot be written is tried again after so many chunks.
const PAUSE: u32 = 100;

/// The ring.
#[derive(Debug)]
pub(super) struct Ring {
    folder: PathBuf,
    /// Bytes of a file.
    size: u64,
    /// Time that a file spans.
    time: Option<Span>,
    /// Bytes of all files.
    total: u64,
    interfaces: Interfaces,
    open: Option<(CaptureFile, Timestamp)>,
    out: Out,
    /// Chunks that are passed over before the next attempt.
    pause: u32,
}

impl Ring {
    /// A ring in a folder, which is made if need be. Files that an earlier ring
    /// left there are part of it.
    ///
    /// # Errors
    ///
    /// The folder cannot be made.
    pub(super) fn new(
        folder: PathBuf,
        (size, time, total): (u64, Option<Span>, u64),
        interfaces: Interfaces,
    ) -> Result<Self, Failure> {
        fs::create_dir_all(&folder).map_err(|error| fault(&folder, &error))?;
        let ring = Self {
            folder,
            size,
            time,
            total,
            interfaces,
            open: None,
            out: Out::default(),
            pause: 0,
        };
        ring.make_room(0)?;
        Ok(ring)
    }

    /// Writes packets. After a fault the next attempt is in a new file.
    ///
    /// # Errors
    ///
    /// A file cannot be written.
    pub(super) fn write(&mut self, chunk: &Chunk) -> Result<(), Failure> {
        if self.pause > 0 {
            self.pause -= 1;
            return Ok(());
        }
        let written = self.try_write(chunk);
        if written.is_err() {
            self.open = None;
            self.pause = PAUSE;
        }
        written
    }

    fn try_write(&mut self, chunk: &Chunk) -> Result<(), Failure> {
        for frame in chunk.frames() {
            let is_over = self.open.as_ref().is_some_and(|(file, since)| {
                file.size >= self.size
                    || self.time.is_some_and(|time| frame.at.since(*since) >= time)
            });
            if is_over {
                self.end()?;
            }
            if self.open.is_none() {
                self.make_room(self.size)?;
                self.open = Some((self.create(frame.at)?, frame.at));
            }
            if let Some((file, _)) = &mut self.open {
                file.frame(&frame, &mut self.out)?;
            }
        }
        self.open.as_mut().map_or(Ok(()), |(file, _)| file.flush(&mut self.out))
    }

    /// `siplens-20261125T080000.123456Z.pcapng`: names are in the order of time.
    fn create(&self, at: Timestamp) -> Result<CaptureFile, Failure> {
        let time = Resolution(6).format(at).replace(['-', ':'], "");
        let mut number = 0_u32;
        loop {
            let suffix = if number == 0 { String::new() } else { format!("-{number}") };
            let path = self.folder.join(format!("{}{time}{suffix}{}", NAME.0, NAME.1));
            number += 1;
            if !path.exists() {
                return CaptureFile::create(path, self.interfaces.clone());
            }
        }
    }

    /// Removes the oldest files until so many bytes more are within the total.
    fn make_room(&self, bytes: u64) -> Result<(), Failure> {
        let entries = fs::read_dir(&self.folder).map_err(|error| fault(&self.folder, &error))?;
        let mut files: Vec<_> = entries
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let ours = name.starts_with(NAME.0) && name.ends_with(NAME.1);
                let meta = entry.metadata().ok().filter(fs::Metadata::is_file)?;
                ours.then_some((name, meta.len()))
            })
            .collect();
        files.sort();
        let mut total: u64 = files.iter().map(|(_, size)| size).sum();
        for (name, size) in files {
            if total.saturating_add(bytes) <= self.total {
                break;
            }
            let path = self.folder.join(name);
            fs::remove_file(&path).map_err(|error| fault(&path, &error))?;
            total -= size;
        }
        Ok(())
    }

    /// Ends the file that is written.
    ///
    /// # Errors
    ///
    /// It cannot be written.
    pub(super) fn end(&mut self) -> Result<(), Failure> {
        self.open.take().map_or(Ok(()), |(mut file, _)| file.end(&mut self.out))
    }
}
