//! Frames from the inputs into the engine.

use std::cell::RefCell;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

use super::facts;
use super::frames::Frames;
use super::input::Input as Arguments;
use super::interrupt::Interrupt;
use super::memory::{self, Bounded, Keeper, Parts};
use super::output::Failure;
use super::pipeline::{self, Intake};
use super::progress::Progress;
use crate::base::chunk::Chunk;
use crate::base::frame::Frame;
use crate::base::time::Timestamp;
use crate::engine::{Settings, Snapshot, Wanted};
use crate::report::build::{Input, InputProblem};
use crate::report::stir::Certificates;
use crate::report::{Names, Options};
use crate::source::{FileSource, Folders, Merged, Source, SourceError, StandardInput, Step};

/// How long a file that is followed is left alone when it has no more.
const PAUSE: Duration = Duration::from_millis(100);
/// Faults of inputs that are told apart; of more only the number is kept.
const MOST_FAULTS: usize = 100;
/// What is said of a reading that the user ended.
pub(super) const STOPPED: &str = "the reading was stopped by a signal; what follows was not read";

/// What was read, and what ended the reading early.
pub(super) struct Reading {
    /// Everything that was learned.
    pub(super) snapshot: Snapshot,
    /// The facts of the inputs.
    pub(super) options: Options,
    /// How the reading ended.
    pub(super) end: End,
}

/// How a reading ended.
pub(super) enum End {
    /// With the inputs.
    Whole,
    /// With the user's wish, before their end.
    Interrupted,
    /// With faults of inputs, in one line each; other inputs were read on.
    Faults(Vec<String>),
}

/// What is read of other files than captures, before them.
struct Given {
    names: Names,
    certificates: Certificates,
}

/// Where frames go.
pub(super) trait Sink {
    /// Takes a frame, which is read or was `left_out`; whether to [`look`](Self::look).
    fn frame(&mut self, frame: &Frame<'_>, left_out: bool) -> bool;

    /// A chunk to be filled with the frames that come next, if frames are taken that way.
    fn chunk(&mut self) -> Option<&mut Chunk> {
        None
    }

    /// The chunk was filled.
    fn filled(&mut self) {}

    /// No more frames come for now.
    fn idle(&mut self) {}

    /// Nothing more came until `at`.
    fn time(&mut self, at: Timestamp);

    /// Looks; whether the reading goes on.
    fn look(&mut self, _progress: crate::source::Progress, _options: &dyn Fn() -> Options) -> bool {
        true
    }
}

impl Sink for Intake<'_> {
    #[inline]
    fn frame(&mut self, frame: &Frame<'_>, left_out: bool) -> bool {
        if !left_out {
            self.take(frame);
        }
        false
    }

    fn chunk(&mut self) -> Option<&mut Chunk> {
        Some(self.next_chunk())
    }

    fn filled(&mut self) {
        self.flush();
    }

    fn idle(&mut self) {
        self.flush();
    }

    fn time(&mut self, at: Timestamp) {
        self.handle_time(at);
    }
}

/// How frames become what was learned.
pub(super) trait Drive {
    /// Puts a sink's frames into an engine: what `read` returned, and what was learned.
    fn drive(self, read: impl FnOnce(&mut dyn Sink) -> bool) -> (bool, Snapshot);
}

/// On several threads.
pub(super) struct Threads {
    pub(super) settings: Settings,
    /// The messages that are kept.
    pub(super) wanted: Option<Wanted>,
    pub(super) count: NonZeroUsize,
}

impl Drive for Threads {
    fn drive(self, read: impl FnOnce(&mut dyn Sink) -> bool) -> (bool, Snapshot) {
        pipeline::drive(self.settings, self.wanted, self.count, |intake| read(intake))
    }
}

/// Reads what the arguments name: each input to its end or its first fault, or
/// until the user asks to stop.
pub(super) fn read(arguments: &Arguments) -> Result<Reading, Failure> {
    let reading = read_in_parts(arguments, &mut ())?;
    memory::say_untold(&reading.options);
    Ok(reading)
}

/// Reads as [`read`] does; rows of what leaves early, to stay within the memory
/// allowed, go to `parts`.
pub(super) fn read_in_parts(
    arguments: &Arguments,
    parts: &mut dyn Parts,
) -> Result<Reading, Failure> {
    read_bounded(arguments, &Interrupt::listen(), arguments.settings(), None, parts)
}

/// Reads for tables: what is over goes to `parts` while the rest is read, whatever
/// memory is allowed, and names are lasting from the beginning.
pub(super) fn read_gradually(
    arguments: &Arguments,
    parts: &mut dyn Parts,
) -> Result<Reading, Failure> {
    let settings = Settings { retires: true, ..arguments.settings() };
    let keeper = Keeper::gradual(arguments.max_memory, &settings.limits, parts);
    let threads = Threads { settings, wanted: None, count: arguments.threads() };
    read_kept(arguments, &Interrupt::listen(), threads, keeper)
}

