//! Rules about metadata/*.json: that the catalog's API takes what stands there.

use std::collections::BTreeSet;

use serde_json::Value;

use super::super::introspection::MOST_TEXT_BYTES;
use super::super::rules::{Measured, Subject};
use crate::error::Result;
use crate::finding::{Finding, Severity, Usage};
use crate::generate::metadata::{CUSTOM_FILE, DEFINED, DEFINED_FILE, PROVENANCE_FILE, is_category};

/// What the API takes of an item.
const ITEM_KEYS: &[&str] = &["key", "value", "description", "category", "keywords", "hasArtifact"];
/// What the API takes of a provenance.
const PROVENANCE_KEYS: &[&str] =
    &["repositoryUrl", "gitBranch", "gitCommit", "scriptDir", "trainingScript", "trainingId"];

fn wrong(file: &str, place: impl Into<String>, message: impl Into<String>) -> Finding {
    Finding::error("oci-metadata", message).in_file(file).at(place)
}

fn file_bytes(subject: &Subject<'_>, file: &str) -> u64 {
    subject.artifact.store.member(file).map_or(0, |member| member.size)
}

/// A file's JSON; none where it is missing, a finding where it is none.
fn read(subject: &Subject<'_>, file: &str) -> Result<Option<std::result::Result<Value, Finding>>> {
    if file_bytes(subject, file) > MOST_TEXT_BYTES {
        let message = format!("expected at most {MOST_TEXT_BYTES} bytes, found {}", file_bytes(subject, file));
        return Ok(Some(Err(Finding::error("oci-metadata", message).in_file(file))));
    }
    let Some(bytes) = subject.member(file)? else { return Ok(None) };
    Ok(Some(
        serde_json::from_slice(&bytes)
            .map_err(|error| Finding::error("oci-metadata", format!("expected JSON: {error}")).in_file(file)),
    ))
}

/// The items of a file; none where it is missing or not a list, which [`items`] says.
fn list(subject: &Subject<'_>, file: &str) -> Result<Vec<Value>> {
    Ok(match read(subject, file)? {
        Some(Ok(Value::Array(items))) => items,
        _ => Vec::new(),
    })
}

pub(super) fn items(subject: &Subject<'_>) -> Result<Measured> {
    let mut findings = Vec::new();
    for file in [DEFINED_FILE, CUSTOM_FILE] {
        match read(subject, file)? {
            None => {}
            Some(Ok(Value::Array(items))) => check_items(file, &items, &mut findings),
            Some(Ok(_)) => findings.push(Finding::error("oci-metadata", "expected a list of items").in_file(file)),
            Some(Err(finding)) => findings.push(finding),
        }
    }
    match read(subject, PROVENANCE_FILE)? {
        None => {}
        Some(Ok(Value::Object(told))) => {
            for (key, value) in &told {
                if !PROVENANCE_KEYS.contains(&key.as_str()) {
                    findings.push(wrong(PROVENANCE_FILE, key, "the API knows no such key"));
                } else if !value.is_string() {
                    findings.push(wrong(PROVENANCE_FILE, key, "expected a text"));
                }
            }
        }
        Some(Ok(_)) => findings.push(Finding::error("oci-metadata", "expected an object").in_file(PROVENANCE_FILE)),
        Some(Err(finding)) => findings.push(finding),
    }
    Ok(Measured { usage: None, findings })
}

