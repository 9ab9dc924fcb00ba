//! Standard input, kept on disk for as long as it is read more than once.

use std::fs::{self, OpenOptions};
use std::io::{self, Read, Write};
use std::path::PathBuf;

use crate::app::input::Input;
use crate::app::output::Failure;

/// A file that goes when this does.
pub(super) struct Spooled {
    path: PathBuf,
}

impl Drop for Spooled {
    fn drop(&mut self) {
        // Nobody else knows of it.
        let _ = fs::remove_file(&self.path);
    }
}

/// The inputs with a file in place of standard input, if that is one of them.
///
/// # Errors
///
/// Standard input has more than `most` bytes, or cannot be kept.
pub(super) fn spooled(input: &Input, most: u64) -> Result<(Input, Option<Spooled>), Failure> {
    let mut input = input.clone();
    let Some(file) = input.files.iter_mut().find(|file| file.as_os_str() == "-") else {
        return Ok((input, None));
    };
    let path = std::env::temp_dir().join(format!("siplens-{}.spool", std::process::id()));
    let fault = |error: io::Error| Failure::Fault(format!("{}: {error}", path.display()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    // Captures are private.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut out = options.open(&path).map_err(fault)?;
    let spooled = Spooled { path: path.clone() };
    let mut standard_input = io::stdin().lock();
    let copied = io::copy(&mut standard_input.by_ref().take(most), &mut out).map_err(fault)?;
    if copied == most && standard_input.read(&mut [0]).map_err(fault)? > 0 {
        return Err(Failure::Fault(format!(
            "-: extract reads a capture several times, and standard input has more than {most} \
             bytes to keep for that; save it to a file, or raise --spool-limit"
        )));
    }
    out.flush().map_err(fault)?;
    file.clone_from(&path);
    Ok((input, Some(spooled)))
}
