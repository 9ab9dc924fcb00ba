//! The table of keys: what the help, the bar of keys, the manual and the
//! configuration are made from.

use std::fmt::Write as _;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::Command;
use super::app::Page;
use super::list::Step;

/// Where a key means something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Place {
    /// On every page.
    Everywhere,
    /// On the page of calls.
    Calls,
    /// On the page of ladders.
    Ladder,
    /// On the page of streams.
    Streams,
    /// On the page of findings.
    Findings,
    /// On the page of registrations.
    Registrations,
    /// On the page of endpoints.
    Endpoints,
    /// On the page of what can be opened.
    Start,
    /// In a line that is typed.
    Prompt,
    /// In a menu.
    Menu,
}

impl Place {
    /// For the help.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Everywhere => "Everywhere",
            Self::Calls => "Calls",
            Self::Ladder => "Ladder",
            Self::Streams => "Streams",
            Self::Findings => "Findings",
            Self::Registrations => "Registrations",
            Self::Endpoints => "Endpoints",
            Self::Start => "Open",
            Self::Prompt => "In a line that is typed",
            Self::Menu => "In a menu",
        }
    }

    /// All places, in the order of the help.
    pub const ALL: [Self; 10] = [
        Self::Everywhere,
        Self::Calls,
        Self::Ladder,
        Self::Streams,
        Self::Findings,
        Self::Registrations,
        Self::Endpoints,
        Self::Start,
        Self::Menu,
        Self::Prompt,
    ];
}

/// A command, and the keys that give it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Binding {
    /// Where.
    pub place: Place,
    /// Its name in the configuration.
    pub name: &'static str,
    /// The command.
    pub command: Command,
    /// The keys.
    pub keys: Vec<Key>,
    /// For the bar of keys, if it belongs there.
    pub label: Option<&'static str>,
    /// For the help.
    pub text: &'static str,
}

/// A key with what is held down with it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Key {
    code: KeyCode,
    control: bool,
    alt: bool,
}

/// Everything that keys do: place, name, command, keys, label, text.
type Row = (Place, &'static str, Command, &'static str, Option<&'static str>, &'static str);

use Command as C;
use Place as P;