fn check_items(file: &str, items: &[Value], findings: &mut Vec<Finding>) {
    let mut seen = BTreeSet::new();
    for (position, item) in items.iter().enumerate() {
        let place = format!("item {position}");
        let Some(members) = item.as_object() else {
            findings.push(wrong(file, place, "expected an object"));
            continue;
        };
        let Some(key) = members.get("key").and_then(Value::as_str) else {
            findings.push(wrong(file, place, "expected a text as `key`"));
            continue;
        };
        if !seen.insert(key) {
            findings.push(wrong(file, key, "the key stands twice"));
        }
        for name in members.keys().filter(|name| !ITEM_KEYS.contains(&name.as_str())) {
            findings.push(wrong(file, key, format!("the API knows no `{name}` of an item")));
        }
        let Some(value) = members.get("value").and_then(Value::as_str) else {
            findings.push(wrong(file, key, "expected a text as `value`"));
            continue;
        };
        let category = members.get("category").and_then(Value::as_str);
        let problem = if file == DEFINED_FILE { defined(key, value) } else { custom(category) };
        findings.extend(problem.map(|message| wrong(file, key, message)));
    }
}

fn defined(key: &str, value: &str) -> Option<String> {
    let Some((_, values)) = DEFINED.iter().find(|(known, _)| *known == key) else {
        let known: Vec<&str> = DEFINED.iter().map(|(known, _)| *known).collect();
        return Some(format!("the catalog defines no such key; it defines {}", known.join(", ")));
    };
    let values = values.filter(|values| !values.contains(&value))?;
    Some(format!("expected one of {}, found `{value}`", values.join(", ")))
}

fn custom(category: Option<&str>) -> Option<String> {
    let category = category?;
    (!is_category(category)).then(|| format!("the catalog has no group `{category}`"))
}

/// Bytes of all items, without the space between them.
pub(super) fn size(subject: &Subject<'_>) -> Result<Measured> {
    let mut used = 0;
    for file in [DEFINED_FILE, CUSTOM_FILE] {
        used += match file_bytes(subject, file) {
            bytes @ ..=MOST_TEXT_BYTES if bytes > 0 => {
                list(subject, file)?.iter().map(|item| item.to_string().len() as u64).sum::<u64>()
            }
            unread => unread,
        };
    }
    subject.within("oci-metadata-size", used, "metadata-bytes", Finding::error)
}

/// The longest text of some, measured, with a finding for each that is too long.
fn longest<'a>(
    subject: &Subject<'_>,
    code: &'static str,
    limit: &str,
    texts: impl Iterator<Item = (&'a str, String, &'a str)>,
) -> Result<Measured> {
    let mut all = Measured::default();
    for (file, place, text) in texts {
        let Measured { usage, findings } = subject.within(code, text.chars().count() as u64, limit, Finding::error)?;
        let is_longer = |usage: &Usage| all.usage.as_ref().is_none_or(|longest| usage.used > longest.used);
        if usage.as_ref().is_some_and(is_longer) {
            all.usage = usage;
        }
        // A text close to its limit is nothing that anyone has to act upon.
        let too_long = findings.into_iter().filter(|finding| finding.severity == Severity::Error);
        all.findings.extend(too_long.map(|finding| finding.in_file(file).at(place.clone())));
    }
    Ok(all)
}

fn member<'a>(item: &'a Value, name: &str) -> Option<(String, &'a str)> {
    let key = item.get("key").and_then(Value::as_str).unwrap_or_default();
    Some((key.to_owned(), item.get(name)?.as_str()?))
}

pub(super) fn custom_values(subject: &Subject<'_>) -> Result<Measured> {
    let items = list(subject, CUSTOM_FILE)?;
    let values = items.iter().filter_map(|item| member(item, "value")).map(|(key, text)| (CUSTOM_FILE, key, text));
    longest(subject, "oci-custom-value", "custom-value-chars", values)
}

pub(super) fn descriptions(subject: &Subject<'_>) -> Result<Measured> {
    let own = subject.artifact.manifest.artifact.description.as_deref().unwrap_or_default();
    let items = list(subject, CUSTOM_FILE)?;
    let of_items = items.iter().filter_map(|item| member(item, "description"));
    let all = [("manifest.yaml", "artifact.description".to_owned(), own)];
    let all = all.into_iter().chain(of_items.map(|(key, text)| (CUSTOM_FILE, key, text)));
    longest(subject, "oci-description", "description-chars", all)
}
