//! Filter expressions as tcpdump has them, on the frames of any source.
//!
//! libpcap compiles an expression (pcap-filter(7)); the program that it becomes
//! is run here. Without a filter libpcap is not even opened.

#[cfg(feature = "live")]
mod libpcap;
#[cfg_attr(not(feature = "live"), allow(dead_code, reason = "only libpcap makes programs"))]
mod program;

use std::fmt;

use self::program::Program;
use super::error::OneLine;
use crate::base::frame::{Frame, Link};

/// A filter of the frames of one link type.
///
/// Loopback frames are filtered by what follows their four bytes of address
/// family, which each system numbers in its own way and order.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Filter {
    link: Link,
    program: Program,
}

/// Why there is no filter.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum FilterError {
    /// This program was built without the feature `live`.
    NotBuilt,
    /// libpcap says that it cannot be used.
    Unavailable {
        /// libpcap's reason.
        text: String,
    },
    /// The expression is none, or not one for this link type.
    Expression {
        /// The expression.
        expression: String,
        /// libpcap's reason.
        text: String,
    },
}

impl Filter {
    /// Compiles an expression for frames of a link type. An empty one lets
    /// every frame through.
    ///
    /// # Errors
    ///
    /// It is no expression, or says what frames of the link type do not have;
    /// or libpcap is not there.
    pub fn compile(expression: &str, link: Link) -> Result<Self, FilterError> {
        let program = compile(expression, data_link(link))?;
        Ok(Self { link, program })
    }

    /// Whether the frame is of the filter's link type and matches.
    pub fn matches(&self, frame: &Frame<'_>) -> bool {
        let skipped = if self.link == Link::Null { FAMILY_BYTES } else { 0 };
        let bytes = frame.bytes.get(skipped..);
        frame.link == self.link
            && bytes.is_some_and(|bytes| self.program.accepts(bytes, frame.wire_len))
    }
}

/// One expression for the frames of whatever links come.
#[derive(Clone, Debug)]
pub struct Filters {
    expression: String,
    filters: Vec<OfLink>,
}

/// The filter of a link's frames.
#[derive(Clone, Debug)]
struct OfLink {
    link: Link,
    filter: Result<Filter, FilterError>,
    /// Frames left out because there is no filter for them.
    refused: u64,
}

impl Filters {
    /// Checks an expression, as one for Ethernet.
    ///
    /// # Errors
    ///
    /// As of [`Filter::compile`].
    pub fn new(expression: &str) -> Result<Self, FilterError> {
        let ethernet = Filter::compile(expression, Link::Ethernet)?;
        let filters = vec![OfLink { link: Link::Ethernet, filter: Ok(ethernet), refused: 0 }];
        Ok(Self { expression: expression.to_owned(), filters })
    }

    /// Whether the frame matches. The expression is compiled for each link when
    /// its first frame comes; frames of links for which it cannot be do not match.
    pub fn matches(&mut self, frame: &Frame<'_>) -> bool {
        let known = self.filters.iter().position(|of| of.link == frame.link);
        let place = known.unwrap_or_else(|| {
            let filter = Filter::compile(&self.expression, frame.link);
            self.filters.push(OfLink { link: frame.link, filter, refused: 0 });
            self.filters.len() - 1
        });
        match self.filters.get_mut(place) {
            Some(OfLink { filter: Ok(filter), .. }) => filter.matches(frame),
            Some(OfLink { refused, .. }) => {
                *refused += 1;
                false
            }
            None => false,
        }
    }

    /// The links whose frames were left out because the expression is none for
    /// them, why, and how many frames.
    pub fn refused(&self) -> impl Iterator<Item = (Link, &FilterError, u64)> {
        self.filters.iter().filter_map(|of| Some((of.link, of.filter.as_ref().err()?, of.refused)))
    }
}

/// Bytes of address family that loopback frames begin with.
const FAMILY_BYTES: usize = 4;

/// libpcap's own number of a link, which is not the registry's for raw IP.
const fn data_link(link: Link) -> u16 {
    match link {
        Link::Ethernet => 1,
        Link::Null | Link::RawIp => 12,
        Link::Ppp => 9,
        Link::PppEther => 51,
        Link::CiscoHdlc => 104,
        Link::Wifi => 105,
        Link::WifiRadiotap => 127,
        Link::LinuxSll => 113,
        Link::LinuxSll2 => 276,
        Link::Other(number) => number,
    }
}

#[cfg(feature = "live")]
fn compile(expression: &str, data_link: u16) -> Result<Program, FilterError> {
    libpcap::compile(expression, data_link)
}

#[cfg(not(feature = "live"))]
fn compile(_: &str, _: u16) -> Result<Program, FilterError> {
    Err(FilterError::NotBuilt)
}

impl std::error::Error for FilterError {}

impl fmt::Display for FilterError {
    /// `filter "udp prot 5060": syntax error in filter expression: syntax error`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotBuilt => {
                write!(f, "filters are not in this build; build it with the feature `live`")
            }
            Self::Unavailable { text } => write!(f, "{}", OneLine(text)),
            Self::Expression { expression, text } => {
                write!(f, "filter \"{}\": {}", OneLine(expression), OneLine(text))
            }
        }
    }
}