#[rustfmt::skip]
const TABLE: &[Row] = &[
    (P::Calls, "open", C::Open, "Enter", Some("Ladder"), "Show the ladder of the call, or of all marked calls"),
    (P::Calls, "ladder-of-call", C::Ladder, "x F4", None, "Show the ladder of this call only, marked or not"),
    (P::Calls, "messages", C::Messages, "r F6", Some("Raw"), "Show the messages of the call as they were sent"),
    (P::Calls, "mark", C::Mark, "Space", Some("Mark"), "Mark the call, for the ladder and for saving"),
    (P::Calls, "mark-all", C::MarkAll, "*", None, "Mark all calls that are listed"),
    (P::Calls, "unmark", C::Unmark, "u", None, "Take all marks away"),
    (P::Calls, "tag", C::Tag, "m", None, "Give the call, or the marked calls, a tag"),
    (P::Calls, "columns", C::Columns, "t F10", Some("Columns"), "Choose the columns and their order"),
    (P::Calls, "sort-left", C::SortLeft, "<", None, "Sort by the column to the left"),
    (P::Calls, "sort-right", C::SortRight, ">", Some("Sort"), "Sort by the column to the right"),
    (P::Calls, "reverse", C::Reverse, "z", None, "Sort the other way round"),
    (P::Calls, "follow", C::Follow, "A", None, "Stay at the newest call while calls come, or not"),

    (P::Ladder, "open-message", C::Open, "Enter", Some("Message"), "Show the message alone; of an RTP arrow, its stream"),
    (P::Ladder, "mark-message", C::Mark, "Space", Some("Mark"), "Mark the message, to compare it with another"),
    (P::Ladder, "diff", C::Diff, "d", Some("Diff"), "Compare with the marked message, or else with the one before"),
    (P::Ladder, "pair", C::Pair, "p", Some("Pair"), "Jump between a request and its responses"),
    (P::Ladder, "next-finding", C::NextFinding, "!", None, "Go to the next message that shows a finding"),
    (P::Ladder, "raw", C::Raw, "r F6", Some("Raw/Hex"), "Show the message as text, as it was sent, or as hex"),
    (P::Ladder, "message-up", C::MessageUp, "K Ctrl-u", None, "Move up in the message"),
    (P::Ladder, "message-down", C::MessageDown, "J Ctrl-d", None, "Move down in the message"),
    (P::Ladder, "pane", C::Pane, "t", None, "Hide the message, or show it"),
    (P::Ladder, "wider", C::Wider, "+ =", None, "More room for the message"),
    (P::Ladder, "narrower", C::Narrower, "-", None, "Less room for the message"),
    (P::Ladder, "times", C::Times, "o", Some("Times"), "Times since the first message, since the previous one, or of the clock"),
    (P::Ladder, "merge", C::Merge, "c F5", None, "Columns by address, by address and port, or by name"),
    (P::Ladder, "hosts", C::Hosts, "H F10", Some("Hosts"), "Choose, order and name the columns"),
    (P::Ladder, "fold", C::Fold, "e", None, "Fold repeated messages, or show each"),
    (P::Ladder, "sdp", C::Sdp, "D", None, "Show what session descriptions announce, or not"),
    (P::Ladder, "media", C::Media, "v", None, "Show RTP streams, or not"),
    (P::Ladder, "previous-call", C::PreviousCall, "[", None, "The ladder of the call before"),
    (P::Ladder, "next-call", C::NextCall, "]", None, "The ladder of the next call"),

    (P::Streams, "open-stream", C::Open, "Enter", Some("Charts"), "Show the charts alone, or beside the list"),
    (P::Streams, "ladder-of-stream", C::Ladder, "x F4", Some("Ladder"), "Show the stream in the ladder of its call"),
    (P::Streams, "only-call", C::OnlyCall, "c", Some("Call/All"), "Show the streams of this call only, or all"),

    (P::Findings, "open-finding", C::Open, "Enter", Some("Ladder"), "Show the frame in the ladder of its call"),
    (P::Findings, "ladder-of-finding", C::Ladder, "x F4", None, "Show the frame in the ladder of its call"),

    (P::Start, "open-it", C::Open, "Enter", Some("Open"), "Open the capture, or capture at the interface"),
    (P::Start, "open-file", C::OpenFile, "o", Some("Other file"), "Ask for the name of a capture"),

    (P::Registrations, "open-registration", C::Open, "Enter", Some("Ladder"), "Show the ladder of the registration"),
    (P::Registrations, "ladder-of-registration", C::Ladder, "x F4", None, "Show the ladder of the registration"),

    (P::Endpoints, "open-endpoint", C::Open, "Enter", Some("Calls"), "Show only the calls with messages from or to the address"),

    (P::Everywhere, "help", C::Help, "F1 ?", Some("Help"), "Show the keys"),
    (P::Everywhere, "back", C::Back, "Esc", Some("Back"), "Close what is open, go back to the page before"),
    (P::Everywhere, "leave", C::Leave, "q", None, "The same; from the calls, leave siplens"),
    (P::Everywhere, "quit", C::Quit, "Q Ctrl-c", None, "Leave siplens"),
    (P::Everywhere, "calls-page", C::Page(Page::Calls), "1", None, "Calls"),
    (P::Everywhere, "ladder-page", C::Page(Page::Ladder), "2", None, "Ladder"),
    (P::Everywhere, "streams-page", C::Page(Page::Streams), "3", None, "RTP streams"),
    (P::Everywhere, "findings-page", C::Page(Page::Findings), "4", None, "Findings"),
    (P::Everywhere, "registrations-page", C::Page(Page::Registrations), "5", None, "Registrations"),
    (P::Everywhere, "endpoints-page", C::Page(Page::Endpoints), "6", None, "Endpoints and topology"),
    (P::Everywhere, "statistics-page", C::Page(Page::Statistics), "7", None, "Statistics"),
    (P::Everywhere, "capture-page", C::Page(Page::Capture), "8", None, "The capture: what was read, and what could not be"),
    (P::Everywhere, "next-page", C::NextPage, "Tab", None, "The next page"),
    (P::Everywhere, "previous-page", C::PreviousPage, "BackTab", None, "The page before"),
    (P::Everywhere, "filter", C::Filter, "f F7", Some("Filter"), "Show only calls that a condition holds for"),
    (P::Everywhere, "search", C::Search, "/ F3", Some("Search"), "Find a text"),
    (P::Everywhere, "search-next", C::SearchNext, "n", None, "Find it again"),
    (P::Everywhere, "search-previous", C::SearchPrevious, "N", None, "Find it before"),
    (P::Everywhere, "save", C::Save, "s F2", Some("Save"), "Save frames, ladder or report"),
    (P::Everywhere, "details", C::Details, "i", None, "Show what is known of the call: its ends, times, identity, course, subscriptions"),
    (P::Everywhere, "detail-up", C::MessageUp, "K", None, "Move up in the detail below a list"),
    (P::Everywhere, "detail-down", C::MessageDown, "J", None, "Move down in the detail below a list"),
    (P::Everywhere, "copy", C::Copy, "y", None, "Copy to the terminal's clipboard (OSC 52): Call-ID, message, row"),
    (P::Everywhere, "up", C::Move(Step::Up), "Up k", None, "A row up"),
    (P::Everywhere, "down", C::Move(Step::Down), "Down j", None, "A row down"),
    (P::Everywhere, "left", C::Left, "Left h", None, "To the left"),
    (P::Everywhere, "right", C::Right, "Right l", None, "To the right"),
    (P::Everywhere, "page-up", C::Move(Step::PageUp), "PageUp Ctrl-b", None, "A screen up"),
    (P::Everywhere, "page-down", C::Move(Step::PageDown), "PageDown Ctrl-f", None, "A screen down"),
    (P::Everywhere, "half-up", C::Move(Step::HalfUp), "Ctrl-u", None, "Half a screen up"),
    (P::Everywhere, "half-down", C::Move(Step::HalfDown), "Ctrl-d", None, "Half a screen down"),
    (P::Everywhere, "first", C::Move(Step::First), "Home g", None, "To the first row"),
    (P::Everywhere, "last", C::Move(Step::Last), "End G", None, "To the last row"),
    (P::Everywhere, "theme", C::Theme, "F8", None, "The next theme: dark, light, mono"),
    (P::Everywhere, "redraw", C::Redraw, "Ctrl-l", None, "Draw everything anew"),
    (P::Everywhere, "suspend", C::Suspend, "Ctrl-z", None, "Back to the shell, which continues siplens with fg"),

    (P::Menu, "menu-accept", C::Accept, "Enter", Some("Take"), "Take it"),
    (P::Menu, "menu-cancel", C::Cancel, "Esc q", Some("Leave"), "Leave the menu"),
    (P::Menu, "menu-switch", C::Switch, "Space", Some("Switch"), "Switch the entry on or off"),
    (P::Menu, "menu-up", C::Move(Step::Up), "Up k", None, "An entry up"),
    (P::Menu, "menu-down", C::Move(Step::Down), "Down j", None, "An entry down"),
    (P::Menu, "menu-page-up", C::Move(Step::PageUp), "PageUp", None, "A screen up"),
    (P::Menu, "menu-page-down", C::Move(Step::PageDown), "PageDown", None, "A screen down"),
    (P::Menu, "menu-first", C::Move(Step::First), "Home g", None, "To the first entry"),
    (P::Menu, "menu-last", C::Move(Step::Last), "End G", None, "To the last entry"),
    (P::Menu, "move-up", C::MoveUp, "< K", Some("Move up"), "Move the entry up"),
    (P::Menu, "move-down", C::MoveDown, "> J", Some("Move down"), "Move the entry down"),
    (P::Menu, "rename", C::Rename, "n", Some("Name"), "Give the host a name"),

    (P::Prompt, "accept", C::Accept, "Enter", Some("Take"), "Take the line"),
    (P::Prompt, "cancel", C::Cancel, "Esc Ctrl-c", Some("Leave"), "Leave it as it was"),
    (P::Prompt, "complete", C::Complete, "Tab", Some("Complete"), "Complete the word"),
    (P::Prompt, "delete-before", C::DeleteBefore, "Backspace Ctrl-h", None, "Delete the character before"),
    (P::Prompt, "delete-at", C::DeleteAt, "Delete", None, "Delete the character here"),
    (P::Prompt, "delete-word", C::DeleteWord, "Ctrl-w", None, "Delete the word before"),
    (P::Prompt, "delete-all", C::DeleteAll, "Ctrl-u", Some("Clear"), "Delete all before"),
    (P::Prompt, "prompt-left", C::Left, "Left Ctrl-b", None, "To the left"),
    (P::Prompt, "prompt-right", C::Right, "Right Ctrl-f", None, "To the right"),
    (P::Prompt, "begin", C::Begin, "Home Ctrl-a", None, "To the beginning"),
    (P::Prompt, "end", C::End, "End Ctrl-e", None, "To the end"),
    (P::Prompt, "previous-line", C::Move(Step::Up), "Up", None, "The line typed before"),
    (P::Prompt, "next-line", C::Move(Step::Down), "Down", None, "The line typed after"),
];

