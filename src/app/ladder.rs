//! `siplens ladder`: call flows as text, pictures, Mermaid or JSON.

use std::path::Path;
use std::process::ExitCode;

use super::cli::{Ladder as Arguments, LadderFormat};
use super::drive::{self, Reading};
use super::output::{Failure, SUCCESS, ended, fail, palette, width};
use super::{parallel, save, select};
use crate::report::ladder::{Ladder, ladder};
use crate::view::ladder::Style;
use crate::view::terminal::Palette;
use crate::view::{json, ladder as text, mermaid, svg};

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    let Reading { snapshot, options, end } = drive::read(&arguments.input)?;
    let context = parallel::context(&snapshot, &options, arguments.input.threads());
    let chosen = select::conversations(&snapshot, &context, &arguments.call, arguments.all);
    let chosen = select::calls_where(&context, chosen, arguments.only.as_ref());
    if chosen.is_empty() && !arguments.call.is_empty() {
        let what = arguments.call.join(", ");
        return Ok(fail(&format!("{}: no call matches {what}", arguments.input.names())));
    }
    let ladders = chosen.iter().filter_map(|id| ladder(&context, *id));
    match folder(arguments) {
        Some(folder) => each_to_folder(arguments, folder, ladders)?,
        None => to_one(arguments, chosen.len(), ladders)?,
    }
    Ok(ended(&end, SUCCESS))
}

/// The folder to write to, if the user names one: it exists, or ends as folders do.
fn folder(arguments: &Arguments) -> Option<&Path> {
    let output = arguments.output.as_deref()?;
    let named = output.as_os_str().to_string_lossy().ends_with(std::path::is_separator);
    (named || output.is_dir()).then_some(output)
}

/// Writes each ladder to a file named after it: `call-1.svg`.
fn each_to_folder(
    arguments: &Arguments,
    folder: &Path,
    ladders: impl Iterator<Item = Ladder>,
) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::Fault(format!("{}: {error}", folder.display())))?;
    for ladder in ladders {
        let ending = match arguments.format {
            LadderFormat::Text => "txt",
            LadderFormat::Svg => "svg",
            LadderFormat::Mermaid => "mmd",
            LadderFormat::Json => "json",
        };
        let path = folder.join(format!("{}.{ending}", ladder.name));
        save::write(Some(&path), &arguments.input.files, |out| match arguments.format {
            LadderFormat::Text => text::write(&ladder, style(arguments), out),
            LadderFormat::Svg => svg::write(&ladder, out),
            LadderFormat::Mermaid => mermaid::write(&ladder, out),
            LadderFormat::Json => json::write_ladders(vec![ladder], out),
        })?;
    }
    Ok(())
}

/// Writes all ladders to one file, or to standard output.
fn to_one(
    arguments: &Arguments,
    count: usize,
    mut ladders: impl Iterator<Item = Ladder>,
) -> Result<(), Failure> {
    let one_each = matches!(arguments.format, LadderFormat::Svg | LadderFormat::Mermaid);
    if one_each && count != 1 {
        let why = if count == 0 {
            "there is no call to draw".to_owned()
        } else {
            format!(
                "{count} ladders, and this format holds one: choose it with --call, \
                 or write them to a folder (--output FOLDER/)"
            )
        };
        return Err(Failure::Fault(format!("{}: {why}", arguments.input.names())));
    }
    save::write(arguments.output.as_deref(), &arguments.input.files, |out| match arguments.format {
        LadderFormat::Text => {
            let mut first = true;
            for ladder in ladders {
                if !std::mem::take(&mut first) {
                    writeln!(out)?;
                }
                text::write(&ladder, style(arguments), out)?;
            }
            if first { writeln!(out, "No calls.") } else { Ok(()) }
        }
        LadderFormat::Svg => ladders.next().map_or(Ok(()), |ladder| svg::write(&ladder, out)),
        LadderFormat::Mermaid => {
            ladders.next().map_or(Ok(()), |ladder| mermaid::write(&ladder, out))
        }
        LadderFormat::Json => json::write_ladders(ladders.collect(), out),
    })
}

/// How text is drawn: a file takes no colours but those asked for.
fn style(arguments: &Arguments) -> Style {
    let to_file = arguments.output.as_ref().is_some_and(|path| path.as_os_str() != "-");
    let palette = match arguments.color {
        super::cli::Color::Auto if to_file => Palette { colour: false },
        color => palette(color),
    };
    let width = if to_file { arguments.width.unwrap_or(120) } else { width(arguments.width) };
    Style { palette, ascii: arguments.ascii, width }
}
