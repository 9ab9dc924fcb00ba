//! What can happen to the interface.

use std::sync::Arc;

use super::app::{Page, Progress};
use super::effect::{Save, Search};
use super::gathered::Gathered;
use super::list::Step;
use super::order::Order;
use crate::report::value::FrameRef;

/// Something that happened, or that the user wants.
#[derive(Clone, PartialEq, Debug)]
pub enum Action {
    /// A command, by a key or a menu.
    Command(Command),
    /// A character typed into a prompt.
    Type(char),
    /// A text pasted.
    Paste(String),
    /// A mouse button was pressed at a column and a row of the screen.
    Click(u16, u16),
    /// A wheel was turned at a column and a row of the screen: lines down.
    Scroll(u16, u16, i16),
    /// The terminal has this many columns and rows.
    Resize(u16, u16),
    /// A new report is looked at; how far the reading is.
    Report(Progress),
    /// How far the reading is.
    Progress(Progress),
    /// Calls are in this order now.
    Ordered(Order),
    /// Figures over all calls were gathered.
    Gathered(Arc<Gathered>),
    /// A search came to its end: where it found something.
    Found(Search, Option<usize>),
    /// Messages of a frame were read back, or could not be.
    Fetched(FrameRef, Result<Vec<Vec<u8>>, String>),
    /// What became of a wish to save.
    Saved(Save, Outcome),
    /// Something to say to the user.
    Say(Tone, String),
}

/// What became of a wish to save.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// It is written; in the user's words what.
    Written(String),
    /// There is a file of that name.
    Exists,
    /// It could not be written, and why.
    Failed(String),
}

/// How something is said.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Tone {
    /// It went well.
    Good,
    /// It did not.
    Bad,
}

/// What a key can do.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Command {
    /// Show the keys.
    Help,
    /// Close what is open, go back to the page before.
    Back,
    /// The same, and in the end leave the program.
    Leave,
    /// Ask for the name of a capture.
    OpenFile,
    /// Move up in the message.
    MessageUp,
    /// Move down in the message.
    MessageDown,
    /// Leave the program.
    Quit,
    /// Show a page.
    Page(Page),
    /// The page to the right.
    NextPage,
    /// The page to the left.
    PreviousPage,
    /// Move in the list.
    Move(Step),
    /// Move to the left.
    Left,
    /// Move to the right.
    Right,
    /// Open what the cursor is on.
    Open,
    /// Mark what the cursor is on.
    Mark,
    /// Mark all that is listed.
    MarkAll,
    /// Take all marks away.
    Unmark,
    /// Give the marked calls a tag.
    Tag,
    /// Ask for a filter.
    Filter,
    /// Ask for a text to find.
    Search,
    /// Find it again.
    SearchNext,
    /// Find it before.
    SearchPrevious,
    /// Choose columns.
    Columns,
    /// Sort by the column to the left.
    SortLeft,
    /// Sort by the column to the right.
    SortRight,
    /// Sort the other way round.
    Reverse,
    /// Stay at the newest call.
    Follow,
    /// Show the ladder of what the cursor is on.
    Ladder,
    /// Show the messages of what the cursor is on.
    Messages,
    /// Show what is known of what the cursor is on.
    Details,
    /// Ask how to save what is chosen.
    Save,
    /// Copy what the cursor is on.
    Copy,
    /// Show the streams of the call only, or all.
    OnlyCall,
    /// Compare two messages.
    Diff,
    /// Go to the request of the response, or the other way round.
    Pair,
    /// Times since the beginning, since the previous one, or of the clock.
    Times,
    /// Text, raw, hex.
    Raw,
    /// Hide or show the message.
    Pane,
    /// More room for the message.
    Wider,
    /// Less room for the message.
    Narrower,
    /// Hosts by address, by address and port, or by name.
    Merge,
    /// Choose, order and name hosts.
    Hosts,
    /// Fold repeated messages, or show each.
    Fold,
    /// Show what session descriptions announce.
    Sdp,
    /// Show media.
    Media,
    /// Go to the next message that shows a finding.
    NextFinding,
    /// The ladder of the call before.
    PreviousCall,
    /// The ladder of the next call.
    NextCall,
    /// The next theme.
    Theme,
    /// Draw anew.
    Redraw,
    /// Stop until the shell continues us.
    Suspend,
    /// In a prompt or menu: this it is.
    Accept,
    /// In a prompt or menu: leave it.
    Cancel,
    /// In a prompt: complete the word.
    Complete,
    /// In a prompt: delete the character before.
    DeleteBefore,
    /// In a prompt: delete the character at the cursor.
    DeleteAt,
    /// In a prompt: delete the word before.
    DeleteWord,
    /// In a prompt: delete everything before.
    DeleteAll,
    /// In a prompt: to the beginning.
    Begin,
    /// In a prompt: to the end.
    End,
    /// In a menu: switch the entry.
    Switch,
    /// In a menu: move the entry up.
    MoveUp,
    /// In a menu: move the entry down.
    MoveDown,
    /// In a menu: give the entry a name.
    Rename,
}
