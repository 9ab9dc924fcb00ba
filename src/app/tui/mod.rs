//! `siplens tui`: the terminal interface; threads, terminal, settings, files.
//!
//! The thread that draws waits for keys and for what other threads have to say,
//! never for them.

mod back;
mod bytes;
pub(super) mod config;
mod jobs;
#[cfg(feature = "live")]
mod live;
pub(super) mod places;
mod reading;
mod save;
mod terminal;

use std::io::{self, IsTerminal};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use crossterm::clipboard::CopyToClipboard;
use crossterm::event::{self, Event, KeyEventKind, MouseEventKind};
use crossterm::execute;

use self::back::Back;
use self::config::Config;
use self::jobs::Jobs;
use self::terminal::{Screen, Signals};
use super::cli::Tui as Arguments;
use super::input::Input;
use super::output::{Failure, SUCCESS, to_stdout};
use super::published::Published;
use crate::engine::Engine;
use crate::report::Options;
use crate::view::tui::action::{Action, Tone};
use crate::view::tui::app::{Offer, Page, Progress};
use crate::view::tui::keys::Key;
use crate::view::tui::theme::Theme;
use crate::view::tui::{App, Effect, Settings, draw, update};

/// What other threads have to say.
enum Message {
    /// A new report, and how far the reading is.
    Published(Arc<Published>, Progress),
    /// How far the reading is.
    Progress(Progress),
    /// Nothing can be read.
    Failed(Failure),
    /// Something that was asked for.
    Action(Action),
}

/// How long keys are waited for before other threads are listened to.
const TICK: Duration = Duration::from_millis(40);
/// A longer text is not given to the terminal's clipboard.
const CLIPBOARD: usize = 100_000;
/// Added to a signal's number, as shells have it.
const BY_SIGNAL: u8 = 128;

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if arguments.keys {
        let keys = config()?.settings.keys.manual();
        return to_stdout(|out| out.write_all(keys.as_bytes())).map(|()| SUCCESS);
    }
    if !io::stdout().is_terminal() {
        let why = "standard output is no terminal; siplens analyze prints what happened";
        return Err(Failure::Usage(why.to_owned()));
    }
    let first =
        (!arguments.input.files.is_empty()).then(|| Over::Files(Box::new(arguments.input.clone())));
    over(first, &arguments.input)
}

/// The interface over a live session.
#[cfg(feature = "live")]
pub(super) fn live(arguments: &super::live::Arguments) -> Result<ExitCode, Failure> {
    over(Some(Over::Live(Box::new(arguments.clone()))), &arguments.input())
}

/// What the interface shows.
enum Over {
    Files(Box<Input>),
    #[cfg(feature = "live")]
    Live(Box<super::live::Arguments>),
}

/// The interface over one thing after another; first over what can be opened,
/// if nothing is named. Files that are opened then are read as `input` says.
fn over(first: Option<Over>, input: &Input) -> Result<ExitCode, Failure> {
    let config = config()?;
    let signals = Signals::listen();
    let mut screen = Screen::take(!config.no_mouse).map_err(on_terminal)?;
    let mut next = first;
    loop {
        let ended = match &next {
            None => start(&mut screen, &signals, &config).map_err(on_terminal)?,
            Some(over) => session(&mut screen, &signals, &config, over)?,
        };
        match ended {
            Ended::Quit => return Ok(SUCCESS),
            Ended::Signal(signal) => return Ok(ExitCode::from(BY_SIGNAL + signal)),
            Ended::Open(path) => {
                let files = vec![save::home(&path)];
                next = Some(Over::Files(Box::new(Input { files, ..input.clone() })));
            }
            #[cfg(feature = "live")]
            Ended::Capture(name) => {
                next = Some(Over::Live(Box::new(super::live::Arguments::at(&name))));
            }
        }
    }
}

/// The settings, with what the terminal says of colours.
fn config() -> Result<Config, Failure> {
    let Some(path) = places::config() else { return Ok(Config::default()) };
    let mut config = config::read(&path).map_err(Failure::Usage)?;
    let set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("NO_COLOR") || std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
        config.settings.theme = Theme::Mono;
    } else if !config.theme_set
        && let Ok(colours) = std::env::var("COLORFGBG")
        && matches!(colours.rsplit(';').next(), Some("7" | "15"))
    {
        config.settings.theme = Theme::Light;
    }
    Ok(config)
}

/// `siplens config`: where settings are, and what can be set.
pub(super) fn write_config() -> Result<(), Failure> {
    let path = places::config();
    to_stdout(|out| {
        match &path {
            Some(path) if path.exists() => writeln!(out, "# {} is there.", path.display())?,
            Some(path) => writeln!(out, "# {} is not there.", path.display())?,
            None => writeln!(out, "# Neither HOME nor XDG_CONFIG_HOME is set.")?,
        }
        out.write_all(config::template().as_bytes())
    })?;
    path.map_or(Ok(()), |path| config::read(&path).map(|_| ()).map_err(Failure::Usage))
}

