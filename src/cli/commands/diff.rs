//! `diff`: what changed between two artifacts, their score modules in child processes.

use super::write;
use crate::cli::args::DiffArgs;
use crate::cli::output::Output;
use crate::error::{Error, Result};
use crate::{pipeline, report};

/// Runs the command.
pub fn run(args: &DiffArgs, output: &Output) -> Result<u8> {
    let program = std::env::current_exe().map_err(|error| Error::io(std::path::Path::new("scorepack"), &error))?;
    let comparison = pipeline::diff(&args.before, &args.after, &program)?;
    write(&args.report, output, |form| report::render_comparison(&comparison, form))?;
    Ok(comparison.report.exit_code())
}
