//! Frames from a source into the engine.

use super::input::{Input as Arguments, Moment};
use super::output::Failure;
use crate::base::time::Timestamp;
use crate::engine::{Engine, Snapshot};
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

/// Reads what the arguments name to its end, or to its first fault.
pub(super) fn read(arguments: &Arguments) -> Result<Reading, Failure> {
    let mut source =
        FileSource::open(&arguments.file, 0).map_err(|error| Failure::Fault(error.to_string()))?;
    let mut engine = Engine::new(arguments.settings());
    let mut window = Window::new(arguments);
    let fault = loop {
        match source.next_frame() {
            Ok(Step::Frame(frame)) => {
                if window.takes(frame.at) {
                    engine.handle_frame(&frame);
                }
            }
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
        selection: arguments.selection(),
    };
    Ok(Reading { snapshot: engine.finish(), options, fault })
}

/// The stretch of time that is read.
struct Window {
    from: Option<Moment>,
    to: Option<Moment>,
    /// The ends of the stretch, once the first frame has told the day.
    bounds: Option<(Timestamp, Timestamp)>,
}

impl Window {
    fn new(arguments: &Arguments) -> Self {
        Self { from: arguments.from, to: arguments.to, bounds: None }
    }

    #[inline]
    fn takes(&mut self, at: Timestamp) -> bool {
        if self.from.is_none() && self.to.is_none() {
            return true;
        }
        let (from, to) = *self.bounds.get_or_insert_with(|| {
            let resolve = |moment: Option<Moment>, open| {
                moment.map_or(Timestamp::from_nanos(open), |m| m.resolve(at))
            };
            (resolve(self.from, i64::MIN), resolve(self.to, i64::MAX))
        });
        (from..to).contains(&at)
    }
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
