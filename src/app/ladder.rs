//! `siplens ladder`: call flows as text.

use std::process::ExitCode;

use super::cli::Ladder;
use super::drive::{self, Reading};
use super::output::{Failure, SUCCESS, ended, fail, palette, to_stdout, width};
use super::select;
use crate::report::Context;
use crate::report::ladder::ladder;
use crate::view::ladder::{Style, write};

pub(super) fn run(arguments: &Ladder) -> Result<ExitCode, Failure> {
    let Reading { snapshot, options, end } = drive::read(&arguments.input)?;
    let context = Context::new(&snapshot, &options);
    let chosen = select::conversations(&snapshot, &context, &arguments.call, arguments.all);
    if chosen.is_empty() && !arguments.call.is_empty() {
        let what = arguments.call.join(", ");
        return Ok(fail(&format!("{}: no call matches {what}", arguments.input.names())));
    }
    let style = Style {
        palette: palette(arguments.color),
        ascii: arguments.ascii,
        width: width(arguments.width),
    };
    to_stdout(|out| {
        if chosen.is_empty() {
            return writeln!(out, "No calls.");
        }
        for (index, id) in chosen.iter().enumerate() {
            if index > 0 {
                writeln!(out)?;
            }
            if let Some(ladder) = ladder(&context, *id) {
                write(&ladder, style, out)?;
            }
        }
        Ok(())
    })?;
    Ok(ended(&end, SUCCESS))
}
