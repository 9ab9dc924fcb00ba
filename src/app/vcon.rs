//! `siplens vcon`: calls as vCons, the container of conversations.

use std::collections::HashMap;
use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;

use super::audio::recorded;
use super::drive::{self, Reading};
use super::input::Input;
use super::output::{Failure, SUCCESS, ended, fail, note, to_stdout};
use super::{again, clock, parallel, save, select};
use crate::base::time::Timestamp;
use crate::query::Filter;
use crate::query::calls::Calls;
use crate::report::Context;
use crate::report::call::CallRow;
use crate::report::vcon::{Making, Recording, vcon};
use crate::track::ConversationId;
use crate::view::json::write_vcon;

/// Calls whose sound is in memory at once; the captures are read once more for each so many.
const AT_ONCE: usize = 16;

/// Arguments of `vcon`.
#[derive(Clone, Debug, Args)]
#[command(after_help = "\
Each call becomes one JSON document (draft-ietf-vcon-vcon-core-04, unsigned): its parties; what was said, as a stereo WAV \
file inside it, or why nothing was; who was transferred to whom; and as analysis the rows of the report about the call, its \
streams and findings, as `siplens schema` describes them. The same call of the same capture has the same uuid each time.\n\n\
With --redact the voice is left out, since what is said may name anyone. The captures are read twice for the sound, so that \
standard input needs --no-audio.")]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) input: Input,

    /// Only this call: its number, a part of its Call-ID, or a user part of its
    /// From or To; may be given several times [default: all calls]
    #[arg(long, value_name = "CALL", help_heading = "Calls")]
    call: Vec<String>,

    /// Only calls for which this is true: 'duration > 60' (see `siplens where`)
    #[arg(long = "where", short = 'w', value_name = "EXPRESSION", help_heading = "Calls")]
    only: Option<Filter<Calls>>,

    /// Leave out what was said
    #[arg(long, help_heading = "Output")]
    no_audio: bool,

    /// The file to write to, if there is one call, or the folder, for a file
    /// CALL.vcon each [default: standard output, a document a line]
    #[arg(long, short, value_name = "FILE|FOLDER/", help_heading = "Output")]
    output: Option<PathBuf>,

    /// Indent the documents
    #[arg(long, help_heading = "Output")]
    pretty: bool,

    /// Write over files that exist
    #[arg(long, help_heading = "Output")]
    force: bool,

    /// When the documents say that they were made, for the same bytes each time:
    /// 2026-01-31T08:00:00Z [default: now]
    #[arg(long, value_name = "TIME", help_heading = "Output", value_parser = super::input::instant)]
    created_at: Option<Timestamp>,
}

impl Arguments {
    fn with_sound(&self) -> bool {
        !self.no_audio && self.input.redaction.scope.is_none()
    }
}

/// Where documents go.
enum Target<'a> {
    StandardOutput,
    File(&'a Path),
    Folder(&'a Path),
}

impl<'a> Target<'a> {
    fn new(output: Option<&'a Path>, calls: usize) -> Result<Self, Failure> {
        let Some(path) = output.filter(|path| path.as_os_str() != "-") else {
            return Ok(Self::StandardOutput);
        };
        if path.to_string_lossy().ends_with(std::path::is_separator) || path.is_dir() {
            std::fs::create_dir_all(path)
                .map_err(|error| Failure::Fault(format!("{}: {error}", path.display())))?;
            return Ok(Self::Folder(path));
        }
        if calls > 1 {
            let why = format!(
                "there are {calls} calls to write, and a file holds one; choose it with --call, or \
                 name a folder: {}/",
                path.display()
            );
            return Err(Failure::Usage(why));
        }
        Ok(Self::File(path))
    }

    /// The file of a call.
    fn path(&self, call: &str, force: bool) -> Result<Option<PathBuf>, Failure> {
        let path = match self {
            Self::StandardOutput => return Ok(None),
            Self::File(path) => (*path).to_owned(),
            Self::Folder(folder) => folder.join(format!("{call}.vcon")),
        };
        if path.is_file() {
            super::audio::check(&path, force)?;
        }
        Ok(Some(path))
    }
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.output.is_none() && arguments.with_sound() && io::stdout().is_terminal() {
        let why = "sound is not for a terminal: --output FILE, or --no-audio";
        return Err(Failure::Usage(why.to_owned()));
    }
    if arguments.with_sound() {
        again::possible(&arguments.input, "vcon with sound")?;
    } else if !arguments.no_audio {
        note("what was said is left out, since voices may name anyone");
    }
    let Reading { snapshot, options, end } = drive::read(&arguments.input)?;
    let context = parallel::context(&snapshot, &options, arguments.input.threads());
    let chosen = select::conversations(&snapshot, &context, &arguments.call, false);
    let chosen = select::calls_where(&context, chosen, arguments.only.as_ref());
    if chosen.is_empty() && (!arguments.call.is_empty() || arguments.only.is_some()) {
        return Ok(fail(&format!("{}: no call is as asked for", arguments.input.names())));
    }
    let target = Target::new(arguments.output.as_deref(), chosen.len())?;
    let created = arguments.created_at.unwrap_or_else(clock::now);
    for calls in chosen.chunks(AT_ONCE) {
        let rows: Vec<_> = calls.iter().filter_map(|id| Some((*id, context.call(*id)?))).collect();
        let mut recordings = recordings(arguments, &context, &rows)?;
        for (id, row) in rows {
            let recording = recordings.remove(&row.id);
            write(arguments, &context, &target, (id, row), (created, recording))?;
        }
    }
    Ok(ended(&end, SUCCESS))
}

fn recordings(
    arguments: &Arguments,
    context: &Context<'_>,
    calls: &[(ConversationId, CallRow<'_>)],
) -> Result<HashMap<String, Recording>, Failure> {
    if !arguments.with_sound() {
        return Ok(HashMap::new());
    }
    let names: Vec<_> = calls.iter().map(|(_, row)| row.id.clone()).collect();
    let of_calls = calls.iter().flat_map(|(_, row)| &row.streams);
    let streams =
        of_calls.filter_map(|name| Some((context.stream(name)?, context.tracked_stream(name)?)));
    recorded::recordings(&arguments.input, streams, &names)
}

fn write(
    arguments: &Arguments,
    context: &Context<'_>,
    target: &Target<'_>,
    (id, row): (ConversationId, CallRow<'_>),
    (created, recording): (Timestamp, Option<Recording>),
) -> Result<(), Failure> {
    let redacted = arguments.input.redaction.scope.map(Into::into);
    let path = target.path(&row.id, arguments.force)?;
    let making = Making { created, redacted, recording };
    let Some(document) = vcon(context, id, row, making) else { return Ok(()) };
    save::write(path.as_deref(), &arguments.input.files, |out| {
        write_vcon(&document, arguments.pretty, out)
    })?;
    if let Some(path) = path {
        to_stdout(|out| writeln!(out, "{}", crate::view::terminal::safe(&path.to_string_lossy())))?;
    }
    Ok(())
}
