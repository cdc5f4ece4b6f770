//! Platforms: the limits of each as of a date, and the rules that `check` asks of an artifact. Static: nothing runs.

mod oci;
mod python;
mod rules;

pub use rules::{Measured, Rule, Subject};

use crate::artifact::Artifact;
use crate::error::{Error, Result};
use crate::finding::{Finding, Outcome, Report, RuleResult, Severity};
use crate::generate::FileKind;
use crate::model::Model;

/// A platform.
#[derive(Debug)]
pub struct Target {
    /// Its name on the command line and in the manifest.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// The files it wants in an artifact, besides the model and the score module.
    pub files: &'static [FileKind],
    /// Its limits by date, the newest first.
    pub profiles: &'static [Profile],
    /// Its rules.
    pub rules: &'static [Rule],
}

/// A platform's limits as of a date.
#[derive(Debug)]
pub struct Profile {
    /// `oci-2026`.
    pub name: &'static str,
    /// Bytes that the console uploads.
    pub console_bytes: u64,
    /// Bytes that an upload in one request takes.
    pub direct_bytes: u64,
    /// Bytes of all metadata together.
    pub metadata_bytes: u64,
    /// Bytes of the input and output schema together.
    pub schema_bytes: u64,
    /// Columns of a schema.
    pub schema_columns: u64,
    /// Bytes of a request to the endpoint.
    pub payload_bytes: u64,
    /// Characters of a description.
    pub description_chars: u64,
}

/// Every platform.
pub static TARGETS: &[&Target] = &[&oci::TARGET];

/// The platform called `name`.
pub fn find(name: &str) -> Result<&'static Target> {
    TARGETS.iter().find(|target| target.name == name).copied().ok_or_else(|| {
        let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        Error::usage("unknown-target", format!("no platform is called `{name}`"))
            .hint(format!("the platforms are {}", known.join(", ")))
    })
}

impl Target {
    /// The profile called `name`, or the newest.
    pub fn profile(&self, name: Option<&str>) -> Result<&'static Profile> {
        let found = match name {
            None => self.profiles.first(),
            Some(name) => self.profiles.iter().find(|profile| profile.name == name),
        };
        found.ok_or_else(|| {
            let known: Vec<&str> = self.profiles.iter().map(|profile| profile.name).collect();
            Error::usage("unknown-profile", format!("{} has no profile `{}`", self.title, name.unwrap_or_default()))
                .hint(format!("its profiles are {}", known.join(", ")))
        })
    }
}

/// Runs a platform's rules on an artifact; without a name, those of the artifact's own target.
pub fn check(artifact: &Artifact, subject: &str, target: Option<&str>, profile: Option<&str>) -> Result<Report> {
    let target = find(target.unwrap_or(&artifact.manifest.artifact.target))?;
    let profile = target.profile(profile)?;
    let mut report = Report::on(subject);
    report.digest = Some(artifact.digest.to_string());
    report.profile = Some(profile.name.to_owned());
    let subject = Subject::new(artifact, profile)?;
    for rule in target.rules {
        let Measured { usage, findings } = (rule.check)(&subject)?;
        let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
        report.rules.push(RuleResult {
            code: rule.code.into(),
            title: rule.title.into(),
            outcome: if failed { Outcome::Failed } else { Outcome::Passed },
            usage,
        });
        report.findings.extend(findings);
    }
    Ok(report)
}

/// Runs the rules that a model file alone can break.
pub fn check_model(
    model: &Model,
    model_bytes: u64,
    subject: &str,
    target: Option<&str>,
    profile: Option<&str>,
) -> Result<Report> {
    let profile = find(target.unwrap_or("oci"))?.profile(profile)?;
    let mut report = Report::on(subject);
    report.profile = Some(profile.name.to_owned());
    let limits = [
        ("oci-console-size", "the model fits an upload by the console", model_bytes, profile.console_bytes, "bytes"),
        (
            "oci-schema-columns",
            "the schema has no more columns than the platform shows",
            model.fields.len() as u64,
            profile.schema_columns,
            "columns",
        ),
    ];
    for (code, title, used, limit, unit) in limits {
        let Measured { usage, findings } = rules::within(code, used, limit, unit, Finding::warning);
        report.rules.push(RuleResult { code: code.into(), title: title.into(), outcome: Outcome::Passed, usage });
        report.findings.extend(findings);
    }
    Ok(report)
}
