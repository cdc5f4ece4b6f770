//! `diff`: what changed between two artifacts, their score modules in child processes.

use super::{report_form, write_files};
use crate::cli::args::DiffArgs;
use crate::cli::output::Output;
use crate::error::{Error, Result};
use crate::{pipeline, report};

/// Runs the command.
pub fn run(args: &DiffArgs, output: &Output) -> Result<u8> {
    let program = std::env::current_exe().map_err(|error| Error::io(std::path::Path::new("scorepack"), &error))?;
    let comparison = pipeline::diff(&args.before, &args.after, &program)?;
    write_files(std::slice::from_ref(&comparison.report), &args.report, output)?;
    let form = report_form(args.report.output_format, output.is_quiet(), output.is_verbose());
    output.text(&report::render_comparison(&comparison, form))?;
    Ok(comparison.report.exit_code())
}
