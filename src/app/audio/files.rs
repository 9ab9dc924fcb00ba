//! Sound files: written under another name and renamed when they are whole.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use hound::{SampleFormat, WavSpec, WavWriter};

use crate::app::output::Failure;

/// Bytes of samples that a WAV file can say it has, some spared for its headers.
const MOST_BYTES: u64 = u32::MAX as u64 - (1 << 16);

/// Says so if a file is there that the user did not allow to write over.
pub(in crate::app) fn check(path: &Path, force: bool) -> Result<(), Failure> {
    if path.is_dir() {
        return Err(Failure::Fault(format!("{} is a folder", path.display())));
    }
    if path.exists() && !force {
        let why = "exists; --force writes over it";
        return Err(Failure::Fault(format!("{} {why}", path.display())));
    }
    Ok(())
}

/// The name under which a file is written.
fn unfinished(path: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(format!(".{}.part", std::process::id()));
    path.with_file_name(name)
}

fn fault(path: &Path, error: &dyn std::fmt::Display) -> Failure {
    Failure::Fault(format!("{}: {error}", path.display()))
}

/// A file of sound that is being written.
pub(super) struct Wav {
    path: PathBuf,
    writer: Option<WavWriter<BufWriter<File>>>,
    channels: u16,
    rate: u32,
    /// Samples of each channel.
    samples: u64,
    /// Whether there was more than a file can hold.
    cut: bool,
}

impl Wav {
    /// A file of one or two channels.
    pub(super) fn create(path: &Path, channels: u16, rate: u32) -> Result<Self, Failure> {
        let spec = WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: 16,
            sample_format: SampleFormat::Int,
        };
        let writer = WavWriter::create(unfinished(path), spec).map_err(|e| fault(path, &e))?;
        let path = path.to_owned();
        Ok(Self { path, writer: Some(writer), channels, rate, samples: 0, cut: false })
    }

    /// Writes samples, left and right by turns; of a file with one channel the left ones.
    pub(super) fn write(&mut self, samples: &[i16]) -> Result<(), Failure> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        for both in samples.as_chunks::<2>().0 {
            if self.samples * 2 * u64::from(self.channels) >= MOST_BYTES {
                self.cut = true;
                return Ok(());
            }
            for sample in both.iter().take(self.channels.into()) {
                writer.write_sample(*sample).map_err(|error| fault(&self.path, &error))?;
            }
            self.samples += 1;
        }
        Ok(())
    }

    /// Gives the file its name. Seconds of sound, and whether it was cut.
    pub(super) fn finish(mut self) -> Result<(f64, bool), Failure> {
        if let Some(writer) = self.writer.take() {
            writer.finalize().map_err(|error| fault(&self.path, &error))?;
            fs::rename(unfinished(&self.path), &self.path).map_err(|e| fault(&self.path, &e))?;
        }
        Ok((self.samples as f64 / f64::from(self.rate.max(1)), self.cut))
    }
}

impl Drop for Wav {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            let _ = fs::remove_file(unfinished(&self.path));
        }
    }
}

/// A file of payloads that is being written.
pub(super) struct Raw {
    path: PathBuf,
    writer: Option<BufWriter<File>>,
}

impl Raw {
    pub(super) fn create(path: &Path) -> Result<Self, Failure> {
        let file = File::create(unfinished(path)).map_err(|error| fault(path, &error))?;
        Ok(Self { path: path.to_owned(), writer: Some(BufWriter::new(file)) })
    }

    pub(super) fn write(&mut self, payload: &[u8]) -> Result<(), Failure> {
        let Some(writer) = &mut self.writer else { return Ok(()) };
        writer.write_all(payload).map_err(|error| fault(&self.path, &error))
    }

    pub(super) fn finish(mut self) -> Result<PathBuf, Failure> {
        let close = |mut writer: BufWriter<File>| -> io::Result<()> {
            writer.flush()?;
            fs::rename(unfinished(&self.path), &self.path)
        };
        if let Some(writer) = self.writer.take() {
            close(writer).map_err(|error| fault(&self.path, &error))?;
        }
        Ok(self.path.clone())
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        if self.writer.take().is_some() {
            let _ = fs::remove_file(unfinished(&self.path));
        }
    }
}
