//! `siplens show`: messages as they were sent, and the bytes of frames.

use std::io::Write;
use std::process::ExitCode;

use clap::Args;

use super::cli::Color;
use super::drive::{self, Reading};
use super::frames::Frames;
use super::input::Input;
use super::interrupt::Interrupt;
use super::output::{Failure, SUCCESS, ended, fail, palette, to_stdout};
use super::select;
use crate::base::frame::Frame;
use crate::base::id::FrameNo;
use crate::base::time::Timestamp;
use crate::engine::messages::{self, Found, Messages};
use crate::report::call::PartyRow;
use crate::report::time::Resolution;
use crate::report::{Context, FrameRef};
use crate::source::Step;
use crate::track::ConversationId;
use crate::view::facts::{self, Fact};
use crate::view::message;
use crate::view::terminal::{Palette, Tone, safe};

/// Arguments of `show`.
#[derive(Clone, Debug, Args)]
pub(super) struct Arguments {
    /// A frame by its number (17; of several inputs 0:17), or all messages of a
    /// call: call-3, a part of its Call-ID, or a user part of its From or To
    #[arg(value_name = "FRAME|CALL")]
    what: String,

    #[command(flatten)]
    input: Input,

    /// As hex dumps
    #[arg(long, help_heading = "Output")]
    hex: bool,

    /// The bytes of the messages and nothing else, not made safe for a terminal
    #[arg(long, conflicts_with = "hex", help_heading = "Output")]
    raw: bool,

    /// When to colour: on a terminal that wants it, always, or never
    #[arg(long, value_name = "WHEN", default_value = "auto", help_heading = "Output")]
    color: Color,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    match frame_no(&arguments.what) {
        Some(frame) => show_frame(arguments, frame),
        None => show_call(arguments),
    }
}

/// `17` or `1:17`
fn frame_no(text: &str) -> Option<FrameNo> {
    let (source, number) = text.split_once(':').unwrap_or(("0", text));
    Some(FrameNo::new(source.parse().ok()?, number.parse().ok().filter(|number| *number > 0)?))
}

fn show_frame(arguments: &Arguments, wanted: FrameNo) -> Result<ExitCode, Failure> {
    let page = Page::new(arguments);
    let mut messages = Messages::new(arguments.input.settings().limits);
    let (mut text, mut seen) = (Vec::new(), false);
    each_frame(&arguments.input, |frame| {
        let before = text.len();
        messages.push(frame, &mut |found| {
            if found.frame == wanted {
                page.message(found, None, &mut text);
            }
        });
        if frame.no == wanted {
            seen = true;
            if text.len() == before {
                page.frame(frame, &mut text);
            }
        }
        // Messages are whole no later than with their frame.
        !seen
    })?;
    if !seen {
        let names = arguments.input.names();
        return Ok(fail(&format!("{names}: there is no frame {}", arguments.what)));
    }
    to_stdout(|out| out.write_all(&text))?;
    Ok(SUCCESS)
}

fn show_call(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Reading { snapshot, options, end } = drive::read(&arguments.input)?;
    let context = Context::new(&snapshot, &options);
    let wanted = std::slice::from_ref(&arguments.what);
    let chosen = select::conversations(&snapshot, &context, wanted, true);
    let told: Vec<_> = chosen.iter().map(|id| what(&context, *id)).collect();
    // A call is all its legs.
    let chosen: Vec<_> = chosen
        .iter()
        .flat_map(|id| snapshot.legs.members(*id))
        .filter_map(|id| snapshot.conversations.get(id.0 as usize))
        .collect();
    if chosen.is_empty() {
        let names = arguments.input.names();
        return Ok(fail(&format!("{names}: no frame or call is {}", arguments.what)));
    }
    let start =
        chosen.iter().filter_map(|found| found.messages.first()).map(|first| first.at).min();
    let call_ids: Vec<_> = chosen.iter().map(|found| found.call_id()).collect();
    let page = Page::new(arguments);
    let mut messages = Messages::new(arguments.input.settings().limits);
    let mut text = Vec::new();
    for (name, facts) in &told {
        page.facts(name, facts, &mut text);
    }
    let mut show = |found: &Found<'_>| {
        if found.call_id().is_some_and(|call_id| call_ids.contains(&&*call_id)) {
            page.message(found, start, &mut text);
        }
    };
    each_frame(&arguments.input, |frame| {
        messages.push(frame, &mut show);
        true
    })?;
    messages.finish(&mut show);
    to_stdout(|out| out.write_all(&text))?;
    Ok(ended(&end, SUCCESS))
}

