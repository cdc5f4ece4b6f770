//! Tests under a platform's own keys: what its introspection asks of an artifact, and what it passes over.
//!
//! A test is a rule whose result can also be written as the platform's own tool writes it.

use std::cell::OnceCell;

use serde_json::{Map, Value, json};

use super::python::{self, Script};
use crate::artifact::{Artifact, ArtifactFile, Content};
use crate::error::{Error, ErrorKind, Result};
use crate::finding::{Finding, Outcome, RuleResult, Severity};
use crate::yaml;

/// One row of a platform's table of tests.
#[derive(Debug)]
pub struct Test {
    /// Its key in the results.
    pub key: &'static str,
    /// The group that it stands in.
    pub category: &'static str,
    /// The code of the rule and of its findings.
    pub code: &'static str,
    /// What it asks for.
    pub description: &'static str,
    /// What the results say where it fails.
    pub error_msg: &'static str,
    /// Who asks.
    pub asked_by: Asker,
    /// Looks.
    pub test: fn(&Evidence<'_>) -> Result<Verdict>,
}

/// Who asks for a test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asker {
    /// The platform's introspection.
    Platform,
    /// The platform's introspection, once.
    FormerPlatform,
    /// We do.
    Scorepack,
}

/// How a test came out.
#[derive(Debug)]
pub enum Verdict {
    /// It holds; with the value that was found, where the results show it.
    Passed(Option<Value>),
    /// It does not.
    Failed(Vec<Finding>),
    /// It cannot be decided here, for this reason.
    Skipped(&'static str),
    /// What it asks about is not there, which another test says.
    Absent,
}

impl Verdict {
    /// It holds.
    pub const PASSED: Verdict = Verdict::Passed(None);

    /// It fails where something was found.
    pub fn of(findings: Vec<Finding>) -> Self {
        if findings.is_empty() { Verdict::PASSED } else { Verdict::Failed(findings) }
    }

    const fn outcome(&self) -> Outcome {
        match self {
            Verdict::Passed(_) => Outcome::Passed,
            Verdict::Failed(_) => Outcome::Failed,
            Verdict::Skipped(_) | Verdict::Absent => Outcome::NotProven,
        }
    }
}

/// What tests look at: two files that most of them share, and the artifact, where it is whole.
pub struct Evidence<'a> {
    /// score.py, if it is there: its text, unless it is no text.
    pub score_py: Option<Result<String>>,
    /// runtime.yaml, if it is there: its values, unless it cannot be read.
    pub runtime: Option<Result<Value>>,
    /// The artifact; none while it is made.
    pub artifact: Option<&'a Artifact>,
    script: OnceCell<Script>,
}

impl std::fmt::Debug for Evidence<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Evidence").field("artifact", &self.artifact.is_some()).finish_non_exhaustive()
    }
}

/// Bytes of a text file that tests read.
pub const MOST_TEXT_BYTES: u64 = 1 << 20;
const SCORE_PY: &str = "score.py";
const RUNTIME_YAML: &str = "runtime.yaml";

impl<'a> Evidence<'a> {
    /// Of an artifact.
    pub fn of_artifact(artifact: &'a Artifact) -> Result<Self> {
        let read = |name: &str| match artifact.store.member(name) {
            None => Ok(None),
            Some(_) => match artifact.store.read(name, MOST_TEXT_BYTES) {
                Err(error) if error.kind() == ErrorKind::Io => Err(error),
                read => Ok(Some(read)),
            },
        };
        Ok(Evidence::new(read(SCORE_PY)?, read(RUNTIME_YAML)?, Some(artifact)))
    }

    /// Of the files of an artifact that is being made.
    pub fn of_files(files: &[ArtifactFile]) -> Self {
        let read = |name: &str| match &files.iter().find(|file| file.path == name)?.content {
            Content::Bytes(bytes) => Some(Ok(bytes.clone())),
            Content::File(_) => None,
        };
        Evidence::new(read(SCORE_PY), read(RUNTIME_YAML), None)
    }

