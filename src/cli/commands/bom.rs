//! `bom`: what an artifact is made of, for whoever keeps account of it.

use super::source_seconds;
use crate::cli::args::BomArgs;
use crate::cli::output::Output;
use crate::error::Result;
use crate::pipeline;

/// Runs the command.
pub fn run(args: &BomArgs, output: &Output) -> Result<u8> {
    let bill = pipeline::bill_of_materials(&args.artifact, source_seconds()?)?;
    match &args.output {
        Some(path) => pipeline::write_beside(path, &args.artifact, &bill)?,
        None => output.data(&bill)?,
    }
    Ok(0)
}
