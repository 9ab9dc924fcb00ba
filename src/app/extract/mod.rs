//! `siplens extract`: the frames of chosen calls as a capture of their own.
//!
//! The inputs are read three times: for the report, which says what there is to
//! choose; for the frames that carry parts of what was chosen; and for all
//! frames of it. See [`crate::engine::membership`].

pub(super) mod anonymize;
pub(super) mod names;
mod outputs;
mod spool;

#[cfg(feature = "tui")]
use std::path::Path;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use self::names::Names;
use self::outputs::Outputs;
#[cfg(feature = "tui")]
use super::again;
use super::drive::{self, Reading};
use super::frames::Frames;
use super::input::Input;
use super::interrupt::{INTERRUPTED, Interrupt};
use super::output::{Failure, SUCCESS, ended, fail, to_stdout};
use super::select;
use crate::base::frame::{Frame, Link};
use crate::engine::Snapshot;
use crate::engine::membership::Membership;
use crate::query::Filter;
use crate::query::calls::Calls;
use crate::report::{Context, build};
use crate::source::{Interface, SourceInfo, Step};
use crate::track::ConversationId;

/// Arguments of `extract`.
#[derive(Clone, Debug, Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) input: Input,

    /// Only this call: its number, a part of its Call-ID, or a user part of its
    /// From or To; may be given several times [default: all calls]
    #[arg(long, value_name = "CALL", help_heading = "Calls")]
    call: Vec<String>,

    /// Only calls for which this is true: 'mos < 3.5' (see `siplens where`)
    #[arg(long = "where", short = 'w', value_name = "EXPRESSION", help_heading = "Calls")]
    only: Option<Filter<Calls>>,

    /// Also this registration: its number, a part of its Call-ID, or its user
    #[arg(long, value_name = "REGISTRATION", help_heading = "Calls")]
    registration: Vec<String>,

    /// Also what this finding is about: its number, or the code of several
    #[arg(long, value_name = "FINDING", help_heading = "Calls")]
    finding: Vec<String>,

    /// Write to this file: pcap if its name ends in .pcap or .cap, else pcapng;
    /// - for standard output
    #[arg(long, short, value_name = "FILE", required = true, help_heading = "Output")]
    output: PathBuf,

    /// Write a file for each call. FILE is a folder, or a name with {name},
    /// {number}, {from}, {to}, {call_id} or {start} in it
    #[arg(long, help_heading = "Output")]
    split: bool,

    /// Write over captures; never over those that are read
    #[arg(long, help_heading = "Output")]
    force: bool,

    /// Bytes of standard input to keep on disk while it is read, at most
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 30, help_heading = "Limits")]
    spool_limit: u64,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.input.follow {
        let why = "extract reads a capture several times, so that it cannot be followed";
        return Err(Failure::Usage(why.to_owned()));
    }
    // The file goes when it is no longer needed, whatever happens.
    let (input, _spooled) = spool::spooled(&arguments.input, arguments.spool_limit)?;
    let Reading { snapshot, options, end } = drive::read(&input)?;
    let context = Context::new(&snapshot, &options);
    let chosen = match chosen(arguments, &snapshot, &context) {
        Ok(chosen) => chosen,
        Err(what) => return Ok(fail(&format!("{}: {what}", arguments.input.names()))),
    };
    let names = Names::new(&arguments.output, arguments.split)?;
    let mut outputs = Outputs::new(arguments.force);
    let owners: Vec<Vec<ConversationId>> = if arguments.split {
        for id in &chosen {
            let path = names.of(&snapshot, &context, *id);
            outputs.add(path, &arguments.input.files)?;
        }
        chosen.iter().map(|id| snapshot.legs.members(*id).collect()).collect()
    } else {
        outputs.add(arguments.output.clone(), &arguments.input.files)?;
        vec![chosen.iter().flat_map(|id| snapshot.legs.members(*id)).collect()]
    };
    let interrupt = Interrupt::listen();
    fill(&input, &interrupt, &snapshot, &owners, &mut outputs)?;
    if interrupt.is_asked() {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let said = outputs.finish(snapshot.span)?;
    if arguments.output.as_os_str() != "-" {
        to_stdout(|out| said.iter().try_for_each(|line| writeln!(out, "{line}")))?;
    }
    Ok(ended(&end, SUCCESS))
}

/// Writes the frames of conversations, each list to the output of its place.
fn fill(
    input: &Input,
    interrupt: &Interrupt,
    snapshot: &Snapshot,
    owners: &[Vec<ConversationId>],
    outputs: &mut Outputs,
) -> Result<(), Failure> {
    let limits = input.settings().limits;
    let mut membership = Membership::new(snapshot, owners, limits);
    let streams = || snapshot.streams.iter().map(|stream| (stream.flow, stream.ssrc));
    let mut frames = Frames::new(input)?.of_streams(streams());
    let infos = each_frame(input, interrupt, &mut frames, |frame| {
        membership.look(frame);
        Ok(())
    })?;
    membership.looked();
    let mut interfaces = Interfaces::new(&infos);
    if input.redaction.hides_names() {
        interfaces.hide_names();
    }
    outputs.nanos = infos.iter().any(|info| info.fraction_digits > 6);
    let mut frames = Frames::new(input)?.of_streams(streams());
    each_frame(input, interrupt, &mut frames, |frame| {
        let interface = interfaces.of(frame);
        for owner in membership.owners(frame) {
            outputs.frame(*owner as usize, &interfaces.list, interface, frame)?;
        }
        Ok(())
    })?;
    Ok(())
}

