//! What is built: for which platform, and what it is called.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Deserialize;

use super::{flag, inside, target_names};
use crate::artifact::Engine;

/// What is built.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[command(next_help_heading = "Artifact")]
pub struct ArtifactOptions {
    /// The model file, where the command line names none
    #[arg(skip)]
    pub model: Option<PathBuf>,
    /// The artifact: a path ending in .zip, or a directory [default: <FILE's stem>.zip]
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// The platform the artifact is for [default: oci]
    #[arg(long, value_parser = target_names())]
    pub target: Option<String>,
    /// How the artifact's files are arranged, where the platform has several ways
    #[arg(long, value_name = "NAME")]
    pub layout: Option<String>,
    /// The platform's limits as of a date [default: the newest]
    #[arg(long, value_name = "NAME")]
    pub profile: Option<String>,
    /// What score.py runs [default: wasm]
    #[arg(long, value_enum)]
    pub engine: Option<Engine>,
    /// The model's name [default: FILE's stem]
    #[arg(long)]
    pub name: Option<String>,
    /// The model's version [default: 1; for Snowflake two words and a number, told by the model]
    #[arg(long, value_name = "VERSION")]
    pub model_version: Option<String>,
    /// What the model is for, in a sentence
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// The platform's use case type [default: from the model's task]
    #[arg(long, value_name = "TYPE")]
    pub use_case: Option<String>,
    /// Leave out commit, branch and repository
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL")]
    pub no_git: Option<bool>,
}

impl ArtifactOptions {
    pub(super) fn over(self, file: Self) -> Self {
        ArtifactOptions {
            model: self.model.or(file.model),
            output: self.output.or(file.output),
            target: self.target.or(file.target),
            layout: self.layout.or(file.layout),
            profile: self.profile.or(file.profile),
            engine: self.engine.or(file.engine),
            name: self.name.or(file.name),
            model_version: self.model_version.or(file.model_version),
            description: self.description.or(file.description),
            use_case: self.use_case.or(file.use_case),
            no_git: self.no_git.or(file.no_git),
        }
    }

    pub(super) fn relative_to(&mut self, folder: &Path) {
        inside(folder, [&mut self.model, &mut self.output].into_iter().flatten());
    }

    /// Whether the git repository stays out.
    pub fn no_git(&self) -> bool {
        flag(self.no_git)
    }
}
