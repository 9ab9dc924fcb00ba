//! Arguments of the command line.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};

use super::input::Input;
use super::{extract, fields, list, manual, show, stats};
use crate::diagnosis::Severity;
use crate::query::Filter;
use crate::query::calls::Calls;
use crate::query::dialogs::Dialogs;
use crate::query::endpoints::Endpoints;
use crate::query::findings::Findings;
use crate::query::registrations::Registrations;
use crate::query::streams::Streams;

/// Reads packets, follows SIP calls and their RTP, and explains what happened,
/// with the frames that prove it.
#[derive(Clone, Debug, Parser)]
#[command(
    name = "siplens",
    version,
    arg_required_else_help = true,
    override_usage = "siplens [OPTIONS] <FILE>...\n       siplens <COMMAND> [OPTIONS] ...",
    after_help = "Without a command, siplens FILE opens FILE in the terminal interface; in a pipe, or with options, \
        which are those of `siplens analyze`, it prints what happened.\n\n\
        Exit status: 0 read to the end; 1 a fault of the file or of siplens; 2 wrong usage; \
        3 read, and --fail-on matched a finding; 130 stopped by Ctrl-C, with the report of what was read."
)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The arguments with the command that is meant where none is given. On a
/// terminal, files without options, and nothing at all, are for `tui`; what else
/// begins with neither a command nor a question about siplens is for `analyze`.
pub(super) fn with_command(
    arguments: impl IntoIterator<Item = OsString>,
    on_terminal: bool,
) -> Vec<OsString> {
    let mut arguments: Vec<_> = arguments.into_iter().collect();
    let interface = on_terminal && cfg!(feature = "tui");
    if interface && arguments.len() == 1 {
        arguments.push("tui".into());
    }
    if let Some(first) = arguments.get(1) {
        let command = Cli::command();
        let mut names = command.get_subcommands().map(clap::Command::get_name);
        let is_question =
            ["help", "-h", "--help", "-V", "--version"].iter().any(|word| first == word);
        if !is_question && !names.any(|name| first == name) {
            let is_option = |word: &OsString| word.to_string_lossy().starts_with('-');
            let only_files = !arguments.iter().skip(1).any(is_option);
            let command = if interface && only_files { "tui" } else { "analyze" };
            arguments.insert(1, command.into());
        }
    }
    // Which columns there are does not depend on a file.
    if let [_, command, rest @ ..] = &arguments[..]
        && (rest.iter().any(|word| word == "--columns=help")
            || rest
                .windows(2)
                .any(|pair| (pair[0] == "--columns" || pair[0] == "-c") && pair[1] == "help"))
    {
        let program = arguments.first().cloned().unwrap_or_default();
        return vec![program, "where".into(), command.clone()];
    }
    arguments
}