/// Reads as [`read`] does, with other settings than the arguments', and keeps the
/// messages that are wanted.
pub(super) fn read_wanting(
    arguments: &Arguments,
    interrupt: &Interrupt,
    settings: Settings,
    wanted: Wanted,
) -> Result<Reading, Failure> {
    let reading = read_bounded(arguments, interrupt, settings, Some(wanted), &mut ())?;
    memory::say_untold(&reading.options);
    Ok(reading)
}

/// Reads, within the memory allowed if that is bounded.
fn read_bounded(
    arguments: &Arguments,
    interrupt: &Interrupt,
    settings: Settings,
    wanted: Option<Wanted>,
    parts: &mut dyn Parts,
) -> Result<Reading, Failure> {
    let limits = settings.limits;
    let threads = Threads { settings, wanted, count: arguments.threads() };
    match arguments.max_memory {
        None => read_from(arguments, interrupt, threads),
        Some(size) => read_kept(arguments, interrupt, threads, Keeper::new(size, &limits, parts)),
    }
}

/// Reads while a keeper looks after the engine.
fn read_kept(
    arguments: &Arguments,
    interrupt: &Interrupt,
    threads: Threads,
    keeper: Keeper<'_>,
) -> Result<Reading, Failure> {
    let mut keeper = keeper.with_threads(threads.count);
    let bounded = Bounded { threads, keeper: &mut keeper };
    let mut reading = read_from(arguments, interrupt, bounded)?;
    keeper.end(&mut reading.options)?;
    Ok(reading)
}

/// Reads into whatever drives an engine.
pub(super) fn read_from(
    arguments: &Arguments,
    interrupt: &Interrupt,
    drive: impl Drive,
) -> Result<Reading, Failure> {
    let fault = |error: SourceError| Failure::Fault(error.to_string());
    let standard_input = StandardInput::until(interrupt.flag());
    match &arguments.files[..] {
        [path] if arguments.follow && path.as_os_str() != "-" => {
            let source = FileSource::follow(path, 0).map_err(fault)?;
            pump(source, Vec::new(), arguments, interrupt, drive)
        }
        [path] if path.as_os_str() == "-" => {
            let source = FileSource::standard_input(standard_input, 0).map_err(fault)?;
            pump(source, Vec::new(), arguments, interrupt, drive)
        }
        [path] if path.is_file() => {
            let source = FileSource::open(path, 0).map_err(fault)?;
            pump(source, Vec::new(), arguments, interrupt, drive)
        }
        _ if arguments.follow => Err(Failure::Usage("--follow takes one FILE".to_owned())),
        paths => {
            let folders = if arguments.recursive { Folders::Recursive } else { Folders::Flat };
            let source = Merged::open_with(paths, folders, standard_input).map_err(fault)?;
            let problems = source.problems().iter().map(facts::problem).collect();
            pump(source, problems, arguments, interrupt, drive)
        }
    }
}

/// Opens what the arguments name, to read it once more.
pub(super) fn open(
    arguments: &Arguments,
    interrupt: &Interrupt,
) -> Result<Box<dyn Source>, Failure> {
    let fault = |error: SourceError| Failure::Fault(error.to_string());
    let standard_input = StandardInput::until(interrupt.flag());
    Ok(match &arguments.files[..] {
        [path] if path.as_os_str() == "-" => {
            Box::new(FileSource::standard_input(standard_input, 0).map_err(fault)?)
        }
        [path] if path.is_file() => Box::new(FileSource::open(path, 0).map_err(fault)?),
        paths => {
            let folders = if arguments.recursive { Folders::Recursive } else { Folders::Flat };
            Box::new(Merged::open_with(paths, folders, standard_input).map_err(fault)?)
        }
    })
}

