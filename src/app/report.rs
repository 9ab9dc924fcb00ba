//! `siplens report`: everything as one page.

#[cfg(feature = "tui")]
pub(super) mod saved;

use std::collections::BTreeSet;
use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use super::cli::{Messages, Report as Arguments};
use super::drive::{self, Reading};
use super::input::Input;
use super::interrupt::Interrupt;
use super::output::{Failure, SUCCESS, ended, fail};
use super::{parallel, save, select};
use crate::base::id::FrameNo;
use crate::base::time::Span;
use crate::engine::{Settings, Snapshot, Wanted};
use crate::report::ladder::ladder;
use crate::report::message::{MessageRow, bytes};
use crate::report::{Context, Report, build};
use crate::track::ConversationId;
use crate::view::html::{Page, write};

/// Width of the intervals of a stream's course, unless the user says another.
const INTERVAL: Span = Span::from_secs(1);

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let to_stdout = arguments.output.as_ref().is_none_or(|path| path.as_os_str() == "-");
    if to_stdout && arguments.output.is_none() && io::stdout().is_terminal() {
        return Err(Failure::Usage("a page is not for a terminal: --output FILE".to_owned()));
    }
    let interrupt = Interrupt::listen();
    let wanted = match arguments.messages {
        Messages::None => Wanted::default(),
        _ => Wanted::all().at_most(arguments.message_bytes),
    };
    let settings = settings(&arguments.input);
    let reading = drive::read_wanting(&arguments.input, &interrupt, settings.clone(), wanted)?;
    let Reading { mut snapshot, mut options, end } = reading;
    let mut notes = Vec::new();
    if !arguments.call.is_empty() || arguments.only.is_some() {
        let context = parallel::context(&snapshot, &options, arguments.input.threads());
        let all = context.calls().len();
        let chosen = select::conversations(&snapshot, &context, &arguments.call, false);
        let chosen = select::calls_where(&context, chosen, arguments.only.as_ref());
        if chosen.is_empty() {
            let names = arguments.input.names();
            let why = match arguments.call.as_slice() {
                [] => "no call is as --where says".to_owned(),
                wanted => format!("no call matches {}", wanted.join(", ")),
            };
            return Ok(fail(&format!("{names}: {why}")));
        }
        let (count, plural) = (chosen.len(), if chosen.len() == 1 { "" } else { "s" });
        notes.push(format!("Chosen: {count} call{plural} of {all} in the capture."));
        let only = with_legs(&snapshot, chosen.into_iter());
        drop(context);
        options.selection.only = Some(only);
    }
    let frames = {
        let context = parallel::whole_context(&snapshot, &options, arguments.input.threads());
        wanted_frames(&build(&context), arguments.messages)
    };
    let kept = snapshot.wanted.as_ref();
    let missing = kept.is_some_and(|kept| {
        kept.left_out() > 0 && frames.iter().any(|frame| kept.messages(*frame).is_empty())
    });
    if missing && !interrupt.is_asked() && can_be_read_again(&arguments.input) {
        let wanted = Wanted::of(frames.iter().copied()).at_most(arguments.message_bytes);
        let again = drive::read_wanting(&arguments.input, &interrupt, settings, wanted)?;
        snapshot.wanted = again.snapshot.wanted;
    }
    let context = parallel::whole_context(&snapshot, &options, arguments.input.threads());
    let report = build(&context);
    let of = Told { context: &context, report: &report, wanted: snapshot.wanted.as_deref() };
    notes.extend(left_out(of, &frames, arguments.messages, arguments.message_bytes));
    let title = arguments.title.clone().unwrap_or_else(|| title(&report));
    save::write(arguments.output.as_deref(), &arguments.input.files, |out| {
        page(of, &frames, (&title, &notes), out)
    })?;
    Ok(ended(&end, SUCCESS))
}

/// Calls with all their legs, in order.
fn with_legs(
    snapshot: &Snapshot,
    leaders: impl Iterator<Item = ConversationId>,
) -> Vec<ConversationId> {
    let legs: BTreeSet<_> = leaders.flat_map(|id| snapshot.legs.members(id)).collect();
    legs.into_iter().collect()
}

/// What a page tells of.
#[derive(Clone, Copy)]
struct Told<'t, 'r> {
    context: &'t Context<'t>,
    report: &'t Report<'r>,
    wanted: Option<&'t Wanted>,
}

