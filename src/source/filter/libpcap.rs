//! Expressions compiled by libpcap.

use pcap::{Capture, Error, Linktype};

use super::FilterError;
use super::program::Program;

/// What libpcap.c says where there is no library.
const ABSENT: &str = "libpcap is not installed";

/// Compiles an expression for frames of a link, by libpcap's own number.
pub(super) fn compile(expression: &str, data_link: u16) -> Result<Program, FilterError> {
    let refused = |error: Error| {
        let text = match error {
            Error::PcapError(text) => text,
            other => other.to_string(),
        };
        if text.starts_with(ABSENT) {
            FilterError::Unavailable { text }
        } else {
            FilterError::Expression { expression: expression.to_owned(), text }
        }
    };
    let compiler = Capture::dead(Linktype(data_link.into())).map_err(refused)?;
    let compiled = compiler.compile(expression, true).map_err(refused)?;
    // The crate shows the fields of an instruction and does not give them.
    let instructions = compiled.get_instructions().iter().map(ToString::to_string);
    Program::read(instructions).ok_or_else(|| {
        let text = "libpcap compiled it to a program that is not understood".to_owned();
        FilterError::Expression { expression: expression.to_owned(), text }
    })
}
