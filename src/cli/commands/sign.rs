//! `sign`: a signature beside an artifact.

use crate::cli::args::SignArgs;
use crate::cli::output::{DIM, GOOD, HEADING, Output};
use crate::error::Result;
use crate::pipeline::{self, SignRequest};
use crate::report::escape;

/// Runs the command.
pub fn run(args: &SignArgs, output: &Output) -> Result<u8> {
    let request = SignRequest {
        artifact: &args.artifact,
        private_key: &args.private_key,
        certificate: args.certificate.as_deref(),
        chain: &args.chain,
        unpacked: args.unpacked,
        output: args.output.as_deref(),
    };
    let progress = output.streaming(super::bytes_in(&args.artifact).saturating_mul(2));
    progress.stage("signing");
    let signed = pipeline::sign(&request);
    drop(progress);
    let signed = signed?;
    if !output.is_quiet() {
        let artifact = escape(&args.artifact.display().to_string());
        let place = escape(&signed.output.display().to_string());
        output.text(&format!(
            "{HEADING}{artifact}{HEADING:#}  {DIM}sha256:{}{DIM:#}\n  {GOOD}signed{GOOD:#}  {} by {}, in {place}\n",
            signed.digest,
            signed.covered,
            escape(&signed.signer),
        ))?;
    }
    Ok(0)
}
