//! Reading within an amount of memory: what is over leaves the engine in parts.

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::drive::{Drive, Sink, Threads};
use super::output::{Failure, say};
use super::pipeline::{self, Intake};
use super::{parallel, select};
use crate::base::frame::Frame;
use crate::base::limits::Limits;
use crate::base::time::{Span, Timestamp};
use crate::engine::{Retirement, Snapshot, Whole};
use crate::query::Filter;
use crate::query::calls::Calls;
use crate::report::build::InputProblem;
use crate::report::{Context, Options, Totals};
use crate::source::Progress;

/// An amount of memory.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Size(pub(super) usize);

/// The code of the problem that calls are in no list.
pub(super) const NOT_LISTED: &str = "memory.not-listed";
/// Less than this is not enough for anything.
const LEAST: usize = 64 << 20;
/// What the program takes whatever it reads: chunks on their way, rows being written, tables
/// that are small, and what the allocator has not given back yet.
const FIXED: usize = 52 << 20;
/// The same, for more threads than one; what more of them take is in the rest of what is allowed.
const MORE: usize = 28 << 20;
/// What is allowed for each thread: it holds chunks, rows that wait to be written, and what the
/// allocator has not given back yet.
const THREAD: usize = 64 << 20;
/// What of the rest of the memory allowed the engine may use for what is alive: the rest is
/// for what is under way, a part that leaves and its rows.
const ENGINE: Share = Share(2, 5);
/// What of that is in use when what is over begins to leave.
const BEGIN: Share = Share(1, 2);
/// The same, in bytes, where what is over leaves though any amount is allowed.
const EASY: usize = 64 << 20;
/// The same, of what was in use after it left the last time.
const AGAIN: Share = Share(5, 4);
/// What a frame may take at most, about: when to look again.
const FRAME: usize = 4 << 10;
/// Frames after which is looked at the earliest.
const OFTEN: usize = 4_096;
/// How long something over is kept when memory is short.
const SHORT: Span = Span::from_secs(5);
/// Where memory is short it is not looked more often than that, in capture time, for what is
/// over and is little.
const GATHER: Span = Span::from_secs(60);
/// What writing columns takes: code and tables of the library that does, and a row group
/// while it is compressed.
const COLUMNS: usize = 64 << 20;
/// Bytes of what is allowed for each row of a table that is held until it is written.
const PER_ROW: usize = 8 << 10;
/// The same, for each address of which is told what it does.
const PER_ENDPOINT: usize = 16 << 10;
/// The same, for each possible stream of too few packets.
const CANDIDATE: usize = 16 << 10;
/// The same, for each packet that waits for its clock.
const HELD: usize = 1 << 10;
/// The same, for each voice quality report.
const REPORT: usize = 16 << 10;

/// A part of something.
struct Share(usize, usize);

impl Share {
    const fn of(&self, whole: usize) -> usize {
        whole / self.1 * self.0
    }
}