    fn new(
        score_py: Option<Result<Vec<u8>>>,
        runtime: Option<Result<Vec<u8>>>,
        artifact: Option<&'a Artifact>,
    ) -> Self {
        let values = |bytes: Vec<u8>| yaml::parse(&bytes).map_err(|error| error.in_file(RUNTIME_YAML));
        Evidence {
            score_py: score_py.map(|read| read.and_then(text)),
            runtime: runtime.map(|read| read.and_then(values)),
            artifact,
            script: OnceCell::new(),
        }
    }

    /// What score.py defines and imports; none where it is missing or no Python.
    pub fn script(&self) -> Option<&Script> {
        let source = self.score_py.as_ref()?.as_ref().ok()?;
        Some(self.script.get_or_init(|| python::read(source)))
    }

    /// A value of runtime.yaml by its path of keys.
    pub fn runtime_value(&self, keys: &[&str]) -> Option<&Value> {
        let root = self.runtime.as_ref()?.as_ref().ok()?;
        keys.iter().try_fold(root, |value, key| value.get(*key))
    }
}

fn text(bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|error| {
        let place = format!("byte {}", error.utf8_error().valid_up_to());
        Error::malformed("oci-score-syntax", "expected UTF-8, found another byte").at(place)
    })
}

/// Runs a test. Content that cannot be read fails it.
fn verdict(test: &Test, evidence: &Evidence<'_>) -> Result<Verdict> {
    use ErrorKind::{Dangerous, Limit, Malformed, Unsupported};
    match (test.test)(evidence) {
        Err(error) if matches!(error.kind(), Dangerous | Limit | Malformed | Unsupported) => {
            Ok(Verdict::Failed(vec![Finding { code: test.code.into(), ..Finding::from(&error) }]))
        }
        verdict => verdict,
    }
}

/// Runs tests as rules.
pub fn rules(tests: &[Test], evidence: &Evidence<'_>) -> Result<Vec<(RuleResult, Vec<Finding>)>> {
    let run = |test: &Test| {
        let verdict = verdict(test, evidence)?;
        let mut outcome = verdict.outcome();
        let title = match &verdict {
            Verdict::Skipped(reason) => format!("{}: {reason}", test.description),
            _ => test.description.to_owned(),
        };
        let findings = match verdict {
            Verdict::Failed(findings) => findings,
            _ => Vec::new(),
        };
        // What may do all the same is no failure of the artifact.
        if outcome == Outcome::Failed && findings.iter().all(|finding| finding.severity != Severity::Error) {
            outcome = Outcome::NotProven;
        }
        let result = RuleResult { code: test.code.into(), title, outcome, usage: None };
        Ok((result, findings))
    };
    tests.iter().map(run).collect()
}

/// The results as the platform's own tool writes them: key to category, description and message, with `success` where
/// the test was decided and `value` where it found one.
pub fn results(tests: &[Test], evidence: &Evidence<'_>, asked_by: &[Asker]) -> Result<Value> {
    let mut all = Map::new();
    for test in tests.iter().filter(|test| asked_by.contains(&test.asked_by)) {
        let mut row = Map::new();
        // The platform's own table names this one key twice.
        if test.key == "score_py" {
            row.insert("key".into(), json!(test.key));
        }
        let verdict = verdict(test, evidence)?;
        row.insert("category".into(), json!(test.category));
        row.insert("description".into(), json!(test.description));
        row.insert("error_msg".into(), json!(message(test, &verdict)));
        match verdict {
            Verdict::Passed(value) => {
                row.insert("success".into(), json!(true));
                row.extend(value.map(|value| ("value".to_owned(), value)));
            }
            Verdict::Failed(_) => {
                row.insert("success".into(), json!(false));
            }
            Verdict::Skipped(_) | Verdict::Absent => {}
        }
        all.insert(test.key.into(), Value::Object(row));
    }
    Ok(Value::Object(all))
}

/// What the results say: what was found where a test failed. The platform shows the message of a test that was not
/// decided where it holds the word WARNING.
fn message(test: &Test, verdict: &Verdict) -> String {
    match verdict {
        Verdict::Failed(findings) => {
            let found: Vec<&str> = findings.iter().map(|finding| finding.message.as_str()).collect();
            format!("{} Found: {}.", test.error_msg, found.join("; "))
        }
        Verdict::Skipped(reason) => format!("WARNING: not tested: {reason}."),
        Verdict::Passed(_) | Verdict::Absent => test.error_msg.to_owned(),
    }
}