/// The keys as they are set.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Keys {
    bindings: Vec<Binding>,
}

impl Default for Keys {
    fn default() -> Self {
        let binding = |&(place, name, command, keys, label, text): &Row| Binding {
            place,
            name,
            command,
            keys: keys.split(' ').filter_map(Key::parse).collect(),
            label,
            text,
        };
        Self { bindings: TABLE.iter().map(binding).collect() }
    }
}

impl Keys {
    /// The command that a key gives at a place.
    pub fn command(&self, place: Place, key: Key) -> Option<Command> {
        let at = |wanted: Place| {
            let mut bindings = self.bindings.iter();
            bindings.find(|binding| binding.place == wanted && binding.keys.contains(&key))
        };
        let found = match place {
            Place::Prompt | Place::Menu => at(place),
            _ => at(place).or_else(|| at(Place::Everywhere)),
        };
        found.map(|binding| binding.command)
    }

    /// What keys do at a place, in the order of the help.
    pub fn at(&self, place: Place) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(move |binding| binding.place == place)
    }

    /// The first key that gives a command there, for texts that name it.
    pub fn key_of(&self, command: Command) -> String {
        let binding = self.bindings.iter().find(|binding| binding.command == command);
        binding
            .and_then(|binding| binding.keys.first())
            .map_or_else(|| "(no key)".to_owned(), |key| key.name())
    }

    /// Gives a command, by its name, other keys.
    ///
    /// # Errors
    ///
    /// No command has that name, or a key is none; says which.
    pub fn set(&mut self, name: &str, keys: &[&str]) -> Result<(), String> {
        let Some(place) = self.bindings.iter().find(|binding| binding.name == name) else {
            let near = TABLE.iter().map(|row| row.1).find(|known| known.starts_with(name));
            let near = near.map(|near| format!(", but {near}")).unwrap_or_default();
            return Err(format!("no command is named {name}{near}; see siplens tui --keys"));
        };
        let place = place.place;
        let parsed = keys.iter().map(|key| {
            Key::parse(key).ok_or_else(|| format!("{key}: no key; keys are x, F2, Ctrl-x, Space"))
        });
        let parsed = parsed.collect::<Result<Vec<_>, _>>()?;
        for binding in &mut self.bindings {
            if binding.name == name {
                binding.keys.clone_from(&parsed);
            } else if binding.place == place {
                // A key means one thing at one place.
                binding.keys.retain(|key| !parsed.contains(key));
            }
        }
        Ok(())
    }

    /// The keys as text, for the manual.
    pub fn manual(&self) -> String {
        let mut text = String::new();
        for place in Place::ALL {
            let _ = writeln!(text, "{}:", place.title());
            for binding in self.at(place) {
                let _ = writeln!(
                    text,
                    "  {:<16} {:<22} {}",
                    binding.shown(),
                    binding.name,
                    binding.text
                );
            }
            let _ = writeln!(text);
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }
}

