//! A bar on the terminal that says how far the reading is.

use std::time::{Duration, Instant};

use indicatif::{
    HumanBytes, HumanCount, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle,
};

use crate::source::{Progress as Read, Source};

/// How long a reading takes before it is worth a bar.
const PATIENCE: Duration = Duration::from_secs(1);
/// Frames between looks at the clock.
const FRAMES: u64 = 4096;
/// How often the bar is drawn anew, per second.
const DRAWN: u8 = 10;

/// The progress of a reading, shown on standard error when that is a terminal
/// and the reading takes longer than a second.
pub(super) struct Progress {
    begun: Instant,
    /// Frames read.
    frames: u64,
    /// The frame at which to look at the clock.
    look_at: u64,
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Begins; without `wanted` nothing is ever shown.
    pub(super) fn new(wanted: bool) -> Self {
        let look_at = if wanted { FRAMES } else { u64::MAX };
        Self { begun: Instant::now(), frames: 0, look_at, bar: None }
    }

    /// Frames of the source have been read; whether to look at the clock.
    #[inline]
    pub(super) fn frames(&mut self, count: u64) -> bool {
        self.frames += count;
        self.frames >= self.look_at
    }

    /// Looks at the clock, and shows how far the source is.
    #[cold]
    pub(super) fn show(&mut self, source: &impl Source) {
        if self.look_at == u64::MAX {
            return;
        }
        self.look_at = self.frames + FRAMES;
        let elapsed = self.begun.elapsed();
        if elapsed < PATIENCE {
            return;
        }
        let Read { read, total } = source.progress();
        let bar = self.bar.get_or_insert_with(|| bar(total, elapsed));
        bar.set_position(read);
        let rate = self.frames as f64 / elapsed.as_secs_f64();
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a rate is small and not negative"
        )]
        let rate = HumanCount(rate as u64);
        bar.set_message(format!("{} packets, {rate}/s", HumanCount(self.frames)));
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `[######      ]  52 %  120 MiB of 230 MiB, 61 MiB/s, 2 s left  1,234,567 packets, 600,000/s`
fn bar(total: Option<u64>, elapsed: Duration) -> ProgressBar {
    let target = ProgressDrawTarget::stderr_with_hz(DRAWN);
    let (bar, template) = match total {
        Some(total) => (
            ProgressBar::with_draw_target(Some(total), target),
            "[{bar:24}] {percent:>3} %  {read} of {all}, {rate}/s, {left} left  {msg}",
        ),
        None => (ProgressBar::with_draw_target(None, target), "{read}, {rate}/s  {msg}"),
    };
    let style = ProgressStyle::with_template(template)
        .unwrap_or_else(|_| ProgressStyle::default_bar())
        .progress_chars("#> ")
        .with_key("read", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{}", HumanBytes(state.pos()));
        })
        .with_key("all", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{}", HumanBytes(state.len().unwrap_or_default()));
        })
        .with_key("rate", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let seconds = state.elapsed().as_secs_f64().max(0.001);
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a rate is small and not negative"
            )]
            let rate = (state.pos() as f64 / seconds) as u64;
            let _ = write!(out, "{}", HumanBytes(rate));
        })
        .with_key("left", |state: &ProgressState, out: &mut dyn std::fmt::Write| {
            let _ = write!(out, "{} s", left(state).as_secs());
        });
    bar.with_style(style).with_elapsed(elapsed)
}

/// The time left at the rate so far.
fn left(state: &ProgressState) -> Duration {
    let (read, all) = (state.pos() as f64, state.len().unwrap_or_default() as f64);
    let seconds = state.elapsed().as_secs_f64() * (all - read).max(0.0) / read.max(1.0);
    Duration::try_from_secs_f64(seconds.ceil()).unwrap_or_default()
}
