//! What the interface asks the program to do.

use std::path::PathBuf;

use super::order::Query;
use crate::report::value::FrameRef;

/// Something that only the program around the interface can do.
#[derive(Clone, PartialEq, Debug)]
pub enum Effect {
    /// End.
    Quit,
    /// Stop until the shell continues it (Ctrl-Z).
    Suspend,
    /// Draw everything anew: something else wrote on the terminal.
    Redraw,
    /// Put a text into the terminal's clipboard.
    Copy(String),
    /// Put calls into an order; the answer is [`Action::Ordered`](super::Action::Ordered).
    Order(Query),
    /// Gather figures over all calls; the answer is
    /// [`Action::Gathered`](super::Action::Gathered).
    Gather,
    /// Find the next call whose row holds a text, from a place in the order on;
    /// the answer is [`Action::Found`](super::Action::Found).
    Search(Search),
    /// Read messages back from the capture; the answers are
    /// [`Action::Fetched`](super::Action::Fetched).
    Fetch(Vec<Fetch>),
    /// Write a file.
    Save(Save),
    /// Open a capture instead of this one.
    Open(PathBuf),
    /// Capture at an interface.
    Capture(String),
}

/// Messages to read back.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fetch {
    /// The frame that completed them.
    pub frame: FrameRef,
    /// Whether the frame holds them whole, as over UDP.
    pub alone: bool,
}

/// A search for a text.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Search {
    /// The text, without regard to case.
    pub text: String,
    /// The place in the order to begin at; it is looked at last.
    pub from: usize,
    /// Towards the end of the list.
    pub forward: bool,
}

/// What to write.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Save {
    /// In which form.
    pub form: Form,
    /// Into which file.
    pub path: PathBuf,
    /// Whether a file that is there may be replaced.
    pub overwrite: bool,
    /// Of which conversations, by their names in the report (`call-1`); all
    /// calls if there are none.
    pub names: Vec<String>,
}

/// The forms in which something can be saved.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// The frames of calls, as pcapng.
    Pcapng,
    /// The frames of calls, as pcap.
    Pcap,
    /// Ladders as text.
    LadderText,
    /// Ladders as pictures.
    LadderSvg,
    /// Ladders for Mermaid.
    LadderMermaid,
    /// The report of calls as a page.
    Html,
    /// The report of calls as JSON.
    Json,
    /// The report of everything as a page.
    WholeHtml,
    /// The report of everything as JSON.
    WholeJson,
    /// What was said, as WAV.
    Wav,
}

impl Form {
    /// For a menu.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Pcapng => "Frames, pcapng",
            Self::Pcap => "Frames, pcap",
            Self::LadderText => "Ladder, text",
            Self::LadderSvg => "Ladder, SVG picture",
            Self::LadderMermaid => "Ladder, Mermaid",
            Self::Html => "Report, HTML page",
            Self::Json => "Report, JSON",
            Self::WholeHtml => "Report of the whole capture, HTML page",
            Self::WholeJson => "Report of the whole capture, JSON",
            Self::Wav => "Audio, WAV",
        }
    }

    /// The end of the file's name.
    pub const fn extension(self) -> &'static str {
        match self {
            Self::Pcapng => "pcapng",
            Self::Pcap => "pcap",
            Self::LadderText => "txt",
            Self::LadderSvg => "svg",
            Self::LadderMermaid => "mmd",
            Self::Html | Self::WholeHtml => "html",
            Self::Json | Self::WholeJson => "json",
            Self::Wav => "wav",
        }
    }

    /// Whether it is of the whole capture, whatever is chosen.
    pub const fn is_of_capture(self) -> bool {
        matches!(self, Self::WholeHtml | Self::WholeJson)
    }

    /// Whether it takes the frames once more, which are all there only when the
    /// reading has ended.
    pub const fn needs_frames(self) -> bool {
        matches!(self, Self::Pcapng | Self::Pcap | Self::Wav)
    }
}
