//! Standard input, which may be told to end while it is waited for.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Standard input. It ends when its writer does, or when it is told to.
#[derive(Clone, Debug, Default)]
pub struct StandardInput {
    stop: Arc<AtomicBool>,
}

impl StandardInput {
    /// Standard input that ends once `stop` is set, also while nothing comes.
    pub fn until(stop: Arc<AtomicBool>) -> Self {
        Self { stop }
    }
}

impl Read for StandardInput {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while !self.stop.load(Ordering::Relaxed) {
            if waiting::has_bytes()? {
                return waiting::read(into);
            }
        }
        Ok(0)
    }
}

#[cfg(unix)]
mod waiting {
    use std::io;

    use rustix::event::{PollFd, PollFlags, Timespec, poll};

    /// How long to wait before looking whether to stop.
    const WAIT: Timespec = Timespec { tv_sec: 0, tv_nsec: 100_000_000 };

    /// Whether there are bytes, or the end; waits a little for them.
    pub(super) fn has_bytes() -> io::Result<bool> {
        let input = io::stdin();
        let mut fds = [PollFd::new(&input, PollFlags::IN)];
        match poll(&mut fds, Some(&WAIT)) {
            Ok(ready) => Ok(ready > 0),
            // A signal, perhaps the one that says to stop.
            Err(rustix::io::Errno::INTR) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads what there is, past the buffer that the standard library keeps: of
    /// bytes in that buffer `has_bytes` would not know.
    pub(super) fn read(into: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::read(io::stdin(), into)?)
    }
}

#[cfg(not(unix))]
mod waiting {
    use std::io::{self, Read as _};

    pub(super) fn has_bytes() -> io::Result<bool> {
        Ok(true)
    }

    pub(super) fn read(into: &mut [u8]) -> io::Result<usize> {
        io::stdin().read(into)
    }
}