/// Reads a source to its end. `problems` are of its inputs together.
fn pump(
    mut source: impl Source,
    mut problems: Vec<InputProblem>,
    arguments: &Arguments,
    interrupt: &Interrupt,
    drive: impl Drive,
) -> Result<Reading, Failure> {
    let mut frames = Frames::new(arguments)?;
    // Read once: these files do not change with what is captured.
    let given = Given { names: arguments.host_names()?, certificates: arguments.certificates()? };
    let (mut faults, all) = (Vec::new(), frames.are_all());
    let mut progress = Progress::new(!arguments.no_progress);
    let (interrupted, snapshot) = drive.drive(|sink| {
        let mut idle_since: Option<Instant> = None;
        let interrupted = loop {
            if interrupt.is_asked() {
                break true;
            }
            // Nobody looks at single frames: many at once.
            if all
                && let Some(chunk) = sink.chunk()
                && let Some(filled) = source.fill(chunk)
            {
                let count = chunk.len() as u64;
                sink.filled();
                match filled {
                    Ok(()) if count == 0 => break interrupt.is_asked(),
                    Ok(()) => {}
                    Err(error) => faults.push(error),
                }
                if progress.frames(count) {
                    progress.show(&source);
                }
                continue;
            }
            let (look, watched) = match source.next_frame() {
                Ok(Step::Frame(frame)) => {
                    idle_since = None;
                    let watched = if all {
                        sink.frame(&frame, false)
                    } else {
                        let taken = frames.take(&frame);
                        let left_out = taken.is_none();
                        sink.frame(&taken.unwrap_or(frame), left_out)
                    };
                    (progress.frames(1), watched)
                }
                Ok(Step::Idle) => {
                    sink.idle();
                    let since = idle_since.get_or_insert_with(Instant::now);
                    if arguments.idle_limit.is_some_and(|limit| since.elapsed() >= limit) {
                        break false;
                    }
                    std::thread::sleep(PAUSE);
                    (true, true)
                }
                // Standard input ends when the user asks.
                Ok(Step::End) => break interrupt.is_asked(),
                Err(error) => {
                    faults.push(error);
                    (false, false)
                }
            };
            if look {
                progress.show(&source);
            }
            if watched {
                let frames = RefCell::new(&mut frames);
                let options = || {
                    let frames = &mut frames.borrow_mut();
                    options(&source, frames, (arguments, &given), &problems, &faults)
                };
                if !sink.look(source.progress(), &options) {
                    break false;
                }
            }
        };
        // What was not answered until a capture ended was not answered in time.
        if let Some(until) = source.inputs().iter().filter_map(|info| info.until).max() {
            sink.time(until);
        }
        interrupted
    });
    drop(progress);
    if interrupted {
        problems.push(InputProblem {
            code: "file.interrupted".to_owned(),
            count: 1,
            first_frame: None,
            text: STOPPED.to_owned(),
        });
    }
    let options = options(&source, &mut frames, (arguments, &given), &problems, &faults);
    let more = faults.len().saturating_sub(MOST_FAULTS);
    let mut faults: Vec<_> = faults.iter().take(MOST_FAULTS).map(ToString::to_string).collect();
    if more > 0 {
        faults.push(format!("and {more} more inputs with faults"));
    }
    let end = match interrupted {
        _ if !faults.is_empty() => End::Faults(faults),
        // To be stopped is how the reading of a growing file ends.
        true if !arguments.follow => End::Interrupted,
        _ => End::Whole,
    };
    Ok(Reading { snapshot, options, end })
}

/// The facts of the inputs as far as they were read.
fn options(
    source: &impl Source,
    frames: &mut Frames,
    (arguments, given): (&Arguments, &Given),
    problems: &[InputProblem],
    faults: &[SourceError],
) -> Options {
    let infos = source.inputs();
    let mut inputs: Vec<_> = infos.iter().map(|info| facts::input(info)).collect();
    for error in faults {
        if let Some(input) = inputs.get_mut(usize::from(error.input)) {
            input.problems.push(corrupt(error));
        }
    }
    let mut problems: Vec<_> = problems.iter().cloned().chain(frames.problems()).collect();
    if arguments.redaction.hides_names() {
        hide_names(arguments, &mut inputs, &mut problems);
    }
    let mut selection = arguments.selection();
    selection.originals = frames.originals();
    selection.ips.iter_mut().for_each(|ip| *ip = frames.pseudonym(*ip));
    let names = frames.host_names(given.names.clone());
    Options {
        resolution: facts::resolution(&infos),
        inputs,
        problems,
        left_out: frames.left_out(),
        selection,
        names,
        scoring: arguments.quality.scoring(),
        // Of other claims no signature is valid.
        certificates: match arguments.redaction.scope {
            None => given.certificates.clone(),
            Some(_) => Certificates::default(),
        },
        findings_before: 0,
        totals: None,
    }
}

/// Takes the names of files out of what is told of them.
fn hide_names(arguments: &Arguments, inputs: &mut [Input], problems: &mut [InputProblem]) {
    let mut names: Vec<_> =
        arguments.files.iter().map(|file| file.to_string_lossy().into_owned()).collect();
    names.extend(inputs.iter().map(|input| input.row.name.clone()));
    let hide = |problem: &mut InputProblem| {
        for name in names.iter().filter(|name| name.len() > 1) {
            problem.text = problem.text.replace(name.as_str(), "the capture");
        }
    };
    problems.iter_mut().for_each(hide);
    for (number, input) in (1..).zip(inputs) {
        input.row.name = format!("capture-{number}");
        input.problems.iter_mut().for_each(hide);
    }
}

/// A fault that ended its input.
fn corrupt(error: &SourceError) -> InputProblem {
    InputProblem {
        code: "file.corrupt".to_owned(),
        count: 1,
        first_frame: None,
        text: error.to_string(),
    }
}
