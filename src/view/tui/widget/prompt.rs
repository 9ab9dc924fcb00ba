//! A line that is typed.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::text::{put, small};
use crate::view::terminal::{safe, width};
use crate::view::tui::effect::Form;
use crate::view::tui::theme::{Role, Theme};

/// What a line is typed for.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Purpose {
    /// A filter of calls.
    Filter,
    /// A text to find.
    Search,
    /// A tag for calls.
    Tag,
    /// A name for a host, by its address.
    HostName(String),
    /// A file to save into.
    Save(Form),
    /// A capture to open.
    Open,
}

impl Purpose {
    /// What stands before the line.
    pub const fn title(&self) -> &'static str {
        match self {
            Self::Filter => "Filter: ",
            Self::Search => "Search: ",
            Self::Tag => "Tag: ",
            Self::HostName(_) => "Name: ",
            Self::Save(_) => "Save as: ",
            Self::Open => "Open: ",
        }
    }
}

/// A line that is typed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Prompt {
    /// What for.
    pub purpose: Purpose,
    /// The line.
    pub text: String,
    /// Where the next character comes, in bytes.
    pub cursor: usize,
    /// What it would be if it were left.
    pub before: String,
    /// What is wrong with it, or what it means.
    pub note: Note,
    /// What the word could become, for the completion that goes round.
    pub choices: Vec<String>,
    /// Where the word begins that is completed, in bytes.
    pub completed_from: usize,
    /// How far back in the history.
    pub back: usize,
}

/// What is said of a line.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub enum Note {
    /// Nothing.
    #[default]
    None,
    /// Something that helps.
    Help(String),
    /// The line cannot be taken yet: what it may go on with.
    Unfinished(String),
    /// What is wrong, and at which columns of the line.
    Wrong(String, usize, usize),
}

/// More than this is not typed, nor pasted.
const MOST_BYTES: usize = 4096;

impl Prompt {
    /// A line that begins as `text`.
    pub fn new(purpose: Purpose, text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            purpose,
            cursor: text.len(),
            before: text.clone(),
            text,
            note: Note::None,
            choices: Vec::new(),
            completed_from: 0,
            back: 0,
        }
    }

    /// Types a character; control characters are none.
    pub fn insert(&mut self, c: char) {
        if !c.is_control() && self.text.len() + c.len_utf8() <= MOST_BYTES {
            self.text.insert(self.cursor, c);
            self.cursor += c.len_utf8();
        }
    }

    /// Replaces the line.
    pub fn set(&mut self, text: String) {
        self.cursor = text.len();
        self.text = text;
    }

    /// Moves to the character before.
    pub fn left(&mut self) {
        let before = self.text.get(..self.cursor).and_then(|text| text.chars().next_back());
        self.cursor -= before.map_or(0, char::len_utf8);
    }

    /// Moves to the next character.
    pub fn right(&mut self) {
        let here = self.text.get(self.cursor..).and_then(|text| text.chars().next());
        self.cursor += here.map_or(0, char::len_utf8);
    }

    /// Deletes from the place `from` to the cursor.
    pub fn delete_from(&mut self, from: usize) {
        if self.text.is_char_boundary(from) && from <= self.cursor {
            self.text.replace_range(from..self.cursor, "");
            self.cursor = from;
        }
    }

    /// Where the word before the cursor begins.
    pub fn word_start(&self) -> usize {
        let before = self.text.get(..self.cursor).unwrap_or_default();
        let trimmed = before.trim_end();
        trimmed.rfind(|c: char| c.is_whitespace() || c == '(').map_or(0, |at| at + 1)
    }

    /// Deletes the character at the cursor.
    pub fn delete_at(&mut self) {
        if self.cursor < self.text.len() {
            self.text.remove(self.cursor);
        }
    }
}

/// Draws a line that is typed: the line, and what is to be said of it below.
pub(in crate::view::tui) fn draw(buffer: &mut Buffer, area: Rect, prompt: &Prompt, theme: Theme) {
    let title = prompt.purpose.title();
    put(buffer, (area.x, area.y), usize::from(area.width), title, theme.style(Role::Heading));
    let start = area.x + small(width(title));
    let room = usize::from(area.right().saturating_sub(start + 1));
    let shown = safe(&prompt.text);
    let before = width(&safe(prompt.text.get(..prompt.cursor).unwrap_or_default()));
    // A line longer than its room is moved until the cursor is in it.
    let shift = before.saturating_sub(room);
    let mut visible = shown.as_ref();
    let mut left = shift;
    while left > 0 {
        let Some(c) = visible.chars().next() else { break };
        let (head, tail) = visible.split_at(c.len_utf8());
        left = left.saturating_sub(width(head).max(1));
        visible = tail;
    }
    put(buffer, (start, area.y), room, visible, theme.style(Role::Plain));
    let at = start + small(before - shift);
    if let Some(cell) = buffer.cell_mut((at, area.y)) {
        cell.set_style(theme.style(Role::Found));
    }
    let below = area.y + 1;
    match &prompt.note {
        Note::None => {}
        Note::Help(text) | Note::Unfinished(text) => {
            put(buffer, (area.x, below), usize::from(area.width), text, theme.style(Role::Dim));
        }
        Note::Wrong(text, from, columns) => {
            let style = theme.style(Role::Bad);
            let text = format!("  {text}");
            put(buffer, (area.x, below), usize::from(area.width), &text, style);
            for column in *from..from + columns {
                let x = start + small(column.saturating_sub(shift));
                if let Some(cell) = buffer.cell_mut((x, area.y)).filter(|_| x < area.right()) {
                    cell.set_style(style.add_modifier(ratatui::style::Modifier::UNDERLINED));
                }
            }
        }
    }
}
