//! Standard output and standard error, and what their state means for the exit status.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::process::ExitCode;

use super::cli::Color;
use super::drive::End;
use super::interrupt::INTERRUPTED;
use crate::view::terminal::{Palette, safe};

/// Read to the end.
pub(super) const SUCCESS: ExitCode = ExitCode::SUCCESS;

/// Why a command did not do what it should.
#[derive(Debug)]
pub(super) enum Failure {
    /// The reader of our output has gone.
    BrokenPipe,
    /// What the user asked for cannot be, in one line.
    Usage(String),
    /// Something else, in one line.
    Fault(String),
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Self::BrokenPipe,
            _ => Self::Fault(format!("standard output: {error}")),
        }
    }
}

/// Bytes written at once.
const BUFFER: usize = 64 << 10;

/// Writes to standard output through a buffer.
pub(super) fn to_stdout(
    write: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> Result<(), Failure> {
    let lock = io::stdout().lock();
    let out = unlined(lock)?;
    let mut out = BufWriter::with_capacity(BUFFER, out);
    write(&mut out)?;
    out.flush()?;
    Ok(())
}

/// Standard output without the search for the last line end in all that is
/// written, which a document of one line has to be spared.
#[cfg(unix)]
fn unlined(mut lock: StdoutLock<'static>) -> io::Result<Box<dyn Write>> {
    use std::os::fd::AsFd;
    lock.flush()?;
    // Where it is closed, what is written to it is dropped, as for the lock.
    Ok(match lock.as_fd().try_clone_to_owned() {
        Ok(own) => Box::new(std::fs::File::from(own)),
        Err(_) => Box::new(lock),
    })
}

#[cfg(not(unix))]
fn unlined(lock: StdoutLock<'static>) -> io::Result<Box<dyn Write>> {
    Ok(Box::new(lock))
}

/// Says what is wrong on standard error.
pub(super) fn say(message: &str) {
    // Nothing is left to do when standard error is gone too.
    let _ = writeln!(io::stderr(), "siplens: {}", safe(message));
}

/// Says on standard error what is not wrong but good to know.
pub(super) fn note(message: &str) {
    let _ = writeln!(io::stderr(), "siplens: note: {}", safe(message));
}

/// Says what was wrong with the inputs, and returns the exit status: `read` if
/// nothing was.
pub(super) fn ended(end: &End, read: ExitCode) -> ExitCode {
    match end {
        End::Whole => read,
        End::Interrupted => ExitCode::from(INTERRUPTED),
        End::Faults(faults) => {
            for fault in faults {
                say(fault);
            }
            ExitCode::FAILURE
        }
    }
}

/// Says what is wrong; exit status 1.
pub(super) fn fail(message: &str) -> ExitCode {
    say(message);
    ExitCode::FAILURE
}

/// The colours that standard output takes.
pub(super) fn palette(color: Color) -> Palette {
    let colour = match color {
        Color::Always => true,
        Color::Never => false,
        // Knows NO_COLOR, CLICOLOR, TERM=dumb and whether it is a terminal.
        Color::Auto => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
    };
    Palette { colour }
}

/// Columns written in where standard output is no terminal.
const WIDTH: usize = 120;

/// Columns to write in: those asked for, else the terminal's, else 120.
pub(super) fn width(asked: Option<usize>) -> usize {
    asked.or_else(terminal_width).unwrap_or(WIDTH)
}

/// Columns of the terminal that standard output is, if it is one.
pub(super) fn terminal_width() -> Option<usize> {
    let (width, _) = io::stdout().is_terminal().then(terminal_size::terminal_size)??;
    Some(usize::from(width.0))
}
