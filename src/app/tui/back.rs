//! Where what is not in the report is read back from.

use super::{bytes, save};
use crate::app::input::Input;
#[cfg(feature = "live")]
use crate::app::live::Recall;
use crate::app::published::Published;
use crate::view::tui::action::Outcome;
use crate::view::tui::effect::{Fetch, Form, Save};

/// Where packets and messages are read back from.
pub(super) enum Back {
    /// The captures that are shown.
    Files(Input),
    /// A live session: its last messages, and the folder that packets are recorded
    /// in, if one is.
    #[cfg(feature = "live")]
    Live(Recall, Input),
}

impl Back {
    /// Reads messages back.
    pub(super) fn fetch(&self, frames: &[Fetch]) -> Vec<bytes::Fetched> {
        match self {
            Self::Files(input) => bytes::fetch(input, frames),
            #[cfg(feature = "live")]
            Self::Live(recall, _) => {
                let one = |fetch: &Fetch| {
                    let messages = recall.messages(bytes::number(fetch.frame));
                    let gone = "the message is too long ago: only the last ones are kept";
                    let messages =
                        if messages.is_empty() { Err(gone.to_owned()) } else { Ok(messages) };
                    (fetch.frame, messages)
                };
                frames.iter().map(one).collect()
            }
        }
    }

    /// Writes a file.
    pub(super) fn save(&self, published: &Published, wish: &Save) -> Outcome {
        let input = match self {
            Self::Files(input) => input,
            #[cfg(feature = "live")]
            Self::Live(_, input) => input,
        };
        let takes_packets = matches!(wish.form, Form::Pcap | Form::Pcapng | Form::Wav);
        if input.files.is_empty() && takes_packets {
            let why = "packets are not kept: siplens live --record FOLDER keeps the last ones";
            return Outcome::Failed(why.to_owned());
        }
        save::save(input, published, wish)
    }
}
