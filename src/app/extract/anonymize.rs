//! `siplens anonymize`: a capture that can leave the house.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use super::outputs::Outputs;
use super::{Interfaces, each_frame, spool};
use crate::app::frames::Frames;
use crate::app::input::Input;
use crate::app::interrupt::{INTERRUPTED, Interrupt};
use crate::app::output::{Failure, SUCCESS, to_stdout};
use crate::app::redaction::{Redaction, What};
use crate::base::time::Timestamp;
use crate::engine::Engine;

/// Arguments of `anonymize`.
#[derive(Clone, Debug, Args)]
#[command(
    mut_arg("call_id", |arg| arg.hide(true)),
    mut_arg("number", |arg| arg.hide(true)),
    mut_arg("ip", |arg| arg.hide(true)),
    after_help = "\
Each frame is made anew from what was understood of it, with pseudonyms in place of numbers, names, domains, addresses, \
Call-IDs, tags, branches, credentials, keys, texts and entered digits, and with right lengths and checksums. Frames keep \
their numbers and times; a frame that carries nothing that was understood is there without contents. A message in several \
segments or fragments is in the last of them. What was emptied or zeroed is counted and said. Comments, names and secrets \
of pcapng are left out. Voices can be recognised: --silence takes them out too.\n\n\
The capture is read twice; standard input is kept on disk for that."
)]
pub(in crate::app) struct Arguments {
    #[command(flatten)]
    input: Input,

    /// Write to this file: pcap if its name ends in .pcap or .cap, else pcapng;
    /// - for standard output
    #[arg(long, short, value_name = "FILE", required = true, help_heading = "Output")]
    output: PathBuf,

    /// Replace the payload of media by silence
    #[arg(long, help_heading = "Privacy")]
    silence: bool,

    /// Write over a capture; never over those that are read
    #[arg(long, help_heading = "Output")]
    force: bool,

    /// Bytes of standard input to keep on disk while it is read, at most
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 30, help_heading = "Limits")]
    spool_limit: u64,
}

pub(in crate::app) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.input.follow {
        let why = "anonymize reads a capture twice, so that it cannot be followed";
        return Err(Failure::Usage(why.to_owned()));
    }
    let (mut input, _spooled) = spool::spooled(&arguments.input, arguments.spool_limit)?;
    let interrupt = Interrupt::listen();
    let mut plain = input.clone();
    plain.redaction = Redaction::default();
    // What is media shows when their streams are known.
    let mut engine = Engine::new(plain.settings());
    let infos = each_frame(&plain, &interrupt, &mut Frames::new(&plain)?, |frame| {
        engine.handle_frame(frame);
        Ok(())
    })?;
    let snapshot = engine.finish();
    input.redaction.scope.get_or_insert(What::All);
    let mut outputs = Outputs::new(arguments.force);
    outputs.add(arguments.output.clone(), &arguments.input.files)?;
    outputs.nanos = infos.iter().any(|info| info.fraction_digits > 6);
    let mut interfaces = Interfaces::new(&infos);
    if input.redaction.hides_names() {
        interfaces.hide_names();
    }
    let mut span: Option<(Timestamp, Timestamp)> = None;
    let streams = snapshot.streams.iter().map(|stream| (stream.flow, stream.ssrc));
    let mut frames = Frames::new(&input)?.silencing(arguments.silence).of_original_streams(streams);
    each_frame(&input, &interrupt, &mut frames, |frame| {
        let (first, last) = span.unwrap_or((frame.at, frame.at));
        span = Some((first.min(frame.at), last.max(frame.at)));
        let interface = interfaces.of(frame);
        outputs.frame(0, &interfaces.list, interface, frame)
    })?;
    if interrupt.is_asked() {
        return Ok(ExitCode::from(INTERRUPTED));
    }
    let mut said = outputs.finish(span)?;
    if let Some(blanked) = frames.blanked() {
        said.extend(blanked.iter().map(|(what, count)| format!("{count:>9} {}", what.text())));
    }
    if arguments.output.as_os_str() != "-" {
        to_stdout(|out| said.iter().try_for_each(|line| writeln!(out, "{line}")))?;
    }
    Ok(SUCCESS)
}
