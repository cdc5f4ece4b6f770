//! Where the model runs: its Python, its packages, its machine.

use clap::Args;
use serde::Deserialize;

use super::value::{Pair, by_name, pairs};
use super::{first, last_flag};
use crate::artifact::{Environment, Registration};
use crate::error::{Error, Result};
use crate::requirement::Requirement;

/// Where the model runs: its Python, its packages, its machine.
#[derive(Debug, Clone, Default, PartialEq, Args, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields, default, rename_all = "kebab-case")]
#[command(next_help_heading = "Environment")]
pub struct EnvironmentOptions {
    /// The Python version of the inference environment [default: 3.11]
    #[arg(long, value_name = "X.Y")]
    pub python_version: Option<String>,
    /// The inference environment: a service pack's slug or an oci:// path
    #[arg(long, value_name = "ENV")]
    pub inference_conda_env: Option<String>,
    /// A further package from a conda channel: `[channel::]package [op version]`
    #[arg(long = "conda-dependency", value_name = "PACKAGE")]
    pub conda_dependencies: Vec<String>,
    /// A further package from a package index, as in requirements.txt
    #[arg(long = "pip-requirement", value_name = "PACKAGE")]
    pub pip_requirements: Vec<String>,
    /// The platform's repository for an installer, for example `pip=snowflake.snowpark.pypi_shared_repository`
    #[arg(long = "artifact-repository", value_name = "INSTALLER=NAME")]
    #[serde(deserialize_with = "pairs")]
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub artifact_repository_map: Vec<Pair>,
    /// Widen pinned versions for the platform's own channel
    #[arg(long, num_args = 0..=1, require_equals = true, default_missing_value = "true", value_name = "BOOL", overrides_with = "no_relax_versions")]
    pub relax_versions: Option<bool>,
    /// Keep pinned versions as they are
    #[arg(long)]
    #[serde(skip)]
    pub no_relax_versions: bool,
    /// Where the model may run: `WAREHOUSE`, `SNOWPARK_CONTAINER_SERVICES` [default: anywhere]
    #[arg(long = "target-platform", value_name = "NAME")]
    pub target_platforms: Vec<String>,
    /// What the model needs of a machine, for example `architecture=x86`
    #[arg(long, value_name = "NAME=VALUE")]
    #[serde(deserialize_with = "pairs")]
    #[schemars(with = "std::collections::BTreeMap<String, String>")]
    pub resource_constraint: Vec<Pair>,
}

impl EnvironmentOptions {
    pub(super) fn over(self, file: Self) -> Result<Self> {
        let merged = |option: &str, given: &[Pair], file: &[Pair]| -> Result<Vec<Pair>> {
            let all = by_name(option, given, file)?;
            Ok(all.into_iter().map(|(name, value)| Pair { name, value }).collect())
        };
        Ok(EnvironmentOptions {
            relax_versions: last_flag(self.relax_versions, self.no_relax_versions).or(file.relax_versions),
            no_relax_versions: false,
            python_version: self.python_version.or(file.python_version),
            inference_conda_env: self.inference_conda_env.or(file.inference_conda_env),
            conda_dependencies: first(self.conda_dependencies, file.conda_dependencies),
            pip_requirements: first(self.pip_requirements, file.pip_requirements),
            artifact_repository_map: merged(
                "artifact-repository",
                &self.artifact_repository_map,
                &file.artifact_repository_map,
            )?,
            target_platforms: first(self.target_platforms, file.target_platforms),
            resource_constraint: merged("resource-constraint", &self.resource_constraint, &file.resource_constraint)?,
        })
    }

    /// Refuses what is no requirement.
    pub(super) fn check(&self) -> Result<()> {
        let conda = self.conda_dependencies.iter().map(|text| (CONDA, text, Requirement::parse_conda(text)));
        let pip = self.pip_requirements.iter().map(|text| (PIP, text, Requirement::parse(text)));
        for (option, text, parsed) in conda.chain(pip) {
            let checked = parsed.and_then(|requirement| requirement.check_reserved());
            checked.map_err(|error| match error.place() {
                Some(_) => error.at(option),
                None => error.at(format!("`{text}`")).at(option),
            })?;
        }
        Ok(())
    }

    /// The environment's version, path and slug; a slug of a service pack tells its type.
    pub fn environment(&self) -> Result<Environment> {
        let version = self.python_version.as_deref().unwrap_or(USUAL_PYTHON);
        let minor = version.strip_prefix("3.").and_then(|minor| minor.parse::<u32>().ok());
        if minor.is_none() {
            let message = format!("`--python-version {version}`: expected a version such as `3.11`");
            return Err(Error::usage("usage", message));
        }
        let mut environment = Environment { python_version: version.to_owned(), ..Environment::default() };
        let Some(wanted) = &self.inference_conda_env else { return Ok(environment) };
        if let Some(rest) = wanted.strip_prefix("oci://") {
            let is_pack = rest.starts_with("service-conda-packs@") && rest.contains("/service_pack/");
            environment.inference_path.clone_from(wanted);
            environment.inference_slug = rest.rsplit('/').next().unwrap_or_default().into();
            environment.inference_type = if is_pack { "data_science" } else { "published" }.into();
        } else {
            environment.inference_slug.clone_from(wanted);
            environment.inference_type = "data_science".into();
        }
        Ok(environment)
    }

    /// Tells the registry what stands here.
    pub(super) fn register(self, registration: &mut Registration) {
        let map = |pairs: Vec<Pair>| pairs.into_iter().map(|pair| (pair.name, pair.value)).collect();
        registration.conda_dependencies = self.conda_dependencies;
        registration.pip_requirements = self.pip_requirements;
        registration.artifact_repository_map = map(self.artifact_repository_map);
        registration.relax_versions = self.relax_versions;
        registration.target_platforms = self.target_platforms;
        registration.resource_constraint = map(self.resource_constraint);
    }
}

/// Options, for messages.
const CONDA: &str = "`--conda-dependency`";
const PIP: &str = "`--pip-requirement`";
/// The Python version where none is given.
const USUAL_PYTHON: &str = "3.11";
