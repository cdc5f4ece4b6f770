//! `verify`: the proofs of artifacts, their score modules in child processes.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use super::{on_each, subjects};
use crate::cli::args::{Requirement, VerifyArgs};
use crate::cli::output::Output;
use crate::error::{Error, Result};
use crate::pipeline::{self, AttestRequest, Kinds, SignatureRequest, VerifyRequest};

/// Runs the command.
pub fn run(args: &VerifyArgs, output: &Output) -> Result<u8> {
    let program = std::env::current_exe().map_err(|error| Error::io(Path::new("scorepack"), &error))?;
    let artifacts = subjects(&args.artifacts, args.containing.then_some(Kinds::Artifacts), output)?;
    check_single(args, &artifacts)?;
    // A clock before 1970 finds no certificate valid.
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    on_each(&artifacts, &args.report, output, |artifact| pipeline::verify(&request(args, artifact, &program, now)))
}

fn request<'a>(args: &'a VerifyArgs, artifact: &'a Path, program: &'a Path, now: u64) -> VerifyRequest<'a> {
    let name = |requirement: &Requirement| match requirement {
        Requirement::Recompile => "recompile",
        Requirement::Framework => "framework",
        Requirement::Signature => "signature",
    };
    VerifyRequest {
        artifact,
        program,
        digest: args.digest.as_deref(),
        data: args.data.as_deref(),
        expected: args.expected.as_deref(),
        method: args.method.as_deref(),
        environment: args.env.as_deref(),
        signature: args.signature.as_deref().map(|signature| SignatureRequest {
            signature,
            public_key: args.public_key.as_deref(),
            trusted: &args.trusted_certificate,
            at: args.signed_at.unwrap_or(now),
        }),
        attest: args.attest.as_deref().map(|file| AttestRequest { file, key: args.attest_key.as_deref() }),
        require: args.require.iter().map(name).collect(),
    }
}

/// A digest, rows, outputs, a signature and a statement are those of one artifact.
fn check_single(args: &VerifyArgs, artifacts: &[PathBuf]) -> Result<()> {
    let given = [
        ("--digest", args.digest.is_some()),
        ("--data", args.data.is_some()),
        ("--expected", args.expected.is_some()),
        ("--signature", args.signature.is_some()),
        ("--attest", args.attest.is_some()),
    ];
    let given = given.into_iter().find(|(_, given)| *given);
    match given {
        Some((option, _)) if artifacts.len() > 1 => {
            let message = format!("`{option}` belongs to one artifact, found {}", artifacts.len());
            Err(Error::usage("usage", message).hint("verify the artifacts one by one"))
        }
        _ => Ok(()),
    }
}
