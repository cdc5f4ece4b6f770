//! Platforms: the limits of each as of a date, and the rules that `check` asks of an artifact. Static: nothing runs.

mod introspection;
mod oci;
mod profile;
pub mod python;
mod rules;
mod snowflake;

pub use introspection::{Asker, Evidence, Test, Verdict};
pub use profile::{Ceiling, Ceilings, Overrides, PlatformLimit, Profile};
pub use rules::{Measured, ModelRule, Rule, ServerRule, Subject, TimeRule};

use std::time::Duration;

use serde_json::Value;

use crate::artifact::{Artifact, Digest, Registration};
use crate::error::{Error, Result};
use crate::finding::{Finding, Outcome, Report, RuleResult, Severity};
use crate::generate::{Layout, TestResults};
use crate::model::Model;

/// A platform.
#[derive(Debug)]
pub struct Target {
    /// Its name on the command line and in the manifest.
    pub name: &'static str,
    /// Its name for people.
    pub title: &'static str,
    /// How its artifacts are laid out, the usual way first.
    pub layouts: &'static [Layout],
    /// What a model is called where the user does not say.
    pub naming: Naming,
    /// What its registry is told: the names of these fields of [`Registration`]. Others mean nothing to it.
    pub registration: &'static [&'static str],
    /// The forms in which rows reach a model there.
    pub payload_forms: &'static [PayloadForm],
    /// Its limits by date, the newest first.
    pub profiles: &'static [Profile],
    /// Its tests, where it has an introspection of its own.
    pub introspection: Option<&'static Introspection>,
    /// Its rules.
    pub rules: &'static [Rule],
    /// Those that only its server can ask.
    pub server_rules: &'static [ServerRule],
    /// Those that a model file alone can break.
    pub model_rules: &'static [ModelRule],
    /// The rule about the time of a call, where the platform ends calls.
    pub time_rule: Option<&'static TimeRule>,
}

/// A platform's tests of an artifact.
#[derive(Debug)]
pub struct Introspection {
    /// The tests, in the order of their results.
    pub tests: &'static [Test],
    /// What its catalog stores of them, from the files of an artifact.
    pub results: TestResults,
}

/// What a model is called where the user does not say.
#[derive(Debug)]
pub struct Naming {
    /// Its name, from that of its file without the extension.
    pub name: fn(&str) -> String,
    /// Its version, from the digest of its file.
    pub version: fn(&Digest) -> String,
}

/// A form in which rows reach a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PayloadForm {
    /// A list of records.
    Records,
    /// pandas' split form.
    Split,
    /// A list of values for every column.
    Columns,
    /// Lists of values, by position: arguments of a function are such.
    Lists,
    /// Records under `data`.
    Data,
}

impl PayloadForm {
    /// Every form.
    pub const ALL: [PayloadForm; 5] =
        [PayloadForm::Records, PayloadForm::Split, PayloadForm::Columns, PayloadForm::Lists, PayloadForm::Data];

    /// Its name in reports.
    pub const fn name(self) -> &'static str {
        match self {
            PayloadForm::Records => "records",
            PayloadForm::Split => "split",
            PayloadForm::Columns => "columns",
            PayloadForm::Lists => "lists",
            PayloadForm::Data => "data",
        }
    }
}

/// Every platform.
pub static TARGETS: &[&Target] = &[&oci::TARGET, &snowflake::TARGET];

/// The platform called `name`.
pub fn find(name: &str) -> Result<&'static Target> {
    TARGETS.iter().find(|target| target.name == name).copied().ok_or_else(|| {
        let known: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
        Error::usage("unknown-target", format!("no platform is called `{name}`"))
            .hint(format!("the platforms are {}", known.join(", ")))
    })
}

impl Target {
    /// Refuses to be told what means nothing to the platform's registry.
    pub fn check_registration(&self, registration: &Registration) -> Result<()> {
        let told = serde_json::to_value(registration)
            .map_err(|error| Error::internal(format!("a registration is no JSON: {error}")))?;
        let fields = told.as_object().into_iter().flatten().map(|(name, _)| name.as_str());
        match fields.into_iter().find(|name| *name != "layout" && !self.registration.contains(name)) {
            None => Ok(()),
            Some(name) => {
                let message = format!("`{}` means nothing to {}", name.replace('_', "-"), self.title);
                Err(Error::usage("not-applicable", message).hint("leave it out, or choose another `--target`"))
            }
        }
    }

