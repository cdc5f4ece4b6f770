//! What `build` can be told, by the command line and by a settings file: one structure for both, so that they have the
//! same names. What stands on the command line wins over the file; its lists replace the file's, its mappings are
//! merged by name.

mod artifact;
mod data;
mod environment;
mod module;
mod partitions;
mod registration;
mod value;

pub use artifact::ArtifactOptions;
pub use data::DataOptions;
pub use environment::EnvironmentOptions;
pub use module::ModuleOptions;
pub use partitions::{OnExisting, PartitionOptions};
pub use registration::{RegistrationOptions, UserFile};
pub use value::{MethodSetting, Metrics, NOT_APPLICABLE, Pair};

use std::path::{Path, PathBuf};

use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::artifact::{Engine, Registration};
use crate::error::{Error, Result};
use crate::target::{self, Ceilings, Overrides, TARGETS};
use crate::yaml;

/// The settings file's name in the current folder.
pub const FILE: &str = "scorepack.yaml";

/// A settings file.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
pub struct Settings {
    /// What is built.
    pub artifact: ArtifactOptions,
    /// The rows, the framework's outputs for them, and the signature.
    pub data: DataOptions,
    /// The score module: compiled, given, or none.
    pub module: ModuleOptions,
    /// Many models in one artifact: one for each value of a column.
    pub partitions: PartitionOptions,
    /// Where the model runs.
    pub environment: EnvironmentOptions,
    /// What a registry is told.
    pub registration: RegistrationOptions,
    /// Other values of platforms' limits, by profile: `oci-2026: {console-bytes: 50000000}`.
    pub profiles: Overrides,
}

impl Settings {
    /// Reads a settings file; its paths start at `folder`.
    pub fn parse(bytes: &[u8], folder: &Path) -> Result<Self> {
        if yaml::is_empty(bytes) {
            return Ok(Settings::default());
        }
        let mut settings: Settings = yaml::parse(bytes)?;
        settings.artifact.relative_to(folder);
        settings.data.relative_to(folder);
        settings.module.relative_to(folder);
        settings.registration.relative_to(folder);
        settings.check_profiles()?;
        Ok(settings)
    }

    /// Refuses profiles and limits that do not exist: they would change nothing.
    fn check_profiles(&self) -> Result<()> {
        let profiles: Vec<&target::Profile> = TARGETS.iter().flat_map(|target| target.profiles).collect();
        for name in self.profiles.keys() {
            let profile = profiles.iter().find(|profile| profile.name == name).ok_or_else(|| {
                let known: Vec<&str> = profiles.iter().map(|profile| profile.name).collect();
                Error::usage("unknown-profile", format!("no profile is called `{name}`"))
                    .known("the profiles", name, &known)
                    .at("profiles")
            })?;
            Ceilings::new(profile, &self.profiles).map_err(|error| error.at("profiles"))?;
        }
        Ok(())
    }
}

/// What `build` is told.
#[derive(Debug, Clone, Default, PartialEq, Args)]
pub struct BuildOptions {
    /// What is built.
    #[command(flatten)]
    pub artifact: ArtifactOptions,
    /// The rows, the framework's outputs for them, and the signature.
    #[command(flatten)]
    pub data: DataOptions,
    /// The score module: compiled, given, or none.
    #[command(flatten)]
    pub module: ModuleOptions,
    /// Many models in one artifact: one for each value of a column.
    #[command(flatten)]
    pub partitions: PartitionOptions,
    /// Where the model runs.
    #[command(flatten)]
    pub environment: EnvironmentOptions,
    /// What a registry is told.
    #[command(flatten)]
    pub registration: RegistrationOptions,
}

impl BuildOptions {
    /// These options, and for what they leave open those of a settings file.
    pub fn over(self, file: Settings) -> Result<Self> {
        let merged = BuildOptions {
            artifact: self.artifact.over(file.artifact),
            data: self.data.over(file.data),
            module: self.module.over(file.module),
            partitions: self.partitions.over(file.partitions),
            environment: self.environment.over(file.environment)?,
            registration: self.registration.over(file.registration)?,
        };
        merged.data.check()?;
        merged.partitions.check()?;
        merged.environment.check()?;
        merged.module.check(merged.data.signature.is_some())?;
        if merged.registration.embed_local_ml_library.is_some() {
            return Err(value::not_applicable("embed_local_ml_library")
                .unwrap_or_else(|| Error::internal("an option without its reason")));
        }
        Ok(merged)
    }

    /// What the registry is told; `read` gives the metrics of a file.
    pub fn registration(&self, read: impl Fn(&Path) -> Result<Map<String, Value>>) -> Result<Registration> {
        let mut registration = Registration { layout: self.artifact.layout.clone(), ..Registration::default() };
        self.environment.clone().register(&mut registration);
        self.registration.clone().register(&mut registration, read)?;
        Ok(registration)
    }
}

impl clap::ValueEnum for Engine {
    fn value_variants<'a>() -> &'a [Self] {
        &[Engine::Wasm, Engine::Native]
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        Some(match self {
            Engine::Wasm => PossibleValue::new("wasm").help("score.wasm in wasmtime"),
            Engine::Native => PossibleValue::new("native").help("The framework's own file, loaded by the framework"),
        })
    }
}

/// The platforms, as values of an option.
pub fn target_names() -> PossibleValuesParser {
    TARGETS.iter().map(|target| PossibleValue::new(target.name).help(target.title)).collect::<Vec<_>>().into()
}

fn flag(given: Option<bool>) -> bool {
    given.unwrap_or(false)
}

fn last_flag(yes: Option<bool>, no: bool) -> Option<bool> {
    if no { Some(false) } else { yes }
}

/// A list of the command line, or that of the file where it has none.
fn first<T>(given: Vec<T>, file: Vec<T>) -> Vec<T> {
    if given.is_empty() { file } else { given }
}

/// Lets relative paths start at a folder.
fn inside<'p>(folder: &Path, paths: impl Iterator<Item = &'p mut PathBuf>) {
    for path in paths {
        *path = folder.join(&path);
    }
}

#[cfg(test)]
mod tests;
