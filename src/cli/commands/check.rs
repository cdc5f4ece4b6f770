//! `check`: many artifacts, directories and model files against a platform's rules; nothing runs.

use super::{on_each, subjects, target_name};
use crate::cli::args::CheckArgs;
use crate::cli::output::Output;
use crate::error::Result;
use crate::pipeline::{self, Kinds};
use crate::target::{Against, Overrides};

/// Runs the command.
pub fn run(args: &CheckArgs, output: &Output) -> Result<u8> {
    let against = Against {
        target: args.target.map(|target| target_name(target).to_owned()),
        profile: args.profile.clone(),
        overrides: Overrides::new(),
    };
    let paths = subjects(&args.paths, args.containing.then_some(Kinds::ArtifactsAndModels), output)?;
    on_each(&paths, &args.report, output, |path| pipeline::check(path, &against))
}
