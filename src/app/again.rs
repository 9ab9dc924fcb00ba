//! The frames of inputs that were read before, for what the engine does not keep.

use super::drive;
use super::frames::Frames;
use super::input::Input as Arguments;
use super::interrupt::Interrupt;
use super::output::Failure;
use crate::base::frame::Frame;
use crate::source::{FileSource, Folders, Merged, Source, StandardInput, Step};

/// Says so if the inputs cannot be read twice.
///
/// # Errors
///
/// Standard input is among them, or they are still growing.
pub(super) fn possible(arguments: &Arguments, what: &str) -> Result<(), Failure> {
    if arguments.files.iter().any(|path| path.as_os_str() == "-") {
        let why = "reads its input twice, which standard input cannot be; save it to a file first";
        return Err(Failure::Usage(format!("{what} {why}")));
    }
    if arguments.follow {
        let why = "reads its input twice, which a growing file cannot be";
        return Err(Failure::Usage(format!("{what} {why}: leave --follow out")));
    }
    Ok(())
}

/// Gives each frame to `take` once more, in the order of the first reading and
/// with its selection. A fault of an input ends it silently: it was said at
/// the first reading.
///
/// # Errors
///
/// An input is gone, or the user asked to stop.
pub(super) fn frames(
    arguments: &Arguments,
    take: impl FnMut(&Frame<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    frames_until(arguments, &Interrupt::listen(), take)
}

/// The same, until `interrupt` is asked.
///
/// # Errors
///
/// As [`frames`], and those of `take`.
pub(super) fn frames_until(
    arguments: &Arguments,
    interrupt: &Interrupt,
    mut take: impl FnMut(&Frame<'_>) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let fault = |error: crate::source::SourceError| Failure::Fault(error.to_string());
    let mut source: Box<dyn Source> = match &arguments.files[..] {
        [path] if path.is_file() => Box::new(FileSource::open(path, 0).map_err(fault)?),
        paths => {
            let folders = if arguments.recursive { Folders::Recursive } else { Folders::Flat };
            let standard_input = StandardInput::until(interrupt.flag());
            Box::new(Merged::open_with(paths, folders, standard_input).map_err(fault)?)
        }
    };
    let mut frames = Frames::new(arguments)?;
    loop {
        if interrupt.is_asked() {
            return Err(Failure::Fault(drive::STOPPED.to_owned()));
        }
        match source.next_frame() {
            Ok(Step::Frame(frame)) => {
                if let Some(frame) = frames.take(&frame) {
                    take(&frame)?;
                }
            }
            Ok(Step::Idle) | Err(_) => {}
            Ok(Step::End) => return Ok(()),
        }
    }
}