impl Size {
    /// Reads `500M`, `2G`, `500MB` or a number of bytes.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let factor: f64 = match unit.trim().to_ascii_lowercase().as_str() {
            "" | "b" => 1.0,
            "k" | "kib" => f64::from(1 << 10),
            "m" | "mib" => f64::from(1 << 20),
            "g" | "gib" => f64::from(1 << 30),
            "kb" => 1e3,
            "mb" => 1e6,
            "gb" => 1e9,
            _ => return Err("expected a size such as 500M, 2G or 500MB".to_owned()),
        };
        let number: f64 = number.parse().map_err(|_| "expected a size such as 500M".to_owned())?;
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a float becomes the nearest integer it can"
        )]
        let bytes = (number * factor) as usize;
        if bytes < LEAST {
            return Err(format!("less than {} MiB is not enough", LEAST >> 20));
        }
        Ok(Self(bytes))
    }

    /// What is left of it where columns are written.
    ///
    /// # Errors
    /// Too little.
    pub(super) fn less_columns(self) -> Result<Self, Failure> {
        let left = self.0.saturating_sub(COLUMNS);
        if left >= LEAST {
            return Ok(Self(left));
        }
        let (size, least) = (self.0 >> 20, (LEAST + COLUMNS) >> 20);
        Err(Failure::Usage(format!(
            "--max-memory: {size} MiB is not enough for Parquet, Arrow and SQL, which take {least}; CSV and NDJSON \
             take {}",
            LEAST >> 20
        )))
    }

    /// Rows of tables that may be held until they are written.
    pub(super) const fn rows(self) -> usize {
        self.0 / PER_ROW
    }

    /// How many threads this is enough for.
    pub(super) fn threads(self) -> NonZeroUsize {
        NonZeroUsize::new(self.0 / THREAD).unwrap_or(NonZeroUsize::MIN)
    }

    /// Limits the tables that grow with who is seen, not with what is alive.
    pub(super) fn limit(self, limits: &mut Limits) {
        limits.endpoints = limits.endpoints.min(self.0 / PER_ENDPOINT);
        limits.links = limits.links.min(self.0 / PER_ENDPOINT * 2);
        limits.tcp_total = limits.tcp_total.min(self.0 / 8);
        limits.fragment_bytes = limits.fragment_bytes.min(self.0 / 16);
        limits.candidates = limits.candidates.min(self.0 / CANDIDATE);
        limits.held_packets = limits.held_packets.min(self.0 / HELD);
        limits.vq_reports = limits.vq_reports.min(self.0 / REPORT);
    }
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} MiB", self.0 >> 20)
    }
}

/// Who takes the rows of what leaves. Its figures are kept for the summary.
pub(super) trait Parts {
    /// Takes a part; whether its rows are told.
    ///
    /// # Errors
    /// Those of where the rows go.
    fn part(&mut self, context: &Context<'_>) -> Result<bool, Failure>;

    /// The calls that the user asked for.
    fn only(&self) -> Option<&Filter<Calls>> {
        None
    }
}

/// Nobody: the rows are not told.
impl Parts for () {
    fn part(&mut self, _: &Context<'_>) -> Result<bool, Failure> {
        Ok(false)
    }
}

/// Keeps an engine within an amount of memory.
pub(super) struct Keeper<'p> {
    /// Bytes that the engine may use.
    most: usize,
    /// Bytes in use when what is over begins to leave.
    begin: usize,
    /// What is allowed; `None` for any amount.
    size: Option<Size>,
    parts: &'p mut dyn Parts,
    /// Threads that look for what is wrong with what leaves.
    threads: NonZeroUsize,
    totals: Totals,
    /// Frames until is looked again.
    frames: usize,
    /// Bytes in use after something left the last time.
    after: usize,
    /// Rows of calls that are told nowhere.
    untold: u64,
    any: bool,
    /// What ended the reading.
    failure: Option<Failure>,
}

impl<'p> Keeper<'p> {
    /// Within that amount; from now on the whole program has small pages.
    pub(super) fn new(size: Size, limits: &Limits, parts: &'p mut dyn Parts) -> Self {
        use_small_pages();
        // Whether there may be others, not whether there are: the answer does not depend on them.
        let others = if size.threads() > NonZeroUsize::MIN { MORE } else { 0 };
        let most = ENGINE.of(size.0.saturating_sub(FIXED + others));
        Self::of(most, BEGIN.of(most), Some(size), limits, parts)
    }

    /// With that many threads.
    pub(super) fn with_threads(self, threads: NonZeroUsize) -> Self {
        Self { threads, ..self }
    }

    /// Lets leave what is over, whatever amount is allowed.
    pub(super) fn gradual(size: Option<Size>, limits: &Limits, parts: &'p mut dyn Parts) -> Self {
        match size {
            Some(size) => Self::new(size, limits, parts),
            None => Self::of(usize::MAX, EASY, None, limits, parts),
        }
    }