/// What a conversation is, and what is to be said of it beside its messages.
fn what(context: &Context<'_>, id: ConversationId) -> (String, Vec<Fact>) {
    let name = context.name(id).unwrap_or_default();
    if let Some(call) = context.call(id) {
        let user = |party: &PartyRow| {
            party.user.clone().or_else(|| party.uri.clone()).unwrap_or_else(|| "?".to_owned())
        };
        let status = call.final_status.as_ref();
        let status = status.map(|status| format!(" ({} {})", status.code, status.reason));
        let title = format!(
            "{name}  {} \u{2192} {}, {}{}",
            user(&call.caller),
            user(&call.callee),
            call.state.replace('_', " "),
            status.unwrap_or_default()
        );
        let mut facts = facts::of_call(&call);
        for stream in call.streams.iter().filter_map(|name| context.stream(name)) {
            let of_stream = facts::of_stream(&stream).into_iter();
            facts.extend(of_stream.map(|fact| Fact {
                text: format!("{}: {} {}", stream.id, fact.label, fact.text),
                label: "stream",
                ..fact
            }));
        }
        (title, facts)
    } else if let Some(row) = context.registration(id) {
        let aor = row.aor.clone().unwrap_or_else(|| "?".to_owned());
        let title = format!("{name}  {aor}, {}", row.state.replace('_', " "));
        (title, facts::of_registration(&row))
    } else if let Some(row) = context.dialog(id) {
        let method = row.method.clone().unwrap_or_default();
        (format!("{name}  {method}"), facts::of_dialog(&row))
    } else {
        (name, Vec::new())
    }
}

/// Reads the inputs until `f` has seen enough.
fn each_frame(input: &Input, mut f: impl FnMut(&Frame<'_>) -> bool) -> Result<(), Failure> {
    let interrupt = Interrupt::listen();
    let mut source = drive::open(input, &interrupt)?;
    // Bytes of media are shown to see their form, not what they say.
    let mut frames = Frames::new(input)?.silencing(true);
    while !interrupt.is_asked() {
        match source.next_frame() {
            Ok(Step::Frame(frame)) => {
                if frames.take(&frame).is_some_and(|frame| !f(&frame)) {
                    break;
                }
            }
            Ok(Step::Idle | Step::End) => break,
            Err(error) => super::output::say(&error.to_string()),
        }
    }
    Ok(())
}

/// How things are written.
struct Page {
    palette: Palette,
    hex: bool,
    raw: bool,
    several: bool,
}

impl Page {
    fn new(arguments: &Arguments) -> Self {
        let files = &arguments.input.files;
        Self {
            palette: palette(arguments.color),
            hex: arguments.hex,
            raw: arguments.raw,
            several: files.len() > 1 || files.iter().any(|file| file.is_dir()),
        }
    }

    /// Writes a message; `start` is when its call began. To memory: no errors.
    fn message(&self, found: &Found<'_>, start: Option<Timestamp>, out: &mut Vec<u8>) {
        if self.raw {
            out.extend_from_slice(found.bytes);
            return;
        }
        let offset = start.map_or_else(
            || Resolution::default().format(found.at),
            |start| format!("+{:.6}", found.at.since(start).as_secs()),
        );
        let flow = found.flow;
        let head = format!(
            "#{}  {offset}  {} \u{2192} {}  {}, {} bytes",
            self.frame_ref(found.frame),
            flow.src,
            flow.dst,
            found.transport.name(),
            found.bytes.len()
        );
        self.heading(&head, out);
        let written = if self.hex {
            message::hex(found.bytes, out)
        } else {
            message::write(found.bytes, self.palette, out)
        };
        written.unwrap_or_default();
    }

    /// Writes what is known of a conversation, before its messages.
    fn facts(&self, name: &str, facts: &[Fact], out: &mut Vec<u8>) {
        if self.raw {
            return;
        }
        writeln!(out, "{}", self.palette.paint(Tone::Heading, safe(name))).unwrap_or_default();
        for Fact { label, text, tone } in facts {
            let (label, text) = (format!("{label:<12}"), safe(text));
            let label = self.palette.paint(Tone::Dim, label);
            writeln!(out, "  {label} {}", self.palette.paint(*tone, text)).unwrap_or_default();
        }
    }

    /// Writes a frame that ends no message.
    fn frame(&self, frame: &Frame<'_>, out: &mut Vec<u8>) {
        if self.raw {
            out.extend_from_slice(frame.bytes);
            return;
        }
        let (flow, what) = messages::content(frame);
        let flow =
            flow.map(|flow| format!("  {} \u{2192} {}", flow.src, flow.dst)).unwrap_or_default();
        let head = format!(
            "#{}  {}{flow}  {what}, {} bytes",
            self.frame_ref(frame.no),
            Resolution::default().format(frame.at),
            frame.bytes.len()
        );
        self.heading(&head, out);
        message::hex(frame.bytes, out).unwrap_or_default();
    }

    fn frame_ref(&self, frame: FrameNo) -> FrameRef {
        FrameRef::new(frame, self.several)
    }

    fn heading(&self, text: &str, out: &mut Vec<u8>) {
        if !out.is_empty() {
            out.push(b'\n');
        }
        writeln!(out, "{}", self.palette.paint(Tone::Dim, safe(text))).unwrap_or_default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_numbers() {
        assert_eq!(frame_no("17"), Some(FrameNo::new(0, 17)));
        assert_eq!(frame_no("1:17"), Some(FrameNo::new(1, 17)));
        assert_eq!((frame_no("0"), frame_no("call-1"), frame_no("a:1")), (None, None, None));
    }
}
