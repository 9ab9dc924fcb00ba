//! `siplens completions` and `siplens man`: what shells and manuals know of siplens.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;
use clap_mangen::Man;

use super::cli::Cli;
use super::output::{Failure, SUCCESS, to_stdout};
use super::save;

/// Arguments of `completions`.
#[derive(Clone, Copy, Debug, Args)]
pub(super) struct Completions {
    /// Of which shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

/// Arguments of `man`.
#[derive(Clone, Debug, Args)]
pub(super) struct Manual {
    /// The page of this command; without, that of siplens
    #[arg(value_name = "COMMAND", conflicts_with = "output")]
    command: Option<String>,

    /// Write the pages of all commands to this folder
    #[arg(long, short, value_name = "FOLDER")]
    output: Option<PathBuf>,
}

/// Prints the completions of a shell.
pub(super) fn completions(arguments: Completions) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "siplens", &mut script);
    to_stdout(|out| out.write_all(&script))?;
    Ok(SUCCESS)
}

/// Prints a manual page, or writes all of them.
pub(super) fn manual(arguments: &Manual) -> Result<ExitCode, Failure> {
    let mut siplens = Cli::command();
    siplens.build();
    if let Some(folder) = &arguments.output {
        write_all(&siplens, folder)?;
        return Ok(SUCCESS);
    }
    let command = match &arguments.command {
        None => siplens,
        Some(name) => match siplens.find_subcommand(name) {
            Some(command) => page_of(command),
            None => return Err(Failure::Usage(format!("there is no command {name}"))),
        },
    };
    to_stdout(|out| render(command, out))?;
    Ok(SUCCESS)
}

fn write_all(siplens: &clap::Command, folder: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(folder)
        .map_err(|error| Failure::Fault(format!("{}: {error}", folder.display())))?;
    let commands = siplens.get_subcommands().filter(|command| command.get_name() != "help");
    for command in std::iter::once(siplens.clone()).chain(commands.map(page_of)) {
        let path = folder.join(format!("{}.1", command.get_name()));
        save::write(Some(&path), &[], |out| render(command, out))?;
    }
    Ok(())
}

/// A command as a page of its own: `siplens-calls`.
fn page_of(command: &clap::Command) -> clap::Command {
    let name = format!("siplens-{}", command.get_name());
    let used = format!("siplens {}", command.get_name());
    command.clone().name(name).bin_name(used)
}

fn render(command: clap::Command, mut out: &mut dyn Write) -> io::Result<()> {
    Man::new(command).manual("siplens manual").render(&mut out)
}
