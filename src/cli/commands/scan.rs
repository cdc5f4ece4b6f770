//! `scan`: what files would do to whoever loads them; nothing is loaded.

use super::on_each;
use crate::cli::args::ScanArgs;
use crate::cli::output::Output;
use crate::error::Result;
use crate::pipeline;

/// Runs the command.
pub fn run(args: &ScanArgs, output: &Output) -> Result<u8> {
    on_each(&args.paths, &args.report, output, pipeline::scan)
}
