//! The command-line program: arguments, output, one file per command. Commands are thin and call the library.

pub mod args;
mod commands;
mod output;

use clap::{CommandFactory, Parser, error::ErrorKind as ClapErrorKind};

use crate::error::{Error, ErrorKind, Result};
use crate::{limits, sandbox};
use args::{Cli, Command};
use output::Output;

/// Runs the program and gives its exit code.
pub fn main() -> u8 {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some(sandbox::WORKER_ARGUMENT) {
        return sandbox::work(&arguments.next().unwrap_or_default()).map_or_else(|error| error.exit_code(), |()| 0);
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if matches!(error.kind(), ClapErrorKind::DisplayHelp | ClapErrorKind::DisplayVersion) {
                0
            } else {
                2
            };
        }
    };
    let output = Output::new(&cli.global);
    let _ = ctrlc::set_handler(|| {
        crate::artifact::remove_unfinished();
        std::process::exit(130);
    });
    let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(cli, &output)));
    match result {
        Ok(Ok(code)) => code,
        Ok(Err(error)) if error.kind() == ErrorKind::Io && output.pipe_is_closed() => 0,
        Ok(Err(error)) => {
            output.error(&error);
            error.exit_code()
        }
        Err(_) => {
            let error = Error::internal("a panic, whose message stands above");
            output.error(&error);
            error.exit_code()
        }
    }
}

fn run(cli: Cli, output: &Output) -> Result<u8> {
    for limit in &cli.global.limits {
        let parsed = limit.split_once('=').and_then(|(name, value)| Some((name, value.replace('_', "").parse().ok()?)));
        let (name, value) = parsed.ok_or_else(|| {
            Error::usage("usage", format!("`--limit {limit}`: expected NAME=VALUE with a whole number"))
        })?;
        limits::set(name, value)?;
    }
    match cli.command {
        Command::Inspect(args) => commands::inspect::run(&args, output),
        Command::Build(args) => commands::build::run(*args, output),
        Command::Verify(args) => commands::verify::run(&args, output),
        Command::Pack(args) => commands::pack::run(&args, output),
        Command::Check(args) => commands::check::run(&args, output),
        Command::Scan(args) => commands::scan::run(&args, output),
        Command::Sign(args) => commands::sign::run(&args, output),
        Command::Bom(args) => commands::bom::run(&args, output),
        Command::Diff(args) => commands::diff::run(&args, output),
        Command::Predict(args) => commands::predict::run(&args, output),
        Command::Rule(args) => commands::rule::run(&args, output),
        Command::Completions(args) => {
            let mut script = Vec::new();
            clap_complete::generate(args.shell, &mut Cli::command(), "scorepack", &mut script);
            output.data(&script)?;
            Ok(0)
        }
    }
}
