//! `verify`: the proofs of artifacts, their score modules in child processes.

use std::path::{Path, PathBuf};

use super::{on_each, subjects};
use crate::cli::args::{Requirement, VerifyArgs};
use crate::cli::output::Output;
use crate::error::{Error, Result};
use crate::pipeline::{self, Kinds, VerifyRequest};

/// Runs the command.
pub fn run(args: &VerifyArgs, output: &Output) -> Result<u8> {
    let program = std::env::current_exe().map_err(|error| Error::io(Path::new("scorepack"), &error))?;
    let artifacts = subjects(&args.artifacts, args.containing.then_some(Kinds::Artifacts), output)?;
    check_single(args, &artifacts)?;
    on_each(&artifacts, &args.report, output, |artifact| pipeline::verify(&request(args, artifact, &program)))
}

fn request<'a>(args: &'a VerifyArgs, artifact: &'a Path, program: &'a Path) -> VerifyRequest<'a> {
    let name = |requirement: &Requirement| match requirement {
        Requirement::Recompile => "recompile",
        Requirement::Framework => "framework",
    };
    VerifyRequest {
        artifact,
        program,
        digest: args.digest.as_deref(),
        data: args.data.as_deref(),
        expected: args.expected.as_deref(),
        method: args.method.as_deref(),
        environment: args.env.as_deref(),
        require: args.require.iter().map(name).collect(),
    }
}

/// A digest, rows and outputs are those of one artifact.
fn check_single(args: &VerifyArgs, artifacts: &[PathBuf]) -> Result<()> {
    let given = [("--digest", args.digest.is_some()), ("--data", args.data.is_some())];
    let given = given.into_iter().chain([("--expected", args.expected.is_some())]).find(|(_, given)| *given);
    match given {
        Some((option, _)) if artifacts.len() > 1 => {
            let message = format!("`{option}` belongs to one artifact, found {}", artifacts.len());
            Err(Error::usage("usage", message).hint("verify the artifacts one by one"))
        }
        _ => Ok(()),
    }
}
