//! The second reading: packets into the files of their calls.

use std::path::{Path, PathBuf};

use super::files::{Raw, Wav, check};
use super::plan::{Job, Label, Plan};
use crate::app::again;
use crate::app::input::Input;
use crate::app::output::Failure;
use crate::sound::call::CallSound;
use crate::sound::listen::{Heard, Listener};
use crate::sound::voice::{Concealment, Tally};

/// Sounds that are written in one reading; each may have several files open.
const AT_ONCE: usize = 64;

/// A file that was written.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Written {
    /// Where.
    pub(super) path: PathBuf,
    /// What it sounds like, if it is a WAV file.
    pub(super) sound: Option<Sound>,
    /// What is in it, and what is not.
    pub(super) notes: Vec<String>,
}

/// What a WAV file holds.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Sound {
    /// Seconds.
    pub(super) seconds: f64,
    /// Samples a second.
    pub(super) rate: u32,
}

/// A job that is being written.
struct Open<'a> {
    job: &'a Job,
    path: &'a Path,
    sound: Option<(CallSound, Wav)>,
    /// The raw file of each part, where one is wanted.
    raw: Vec<Option<Raw>>,
    samples: Vec<i16>,
}

/// Writes every job to its path; reads the inputs once for each handful of them.
pub(super) fn write_all(
    input: &Input,
    plan: &Plan,
    paths: &[PathBuf],
    concealment: Concealment,
    raw: bool,
    force: bool,
) -> Result<Vec<Written>, Failure> {
    let mut written = Vec::new();
    let numbered: Vec<_> = plan.jobs.iter().zip(paths).enumerate().collect();
    for batch in numbered.chunks(AT_ONCE) {
        let first = batch.first().map_or(0, |(number, _)| *number);
        let open =
            batch.iter().map(|(_, (job, path))| Open::new(job, path, concealment, raw, force));
        let mut open = open.collect::<Result<Vec<_>, _>>()?;
        let mut listener = Listener::new(input.settings().limits);
        again::frames(input, |frame| {
            let mut result = Ok(());
            listener.hear(frame, &mut |heard| {
                let target = plan.target(heard.flow, heard.rtp.ssrc, heard.at);
                let Some(target) = target.filter(|target| target.job >= first) else { return };
                if let Some(open) = open.get_mut(target.job - first)
                    && let Err(failure) = open.take(target.part, heard)
                {
                    result = Err(failure);
                }
            });
            result
        })?;
        for open in open {
            open.finish(&mut written)?;
        }
    }
    Ok(written)
}

impl<'a> Open<'a> {
    fn new(
        job: &'a Job,
        path: &'a Path,
        concealment: Concealment,
        raw: bool,
        force: bool,
    ) -> Result<Self, Failure> {
        let of_call = job.labels.iter().any(|label| !label.speaker.is_empty());
        let channels = if of_call { 2 } else { 1 };
        let sound = CallSound::new(&job.parts, job.start, concealment)
            .map(|sound| Wav::create(path, channels, sound.rate()).map(|wav| (sound, wav)))
            .transpose()?;
        let raw_file = |label: &Label| {
            (raw || !label.decodable)
                .then(|| {
                    let path = raw_path(path, job, label);
                    check(&path, force)?;
                    Raw::create(&path)
                })
                .transpose()
        };
        let raw = job.labels.iter().map(raw_file).collect::<Result<_, _>>()?;
        Ok(Self { job, path, sound, raw, samples: Vec::new() })
    }

    fn take(&mut self, part: usize, heard: &Heard<'_>) -> Result<(), Failure> {
        if let Some(Some(raw)) = self.raw.get_mut(part) {
            raw.write(heard.rtp.payload)?;
        }
        if let Some((sound, wav)) = &mut self.sound {
            sound.take(part, heard, &mut self.samples);
            wav.write(&self.samples)?;
            self.samples.clear();
        }
        Ok(())
    }

    fn finish(mut self, written: &mut Vec<Written>) -> Result<(), Failure> {
        if let Some((mut sound, mut wav)) = self.sound.take() {
            let rate = sound.rate();
            let (tallies, left_out) = sound.finish(&mut self.samples);
            wav.write(&self.samples)?;
            let (seconds, cut) = wav.finish()?;
            let mut notes: Vec<_> = self
                .job
                .labels
                .iter()
                .zip(&tallies)
                .filter_map(|(l, t)| part_note(l, *t))
                .collect();
            if left_out.after_silence > 0 {
                notes.push(format!(
                    "{} packets after an hour of silence left out",
                    left_out.after_silence
                ));
            }
            if cut {
                notes.push("cut at 4 GiB".to_owned());
            }
            let sound = Some(Sound { seconds, rate });
            written.push(Written { path: self.path.to_owned(), sound, notes });
        }
        for (raw, label) in self.raw.into_iter().zip(&self.job.labels) {
            if let Some(raw) = raw {
                let mut notes = vec![format!("payload of {} ({})", label.stream, label.codecs)];
                if !label.decodable {
                    notes.push("siplens has no decoder for it".to_owned());
                }
                written.push(Written { path: raw.finish()?, sound: None, notes });
            }
        }
        Ok(())
    }
}

/// `left caller PCMU 501 packets`
fn part_note(label: &Label, tally: Tally) -> Option<String> {
    let Tally { decoded, unreadable, .. } = tally;
    let side = match label.speaker {
        "caller" => "left caller ",
        "callee" => "right callee ",
        _ => "",
    };
    let codecs = &label.codecs;
    match (decoded, unreadable) {
        (0, 0) => None,
        (_, 0) => Some(format!("{side}{codecs} {decoded} packets")),
        _ => Some(format!("{side}{codecs} {decoded} packets, {unreadable} unreadable")),
    }
}

/// `call-1.stream-3.g729` beside `call-1.wav`.
fn raw_path(wav: &Path, job: &Job, label: &Label) -> PathBuf {
    let codec: String = label
        .codecs
        .split('+')
        .next()
        .unwrap_or_default()
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    let ending = if codec.is_empty() { "raw".to_owned() } else { codec.to_ascii_lowercase() };
    let stem = wav
        .file_stem()
        .map_or_else(|| job.name.clone(), |stem| stem.to_string_lossy().into_owned());
    let stem = if stem == label.stream { stem } else { format!("{stem}.{}", label.stream) };
    wav.with_file_name(format!("{stem}.{ending}"))
}