impl Binding {
    /// Its keys, for a person.
    pub fn shown(&self) -> String {
        self.keys.iter().map(|key| key.name()).collect::<Vec<_>>().join(" ")
    }
}

impl Key {
    /// The key of an event.
    pub fn of(event: KeyEvent) -> Self {
        Self {
            code: event.code,
            control: event.modifiers.contains(KeyModifiers::CONTROL),
            alt: event.modifiers.contains(KeyModifiers::ALT),
        }
    }

    /// The character that the key types, if it types one.
    pub const fn character(self) -> Option<char> {
        match self.code {
            KeyCode::Char(c) if !self.control && !self.alt => Some(c),
            _ => None,
        }
    }

    /// The key of a name: `x`, `F2`, `Ctrl-x`, `Alt-x`, `Space`, `PageUp`.
    pub fn parse(name: &str) -> Option<Self> {
        let (mut rest, mut control, mut alt) = (name, false, false);
        loop {
            if let Some(more) = rest.strip_prefix("Ctrl-") {
                (rest, control) = (more, true);
            } else if let Some(more) = rest.strip_prefix("Alt-") {
                (rest, alt) = (more, true);
            } else {
                break;
            }
        }
        let named = NAMED.iter().find(|(known, _)| known.eq_ignore_ascii_case(rest));
        let code = if let Some((_, code)) = named {
            *code
        } else if let Some(number) = rest.strip_prefix('F').and_then(|n| n.parse().ok()) {
            (1..=24).contains(&number).then_some(KeyCode::F(number))?
        } else {
            let mut chars = rest.chars();
            let first = chars.next().filter(|c| !c.is_whitespace() && !c.is_control())?;
            chars.next().is_none().then_some(KeyCode::Char(first))?
        };
        Some(Self { code, control, alt })
    }

