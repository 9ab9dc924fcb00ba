//! `siplens analyze`: what happened in a capture.

use std::process::ExitCode;

use super::audio;
use super::cli::Analyze;
use super::drive::{self, Reading};
use super::output::{Failure, SUCCESS, ended, palette, to_stdout, width};
use super::{parallel, select};
use crate::report::build;
use crate::view::{json, text};

/// Read, and `--fail-on` matched a finding.
const MATCHED: u8 = 3;

pub(super) fn run(arguments: &Analyze) -> Result<ExitCode, Failure> {
    arguments.listening.check(&arguments.input)?;
    let Reading { mut snapshot, options, end } = drive::read(&arguments.input)?;
    audio::listen(&arguments.input, arguments.listening, &mut snapshot)?;
    let options = select::narrowed(&snapshot, options, arguments.only.as_ref());
    let context = parallel::context(&snapshot, &options, arguments.input.threads());
    let report = build(&context);
    let threads = arguments.input.threads();
    to_stdout(|out| {
        if arguments.json {
            json::write(&report, arguments.pretty, threads, out)
        } else if arguments.json_lines {
            json::write_lines(&report, threads, out)
        } else {
            let style = text::Style {
                palette: palette(arguments.color),
                most_rows: arguments.limit,
                width: width(None),
                voices: arguments.listening.is_wanted(),
            };
            text::write(&report, style, out)
        }
    })?;
    let matched =
        arguments.fail_on.is_some_and(|severity| context.worst_finding() >= Some(severity.into()));
    Ok(ended(&end, if matched { ExitCode::from(MATCHED) } else { SUCCESS }))
}
