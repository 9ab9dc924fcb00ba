//! Arguments of the command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::diagnosis::Severity;

/// Reads packets, follows SIP calls and their RTP, and explains what happened,
/// with the frames that prove it.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "siplens",
    version,
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    arg_required_else_help = true,
    after_help = "Without a command, siplens analyzes FILE.\n\n\
        Exit status: 0 read to the end; 1 a fault of the file or of siplens; 2 wrong usage; \
        3 read, and --fail-on matched a finding."
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Option<Command>,

    #[command(flatten)]
    pub(super) analyze: Option<Analyze>,
}

#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Tell what happened in a capture: calls, streams, findings, problems
    Analyze(Analyze),
    /// Draw call flows as ladders
    Ladder(Ladder),
    /// Print the JSON Schema of the report
    Schema,
}

/// Arguments of `analyze`.
#[derive(Clone, Debug, Args)]
pub(super) struct Analyze {
    /// Capture file, pcap or pcapng; - reads standard input
    pub(super) file: PathBuf,

    /// Print the report as one JSON document (see `siplens schema`)
    #[arg(long, conflicts_with = "json_lines")]
    pub(super) json: bool,

    /// Print one call per line as JSON
    #[arg(long)]
    pub(super) json_lines: bool,

    /// Indent the JSON document
    #[arg(long, requires = "json")]
    pub(super) pretty: bool,

    /// Rows of each table to print; the rest is counted
    #[arg(long, value_name = "ROWS", default_value_t = 200)]
    pub(super) limit: usize,

    /// Exit with status 3 if a finding is at least this severe
    #[arg(long, value_name = "SEVERITY")]
    pub(super) fail_on: Option<FailOn>,

    /// When to colour: on a terminal that wants it, always, or never
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

/// Arguments of `ladder`.
#[derive(Clone, Debug, Args)]
pub(super) struct Ladder {
    /// Capture file, pcap or pcapng; - reads standard input
    pub(super) file: PathBuf,

    /// Only this call: its number, a part of its Call-ID, or a user part of its
    /// From or To; may be given several times
    #[arg(long, value_name = "CALL")]
    pub(super) call: Vec<String>,

    /// Also draw registrations and other exchanges, not only calls
    #[arg(long)]
    pub(super) all: bool,

    /// Draw with ASCII characters only
    #[arg(long)]
    pub(super) ascii: bool,

    /// Columns of text to draw in [default: the terminal's, else 120]
    #[arg(long, value_name = "COLUMNS")]
    pub(super) width: Option<usize>,

    /// When to colour: on a terminal that wants it, always, or never
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

/// When to colour.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// The severity from which on a finding makes the exit status 3.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum FailOn {
    /// Any finding
    Note,
    /// A warning or a fault
    Warning,
    /// A fault
    Fault,
}

impl From<FailOn> for Severity {
    fn from(fail_on: FailOn) -> Self {
        match fail_on {
            FailOn::Note => Self::Note,
            FailOn::Warning => Self::Warning,
            FailOn::Fault => Self::Fault,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }
}