    /// The layout called `name`, or the usual one.
    pub fn layout(&self, name: Option<&str>) -> Result<&'static Layout> {
        let found = match name {
            None => self.layouts.first(),
            Some(name) => self.layouts.iter().find(|layout| layout.name == name),
        };
        found.ok_or_else(|| {
            let known: Vec<&str> = self.layouts.iter().map(|layout| layout.name).collect();
            Error::usage("unknown-layout", format!("{} has no layout `{}`", self.title, name.unwrap_or_default()))
                .hint(format!("its layouts are {}", known.join(", ")))
        })
    }

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

/// What is checked against: a platform, its limits as of a date, and the user's own values for them.
#[derive(Debug, Clone, Default)]
pub struct Against {
    /// The platform; the artifact's own if none is named, OCI for a model file.
    pub target: Option<String>,
    /// The profile; the usual one if none is named.
    pub profile: Option<String>,
    /// The profile where none is named, if the platform has it; else its newest.
    pub usual_profile: Option<String>,
    /// Other values of limits.
    pub overrides: Overrides,
}

impl Against {
    fn find(&self, otherwise: &str) -> Result<(&'static Target, Ceilings)> {
        let target = find(self.target.as_deref().unwrap_or(otherwise))?;
        let usual = self.usual_profile.as_deref().filter(|name| target.profile(Some(name)).is_ok());
        let profile = target.profile(self.profile.as_deref().or(usual))?;
        Ok((target, Ceilings::new(profile, &self.overrides)?))
    }
}

/// Runs a platform's rules on an artifact.
pub fn check(artifact: &Artifact, subject: &str, against: &Against) -> Result<Report> {
    let (target, ceilings) = against.find(&artifact.manifest.artifact.target)?;
    let mut report = Report::on(subject);
    report.directory = artifact.store.is_directory();
    report.digest = Some(artifact.digest.to_string());
    report.profile = Some(ceilings.profile().to_owned());
    for (result, findings) in tested(target, artifact)? {
        report.rules.push(result);
        report.findings.extend(findings);
    }
    let subject = Subject::new(artifact, ceilings);
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
    report.rules.extend(target.server_rules.iter().map(|rule| RuleResult {
        code: rule.code.into(),
        title: rule.title.into(),
        outcome: Outcome::NotProven,
        usage: None,
    }));
    Ok(report)
}

/// A platform's tests as rules.
fn tested(target: &Target, artifact: &Artifact) -> Result<Vec<(RuleResult, Vec<Finding>)>> {
    match target.introspection {
        Some(own) => introspection::rules(own.tests, &Evidence::of_artifact(artifact)?),
        None => Ok(Vec::new()),
    }
}

/// The results of a platform's tests, as its own tool writes them.
pub fn introspect(artifact: &Artifact, target: Option<&str>) -> Result<Value> {
    let target = find(target.unwrap_or(&artifact.manifest.artifact.target))?;
    let Some(own) = target.introspection else {
        let message = format!("{} has no introspection", target.title);
        return Err(Error::usage("not-applicable", message).hint("leave out `--introspection`"));
    };
    let askers = [Asker::Platform, Asker::FormerPlatform, Asker::Scorepack];
    introspection::results(own.tests, &Evidence::of_artifact(artifact)?, &askers)
}

/// Runs the rule about the time of a call, where the platform has one and methods ran.
pub fn check_time(artifact: &Artifact, subject: &str, against: &Against, rows: Option<Duration>) -> Result<Report> {
    let (target, ceilings) = against.find(&artifact.manifest.artifact.target)?;
    let mut report = Report::on(subject);
    let Some((rule, thousand_rows)) = target.time_rule.zip(rows) else { return Ok(report) };
    let Measured { usage, findings } = (rule.check)(&Subject::new(artifact, ceilings), thousand_rows)?;
    report.rules.push(RuleResult {
        code: rule.code.into(),
        title: rule.title.into(),
        outcome: if findings.is_empty() { Outcome::Passed } else { Outcome::NotProven },
        usage,
    });
    report.findings = findings;
    Ok(report)
}

/// Runs the rules that a model file alone can break.
pub fn check_model(model: &Model, model_bytes: u64, subject: &str, against: &Against) -> Result<Report> {
    let (target, ceilings) = against.find("oci")?;
    let mut report = Report::on(subject);
    report.profile = Some(ceilings.profile().to_owned());
    for rule in target.model_rules {
        let Measured { usage, findings } =
            rules::within(rule.code, (rule.measure)(model, model_bytes), ceilings.get(rule.limit)?, Finding::warning);
        report.rules.push(RuleResult {
            code: rule.code.into(),
            title: rule.title.into(),
            outcome: Outcome::Passed,
            usage,
        });
        report.findings.extend(findings);
    }
    Ok(report)
}
