//! What was said in some calls, in memory: for documents that hold it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::plan::Plan;
use super::write::write_all;
use crate::app::input::Input;
use crate::app::output::Failure;
use crate::report::stream::StreamRow;
use crate::report::vcon::Recording;
use crate::sound::voice::Concealment;
use crate::track::stream::Stream;

/// A folder that nobody else looks into, gone with all that is in it.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, Failure> {
        let path = std::env::temp_dir().join(format!("siplens-{}-sound", std::process::id()));
        let mut builder = fs::DirBuilder::new();
        // What was said is as private as the capture.
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path).map_err(|error| fault(&path, &error))?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // What cannot be removed is in the folder for temporary files.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn fault(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Fault(format!("{}: {error}", path.display()))
}

/// The sound files of the calls that these streams belong to, by the names of the
/// calls, as far as there is sound that can be decoded. Reads the inputs once for
/// each 64 of them.
///
/// # Errors
///
/// The folder for temporary files is full, or an input is gone.
pub(in crate::app) fn recordings<'a>(
    input: &Input,
    streams: impl Iterator<Item = (StreamRow, &'a Stream)>,
    calls: &[String],
) -> Result<HashMap<String, Recording>, Failure> {
    let plan = Plan::new(streams, calls, false, false);
    if plan.jobs.is_empty() {
        return Ok(HashMap::new());
    }
    let folder = Folder::new()?;
    let path = |name: &str| folder.0.join(format!("{name}.wav"));
    let paths: Vec<_> = plan.jobs.iter().map(|job| path(&job.name)).collect();
    let written = write_all(input, &plan, &paths, Concealment::Silence, false, false)?;
    let mut recordings = HashMap::new();
    for (job, path) in plan.jobs.iter().zip(&paths) {
        let file = written.iter().find(|file| file.path == *path);
        let Some(sound) = file.and_then(|file| file.sound) else { continue };
        let wav = fs::read(path).map_err(|error| fault(path, &error))?;
        let recording = Recording {
            wav,
            name: format!("{}.wav", job.name),
            start: job.start,
            seconds: sound.seconds,
        };
        recordings.insert(job.name.clone(), recording);
    }
    Ok(recordings)
}
