//! Rules about where a model runs, and what it is said to do.

use serde_json::Value;

use super::super::rules::{Measured, Subject};
use super::manifest::{Runtime, of_method, read, shown, told_at};
use crate::artifact::MANIFEST;
use crate::error::Result;
use crate::finding::Finding;
use crate::snowflake::PlatformTask;

/// The minor versions of Python 3 that the platform's client supports (snowflake-ml-python 2.6).
const MINORS: std::ops::RangeInclusive<u32> = 10..=14;
/// Where a model may run.
const PLATFORMS: [&str; 2] = ["WAREHOUSE", "SNOWPARK_CONTAINER_SERVICES"];

fn place(name: &str, key: &str) -> String {
    format!("runtimes.{name}.{key}")
}

/// Whether runtimes are complete: their language, their imports, the files of their environments.
pub(super) fn runtimes(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-runtime";
    let Some(platform) = read(subject)? else { return Ok(Measured::default()) };
    let mut findings = Vec::new();
    for method in &platform.methods {
        if !platform.runtimes.contains_key(&method.runtime) {
            findings.push(told_at(code, of_method(method), format!("no runtime is called `{}`", method.runtime)));
        }
    }
    for (name, runtime) in &platform.runtimes {
        if runtime.language.as_str() != Some("PYTHON") {
            let message = format!("expected the language `PYTHON`, found {}", shown(&runtime.language));
            findings.push(told_at(code, place(name, "language"), message));
        }
        for path in missing_imports(subject, runtime) {
            findings.push(told_at(code, place(name, "imports"), format!("`{path}` is not in the artifact")));
        }
        let files = [("conda", &runtime.dependencies.conda), ("pip", &runtime.dependencies.pip)];
        for (key, path) in files.into_iter().filter_map(|(key, path)| Some((key, path.as_ref()?))) {
            if subject.artifact.store.member(path).is_none() {
                let message = format!("`{path}` is not in the artifact");
                findings.push(told_at(code, place(name, &format!("dependencies.{key}")), message));
            }
        }
        for (key, value) in &runtime.resource_constraint {
            if (key.as_str(), value.as_str()) != ("architecture", "x86") {
                let message = format!("expected `architecture: x86`, found `{key}: {value}`");
                findings.push(told_at(code, place(name, "resource_constraint"), message));
            }
        }
    }
    for path in platform.user_files.iter().filter(|path| subject.artifact.store.member(path).is_none()) {
        findings.push(told_at(code, "user_files", format!("`{path}` is not in the artifact")));
    }
    Ok(Measured { usage: None, findings })
}

/// Imports that name no file and no folder with files.
fn missing_imports<'r>(subject: &Subject<'_>, runtime: &'r Runtime) -> Vec<&'r String> {
    let members = subject.artifact.store.members();
    let is_there = |path: &str| match path.strip_suffix('/') {
        Some(_) => members.iter().any(|member| member.name.starts_with(path)),
        None => subject.artifact.store.member(path).is_some(),
    };
    runtime.imports.iter().filter(|path| !is_there(path)).collect()
}

/// Whether the Python version is a text of one that the platform runs, and the one that the artifact was made for.
pub(super) fn python_version(subject: &Subject<'_>) -> Result<Measured> {
    let Some(platform) = read(subject)? else { return Ok(Measured::default()) };
    let made_for = &subject.artifact.manifest.environment.python_version;
    let wrong = |version: &Value| -> Option<String> {
        let Some(text) = version.as_str() else {
            return Some(format!("expected a text such as `3.11`, found {}", shown(version)));
        };
        let minor = text.strip_prefix("3.").and_then(|minor| minor.parse::<u32>().ok());
        if !minor.is_some_and(|minor| MINORS.contains(&minor)) {
            return Some(format!(
                "expected a version from `3.{}` to `3.{}`, found `{text}`",
                MINORS.start(),
                MINORS.end()
            ));
        }
        (text != made_for).then(|| format!("the artifact was made for Python {made_for}, and this says `{text}`"))
    };
    let runtimes = platform.runtimes.iter();
    let findings = runtimes.filter_map(|(name, runtime)| {
        let message = wrong(&runtime.version)?;
        Some(
            told_at("snowflake-python-version", place(name, "version"), message)
                .hint("`--python-version` gives another"),
        )
    });
    Ok(Measured { usage: None, findings: findings.collect() })
}

/// Whether the platforms asked for exist.
pub(super) fn target_platforms(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-target-platform";
    let Some(platform) = read(subject)? else { return Ok(Measured::default()) };
    let mut findings = Vec::new();
    for (position, name) in platform.target_platforms.iter().enumerate() {
        if !PLATFORMS.contains(&name.as_str()) {
            let message =
                format!("expected {}, found `{name}`", PLATFORMS.map(|name| format!("`{name}`")).join(" or "));
            findings.push(told_at(code, "target_platforms", message));
        }
        if platform.target_platforms.iter().take(position).any(|before| before == name) {
            findings.push(told_at(code, "target_platforms", format!("`{name}` stands twice")));
        }
    }
    Ok(Measured { usage: None, findings })
}

/// Whether the task that is registered is one of the platform's, and the model's.
pub(super) fn task(subject: &Subject<'_>) -> Result<Measured> {
    let code = "snowflake-task";
    let manifest = &subject.artifact.manifest;
    let Some(given) = &manifest.registration.task else { return Ok(Measured::default()) };
    let place = "registration.task";
    let own = PlatformTask::of(manifest.model.task);
    let finding = match PlatformTask::parse(given) {
        Err(error) => Some(Finding::from(&error).in_file(MANIFEST).at(place)),
        Ok(task) if task != own && own != PlatformTask::Unknown => {
            let message = format!("{} is registered, and the model's own task is {}", task.name(), own.name());
            Some(Finding::warning(code, message).in_file(MANIFEST).at(place))
        }
        Ok(_) => None,
    };
    Ok(Measured::of(finding))
}
