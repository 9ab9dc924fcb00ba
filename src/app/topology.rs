//! `siplens topology`: who is in a capture, what each does, and who talks to whom.

use std::process::ExitCode;

use super::cli::{Topology, TopologyFormat};
use super::drive::{self, Reading};
use super::output::{Failure, SUCCESS, ended, palette, to_stdout};
use super::parallel;
use crate::report::endpoints::topology;
use crate::view::{json, topology as view};

pub(super) fn run(arguments: &Topology) -> Result<ExitCode, Failure> {
    let Reading { snapshot, options, end } = drive::read(&arguments.input)?;
    let context = parallel::context(&snapshot, &options, arguments.input.threads());
    let topology = topology(&context);
    to_stdout(|out| match arguments.format {
        TopologyFormat::Table => view::write(&topology, palette(arguments.color), out),
        TopologyFormat::Dot => view::write_dot(&topology, out),
        TopologyFormat::Mermaid => view::write_mermaid(&topology, out),
        TopologyFormat::Json => json::write_topology(&topology, out),
    })?;
    Ok(ended(&end, SUCCESS))
}
