//! Findings, proofs and rules as data: what `verify` and `check` report and renderers print.
//!
//! A finding says that content is not as it should be; an [`Error`] says that the tool could not look.

mod codes;
mod scan;

pub use codes::{CODES, CodeDoc, documentation};
pub use scan::{NamedImport, Scan, Verdict};

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::error::Error;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; changes no exit code.
    Note,
    /// May fail for some users; changes no exit code.
    Warning,
    /// Wrong: the exit code is 1.
    Error,
}

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The stable kebab-case code, for `scorepack rule CODE`.
    pub code: String,
    /// How bad it is.
    pub severity: Severity,
    /// The file: a path, or a member of the artifact.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub file: Option<String>,
    /// The place inside the file, outermost first.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
    /// The line in the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub line: Option<u64>,
    /// What is wrong: expected against found.
    pub message: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub hint: Option<String>,
}

impl Finding {
    fn new(severity: Severity, code: &str, message: impl Into<String>) -> Self {
        let (code, message) = (code.to_owned(), message.into());
        Finding { code, severity, file: None, place: None, line: None, message, hint: None }
    }

    /// Something wrong.
    pub fn error(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// Something that may fail for some.
    pub fn warning(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message)
    }

    /// Something worth knowing.
    pub fn note(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(Severity::Note, code, message)
    }

    /// Names the file.
    pub fn in_file(mut self, file: impl Into<String>) -> Self {
        self.file = Some(file.into());
        self
    }

    /// Names the place in the file.
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.place = Some(place.into());
        self
    }

    /// Names the line in the file, from 1.
    pub fn on_line(mut self, line: u64) -> Self {
        self.line = Some(line);
        self
    }

    /// Says what to do next.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Broken content is a finding where a report is asked for.
impl From<&Error> for Finding {
    fn from(error: &Error) -> Self {
        Finding {
            file: error.file().map(str::to_owned),
            place: error.place(),
            hint: error.advice().map(str::to_owned),
            ..Finding::new(Severity::Error, error.code(), error.to_string())
        }
    }
}

/// How a proof or a rule came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It does not; a finding says why.
    Failed,
    /// It could not be decided here; never counted as passed.
    NotProven,
    /// There was nothing of the framework's to compare with.
    NotCompared,
    /// It does not concern this artifact.
    NotApplicable,
}

impl Outcome {
    /// The word in reports.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::Passed => "passed",
            Outcome::Failed => "failed",
            Outcome::NotProven => "not proven",
            Outcome::NotCompared => "not compared with the framework",
            Outcome::NotApplicable => "not applicable",
        }
    }
}

/// One item of `verify`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Proof {
    /// Its stable name: `digests`, `recompile`, …
    pub name: String,
    /// How it came out.
    pub outcome: Outcome,
    /// What was done, in a sentence with numbers.
    pub detail: String,
}

impl Proof {
    /// A proof with its outcome.
    pub fn new(name: &'static str, outcome: Outcome, detail: impl Into<String>) -> Self {
        Proof { name: name.into(), outcome, detail: detail.into() }
    }
}

/// A size against its limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Usage {
    /// What was found.
    pub used: u64,
    /// The most that is accepted.
    pub limit: u64,
    /// What is counted.
    pub unit: String,
    /// What it is made of: files and what each of them takes.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub parts: Vec<Part>,
}

/// A part of a size.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// The file, or what else is counted.
    pub name: String,
    /// How much it takes.
    pub used: u64,
}

impl Usage {
    /// What is left below the limit; nothing when it is exceeded.
    pub fn room(&self) -> u64 {
        self.limit.saturating_sub(self.used)
    }
}

/// One rule of `check` that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleResult {
    /// The rule's code, which is also that of its findings.
    pub code: String,
    /// What the rule asks for.
    pub title: String,
    /// How it came out.
    pub outcome: Outcome,
    /// The size it measured, for limits.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub usage: Option<Usage>,
}

/// Everything that was looked at, and everything that was found.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// The path that was looked at.
    pub subject: String,
    /// Whether the subject is a directory, so that the files named in findings lie below it.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub directory: bool,
    /// The artifact's digest: the SHA-256 of its manifest.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub digest: Option<String>,
    /// The target's profile whose rules ran.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub profile: Option<String>,
    /// What the file would do to whoever loads it, where that was asked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub scan: Option<Scan>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// The proofs that ran, in order.
    pub proofs: Vec<Proof>,
    /// The rules that ran, in order.
    pub rules: Vec<RuleResult>,
    /// What a person should know besides.
    pub notes: Vec<String>,
    /// How long the slowest method took for a thousand rows, where methods ran. It is judged by rules and not written:
    /// a report says the same on every machine.
    #[serde(skip)]
    pub thousand_rows: Option<Duration>,
}

impl Report {
    /// An empty report on `subject`.
    pub fn on(subject: impl Into<String>) -> Self {
        Report { subject: subject.into(), ..Report::default() }
    }

    /// The findings of one severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// Whether nothing is wrong; warnings and notes do not count.
    pub fn is_clean(&self) -> bool {
        self.count(Severity::Error) == 0
    }

    /// The process exit code: 1 where something is wrong.
    pub fn exit_code(&self) -> u8 {
        u8::from(!self.is_clean())
    }

    /// Adds a proof with what it found: it fails when a finding is an error, whatever `passed` says. What another
    /// proof has found already is not told again.
    pub fn add_proof(&mut self, mut proof: Proof, findings: Vec<Finding>) {
        if findings.iter().any(|finding| finding.severity == Severity::Error) {
            proof.outcome = Outcome::Failed;
        }
        self.proofs.push(proof);
        for finding in findings {
            if !self.findings.contains(&finding) {
                self.findings.push(finding);
            }
        }
    }

    /// Takes over everything of another report on the same subject.
    pub fn absorb(&mut self, other: Report) {
        self.directory |= other.directory;
        self.digest = self.digest.take().or(other.digest);
        self.profile = self.profile.take().or(other.profile);
        self.findings.extend(other.findings);
        self.proofs.extend(other.proofs);
        self.rules.extend(other.rules);
        self.notes.extend(other.notes);
    }
}

/// Bytes for people: `1.2 MB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut value = count as f64;
    let mut unit = "B";
    for next in UNITS {
        if value < 999.5 {
            break;
        }
        value /= 1000.0;
        unit = next;
    }
    if value < 9.95 { format!("{value:.1} {unit}") } else { format!("{value:.0} {unit}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_with_an_error_fails_and_a_warning_does_not() {
        let mut report = Report::on("a.zip");
        let passed = || Proof::new("digests", Outcome::Passed, "3 files");
        report.add_proof(passed(), vec![Finding::warning("file-edited", "score.py")]);
        assert!(report.is_clean());
        assert_eq!(report.exit_code(), 0);
        report.add_proof(passed(), vec![Finding::error("file-changed", "score.py")]);
        assert_eq!(
            report.proofs.iter().map(|proof| proof.outcome).collect::<Vec<_>>(),
            [Outcome::Passed, Outcome::Failed]
        );
        assert_eq!(report.exit_code(), 1);
    }

    #[test]
    fn a_report_survives_json() {
        let mut report = Report::on("a.zip");
        let finding = Finding::error("file-changed", "7 bytes, expected 8").in_file("score.py").on_line(3).hint("pack");
        report.add_proof(Proof::new("digests", Outcome::Passed, ""), vec![finding]);
        let text = serde_json::to_string(&report).unwrap();
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
        assert!(text.contains(r#""outcome":"failed""#), "{text}");
    }
}
