//! Ctrl-C: the first ends the reading, a second one the program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGINT, SIGTERM};

/// Exit status of a program that Ctrl-C ended, as shells have it.
pub(super) const INTERRUPTED: u8 = 130;

/// Whether the user asked to stop.
#[derive(Clone, Debug)]
pub(super) struct Interrupt {
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens for Ctrl-C and for a request to terminate. Where the system
    /// does not let us, they end the program as they would without us.
    pub(super) fn listen() -> Self {
        let asked = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM] {
            // In this order: the second signal finds the flag set.
            let ends = i32::from(INTERRUPTED);
            let _ = signal_hook::flag::register_conditional_shutdown(signal, ends, asked.clone());
            let _ = signal_hook::flag::register(signal, asked.clone());
        }
        Self { asked }
    }

    /// Listens to nothing but `asked`, which someone else sets.
    #[cfg(feature = "tui")]
    pub(super) const fn by(asked: Arc<AtomicBool>) -> Self {
        Self { asked }
    }

    /// Whether the user asked to stop.
    #[inline]
    pub(super) fn is_asked(&self) -> bool {
        self.asked.load(Ordering::Relaxed)
    }

    /// What is set when the user asks.
    pub(super) fn flag(&self) -> Arc<AtomicBool> {
        self.asked.clone()
    }
}
