//! The Python packages: those of the platform's own channel in conda.yml, those of a package index in requirements.txt.
//!
//! `wasmtime` is not known to be in the channel. It comes from the platform's shared index, or rides along unpacked.

use std::collections::BTreeMap;

use serde::Serialize;

use super::MODEL_FOLDER;
use crate::artifact::{Engine, Manifest, Role};
use crate::error::Result;
use crate::generate::environment::{WASMTIME_VERSION, imported};
use crate::requirement::{Requirement, normalize};
use crate::yaml;

/// The version of snowflake-ml-python whose loader is proven to read what is written here (tests/python).
pub const CLIENT_VERSION: &str = "2.6.0";
/// What snowflake-ml-python finds beside model.yaml: the packages to load the model with,
pub const CLIENT_REQUIREMENTS: &str = "env/requirements.txt";
/// and those of a container that serves it.
pub const CONTAINER_REQUIREMENTS: &str = "runtimes/cpu/env/requirements.txt";
/// The folder of the runtime's files.
const RUNTIME_FOLDER: &str = "runtimes/python_runtime/env";
/// The platform's mirror of the Python package index.
const SHARED_REPOSITORY: &str = "snowflake.snowpark.pypi_shared_repository";
/// The platform's conda channel.
const CHANNEL: &str = "https://repo.anaconda.com/pkgs/snowflake";

/// The folder of the `wasmtime` package's library for the platform's usual machines.
const X86_LIBRARY: &str = "/wasmtime/linux-x86_64/";
/// What stands before a package of the index among those of conda's channels.
const INDEX: &str = "pip::";

/// Where the files of an environment lie.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Dependencies {
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    /// The repository by installer.
    pub artifact_repository_map: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    conda: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pip: Option<String>,
}

/// The packages of an environment.
#[derive(Debug, Default)]
struct Packages {
    conda: Vec<Requirement>,
    pip: Vec<Requirement>,
}