fn page(
    of: Told<'_, '_>,
    frames: &BTreeSet<FrameNo>,
    (title, notes): (&str, &[String]),
    out: &mut dyn Write,
) -> io::Result<()> {
    let page = Page {
        title,
        report: of.report,
        ladder: &|name| ladder(of.context, of.context.named(name)?),
        text: &|row| {
            let is_wanted = frames.contains(&row.frame.number());
            let bytes = bytes(of.wanted, row).filter(|_| is_wanted)?;
            Some(String::from_utf8_lossy(bytes).into_owned())
        },
        notes,
    };
    write(&page, out)
}

/// The settings of what a page tells of: with the course of each stream in short
/// intervals.
pub(super) fn settings(input: &Input) -> Settings {
    let mut settings = input.settings();
    if input.quality.interval.is_none() {
        settings.course.interval = INTERVAL;
    }
    settings
}

/// Whether what was read can be read once more.
fn can_be_read_again(input: &Input) -> bool {
    !input.follow && input.files.iter().all(|file| file.is_file() || file.is_dir())
}

/// The frames whose messages the page shows.
fn wanted_frames(report: &Report<'_>, which: Messages) -> BTreeSet<FrameNo> {
    let mut frames = BTreeSet::new();
    let graver = report.findings.iter().filter(|finding| finding.severity != "note");
    let graver: BTreeSet<String> = graver.map(|finding| finding.id).collect();
    let has_graver = |ids: &[String]| ids.iter().any(|id| graver.contains(id));
    let mut take = |messages: &[MessageRow<'_>], is_faulty: bool| {
        if which == Messages::All || which == Messages::Failed && is_faulty {
            frames.extend(messages.iter().map(|message| message.frame.number()));
        }
    };
    for call in report.calls.iter() {
        let in_order = ["completed", "answered", "ringing", "trying"].contains(&call.state);
        take(&call.messages, !in_order || has_graver(&call.findings));
    }
    for registration in report.registrations.iter() {
        let failed = ["failed", "timed_out"].contains(&registration.state);
        take(&registration.messages, failed || has_graver(&registration.findings));
    }
    for dialog in report.dialogs.iter() {
        let failed = dialog.final_status.as_ref().is_none_or(|status| status.code >= 300);
        take(&dialog.messages, failed);
    }
    frames
}

/// Which texts the page does not have, and why.
fn left_out(
    of: Told<'_, '_>,
    frames: &BTreeSet<FrameNo>,
    which: Messages,
    most_bytes: usize,
) -> Option<String> {
    match which {
        Messages::None => return Some("The texts of messages were left out, as asked.".to_owned()),
        Messages::Failed => {
            return Some(
                "Texts are shown of messages of what failed or has a warning or fault; the others \
                 were left out, as asked."
                    .to_owned(),
            );
        }
        Messages::All => {}
    }
    let missing = |messages: &[MessageRow<'_>]| {
        let wanted = messages.iter().filter(|row| frames.contains(&row.frame.number()));
        wanted.filter(|row| bytes(of.wanted, row).is_none()).count()
    };
    let report = of.report;
    let calls: usize = report.calls.iter().map(|call| missing(&call.messages)).sum();
    let registrations: usize = report.registrations.iter().map(|row| missing(&row.messages)).sum();
    let dialogs: usize = report.dialogs.iter().map(|row| missing(&row.messages)).sum();
    let count = calls + registrations + dialogs;
    (count > 0).then(|| {
        format!(
            "The texts of {count} messages were left out: the page holds {most_bytes} bytes of \
             texts (--message-bytes); --call and --messages failed choose which."
        )
    })
}

/// What is told of.
fn title(report: &Report<'_>) -> String {
    let names: Vec<_> = report.capture.sources.iter().map(|source| source.name.as_str()).collect();
    let what = match names.as_slice() {
        [] => "capture".to_owned(),
        ["-"] => "standard input".to_owned(),
        [name] => (*name).to_owned(),
        [first, more @ ..] => format!("{first} and {} more", more.len()),
    };
    match report.calls.len() {
        1 => {
            let call = report.calls.get(0);
            let who = |party: &crate::report::call::PartyRow| {
                party.user.clone().or_else(|| party.uri.clone()).unwrap_or_else(|| "?".to_owned())
            };
            let ends =
                call.map(|call| format!("{} \u{2192} {}", who(&call.caller), who(&call.callee)));
            format!("{}, {what}", ends.unwrap_or_default())
        }
        _ => format!("Calls in {what}"),
    }
}