    fn of(
        most: usize,
        begin: usize,
        size: Option<Size>,
        limits: &Limits,
        parts: &'p mut dyn Parts,
    ) -> Self {
        Self {
            most,
            begin,
            size,
            parts,
            threads: NonZeroUsize::MIN,
            totals: Totals::new(limits),
            frames: OFTEN,
            after: 0,
            untold: 0,
            any: false,
            failure: None,
        }
    }

    /// A frame has been read.
    #[inline]
    pub(super) fn frame(&mut self) {
        self.frames = self.frames.saturating_sub(1);
    }

    /// Whether to [`keep`](Self::keep).
    #[inline]
    pub(super) const fn is_due(&self) -> bool {
        self.frames == 0
    }

    /// Does what [`look`](Self::look) does; whether the reading goes on.
    pub(super) fn keep(&mut self, engine: &mut Whole<'_>, options: &dyn Fn() -> Options) -> bool {
        self.failure = self.look(engine, options).err();
        self.failure.is_none()
    }

    /// Looks how much is in use, and lets leave what is over when it is much, and
    /// what is not over when it is too much.
    fn look(
        &mut self,
        engine: &mut Whole<'_>,
        options: &dyn Fn() -> Options,
    ) -> Result<(), Failure> {
        let mut bytes = engine.bytes();
        let is_much = bytes > self.begin && bytes > AGAIN.of(self.after);
        if is_much || bytes > self.most {
            // When it is too much, what is over leaves first anyway.
            let gather = if bytes > self.most { GATHER } else { Span::ZERO };
            let retirement = Retirement { gather, ..Retirement::default() };
            bytes = self.leave(engine.retire(&retirement), engine, bytes, options)?;
            let short =
                Retirement { linger: SHORT, stream_idle: SHORT, patience: SHORT, ..retirement };
            while bytes > self.most
                && let Some(left) = engine.evict(self.most, &short)
            {
                bytes = self.leave(Some(left), engine, bytes, options)?;
            }
            self.after = bytes;
        }
        let until = match self.size {
            Some(_) => self.most,
            None => self.begin.max(AGAIN.of(self.after)),
        };
        self.frames = (until.saturating_sub(bytes) / FRAME).max(OFTEN);
        Ok(())
    }

    /// Tells what leaves; the bytes in use then.
    fn leave(
        &mut self,
        left: Option<Snapshot>,
        engine: &Whole<'_>,
        bytes: usize,
        options: &dyn Fn() -> Options,
    ) -> Result<usize, Failure> {
        let Some(left) = left else { return Ok(bytes) };
        self.any = true;
        let options = Options { findings_before: self.totals.findings(), ..options() };
        let options = select::narrowed(&left, options, self.parts.only());
        let context = parallel::context(&left, &options, self.threads);
        let calls = context.calls().len() as u64;
        if !self.parts.part(&context)? {
            self.untold += calls;
        }
        self.totals.add(&context);
        Ok(engine.bytes())
    }

    /// What is to be told of all when the last report is made.
    ///
    /// # Errors
    /// What ended the reading early.
    pub(super) fn end(self, options: &mut Options) -> Result<(), Failure> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        if !self.any {
            return Ok(());
        }
        if let (1.., Some(size)) = (self.untold, self.size) {
            options.problems.push(InputProblem {
                code: NOT_LISTED.to_owned(),
                count: self.untold,
                first_frame: None,
                text: format!(
                    "calls that left to stay within {size}: they are in the figures and in no list"
                ),
            });
        }
        options.findings_before = self.totals.findings();
        options.totals = Some(Arc::new(self.totals));
        Ok(())
    }

    /// What is known of all so far, for a report of what is alive.
    #[cfg(feature = "tui")]
    pub(super) fn so_far(&self, options: Options) -> Options {
        let totals = self.any.then(|| Arc::new(self.totals.clone()));
        Options { findings_before: self.totals.findings(), totals, ..options }
    }
}

