//! What a reader knows of its inputs, as the report wants it.

use crate::report::build::{Input, InputProblem};
use crate::report::capture::SourceRow;
use crate::report::time::Resolution;
use crate::source::{Problem, SourceInfo};

/// The facts of an input.
pub(super) fn input(info: &SourceInfo) -> Input {
    Input {
        row: SourceRow {
            name: info.name.clone(),
            format: info.format.name().to_owned(),
            compression: info.compression.map(str::to_owned),
            link_types: info.link_types.iter().map(|number| link_name(*number)).collect(),
            packets: info.packets,
            bytes: info.bytes,
            first_time: None,
            last_time: None,
            duration_s: None,
            truncated: info.truncated,
            interface_drops: info.interface_drops,
            dropped_packets: None,
        },
        span: info.first_time.zip(info.last_time),
        problems: info.problems.iter().map(problem).collect(),
    }
}

/// Something that was wrong with an input.
pub(super) fn problem(problem: &Problem) -> InputProblem {
    InputProblem {
        code: problem.code.to_owned(),
        count: problem.count,
        first_frame: problem.first_frame,
        text: problem.text.clone(),
    }
}

/// The resolution of the finest input.
pub(super) fn resolution(infos: &[&SourceInfo]) -> Resolution {
    infos.iter().map(|info| info.fraction_digits).max().map_or_else(Resolution::default, Resolution)
}

/// The name of a link type as tcpdump's registry has it, without its prefix.
pub(super) fn link_name(number: u16) -> String {
    let name = match number {
        0 => "NULL",
        1 => "ETHERNET",
        9 => "PPP",
        50 => "PPP_HDLC",
        51 => "PPP_ETHER",
        12 | 14 | 101 => "RAW",
        104 => "C_HDLC",
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
