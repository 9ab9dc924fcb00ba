//! The terminal interface without a terminal: captures, keys, and what is on
//! the screen then.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ratatui::Terminal;
use ratatui::backend::TestBackend;
use siplens::base::id::FrameNo;
use siplens::engine::{Engine, Settings as EngineSettings, Snapshot, Wanted};
use siplens::report::build::Input;
use siplens::report::capture::SourceRow;
use siplens::report::time::Resolution;
use siplens::report::value::FrameRef;
use siplens::report::{Context, Options, build};
use siplens::source::{FileSource, Source, Step};
use siplens::view::tui::app::Progress;
use siplens::view::tui::effect::{Effect, Fetch, Form};
use siplens::view::tui::gathered::gather;
use siplens::view::tui::keys::Key;
use siplens::view::tui::order::{order, search};
use siplens::view::tui::{Action, App, Look, Settings, draw, update};

/// What is looked at.
pub(crate) struct Seen {
    snapshot: Snapshot,
    options: Options,
    files: Vec<String>,
}

impl Seen {
    /// Captures, one after another, by their paths in the package.
    pub(crate) fn of(files: &[&str]) -> Self {
        let mut engine = Engine::new(EngineSettings::default());
        let inputs = (0..).zip(files).map(|(index, file)| read(file, index, &mut engine)).collect();
        let options = Options { resolution: Resolution(6), inputs, ..Options::default() };
        let files = files.iter().map(|file| (*file).to_owned()).collect();
        Self { snapshot: engine.finish(), options, files }
    }

    /// A capture, if it can be read.
    pub(crate) fn readable(file: &str) -> Option<Self> {
        let mut source = FileSource::open(file, 0).ok()?;
        while source.next_frame().ok().is_some_and(|step| !matches!(step, Step::End)) {}
        (!source.info().truncated && source.next_frame().is_ok()).then(|| Self::of(&[file]))
    }

    /// A snapshot that is at hand.
    pub(crate) fn snapshot(snapshot: Snapshot, options: Options) -> Self {
        Self { snapshot, options, files: Vec::new() }
    }

    /// Shows it on a screen of that size, and presses keys; the state then.
    pub(crate) fn play(&self, size: (u16, u16), keys: &str) -> App {
        let forms =
            vec![Form::Pcapng, Form::LadderText, Form::LadderSvg, Form::Json, Form::WholeJson];
        let settings =
            Settings { forms, capture_name: "capture".to_owned(), ..Settings::default() };
        self.play_with(settings, size, keys)
    }

    /// The same, with settings.
    pub(crate) fn play_with(&self, settings: Settings, size: (u16, u16), keys: &str) -> App {
        let context = Context::new(&self.snapshot, &self.options);
        let report = build(&context);
        let look = Look { report: &report, context: &context };
        let mut app = App::new(settings);
        let progress = Progress { ended: true, ..Progress::default() };
        self.act(&mut app, Action::Resize(size.0, size.1), &look);
        self.act(&mut app, Action::Report(progress), &look);
        for word in words(keys) {
            let actions = match word {
                Word::Key(key) => {
                    let key = Key::parse(&key).unwrap_or_else(|| panic!("{key}: no key"));
                    app.action_of(key).into_iter().collect()
                }
                Word::Text(text) => text.chars().map(Action::Type).collect::<Vec<_>>(),
                Word::Click(x, y) => vec![Action::Click(x, y)],
                Word::Scroll(x, y, lines) => vec![Action::Scroll(x, y, lines)],
                Word::Size(width, height) => vec![Action::Resize(width, height)],
            };
            for action in actions {
                self.act(&mut app, action, &look);
            }
        }
        app
    }

