//! `--print`: a line for each SIP message, as it comes.

use std::io::Write;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

use super::observe::{Tap, Tick};
use crate::app::cli::Color;
use crate::app::output::{Failure, palette};
use crate::base::frame::Frame;
use crate::base::limits::Limits;
use crate::engine::messages::{Found, Messages};
use crate::report::build::InputProblem;
use crate::report::time::Resolution;
use crate::view::terminal::{Palette, Tone, safe};

/// Texts of lines that wait to be written.
const QUEUE: usize = 256;
/// A text of so many bytes is handed over.
const TEXT: usize = 8 << 10;
const DIGITS: Resolution = Resolution(6);

/// Prints messages.
pub(super) struct Print {
    messages: Messages,
    palette: Palette,
    text: String,
    to: Option<SyncSender<String>>,
    thread: Option<JoinHandle<()>>,
    /// Lines that came faster than they were read.
    lost: u64,
    /// Lines that could not be written, because their reader has gone.
    unread: Arc<AtomicU64>,
}

impl Print {
    /// Begins to print.
    ///
    /// # Errors
    ///
    /// There is no thread for it.
    pub(super) fn begin(limits: Limits) -> Result<Self, Failure> {
        let (to, from) = sync_channel::<String>(QUEUE);
        let unread = Arc::new(AtomicU64::new(0));
        let counted = unread.clone();
        let thread = std::thread::Builder::new().name("printing".to_owned()).spawn(move || {
            let mut out = std::io::stdout().lock();
            while let Ok(text) = from.recv() {
                if out.write_all(text.as_bytes()).and_then(|()| out.flush()).is_err() {
                    counted.fetch_add(1, Ordering::Relaxed);
                    return;
                }
            }
        });
        let thread = thread.map_err(|error| Failure::Fault(format!("no thread: {error}")))?;
        Ok(Self {
            messages: Messages::new(limits),
            palette: palette(Color::Auto),
            text: String::new(),
            to: Some(to),
            thread: Some(thread),
            lost: 0,
            unread,
        })
    }

    fn hand_over(&mut self) {
        if self.text.is_empty() {
            return;
        }
        let text = std::mem::take(&mut self.text);
        let lines = text.lines().count() as u64;
        let sent = self.to.as_ref().is_some_and(|to| to.try_send(text).is_ok());
        self.lost += if sent { 0 } else { lines };
    }
}

impl Tap for Print {
    fn frame(&mut self, frame: &Frame<'_>) {
        let (text, palette) = (&mut self.text, self.palette);
        self.messages.push(frame, &mut |found| line(found, palette, text));
        if self.text.len() >= TEXT {
            self.hand_over();
        }
    }

    fn idle(&mut self) {
        self.hand_over();
    }

    fn tick(&mut self, _: &Tick) {
        self.hand_over();
    }

    fn end(&mut self) {
        let text = std::mem::take(&mut self.text);
        if let Some(to) = self.to.take() {
            let _ = to.send(text);
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }

    fn has_ended(&self) -> bool {
        self.unread.load(Ordering::Relaxed) > 0
    }

    fn problems(&self) -> Vec<InputProblem> {
        let lost = InputProblem {
            code: "print.lost".to_owned(),
            count: self.lost,
            first_frame: None,
            text: "lines of --print were left out: they came faster than they were read".to_owned(),
        };
        if self.lost > 0 { vec![lost] } else { Vec::new() }
    }
}

/// `2026-11-25T08:00:00.123456Z 192.0.2.10:5060 → 198.51.100.20:5060 UDP INVITE sip:bob@biloxi.example  alice → bob  a84b4c76e66710`
fn line(found: &Found<'_>, palette: Palette, out: &mut String) {
    use std::fmt::Write as _;
    let Some(outline) = found.outline() else { return };
    let tone = match outline.status {
        None => Tone::Name,
        Some(100..=199) => Tone::Dim,
        Some(200..=299) => Tone::Good,
        Some(300..=399) => Tone::Warning,
        Some(_) => Tone::Bad,
    };
    let _ = writeln!(
        out,
        "{} {} \u{2192} {} {} {}  {} \u{2192} {}  {}",
        DIGITS.format(found.at),
        found.flow.src,
        found.flow.dst,
        found.transport.name().to_uppercase(),
        palette.paint(tone, safe(&outline.start)),
        safe(&outline.from),
        safe(&outline.to),
        palette.paint(Tone::Dim, safe(&outline.call_id)),
    );
}
