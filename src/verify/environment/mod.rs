//! Proof 6, where it is asked for: a Python environment holds what the artifact requires, as a registry asks on
//! loading. The environment is read, never run.

#[cfg(test)]
mod tests;

use super::sandbox_rows::words;
use super::{Context, ProofResult};
use crate::artifact::pins::{self, Pin, Pins};
use crate::environment::PythonEnvironment;
use crate::error::{Error, Result};
use crate::finding::{Finding, Outcome, Proof};
use crate::requirement::{Version, normalize};

/// The proof's name.
pub const NAME: &str = "environment";
const INSTALL: &str =
    "install what the file asks for into the environment, or give the one that the artifact is meant for";
/// Packages that conda calls otherwise than Python does.
const CONDA_NAMES: &[(&str, &str)] = &[("pytorch", "torch")];

/// Judges every requirement.
pub fn prove(context: &mut Context<'_>) -> Result<ProofResult> {
    let pins = pins::read(context.artifact)?;
    let Some(environment) = &context.environment else { return Err(Error::internal("no environment")) };
    Ok(judge(&pins, environment))
}

/// Compares pins with what is installed.
fn judge(pins: &Pins, environment: &PythonEnvironment) -> ProofResult {
    let mut findings = pins.unread.clone();
    let mut judged = 0;
    for pin in pins.pins.iter().filter(|pin| applies(pin, environment)) {
        match if pin.is_python() { judge_python(pin, environment) } else { judge_package(pin, environment) } {
            Verdict::Holds => judged += 1,
            Verdict::Broken(finding) => {
                judged += 1;
                findings.push(pin.place(finding));
            }
            Verdict::Open(finding) => findings.push(pin.place(finding)),
        }
    }
    let broken = findings.iter().filter(|finding| finding.severity == crate::finding::Severity::Error).count();
    let python = environment.python.as_deref().unwrap_or("of an unknown version");
    let place = format!("Python {python} with {}", words(environment.len(), "package"));
    let (outcome, detail) = match findings.len() {
        _ if broken > 0 => {
            (Outcome::Failed, format!("{broken} of {} do not hold in {place}", words(judged, "requirement")))
        }
        0 if judged > 0 => (Outcome::Passed, format!("{} hold in {place}", words(judged, "requirement"))),
        0 => (Outcome::NotProven, "the artifact requires nothing".to_owned()),
        _ => (
            Outcome::NotProven,
            format!("{} cannot be judged, {judged} hold in {place}", words(findings.len(), "requirement")),
        ),
    };
    ProofResult { proof: Proof::new(NAME, outcome, detail), findings }
}

enum Verdict {
    Holds,
    Broken(Finding),
    Open(Finding),
}

/// Whether a requirement concerns this environment; where its marker cannot be decided, it does.
fn applies(pin: &Pin, environment: &PythonEnvironment) -> bool {
    let python = environment.python.as_deref().and_then(|text| Version::parse(text).ok());
    let value = |name: &str| match (name, &python) {
        ("python_version", Some(version)) => Some(format!("{}.{}", version.release(0), version.release(1))),
        ("python_full_version", Some(version)) if version.to_string().matches('.').count() > 1 => {
            Some(version.to_string())
        }
        ("extra", _) => Some(String::new()),
        _ => None,
    };
    pin.requirement.marker().and_then(|marker| marker.holds(&value)) != Some(false)
}

fn judge_python(pin: &Pin, environment: &PythonEnvironment) -> Verdict {
    let wanted = wanted(pin);
    let wanted = wanted.strip_prefix("==").and_then(|version| version.strip_suffix(".*")).unwrap_or(&wanted);
    let Some((text, version)) = environment.python.as_deref().and_then(|text| Some((text, Version::parse(text).ok()?)))
    else {
        return Verdict::Open(Finding::warning(
            "environment-unread",
            format!("expected Python {wanted}, found no version"),
        ));
    };
    match pin.requirement.matches(&version) {
        true => Verdict::Holds,
        false => {
            let message = format!("expected Python {wanted}, found {text}");
            Verdict::Broken(Finding::error("environment-python", message).hint(
                "packages are built for one minor version, and pickles may not load with another: make the environment \
                 with the required one",
            ))
        }
    }
}

fn judge_package(pin: &Pin, environment: &PythonEnvironment) -> Verdict {
    let name = pin.requirement.name();
    let wanted = wanted(pin);
    let Some(found) = installed(pin, environment) else {
        let message = format!("`{name}`: expected {wanted}, found no such package");
        let finding = Finding::error("environment-missing", message);
        return Verdict::Broken(match environment.sees_base_packages {
            true => finding.hint("packages of the base interpreter count in this environment, but were not read"),
            false => finding.hint(INSTALL),
        });
    };
    let mut broken = Vec::new();
    for text in found {
        match text.map(|text| (text, Version::parse(text))) {
            Some((_, Ok(version))) if pin.requirement.matches(&version) => {}
            // Any version will do, whatever it is.
            Some((_, Err(_))) | None if pin.requirement.specifiers().is_empty() => {}
            Some((text, _)) => broken.push(text),
            None => broken.push("a version that cannot be read"),
        }
    }
    match broken.as_slice() {
        [] => Verdict::Holds,
        _ => {
            let message = format!("`{name}`: expected {wanted}, found {}", broken.join(" and "));
            let finding = Finding::error("environment-version", message);
            Verdict::Broken(finding.hint(INSTALL))
        }
    }
}

fn wanted(pin: &Pin) -> String {
    let specifiers: Vec<String> = pin.requirement.specifiers().iter().map(ToString::to_string).collect();
    if specifiers.is_empty() { "any version".to_owned() } else { specifiers.join(",") }
}

/// The installed versions of a package, under the name that Python knows.
fn installed<'e>(pin: &Pin, environment: &'e PythonEnvironment) -> Option<Vec<Option<&'e str>>> {
    let name = normalize(pin.requirement.name());
    let other = CONDA_NAMES.iter().find(|(conda, _)| pin.by_conda && *conda == name);
    environment.versions(&name).or_else(|| environment.versions(other?.1))
}