#[derive(Serialize)]
struct CondaFile {
    name: &'static str,
    channels: [&'static str; 2],
    dependencies: Vec<String>,
}

/// Where the files of the environment of a warehouse lie.
pub fn dependencies(manifest: &Manifest) -> Result<Dependencies> {
    let packages = warehouse(manifest)?;
    let file = |name: &str| format!("{RUNTIME_FOLDER}/{name}");
    Ok(Dependencies {
        artifact_repository_map: repositories(manifest, &packages),
        conda: (!packages.conda.is_empty()).then(|| file("conda.yml")),
        pip: (!packages.pip.is_empty()).then(|| file("requirements.txt")),
    })
}

/// What the runtime needs of a machine: what was said, and the architecture of a bundled runtime.
pub fn resource_constraint(manifest: &Manifest) -> BTreeMap<String, String> {
    let mut constraint = manifest.registration.resource_constraint.clone();
    if manifest.files.iter().any(|file| file.role == Role::BundledRuntime && file.path.contains(X86_LIBRARY)) {
        constraint.entry("architecture".into()).or_insert_with(|| "x86".into());
    }
    constraint
}

/// Writes the files of every environment: that of a warehouse, and that in which snowflake-ml-python loads the model.
pub fn environment(manifest: &Manifest) -> Result<Vec<(String, Vec<u8>)>> {
    let packages = warehouse(manifest)?;
    let mut files = Vec::new();
    if !packages.conda.is_empty() {
        files.push((format!("{RUNTIME_FOLDER}/conda.yml"), conda_file(manifest, &packages.conda)?));
    }
    if !packages.pip.is_empty() {
        files.push((format!("{RUNTIME_FOLDER}/requirements.txt"), lines(&packages.pip)));
    }
    let outside = outside(manifest)?;
    for file in [CLIENT_REQUIREMENTS, CONTAINER_REQUIREMENTS] {
        files.push((format!("{MODEL_FOLDER}{file}"), lines(&outside)));
    }
    Ok(files)
}

fn warehouse(manifest: &Manifest) -> Result<Packages> {
    let registration = &manifest.registration;
    // A channel called `pip` is the index.
    let (of_index, of_channels): (Vec<&str>, Vec<&str>) =
        registration.conda_dependencies.iter().map(|text| text.trim()).partition(|text| text.starts_with(INDEX));
    let of_index = of_index.into_iter().filter_map(|text| text.strip_prefix(INDEX));
    let mut packages = Packages {
        conda: parsed(of_channels, Requirement::parse_conda)?,
        pip: parsed(registration.pip_requirements.iter().map(String::as_str).chain(of_index), Requirement::parse)?,
    };
    let needed = needed(manifest)?;
    let from_index =
        needed.iter().any(|package| package.name() == "wasmtime") || !registration.artifact_repository_map.is_empty();
    let known: Vec<String> =
        packages.conda.iter().chain(&packages.pip).map(|package| normalize(package.name())).collect();
    let missing = needed.into_iter().filter(|package| !known.contains(&normalize(package.name())));
    if from_index {
        packages.pip.extend(missing)
    } else {
        packages.conda.extend(missing)
    }
    if registration.relax_versions == Some(true) {
        packages.conda = packages.conda.iter().map(Requirement::relaxed).collect();
    }
    packages.conda.sort_by_key(|package| normalize(package.name()));
    packages.pip.sort_by_key(|package| normalize(package.name()));
    Ok(packages)
}

/// What the functions import.
fn needed(manifest: &Manifest) -> Result<Vec<Requirement>> {
    let needed = match manifest.artifact.engine {
        Engine::Wasm if manifest.environment.bundled_runtime => vec!["pandas".to_owned()],
        Engine::Wasm => vec![format!("wasmtime=={WASMTIME_VERSION}"), "pandas".to_owned()],
        Engine::Native => imported(manifest),
    };
    parsed(needed.iter().map(String::as_str), Requirement::parse)
}

/// What snowflake-ml-python needs to load the model outside of a warehouse.
fn outside(manifest: &Manifest) -> Result<Vec<Requirement>> {
    let packages = warehouse(manifest)?;
    let client = [format!("snowflake-ml-python>={},<3", minor(CLIENT_VERSION)), "cloudpickle".into()];
    let mut all: Vec<Requirement> = packages.conda.into_iter().chain(packages.pip).collect();
    all.extend(parsed(client.iter().map(String::as_str), Requirement::parse)?);
    all.sort_by_key(|package| normalize(package.name()));
    Ok(all)
}

/// `2.6` of `2.6.0`.
fn minor(version: &str) -> &str {
    version.rsplit_once('.').map_or(version, |(minor, _)| minor)
}

/// Where the index's packages come from: said, or the platform's mirror where there are any.
fn repositories(manifest: &Manifest, packages: &Packages) -> BTreeMap<String, String> {
    let given = manifest.registration.artifact_repository_map.clone();
    if given.is_empty() && !packages.pip.is_empty() {
        return BTreeMap::from([("pip".to_owned(), SHARED_REPOSITORY.to_owned())]);
    }
    given
}

fn parsed<'t>(
    texts: impl IntoIterator<Item = &'t str>,
    parse: fn(&str) -> Result<Requirement>,
) -> Result<Vec<Requirement>> {
    texts.into_iter().map(parse).collect()
}

/// The lines of requirements.txt, which knows no channels.
fn lines(packages: &[Requirement]) -> Vec<u8> {
    let line = |package: &Requirement| {
        let text = package.to_string();
        let name = package.channel().and_then(|channel| text.strip_prefix(channel)?.strip_prefix("::"));
        format!("{}\n", name.unwrap_or(&text))
    };
    packages.iter().map(line).collect::<String>().into_bytes()
}

fn conda_file(manifest: &Manifest, packages: &[Requirement]) -> Result<Vec<u8>> {
    let python = format!("python=={}.*", manifest.environment.python_version);
    let packages = packages.iter().map(Requirement::to_string);
    let file = CondaFile {
        name: "snow-env",
        channels: [CHANNEL, "nodefaults"],
        dependencies: std::iter::once(python).chain(packages).collect(),
    };
    Ok(yaml::emit(&file)?.into_bytes())
}
