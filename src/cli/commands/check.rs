//! `check`: many artifacts, directories and model files against a platform's rules; nothing runs.

use super::{on_each, settings, subjects};
use crate::cli::args::CheckArgs;
use crate::cli::output::Output;
use crate::error::Result;
use crate::pipeline::{self, Kinds};
use crate::target::Against;

/// Runs the command.
pub fn run(args: &CheckArgs, output: &Output) -> Result<u8> {
    let (settings, _) = settings(&args.settings)?;
    let against = Against {
        target: args.target.clone(),
        profile: args.profile.clone(),
        usual_profile: settings.artifact.profile,
        overrides: settings.profiles,
    };
    let paths = subjects(&args.paths, args.containing.then_some(Kinds::ArtifactsAndModels), output)?;
    on_each(&paths, &args.report, output, |path| pipeline::check(path, &against))
}
