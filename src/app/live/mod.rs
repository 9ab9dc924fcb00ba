//! `siplens live`: capture at interfaces, and tell what happens while it does.
//!
//! ```text
//! capture eth0 ─ Batch ─┐
//! capture eth1 ─ Batch ─┼─▶ merge, by time ─ Frame ─┬─▶ taps (recorders, senders)
//! HEP listener ─ Batch ─┘                           └─▶ engine ─ Snapshot ─▶ publishing ─ Publication ─▶ observers
//! ```
//!
//! # How to plug in
//!
//! * **A source of packets** (an interface, a HEP listener) is a thread of its
//!   own with a [`feed::Feed`] from [`feed::Feeds::add`]. It ends when `stop` is
//!   set, after it has sent what came until then. Sockets are opened before
//!   [`privileges::give_up`], threads begin after. See [`capture`].
//! * **Who wants packets** (a recorder, a sender) is an [`observe::Tap`], on the
//!   thread of the engine.
//! * **Who wants to know** (a writer of lines, metrics, an HTTP server, the
//!   terminal interface) is an [`observe::Observer`]: it gets a
//!   [`observe::Publication`] about once a second, whose parts are shared and may
//!   be kept. A server keeps the last one for its own threads.
//! * Arguments go to [`arguments::Arguments`], into a `#[command(flatten)]` of
//!   their own, and what they ask for is put together in [`run`].

mod arguments;
mod capture;
mod export;
mod feed;
mod headless;
#[cfg(feature = "serve")]
mod hep;
mod merge;
#[cfg(feature = "serve")]
mod net;
#[cfg(unix)]
mod notify;
mod observe;
mod print;
mod privileges;
mod publish;
#[cfg(feature = "tui")]
mod recall;
mod record;
#[cfg(feature = "serve")]
mod serve;
mod session;
mod status;

use std::env;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use signal_hook::consts::SIGUSR1;

pub(super) use self::arguments::Arguments;
use self::capture::Interface;
use self::feed::{About, Feeds};
use self::headless::Lines;
use self::observe::Tap;
pub(super) use self::observe::{Observer, Publication};
use self::print::Print;
#[cfg(feature = "tui")]
pub(super) use self::recall::Recall;
pub(super) use self::session::Session;
use super::cli::Color;
use super::interrupt::Interrupt;
use super::output::{Failure, SUCCESS, palette, say, to_stdout, width};
use crate::app::frames::Frames;
use crate::base::limits::Limits;
use crate::engine::{Engine, Settings};
use crate::report::stir::Certificates;
use crate::report::{Options, Totals, build};
use crate::source::live::{Capture, LiveError, devices};
use crate::view::terminal::safe;
use crate::view::{json, text};

/// Least time between two publications.
const INTERVAL: Duration = Duration::from_secs(1);
/// Rows of each table in the report at the end.
const ROWS: usize = 200;

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.list_interfaces {
        return write_interfaces().map(|()| SUCCESS);
    }
    #[cfg(feature = "tui")]
    if arguments.is_quiet() && super::on_terminal() {
        return super::tui::live(arguments);
    }
    let interrupt = Interrupt::listen();
    let session = prepare(arguments, interrupt)?;
    for about in session.sources().iter().filter(|about| about.format == "live") {
        say(&format!("capturing at {}", about.name));
    }
    let last = session.run()?;
    if let Some(last) = last.filter(|_| !arguments.headless.wanted) {
        report(&last, arguments.json)?;
    }
    Ok(SUCCESS)
}

/// Opens the interfaces and begins to capture: a session to be run.
///
/// # Errors
///
/// An interface cannot be captured, or something cannot be written where it
/// shall be.
pub(super) fn prepare(arguments: &Arguments, interrupt: Interrupt) -> Result<Session, Failure> {
    arguments.check()?;
    let input = arguments.input();
    let mut frames = Frames::new(&input)?;
    let interfaces = open(arguments)?;
    #[cfg(feature = "serve")]
    let (hep, server) = (
        hep::open(&arguments.hep, input.settings().limits)?,
        serve::open(&arguments.server, arguments.engine_bytes())?,
    );
    privileges::give_up(arguments.user.as_deref())?;
    let status = Arc::new(AtomicBool::new(false));
    let _ = signal_hook::flag::register(SIGUSR1, status.clone());
    let retires = arguments.retires();
    let settings = Settings { retires, ..input.settings() };
    let redacted = input.redaction.scope.is_some();
    let options = Options {
        names: frames.host_names(input.host_names()?),
        scoring: input.quality.scoring(),
        // Of other claims no signature is valid.
        certificates: if redacted { Certificates::default() } else { input.certificates()? },
        ..Options::default()
    };
    #[cfg_attr(not(feature = "serve"), expect(unused_mut, reason = "there are no other sources"))]
    let (mut feeds, stop) = begin(interfaces)?;
    #[cfg(feature = "serve")]
    let (counts, mut senders) = (hep.counts(), Vec::new());
    #[cfg(feature = "serve")]
    hep.begin(&mut feeds, &mut senders, &stop)?;
    #[cfg_attr(not(feature = "serve"), expect(unused_mut, reason = "nobody else is told"))]
    let (mut taps, mut observers) = partners(arguments, &feeds, settings.limits)?;
    #[cfg(feature = "serve")]
    {
        taps.append(&mut senders);
        if let Some(server) = server {
            server.begin(counts, options.names.clone(), &mut observers)?;
        }
    }
    Ok(Session {
        limits: settings.limits,
        engine: Engine::new(settings),
        frames,
        feeds,
        taps,
        observers,
        options,
        interrupt,
        status,
        stop,
        duration: arguments.duration,
        interval: INTERVAL,
        says: true,
        retires,
        retirement: arguments.retirement(),
        most: arguments.engine_bytes(),
    })
}