#[derive(Clone, Debug, Subcommand)]
pub(super) enum Command {
    /// Tell what happened in a capture: calls, streams, findings, problems
    Analyze(Analyze),
    /// Write what was said in each call to a WAV file
    Audio(super::audio::Arguments),
    /// List calls
    Calls(Box<list::Arguments<Calls>>),
    /// List RTP streams
    Streams(Box<list::Arguments<Streams>>),
    /// List registrations
    Registrations(Box<list::Arguments<Registrations>>),
    /// List exchanges that are neither: OPTIONS, MESSAGE, SUBSCRIBE and others
    Dialogs(Box<list::Arguments<Dialogs>>),
    /// List what is wrong
    Findings(Box<list::Arguments<Findings>>),
    /// List the hosts that signal or send media
    Endpoints(Box<list::Arguments<Endpoints>>),
    /// Draw call flows as ladders
    Ladder(Ladder),
    /// Look at captures in the terminal: calls, ladders, streams, findings
    #[cfg(feature = "tui")]
    Tui(Tui),
    /// Print the settings that the terminal interface can have, and where they go
    #[cfg(feature = "tui")]
    Config,
    /// Capture at network interfaces, and tell what happens while it happens
    #[cfg(feature = "live")]
    Live(Box<super::live::Arguments>),
    /// List the network interfaces that can be captured
    #[cfg(feature = "live")]
    Interfaces,
    /// Write everything as one page: a file to open, print and attach
    Report(Report),
    /// Write calls, messages, streams and others as tables: Parquet, CSV, Arrow
    Export(Box<super::export::Arguments>),
    /// Write call detail records for billing, as CSV
    Cdr(Box<super::cdr::Arguments>),
    /// Write calls as vCons, the container of conversations (IETF draft)
    Vcon(Box<super::vcon::Arguments>),
    /// Ask captures, or tables that were exported, in SQL
    Sql(Box<super::sql::Arguments>),
    /// Count what happens how often: outcomes, responses, codecs, delays
    Stats(Box<stats::Arguments>),
    /// Show messages as they were sent, or the bytes of a frame
    Show(Box<show::Arguments>),
    /// Write the frames of chosen calls to a capture of their own
    Extract(Box<extract::Arguments>),
    /// Write a capture that can leave the house: pseudonyms for all who are in it
    Anonymize(Box<super::extract::anonymize::Arguments>),
    /// Tell how expressions for --where are written, and what they can name
    Where(fields::Arguments),
    /// Print the JSON Schema of the report or of ladders, or the columns of tables
    Schema(Schema),
    /// Tell who is in a capture, what each address does, and who talks to whom
    Topology(Topology),
    /// Print completions for a shell
    Completions(manual::Completions),
    /// Print manual pages
    Man(manual::Manual),
    /// List how much is kept of everything, for --cap
    Limits,
    /// List the parameters of the E-model, for --emodel
    Emodel,
}

/// Arguments of `analyze`.
#[derive(Clone, Debug, Args)]
pub(super) struct Analyze {
    #[command(flatten)]
    pub(super) input: Input,

    #[command(flatten)]
    pub(super) listening: super::audio::Listening,

    /// Only calls for which this is true: 'state == failed or mos < 3.5' (see
    /// `siplens where`)
    #[arg(long = "where", short = 'w', value_name = "EXPRESSION", help_heading = "Selection")]
    pub(super) only: Option<Filter<Calls>>,

    /// Print the report as one JSON document (see `siplens schema`)
    #[arg(long, conflicts_with = "json_lines")]
    pub(super) json: bool,

    /// Print one call per line as JSON
    #[arg(long)]
    pub(super) json_lines: bool,

    /// Indent the JSON document
    #[arg(long, requires = "json", conflicts_with = "max_memory")]
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

/// Arguments of `tui`.
#[cfg(feature = "tui")]
#[derive(Clone, Debug, Args)]
#[command(
    mut_arg("files", |files| files.required(false)),
    after_help = "Without FILE it offers the captures opened last, and the interfaces.\n\
        `siplens FILE` on a terminal is the same. In the interface, ? shows the keys.",
    after_long_help = crate::view::tui::keys::Keys::default().manual(),
)]
pub(super) struct Tui {
    #[command(flatten)]
    pub(super) input: Input,

    /// List the keys and the names of their commands, as they are set
    #[arg(long)]
    pub(super) keys: bool,
}

/// Arguments of `ladder`.
#[derive(Clone, Debug, Args)]
pub(super) struct Ladder {
    #[command(flatten)]
    pub(super) input: Input,

    /// Only this call: its number, a part of its Call-ID, or a user part of its
    /// From or To; may be given several times
    #[arg(long, value_name = "CALL")]
    pub(super) call: Vec<String>,

    /// Only calls for which this is true: 'findings > 0' (see `siplens where`)
    #[arg(long = "where", short = 'w', value_name = "EXPRESSION")]
    pub(super) only: Option<Filter<Calls>>,

    /// Also draw registrations and other exchanges, not only calls
    #[arg(long)]
    pub(super) all: bool,

    /// As what to draw
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: LadderFormat,

