//! Tests of the inference environment that runtime.yaml names. Whether it exists only the network knows.

use serde_json::Value;

use super::super::introspection::{Evidence, Verdict};
use super::runtime::{error, is_readable, shown};
use crate::error::Result;
use crate::finding::Finding;

const ENVIRONMENT: [&str; 2] = ["MODEL_DEPLOYMENT", "INFERENCE_CONDA_ENV"];

/// A key of the inference environment.
const fn keys(key: &'static str) -> [&'static str; 3] {
    [ENVIRONMENT[0], ENVIRONMENT[1], key]
}

/// The last value of a key, however deep below MODEL_DEPLOYMENT: so the service finds it.
fn anywhere<'a>(evidence: &'a Evidence<'_>, key: &str, fits: impl Fn(&Value) -> bool) -> Option<&'a Value> {
    let mut found = None;
    let mut open: Vec<&Value> = evidence.runtime_value(&ENVIRONMENT[..1]).into_iter().collect();
    while let Some(value) = open.pop() {
        // The last stands on top, so that it is found first.
        for (name, value) in value.as_object().into_iter().flatten() {
            if name == key && fits(value) {
                found = Some(value);
            } else {
                open.push(value);
            }
        }
        if found.is_some() {
            break;
        }
    }
    found
}

/// The text of a key where it belongs; empty where there is none.
fn text<'a>(evidence: &'a Evidence<'_>, key: &'static str) -> &'a str {
    evidence.runtime_value(&keys(key)).and_then(Value::as_str).unwrap_or_default()
}

/// Whether an environment is named at all; where none is, one test says so.
fn is_named(evidence: &Evidence<'_>) -> bool {
    is_readable(evidence) && anywhere(evidence, "INFERENCE_ENV_PATH", is_filled).is_some()
}

fn is_filled(value: &Value) -> bool {
    !matches!(value, Value::Null) && value.as_str() != Some("")
}

/// `3.6` to `3.14`, with a patch or without: what the service takes, of a number too.
fn is_version(value: &Value) -> bool {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return false,
    };
    let mut parts = text.split('.');
    let major = parts.next() == Some("3");
    let minor = parts.next().filter(|minor| !minor.starts_with('0')).and_then(|minor| minor.parse::<u32>().ok());
    let patch = parts.next().is_none_or(|patch| !patch.is_empty() && patch.bytes().all(|byte| byte.is_ascii_digit()));
    major && minor.is_some_and(|minor| (6..=14).contains(&minor)) && patch && parts.next().is_none()
}

pub(super) fn python(evidence: &Evidence<'_>) -> Result<Verdict> {
    if !is_readable(evidence) {
        return Ok(Verdict::Absent);
    }
    let key = "INFERENCE_PYTHON_VERSION";
    if let Some(version) = anywhere(evidence, key, is_version) {
        return Ok(Verdict::Passed(Some(version.clone())));
    }
    let found = shown(evidence.runtime_value(&keys(key)));
    let message = format!("expected a Python version from `3.6` to `3.14`, found {found}");
    Ok(Verdict::Failed(vec![error("oci-env-python", message, &keys(key))]))
}

pub(super) fn path(evidence: &Evidence<'_>) -> Result<Verdict> {
    if !is_readable(evidence) {
        return Ok(Verdict::Absent);
    }
    if let Some(path) = anywhere(evidence, "INFERENCE_ENV_PATH", is_filled) {
        return Ok(Verdict::Passed(Some(path.clone())));
    }
    let message = "no inference environment is named: the service's introspection fails";
    let finding = Finding::warning("oci-env-path", message)
        .in_file("runtime.yaml")
        .at(keys("INFERENCE_ENV_PATH").join("."))
        .hint("build with `--inference-conda-env oci://bucket@namespace/path`");
    Ok(Verdict::Failed(vec![finding]))
}

