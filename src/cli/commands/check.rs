//! `check`: many artifacts, directories and model files against a platform's rules; nothing runs.

use std::path::Path;

use super::{on_each, settings, subjects};
use crate::cli::args::CheckArgs;
use crate::cli::output::Output;
use crate::error::{Error, Result};
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
    if let Some(file) = &args.introspection {
        introspection(args, file, output)?;
    }
    let paths = subjects(&args.paths, args.containing.then_some(Kinds::ArtifactsAndModels), output)?;
    on_each(&paths, &args.report, output, |path| pipeline::check(path, &against))
}

/// Writes test_json_output.json, or what the caller calls it.
fn introspection(args: &CheckArgs, file: &Path, output: &Output) -> Result<()> {
    let [path] = args.paths.as_slice() else {
        let message = format!("`--introspection` wants one artifact, found {} paths", args.paths.len());
        return Err(Error::usage("usage", message));
    };
    let text = pipeline::introspect(path, args.target.as_deref())?;
    if file == Path::new("-") {
        return output.text(&text);
    }
    std::fs::write(file, text).map_err(|error| Error::io(file, &error))
}
