//! What changed between two artifacts, and whether a caller of the first would break on the second.
//!
//! A change is an error where something that a caller may send to the first, or read from it, fails on the second or
//! means something else there; everything else is a note. Callers send rows by name or by position.

mod accepts;
mod calls;
mod environment;
mod files;
mod inputs;
mod model;
mod outputs;
mod partitions;
mod predictions;
mod snowflake;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

use crate::artifact::{Artifact, Manifest, Role};
use crate::error::Result;
use crate::finding::{Finding, Outcome, Proof, Report, Severity};
use crate::verify::{ProofResult, Start};

/// Everything that was compared.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The artifact that callers know.
    pub before: Side,
    /// The artifact that takes its place.
    pub after: Side,
    /// The files whose sizes differ, and those that only one artifact has.
    pub files: Vec<FileChange>,
    /// How the answers of each output differ.
    pub predictions: Vec<OutputChange>,
    /// The changes as findings on the second artifact: errors break callers of the first.
    pub report: Report,
}

/// One of the two artifacts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Side {
    /// Where it lies.
    pub path: String,
    /// The SHA-256 of its manifest.
    pub digest: String,
    /// The model's name.
    pub name: String,
    /// The model's version.
    pub version: String,
    /// Bytes of all listed files.
    pub bytes: u64,
}

/// A file whose size differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FileChange {
    /// Its path in the artifact.
    pub path: String,
    /// What it is.
    pub role: Role,
    /// Its bytes in the first artifact; none where it is not there.
    pub before_bytes: Option<u64>,
    /// Its bytes in the second.
    pub after_bytes: Option<u64>,
}

/// How the answers of one output differ, over the rows that both artifacts take.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct OutputChange {
    /// The method.
    pub method: String,
    /// Its output.
    pub output: String,
    /// Rows that were compared.
    pub rows: u64,
    /// Rows with another answer: another label, or numbers further apart than arithmetic explains (relative 1e-9 in
    /// double precision, 1e-5 in single).
    pub rows_differing: u64,
    /// Whether the answers are labels: each differing row is another class.
    pub labels: bool,
    /// The largest difference between two numbers.
    pub largest_absolute: f64,
    /// The largest difference relative to the greater of the two, or to a thousandth of the output's largest.
    pub largest_relative: f64,
}

/// What the comparisons share.
pub(crate) struct Context<'a> {
    before: &'a Artifact,
    after: &'a Artifact,
    start: Start<'a>,
    files: Vec<FileChange>,
    predictions: Vec<OutputChange>,
}

impl Context<'_> {
    fn manifests(&self) -> (&Manifest, &Manifest) {
        (&self.before.manifest, &self.after.manifest)
    }
}

/// Every aspect, in the order of the report.
static ASPECTS: &[Aspect] = &[
    Aspect::Manifests(inputs::compare),
    Aspect::Manifests(outputs::compare),
    Aspect::Manifests(calls::compare),
    Aspect::Manifests(model::compare),
    Aspect::Artifacts(environment::compare),
    Aspect::PartitionedArtifacts(partitions::compare),
    Aspect::Artifacts(files::compare),
    Aspect::Artifacts(predictions::compare),
];

