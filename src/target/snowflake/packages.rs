//! Rules about packages: what can be told of them without asking a channel or an index.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::super::rules::{Measured, Subject};
use super::manifest::{read, told_at};
use crate::artifact::Engine;
use crate::error::{Error, Result};
use crate::finding::Finding;
use crate::requirement::{Operator, Requirement, normalize};
use crate::yaml;

/// A conda environment file.
#[derive(Debug, Deserialize)]
struct CondaFile {
    #[serde(default)]
    dependencies: Vec<serde_json::Value>,
}

/// A package that is asked for, and where.
struct Asked {
    requirement: Requirement,
    file: String,
    line: u64,
}

/// What is wrong with a line of an environment's file.
fn unfit(code: &'static str, file: &str, line: u64, message: impl Into<String>) -> Finding {
    Finding::error(code, message).in_file(file).on_line(line)
}

const CODE: &str = "snowflake-dependencies";

/// Packages of one file that are looked at: environments hold tens.
const MOST_PACKAGES: usize = 10_000;

/// Every package of a runtime's environment, and what could not be read.
fn asked(subject: &Subject<'_>) -> Result<(Vec<Asked>, Vec<Finding>)> {
    let (mut all, mut findings) = (Vec::new(), Vec::new());
    for runtime in read(subject)?.into_iter().flat_map(|platform| platform.runtimes.values()) {
        for (path, is_conda) in [(&runtime.dependencies.conda, true), (&runtime.dependencies.pip, false)] {
            let Some(path) = path else { continue };
            let Some(bytes) = subject.member(path)? else { continue };
            let text = String::from_utf8_lossy(&bytes);
            let lines = if is_conda { conda_lines(&text) } else { Ok(pip_lines(&text)) };
            match lines {
                Err(error) => findings.push(Finding { code: CODE.into(), ..Finding::from(&error.in_file(path)) }),
                Ok(lines) if lines.len() > MOST_PACKAGES => {
                    let message = format!("more than {MOST_PACKAGES} packages are asked for");
                    findings.push(Finding::error(CODE, message).in_file(path));
                }
                Ok(lines) => requirements(path, is_conda, lines, &mut all, &mut findings),
            }
        }
    }
    Ok((all, findings))
}

fn requirements(
    path: &str,
    is_conda: bool,
    lines: Vec<(u64, String)>,
    all: &mut Vec<Asked>,
    findings: &mut Vec<Finding>,
) {
    for (line, text) in lines {
        match if is_conda { Requirement::parse_conda(&text) } else { Requirement::parse(&text) } {
            Ok(requirement) => all.push(Asked { requirement, file: path.to_owned(), line }),
            Err(error) => findings.push(unfit(CODE, path, line, format!("`{text}`: {error}"))),
        }
    }
}

/// The packages of conda.yml with their lines; its own line for Python is none of them.
fn conda_lines(text: &str) -> Result<Vec<(u64, String)>> {
    let file: CondaFile = yaml::parse(text.as_bytes())?;
    let mut places = std::collections::HashMap::new();
    for (line, text) in text.lines().enumerate() {
        let item = text.trim().trim_start_matches("- ").trim_matches(['"', '\'']);
        places.entry(item).or_insert(line as u64 + 1);
    }
    let mut found = Vec::new();
    for dependency in &file.dependencies {
        let Some(package) = dependency.as_str() else {
            return Err(
                Error::malformed("yaml", "a dependency is no text").hint("packages of pip stand in requirements.txt")
            );
        };
        if normalize(package.split(['=', '<', '>', ' ']).next().unwrap_or_default()) == "python" {
            continue;
        }
        found.push((places.get(package).copied().unwrap_or(1), package.to_owned()));
    }
    Ok(found)
}

/// The packages of requirements.txt with their lines.
fn pip_lines(text: &str) -> Vec<(u64, String)> {
    let lines = text.lines().enumerate().map(|(line, text)| (line as u64 + 1, text.trim()));
    let packages = lines.filter(|(_, text)| !text.is_empty() && !text.starts_with('#'));
    packages.map(|(line, text)| (line, text.to_owned())).collect()
}

/// Whether packages are what the platform takes, and do not contradict each other.
pub(super) fn dependencies(subject: &Subject<'_>) -> Result<Measured> {
    let (asked, mut findings) = asked(subject)?;
    let mut pins: BTreeMap<String, (String, &Asked)> = BTreeMap::new();
    for package in &asked {
        let name = package.requirement.name();
        if let Err(error) = package.requirement.check_reserved() {
            findings.push(unfit(CODE, &package.file, package.line, error.to_string()));
        }
        if name.contains('.') {
            let message = format!("`{name}` has a dot in its name, which the platform's package lookup does not find");
            let finding = Finding::warning(CODE, message).in_file(&package.file).on_line(package.line);
            findings.push(finding.hint("let the package ride along with `--code-path`"));
        }
        findings.extend(contradiction(package));
        if let Some(pin) = pin(&package.requirement) {
            match pins.get(&normalize(name)) {
                Some((other, before)) if *other != pin => {
                    let message = format!("`{name}` is {pin} here and {other} in {}", before.file);
                    findings.push(unfit(CODE, &package.file, package.line, message));
                }
                _ => {
                    pins.insert(normalize(name), (pin, package));
                }
            }
        }
    }
    Ok(Measured { usage: None, findings })
}

/// The one version that a requirement takes, if it takes one only.
fn pin(requirement: &Requirement) -> Option<String> {
    let exact = requirement.specifiers().iter().find(|specifier| specifier.operator() == Operator::Equal)?;
    exact.version().map(ToString::to_string)
}

/// A version that a requirement names and no version can be, because another comparison excludes it.
fn contradiction(package: &Asked) -> Option<Finding> {
    let exact = package.requirement.specifiers().iter().find(|specifier| specifier.operator() == Operator::Equal)?;
    let version = exact.version()?;
    let message = format!("`{}`: no version satisfies this", package.requirement);
    (!package.requirement.matches(version)).then(|| unfit(CODE, &package.file, package.line, message))
}

/// Whether packages of an index can be had: the score module's `wasmtime` among them.
pub(super) fn repository(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-repository";
    let Some(platform) = read(subject)? else { return Ok(Measured::default()) };
    let mut findings = Vec::new();
    for (name, runtime) in &platform.runtimes {
        let place = format!("runtimes.{name}.dependencies");
        if runtime.dependencies.pip.is_some() && !runtime.dependencies.artifact_repository_map.contains_key("pip") {
            let message = "packages of an index are asked for, and no repository of the platform is named";
            findings.push(
                told_at(code, place, message)
                    .hint("`--artifact-repository pip=snowflake.snowpark.pypi_shared_repository`"),
            );
        }
    }
    let manifest = &subject.artifact.manifest;
    let needs = manifest.artifact.engine == Engine::Wasm && !manifest.environment.bundled_runtime;
    let (asked, _) = asked(subject)?;
    if needs && !asked.iter().any(|package| normalize(package.requirement.name()) == "wasmtime") {
        let message = "the functions need the package `wasmtime`: it is neither asked for nor in the artifact";
        findings.push(told_at(code, "runtimes", message).hint("build with `--bundle-runtime` and the package's wheel"));
    }
    Ok(Measured { usage: None, findings })
}
