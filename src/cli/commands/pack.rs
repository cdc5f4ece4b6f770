//! `pack`: a customised directory packed again, with proofs and rules.

use super::{finish, settings};
use crate::cli::args::PackArgs;
use crate::cli::output::Output;
use crate::error::{Error, Result};
use crate::pipeline::{self, PackRequest};
use crate::target::Against;

/// Runs the command.
pub fn run(args: &PackArgs, output: &Output) -> Result<u8> {
    let program = std::env::current_exe().map_err(|error| Error::io(std::path::Path::new("scorepack"), &error))?;
    let target = args.output.as_deref().unwrap_or(&args.directory);
    let (settings, _) = settings(&args.settings)?;
    let request = PackRequest {
        directory: &args.directory,
        output: target,
        against: Against {
            usual_profile: settings.artifact.profile,
            overrides: settings.profiles,
            ..Against::default()
        },
        modified: super::source_date()?,
        force: args.force,
        program: &program,
    };
    let progress = output.streaming(super::bytes_in(&args.directory).saturating_mul(3));
    progress.stage("packing");
    let report = pipeline::pack(&request);
    drop(progress);
    let report = report?;
    finish(&[report], &args.report, output)
}