/// Writes the frames of conversations, with all their legs, to one capture;
/// says what that holds.
///
/// # Errors
///
/// The inputs cannot be read again, or the capture cannot be written.
#[cfg(feature = "tui")]
pub(super) fn to_file(
    input: &Input,
    snapshot: &Snapshot,
    chosen: &[ConversationId],
    path: &Path,
    force: bool,
) -> Result<String, Failure> {
    again::possible(input, "extract")?;
    let mut outputs = Outputs::new(force);
    outputs.add(path.to_owned(), &input.files)?;
    let owners = [chosen.iter().flat_map(|id| snapshot.legs.members(*id)).collect::<Vec<_>>()];
    let interrupt = Interrupt::by(std::sync::Arc::default());
    fill(input, &interrupt, snapshot, &owners, &mut outputs)?;
    Ok(outputs.finish(snapshot.span)?.join(", "))
}

/// The conversations that are chosen, in order; or what there is not.
fn chosen(
    arguments: &Arguments,
    snapshot: &Snapshot,
    context: &Context<'_>,
) -> Result<Vec<ConversationId>, String> {
    let is_call = |id: &ConversationId| {
        snapshot.conversations.get(id.0 as usize).is_some_and(|found| found.call().is_some())
    };
    let by_others = !arguments.registration.is_empty() || !arguments.finding.is_empty();
    let mut chosen = Vec::new();
    if !arguments.call.is_empty() || arguments.only.is_some() || !by_others {
        let named = select::conversations(snapshot, context, &arguments.call, false);
        let named: Vec<_> = named.into_iter().filter(is_call).collect();
        if named.is_empty() && !arguments.call.is_empty() {
            return Err(format!("no call matches {}", arguments.call.join(", ")));
        }
        chosen = select::calls_where(context, named, arguments.only.as_ref());
    }
    if !arguments.registration.is_empty() {
        let found = select::registrations(snapshot, context, &arguments.registration);
        if found.is_empty() {
            return Err(format!("no registration matches {}", arguments.registration.join(", ")));
        }
        chosen.extend(found);
    }
    if !arguments.finding.is_empty() {
        let report = build(context);
        let wanted = |id: &str, code: &str| {
            arguments.finding.iter().any(|wanted| {
                id == wanted || code == wanted || id.strip_prefix("finding-") == Some(wanted)
            })
        };
        let found = report.findings.iter().filter(|found| wanted(&found.id, found.code));
        let names: Vec<_> = found.filter_map(|found| found.call.or(found.registration)).collect();
        if names.is_empty() {
            return Err(format!("no finding matches {}", arguments.finding.join(", ")));
        }
        let ids = (0..).map(ConversationId).take(snapshot.conversations.len());
        chosen.extend(ids.filter(|id| context.name(*id).is_some_and(|name| names.contains(&name))));
    }
    chosen.sort_by_key(|id| id.0);
    chosen.dedup();
    if chosen.is_empty() { Err("no calls to extract".to_owned()) } else { Ok(chosen) }
}

/// Reads the inputs once more; what is known of them afterwards.
fn each_frame(
    input: &Input,
    interrupt: &Interrupt,
    frames: &mut Frames,
    mut f: impl FnMut(&Frame<'_>) -> Result<(), Failure>,
) -> Result<Vec<SourceInfo>, Failure> {
    let mut source = drive::open(input, interrupt)?;
    while !interrupt.is_asked() {
        match source.next_frame() {
            Ok(Step::Frame(frame)) => {
                if let Some(frame) = frames.take(&frame) {
                    f(&frame)?;
                }
            }
            Ok(Step::Idle | Step::End) => break,
            // It was told when the inputs were read for the report.
            Err(_) => {}
        }
    }
    Ok(source.inputs().into_iter().cloned().collect())
}

/// The interfaces of what is written: one for each link type of each input.
struct Interfaces<'a> {
    infos: &'a [SourceInfo],
    /// Whether the names of the inputs are told.
    named: bool,
    list: Vec<Interface>,
    /// Inputs and links of the list.
    known: Vec<(u16, Link)>,
}

impl<'a> Interfaces<'a> {
    fn new(infos: &'a [SourceInfo]) -> Self {
        Self { infos, named: true, list: Vec::new(), known: Vec::new() }
    }

    /// Leaves out the names of the inputs.
    fn hide_names(&mut self) {
        self.named = false;
    }

    /// The place of the interface of a frame.
    fn of(&mut self, frame: &Frame<'_>) -> usize {
        let key = (frame.no.source(), frame.link);
        if let Some(place) = self.known.iter().position(|known| *known == key) {
            return place;
        }
        let info = self.infos.get(usize::from(key.0));
        let numbers = info.map(|info| info.link_types.as_slice()).unwrap_or_default();
        let declared = numbers.iter().find(|number| Link::from_number(**number) == frame.link);
        let link = declared.copied().unwrap_or_else(|| frame.link.number());
        let named = info.filter(|_| self.named);
        let description = named.map(|info| info.name.clone()).unwrap_or_default();
        self.known.push(key);
        self.list.push(Interface { link, description });
        self.list.len() - 1
    }
}