/// The terminal cannot be used.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn on_terminal(error: io::Error) -> Failure {
    Failure::Fault(format!("the terminal: {error}"))
}

/// How a session ends.
enum Ended {
    Quit,
    Signal(u8),
    Open(PathBuf),
    #[cfg(feature = "live")]
    Capture(String),
}

/// The interface over a capture, or a live session.
fn session(
    screen: &mut Screen,
    signals: &Signals,
    config: &Config,
    over: &Over,
) -> Result<Ended, Failure> {
    let mut input = match over {
        Over::Files(input) => Input::clone(input),
        #[cfg(feature = "live")]
        Over::Live(arguments) => return live_session(screen, signals, config, arguments),
    };
    input.no_progress = true;
    // What is given with the command counts before what is set.
    input.name.splice(0..0, config.names.iter().cloned());
    let settings = Settings {
        forms: save::FORMS.to_vec(),
        capture_name: stem(&input),
        ..config.settings.clone()
    };
    let _ = places::remember(&input.files);
    let stop = Arc::new(AtomicBool::new(false));
    let (to, messages) = channel();
    reading::begin(input.clone(), stop.clone(), to.clone());
    let jobs = Jobs::begin(Back::Files(input.clone()), &to);
    let ended = Interface::new(App::new(settings), Some(jobs), messages, to).run(screen, signals);
    stop.store(true, Ordering::Relaxed);
    ended
}

/// The interface over a live session.
#[cfg(feature = "live")]
fn live_session(
    screen: &mut Screen,
    signals: &Signals,
    config: &Config,
    arguments: &super::live::Arguments,
) -> Result<Ended, Failure> {
    let mut arguments = arguments.clone();
    arguments.name.splice(0..0, config.names.iter().cloned());
    let capture_name = arguments.interfaces().join("-");
    let settings =
        Settings { forms: save::FORMS.to_vec(), capture_name, ..config.settings.clone() };
    let (to, messages) = channel();
    let running = live::begin(&arguments, to.clone())?;
    let jobs = Jobs::begin(Back::Live(running.recall.clone(), arguments.recorded()), &to);
    let mut app = App::new(settings);
    app.progress.live = true;
    Interface::new(app, Some(jobs), messages, to).run(screen, signals)
}

/// The interface where there is no capture yet.
fn start(screen: &mut Screen, signals: &Signals, config: &Config) -> io::Result<Ended> {
    let (to, messages) = channel();
    let mut app = App::new(config.settings.clone());
    app.page = Page::Start;
    app.progress.ended = true;
    app.offers = places::recent().into_iter().map(Offer::File).collect();
    let interfaces = places::interfaces().into_iter();
    app.offers.extend(interfaces.map(|(name, about)| Offer::Interface(name, about)));
    match Interface::new(app, None, messages, to).run(screen, signals) {
        Ok(ended) => Ok(ended),
        Err(Failure::Fault(why) | Failure::Usage(why)) => Err(io::Error::other(why)),
        Err(Failure::BrokenPipe) => Err(io::ErrorKind::BrokenPipe.into()),
    }
}

/// The report of nothing.
fn empty() -> Published {
    Published::new(Engine::default().finish(), Options::default())
}

/// What files that are saved are called: as the capture, without its ending.
fn stem(input: &Input) -> String {
    let name = input.files.first().and_then(|file| file.file_name());
    let name = name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let stem = name.split('.').next().unwrap_or_default();
    if stem.is_empty() || stem == "-" { "capture".to_owned() } else { stem.to_owned() }
}

struct Interface {
    app: App,
    published: Arc<Published>,
    jobs: Option<Jobs>,
    messages: Receiver<Message>,
    /// Kept, so that the channel is open even when all others are done.
    _to: Sender<Message>,
}

impl Interface {
    fn new(app: App, jobs: Option<Jobs>, messages: Receiver<Message>, to: Sender<Message>) -> Self {
        Self { app, published: Arc::new(empty()), jobs, messages, _to: to }
    }

    fn run(&mut self, screen: &mut Screen, signals: &Signals) -> Result<Ended, Failure> {
        self.app.size = screen.size().map_err(on_terminal)?;
        let mut stale = true;
        loop {
            if let Some(signal) = signals.ended() {
                return Ok(Ended::Signal(signal));
            }
            if signals.suspended() {
                screen.suspend().map_err(on_terminal)?;
                stale = true;
            }
            if signals.resumed() {
                screen.forget().map_err(on_terminal)?;
                stale = true;
            }
            if let Some(said) = terminal::panicked() {
                self.act(Action::Say(Tone::Bad, format!("a fault of siplens: {said}")));
                stale = true;
            }
            if stale {
                let (app, published) = (&self.app, &self.published);
                screen
                    .draw(|buffer| published.with(|look| draw(buffer, app, look)))
                    .map_err(on_terminal)?;
                stale = false;
            }
            stale |= self.keys().map_err(on_terminal)?;
            stale |= self.listen()?;
            for effect in self.app.take_effects() {
                stale = true;
                if let Some(ended) = self.effect(effect, screen).map_err(on_terminal)? {
                    return Ok(ended);
                }
            }
        }
    }

