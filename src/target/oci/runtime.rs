//! Tests of runtime.yaml as a file: its version, its keys, and versions that YAML reads as numbers.

use serde_json::Value;

use super::super::introspection::{Evidence, Verdict};
use crate::error::Result;
use crate::finding::Finding;

/// An error at a path of keys in runtime.yaml.
pub(super) fn error(code: &'static str, message: impl Into<String>, keys: &[&str]) -> Finding {
    Finding::error(code, message).in_file("runtime.yaml").at(keys.join("."))
}

/// What stands in runtime.yaml, for messages.
pub(super) fn shown(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => "nothing".into(),
        Some(Value::String(text)) => format!("`{text}`"),
        Some(Value::Number(number)) => format!("the number {number}"),
        Some(Value::Bool(value)) => format!("the truth value {value}"),
        Some(Value::Array(_)) => "a list".into(),
        Some(Value::Object(_)) => "a mapping".into(),
    }
}

/// Whether the file is there and can be read.
pub(super) fn is_readable(evidence: &Evidence<'_>) -> bool {
    matches!(evidence.runtime, Some(Ok(_)))
}

pub(super) fn artifact_version(evidence: &Evidence<'_>) -> Result<Verdict> {
    if !is_readable(evidence) {
        return Ok(Verdict::Absent);
    }
    let keys = ["MODEL_ARTIFACT_VERSION"];
    let value = evidence.runtime_value(&keys);
    if value.and_then(Value::as_str) == Some("3.0") {
        return Ok(Verdict::PASSED);
    }
    let message = format!("expected the text `3.0`, found {}", shown(value));
    Ok(Verdict::Failed(vec![error("oci-artifact-version", message, &keys)]))
}

const DEPLOYMENT: [&str; 2] = ["MODEL_DEPLOYMENT", "INFERENCE_CONDA_ENV"];
const PROVENANCE: &str = "MODEL_PROVENANCE";

/// Versions, by their path of keys.
const VERSIONS: &[&[&str]] = &[
    &["MODEL_ARTIFACT_VERSION"],
    &[DEPLOYMENT[0], DEPLOYMENT[1], "INFERENCE_PYTHON_VERSION"],
    &[PROVENANCE, "TRAINING_CONDA_ENV", "TRAINING_PYTHON_VERSION"],
];

pub(super) fn texts(evidence: &Evidence<'_>) -> Result<Verdict> {
    if !is_readable(evidence) {
        return Ok(Verdict::Absent);
    }
    let number = |keys: &&[&str]| {
        let Some(Value::Number(number)) = evidence.runtime_value(keys) else { return None };
        let message = format!("the version is the number {number}: without quotes YAML reads 3.10 as 3.1");
        let finding = error("oci-version-quoted", message, keys);
        Some(finding.hint(format!("write it in quotes, as in `{}: '3.10'`", keys.last().unwrap_or(&""))))
    };
    Ok(Verdict::of(VERSIONS.iter().filter_map(number).collect()))
}

/// What the client wants under a key.
enum Wanted {
    /// A text.
    Text,
    /// A text or nothing.
    MaybeText,
    /// A mapping or nothing.
    MaybeMapping,
}

/// Keys, and what is wanted there.
type Entries = &'static [(&'static str, Wanted)];

/// What the platform's client checks when it loads an artifact: mappings, and what it wants in them.
const SCHEMA: &[(&[&str], Entries)] = &[
    (&DEPLOYMENT, &[("INFERENCE_ENV_PATH", Wanted::Text), ("INFERENCE_PYTHON_VERSION", Wanted::Text)]),
    (
        &[PROVENANCE],
        &[
            ("PROJECT_OCID", Wanted::Text),
            ("TENANCY_OCID", Wanted::MaybeText),
            ("TRAINING_CODE", Wanted::MaybeMapping),
            ("TRAINING_COMPARTMENT_OCID", Wanted::Text),
            ("TRAINING_CONDA_ENV", Wanted::MaybeMapping),
            ("TRAINING_REGION", Wanted::MaybeText),
            ("TRAINING_RESOURCE_OCID", Wanted::MaybeText),
            ("USER_OCID", Wanted::MaybeText),
            ("VM_IMAGE_INTERNAL_ID", Wanted::MaybeText),
        ],
    ),
    (&[PROVENANCE, "TRAINING_CODE"], &[("ARTIFACT_DIRECTORY", Wanted::MaybeText)]),
    (
        &[PROVENANCE, "TRAINING_CONDA_ENV"],
        &[
            ("TRAINING_ENV_PATH", Wanted::MaybeText),
            ("TRAINING_ENV_SLUG", Wanted::MaybeText),
            ("TRAINING_ENV_TYPE", Wanted::MaybeText),
            ("TRAINING_PYTHON_VERSION", Wanted::MaybeText),
        ],
    ),
];

/// What may stand beside the wanted keys of an inference environment.
const OPTIONAL: &[&str] = &["INFERENCE_ENV_SLUG", "INFERENCE_ENV_TYPE"];

pub(super) fn keys(evidence: &Evidence<'_>) -> Result<Verdict> {
    match &evidence.runtime {
        None => return Ok(Verdict::Absent),
        Some(Err(error)) => {
            return Ok(Verdict::Failed(vec![Finding { code: "oci-runtime-keys".into(), ..Finding::from(error) }]));
        }
        Some(Ok(_)) => {}
    }
    let mut findings = Vec::new();
    for (path, wanted) in SCHEMA {
        match evidence.runtime_value(path) {
            Some(Value::Object(_)) => findings.extend(in_mapping(evidence, path, wanted)),
            // Empty parts of the provenance may be missing, but not the provenance itself.
            Some(Value::Null) if path.len() > 1 && path.first() == Some(&PROVENANCE) => {}
            None if path.len() > 1 && path.first() == Some(&PROVENANCE) => {}
            other => {
                let message = format!("expected a mapping, found {}", shown(other));
                findings.push(error("oci-runtime-keys", message, path));
            }
        }
    }
    Ok(Verdict::of(findings))
}

fn in_mapping(evidence: &Evidence<'_>, path: &[&str], wanted: &[(&str, Wanted)]) -> Vec<Finding> {
    let mapping = evidence.runtime_value(path).and_then(Value::as_object);
    let known = |key: &&String| wanted.iter().any(|(name, _)| name == key) || OPTIONAL.contains(&key.as_str());
    let unknown = mapping.into_iter().flat_map(|mapping| mapping.keys()).filter(|key| !known(key));
    let unknown = unknown.map(|key| error("oci-runtime-keys", format!("the client knows no key `{key}`"), path));
    let wrong = wanted.iter().filter_map(|(key, wanted)| {
        let value = mapping.and_then(|mapping| mapping.get(*key));
        let (fits, expected) = match wanted {
            Wanted::Text => (matches!(value, Some(Value::String(_))), "a text"),
            Wanted::MaybeText => (matches!(value, Some(Value::String(_) | Value::Null)), "a text, which may be empty"),
            Wanted::MaybeMapping => (matches!(value, Some(Value::Object(_) | Value::Null)), "a mapping"),
        };
        let keys: Vec<&str> = path.iter().copied().chain([*key]).collect();
        // A version that is a number is told by its own test.
        let is_told = matches!(value, Some(Value::Number(_))) && VERSIONS.contains(&keys.as_slice());
        (!fits && !is_told)
            .then(|| error("oci-runtime-keys", format!("expected {expected}, found {}", shown(value)), &keys))
    });
    unknown.chain(wrong).collect()
}