pub(super) fn path_exists(evidence: &Evidence<'_>) -> Result<Verdict> {
    let named = if is_readable(evidence) { anywhere(evidence, "INFERENCE_ENV_PATH", is_filled) } else { None };
    let Some(path) = named else { return Ok(Verdict::Absent) };
    if path.as_str().is_some_and(is_object_path) {
        return Ok(Verdict::Skipped("only the network knows whether the environment exists"));
    }
    let message = format!("expected `oci://bucket@namespace/path`, found {}", shown(Some(path)));
    Ok(Verdict::Failed(vec![error("oci-env-path-exists", message, &keys("INFERENCE_ENV_PATH"))]))
}

/// `oci://bucket@namespace/path`
fn is_object_path(path: &str) -> bool {
    let place = path.strip_prefix("oci://").and_then(|rest| rest.split_once('/'));
    let bucket = place.and_then(|(place, object)| Some((place.split_once('@')?, object)));
    bucket.is_some_and(|((bucket, namespace), object)| {
        !bucket.is_empty() && !namespace.is_empty() && !object.trim_matches('/').is_empty()
    })
}

pub(super) fn kind(evidence: &Evidence<'_>) -> Result<Verdict> {
    if !is_named(evidence) {
        return Ok(Verdict::Absent);
    }
    let keys = keys("INFERENCE_ENV_TYPE");
    let value = evidence.runtime_value(&keys);
    if matches!(value.and_then(Value::as_str), Some("data_science" | "published")) {
        return Ok(Verdict::PASSED);
    }
    let message = format!("expected `data_science` or `published`, found {}", shown(value));
    Ok(Verdict::Failed(vec![error("oci-env-type", message, &keys)]))
}

pub(super) fn slug(evidence: &Evidence<'_>) -> Result<Verdict> {
    if !is_named(evidence) {
        return Ok(Verdict::Absent);
    }
    if !text(evidence, "INFERENCE_ENV_SLUG").is_empty() {
        return Ok(Verdict::PASSED);
    }
    let finding = Finding::warning("oci-env-slug", "the environment's slug is not named: the console shows none")
        .in_file("runtime.yaml")
        .at(keys("INFERENCE_ENV_SLUG").join("."));
    Ok(Verdict::Failed(vec![finding]))
}

pub(super) fn slug_exists(evidence: &Evidence<'_>) -> Result<Verdict> {
    if !is_readable(evidence) || text(evidence, "INFERENCE_ENV_SLUG").is_empty() {
        return Ok(Verdict::Absent);
    }
    Ok(Verdict::Skipped("only the network knows which slugs exist"))
}

/// `3.11` of the version, of the slug's `p311`, and of what the artifact was built for.
pub(super) fn python_agrees(evidence: &Evidence<'_>) -> Result<Verdict> {
    let version = text(evidence, "INFERENCE_PYTHON_VERSION");
    let mut parts = version.split('.');
    let (Some(major), Some(minor)) = (parts.next(), parts.next()) else { return Ok(Verdict::Absent) };
    let version = format!("{major}.{minor}");
    let mut findings = Vec::new();
    let mut differs = |whose: &str, other: &str| {
        let message = format!("runtime.yaml names Python {version}, {whose} Python {other}");
        let finding = Finding::warning("oci-python-differs", message).in_file("runtime.yaml");
        findings.push(finding.at(keys("INFERENCE_PYTHON_VERSION").join(".")));
    };
    let slug = text(evidence, "INFERENCE_ENV_SLUG");
    let of_slug = slug.split('_').find_map(|part| {
        let digits = part.strip_prefix("p3").filter(|digits| !digits.is_empty())?;
        digits.bytes().all(|byte| byte.is_ascii_digit()).then(|| format!("3.{digits}"))
    });
    if let Some(other) = of_slug.filter(|other| *other != version) {
        differs(&format!("the slug `{slug}`"), &other);
    }
    let built = evidence.artifact.map(|artifact| artifact.manifest.environment.python_version.as_str());
    if let Some(other) = built.filter(|other| !other.is_empty() && *other != version) {
        differs("the artifact was built for", other);
    }
    Ok(Verdict::of(findings))
}