/// How an aspect is compared.
enum Aspect {
    /// By what the manifests say.
    Manifests(fn(&Manifest, &Manifest) -> ProofResult),
    /// By what the files hold.
    Artifacts(fn(&mut Context<'_>) -> Result<ProofResult>),
    /// By their indexes of partitions, where one of them has some.
    PartitionedArtifacts(fn(&mut Context<'_>) -> Result<ProofResult>),
}

/// Findings of one code and severity that are told one by one; the rest are counted.
const SHOWN: usize = 20;

/// Compares two artifacts; `start` runs their score modules.
pub fn diff(before: (&Artifact, &str), after: (&Artifact, &str), start: Start<'_>) -> Result<Comparison> {
    let mut context = Context { before: before.0, after: after.0, start, files: Vec::new(), predictions: Vec::new() };
    let mut report = Report::on(after.1);
    report.directory = after.0.store.is_directory();
    report.digest = Some(after.0.digest.to_string());
    for aspect in ASPECTS {
        let ProofResult { proof, findings } = match aspect {
            Aspect::Manifests(compare) => compare(&before.0.manifest, &after.0.manifest),
            Aspect::Artifacts(compare) => compare(&mut context)?,
            Aspect::PartitionedArtifacts(_) if before.0.partitions.is_none() && after.0.partitions.is_none() => {
                continue;
            }
            Aspect::PartitionedArtifacts(compare) => compare(&mut context)?,
        };
        report.add_proof(proof, abridged(findings));
    }
    report.findings.sort_by_key(|finding| finding.severity != Severity::Error);
    report.notes.push(format!("compared with {} (sha256:{})", before.1, before.0.digest));
    let Context { files, predictions, .. } = context;
    Ok(Comparison { before: side(before), after: side(after), files, predictions, report })
}

fn side((artifact, path): (&Artifact, &str)) -> Side {
    let identity = &artifact.manifest.artifact;
    Side {
        path: path.to_owned(),
        digest: artifact.digest.to_string(),
        name: identity.name.clone(),
        version: identity.version.clone(),
        bytes: files::total(&artifact.manifest),
    }
}

/// A change as a finding: an error where it breaks a caller.
fn change(breaks: bool, code: &'static str, message: impl Into<String>) -> Finding {
    if breaks { Finding::error(code, message) } else { Finding::note(code, message) }
}

/// An aspect with what changed in it.
fn aspect(name: &'static str, what: &str, findings: Vec<Finding>) -> ProofResult {
    let broken = findings.iter().filter(|finding| finding.severity == Severity::Error).count();
    let detail = match (findings.len(), broken) {
        (0, _) => format!("{what}: nothing changed"),
        (1, 0) => format!("{what}: 1 change, which breaks no caller"),
        (changes, 0) => format!("{what}: {changes} changes, none breaks a caller"),
        (1, _) => format!("{what}: 1 change, which breaks callers"),
        (changes, broken) if changes == broken => format!("{what}: {changes} changes, all of them break callers"),
        (changes, 1) => format!("{what}: {changes} changes, 1 of them breaks callers"),
        (changes, broken) => format!("{what}: {changes} changes, {broken} of them break callers"),
    };
    ProofResult { proof: Proof::new(name, Outcome::Passed, detail), findings }
}

/// The first findings of each kind, and how many more there are.
fn abridged(findings: Vec<Finding>) -> Vec<Finding> {
    let mut kinds: Vec<(String, Severity, usize)> = Vec::new();
    let mut kept = Vec::new();
    for finding in findings {
        let known = kinds.iter_mut().find(|(code, severity, _)| *code == finding.code && *severity == finding.severity);
        match known {
            Some((_, _, count)) => *count += 1,
            None => kinds.push((finding.code.clone(), finding.severity, 1)),
        }
        let count = kinds.iter().find(|(code, severity, _)| *code == finding.code && *severity == finding.severity);
        if count.is_some_and(|(_, _, count)| *count <= SHOWN) {
            kept.push(finding);
        }
    }
    for (code, severity, count) in kinds.into_iter().filter(|(_, _, count)| *count > SHOWN) {
        let message = format!("{} more of this kind", count - SHOWN);
        kept.push(Finding { code, severity, file: None, place: None, line: None, message, hint: None });
    }
    kept
}

/// Names for a message, the first few of many.
fn listed<S: AsRef<str>>(names: impl IntoIterator<Item = S>) -> String {
    const MOST: usize = 8;
    let names: Vec<String> = names.into_iter().map(|name| format!("`{}`", name.as_ref())).collect();
    match names.len().saturating_sub(MOST) {
        0 => names.join(", "),
        more => format!("{} and {more} more", names.get(..MOST).unwrap_or(&names).join(", ")),
    }
}

/// Two values for a message; long ones from where they begin to differ.
fn shown(before: &serde_json::Value, after: &serde_json::Value) -> (String, String) {
    const MOST: usize = 60;
    const AROUND: usize = 10;
    let (before, after) = (before.to_string(), after.to_string());
    let same = before.chars().zip(after.chars()).take_while(|(a, b)| a == b).count();
    let short = before.chars().count().max(after.chars().count()) <= MOST;
    let start = if short { 0 } else { same.saturating_sub(AROUND) };
    let cut = |text: &str| {
        let mut rest = text.chars().skip(start);
        let shown: String = rest.by_ref().take(MOST).collect();
        let mark = |is_cut: bool| if is_cut { "…" } else { "" };
        format!("{}{shown}{}", mark(start > 0), mark(rest.next().is_some()))
    };
    (cut(&before), cut(&after))
}
