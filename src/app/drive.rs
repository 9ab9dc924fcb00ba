//! Frames from a source into the engine.

use std::path::Path;

use super::output::Failure;
use crate::engine::{Engine, Settings, Snapshot};
use crate::report::Options;
use crate::report::build::{Input, InputProblem};
use crate::report::capture::SourceRow;
use crate::report::time::Resolution;
use crate::source::{FileSource, Source, SourceInfo, Step};

/// What was read, and what ended the reading early.
pub(super) struct Reading {
    /// Everything that was learned.
    pub(super) snapshot: Snapshot,
    /// The facts of the inputs.
    pub(super) options: Options,
    /// The fault of the file that ended the reading, in one line.
    pub(super) fault: Option<String>,
}

/// Reads a capture file to its end, or to its first fault.
pub(super) fn read(path: &Path) -> Result<Reading, Failure> {
    let mut source =
        FileSource::open(path, 0).map_err(|error| Failure::Fault(error.to_string()))?;
    let mut engine = Engine::new(Settings::default());
    let fault = loop {
        match source.next_frame() {
            Ok(Step::Frame(frame)) => engine.handle_frame(&frame),
            Ok(Step::Idle) => {}
            Ok(Step::End) => break None,
            Err(error) => break Some(error.to_string()),
        }
    };
    let info = source.info();
    let mut input = input(info);
    if let Some(fault) = &fault {
        input.problems.push(InputProblem {
            code: "file.corrupt".to_owned(),
            count: 1,
            first_frame: None,
            text: fault.clone(),
        });
    }
    let options = Options {
        resolution: Resolution(info.fraction_digits),
        inputs: vec![input],
        selection: crate::report::Selection::default(),
    };
    Ok(Reading { snapshot: engine.finish(), options, fault })
}

fn input(info: &SourceInfo) -> Input {
    let problems = info.problems.iter().map(|problem| InputProblem {
        code: problem.code.to_owned(),
        count: problem.count,
        first_frame: problem.first_frame,
        text: problem.text.clone(),
    });
    Input {
        row: SourceRow {
            name: info.name.clone(),
            format: info.format.name().to_owned(),
            link_types: info.link_types.iter().map(|number| link_name(*number)).collect(),
            packets: info.packets,
            bytes: info.bytes,
            first_time: None,
            last_time: None,
            truncated: info.truncated,
            interface_drops: info.interface_drops,
        },
        span: info.first_time.zip(info.last_time),
        problems: problems.collect(),
    }
}

/// The name of a link type as tcpdump's registry has it, without its prefix.
fn link_name(number: u16) -> String {
    let name = match number {
        0 => "NULL",
        1 => "ETHERNET",
        9 => "PPP",
        12 | 14 | 101 => "RAW",
        105 => "IEEE802_11",
        108 => "LOOP",
        113 => "LINUX_SLL",
        127 => "IEEE802_11_RADIOTAP",
        228 => "IPV4",
        229 => "IPV6",
        276 => "LINUX_SLL2",
        other => return format!("LINKTYPE_{other}"),
    };
    name.to_owned()
}