    fn act(&mut self, action: Action) {
        let app = &mut self.app;
        self.published.with(|look| update(app, action, look));
    }

    /// Takes what keys and the mouse say, waiting a moment for the first; whether
    /// there was something.
    fn keys(&mut self) -> io::Result<bool> {
        let mut waiting = TICK;
        let mut some = false;
        while event::poll(waiting)? {
            waiting = Duration::ZERO;
            some = true;
            if let Some(action) = self.action(event::read()?) {
                self.act(action);
            }
            if !self.app.effects.is_empty() {
                break;
            }
        }
        Ok(some)
    }

    /// What an event of the terminal means here.
    fn action(&self, event: Event) -> Option<Action> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => {
                self.app.action_of(Key::of(key))
            }
            Event::Paste(text) => Some(Action::Paste(text)),
            Event::Resize(width, height) => Some(Action::Resize(width, height)),
            Event::Mouse(mouse) => match mouse.kind {
                MouseEventKind::Down(_) => Some(Action::Click(mouse.column, mouse.row)),
                MouseEventKind::ScrollDown => Some(Action::Scroll(mouse.column, mouse.row, 3)),
                MouseEventKind::ScrollUp => Some(Action::Scroll(mouse.column, mouse.row, -3)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Takes what other threads have to say; whether there was something. Of
    /// several reports only the last is looked at.
    fn listen(&mut self) -> Result<bool, Failure> {
        let mut news = None;
        let mut some = false;
        while let Ok(message) = self.messages.try_recv() {
            some = true;
            match message {
                Message::Published(published, progress) => news = Some((published, progress)),
                Message::Progress(progress) => self.act(Action::Progress(progress)),
                Message::Failed(failure) => return Err(failure),
                Message::Action(action) => self.act(action),
            }
        }
        if let Some((published, progress)) = news {
            self.published = published;
            self.act(Action::Report(progress));
        }
        Ok(some)
    }

    fn effect(&mut self, effect: Effect, screen: &mut Screen) -> io::Result<Option<Ended>> {
        let published = self.published.clone();
        match effect {
            Effect::Quit => return Ok(Some(Ended::Quit)),
            Effect::Open(path) => {
                let path = save::home(&path);
                // What cannot be opened is said here, where another can be chosen.
                if let Err(error) = std::fs::File::open(&path) {
                    self.act(Action::Say(Tone::Bad, format!("{}: {error}", path.display())));
                    return Ok(None);
                }
                return Ok(Some(Ended::Open(path)));
            }
            Effect::Suspend => screen.suspend()?,
            Effect::Redraw => screen.forget()?,
            Effect::Copy(text) if text.len() > CLIPBOARD => {
                self.act(Action::Say(Tone::Bad, "too long for the clipboard".to_owned()));
            }
            Effect::Copy(text) => {
                execute!(io::stdout(), CopyToClipboard::to_clipboard_from(text))?;
            }
            Effect::Order(query) => {
                if let Some(jobs) = &mut self.jobs {
                    jobs.order(published, query);
                }
            }
            Effect::Gather => {
                if let Some(jobs) = &self.jobs {
                    jobs.gather(published);
                }
            }
            Effect::Search(search) => {
                let (order, columns) =
                    (self.app.calls.order.clone(), self.app.settings.columns.clone());
                if let Some(jobs) = &self.jobs {
                    jobs.search(published, search, order, columns);
                }
            }
            Effect::Fetch(frames) => {
                if let Some(jobs) = &self.jobs {
                    jobs.fetch(frames);
                }
            }
            Effect::Save(wish) => {
                if let Some(jobs) = &self.jobs {
                    jobs.save(published, wish);
                }
            }
            #[cfg(feature = "live")]
            Effect::Capture(name) => return Ok(self.capture(name)),
            #[cfg(not(feature = "live"))]
            Effect::Capture(name) => {
                let why = "this siplens is built without live capture (feature live)";
                self.act(Action::Say(Tone::Bad, format!("{name}: {why}")));
            }
        }
        Ok(None)
    }

    /// Captures at an interface. Where that cannot be, it is said here, where
    /// another can be chosen.
    #[cfg(feature = "live")]
    fn capture(&mut self, name: String) -> Option<Ended> {
        match super::live::possible(&name) {
            Ok(()) => Some(Ended::Capture(name)),
            Err(failure) => {
                self.act(Action::Say(Tone::Bad, reading::text(&failure)));
                None
            }
        }
    }
}