    /// Write to this file, or to a file for each ladder in this folder
    #[arg(long, short, value_name = "FILE|FOLDER/")]
    pub(super) output: Option<PathBuf>,

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

/// Bytes of message texts in a page, unless the user says another number.
pub(super) const MESSAGE_BYTES: usize = 16 << 20;

/// Arguments of `report`.
#[derive(Clone, Debug, Args)]
pub(super) struct Report {
    #[command(flatten)]
    pub(super) input: Input,

    /// Write to this file; - is standard output
    #[arg(long, short, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,

    /// The page's heading [default: the call's ends or the file's name]
    #[arg(long, value_name = "TEXT")]
    pub(super) title: Option<String>,

    /// Only this call: its number, a part of its Call-ID, or a user part of its
    /// From or To; may be given several times
    #[arg(long, value_name = "CALL")]
    pub(super) call: Vec<String>,

    /// Only calls for which this is true: 'findings > 0' (see `siplens where`)
    #[arg(long = "where", short = 'w', value_name = "EXPRESSION")]
    pub(super) only: Option<Filter<Calls>>,

    /// Of which messages the text is in the page
    #[arg(long, value_name = "WHICH", default_value = "all")]
    pub(super) messages: Messages,

    /// Most bytes of message texts in the page
    #[arg(long, value_name = "BYTES", default_value_t = MESSAGE_BYTES)]
    pub(super) message_bytes: usize,
}

/// Messages whose text is in a page.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum Messages {
    /// All
    All,
    /// Of calls, registrations and exchanges that failed or have a warning or fault
    Failed,
    /// None: texts may name people and numbers
    None,
}

/// As what a ladder is drawn.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum LadderFormat {
    /// Text for a terminal
    Text,
    /// A picture, for light and dark screens and for paper; one a call
    Svg,
    /// A Mermaid sequence diagram, for pages and tickets that draw them; one a call
    Mermaid,
    /// One JSON document (see `siplens schema ladder`)
    Json,
}

/// Arguments of `topology`.
#[derive(Clone, Debug, Args)]
pub(super) struct Topology {
    #[command(flatten)]
    pub(super) input: Input,

    /// As what to tell it
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(super) format: TopologyFormat,

    /// When to colour: on a terminal that wants it, always, or never
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) color: Color,
}

/// As what `topology` tells it.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum TopologyFormat {
    /// Tables for a person
    Table,
    /// A graph for Graphviz
    Dot,
    /// A Mermaid flowchart, for pages and tickets that draw them
    Mermaid,
    /// One JSON document
    Json,
}

/// Arguments of `schema`.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Schema {
    /// Of what
    #[arg(value_name = "DOCUMENT", default_value = "report")]
    pub(super) of: SchemaOf,
}

/// What is described by a schema.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(super) enum SchemaOf {
    /// `siplens analyze --json`
    Report,
    /// `siplens ladder --format json`
    Ladder,
    /// The tables of `siplens export` and `siplens sql`: a column each, with its type
    Tables,
    /// `siplens live --headless`: of each line
    Events,
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
    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn a_file_alone_is_analyzed() {
        let words = |line: &str| {
            with_command(line.split(' ').map(OsString::from), false).join(" ".as_ref())
        };
        assert_eq!(words("siplens call.pcap --json"), "siplens analyze call.pcap --json");
        assert_eq!(words("siplens --json call.pcap"), "siplens analyze --json call.pcap");
        for kept in
            ["siplens", "siplens ladder x", "siplens --help", "siplens -V", "siplens help ladder"]
        {
            assert_eq!(words(kept), kept);
        }
        assert_eq!(words("siplens ./ladder"), "siplens analyze ./ladder");
    }

    #[cfg(feature = "tui")]
    #[test]
    fn on_a_terminal_files_alone_are_looked_at() {
        let words =
            |line: &str| with_command(line.split(' ').map(OsString::from), true).join(" ".as_ref());
        assert_eq!(words("siplens"), "siplens tui");
        assert_eq!(words("siplens a.pcap b.pcap"), "siplens tui a.pcap b.pcap");
        assert_eq!(words("siplens a.pcap --json"), "siplens analyze a.pcap --json");
        assert_eq!(words("siplens --help"), "siplens --help");
    }
}
