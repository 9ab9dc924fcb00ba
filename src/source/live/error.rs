//! Why an interface cannot be captured.

use std::fmt;

use crate::source::error::OneLine;

/// Why an interface cannot be captured.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum LiveError {
    /// libpcap is not installed.
    Unavailable {
        /// What to do.
        text: String,
    },
    /// The user may not capture.
    NotPermitted {
        /// The interface.
        interface: String,
    },
    /// There is no such interface.
    NoInterface {
        /// Its name.
        interface: String,
    },
    /// The filter is none, or not one for the interface.
    Filter {
        /// The filter.
        filter: String,
        /// libpcap's reason.
        text: String,
    },
    /// The interface was there, and is there no more.
    Gone {
        /// libpcap's reason.
        text: String,
    },
    /// Something else.
    Other {
        /// libpcap's reason.
        text: String,
    },
}

/// What libpcap.c says where there is no library.
const ABSENT: &str = "libpcap is not installed";

/// What libpcap says.
pub(super) fn text(error: pcap::Error) -> String {
    match error {
        pcap::Error::PcapError(text) => text,
        other => other.to_string(),
    }
}

impl LiveError {
    /// libpcap gives no codes by way of the crate, only words.
    pub(super) fn of(interface: &str, error: pcap::Error) -> Self {
        let text = text(error);
        let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
        if text.starts_with(ABSENT) {
            Self::Unavailable { text }
        } else if says(&["CAP_NET_RAW", "ermission", "not permitted"]) {
            Self::NotPermitted { interface: interface.to_owned() }
        } else if says(&["No such device", "no such device", "doesn't exist"]) {
            Self::NoInterface { interface: interface.to_owned() }
        } else {
            Self::Other { text: format!("{interface}: {text}") }
        }
    }

    pub(super) fn of_filter(filter: &str, error: pcap::Error) -> Self {
        Self::Filter { filter: filter.to_owned(), text: text(error) }
    }
}

impl std::error::Error for LiveError {}

impl fmt::Display for LiveError {
    /// `eth7: there is no such interface (siplens interfaces lists them)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable { text } | Self::Gone { text } | Self::Other { text } => {
                write!(f, "{}", OneLine(text))
            }
            Self::NotPermitted { interface } => {
                write!(f, "{}: to capture takes the capability cap_net_raw", OneLine(interface))
            }
            Self::NoInterface { interface } => write!(
                f,
                "{}: there is no such interface (siplens live --list-interfaces lists them)",
                OneLine(interface)
            ),
            Self::Filter { filter, text } => {
                write!(f, "filter \"{}\": {}", OneLine(filter), OneLine(text))
            }
        }
    }
}