/// Says so if an interface cannot be captured.
///
/// # Errors
///
/// Why, and what to do.
#[cfg(feature = "tui")]
pub(super) fn possible(name: &str) -> Result<(), Failure> {
    open(&Arguments::at(name)).map(drop)
}

/// Those who want packets, and those who want to know.
type Partners = (Vec<Box<dyn Tap>>, Vec<Box<dyn Observer>>);

/// Those whom the arguments ask for.
fn partners(arguments: &Arguments, feeds: &Feeds, limits: Limits) -> Result<Partners, Failure> {
    let (mut taps, mut observers): Partners = (Vec::new(), Vec::new());
    #[cfg(unix)]
    if let Some(notify) = notify::Notify::from_environment() {
        taps.push(Box::new(notify));
    }
    if arguments.print {
        taps.push(Box::new(Print::begin(limits)?));
    }
    if let Some((tap, observer)) =
        record::begin(&arguments.recording, &feeds.about, (arguments.memory(), limits))?
    {
        taps.push(tap);
        observers.push(observer);
    }
    if let Some(tables) = arguments.exporting.begin()? {
        observers.push(Box::new(tables));
    }
    if arguments.headless.wanted {
        observers.push(Box::new(Lines::begin(&arguments.headless, arguments.line_bytes())?));
    }
    Ok((taps, observers))
}

/// Opens the interfaces that are asked for.
fn open(arguments: &Arguments) -> Result<Vec<Interface>, Failure> {
    let open_one = |name: String| {
        let mut outcome = Err(LiveError::NoInterface { interface: name.clone() });
        for setting in arguments.settings() {
            outcome = Capture::open(&name, &setting).map(|capture| (capture, setting));
            if !matches!(outcome, Err(LiveError::Filter { .. })) {
                break;
            }
        }
        let (capture, setting) = outcome.map_err(|error| failure(&error))?;
        Ok(Interface { name, capture, setting })
    };
    arguments.interfaces().into_iter().map(open_one).collect()
}

/// Why an interface cannot be captured, and what to do.
fn failure(error: &LiveError) -> Failure {
    match error {
        LiveError::Filter { .. } => Failure::Usage(error.to_string()),
        LiveError::NotPermitted { .. } => {
            let program =
                env::current_exe().map_or("siplens".to_owned(), |path| path.display().to_string());
            Failure::Fault(format!(
                "{error}: grant it once with `sudo setcap cap_net_raw+ep {program}`, or start siplens with sudo, \
                 and it becomes you again when the interface is open"
            ))
        }
        _ => Failure::Fault(error.to_string()),
    }
}

/// Begins to capture; what is returned first delivers the packets, what is
/// returned second ends them.
fn begin(interfaces: Vec<Interface>) -> Result<(Feeds, Arc<AtomicBool>), Failure> {
    let (mut feeds, stop) = (Feeds::new(), Arc::new(AtomicBool::new(false)));
    for interface in interfaces {
        let about = About {
            name: interface.name.clone(),
            format: "live",
            link_number: Some(interface.capture.link_number()),
        };
        let feed = feeds.add(about);
        capture::begin(interface, feed, stop.clone())
            .map_err(|error| Failure::Fault(format!("no thread: {error}")))?;
    }
    Ok((feeds, stop))
}

/// Prints the report of the session. What left for lack of memory is in its
/// figures, and no more in its lists.
fn report(last: &Publication, as_json: bool) -> Result<(), Failure> {
    last.current.read(|context, _| {
        let mut report = build(context);
        if !last.finished.is_empty() || !last.totals.is_empty() {
            let mut totals = Totals::clone(&last.totals);
            totals.add(context);
            report.summary = totals.summary();
        }
        to_stdout(|out| {
            if as_json {
                json::write(&report, false, std::num::NonZeroUsize::MIN, out)
            } else {
                let style = text::Style {
                    palette: palette(Color::Auto),
                    most_rows: ROWS,
                    width: width(None),
                    voices: false,
                };
                text::write(&report, style, out)
            }
        })
    })
}

/// `siplens interfaces`: name, state, addresses, description.
pub(super) fn write_interfaces() -> Result<(), Failure> {
    let all = devices().map_err(|error| failure(&error))?;
    to_stdout(|out| {
        for device in &all {
            let state = match (device.up, device.running) {
                (true, true) => "up",
                (true, false) => "up, not connected",
                _ => "down",
            };
            let mut about: Vec<String> = device.addresses.iter().map(ToString::to_string).collect();
            about.extend(device.description.iter().map(|text| format!("({})", safe(text))));
            let line = format!("{:<16} {state:<18} {}", safe(&device.name), about.join(" "));
            writeln!(out, "{}", line.trim_end())?;
        }
        Ok(())
    })
}
