//! `pack`: a customised directory packed again, with proofs and rules.

use super::finish;
use crate::cli::args::PackArgs;
use crate::cli::output::Output;
use crate::error::{Error, Result};
use crate::pipeline;

/// Runs the command.
pub fn run(args: &PackArgs, output: &Output) -> Result<u8> {
    let program = std::env::current_exe().map_err(|error| Error::io(std::path::Path::new("scorepack"), &error))?;
    let target = args.output.as_deref().unwrap_or(&args.directory);
    let report = pipeline::pack(&args.directory, target, args.force, super::source_date()?, &program)?;
    finish(&[report], &args.report, output)
}