/// From now on the kernel hands out memory in small pages. The allocator asks for huge ones,
/// with which what is half used counts as used.
fn use_small_pages() {
    // Where it is refused more memory is taken than allowed, and nothing else is wrong.
    #[cfg(target_os = "linux")]
    let _ = rustix::thread::disable_transparent_huge_pages(true);
}

/// On several threads, and kept within an amount of memory.
pub(super) struct Bounded<'k, 'p> {
    pub(super) threads: Threads,
    pub(super) keeper: &'k mut Keeper<'p>,
}

/// Where its frames go.
struct Kept<'i, 'w, 'k, 'p> {
    intake: &'i mut Intake<'w>,
    keeper: &'k mut Keeper<'p>,
}

impl Sink for Kept<'_, '_, '_, '_> {
    fn frame(&mut self, frame: &Frame<'_>, left_out: bool) -> bool {
        if !left_out {
            self.intake.take(frame);
        }
        self.keeper.frame();
        self.keeper.is_due()
    }

    fn idle(&mut self) {
        self.intake.flush();
    }

    fn time(&mut self, at: Timestamp) {
        self.intake.handle_time(at);
    }

    fn look(&mut self, _: Progress, options: &dyn Fn() -> Options) -> bool {
        // Also asked when nothing has come for a while: then it is not due.
        !self.keeper.is_due() || self.intake.at_rest(|whole| self.keeper.keep(whole, options))
    }
}

impl Drive for Bounded<'_, '_> {
    fn drive(self, read: impl FnOnce(&mut dyn Sink) -> bool) -> (bool, Snapshot) {
        let Self { threads: Threads { settings, wanted, count }, keeper } = self;
        pipeline::drive(settings, wanted, count, |intake| read(&mut Kept { intake, keeper }))
    }
}

/// Says on standard error what rows lack because memory did not suffice, if so.
pub(super) fn say_torn(snapshot: &Snapshot) {
    let count = |code: &str| {
        let mut problems = snapshot.counters.occurred();
        problems.find(|(reason, _)| reason.code() == code).map_or(0, |(_, problem)| problem.count)
    };
    let calls = count("track.conversation-evicted");
    if calls > 0 {
        let messages = count("track.evicted-messages") + count("track.late-messages");
        say(&format!(
            "{calls} calls and other conversations were told before they were over, to stay within the memory \
             allowed: {messages} messages of them are in no row, and in the counts of calls only"
        ));
    }
}

/// Says on standard error that calls are in no list, if so.
pub(super) fn say_untold(options: &Options) {
    let untold = options.problems.iter().find(|problem| problem.code == NOT_LISTED);
    if let Some(InputProblem { count, text, .. }) = untold {
        say(&format!("{count} {text}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_take_more_than_lines() {
        let left = |text: &str| Size::parse(text).unwrap().less_columns();
        assert!(matches!(left("128M"), Ok(Size(size)) if size == LEAST));
        let Err(Failure::Usage(message)) = left("100M") else { panic!("100M is enough") };
        assert!(message.contains("100 MiB is not enough"), "{message}");
    }

    #[test]
    fn little_memory_is_for_few_threads() {
        let threads = |text: &str| Size::parse(text).unwrap().threads().get();
        assert_eq!(["64M", "100M", "128M", "1G"].map(threads), [1, 1, 2, 16]);
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        let size = |text: &str| Size::parse(text).map(|size| size.0);
        assert_eq!(size("500M"), Ok(500 << 20));
        assert_eq!(size("1.5g"), Ok(3 << 29));
        assert_eq!(size("500MB"), Ok(500_000_000));
        assert_eq!(size("512MiB"), Ok(512 << 20));
        assert_eq!(size("80000000"), Ok(80_000_000));
        for text in ["1M", "much", "", "5 elephants"] {
            assert!(size(text).is_err(), "{text}");
        }
    }
}
