//! `verify`: the proofs of an artifact, its score module in a child process.

use super::{finish, report_form};
use crate::cli::args::{Requirement, VerifyArgs};
use crate::cli::output::Output;
use crate::error::{Error, Result};
use crate::pipeline::{self, VerifyRequest};

/// Runs the command.
pub fn run(args: &VerifyArgs, output: &Output) -> Result<u8> {
    let program = std::env::current_exe().map_err(|error| Error::io(std::path::Path::new("scorepack"), &error))?;
    let request = VerifyRequest {
        artifact: &args.artifact,
        program: &program,
        digest: args.digest.as_deref(),
        data: args.data.as_deref(),
        expected: args.expected.as_deref(),
        method: args.method.as_deref(),
        environment: args.env.as_deref(),
        require: args
            .require
            .iter()
            .map(|requirement| match requirement {
                Requirement::Recompile => "recompile",
                Requirement::Framework => "framework",
            })
            .collect(),
    };
    let report = pipeline::verify(&request)?;
    finish(&[report], report_form(args.report, output), output)
}
