//! The state of the interface.

use std::collections::{BTreeMap, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;

use super::action::{Action, Tone};
use super::effect::{Effect, Save, Search};
use super::gathered::Gathered;
use super::keys::{Key, Place};
use super::layout::{Areas, areas};
use super::list::List;
use super::order::{Order, Query};
use super::screen;
use super::screen::ladder::LadderPage;
use super::settings::Settings;
use super::widget::menu::Menu;
use super::widget::prompt::Prompt;

/// A page.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Page {
    /// What can be opened.
    Start,
    /// The list of calls.
    #[default]
    Calls,
    /// The ladder of calls.
    Ladder,
    /// RTP streams.
    Streams,
    /// Findings.
    Findings,
    /// Registrations.
    Registrations,
    /// Endpoints and topology.
    Endpoints,
    /// Statistics.
    Statistics,
    /// The capture.
    Capture,
}

impl Page {
    /// The pages in the order of the bar.
    pub const BAR: [Self; 8] = [
        Self::Calls,
        Self::Ladder,
        Self::Streams,
        Self::Findings,
        Self::Registrations,
        Self::Endpoints,
        Self::Statistics,
        Self::Capture,
    ];

    /// Its name in the bar.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Start => "Open",
            Self::Calls => "Calls",
            Self::Ladder => "Ladder",
            Self::Streams => "Streams",
            Self::Findings => "Findings",
            Self::Registrations => "Registrations",
            Self::Endpoints => "Endpoints",
            Self::Statistics => "Statistics",
            Self::Capture => "Capture",
        }
    }
}

/// How far the reading is.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Progress {
    /// Bytes read.
    pub read: u64,
    /// Bytes there are, where that is known.
    pub total: Option<u64>,
    /// Frames read.
    pub packets: u64,
    /// Whether the frames come from interfaces, while they come.
    pub live: bool,
    /// Frames that a live capture dropped.
    pub dropped: u64,
    /// Whether the reading has ended.
    pub ended: bool,
    /// What was wrong with the inputs, in one line each.
    pub faults: Vec<String>,
}

/// The page of calls.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct CallsPage {
    /// The place in the order.
    pub list: List,
    /// Which calls are listed.
    pub order: Order,
    /// Which calls are wished.
    pub query: Query,
    /// Whether an order is on its way.
    pub waiting: bool,
    /// Marked calls: Call-ID to name in the report.
    pub marks: BTreeMap<String, String>,
    /// Tags of calls, by Call-ID.
    pub tags: BTreeMap<String, String>,
    /// The text last searched for.
    pub search: String,
    /// Whether the cursor stays at the newest call.
    pub follow: bool,
    /// Columns of the screen moved to the left.
    pub shift: usize,
}

/// The page of streams.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct StreamsPage {
    /// The place in the list.
    pub list: List,
    /// Only those of this call.
    pub call: Option<String>,
    /// Their places in the report, where only a call's are listed.
    pub chosen: Vec<usize>,
    /// Whether the charts stand alone.
    pub alone: bool,
    /// Lines of the charts moved up.
    pub scroll: usize,
}

/// What is known of one conversation.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Details {
    /// Which one.
    pub title: String,
    /// What is known.
    pub said: Vec<screen::details::Said>,
    /// The lines moved up.
    pub list: List,
}

/// What lies over the page.
#[derive(Clone, PartialEq, Debug)]
pub enum Overlay {
    /// The keys.
    Help(List),
    /// What is known of one conversation.
    Details(Details),
    /// A line that is typed.
    Prompt(Prompt),
    /// A menu.
    Menu(Menu),
    /// A file is there; may it be replaced?
    Replace(Save),
}

/// What can be opened.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Offer {
    /// A capture file read before.
    File(PathBuf),
    /// An interface: its name, and what is known of it.
    Interface(String, String),
}

/// The state of the interface.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct App {
    /// What the user has set.
    pub settings: Settings,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// The page shown.
    pub page: Page,
    /// The pages to go back to, the latest last.
    pub trail: Vec<Page>,
    /// How far the reading is.
    pub progress: Progress,
    /// What can be opened.
    pub offers: Vec<Offer>,
    /// The place in the list of those.
    pub start: List,
    /// Calls.
    pub calls: CallsPage,
    /// Ladder.
    pub ladder: LadderPage,
    /// Streams.
    pub streams: StreamsPage,
    /// Findings.
    pub findings: List,
    /// Registrations.
    pub registrations: List,
    /// Endpoints.
    pub endpoints: List,
    /// Statistics, as lines.
    pub statistics: List,
    /// The capture, as lines.
    pub capture: List,
    /// What lies over the page.
    pub overlay: Option<Overlay>,
    /// Figures over all calls, once they are gathered.
    pub gathered: Option<Arc<Gathered>>,
    /// Lines of the detail below a list moved up.
    pub detail: usize,
    /// Columns of a page that is only read moved to the left.
    pub shift: usize,
    /// What was said last.
    pub said: Option<(Tone, String)>,
    /// Lines typed before, the latest last.
    pub history: VecDeque<String>,
    /// The search that is on its way.
    pub searching: Option<Search>,
    /// What the program is to do.
    pub effects: Vec<Effect>,
}

impl App {
    /// The interface as it begins.
    pub fn new(settings: Settings) -> Self {
        let mut app = Self { settings, ..Self::default() };
        app.calls.query.sort = app.settings.sort;
        app
    }

    /// What a key means in this state: a command by the table of keys, or a
    /// character of a line that is typed.
    pub fn action_of(&self, key: Key) -> Option<Action> {
        let place = match &self.overlay {
            Some(Overlay::Prompt(_)) => Place::Prompt,
            Some(Overlay::Menu(_)) => Place::Menu,
            Some(Overlay::Replace(_)) => {
                return Some(Action::Type(key.character().unwrap_or('n')));
            }
            _ => screen::help::place(self.page),
        };
        let command = self.settings.keys.command(place, key);
        command.map(Action::Command).or_else(|| key.character().map(Action::Type))
    }

    /// The parts of the screen.
    pub(super) fn areas(&self) -> Areas {
        areas(self)
    }

    /// What the program is to do, once.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// Asks for the order that is wished now.
    pub(super) fn wish(&mut self) {
        self.calls.query.wish += 1;
        self.calls.waiting = true;
        self.effects.retain(|effect| !matches!(effect, Effect::Order(_)));
        self.effects.push(Effect::Order(self.calls.query.clone()));
    }

    /// Says something at the bottom of the screen.
    pub(super) fn say(&mut self, tone: Tone, text: impl Into<String>) {
        self.said = Some((tone, text.into()));
    }
}
