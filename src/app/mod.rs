//! The impure shell: arguments, files, terminal, exit codes.

mod again;
mod analyze;
mod audio;
mod cdr;
mod cli;
mod clock;
mod drive;
mod export;
mod extract;
mod facts;
mod fields;
mod frames;
mod input;
mod interrupt;
mod ladder;
mod list;
#[cfg(feature = "live")]
mod live;
mod manual;
mod memory;
mod names;
mod output;
mod parallel;
mod pipeline;
mod progress;
#[cfg(any(feature = "live", feature = "tui"))]
mod published;
mod quality;
mod redaction;
mod report;
mod rows;
mod save;
mod select;
mod show;
mod sql;
mod stats;
mod topology;
#[cfg(feature = "tui")]
mod tui;
mod vcon;
#[cfg(feature = "tui")]
mod watch;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::process::ExitCode;

use clap::Parser;

use self::cli::{Cli, Command};
use self::output::{Failure, SUCCESS, fail};

/// The user asked for what cannot be.
const WRONG_USAGE: u8 = 2;

/// Whether someone sits before the program.
fn on_terminal() -> bool {
    std::io::stdin().is_terminal() && std::io::stdout().is_terminal()
}

/// Runs the program with the given arguments, the program's name first.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(cli::with_command(arguments, on_terminal())) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers, not errors; clap knows which goes where.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let result = match cli.command {
        Command::Analyze(arguments) => analyze::run(&arguments),
        Command::Audio(arguments) => audio::run(&arguments),
        Command::Ladder(arguments) => ladder::run(&arguments),
        #[cfg(feature = "tui")]
        Command::Tui(arguments) => tui::run(&arguments),
        #[cfg(feature = "tui")]
        Command::Config => tui::write_config().map(|()| SUCCESS),
        #[cfg(feature = "live")]
        Command::Live(arguments) => live::run(&arguments),
        #[cfg(feature = "live")]
        Command::Interfaces => live::write_interfaces().map(|()| SUCCESS),
        Command::Report(arguments) => report::run(&arguments),
        Command::Calls(arguments) => list::run(&arguments),
        Command::Streams(arguments) => list::run(&arguments),
        Command::Registrations(arguments) => list::run(&arguments),
        Command::Dialogs(arguments) => list::run(&arguments),
        Command::Findings(arguments) => list::run(&arguments),
        Command::Endpoints(arguments) => list::run(&arguments),
        Command::Export(arguments) => export::run(&arguments),
        Command::Cdr(arguments) => cdr::run(&arguments),
        Command::Vcon(arguments) => vcon::run(&arguments),
        Command::Sql(arguments) => sql::run(&arguments),
        Command::Stats(arguments) => stats::run(&arguments),
        Command::Show(arguments) => show::run(&arguments),
        Command::Extract(arguments) => extract::run(&arguments),
        Command::Anonymize(arguments) => extract::anonymize::run(&arguments),
        Command::Completions(arguments) => manual::completions(arguments),
        Command::Man(arguments) => manual::manual(&arguments),
        Command::Where(arguments) => fields::run(&arguments),
        Command::Schema(arguments) => output::to_stdout(|out| match arguments.of {
            cli::SchemaOf::Report => crate::view::json::write_schema(out),
            cli::SchemaOf::Events => crate::view::json::write_event_schema(out),
            cli::SchemaOf::Ladder => crate::view::json::write_ladder_schema(out),
            cli::SchemaOf::Tables => sql::write_columns(out),
        })
        .map(|()| SUCCESS),
        Command::Topology(arguments) => topology::run(&arguments),
        Command::Limits => input::write_limits().map(|()| SUCCESS),
        Command::Emodel => quality::write_parameters().map(|()| SUCCESS),
    };
    match result {
        Ok(code) => code,
        // Whoever reads our output may stop when they have seen enough.
        Err(Failure::BrokenPipe) => SUCCESS,
        Err(Failure::Fault(message)) => fail(&message),
        Err(Failure::Usage(message)) => {
            output::say(&message);
            ExitCode::from(WRONG_USAGE)
        }
    }
}
