//! `siplens audio`: what was said, as WAV files.

mod analysis;
mod files;
mod plan;
pub(super) mod recorded;
mod write;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

pub(super) use self::analysis::{Listening, listen};
pub(super) use self::files::check;
use self::plan::{Job, Plan};
use self::write::{Written, write_all};
use super::drive::{self, Reading};
use super::input::Input;
use super::output::{Failure, SUCCESS, ended, fail, say, to_stdout};
use super::{again, parallel, select};
#[cfg(feature = "tui")]
use crate::engine::Snapshot;
#[cfg(feature = "tui")]
use crate::report::Context;
#[cfg(feature = "tui")]
use crate::report::Report;
use crate::report::build;
use crate::sound::voice::Concealment;
use crate::view::terminal::safe;

/// Arguments of `audio`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Each call becomes a stereo WAV file of 16 bits: the caller to the left, the callee to the right, both set at the time at \
which their packets were captured. What did not come is silent, unless --concealment is given. Decoded are G.711, G.722, \
G.726, GSM, Opus and L16; the payload of other codecs is written as it is, with --raw. Streams that belong to no call \
become files of their own. Where a relay shows the same voice on both its sides, it is heard once.\n\n\
The captures are read twice, so that standard input cannot be one of them.")]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) input: Input,

    /// Only this call: its number, a part of its Call-ID, or a user part of its
    /// From or To; may be given several times
    #[arg(long, value_name = "CALL")]
    call: Vec<String>,

    /// The folder to write to, or the file if there is one call
    #[arg(long, short, value_name = "FOLDER|FILE.wav", default_value = ".")]
    output: PathBuf,

    /// Fill what was lost as a telephone would, instead of leaving it silent
    #[arg(long)]
    concealment: bool,

    /// Also write the payload of each stream as it is, one packet's after the other
    #[arg(long)]
    raw: bool,

    /// Write over files that exist
    #[arg(long)]
    force: bool,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    again::possible(&arguments.input, "audio")?;
    let Reading { snapshot, options, end } = drive::read(&arguments.input)?;
    let context = parallel::context(&snapshot, &options, arguments.input.threads());
    let report = build(&context);
    let chosen = select::conversations(&snapshot, &context, &arguments.call, false);
    let inputs = arguments.input.names();
    if chosen.is_empty() && !arguments.call.is_empty() {
        return Ok(fail(&format!("{inputs}: no call matches {}", arguments.call.join(", "))));
    }
    let names: Vec<_> = chosen.iter().filter_map(|id| context.name(*id)).collect();
    let streams =
        context.stream_indexes().iter().filter_map(|index| snapshot.streams.get(*index as usize));
    let rows = report.streams.iter().zip(streams);
    let plan = Plan::new(rows, &names, arguments.call.is_empty(), arguments.raw);
    for note in &plan.notes {
        say(note);
    }
    if plan.jobs.is_empty() {
        return Ok(fail(&format!("{inputs}: there is no sound that can be written")));
    }
    let paths = paths(&arguments.output, &plan.jobs, arguments.force)?;
    let concealment =
        if arguments.concealment { Concealment::Conceal } else { Concealment::Silence };
    let written =
        write_all(&arguments.input, &plan, &paths, concealment, arguments.raw, arguments.force)?;
    to_stdout(|out| {
        for file in &written {
            writeln!(out, "{}", line(file))?;
        }
        Ok(())
    })?;
    Ok(ended(&end, SUCCESS))
}

/// Writes what was said in a conversation to a file; says what that holds.
///
/// # Errors
///
/// There is nothing that can be decoded, more than one file can hold, or the
/// file cannot be written.
#[cfg(feature = "tui")]
pub(super) fn to_file(
    input: &Input,
    (snapshot, context, report): (&Snapshot, &Context<'_>, &Report<'_>),
    names: &[String],
    path: &Path,
    force: bool,
) -> Result<String, Failure> {
    again::possible(input, "audio")?;
    let streams =
        context.stream_indexes().iter().filter_map(|index| snapshot.streams.get(*index as usize));
    let plan = Plan::new(report.streams.iter().zip(streams), names, false, false);
    if plan.jobs.is_empty() {
        let why = plan.notes.first().cloned();
        let why = why.unwrap_or_else(|| "there is no sound that can be written".to_owned());
        return Err(Failure::Fault(why));
    }
    if plan.jobs.len() > 1 {
        let why = format!("{} calls are chosen, and a WAV file holds one", plan.jobs.len());
        return Err(Failure::Usage(why));
    }
    files::check(path, force)?;
    let paths = [path.to_owned()];
    let written = write_all(input, &plan, &paths, Concealment::Silence, false, force)?;
    let sound = written.iter().find_map(|file| file.sound.as_ref());
    Ok(sound.map_or_else(
        || "the audio".to_owned(),
        |sound| format!("{:.1} s of audio at {} Hz", sound.seconds, sound.rate),
    ))
}

/// Where each job is written.
fn paths(output: &Path, jobs: &[Job], force: bool) -> Result<Vec<PathBuf>, Failure> {
    let is_file = output.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("wav"));
    if is_file && jobs.len() > 1 {
        let why = format!(
            "there are {} sounds to write, which one file cannot hold; choose a call with --call, \
             or name a folder",
            jobs.len()
        );
        return Err(Failure::Usage(why));
    }
    let folder = if is_file { output.parent().unwrap_or(Path::new("")) } else { output };
    if !folder.as_os_str().is_empty() {
        std::fs::create_dir_all(folder)
            .map_err(|error| Failure::Fault(format!("{}: {error}", folder.display())))?;
    }
    let path = |job: &Job| {
        let path =
            if is_file { output.to_owned() } else { folder.join(format!("{}.wav", job.name)) };
        files::check(&path, force)?;
        Ok(path)
    };
    jobs.iter().map(path).collect()
}

/// `call-1.wav  10.0 s at 8000 Hz  left alice PCMU (501 packets)  right bob PCMU (478 packets)`
fn line(file: &Written) -> String {
    let mut line = safe(&file.path.to_string_lossy()).into_owned();
    if let Some(sound) = &file.sound {
        let _ = write!(line, "  {:.1} s at {} Hz", sound.seconds, sound.rate);
    }
    for note in &file.notes {
        let _ = write!(line, "  {}", safe(note));
    }
    line
}