    /// Looks at its report.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Look<'_, '_>) -> T) -> T {
        let context = Context::new(&self.snapshot, &self.options);
        let report = build(&context);
        look(&Look { report: &report, context: &context })
    }

    /// Does an action to a state.
    pub(crate) fn act_on(&self, app: &mut App, action: Action) {
        let context = Context::new(&self.snapshot, &self.options);
        let report = build(&context);
        self.act(app, action, &Look { report: &report, context: &context });
    }

    /// What a state looks like: the cells of the screen as text.
    pub(crate) fn screen(&self, app: &App) -> String {
        let context = Context::new(&self.snapshot, &self.options);
        let report = build(&context);
        let look = Look { report: &report, context: &context };
        let mut terminal = Terminal::new(TestBackend::new(app.size.0, app.size.1)).unwrap();
        terminal.draw(|frame| draw(frame.buffer_mut(), app, &look)).unwrap();
        let buffer = terminal.backend().buffer();
        let mut text = String::new();
        for y in 0..buffer.area.height {
            let mut line = String::new();
            let mut covered = 0;
            for x in 0..buffer.area.width {
                let symbol = buffer[(x, y)].symbol();
                // A wide character takes the cell behind it.
                if covered == 0 {
                    line.push_str(symbol);
                    covered = unicode_width::UnicodeWidthStr::width(symbol).saturating_sub(1);
                } else {
                    covered -= 1;
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    /// An action, and what the program does of what follows from it.
    fn act(&self, app: &mut App, action: Action, look: &Look<'_, '_>) {
        update(app, action, look);
        let effects = app.take_effects();
        for effect in effects {
            let answers = match &effect {
                Effect::Order(query) => {
                    vec![Action::Ordered(order(look, query, &|| true).unwrap())]
                }
                Effect::Search(wanted) => {
                    let columns = app.settings.columns.clone();
                    let found = search(look, &app.calls.order, &columns, wanted, &|| true);
                    vec![Action::Found(wanted.clone(), found)]
                }
                Effect::Gather => vec![Action::Gathered(Arc::new(gather(look)))],
                Effect::Fetch(frames) => self.fetch(frames),
                // What only a program can do is left for the test to see.
                _ => {
                    app.effects.push(effect);
                    continue;
                }
            };
            for answer in answers {
                self.act(app, answer, look);
            }
        }
    }

    fn fetch(&self, frames: &[Fetch]) -> Vec<Action> {
        let mut engine = Engine::new(EngineSettings::default());
        let number = |frame: &FrameRef| match *frame {
            FrameRef::Only(frame) => FrameNo::new(0, frame),
            FrameRef::Of { source, frame } => FrameNo::new(source, frame),
        };
        let named: BTreeMap<FrameNo, FrameRef> =
            frames.iter().map(|f| (number(&f.frame), f.frame)).collect();
        engine.want(Wanted::of(named.keys().copied()));
        for (index, file) in (0..).zip(&self.files) {
            read(file, index, &mut engine);
        }
        let wanted = std::mem::take(engine.wanted().unwrap());
        wanted.into_kept().map(|(frame, kept)| Action::Fetched(named[&frame], Ok(kept))).collect()
    }
}

fn read(file: &str, index: u16, engine: &mut Engine) -> Input {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let mut source = FileSource::open(&path, index).unwrap();
    while let Step::Frame(frame) = source.next_frame().unwrap() {
        engine.handle_frame(&frame);
    }
    let info = source.info();
    let row = SourceRow {
        name: info.name.clone(),
        format: info.format.name().to_owned(),
        compression: None,
        link_types: vec!["ETHERNET".to_owned()],
        packets: info.packets,
        bytes: info.bytes,
        first_time: None,
        last_time: None,
        duration_s: None,
        truncated: info.truncated,
        interface_drops: info.interface_drops,
        dropped_packets: None,
    };
    Input { row, span: info.first_time.zip(info.last_time), problems: Vec::new() }
}

enum Word {
    Key(String),
    Text(String),
    Click(u16, u16),
    Scroll(u16, u16, i16),
    Size(u16, u16),
}

/// `Enter j 'text' click:10,4 scroll:10,4,3 size:80x24`
fn words(keys: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut rest = keys.trim();
    while !rest.is_empty() {
        if let Some(quoted) = rest.strip_prefix('\'') {
            let (text, after) = quoted.split_once('\'').unwrap();
            words.push(Word::Text(text.to_owned()));
            rest = after.trim_start();
            continue;
        }
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        rest = after.trim_start();
        let numbers = |text: &str| -> Vec<i16> {
            text.split([',', 'x']).map(|number| number.parse().unwrap()).collect()
        };
        let size = |number: i16| u16::try_from(number).unwrap();
        words.push(match word.split_once(':') {
            Some(("click", at)) => Word::Click(size(numbers(at)[0]), size(numbers(at)[1])),
            Some(("scroll", at)) => {
                Word::Scroll(size(numbers(at)[0]), size(numbers(at)[1]), numbers(at)[2])
            }
            Some(("size", at)) => Word::Size(size(numbers(at)[0]), size(numbers(at)[1])),
            _ => Word::Key(word.to_owned()),
        });
    }
    words
}
