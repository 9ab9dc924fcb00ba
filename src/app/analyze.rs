//! `siplens analyze`: what happened in a capture.

use std::io::Write;
use std::mem::ManuallyDrop;
use std::process::ExitCode;

use super::audio;
use super::cli::Analyze;
use super::drive::{self, Reading};
use super::memory::Parts;
use super::output::{Failure, SUCCESS, ended, palette, to_stdout, width};
use super::rows::RowFiles;
use super::{parallel, select};
use crate::query::Filter;
use crate::query::calls::Calls;
use crate::report::lists::Lists;
use crate::report::{Context, build};
use crate::view::{json, text};

/// Read, and `--fail-on` matched a finding.
const MATCHED: u8 = 3;

/// The rows of what leaves early.
struct Rows<'a> {
    arguments: &'a Analyze,
    /// Those of the document that is written in the end.
    files: Option<RowFiles>,
}

impl Parts for Rows<'_> {
    fn part(&mut self, context: &Context<'_>) -> Result<bool, Failure> {
        let lists = Lists::of(context);
        let threads = self.arguments.input.threads();
        if self.arguments.json {
            let files = match &mut self.files {
                Some(files) => files,
                none => none.insert(RowFiles::new()?),
            };
            files.part(&lists, threads)?;
        } else if self.arguments.json_lines {
            to_stdout(|out| json::write_lines(&lists.calls, threads, out))?;
        }
        Ok(self.arguments.json || self.arguments.json_lines)
    }

    fn only(&self) -> Option<&Filter<Calls>> {
        self.arguments.only.as_ref()
    }
}

pub(super) fn run(arguments: &Analyze) -> Result<ExitCode, Failure> {
    arguments.listening.check(&arguments.input)?;
    let mut rows = Rows { arguments, files: None };
    let Reading { mut snapshot, options, end } = drive::read_in_parts(&arguments.input, &mut rows)?;
    audio::listen(&arguments.input, arguments.listening, &mut snapshot)?;
    // With the program its memory goes as a whole, sooner than piece by piece.
    let snapshot = ManuallyDrop::new(snapshot);
    let options = select::narrowed(&snapshot, options, arguments.only.as_ref());
    let context = parallel::whole_context(&snapshot, &options, arguments.input.threads());
    let report = build(&context);
    let threads = arguments.input.threads();
    let write = |out: &mut dyn Write| match rows.files {
        Some(files) => files.finish(&report, threads, out),
        None => json::write(&report, arguments.pretty, threads, out),
    };
    to_stdout(|out| {
        if arguments.json {
            write(out)
        } else if arguments.json_lines {
            json::write_lines(&report.calls, threads, out)
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