    /// Its name.
    pub fn name(self) -> String {
        let control = if self.control { "Ctrl-" } else { "" };
        let alt = if self.alt { "Alt-" } else { "" };
        let named = NAMED.iter().find(|(_, code)| *code == self.code);
        let name = match (named, self.code) {
            (Some((name, _)), _) => (*name).to_owned(),
            (None, KeyCode::Char(c)) => c.to_string(),
            (None, KeyCode::F(number)) => format!("F{number}"),
            _ => "?".to_owned(),
        };
        format!("{control}{alt}{name}")
    }
}

const NAMED: &[(&str, KeyCode)] = &[
    ("Enter", KeyCode::Enter),
    ("Esc", KeyCode::Esc),
    ("Space", KeyCode::Char(' ')),
    ("Tab", KeyCode::Tab),
    ("BackTab", KeyCode::BackTab),
    ("Backspace", KeyCode::Backspace),
    ("Delete", KeyCode::Delete),
    ("Insert", KeyCode::Insert),
    ("Up", KeyCode::Up),
    ("Down", KeyCode::Down),
    ("Left", KeyCode::Left),
    ("Right", KeyCode::Right),
    ("Home", KeyCode::Home),
    ("End", KeyCode::End),
    ("PageUp", KeyCode::PageUp),
    ("PageDown", KeyCode::PageDown),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_table_is_one_and_means_one_thing_at_its_place() {
        let keys = Keys::default();
        for (row, binding) in TABLE.iter().zip(&keys.bindings) {
            assert_eq!(binding.keys.len(), row.3.split(' ').count(), "{}", row.1);
            for key in &binding.keys {
                assert_eq!(Key::parse(&key.name()), Some(*key));
                let same = keys.at(binding.place).filter(|other| other.keys.contains(key));
                assert_eq!(same.count(), 1, "{} at {:?}", key.name(), binding.place);
            }
            let same = TABLE.iter().filter(|other| other.1 == row.1);
            assert_eq!(same.count(), 1, "{}", row.1);
        }
    }

    #[test]
    fn a_page_goes_before_everywhere_and_a_prompt_stands_alone() {
        let keys = Keys::default();
        let at = |place, name| keys.command(place, Key::parse(name).unwrap());
        assert_eq!(at(Place::Calls, "F10"), Some(Command::Columns));
        assert_eq!(at(Place::Ladder, "F10"), Some(Command::Hosts));
        assert_eq!(at(Place::Ladder, "F7"), Some(Command::Filter));
        assert_eq!(at(Place::Prompt, "q"), None);
    }

    #[test]
    fn keys_can_be_set() {
        let mut keys = Keys::default();
        keys.set("mark", &["Ctrl-t", "u"]).unwrap();
        let at = |name| keys.command(Place::Calls, Key::parse(name).unwrap());
        assert_eq!((at("Ctrl-t"), at("u")), (Some(Command::Mark), Some(Command::Mark)));
        assert_eq!(at("Space"), None);
        assert!(keys.clone().set("mork", &["x"]).unwrap_err().contains("no command"));
        assert!(keys.set("mark", &["Hyper-x"]).unwrap_err().contains("Hyper-x"));
    }
}
